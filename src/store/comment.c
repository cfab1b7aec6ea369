#include "store/comment.h"

#include "util/clock.h"

#include "store/load.h"
#include "store/lookup.h"

#define LINE_MAX_BYTES	(8 * 1024 * 1024)	/* a body of 1 MiB, every byte escaped, and the rest */

int
comment_max_seq(struct db *db, int64_t account_id, int64_t *seq, struct err *e)
{
	if (db_row(db, SQL_COMMENT_MAX_SEQ, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	*seq = db_col_int(db, 0);
	db_done(db);
	return 0;
}

int
comment_cursor(struct db *db, int64_t account_id, int64_t *base, struct err *e)
{
	if (db_row(db, SQL_COMMENT_CURSOR, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	*base = db_col_int(db, 0);
	db_done(db);
	return 0;
}

/* --- looking up --- */

/* Fields that a row may lack, in the order of their bits. */
static const enum comment_text lacked_texts[] = { CT_PARENT_EXTERNAL_ID, CT_AUTHOR_NAME, CT_AUTHOR_EMAIL, CT_AUTHOR_URL,
    CT_AUTHOR_AVATAR, CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_IP, CT_EXTRA };
static const enum comment_number lacked_numbers[] = { CN_VOTES_UP, CN_VOTES_DOWN };

static bool
knows_time(const struct number *v)
{
	return v->said && v->v != CLOCK_UNKNOWN;
}

unsigned
comment_says(const struct comment *c)
{
	unsigned says = 0, bit = 1;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lacked_texts); i++, bit *= 2)
		if (c->text[lacked_texts[i]].said)
			says |= bit;
	for (i = 0; i < ARRAY_LEN(lacked_numbers); i++, bit *= 2)
		if (c->number[lacked_numbers[i]].said)
			says |= bit;
	if (knows_time(&c->number[CN_CREATED_AT]))
		says |= COMMENT_CREATED_AT;
	if (c->text[CT_PAGE_URL].n > 0)
		says |= COMMENT_PAGE_URL;
	if (c->text[CT_PAGE_TITLE].n > 0)
		says |= COMMENT_PAGE_TITLE;
	return says;
}

struct hand_on {
	void	(*fn)(void *ctx, const struct comment_row *);
	void	*ctx;
};

static int
take_row(void *ctx, struct db *db, struct err *e)
{
	const struct hand_on *to = ctx;
	struct comment_row row = { .seq = db_col_int(db, 3), .lacks = (unsigned)db_col_int(db, 4) };

	if (lookup_hash(db, 0, &row.comment_id, e) == -1 || lookup_hash(db, 1, &row.source_hash, e) == -1 ||
	    lookup_hash(db, 2, &row.page_key, e) == -1)
		return -1;
	to->fn(to->ctx, &row);
	return 0;
}

int
comment_lookup(struct db *db, int64_t account_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *, const struct comment_row *), void *ctx, struct err *e)
{
	struct hand_on to = { fn, ctx };

	return lookup_ids(db, SQL_COMMENT_LOOKUP, DB_VALUES(db_int(account_id)), ids, n, take_row, &to, e);
}

struct hand_date {
	void	(*fn)(void *ctx, const struct hash128 *, int64_t created_at);
	void	*ctx;
};

static int
take_date(void *ctx, struct db *db, struct err *e)
{
	const struct hand_date *to = ctx;
	struct hash128 id;

	if (lookup_hash(db, 0, &id, e) == -1)
		return -1;
	to->fn(to->ctx, &id, db_col_int(db, 1));
	return 0;
}

int
comment_dates(struct db *db, int64_t account_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *, const struct hash128 *, int64_t), void *ctx, struct err *e)
{
	struct hand_date to = { fn, ctx };

	return lookup_ids(db, SQL_COMMENT_DATES, DB_VALUES(db_int(account_id)), ids, n, take_date, &to, e);
}

/* --- loading --- */

/* The lines of a batch, made one by one while the server takes them. */
struct encoder {
	const struct stored_comment	*rows;
	size_t				 n, next;
	struct sb			 line;
	size_t				 sent;		/* of line */
	int64_t				 encoded;
};

static void
add_text(struct sb *sb, const struct text *t)
{
	if (t->said)
		load_bytes(sb, t->p, t->n);
	else
		load_null(sb);
}

static void
add_number(struct sb *sb, const struct number *v)
{
	if (v->said)
		load_int(sb, v->v);
	else
		load_null(sb);
}

