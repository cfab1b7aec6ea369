#include "store/job.h"

#include "util/clock.h"
#include "util/utf8.h"

#include "store/audit.h"
#include "store/batch.h"
#include "store/outbox.h"

/* s cut at a character to what the struct of a job holds besides its NUL. */
static struct db_value
cut_text(const char *s, size_t max)
{
	size_t n = strlen(s);

	return db_textn(s, n <= max ? n : utf8_cut_bytes(s, n, max));
}
#define CUT(s, member)	cut_text((s), sizeof(((struct job *)NULL)->member) - 1)

static int64_t
col_time(const struct db *db, int col)
{
	return db_col_null(db, col) ? CLOCK_UNKNOWN : db_col_int(db, col);
}

static int
by_name(const char *const *names, int n, const char *name)
{
	int i;

	for (i = 0; i < n - 1; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return i;
}

/* The columns JOB_COLUMNS of store/sql.c. */
void
job_row(const struct db *db, struct job *j)
{
	memset(j, 0, sizeof(*j));
	j->job_id = db_col_int(db, 0);
	j->account_id = db_col_int(db, 1);
	j->kind = (enum job_kind)by_name(job_kind_names, JOB_KIND__MAX, db_col_text(db, 2));
	j->state = (enum job_state)by_name(job_state_names, JOB_STATE__MAX, db_col_text(db, 3));
	snprintf(j->source, sizeof(j->source), "%s", db_col_text(db, 4));
	snprintf(j->format, sizeof(j->format), "%s", db_col_text(db, 5));
	snprintf(j->file_name, sizeof(j->file_name), "%s", db_col_text(db, 6));
	j->file_size = db_col_int(db, 7);
	snprintf(j->requested_by, sizeof(j->requested_by), "%s", db_col_text(db, 8));
	j->requested_at = col_time(db, 9);
	j->started_at = col_time(db, 10);
	j->finished_at = col_time(db, 11);
	j->counts.bytes_read = db_col_int(db, 12);
	j->counts.comments_read = db_col_int(db, 13);
	j->counts.created = db_col_int(db, 14);
	j->counts.updated = db_col_int(db, 15);
	j->counts.unchanged = db_col_int(db, 16);
	j->counts.skipped = db_col_int(db, 17);
	snprintf(j->message, sizeof(j->message), "%s", db_col_text(db, 18));
	j->undoing = db_col_int(db, 19) != 0;
	j->comments_total = db_col_null(db, 20) ? -1 : db_col_int(db, 20);
	j->integration_id = db_col_int(db, 21);
	j->run = db_col_int(db, 22) != 0;
	j->heard_at = col_time(db, 23);
	j->download_until = col_time(db, 24);
	j->available = !db_col_null(db, 25) && db_col_int(db, 25) != 0;
	if ((j->file_site_known = !db_col_null(db, 26)))
		snprintf(j->file_site, sizeof(j->file_site), "%s", db_col_text(db, 26));
	snprintf(j->met_site, sizeof(j->met_site), "%s", db_col_text(db, 27));
	j->notes = (int)db_col_int(db, 28);
}

/* --- role web --- */

struct request {
	const struct job_request	*r;
	int64_t				 job_id;
};

int
job_request_insert(struct db *db, const struct job_request *r, int64_t *job_id, struct err *e)
{
	bool file = *r->spool_name != '\0';

	if (db_run(db, SQL_JOB_ADD, DB_VALUES(db_int(r->account_id), r->user_id != 0 ? db_int(r->user_id) : db_null(),
	    db_text(job_kind_names[r->kind]), db_text(r->source), db_text(r->format), db_text(r->options),
	    CUT(r->file_name, file_name), db_int(r->file_size), db_text(r->requested_by), db_text(r->node),
	    db_text(r->spool_name), r->file_hash != NULL ? db_bytes(r->file_hash, HASH256_SIZE) : db_null(),
	    db_int(r->user_id)), NULL, job_id, e) == -1)
		return -1;
	if (file && db_run(db, SQL_SPOOL_ADD, DB_VALUES(db_int(*job_id), db_text(r->node), db_text(r->spool_name),
	    db_bytes(r->sealed_key, r->sealed_key_size)), NULL, NULL, e) == -1)
		return -1;
	return audit_add(db, r->account_id, r->requested_by, file ? AUDIT_UPLOADED : AUDIT_REQUESTED, *job_id,
	    r->audit != NULL ? r->audit : "", e);
}

static int
add_request(struct db *db, void *ctx, struct err *e)
{
	struct request *q = ctx;

	return job_request_insert(db, q->r, &q->job_id, e);
}

int
job_request_add(struct db *db, const struct job_request *r, int64_t *job_id, struct err *e)
{
	struct request q = { .r = r };

	if (strlen(r->options) >= sizeof(((struct job_claim *)NULL)->options) ||
	    strlen(r->spool_name) >= sizeof(((struct job_claim *)NULL)->spool_name))
		return err_set(e, ERR_BUG, "the options or the spool name of a job are too long");
	if (db_transaction(db, add_request, &q, e) == -1)
		return -1;
	*job_id = q.job_id;
	return 0;
}

int
job_each(struct db *db, int64_t account_id, enum job_kind kind, int64_t before, int limit,
    int (*fn)(void *, const struct job *, struct err *), void *ctx, struct err *e)
{
	struct job j;
	int r;

	if (db_query(db, SQL_JOB_EACH, DB_VALUES(db_int(account_id), db_text(job_kind_names[kind]),
	    db_int(before > 0 ? before : INT64_MAX), db_int(limit)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		job_row(db, &j);
		if (fn(ctx, &j, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

int
job_get(struct db *db, int64_t account_id, int64_t job_id, struct job *j, struct err *e)
{
	int found = db_row(db, SQL_JOB_GET, DB_VALUES(db_int(job_id), db_int(account_id)), e);

	if (found == 1) {
		job_row(db, j);
		db_done(db);
	}
	return found;
}

/* What comes with every end. */
static int
add_end(struct db *db, int64_t job_id, const char *operators, struct err *e)
{
	int64_t keys;

	if (db_run(db, SQL_SPOOL_REMOVE, DB_VALUES(db_int(job_id)), &keys, NULL, e) == -1)
		return -1;
	if (keys > 0 && audit_add_job(db, job_id, AUDIT_KEY_DESTROYED, "", e) == -1)
		return -1;
	return outbox_add(db, job_id, operators, e);
}

struct cancel {
	int64_t		 account_id, job_id;
	const char	*by;
};

static int
cancel_one(struct db *db, void *ctx, struct err *e)
{
	const struct cancel *c = ctx;
	char message[sizeof(((struct job *)NULL)->message)];
	int64_t changed;
	int run;

	if ((run = run_cancel(db, c->account_id, c->job_id, c->by, e)) != 0)
		return run;
	snprintf(message, sizeof(message), "The job was cancelled by %s. Nothing was changed.", c->by);
	if (db_run(db, SQL_JOB_CANCEL, DB_VALUES(CUT(message, message), db_int(c->job_id), db_int(c->account_id)),
	    &changed, NULL, e) == -1)
		return -1;
	if (changed == 0)
		return 0;
	if (audit_add(db, c->account_id, c->by, AUDIT_CANCELLED, c->job_id, "", e) == -1 ||
	    add_end(db, c->job_id, "", e) == -1)
		return -1;
	return 1;
}

int
job_cancel(struct db *db, int64_t account_id, int64_t job_id, const char *by, struct err *e)
{
	struct cancel c = { account_id, job_id, by };

	return db_transaction(db, cancel_one, &c, e);
}

int
job_writer_get(struct db *db, int64_t account_id, struct job_writer *w, struct err *e)
{
	int found = db_row(db, SQL_JOB_WRITER, DB_VALUES(db_int(account_id)), e);

	memset(w, 0, sizeof(*w));
	if (found == 1) {
		w->job_id = db_col_int(db, 0);
		w->undoing = db_col_int(db, 1) != 0;
		w->kind = (enum job_kind)by_name(job_kind_names, JOB_KIND__MAX, db_col_text(db, 2));
	}
	db_done(db);
	return found == -1 ? -1 : 0;
}

int
job_file_get(struct db *db, int64_t account_id, int64_t job_id, struct job_file *f, struct err *e)
{
	int found = db_row(db, SQL_JOB_FILE, DB_VALUES(db_int(job_id), db_int(account_id)), e);
	const void *hash;
	size_t n;

	if (found == 1) {
		memset(f, 0, sizeof(*f));
		hash = db_col_bytes(db, 0, &n);
		if ((f->hashed = n == sizeof(f->hash)))
			memcpy(f->hash, hash, n);
		f->key_destroyed_at = col_time(db, 1);
		f->file_destroyed_at = col_time(db, 2);
		db_done(db);
	}
	return found;
}

int
job_get_options(struct db *db, int64_t account_id, int64_t job_id, char options[JOB_OPTIONS_SIZE], struct err *e)
{
	int found = db_row(db, SQL_JOB_OPTIONS, DB_VALUES(db_int(job_id), db_int(account_id)), e);

	if (found == 1) {
		snprintf(options, JOB_OPTIONS_SIZE, "%s", db_col_text(db, 0));
		db_done(db);
	}
	return found;
}

int
job_site_before(struct db *db, const struct job *j, char options[JOB_OPTIONS_SIZE], struct err *e)
{
	int found;

	if (!j->file_site_known)
		return 0;
	found = db_row(db, SQL_JOB_SITE_BEFORE, DB_VALUES(db_int(j->account_id), db_text(j->file_site), db_text(j->source),
	    db_int(j->job_id)), e);
	if (found == 1) {
		snprintf(options, JOB_OPTIONS_SIZE, "%s", db_col_text(db, 0));
		db_done(db);
	}
	return found;
}

int
job_sites_before(struct db *db, int64_t account_id, int limit, void (*fn)(void *, const char *, const char *), void *ctx,
    struct err *e)
{
	int r;

	if (db_query(db, SQL_JOB_SITES_BEFORE, DB_VALUES(db_int(account_id), db_int(limit)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		fn(ctx, db_col_text(db, 0), db_col_text(db, 1));
	return r;
}

/* --- role jobs: claim --- */

struct claim {
	const char		*node, *worker;
	int			 lease_seconds;
	struct job_claim	*out;
};

static int
claim_row(struct db *db, int64_t job_id, struct job_claim *out, struct err *e)
{
	const void *key;
	int found;

	if ((found = db_row(db, SQL_JOB_STARTED, DB_VALUES(db_int(job_id)), e)) != 1)
		return found == 0 ? err_set(e, ERR_BUG, "a job vanished while it was claimed") : -1;
	memset(out, 0, sizeof(*out));
	job_row(db, &out->job);
	snprintf(out->options, sizeof(out->options), "%s", db_col_text(db, JOB_ROW_COLUMNS));
	snprintf(out->spool_name, sizeof(out->spool_name), "%s", db_col_text(db, JOB_ROW_COLUMNS + 1));
	key = db_col_bytes(db, JOB_ROW_COLUMNS + 2, &out->sealed_key_size);
	memcpy(out->sealed_key, key, MIN(out->sealed_key_size, sizeof(out->sealed_key)));
	db_done(db);
	return 0;
}

static int
claim_next(struct db *db, void *ctx, struct err *e)
{
	const struct claim *c = ctx;
	int64_t job_id;
	int found;

	if ((found = db_row(db, SQL_JOB_NEXT, DB_VALUES(db_text(c->node)), e)) != 1)
		return found;
	job_id = db_col_int(db, 0);
	db_done(db);
	if (db_run(db, SQL_JOB_START, DB_VALUES(db_text(c->worker), db_int(c->lease_seconds), db_int(job_id)), NULL,
	    NULL, e) == -1 || claim_row(db, job_id, c->out, e) == -1)
		return -1;
	return 1;
}

int
job_claim(struct db *db, const char *node, const char *worker, int lease_seconds, struct job_claim *out, struct err *e)
{
	struct claim c = { node, worker, lease_seconds, out };
	int claimed = db_transaction(db, claim_next, &c, e);

	/* Another worker was quicker with a job of the same account: UNIQUE KEY job_one_writer. */
	if (claimed == -1 && db_duplicate(db))
		return 0;
	return claimed;
}

/* --- role jobs: a running job --- */

int
job_progress(struct db *db, int64_t job_id, const char *worker, int lease_seconds, const struct job_counts *c,
    struct err *e)
{
	int64_t changed;
	int mine;

	if (db_run(db, SQL_JOB_PROGRESS, DB_VALUES(db_int(c->bytes_read), db_int(c->comments_read), db_int(c->created),
	    db_int(c->updated), db_int(c->unchanged), db_int(c->skipped), db_int(lease_seconds),
	    db_int(job_id), db_text(worker)), &changed, NULL, e) == -1)
		return -1;
	if (changed > 0)
		return 1;
	/* Two calls in one millisecond change nothing either. */
	mine = db_row(db, SQL_JOB_MINE, DB_VALUES(db_int(job_id), db_text(worker)), e);
	db_done(db);
	return mine;
}

int
job_total(struct db *db, int64_t job_id, const char *worker, int64_t total, struct err *e)
{
	return db_run(db, SQL_JOB_TOTAL, DB_VALUES(db_int(total), db_int(job_id), db_text(worker)), NULL, NULL, e);
}

int
job_site(struct db *db, int64_t job_id, const char *worker, const char *file_site, const char *met_site, struct err *e)
{
	return db_run(db, SQL_JOB_SITE, DB_VALUES(db_text(file_site), db_text(met_site), db_int(job_id), db_text(worker)),
	    NULL, NULL, e);
}

int
job_complete(struct db *db, int64_t job_id, const char *worker, const struct job_counts *c, const char *message,
    struct err *e)
{
	int64_t changed;

	if (db_run(db, SQL_JOB_COMPLETE, DB_VALUES(CUT(message, message), db_int(c->bytes_read),
	    db_int(c->comments_read), db_int(c->created), db_int(c->updated), db_int(c->unchanged), db_int(c->skipped),
	    db_int(job_id), db_text(worker)), &changed, NULL, e) == -1)
		return -1;
	if (changed == 0)
		return err_set(e, ERR_CANCELLED, "job %" PRId64 " is no longer this worker's", job_id);
	if (audit_add_job(db, job_id, AUDIT_JOB_COMPLETED, message, e) == -1)
		return -1;
	return add_end(db, job_id, "", e);
}

int
job_undoing(struct db *db, int64_t job_id, const char *worker, int lease_seconds, struct err *e)
{
	int64_t changed;

	if (db_run(db, SQL_JOB_UNDOING, DB_VALUES(db_int(lease_seconds), db_int(job_id), db_text(worker)), &changed, NULL,
	    e) == -1)
		return -1;
	return changed > 0;
}

int
job_undone(struct db *db, int64_t job_id, const char *worker, struct err *e)
{
	return db_run(db, SQL_JOB_UNDONE, DB_VALUES(db_int(job_id), db_text(worker)), NULL, NULL, e);
}

/* One transition to failed. */
struct failure {
	enum sql		 statement;
	const struct db_value	*values;
	size_t			 n;
	int64_t			 job_id;
	const char		*message, *operators;
};

/* 1 if this call failed the job, 0 if it had left that state already, -1. */
static int
fail_one(struct db *db, void *ctx, struct err *e)
{
	const struct failure *f = ctx;
	int64_t changed;

	if (db_run(db, f->statement, f->values, f->n, &changed, NULL, e) == -1)
		return -1;
	if (changed == 0)
		return 0;
	if (audit_add_job(db, f->job_id, AUDIT_JOB_FAILED, f->message, e) == -1 ||
	    add_end(db, f->job_id, f->operators, e) == -1)
		return -1;
	return 1;
}

int
job_fail(struct db *db, int64_t job_id, const char *worker, const struct job_counts *c, const char *message,
    const char *operators, struct err *e)
{
	const struct db_value values[] = { CUT(message, message), db_int(c->bytes_read), db_int(c->comments_read),
	    db_int(job_id), db_text(worker) };
	struct failure f = { SQL_JOB_FAIL, values, ARRAY_LEN(values), job_id, message, operators };

	return db_transaction(db, fail_one, &f, e);
}

/* --- role jobs: sweeps.  Each round asks for the next candidate, so that no list and no open rows stand
 * between the transactions. --- */

struct dead {
	const char	*node, *worker, *message, *operators;
	bool		 force;
	int64_t		 job_id;	/* the one that was failed */
};

static int
fail_next_dead(struct db *db, void *ctx, struct err *e)
{
	struct dead *d = ctx;
	int found = db_row(db, SQL_JOB_NEXT_DEAD, DB_VALUES(db_int(d->force), db_text(d->node), db_text(d->worker)), e);

	if (found != 1)
		return found;
	d->job_id = db_col_int(db, 0);
	db_done(db);
	return fail_one(db, &(struct failure){ SQL_JOB_FAIL_DEAD, DB_VALUES(CUT(d->message, message), db_int(d->job_id)),
	    d->job_id, d->message, d->operators }, e);
}

int
job_fail_dead(struct db *db, const char *node, const char *worker, bool force, const char *message,
    const char *operators, void (*fn)(void *, int64_t), void *ctx, struct err *e)
{
	struct dead d = { node, worker, message, operators, force, 0 };
	int failed = 0, done;

	while ((done = db_transaction(db, fail_next_dead, &d, e)) == 1) {
		failed++;
		if (fn != NULL)
			fn(ctx, d.job_id);
	}
	return done == -1 ? -1 : failed;
}

static int
undone_next_dead(struct db *db, void *ctx, struct err *e)
{
	const struct dead *d = ctx;
	int found = db_row(db, SQL_JOB_NEXT_UNDONE, DB_VALUES(db_int(d->force), db_text(d->node), db_text(d->worker)), e);
	int64_t job_id;

	if (found != 1)
		return found;
	job_id = db_col_int(db, 0);
	db_done(db);
	return db_run(db, SQL_JOB_UNDONE_DEAD, DB_VALUES(db_int(job_id)), NULL, NULL, e) == -1 ? -1 : 1;
}

int
job_undone_dead(struct db *db, const char *node, const char *worker, bool force, struct err *e)
{
	struct dead d = { .node = node, .worker = worker, .force = force };
	int undone = 0, done;

	while ((done = db_transaction(db, undone_next_dead, &d, e)) == 1)
		undone++;
	return done == -1 ? -1 : undone;
}

struct spooled {
	int64_t	job_id;
	char	name[65];
};

/* The next job after f->job_id with its file.  1, 0, -1. */
static int
next_file(struct db *db, enum sql statement, const char *node, struct spooled *f, struct err *e)
{
	int found = db_row(db, statement, DB_VALUES(db_text(node), db_int(f->job_id)), e);

	if (found != 1)
		return found;
	f->job_id = db_col_int(db, 0);
	snprintf(f->name, sizeof(f->name), "%s", db_col_text(db, 1));
	db_done(db);
	return 1;
}

int
job_fail_lost_files(struct db *db, const char *node, const char *operators, int (*exists)(void *, const char *),
    void *ctx, struct err *e)
{
	static const char message[] = "The uploaded file is no longer on the server. Nothing was changed; please "
	    "upload it again.";
	struct spooled file = { .job_id = 0 };
	int found;

	while ((found = next_file(db, SQL_JOB_NEXT_REQUESTED, node, &file, e)) == 1) {
		const struct db_value values[] = { db_text(message), db_int(file.job_id) };
		struct failure f = { SQL_JOB_FAIL_LOST, values, ARRAY_LEN(values), file.job_id, message, operators };

		if (exists(ctx, file.name) == 0 && db_transaction(db, fail_one, &f, e) == -1)
			return -1;
	}
	return found;
}

static int
forget_file(struct db *db, void *ctx, struct err *e)
{
	const int64_t *job_id = ctx;
	int64_t changed;

	if (db_run(db, SQL_JOB_FILE_GONE, DB_VALUES(db_int(*job_id)), &changed, NULL, e) == -1)
		return -1;
	return changed == 0 ? 0 : audit_add_job(db, *job_id, AUDIT_FILE_DESTROYED, "", e);
}

int
job_file_destroyed(struct db *db, int64_t job_id, struct err *e)
{
	return db_transaction(db, forget_file, &job_id, e);
}

int
job_destroy_files(struct db *db, const char *node, int (*destroy)(void *, const char *), void *ctx, struct err *e)
{
	struct spooled file = { .job_id = 0 };
	int found;

	while ((found = next_file(db, SQL_JOB_NEXT_FILE, node, &file, e)) == 1)
		if (destroy(ctx, file.name) == 0 && job_file_destroyed(db, file.job_id, e) == -1)
			return -1;
	return found;
}

int
job_spool_owned(struct db *db, const char *node, const char *spool_name, struct err *e)
{
	int found = db_row(db, SQL_SPOOL_OWNED, DB_VALUES(db_text(node), db_text(spool_name), db_text(node), db_text(spool_name)),
	    e);

	db_done(db);
	return found;
}
