/*
 * Reads ahead: a thread that takes records from the reader process into one
 * batch while the loader stores the other, so that neither the reader nor the
 * database waits for the other to finish.  Two batches, whatever the file.
 */
#ifndef JOBS_FEEDER_H
#define JOBS_FEEDER_H

#include <stdatomic.h>

#include "util/arena.h"
#include "util/err.h"

#include "jobs/reader_process.h"
#include "jobs/wire.h"

#define FEED_RECORDS	2048
#define FEED_ISSUES	1024

/* What the reader said about a record: skips are records too. */
struct feed_issue {
	struct wire_issue	issue;
	bool			skipped;
};

/* One batch, in file order; a full list of either kind ends it. */
struct feed {
	size_t			 n, issues;
	struct comment		 comment[FEED_RECORDS];		/* texts in a memory of the feeder's */
	struct feed_issue	 issue[FEED_ISSUES];
	int64_t			 bytes_read;	/* of the file as uploaded, when the batch was complete */
	int			 more;		/* 1, 0: this was the last, -1: so far it came, err says why */
	struct err		 err;
};

struct feeder;

/*
 * Starts the reader process and begins to read.  The config is that of reader_process_open(); what it points to must
 * stay until feeder_close(), and the file is the feeder's until then.  NULL with err set.
 */
struct feeder *feeder_open(const struct reader_process_config *, struct err *);

/*
 * Waits for the next batch; it stays valid, and may be altered, until the next call.  NULL with ERR_CANCELLED once config.stop is set.
 * Not to be called again after a batch whose more is not 1.
 */
struct feed *feeder_next(struct feeder *, struct err *);

/* Ends the thread and the reader process, frees the batches.  NULL does nothing. */
void feeder_close(struct feeder *);

#endif
