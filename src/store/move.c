#include "store/move.h"

#include "store/comment.h"
#include "store/job.h"

#define SLICE		256	/* pages that are read at once */
#define PAGES_AT_ONCE	500	/* of the plan, whose comments one statement changes */
#define COMMENTS_AT_ONCE 50000	/* by one statement: a second or so, after which a job can stop */

/* --- requests --- */

struct request {
	const struct move_request	*r;
	const struct movelist		*list;		/* NULL: the pairs of preview_id */
	int64_t				 preview_id, job_id;
};

static int
add_job(struct db *db, struct request *q, const char *title, struct err *e)
{
	const struct move_request *r = q->r;
	char options[64] = "";
	const struct job_request job = {
		.account_id = r->account_id, .user_id = r->user_id, .kind = JOB_MOVE, .requested_by = r->requested_by, .source = "",
		.format = r->preview ? MOVE_FORMAT_PREVIEW : MOVE_FORMAT, .options = options,
		.file_name = title, .node = r->node, .spool_name = "", .audit = title,
	};

	if (q->preview_id != 0)
		snprintf(options, sizeof(options), "preview=%" PRId64 "\n", q->preview_id);
	if (r->merge)
		snprintf(options + strlen(options), sizeof(options) - strlen(options), "merge=yes\n");
	return job_request_insert(db, &job, &q->job_id, e);
}

static int
add_list(struct db *db, void *ctx, struct err *e)
{
	struct request *q = ctx;
	char title[MOVELIST_TITLE_SIZE];
	size_t i;

	movelist_title(q->list, title);
	if (add_job(db, q, title, e) == -1)
		return -1;
	for (i = 0; i < q->list->n; i++) {
		const struct move_pair *p = &q->list->pair[i];

		if (db_run(db, SQL_MOVE_PAIR_ADD, DB_VALUES(db_int(q->job_id), db_int((int64_t)i + 1),
		    db_text(move_kind_names[p->kind]), db_text(p->from), db_text(p->to)), NULL, NULL, e) == -1)
			return -1;
	}
	return 0;
}

int
move_request_add(struct db *db, const struct move_request *r, const struct movelist *list, int64_t *job_id,
    struct err *e)
{
	struct request q = { .r = r, .list = list };

	if (db_transaction(db, add_list, &q, e) == -1)
		return -1;
	*job_id = q.job_id;
	return 0;
}

int
move_shown_run(struct db *db, int64_t account_id, int64_t preview_id, struct err *e)
{
	int found = db_row(db, SQL_MOVE_SHOWN_RUN, DB_VALUES(db_int(account_id), db_int(preview_id), db_int(preview_id)), e);

	db_done(db);
	return found;
}

/* Two presses of the button come one after the other. */
static int
lock_shown(struct db *db, const struct request *q, struct err *e)
{
	int found = db_row(db, SQL_MOVE_SHOWN_LOCK, DB_VALUES(db_int(q->preview_id), db_int(q->r->account_id)), e);

	db_done(db);
	if (found != 1)
		return found;
	if ((found = move_shown_run(db, q->r->account_id, q->preview_id, e)) == 1)
		return err_set(e, ERR_CONFLICT, "What this preview shows was requested already. Please look for it in the list of moves, or "
		    "ask for a new preview.");
	return found == -1 ? -1 : 1;
}

static int
add_shown(struct db *db, void *ctx, struct err *e)
{
	struct request *q = ctx;
	struct job preview;
	int found = lock_shown(db, q, e);

	if (found != 1 || (found = job_get(db, q->r->account_id, q->preview_id, &preview, e)) != 1)
		return found;
	if (preview.kind != JOB_MOVE || strcmp(preview.format, MOVE_FORMAT_PREVIEW) != 0 ||
	    preview.state != JOB_COMPLETED)
		return 0;
	if (add_job(db, q, preview.file_name, e) == -1 || db_run(db, SQL_MOVE_PAIR_REPEAT, DB_VALUES(db_int(q->job_id),
	    db_int(q->preview_id)), NULL, NULL, e) == -1)
		return -1;
	return 1;
}

int
move_request_shown(struct db *db, const struct move_request *r, int64_t preview_id, int64_t *job_id, struct err *e)
{
	struct request q = { .r = r, .preview_id = preview_id };
	int done = db_transaction(db, add_shown, &q, e);

	*job_id = q.job_id;
	return done;
}

/* --- what is known of a move --- */

int
move_result_get(struct db *db, int64_t job_id, struct move_result *r, struct err *e)
{
	int found = db_row(db, SQL_MOVE_RESULT_GET, DB_VALUES(db_int(job_id)), e);

	if (found == 1) {
		*r = (struct move_result){ db_col_int(db, 0), db_col_int(db, 1), db_col_int(db, 2) };
		db_done(db);
	}
	return found;
}

