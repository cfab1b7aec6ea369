#include "store/batch.h"

#include "store/audit.h"
#include "store/outbox.h"

#define TOTAL_MAX	INT64_C(1000000000000)	/* comments behind a batch; more is no number to believe */

/* --- role web --- */

struct add {
	const struct batch_request	*r;
	int64_t				 batch_id;
};

static int
add_batch(struct db *db, void *ctx, struct err *e)
{
	struct add *a = ctx;
	const struct batch_request *r = a->r;
	int64_t job_id;
	int open = db_row(db, SQL_BATCH_SITE_OPEN, DB_VALUES(db_int(r->integration->integration_id)), e);

	db_done(db);
	if (open != 1)
		return open == 0 ? err_set(e, ERR_CANCELLED, "The import was cancelled, or the site is not connected any more.")
		    : -1;
	if (run_start(db, r->integration, 0, "", r->silence_seconds, &job_id, e) == -1)
		return -1;
	return db_run(db, SQL_BATCH_ADD, DB_VALUES(db_int(r->integration->integration_id), db_int(job_id), db_text(r->node),
	    db_text(r->spool_name), db_bytes(r->sealed_key, r->sealed_key_size),
	    db_int(MIN(MAX(r->remaining, 0), TOTAL_MAX)), db_int((int64_t)r->patience_ms * 1000)), NULL, &a->batch_id, e);
}

int
batch_add(struct db *db, const struct batch_request *r, int64_t *batch_id, struct err *e)
{
	struct add a = { .r = r };

	if (strlen(r->spool_name) >= sizeof(((struct batch *)NULL)->spool_name) ||
	    r->sealed_key_size > sizeof(((struct batch *)NULL)->sealed_key))
		return err_set(e, ERR_BUG, "the spool name or the key of a batch is too long");
	if (db_transaction(db, add_batch, &a, e) == -1)
		return -1;
	*batch_id = a.batch_id;
	return 0;
}

struct result {
	int64_t	 batch_id;
	bool	 final;
	int	 status;
	char	*answer;
};

/* A row that is there and cannot be had is that of a batch which is being stored. */
static int
being_stored(struct db *db, int64_t batch_id, struct err *e)
{
	int there = db_row(db, SQL_BATCH_RESULT, DB_VALUES(db_int(batch_id)), e);

	db_done(db);
	return there == 1 ? 2 : there;
}

static int
take_result(struct db *db, void *ctx, struct err *e)
{
	struct result *r = ctx;
	int found = db_row(db, r->final ? SQL_BATCH_RESULT_FINAL : SQL_BATCH_RESULT, DB_VALUES(db_int(r->batch_id)), e);
	bool over = found == 1 && db_col_int(db, 0) != 0;

	free(r->answer);	/* of a try before */
	r->answer = over ? strdup(db_col_text(db, 2)) : NULL;
	r->status = over ? (int)db_col_int(db, 1) : 0;
	db_done(db);
	if (found == -1 || (over && r->answer == NULL))
		return found == -1 ? -1 : err_nomem(e);
	if (found == 0)
		return r->final ? being_stored(db, r->batch_id, e) : 0;
	if (!over && !r->final)
		return 0;
	return db_run(db, SQL_BATCH_REMOVE, DB_VALUES(db_int(r->batch_id)), NULL, NULL, e) == -1 ? -1 : over;
}

int
batch_result(struct db *db, int64_t batch_id, bool final, int *status, char **answer, struct err *e)
{
	struct result r = { .batch_id = batch_id, .final = final };
	int got = final ? db_transaction(db, take_result, &r, e) : take_result(db, &r, e);

	if (got != 1) {
		free(r.answer);
		return got;
	}
	*status = r.status;
	*answer = r.answer;
	return 1;
}

/* --- role jobs --- */

int
batch_waits(struct db *db, const char *node, struct err *e)
{
	int found = db_row(db, SQL_BATCH_WAITS, DB_VALUES(db_text(node)), e);

	db_done(db);
	return found;
}

/*
 * Two steps.  That the run is the account's writer is committed at once, as with any other job: the unique key that says so
 * would otherwise keep gaps locked that jobs of other accounts need.  Then the rows of batch and run are locked for as long as
 * the batch is being stored; in_batch without such a lock is what a process left that died (batch_leave_dead).
 */
struct enter {
	const char	*node;
	struct batch	*b;
};

