/* What the jobs have in common that change the database in one transaction and read no file: moves and copies. */
#ifndef JOBS_TRANSACTION_H
#define JOBS_TRANSACTION_H

#include "jobs/context.h"
#include "jobs/progress.h"
#include "store/job.h"

struct transaction {
	const struct job_context	*ctx;
	const struct job_claim		*claim;
	struct db			*db;		/* the transaction is open on it */
	struct job_counts		*counts;
	struct progress			*progress;
	int64_t				 total;		/* comments, once transaction_total() was told; else -1 */
	char				*message;	/* JOB_MESSAGE_SIZE bytes, for what a completed job has to say */
};

/* ERR_CANCELLED when the job is to stop; else what counts says is what the pages show next. */
int transaction_check(const struct transaction *, struct err *) MUST_CHECK;

/* How many comments there are to work on. */
void transaction_total(struct transaction *, int64_t);

/*
 * Runs work within one transaction that ends with the job's state, as import_run() does.  nothing: a sentence for the admins
 * of a job that failed, "Nothing was moved."
 */
int transaction_run(const struct job_context *, const struct job_claim *, struct job_counts *,
    char message[JOB_MESSAGE_SIZE], int (*work)(struct transaction *, struct err *), const char *nothing,
    struct err *) MUST_CHECK;

#endif
