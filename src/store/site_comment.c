#include "store/site_comment.h"

#include "util/clock.h"
#include "util/identity.h"

#include "store/comment.h"

static void
copy_id(const struct db *db, int col, struct hash128 *id)
{
	size_t n;
	const void *p = db_col_bytes(db, col, &n);

	memset(id, 0, sizeof(*id));
	memcpy(id, p, MIN(n, sizeof(*id)));
}

/* The columns SITE_COLUMNS of store/sql.c. */
static void
comment_row(const struct db *db, struct site_comment *c)
{
	copy_id(db, 0, &c->comment_id);
	c->has_parent = !db_col_null(db, 1);
	copy_id(db, 1, &c->parent_id);
	c->changed = db_col_int(db, 2);
	c->added = db_col_int(db, 3);
	c->author_name = db_col_text(db, 4);
	c->author_email = db_col_text(db, 5);
	c->author_avatar = db_col_text(db, 6);
	c->body_html = db_col_text(db, 7);
	c->created_at = db_col_null(db, 8) ? CLOCK_UNKNOWN : db_col_int(db, 8);
	c->is_approved = db_col_int(db, 9) != 0;
	c->is_spam = db_col_int(db, 10) != 0;
	c->is_deleted = db_col_int(db, 11) != 0;
	c->votes_up = db_col_int(db, 12);
	c->votes_down = db_col_int(db, 13);
	c->post_id = db_col_text(db, 14);
	c->page_url = db_col_text(db, 15);
	c->page_title = db_col_text(db, 16);
	c->site_number = db_col_text(db, 17);
}

