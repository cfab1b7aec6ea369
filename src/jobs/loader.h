/*
 * Comments on their way into the database, whatever they came by: a file's
 * import or a site's batch.  Gives each record its identity, finds out what
 * becomes of it, and stores it, within the caller's transaction and in memory
 * that does not grow.
 */
#ifndef JOBS_LOADER_H
#define JOBS_LOADER_H

#include "jobs/issues.h"
#include "model/job.h"
#include "store/comment.h"

#define LOADER_BATCH	2048		/* records between loader_begin() and loader_store() */

struct loader_config {
	struct db		*db;		/* its transaction is open */
	int64_t			 account_id, job_id;
	int			 lock_seconds;	/* that a lock is waited for */
	int64_t			 integration_id;	/* of the site whose batch it is: its CT_COMMENT_ID is believed for its own
						 * comments, those it has mapped, and those it was told of,
						 * which are mapped so; 0: a file, CT_COMMENT_ID is not looked at */
	struct text		 source;	/* of every record; not said: each record says its own */
	struct job_counts	*counts;	/* counted up */
	struct issues		*issues;
};

struct loader;

/* Tells the session whose rows it will load, and finds the account's highest seq.  NULL with err set. */
struct loader *loader_open(const struct loader_config *, struct err *);
void loader_close(struct loader *);		/* NULL does nothing */

/* One batch: begin, then each record and each issue, then store.  Records and their texts must stay until it returns. */
void loader_begin(struct loader *);
void loader_add(struct loader *, const struct comment *);
void loader_skipped(struct loader *, enum issue_reason, const char *external_id, size_t n, uint64_t line);

/*
 * Stores the batch.  Of each record:
 *  - its id is that of a comment that a site has mapped (comment_alias): it means that comment.  What another source has
 *    said is never overwritten so: unchanged, whatever it says.
 *  - named before in this job: skipped, ISSUE_DUPLICATE_ID.
 *  - there, with the same source_hash: unchanged; fields that the row does not have (NULL) and this
 *    record says are filled in, so that two channels of a source lose nothing in either order.
 *  - there, with another one: updated.
 *  - else created, on its page, or on the one that this has been merged into.
 * Each created or updated row gets the next value of the account's cursor (comment.changed).
 */
int loader_store(struct loader *, struct err *) MUST_CHECK;

/* Of the batch just stored, in the order of loader_add: the comment that the i-th record is. */
const struct hash128 *loader_comment_id(const struct loader *, size_t i);

/*
 * After the last batch: threads (comment_attach), issues, and the pages of the job.  A site's run comes here with each
 * batch: its report adds up, but for missing parents, which are those of the whole run that are missing now.
 */
int loader_finish(struct loader *, struct err *) MUST_CHECK;

#endif
