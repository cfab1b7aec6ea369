#include "store/export.h"

#include "util/clock.h"

#include "store/audit.h"
#include "store/job.h"
#include "store/outbox.h"

#define NAME_MAX_BYTES	40		/* of an account's name within a file's */

/* --- requests --- */

struct request {
	const struct export_request	*r;
	const char			*options;
	char				 front[NAME_MAX_BYTES + 32], back[64];	/* of the file's name */
	int64_t				 job_id;
};

/* Whatever the account is called, its file has a name that every system takes. */
static void
name_front(const char *account, char out[NAME_MAX_BYTES + 32])
{
	char plain[NAME_MAX_BYTES + 1];
	size_t n = 0;
	bool gap = false;

	for (; *account != '\0' && n + 2 < sizeof(plain); account++) {
		char c = *account >= 'A' && *account <= 'Z' ? (char)(*account | 0x20) : *account;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (gap && n > 0)
				plain[n++] = '-';
			plain[n++] = c;
		}
		gap = !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
	}
	plain[n] = '\0';
	snprintf(out, NAME_MAX_BYTES + 32, "trasloco-%s%s", plain, n > 0 ? "-" : "");
}

/* The disk is everybody's, and files stay for days. */
static int
check_room(struct db *db, int64_t account_id, struct err *e)
{
	int found = db_row(db, SQL_EXPORT_KEPT, DB_VALUES(db_int(account_id)), e);
	int64_t kept = found == 1 ? db_col_int(db, 0) : 0;

	db_done(db);
	if (found == -1)
		return -1;
	return kept < EXPORT_KEPT_MAX ? 0 : err_set(e, ERR_CONFLICT, "Your account has %d exports that wait or whose files are "
	    "kept, which is as many as it may have. Please delete the file of one that you no longer need.", EXPORT_KEPT_MAX);
}

static int
add_request(struct db *db, void *ctx, struct err *e)
{
	struct request *q = ctx;
	const struct export_request *r = q->r;

	if (check_room(db, r->account_id, e) == -1 ||
	    db_run(db, SQL_EXPORT_ADD, DB_VALUES(db_int(r->account_id), r->user_id != 0 ? db_int(r->user_id) : db_null(),
	    db_text(r->options->format), db_text(q->options), db_text(r->requested_by), db_text(r->node), db_int(r->user_id)),
	    NULL, &q->job_id, e) == -1 ||
	    db_run(db, SQL_EXPORT_NAME, DB_VALUES(db_text(q->front), db_text(q->back), db_int(q->job_id)), NULL, NULL, e) == -1)
		return -1;
	return audit_add(db, r->account_id, r->requested_by, AUDIT_EXPORT_REQUESTED, q->job_id, r->options->format, e);
}

int
export_request_add(struct db *db, const struct export_request *r, int64_t *job_id, struct err *e)
{
	struct request q = { .r = r };
	struct sb options;
	int result = -1;

	sb_init(&options, JOB_OPTIONS_SIZE);
	if (export_options_check(r->options, e) == -1 || export_options_write(r->options, &options, e) == -1)
		goto free_options;
	q.options = sb_text(&options);
	name_front(r->account_name, q.front);
	snprintf(q.back, sizeof(q.back), ".%s%s", r->extension, r->options->gzip ? ".gz" : "");
	if (db_transaction(db, add_request, &q, e) == -1)
		goto free_options;
	*job_id = q.job_id;
	result = 0;
free_options:
	sb_free(&options);
	return result;
}

/* --- as pages show them --- */

static int
export_row(const struct db *db, struct export_job *x, struct err *e)
{
	job_row(db, &x->job);
	return export_options_parse(&x->options, db_col_text(db, JOB_ROW_COLUMNS), e);
}

int
export_each(struct db *db, int64_t account_id, int limit, int (*fn)(void *, const struct export_job *, struct err *), void *ctx,
    struct err *e)
{
	struct export_job x;
	int r;

