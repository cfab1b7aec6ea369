/* The life of a site's run: it begins, is cancelled or expires; what its batches brought stays.  batch.c completes it. */
#include "store/batch.h"

#include "util/num.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "store/audit.h"
#include "store/outbox.h"

#define MESSAGE_SIZE	sizeof(((struct job *)NULL)->message)

/* "The 1,234 comments that had come until then were kept." */
static void
say_kept(char out[120], int64_t kept)
{
	char count[32];

	num_format_count(count, kept);
	if (kept == 0)
		snprintf(out, 120, "No comment had come until then.");
	else if (kept == 1)
		snprintf(out, 120, "The one comment that had come until then was kept.");
	else
		snprintf(out, 120, "The %s comments that had come until then were kept.", count);
}

/* --- role web --- */

/* Host and path of the site's address as people read it, as long as the name of a file may be. */
static struct db_value
site_name(const char *readable)
{
	const char *p = strstr(readable, "://");
	size_t n;

	p = p != NULL ? p + 3 : readable;
	for (n = strlen(p); n > 0 && p[n - 1] == '/'; n--)
		continue;
	return db_textn(p, utf8_cut_bytes(p, n, sizeof(((struct job *)NULL)->file_name) - 1));
}

static int
add_run(struct db *db, const struct integration *site, int64_t user_id, const char *by, int silence_seconds,
    int64_t *job_id, struct err *e)
{
	struct sb readable;
	int result;

	sb_init(&readable, WEBURL_PAGE_ROOM(sizeof(site->domain)));
	weburl_readable(site->domain, strlen(site->domain), &readable);
	result = db_run(db, SQL_RUN_ADD, DB_VALUES(db_int(site->account_id), user_id != 0 ? db_int(user_id) : db_null(),
	    db_text(site->source), site_name(sb_text(&readable)), db_text(by), db_int(silence_seconds),
	    db_int(site->integration_id), db_int(user_id)), NULL, job_id, e);
	sb_free(&readable);
	if (result == -1)
		return -1;
	if (db_run(db, SQL_RUN_OF_SITE, DB_VALUES(db_int(*job_id), db_int(site->integration_id)), NULL, NULL, e) == -1)
		return -1;
	return audit_add(db, site->account_id, by, AUDIT_RUN_STARTED, *job_id, site->domain, e);
}

int
run_start(struct db *db, const struct integration *site, int64_t user_id, const char *by, int silence_seconds,
    int64_t *job_id, struct err *e)
{
	int found;

	/* Its row is locked first, so that two who start at once start one. */
	found = db_row(db, SQL_RUN_LOCK_SITE, DB_VALUES(db_int(site->integration_id)), e);
	*job_id = found == 1 ? db_col_int(db, 0) : 0;
	db_done(db);
	if (found != 1)
		return found == 0 ? err_set(e, ERR_NOTFOUND, "The site is not connected any more.") : -1;
	found = db_row(db, SQL_RUN_UNDER_WAY, DB_VALUES(db_int(*job_id)), e);
	db_done(db);
	if (found != 0)
		return found == 1 ? 0 : -1;
	return add_run(db, site, user_id, by, silence_seconds, job_id, e);
}

int
run_cancel(struct db *db, int64_t account_id, int64_t job_id, const char *by, struct err *e)
{
	int found = db_row(db, SQL_RUN_LOCK, DB_VALUES(db_int(job_id), db_int(account_id)), e);
	char message[MESSAGE_SIZE], kept[120];
	int64_t site;

	if (found != 1)
		return found;
	say_kept(kept, db_col_int(db, 0));
	site = db_col_int(db, 1);
	db_done(db);
	snprintf(message, sizeof(message), "The import was cancelled by %s. %s", by, kept);
	if (db_run(db, SQL_RUN_CANCEL, DB_VALUES(db_text(message), db_int(job_id)), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_RUN_CANCEL_SITE, DB_VALUES(db_int(site), db_int(job_id)), NULL, NULL, e) == -1 ||
	    audit_add(db, account_id, by, AUDIT_CANCELLED, job_id, "", e) == -1 || outbox_add(db, job_id, "", e) == -1)
		return -1;
	return 1;
}

/* --- role jobs --- */

struct expiry {
	const char	*operators;
	int		 silence_hours;
	int64_t		 job_id;	/* the one that was failed */
};

static int
expire_next(struct db *db, void *ctx, struct err *e)
{
	struct expiry *x = ctx;
	char message[MESSAGE_SIZE], kept[120];
	int found = db_row(db, SQL_RUN_NEXT_EXPIRED, NULL, 0, e);

	if (found != 1)
		return found;
	x->job_id = db_col_int(db, 0);
	say_kept(kept, db_col_int(db, 1));
	db_done(db);
	snprintf(message, sizeof(message), "The site has sent nothing for %d %s. %s The next batch that it sends is taken in "
	    "a new import.", x->silence_hours, x->silence_hours == 1 ? "hour" : "hours", kept);
	if (db_run(db, SQL_RUN_FAIL, DB_VALUES(db_text(message), db_int(x->job_id)), NULL, NULL, e) == -1 ||
	    audit_add_job(db, x->job_id, AUDIT_JOB_FAILED, message, e) == -1 ||
	    outbox_add(db, x->job_id, x->operators, e) == -1)
		return -1;
	return 1;
}

int
run_expire(struct db *db, int silence_hours, const char *operators, void (*fn)(void *, int64_t), void *ctx, struct err *e)
{
	struct expiry x = { .operators = operators, .silence_hours = silence_hours };
	int failed = 0, done;

	while ((done = db_transaction(db, expire_next, &x, e)) == 1) {
		failed++;
		if (fn != NULL)
			fn(ctx, x.job_id);
	}
	return done == -1 ? -1 : failed;
}