static int
read_batch(struct db *db, struct batch *b, struct err *e)
{
	int found = db_row(db, SQL_BATCH_TAKEN, DB_VALUES(db_int(b->batch_id)), e);
	const void *key;

	if (found != 1)
		return found == 0 ? err_set(e, ERR_CANCELLED, "the site of the batch is gone") : -1;
	b->job_id = db_col_int(db, 0);
	b->remaining = db_col_int(db, 1);
	snprintf(b->spool_name, sizeof(b->spool_name), "%s", db_col_text(db, 2));
	key = db_col_bytes(db, 3, &b->sealed_key_size);
	b->sealed_key_size = MIN(b->sealed_key_size, sizeof(b->sealed_key));
	memcpy(b->sealed_key, key, b->sealed_key_size);
	b->patience_ms = db_col_int(db, 4);
	b->run_read = db_col_int(db, 5);
	b->integration.integration_id = db_col_int(db, 6);
	b->integration.account_id = db_col_int(db, 7);
	snprintf(b->integration.source, sizeof(b->integration.source), "%s", db_col_text(db, 8));
	snprintf(b->integration.source_site, sizeof(b->integration.source_site), "%s", db_col_text(db, 9));
	b->integration.received = db_col_int(db, 10);
	db_done(db);
	return 0;
}

/* A look at the next one, for the time of a short transaction. */
static int
enter_next(struct db *db, void *ctx, struct err *e)
{
	struct enter *n = ctx;
	int found = db_row(db, SQL_BATCH_NEXT, DB_VALUES(db_text(n->node)), e);
	bool running;

	n->b->batch_id = 0;	/* of a try before */
	if (found != 1)
		return found;
	n->b->batch_id = db_col_int(db, 0);
	n->b->job_id = db_col_int(db, 1);
	running = db_col_int(db, 2) != 0;
	snprintf(n->b->spool_name, sizeof(n->b->spool_name), "%s", db_col_text(db, 3));
	db_done(db);
	if (!running)
		return err_set(e, ERR_CANCELLED, "the run of batch %" PRId64 " has ended", n->b->batch_id);
	return db_run(db, SQL_RUN_ENTER, DB_VALUES(db_int(n->b->job_id)), NULL, NULL, e) == -1 ? -1 : 1;
}

/* Not there any more: its time is over, or another process was quicker. */
static int
lock_batch(struct db *db, struct batch *b, struct err *e)
{
	int found = db_row(db, SQL_BATCH_LOCK, DB_VALUES(db_int(b->batch_id)), e);

	db_done(db);
	if (found == 1 && read_batch(db, b, e) == -1)
		return -1;
	return found;
}

/*
 * Somebody else of the account writes.  A job does so for long, and the site is to hear of it: -1.  Another site's batch is
 * over in a moment: 0, and this one is taken then.
 */
static int
told_apart(struct db *db, int64_t job_id, struct err *e)
{
	int job = db_row(db, SQL_BATCH_RIVAL, DB_VALUES(db_int(job_id)), e);

	db_done(db);
	if (job != 1)
		return job;
	return err_set(e, ERR_CONFLICT, "Another import, move or copy of the account is running. Please send the batch again later.");
}

int
batch_take(struct db *db, const char *node, struct batch *b, struct err *e)
{
	struct enter n = { .node = node, .b = b };
	int taken;

	memset(b, 0, sizeof(*b));
	if ((taken = db_transaction(db, enter_next, &n, e)) == -1 && db_duplicate(db))
		taken = told_apart(db, b->job_id, e);
	if (taken != 1)
		return taken;
	if (db_begin(db, e) == -1)
		return -1;
	if ((taken = lock_batch(db, b, e)) != 1)
		db_rollback(db);
	return taken;
}

int
batch_page(struct db *db, const struct batch *b, const char *post_id, const char *address, struct err *e)
{
	const struct integration *site = &b->integration;
	int64_t changed;
	int others;

	if (db_run(db, SQL_BATCH_PAGE, DB_VALUES(db_int(site->integration_id), db_text(post_id), db_text(address)), &changed,
	    NULL, e) == -1)
		return -1;
	if (changed == 0)
		return 0;
	others = db_row(db, SQL_BATCH_PAGE_OTHERS, DB_VALUES(db_int(site->account_id), db_text(address), db_text(site->source),
	    db_text(site->source_site)), e);
	db_done(db);
	if (others != 1)
		return others;
	return db_run(db, SQL_BATCH_UNQUIET, DB_VALUES(db_int(site->integration_id)), NULL, NULL, e);
}