static void
add_flag(struct sb *sb, const struct number *v, bool unsaid)
{
	load_int(sb, v->said ? v->v != 0 : unsaid);
}

static void
add_time(struct sb *sb, const struct number *v)
{
	char text[CLOCK_TEXT_SIZE];

	if (!v->said || v->v == CLOCK_UNKNOWN) {
		load_null(sb);
		return;
	}
	clock_format_sql(text, v->v);
	load_bytes(sb, text, strlen(text));
}

/* The columns of SQL_LOAD_COMMENT, in its order. */
static int
encode(struct encoder *enc, const struct stored_comment *s, struct err *e)
{
	static const enum comment_text author[] = { CT_AUTHOR_NAME, CT_AUTHOR_EMAIL, CT_AUTHOR_URL, CT_AUTHOR_AVATAR,
	    CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_IP };
	const struct comment *c = s->c;
	struct sb *sb = &enc->line;
	size_t i;

	sb_reset(sb);
	load_int(sb, s->seq);
	load_bytes(sb, s->comment_id.b, HASH128_SIZE);
	if (s->has_parent)
		load_bytes(sb, s->parent_id.b, HASH128_SIZE);
	else
		load_null(sb);
	load_bytes(sb, s->page_key.b, HASH128_SIZE);
	load_bytes(sb, c->source_hash, HASH128_SIZE);
	load_bytes(sb, s->source.p, s->source.n);
	load_bytes(sb, c->text[CT_SOURCE_SITE].p, c->text[CT_SOURCE_SITE].n);
	load_bytes(sb, c->text[CT_EXTERNAL_ID].p, c->text[CT_EXTERNAL_ID].n);
	add_text(sb, &c->text[CT_PARENT_EXTERNAL_ID]);
	for (i = 0; i < ARRAY_LEN(author); i++)
		add_text(sb, &c->text[author[i]]);
	load_bytes(sb, c->text[CT_BODY_HTML].p, c->text[CT_BODY_HTML].n);
	add_time(sb, &c->number[CN_CREATED_AT]);
	add_flag(sb, &c->number[CN_IS_APPROVED], true);
	add_flag(sb, &c->number[CN_IS_SPAM], false);
	add_flag(sb, &c->number[CN_IS_DELETED], false);
	add_number(sb, &c->number[CN_VOTES_UP]);
	add_number(sb, &c->number[CN_VOTES_DOWN]);
	add_text(sb, &c->text[CT_EXTRA]);
	load_int(sb, s->changed);
	load_end(sb);
	if (!sb_ok(sb))
		return err_set(e, ERR_MEMORY, "a comment does not fit the memory for one row");
	return 0;
}

/* db_load() asks for the next *n bytes; a line may be longer or shorter than that. */
static int
fill(void *ctx, char *buf, size_t *n, struct err *e)
{
	struct encoder *enc = ctx;
	size_t size = *n, some;

	for (*n = 0; *n < size; *n += some) {
		if (enc->sent == enc->line.n) {
			if (enc->next == enc->n)
				return 0;
			if (encode(enc, &enc->rows[enc->next++], e) == -1)
				return -1;
			enc->sent = 0;
			enc->encoded++;
		}
		some = MIN(size - *n, enc->line.n - enc->sent);
		memcpy(buf + *n, enc->line.p + enc->sent, some);
		enc->sent += some;
	}
	return 0;
}

int
comment_load(struct db *db, const struct stored_comment *rows, size_t n, struct err *e)
{
	struct encoder enc = { .rows = rows, .n = n };
	int result;

	if (n == 0)
		return 0;
	sb_init(&enc.line, LINE_MAX_BYTES);
	result = db_load(db, SQL_LOAD_COMMENT, fill, &enc, &enc.encoded, e);
	sb_free(&enc.line);
	return result;
}

/* --- updating --- */

/* The values of SQL_COMMENT_UPDATE under construction. */
struct values {
	struct db_value	v[48];
	size_t		n;
};

static void
put(struct values *u, struct db_value v)
{
	u->v[u->n++] = v;
}

static void
put_text(struct values *u, const struct text *t)
{
	put(u, db_int(t->said));
	put(u, t->said ? db_textn(t->p, t->n) : db_null());
}

static void
put_number(struct values *u, const struct number *v)
{
	put(u, db_int(v->said));
	put(u, v->said ? db_int(v->v) : db_null());
}

