#include "jobs/transaction.h"

int
transaction_check(const struct transaction *t, struct err *e)
{
	progress_set(t->progress, t->counts);
	if (atomic_load(t->ctx->stop) != JOB_STOP_NONE)
		return err_set(e, ERR_CANCELLED, "the job was told to stop");
	return 0;
}

void
transaction_total(struct transaction *t, int64_t total)
{
	t->total = total;
	progress_total(t->progress, total);
}

/* The server ends the connection when it was silent for two minutes: between two jobs that is no loss. */
static int
begin(struct transaction *t, struct err *e)
{
	if (db_begin(t->db, e) == -1 && (!db_lost(t->db) || db_reopen(t->db, e) == -1 || db_begin(t->db, e) == -1))
		return -1;
	return db_load_context(t->db, t->claim->job.account_id, t->claim->job.job_id, DB_LOCKS_DAY, e);
}

/* The job's row is locked from job_complete() to the commit, so the progress thread must have ended. */
static int
complete(struct transaction *t, struct err *e)
{
	if (transaction_check(t, e) == -1)
		return -1;
	progress_end(t->progress);
	t->progress = NULL;
	if (t->total != -1 && job_total(t->db, t->claim->job.job_id, t->ctx->worker, t->total, e) == -1)
		return -1;
	if (job_complete(t->db, t->claim->job.job_id, t->ctx->worker, t->counts, t->message, e) == -1)
		return -1;
	return db_commit(t->db, e);
}

static void
explain(const struct transaction *t, const char *nothing, const struct err *e)
{
	int stop = atomic_load(t->ctx->stop);

	if (stop == JOB_STOP_SHUTDOWN)
		snprintf(t->message, JOB_MESSAGE_SIZE, "A restart of the service interrupted it. %s Please ask for it again.", nothing);
	else if (stop == JOB_STOP_NO_DATABASE)
		snprintf(t->message, JOB_MESSAGE_SIZE, "The database could not be reached for too long. %s Please ask for it again in "
		    "a minute.", nothing);
	else if (e->kind == ERR_CANCELLED)
		snprintf(t->message, JOB_MESSAGE_SIZE, "%s", err_public(e));
	else
		snprintf(t->message, JOB_MESSAGE_SIZE, "%s %s", err_public(e), nothing);
}

int
transaction_run(const struct job_context *ctx, const struct job_claim *claim, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], int (*work)(struct transaction *, struct err *), const char *nothing, struct err *e)
{
	struct transaction t = { .ctx = ctx, .claim = claim, .db = ctx->loader, .counts = counts, .total = -1,
	    .message = message };
	int result = -1;

	memset(counts, 0, sizeof(*counts));
	message[0] = '\0';
	if ((t.progress = progress_start(ctx, claim->job.job_id, e)) != NULL && begin(&t, e) == 0 && work(&t, e) == 0)
		result = complete(&t, e);
	if (result == -1) {
		/* At the end of the service the server takes everything back alone. */
		if (atomic_load(ctx->stop) != JOB_STOP_SHUTDOWN)
			db_rollback(t.db);
		explain(&t, nothing, e);
	}
	progress_end(t.progress);
	return result;
}
