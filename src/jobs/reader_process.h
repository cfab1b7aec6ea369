/*
 * The reader process as its parent sees it: starts it with nothing but two
 * pipes and an empty environment, feeds it the file, proves every record that
 * comes back (doc/READER-PROTOCOL), notices when it dies, hangs or lies.
 */
#ifndef JOBS_READER_PROCESS_H
#define JOBS_READER_PROCESS_H

#include <stdatomic.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/input.h"

#include "jobs/wire.h"

struct reader_process_config {
	const char		 *format;	/* name of the format table's row */
	const char *const	 *pairs;	/* options; NULL-terminated; may be NULL */
	uint64_t		  max_unpacked, max_ratio;	/* formats/streams */
	int64_t			  patience_ms;	/* a reader that takes nothing of the file and says nothing whole for so
						 * long, while its parent waits for it, has hung; 0: no limit */
	int64_t			  memory;	/* bytes of address space; 0: no limit */
	struct input		 *file;		/* as uploaded; stays the caller's */
	int			(*rewind)(void *ctx, struct err *);	/* puts the file back to its start */
	void			 *ctx;
	const atomic_int	 *stop;		/* other than 0: give up with ERR_CANCELLED; may be NULL */
};

struct reader_process;

enum reader_event {
	READER_RECORD,		/* *comment is filled */
	READER_SKIPPED,		/* *issue is filled: a record that was not taken */
	READER_NOTE,		/* *issue is filled: something about a record that is taken all the same */
	READER_DONE		/* the whole file was read, the reader's count agrees with ours, it ended well */
};

/*
 * Starts the reader: this very program, executed anew under the name READER_CHILD_NAME.  SIGPIPE must be ignored
 * and the descriptors 0 to 2 open.  The config is copied; what it points to must stay until the close.
 * The reader dies with the thread that called this.  NULL with err set.
 */
struct reader_process *reader_process_open(const struct reader_process_config *, struct err *);

/*
 * The next event, or -1: ERR_INPUT or ERR_LIMIT with the reader's sentence for a person, ERR_MEMORY, ERR_READER when
 * it died, hung or broke the protocol, ERR_CANCELLED, or an error of the file's input.  The texts of a record are
 * in the arena; ERR_MEMORY when they do not fit.  Events come in file order; those of
 * a further pass over the file after all of the one before.
 * Not to be called again after READER_DONE or -1.
 */
int reader_process_next(struct reader_process *, struct arena *, struct comment *, struct wire_issue *,
    struct err *) MUST_CHECK;

/* Bytes of the file as uploaded that were handed to the reader in its first pass. */
int64_t reader_process_bytes_read(const struct reader_process *);

/* Kills it if it still runs, and collects it.  NULL does nothing. */
void reader_process_close(struct reader_process *);

#endif
