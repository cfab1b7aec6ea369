/* The comments of an account, for an export: in slices by seq, or page by page. */
#include "store/export.h"

#include "util/clock.h"
#include "util/weburl.h"

#define SLICE		1000		/* seqs: no statement looks at more rows of an account */
#define WANTED_VALUES	7
#define FORM_SIZE	(WEBURL_PAGE_ROOM(EXPORT_PAGE_MAX + 16) + 1)

int
export_count(struct db *db, int64_t account_id, int64_t *n, struct err *e)
{
	int found = db_row(db, SQL_EXPORT_COUNT, DB_VALUES(db_int(account_id)), e);

	*n = found == 1 ? db_col_int(db, 0) : 0;
	db_done(db);
	return found == -1 ? -1 : 0;
}

/* --- values of the statements --- */

/* The values of EXPORT_WANTED; the texts live as long as this. */
struct wanted {
	char		from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
	struct db_value	v[WANTED_VALUES];
};

static void
set_wanted(struct wanted *w, const struct export_options *o)
{
	clock_format_sql(w->from, o->from_ms);
	clock_format_sql(w->to, o->to_ms);
	w->v[0] = w->v[1] = o->from_ms != CLOCK_UNKNOWN ? db_text(w->from) : db_null();
	w->v[2] = w->v[3] = o->to_ms != CLOCK_UNKNOWN ? db_text(w->to) : db_null();
	w->v[4] = db_int(o->spam);
	w->v[5] = db_int(o->deleted);
	w->v[6] = db_int(o->pending);
}

/* An address, a host or what may be one, as page.address and source_site have it; as it is where it cannot be one. */
static void
normalise(const char *said, char out[FORM_SIZE])
{
	static const char *const fronts[] = { "", "https://" };
	char url[EXPORT_PAGE_MAX + 16];
	struct sb sb;
	size_t i;

	snprintf(out, FORM_SIZE, "%s", said);
	sb_init(&sb, FORM_SIZE - 1);
	for (i = 0; i < ARRAY_LEN(fronts) && sb.n == 0; i++) {
		snprintf(url, sizeof(url), "%s%s", fronts[i], said);
		if (weburl_page(url, strlen(url), &sb) && sb_ok(&sb))
			snprintf(out, FORM_SIZE, "%s", sb_text(&sb));
	}
	sb_free(&sb);
}

/* The site that is asked for and its host, a value that no page has where none is. */
static void
find_site(const struct export_options *o, char site[FORM_SIZE], char host[FORM_SIZE])
{
	normalise(o->site, site);
	snprintf(host, FORM_SIZE, "%.*s", (int)strcspn(site, "/?"), site);
	if (*host == '\0')
		snprintf(host, FORM_SIZE, "/");
}

/* --- rows --- */

static struct text
col_text(const struct db *db, int col)
{
	struct text t = { .said = !db_col_null(db, col) };

	t.p = db_col_bytes(db, col, &t.n);
	return t;
}

/* What stands in a column that must have a value, and is empty, was not said. */
static struct text
col_filled(const struct db *db, int col)
{
	struct text t = col_text(db, col);

	t.said = t.n > 0;
	return t;
}

void
export_comment(const struct db *db, struct comment *c)
{
	static const enum comment_text texts[] = { CT_SOURCE_SITE, CT_EXTERNAL_ID, CT_PARENT_EXTERNAL_ID, CT_AUTHOR_NAME,
	    CT_AUTHOR_EMAIL, CT_AUTHOR_URL, CT_AUTHOR_AVATAR, CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_IP, CT_BODY_HTML, CT_SOURCE, CT_EXTRA };
	static const enum comment_number numbers[] = { CN_CREATED_AT, CN_IS_APPROVED, CN_IS_SPAM, CN_IS_DELETED, CN_VOTES_UP,
	    CN_VOTES_DOWN };
	int i, col = 0;

	_Static_assert(ARRAY_LEN(texts) + ARRAY_LEN(numbers) == EXPORT_ROW_COLUMNS, "EXPORT_COLUMNS");
	memset(c, 0, sizeof(*c));
	for (i = 0; i < (int)ARRAY_LEN(texts); i++, col++)
		c->text[texts[i]] = texts[i] == CT_SOURCE_SITE ? col_filled(db, col) : col_text(db, col);
	for (i = 0; i < (int)ARRAY_LEN(numbers); i++, col++)
		c->number[numbers[i]] = (struct number){ .v = db_col_int(db, col), .said = !db_col_null(db, col) };
}