int
move_example_each(struct db *db, int64_t job_id, int (*fn)(void *, const struct move_example *, struct err *),
    void *ctx, struct err *e)
{
	int r;

	if (db_query(db, SQL_MOVE_EXAMPLE_EACH, DB_VALUES(db_int(job_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		const struct move_example x = {
			.page_title = db_col_text(db, 0), .id_before = db_col_text(db, 1), .url_before = db_col_text(db, 2),
			.id_after = db_col_text(db, 3), .url_after = db_col_text(db, 4), .comments = db_col_int(db, 5),
			.collides = db_col_int(db, 6) != 0,
		};

		if (fn(ctx, &x, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

static enum move_kind
kind_by_name(const char *name)
{
	int i;

	for (i = 0; i < MOVE_KIND__MAX - 1; i++)
		if (strcmp(move_kind_names[i], name) == 0)
			break;
	return (enum move_kind)i;
}

int
move_pair_each(struct db *db, int64_t job_id, int64_t limit, int (*fn)(void *, const struct move_pair *, struct err *),
    void *ctx, struct err *e)
{
	int r;

	if (db_query(db, SQL_MOVE_PAIR_EACH, DB_VALUES(db_int(job_id), db_int(limit)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		const struct move_pair p = { kind_by_name(db_col_text(db, 1)), db_col_text(db, 2), db_col_text(db, 3),
		    db_col_int(db, 0) };

		if (fn(ctx, &p, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

/* --- the plan --- */

/* A page of the slice at hand. */
struct seen {
	struct hash128	 key;
	char		*text;		/* source, site, id, URL, address, each with its NUL */
};

struct plan {
	struct db	*db;
	int64_t		 account_id, job_id, planned;
	size_t		 n;
	struct seen	 slice[SLICE];
};

enum { SEEN_SOURCE, SEEN_SITE, SEEN_ID, SEEN_URL, SEEN_ADDRESS, SEEN__MAX };

static int
keep_page(struct seen *s, struct db *db, struct err *e)
{
	size_t n = 0, size, i;
	const void *key = db_col_bytes(db, 0, &size);
	char *at;

	if (size != HASH128_SIZE)
		return err_set(e, ERR_BUG, "a page_key is not %d bytes wide", HASH128_SIZE);
	memcpy(s->key.b, key, HASH128_SIZE);
	for (i = 0; i < SEEN__MAX; i++)
		n += strlen(db_col_text(db, (int)i + 1)) + 1;
	if ((s->text = at = malloc(n)) == NULL)
		return err_nomem(e);
	for (i = 0; i < SEEN__MAX; i++, at += size + 1) {
		size = strlen(db_col_text(db, (int)i + 1));
		memcpy(at, db_col_text(db, (int)i + 1), size + 1);
	}
	return 0;
}

static void
forget_slice(struct plan *p)
{
	while (p->n > 0)
		free(p->slice[--p->n].text);
}

/* The pages behind the last one of the slice.  Number, or -1. */
static int
read_slice(struct plan *p, struct err *e)
{
	struct hash128 last;
	const struct db_value after = p->n > 0 ? db_bytes(last.b, HASH128_SIZE) : db_bytes("", 0);
	int r;

	if (p->n > 0)
		last = p->slice[p->n - 1].key;
	forget_slice(p);
	if (db_query(p->db, SQL_MOVE_PAGES_NEXT, DB_VALUES(db_int(p->account_id), after, db_int(SLICE)), e) == -1)
		return -1;
	while ((r = db_next(p->db, e)) == 1) {
		if (keep_page(&p->slice[p->n], p->db, e) == -1) {
			db_done(p->db);
			return -1;
		}
		p->n++;
	}
	return r == -1 ? -1 : (int)p->n;
}

/* Where a page is, for telling whether two are at the same place. */
static void
place_of(struct hash128 *out, const struct move_place *p, bool by_id)
{
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, by_id ? "id" : "address");
	hash_str(&h, by_id ? p->page_id : p->address);
	hash_end(&h, out->b);
}

static int
plan_page(struct plan *p, const struct seen *s, const char *const *text, const struct move_place *before,
    const struct move_place *after, bool by_id, struct err *e)
{
	struct hash128 old_place, new_place;

	place_of(&old_place, before, by_id);
	place_of(&new_place, after, by_id);
	return db_run(p->db, SQL_MOVE_PAGE_ADD, DB_VALUES(db_int(p->job_id), db_int(++p->planned),
	    db_bytes(s->key.b, HASH128_SIZE), db_text(text[SEEN_SOURCE]), db_text(text[SEEN_SITE]), db_text(after->page_id),
	    db_text(after->page_url), db_text(after->address), db_int(by_id), db_bytes(old_place.b, HASH128_SIZE),
	    db_bytes(new_place.b, HASH128_SIZE)), NULL, NULL, e);
}

static int
judge_page(struct plan *p, const struct seen *s,
    int (*judge)(void *, const struct move_place *, struct move_place *, bool *, struct err *), void *ctx, struct err *e)
{
	const char *text[SEEN__MAX], *at = s->text;
	struct move_place before, after;
	bool by_id;
	int i, moves;

	for (i = 0; i < SEEN__MAX; i++, at += strlen(at) + 1)
		text[i] = at;
	before = (struct move_place){ text[SEEN_ID], text[SEEN_URL], text[SEEN_ADDRESS] };
	moves = judge(ctx, &before, &after, &by_id, e);
	return moves == 1 ? plan_page(p, s, text, &before, &after, by_id, e) : moves;
}

int
move_plan(struct db *db, int64_t account_id, int64_t job_id,
    int (*judge)(void *, const struct move_place *, struct move_place *, bool *, struct err *), void *ctx, struct err *e)
{
	struct plan p = { .db = db, .account_id = account_id, .job_id = job_id };
	int found, result = -1;
	size_t i;

	while ((found = read_slice(&p, e)) > 0)
		for (i = 0; i < p.n; i++)
			if (judge_page(&p, &p.slice[i], judge, ctx, e) == -1)
				goto forget;
	result = found;
forget:
	forget_slice(&p);
	return result;
}

int
move_settle(struct db *db, int64_t account_id, int64_t job_id, struct move_result *r, struct err *e)
{
	const struct db_value job = db_int(job_id), account = db_int(account_id);

	if (db_run(db, SQL_MOVE_MEET_ADDRESS, DB_VALUES(account, job), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_MOVE_MEET_ID, DB_VALUES(account, job), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_MOVE_MEET_MOVED, DB_VALUES(job, job), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_MOVE_RESULT_ADD, DB_VALUES(job, account, job, job), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_MOVE_EXAMPLE_FILL, DB_VALUES(job, account, account, job, db_int(MOVE_EXAMPLES_MAX)), NULL, NULL,
	    e) == -1)
		return -1;
	return move_result_get(db, job_id, r, e) == 1 ? 0 : -1;
}

int
move_crossing(struct db *db, int64_t account_id, int64_t job_id, struct err *e)
{
	const struct db_value job = db_int(job_id), account = db_int(account_id);
	int found = db_row(db, SQL_MOVE_CROSSING, DB_VALUES(account, job, account, job), e);

	db_done(db);
	return found;
}

int
move_pages(struct db *db, int64_t account_id, int64_t job_id, struct err *e)
{
	const struct db_value job = db_int(job_id), account = db_int(account_id);

	if (db_run(db, SQL_MOVE_PAGES, DB_VALUES(job, account), NULL, NULL, e) == -1)
		return -1;
	return db_run(db, SQL_MOVE_MERGED_AGAIN, DB_VALUES(job, account), NULL, NULL, e);
}

static int
begin_comments(struct db *db, int64_t account_id, int64_t job_id, struct move_cursor *c, struct err *e)
{
	if (comment_cursor(db, account_id, &c->base, e) == -1 ||
	    db_row(db, SQL_MOVE_PAGE_LAST, DB_VALUES(db_int(job_id)), e) == -1)
		return -1;
	c->last = db_col_int(db, 0);
	c->n = 1;
	db_done(db);
	return 0;
}

/*
 * The pages that one statement works on.  The server locks the row behind a range, too; that must not be the first one
 * of another account's plan, so the last row is a range of its own.
 */
static int64_t
until(const struct move_cursor *c)
{
	return c->n == c->last ? c->last : MIN(c->n + PAGES_AT_ONCE, c->last) - 1;
}

int
move_comments(struct db *db, int64_t account_id, int64_t job_id, struct move_cursor *c, int64_t *moved, struct err *e)
{
	const struct db_value account = db_int(account_id), job = db_int(job_id);

	if (c->n == 0 && begin_comments(db, account_id, job_id, c, e) == -1)
		return -1;
	for (*moved = 0; *moved == 0 && c->n <= c->last;) {
		if (db_run(db, SQL_MOVE_COMMENTS, DB_VALUES(account, job, db_int(c->n), db_int(until(c)), db_int(c->base),
		    db_int(COMMENTS_AT_ONCE), account, db_int(c->base + COMMENT_CURSOR_STEP * c->given), db_int(COMMENT_CURSOR_STEP)),
		    moved, NULL, e) == -1)
			return -1;
		c->given += *moved;
		if (*moved < COMMENTS_AT_ONCE)
			c->n = until(c) + 1;
	}
	return 0;
}

int
move_forget(struct db *db, int64_t job_id, struct err *e)
{
	return db_run(db, SQL_MOVE_FORGET, DB_VALUES(db_int(job_id)), NULL, NULL, e);
}