	if (db_query(db, SQL_EXPORT_EACH, DB_VALUES(db_int(account_id), db_int(limit)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		if (export_row(db, &x, e) == -1 || fn(ctx, &x, e) == -1) {
			db_done(db);
			return -1;
		}
	return r;
}

int
export_get(struct db *db, int64_t account_id, int64_t job_id, struct export_job *x, struct err *e)
{
	int found = db_row(db, SQL_EXPORT_GET, DB_VALUES(db_int(job_id), db_int(account_id)), e);

	if (found == 1 && export_row(db, x, e) == -1)
		found = -1;
	db_done(db);
	return found;
}

/* --- the file --- */

static int
file_row(const struct db *db, struct export_file *f, struct err *e)
{
	bool kept = db_col_int(db, 4) != 0 && !db_col_null(db, 7);
	const void *p;
	size_t n;

	if (strcmp(db_col_text(db, 0), job_state_names[JOB_COMPLETED]) != 0)
		return err_set(e, ERR_CONFLICT, "This export is not completed, so there is no file to download.");
	if (!kept)
		return err_set(e, ERR_GONE, "The file of this export has been deleted. Please ask for a new export.");
	memset(f, 0, sizeof(*f));
	snprintf(f->file_name, sizeof(f->file_name), "%s", db_col_text(db, 1));
	f->file_size = db_col_int(db, 2);
	p = db_col_bytes(db, 3, &n);
	memcpy(f->hash, p, MIN(n, sizeof(f->hash)));
	snprintf(f->node, sizeof(f->node), "%s", db_col_text(db, 5));
	snprintf(f->spool_name, sizeof(f->spool_name), "%s", db_col_text(db, 6));
	p = db_col_bytes(db, 7, &n);
	f->sealed_key_size = MIN(n, sizeof(f->sealed_key));
	memcpy(f->sealed_key, p, f->sealed_key_size);
	return 0;
}

int
export_file_get(struct db *db, int64_t account_id, int64_t job_id, struct export_file *f, struct err *e)
{
	int found = db_row(db, SQL_EXPORT_FILE, DB_VALUES(db_int(job_id), db_int(account_id)), e);

	if (found == 1 && file_row(db, f, e) == -1)
		found = -1;
	db_done(db);
	return found;
}

struct deletion {
	int64_t		 account_id, job_id;
	const char	*by;
};

static int
delete_one(struct db *db, void *ctx, struct err *e)
{
	const struct deletion *d = ctx;
	int64_t changed;

	if (db_run(db, SQL_EXPORT_DELETE, DB_VALUES(db_int(d->job_id), db_int(d->account_id)), &changed, NULL, e) == -1)
		return -1;
	if (changed == 0)
		return 0;
	if (db_run(db, SQL_SPOOL_REMOVE, DB_VALUES(db_int(d->job_id)), NULL, NULL, e) == -1 ||
	    audit_add(db, d->account_id, d->by, AUDIT_DELETED, d->job_id, "", e) == -1 ||
	    audit_add_job(db, d->job_id, AUDIT_KEY_DESTROYED, "", e) == -1)
		return -1;
	return 1;
}

int
export_delete(struct db *db, int64_t account_id, int64_t job_id, const char *by, struct err *e)
{
	struct deletion d = { account_id, job_id, by };

	return db_transaction(db, delete_one, &d, e);
}

int
export_downloading(struct db *db, int64_t account_id, int64_t job_id, const char *by, int64_t file_size, struct err *e)
{
	char detail[60];

	snprintf(detail, sizeof(detail), "begun, %" PRId64 " bytes", file_size);
	return audit_add(db, account_id, by, AUDIT_DOWNLOADED, job_id, detail, e);
}

int
export_downloaded(struct db *db, int64_t account_id, int64_t job_id, const char *by, int64_t bytes, int64_t file_size,
    struct err *e)
{
	char detail[100];

	if (bytes == file_size)
		snprintf(detail, sizeof(detail), "whole, %" PRId64 " bytes", bytes);
	else
		snprintf(detail, sizeof(detail), "broken off at %" PRId64 " of %" PRId64 " bytes", bytes, file_size);
	return audit_add(db, account_id, by, AUDIT_DOWNLOADED, job_id, detail, e);
}

/* --- role jobs --- */

static int
expire_one(struct db *db, void *ctx, struct err *e)
{
	int found = db_row(db, SQL_EXPORT_NEXT_EXPIRED, NULL, 0, e);
	int64_t job_id, keys;

	(void)ctx;
	job_id = found == 1 ? db_col_int(db, 0) : 0;
	db_done(db);
	if (found != 1)
		return found;
	/* Another machine's keeper may have been quicker. */
	if (db_run(db, SQL_SPOOL_REMOVE, DB_VALUES(db_int(job_id)), &keys, NULL, e) == -1 ||
	    (keys > 0 && audit_add_job(db, job_id, AUDIT_KEY_DESTROYED, "the time for downloads is over", e) == -1))
		return -1;
	return 1;
}

int
export_expire(struct db *db, struct err *e)
{
	int done;

	while ((done = db_transaction(db, expire_one, NULL, e)) == 1)
		;
	return done;
}

static int
not_ours(int64_t job_id, struct err *e)
{
	return err_set(e, ERR_CANCELLED, "job %" PRId64 " is no longer this worker's", job_id);
}

int
export_started(struct db *db, int64_t job_id, const char *worker, const char *spool_name, int64_t found, struct err *e)
{
	int64_t changed;

	if (db_run(db, SQL_EXPORT_STARTED, DB_VALUES(db_text(spool_name), found >= 0 ? db_int(found) : db_null(), db_int(job_id),
	    db_text(worker)), &changed, NULL, e) == -1)
		return -1;
	return changed > 0 ? 0 : not_ours(job_id, e);
}

static int
complete(struct db *db, void *ctx, struct err *e)
{
	const struct export_end *x = *(const struct export_end **)ctx;
	int64_t changed;

	if (db_run(db, SQL_EXPORT_COMPLETE, DB_VALUES(db_text(x->message), db_int(x->file_size), db_int(x->comments),
	    db_int(x->comments), db_int(x->comments), db_int(x->file_size), db_bytes(x->hash, sizeof(x->hash)), db_int(x->days),
	    db_int(x->job_id), db_text(x->worker)), &changed, NULL, e) == -1)
		return -1;
	if (changed == 0)
		return not_ours(x->job_id, e);
	if (db_run(db, SQL_SPOOL_ADD, DB_VALUES(db_int(x->job_id), db_text(x->node), db_text(x->spool_name),
	    db_bytes(x->sealed_key, x->sealed_key_size)), NULL, NULL, e) == -1 ||
	    audit_add_job(db, x->job_id, AUDIT_JOB_COMPLETED, x->message, e) == -1)
		return -1;
	return outbox_add(db, x->job_id, "", e);
}

int
export_complete(struct db *db, const struct export_end *x, struct err *e)
{
	return db_transaction(db, complete, &x, e);
}
