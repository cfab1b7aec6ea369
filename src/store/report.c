/* What is said about a job: issues by reason, the pages that received comments, and notes. */
#include "store/comment.h"
#include "store/audit.h"
#include "store/job.h"
#include "store/outbox.h"

int
job_issue_add(struct db *db, int64_t job_id, const struct job_issue *i, struct err *e)
{
	return db_run(db, SQL_ISSUE_ADD, DB_VALUES(db_int(job_id), db_text(issue_kinds[i->reason].name),
	    db_int(i->count), db_text(i->examples)), NULL, NULL, e);
}

int
job_issue_clear(struct db *db, int64_t job_id, enum issue_reason reason, struct err *e)
{
	return db_run(db, SQL_ISSUE_CLEAR, DB_VALUES(db_int(job_id), db_text(issue_kinds[reason].name)), NULL, NULL, e);
}

int
job_issue_each(struct db *db, int64_t job_id, int (*fn)(void *, const struct job_issue *, struct err *), void *ctx,
    struct err *e)
{
	struct job_issue i;
	int r;

	if (db_query(db, SQL_ISSUE_EACH, DB_VALUES(db_int(job_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		i.reason = issue_by_name(db_col_text(db, 0));
		i.count = db_col_int(db, 1);
		i.examples = db_col_text(db, 2);
		/* A reason that a newer program wrote has no title here. */
		if (i.reason == ISSUE__MAX)
			continue;
		if (fn(ctx, &i, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

int
job_page_fill(struct db *db, int64_t account_id, int64_t job_id, int64_t first_seq, struct err *e)
{
	return db_run(db, SQL_JOB_PAGE_FILL, DB_VALUES(db_int(job_id), db_int(account_id), db_int(first_seq)), NULL,
	    NULL, e);
}

int
job_page_each(struct db *db, int64_t account_id, int64_t job_id, int limit,
    int (*fn)(void *, const struct job_page *, struct err *), void *ctx, struct err *e)
{
	struct job_page p;
	int r;

	if (db_query(db, SQL_JOB_PAGE_EACH, DB_VALUES(db_int(account_id), db_int(job_id), db_int(limit)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		p.page_id = db_col_text(db, 0);
		p.page_url = db_col_text(db, 1);
		p.page_title = db_col_text(db, 2);
		p.comments = db_col_int(db, 3);
		if (fn(ctx, &p, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

int
job_page_count(struct db *db, int64_t job_id, int64_t *n, struct err *e)
{
	int found = db_row(db, SQL_JOB_PAGE_COUNT, DB_VALUES(db_int(job_id)), e);

	if (found != 1)
		return found == 0 ? err_set(e, ERR_BUG, "a count gave no row") : -1;
	*n = db_col_int(db, 0);
	db_done(db);
	return 0;
}

/* --- notes --- */

struct note {
	const struct job	*job;
	const char		*text;
	bool			*mailed;
};

static int
add_note(struct db *db, void *ctx, struct err *e)
{
	const struct note *n = ctx;
	int64_t added, note_id;

	if (db_run(db, SQL_NOTE_ADD, DB_VALUES(db_text(n->text), db_int(n->job->job_id), db_int(JOB_NOTES_MAX)), &added, &note_id, e) == -1)
		return -1;
	if (added == 0)
		return 0;
	if (audit_add(db, n->job->account_id, "operator", AUDIT_NOTED, n->job->job_id, n->text, e) == -1)
		return -1;
	return outbox_add_note(db, n->job->job_id, note_id, n->mailed, e) == -1 ? -1 : 1;
}

int
job_note_add(struct db *db, const struct job *j, const char *text, bool *mailed, struct err *e)
{
	struct note n = { j, text, mailed };

	return db_transaction(db, add_note, &n, e);
}

int
job_note_each(struct db *db, int64_t job_id, int (*fn)(void *, int64_t, const char *, struct err *), void *ctx, struct err *e)
{
	int r;

	if (db_query(db, SQL_NOTE_EACH, DB_VALUES(db_int(job_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		if (fn(ctx, db_col_int(db, 0), db_col_text(db, 1), e) == -1) {
			db_done(db);
			return -1;
		}
	return r;
}