/* text: room for the time until the statement ran. */
static void
put_time(struct values *u, const struct number *v, char text[CLOCK_TEXT_SIZE])
{
	if (knows_time(v)) {
		clock_format_sql(text, v->v);
		put(u, db_text(text));
	} else
		put(u, db_null());
}

static int
update_row(struct db *db, int64_t account_id, const struct stored_comment *s, struct err *e)
{
	static const enum comment_text texts[] = { CT_PARENT_EXTERNAL_ID, CT_AUTHOR_NAME, CT_AUTHOR_EMAIL,
	    CT_AUTHOR_URL, CT_AUTHOR_AVATAR, CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_IP, CT_BODY_HTML };
	static const enum comment_number numbers[] = { CN_IS_APPROVED, CN_IS_SPAM, CN_IS_DELETED, CN_VOTES_UP,
	    CN_VOTES_DOWN };
	const struct comment *c = s->c;
	char time_text[CLOCK_TEXT_SIZE];
	struct values u = { .n = 0 };
	size_t i;

	put(&u, db_int(c->text[CT_PARENT_EXTERNAL_ID].said));
	put(&u, s->has_parent ? db_bytes(s->parent_id.b, HASH128_SIZE) : db_null());
	put(&u, db_int(c->text[CT_PAGE_ID].said));
	put(&u, db_bytes(s->page_key.b, HASH128_SIZE));
	for (i = 0; i < ARRAY_LEN(texts); i++)
		put_text(&u, &c->text[texts[i]]);
	put(&u, db_int(c->number[CN_CREATED_AT].said));
	put_time(&u, &c->number[CN_CREATED_AT], time_text);
	for (i = 0; i < ARRAY_LEN(numbers); i++)
		put_number(&u, &c->number[numbers[i]]);
	put_text(&u, &c->text[CT_EXTRA]);
	put(&u, db_bytes(c->source_hash, HASH128_SIZE));
	put(&u, db_int(s->changed));
	put(&u, db_int(account_id));
	put(&u, db_bytes(s->comment_id.b, HASH128_SIZE));
	return db_run(db, SQL_COMMENT_UPDATE, u.v, u.n, NULL, NULL, e);
}

/* The row answers another comment now: if that is there, the end of the job finds it on the waiting list. */
static int
wait_for_parent(struct db *db, int64_t account_id, const struct stored_comment *s, struct err *e)
{
	if (!s->has_parent)
		return 0;
	return db_run(db, SQL_WAITING_ADD_OF, DB_VALUES(db_bytes(s->parent_id.b, HASH128_SIZE), db_int(account_id),
	    db_bytes(s->comment_id.b, HASH128_SIZE)), NULL, NULL, e);
}

int
comment_update(struct db *db, int64_t account_id, const struct stored_comment *s, struct err *e)
{
	if (update_row(db, account_id, s, e) == -1)
		return -1;
	if (!s->c->text[CT_PARENT_EXTERNAL_ID].said)
		return 0;
	/* The parent that the row waited for is no longer the one that the source names. */
	if (db_run(db, SQL_WAITING_REMOVE_OF, DB_VALUES(db_int(account_id), db_bytes(s->comment_id.b, HASH128_SIZE)), NULL,
	    NULL, e) == -1)
		return -1;
	return wait_for_parent(db, account_id, s, e);
}

int
comment_fill(struct db *db, int64_t account_id, const struct stored_comment *s, unsigned lacks, struct err *e)
{
	const struct comment *c = s->c;
	char time_text[CLOCK_TEXT_SIZE];
	struct values u = { .n = 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(lacked_texts); i++) {
		const struct text *t = &c->text[lacked_texts[i]];

		put(&u, t->said ? db_textn(t->p, t->n) : db_null());
	}
	for (i = 0; i < ARRAY_LEN(lacked_numbers); i++) {
		const struct number *v = &c->number[lacked_numbers[i]];

		put(&u, v->said ? db_int(v->v) : db_null());
	}
	put_time(&u, &c->number[CN_CREATED_AT], time_text);
	put(&u, db_int(account_id));
	put(&u, db_bytes(s->comment_id.b, HASH128_SIZE));
	if (db_run(db, SQL_COMMENT_FILL, u.v, u.n, NULL, NULL, e) == -1)
		return -1;
	if ((lacks & comment_says(c) & COMMENT_PARENT_EXTERNAL_ID) == 0)
		return 0;
	return wait_for_parent(db, account_id, s, e);
}
