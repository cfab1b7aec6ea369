/*
 * A conversion: from a file of any format, through the reader process, to a file of any format that has a
 * writer.  No database.  What is written, and in which order, stands in doc/CONVERT.
 */
#ifndef JOBS_CONVERT_H
#define JOBS_CONVERT_H

#include <stdatomic.h>

#include "util/input.h"
#include "util/output.h"

#include "formats/format.h"
#include "jobs/issues.h"

/* Ids in which duplicates are looked for: in the end 128 MiB, and half of that again while the table grows to it. */
#define CONVERT_IDS_MAX	((size_t)7 << 20)

struct convert_counts {
	int64_t	read, written, skipped;		/* read = written + skipped, unless the output failed */
	int64_t	bytes_read;			/* of the file, in its first pass */
	bool	ids_full;			/* over CONVERT_IDS_MAX: duplicates among later ids were written */
};

struct convert_config {
	const struct format	 *format;
	const char *const	 *pairs;	/* options; NULL-terminated; may be NULL */
	const char		 *site;		/* what the file's site is called instead (util/same_site), in pairs too; NULL: what it is */
	const struct writer	 *writer;
	struct input		 *file;		/* as struct reader_process_config has it, with the next two */
	int			(*rewind)(void *ctx, struct err *);
	void			 *ctx;
	struct output		 *out;
	atomic_int		 *stop;		/* other than 0: read no more; set when the conversion ends */
	/* Now and then, while it reads; may be NULL. */
	void			(*progress)(void *ctx, const struct convert_counts *);
	void			 *progress_ctx;
};

/*
 * Converts.  counts and issues (made with issues_init()) are filled in any case.  -1 with err set when the file could
 * not be read to its end: what was complete is written all the same, as a whole document; or when the output failed
 * (*output_failed): then the document is not whole.
 */
int convert_run(const struct convert_config *, struct convert_counts *, struct issues *, bool *output_failed,
    struct err *) MUST_CHECK;

#endif