static int
each(struct db *db, enum sql id, const struct db_value *values, size_t n, site_comment_fn fn, void *ctx, struct err *e)
{
	struct site_comment c;
	int r, said;

	if (db_query(db, id, values, n, e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		comment_row(db, &c);
		if ((said = fn(ctx, &c, e)) != 0) {
			db_done(db);
			return said;
		}
	}
	return r;
}

int
site_comment_changed(struct db *db, const struct integration *site, int64_t after, int limit, site_comment_fn fn,
    void *ctx, struct err *e)
{
	return each(db, SQL_SITE_CHANGED, DB_VALUES(db_int(site->integration_id), db_int(site->account_id), db_int(after),
	    db_int(limit)), fn, ctx, e);
}

int
site_comment_listed(struct db *db, const struct integration *site, int64_t skip, int limit, site_comment_fn fn,
    void *ctx, struct err *e)
{
	return each(db, SQL_SITE_LISTED, DB_VALUES(db_int(site->integration_id), db_int(site->account_id), db_int(skip),
	    db_int(limit)), fn, ctx, e);
}

/* The one number that a statement has. */
static int
number(struct db *db, enum sql id, const struct db_value *values, size_t n, int64_t *out, struct err *e)
{
	int found = db_row(db, id, values, n, e);

	if (found == 1)
		*out = db_col_int(db, 0);
	db_done(db);
	return found == -1 ? -1 : 0;
}

int
site_comment_count_changed(struct db *db, const struct integration *site, int64_t after, int limit, int64_t *count,
    struct err *e)
{
	*count = 0;
	return number(db, SQL_SITE_COUNT_CHANGED, DB_VALUES(db_int(site->integration_id), db_int(site->account_id),
	    db_int(after), db_int(limit)), count, e);
}

int
site_list_count(struct db *db, const struct integration *site, int64_t *count, struct err *e)
{
	*count = 0;
	return number(db, SQL_SITE_LIST_COUNT, DB_VALUES(db_int(site->integration_id)), count, e);
}

/* --- a stretch without news --- */

#define QUIET_STEP	(1000 * COMMENT_CURSOR_STEP)	/* so few are looked at again rather than noted */

struct quiet {
	const struct integration *site;
	int64_t	from, until;		/* cursors: what came between has not been looked at */
};

/* A batch has the row for as long as it loads: then the next time will do. */
static int
set_quiet(struct db *db, void *ctx, struct err *e)
{
	const struct quiet *q = ctx;
	struct db_value id = db_int(q->site->integration_id), until = db_int(q->until);
	int found = db_row(db, SQL_SITE_UNLOCKED, DB_VALUES(id), e);
	int64_t told = 0;

	db_done(db);
	if (found != 1)
		return found;
	if (number(db, SQL_SITE_LATEST_TOLD, DB_VALUES(id, db_int(q->site->account_id), db_int(q->from), until), &told, e) == -1)
		return -1;
	return db_run(db, SQL_SITE_SET_QUIET, DB_VALUES(db_int(told), until, id, until), NULL, NULL, e);
}

int
site_comment_note_quiet(struct db *db, const struct integration *site, struct err *e)
{
	struct quiet q = { .site = site };
	int found = db_row(db, SQL_SITE_LATEST, DB_VALUES(db_int(site->account_id), db_int(site->integration_id)), e);

	if (found == 1) {
		q.from = db_col_int(db, 0);
		q.until = db_col_int(db, 1);
	}
	db_done(db);
	if (found != 1 || q.until - q.from <= QUIET_STEP)
		return found == -1 ? -1 : 0;
	return db_transaction(db, set_quiet, &q, e);
}

/* --- what it was told --- */

struct told {
	int64_t	integration_id, changed;
};

/* A batch has the row for as long as it loads: nothing is told that is not noted. */
static int
set_told(struct db *db, void *ctx, struct err *e)
{
	const struct told *t = ctx;
	int found = db_row(db, SQL_SITE_UNLOCKED, DB_VALUES(db_int(t->integration_id)), e);

	db_done(db);
	if (found == 0)
		return err_set(e, ERR_BUSY, "Comments of this site are being stored just now. Please ask again in a few seconds.");
	if (found == -1)
		return -1;
	return db_run(db, SQL_SITE_SET_TOLD, DB_VALUES(db_int(t->changed), db_int(t->integration_id)), NULL, NULL, e);
}

int
site_comment_note_told(struct db *db, const struct integration *site, int64_t changed, struct err *e)
{
	struct told t = { site->integration_id, changed };

	return changed <= site->told ? 0 : db_transaction(db, set_told, &t, e);
}

/* --- what is left out, and numbers --- */

struct left_out {
	int64_t	integration_id, count;
};

/* A batch has the row for as long as it loads: then the next time will do. */
static int
set_left_out(struct db *db, void *ctx, struct err *e)
{
	const struct left_out *l = ctx;
	int found = db_row(db, SQL_SITE_UNLOCKED, DB_VALUES(db_int(l->integration_id)), e);

	db_done(db);
	if (found != 1)
		return found;
	return db_run(db, SQL_SITE_SET_LEFT_OUT, DB_VALUES(db_int(l->count), db_int(l->integration_id)), NULL, NULL, e);
}

int
site_comment_count_left_out(struct db *db, const struct integration *site, struct err *e)
{
	struct left_out l = { site->integration_id, 0 };

	if (number(db, SQL_SITE_LEFT_OUT, DB_VALUES(db_int(site->integration_id), db_int(site->account_id)), &l.count,
	    e) == -1)
		return -1;
	return db_transaction(db, set_left_out, &l, e);
}

int
site_comment_map(struct db *db, const struct integration *site, const struct hash128 *comment_id,
    const char *site_number, struct err *e)
{
	struct text source = { site->source, strlen(site->source), true };
	struct text source_site = { site->source_site, strlen(site->source_site), true };
	struct text external_id = { site_number, strlen(site_number), true };
	struct db_value account = db_int(site->account_id), id = db_int(site->integration_id), ours, alias;
	struct hash128 alias_id;
	int found;

	identity_comment(&alias_id, site->account_id, &source, &source_site, &external_id);
	ours = db_bytes(comment_id->b, HASH128_SIZE);
	alias = db_bytes(alias_id.b, HASH128_SIZE);
	found = db_row(db, SQL_SITE_MAPPABLE, DB_VALUES(id, account, ours, account, alias), e);
	db_done(db);
	if (found != 1)
		return found;
	if (db_run(db, SQL_ALIAS_PUT, DB_VALUES(account, alias, ours, id, db_text(site_number)), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_ALIAS_ONLY, DB_VALUES(id, ours, account, alias), NULL, NULL, e) == -1)
		return -1;
	return 1;
}