/* The site has sent everything. */
static int
complete_run(struct db *db, const struct batch *b, int64_t read, struct err *e)
{
	const char *message = read > 0 ? "" : b->integration.received > 0 ?
	    "The site had no comments to send that it had not sent before." : "The site has no comments.";

	if (db_run(db, SQL_RUN_COMPLETE, DB_VALUES(db_text(message), db_int(b->job_id)), NULL, NULL, e) == -1 ||
	    audit_add_job(db, b->job_id, AUDIT_JOB_COMPLETED, message, e) == -1)
		return -1;
	return outbox_add(db, b->job_id, "", e);
}

int
batch_done(struct db *db, const struct batch *b, const struct job_counts *c, const char *answer, int silence_seconds,
    struct err *e)
{
	bool last = b->remaining <= 0;
	int64_t changed, in_time;

	if (db_run(db, SQL_BATCH_TAKEN_OVER, DB_VALUES(db_text(answer), db_int(b->batch_id)), &in_time, NULL, e) == -1 ||
	    db_run(db, SQL_RUN_ADD_BATCH, DB_VALUES(db_int(c->comments_read), db_int(c->created), db_int(c->updated),
	    db_int(c->unchanged), db_int(c->skipped), db_int(b->remaining), db_int(silence_seconds), db_int(b->job_id)),
	    &changed, NULL, e) == -1)
		return -1;
	if (in_time == 0 || changed == 0)
		return err_set(e, ERR_CANCELLED, "batch %" PRId64 " was given up, or its run has ended", b->batch_id);
	if (db_run(db, SQL_BATCH_RECEIVED, DB_VALUES(db_int(c->comments_read), db_int(!last),
	    db_int(b->integration.integration_id)), NULL, NULL, e) == -1)
		return -1;
	return last ? complete_run(db, b, b->run_read + c->comments_read, e) : 0;
}

struct refusal {
	const struct batch	*b;
	int			 status;
	const char		*sentence;
};

static int
refuse(struct db *db, void *ctx, struct err *e)
{
	const struct refusal *r = ctx;

	if (db_run(db, SQL_BATCH_REFUSE, DB_VALUES(db_int(r->status), db_text(r->sentence), db_int(r->b->batch_id)), NULL, NULL,
	    e) == -1)
		return -1;
	return db_run(db, SQL_RUN_LEAVE, DB_VALUES(db_int(r->b->job_id)), NULL, NULL, e);
}

int
batch_refuse(struct db *db, const struct batch *b, int status, const char *sentence, struct err *e)
{
	struct refusal r = { b, status, sentence };

	return db_transaction(db, refuse, &r, e);
}

static int
leave_next(struct db *db, void *ctx, struct err *e)
{
	int found = db_row(db, SQL_RUN_NEXT_LEFT, NULL, 0, e);
	int64_t job_id;

	(void)ctx;
	if (found != 1)
		return found;
	job_id = db_col_int(db, 0);
	db_done(db);
	return db_run(db, SQL_RUN_LEAVE, DB_VALUES(db_int(job_id)), NULL, NULL, e) == -1 ? -1 : 1;
}

int
batch_leave_dead(struct db *db, struct err *e)
{
	int done;

	while ((done = db_transaction(db, leave_next, NULL, e)) == 1)
		continue;
	return done;
}

struct sweep {
	const char	*node;
	char		 spool_name[sizeof(((struct batch *)NULL)->spool_name)];
};

/* The row goes first, and the key with it: whatever becomes of the file, it is noise then. */
static int
remove_next_old(struct db *db, void *ctx, struct err *e)
{
	struct sweep *s = ctx;
	int found = db_row(db, SQL_BATCH_NEXT_OLD, DB_VALUES(db_text(s->node)), e);
	int64_t batch_id;

	if (found != 1)
		return found;
	batch_id = db_col_int(db, 0);
	snprintf(s->spool_name, sizeof(s->spool_name), "%s", db_col_text(db, 1));
	db_done(db);
	return db_run(db, SQL_BATCH_REMOVE, DB_VALUES(db_int(batch_id)), NULL, NULL, e) == -1 ? -1 : 1;
}

int
batch_sweep(struct db *db, const char *node, int (*destroy)(void *, const char *), void *ctx, struct err *e)
{
	struct sweep s = { .node = node };
	int done;

	/* A file that cannot be destroyed is left to the sweep of the spool directory. */
	while ((done = db_transaction(db, remove_next_old, &s, e)) == 1)
		(void)destroy(ctx, s.spool_name);
	return done;
}