/* --- by seq --- */

/* The first seq behind *seq: 1, 0 there is none, -1. */
static int
next_seq(struct db *db, int64_t account_id, int64_t *seq, struct err *e)
{
	int found = db_row(db, SQL_EXPORT_NEXT_SEQ, DB_VALUES(db_int(account_id), db_int(*seq)), e);

	if (found == 1 && db_col_null(db, 0))
		found = 0;
	if (found == 1)
		*seq = db_col_int(db, 0);
	db_done(db);
	return found;
}

int
export_slice(struct db *db, int64_t account_id, const struct export_options *o, int64_t *seq,
    int (*fn)(void *, const struct comment *, struct err *), void *ctx, struct err *e)
{
	char site[FORM_SIZE], host[FORM_SIZE];
	struct wanted w;
	struct comment c;
	int r;

	if ((r = next_seq(db, account_id, seq, e)) != 1)
		return r;
	set_wanted(&w, o);
	find_site(o, site, host);
	if (db_query(db, SQL_EXPORT_SLICE, DB_VALUES(db_int(account_id), db_int(*seq), db_int(*seq + SLICE - 1),
	    db_int(o->site[0] == '\0'), db_text(o->site), db_text(site), db_text(host), w.v[0], w.v[1], w.v[2], w.v[3], w.v[4],
	    w.v[5], w.v[6]), e) == -1)
		return -1;
	*seq += SLICE - 1;
	while ((r = db_next(db, e)) == 1) {
		export_comment(db, &c);
		c.text[CT_PAGE_ID] = col_filled(db, EXPORT_ROW_COLUMNS);
		c.text[CT_PAGE_URL] = col_filled(db, EXPORT_ROW_COLUMNS + 1);
		c.text[CT_PAGE_TITLE] = col_filled(db, EXPORT_ROW_COLUMNS + 2);
		if (fn(ctx, &c, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r == -1 ? -1 : 1;
}

/* --- by page --- */

int
export_next_page(struct db *db, int64_t account_id, const struct export_options *o, bool first, struct export_page *p,
    struct err *e)
{
	char site[FORM_SIZE], host[FORM_SIZE], address[FORM_SIZE];
	const struct db_value id = db_text(o->page), said = db_text(o->page);
	struct db_value key = db_bytes(p->page_key.b, first ? 0 : HASH128_SIZE);
	const void *found_key;
	size_t n;
	int found;

	find_site(o, site, host);
	normalise(o->page, address);
	found = db_row(db, SQL_EXPORT_NEXT_PAGE, DB_VALUES(db_text(host), db_int(account_id), key, db_int(o->page[0] == '\0'),
	    id, said, db_text(address), db_int(account_id), id, said, db_text(address)), e);
	if (found == 1) {
		found_key = db_col_bytes(db, 0, &n);
		memcpy(p->page_key.b, found_key, MIN(n, sizeof(p->page_key.b)));
		snprintf(p->page_id, sizeof(p->page_id), "%s", db_col_text(db, 1));
		snprintf(p->page_url, sizeof(p->page_url), "%s", db_col_text(db, 2));
		snprintf(p->page_title, sizeof(p->page_title), "%s", db_col_text(db, 3));
		p->of_site = db_col_int(db, 4) != 0;
	}
	db_done(db);
	return found;
}

static struct text
filled(const char *s)
{
	return (struct text){ .p = s, .n = strlen(s), .said = *s != '\0' };
}

int
export_page_comments(struct db *db, int64_t account_id, const struct export_options *o, const struct export_page *p,
    int (*fn)(void *, const struct comment *, struct err *), void *ctx, struct err *e)
{
	char site[FORM_SIZE];
	struct wanted w;
	struct comment c;
	int r;

	set_wanted(&w, o);
	normalise(o->site, site);
	if (db_query(db, SQL_EXPORT_PAGE_COMMENTS, DB_VALUES(db_int(account_id), db_bytes(p->page_key.b, HASH128_SIZE),
	    db_int(o->site[0] == '\0' || p->of_site), db_text(o->site), db_text(site), w.v[0], w.v[1], w.v[2], w.v[3], w.v[4], w.v[5],
	    w.v[6]), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		export_comment(db, &c);
		c.text[CT_PAGE_ID] = filled(p->page_id);
		c.text[CT_PAGE_URL] = filled(p->page_url);
		c.text[CT_PAGE_TITLE] = filled(p->page_title);
		if (fn(ctx, &c, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}
