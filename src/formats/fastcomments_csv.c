/*
 * The CSV export of FastComments, as formats/fastcomments-csv.md describes it.  Of its titles only `URL ID`
 * is known for certain, so columns are found by a list of names, folded to lower case without blanks, _, - and . in
 * them, and never by their place.
 *
 * Two other tables of FastComments look alike and are refused: scheduled comments, a script for a replay without
 * dates, and the list of users.
 */
#include "formats/format.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/num.h"
#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "formats/csvsrc.h"
#include "formats/field.h"
#include "formats/vocabulary.h"

#define GUARDED		"=+-@"
#define ARENA_CAP	(2 * CSVSRC_ROW_MAX + 64 * 1024)	/* an id, and an address as the page's identifier */
#define NAMES_MAX	6
#define TITLES_SHOWN	180		/* bytes of the titles in a sentence, and of one of them */
#define TITLE_SHOWN	40

enum column {
	COL_ID, COL_EXTERNAL_ID, COL_PARENT, COL_EXTERNAL_PARENT, COL_PAGE_ID, COL_PAGE_URL, COL_PAGE_TITLE,
	COL_NAME, COL_EMAIL, COL_HOME_PAGE, COL_AVATAR, COL_AUTHOR_ID, COL_IP,
	COL_COMMENT, COL_HTML, COL_DATE, COL_APPROVED, COL_SPAM, COL_DELETED, COL_VOTES_UP, COL_VOTES_DOWN, COL_VOTES,
	COL_PINNED, COL_LOCKED, COL_VERIFIED, COL_REVIEWED, COL_LOCALE, COL_DOMAIN, COL_FLAGS, COL_RATING,
	COL_DELAY,	/* of scheduled comments */
	COL__MAX
};

/* Folded titles of each column; the first that has something to say counts. */
static const char *const names[COL__MAX][NAMES_MAX + 1] = {
	[COL_ID] = { "id", "commentid" },
	[COL_EXTERNAL_ID] = { "externalid" },
	[COL_PARENT] = { "parentid", "parent", "parentcommentid" },
	[COL_EXTERNAL_PARENT] = { "externalparentid" },
	[COL_PAGE_ID] = { "urlidraw", "urlid", "pageid", "threadid" },
	[COL_PAGE_URL] = { "url", "pageurl", "link" },
	[COL_PAGE_TITLE] = { "pagetitle", "title" },
	[COL_NAME] = { "commentername", "name", "username", "author", "authorname", "displayname" },
	[COL_EMAIL] = { "commenteremail", "email", "authoremail", "useremail" },
	[COL_HOME_PAGE] = { "commenterlink", "website", "authorurl" },
	[COL_AVATAR] = { "avatarsrc", "avatar", "avatarurl" },
	[COL_AUTHOR_ID] = { "userid", "ssoid", "anonuserid" },
	[COL_IP] = { "ip" },
	[COL_COMMENT] = { "comment", "commenttext", "text", "body", "content" },
	[COL_HTML] = { "commenthtml", "html" },
	[COL_DATE] = { "date", "createdat", "created", "datecreated", "commentdate", "dateutc" },
	[COL_APPROVED] = { "approved", "isapproved" },
	[COL_SPAM] = { "isspam", "spam" },
	[COL_DELETED] = { "isdeleted", "deleted" },
	[COL_VOTES_UP] = { "votesup", "upvotes" },
	[COL_VOTES_DOWN] = { "votesdown", "downvotes" },
	[COL_VOTES] = { "votes", "karma", "score" },
	[COL_PINNED] = { "ispinned" },
	[COL_LOCKED] = { "islocked" },
	[COL_VERIFIED] = { "verified" },
	[COL_REVIEWED] = { "reviewed" },
	[COL_LOCALE] = { "locale" },
	[COL_DOMAIN] = { "domain" },
	[COL_FLAGS] = { "flagcount" },
	[COL_RATING] = { "rating" },
	[COL_DELAY] = { "hours", "minutes", "seconds", "delay", "delayunit" },
};

/* Columns that go into a text as they are. */
static const struct {
	enum column		column;
	enum comment_text	text;
} texts[] = {
	{ COL_PAGE_ID, CT_PAGE_ID }, { COL_PAGE_URL, CT_PAGE_URL }, { COL_PAGE_TITLE, CT_PAGE_TITLE },
	{ COL_NAME, CT_AUTHOR_NAME }, { COL_EMAIL, CT_AUTHOR_EMAIL }, { COL_HOME_PAGE, CT_AUTHOR_URL },
	{ COL_AVATAR, CT_AUTHOR_AVATAR },
	{ COL_AUTHOR_ID, CT_AUTHOR_EXTERNAL_ID }, { COL_IP, CT_AUTHOR_IP },
};

enum extra_kind { FLAG, COUNT, WORD };

/* Columns that the vocabulary lacks. */
static const struct {
	enum column	 column;
	const char	*name;
	enum extra_kind	 kind;
} extras[] = {
	{ COL_PINNED, "is_pinned", FLAG }, { COL_LOCKED, "is_locked", FLAG }, { COL_VERIFIED, "is_verified", FLAG },
	{ COL_REVIEWED, "is_reviewed", FLAG }, { COL_FLAGS, "flag_count", COUNT }, { COL_RATING, "rating", WORD },
	{ COL_LOCALE, "locale", WORD }, { COL_DOMAIN, "domain", WORD },
};

/* --- titles -------------------------------------------------------------------------- */

/* Where the titles stand: of each name the column, -1 where it is not there. */
struct titles {
	int	at[COL__MAX][NAMES_MAX];
};

static bool
folded_equal(struct text title, const char *name)
{
	size_t i;

	for (i = 0; i < title.n; i++) {
		char c = title.p[i];

		if (c == ' ' || c == '_' || c == '-' || c == '.')
			continue;
		if (*name == '\0' || (c >= 'A' && c <= 'Z' ? c | 0x20 : c) != *name)
			return false;
		name++;
	}
	return *name == '\0';
}

static bool
has(const struct titles *t, enum column column)
{
	size_t i;

	for (i = 0; i < NAMES_MAX; i++)
		if (t->at[column][i] >= 0)
			return true;
	return false;
}

static void
find_titles(struct titles *t, const struct text *title, size_t n)
{
	size_t column, name, i;

	for (column = 0; column < COL__MAX; column++)
		for (name = 0; name < NAMES_MAX; name++) {
			t->at[column][name] = -1;
			for (i = n; i-- > 0 && names[column][name] != NULL;)
				if (folded_equal(title[i], names[column][name]))
					t->at[column][name] = (int)i;
		}
	/* Beside the address of the commenter, `link` may be anything. */
	if (t->at[COL_HOME_PAGE][0] >= 0)
		t->at[COL_PAGE_URL][2] = -1;
}

static bool
has_text(const struct titles *t)
{
	return has(t, COL_COMMENT) || has(t, COL_HTML);
}

static bool
has_page(const struct titles *t)
{
	return has(t, COL_PAGE_ID) || has(t, COL_PAGE_URL);
}

static bool
has_id(const struct titles *t)
{
	return has(t, COL_ID) || has(t, COL_EXTERNAL_ID);
}

static int
fastcomments_csv_sniff(const uint8_t *head, size_t n)
{
	struct text title[CSVSRC_FIELDS_MAX];
	char buf[FORMAT_HEAD_SIZE];
	struct titles t;

	find_titles(&t, title, csvsrc_sniff(head, n, buf, sizeof(buf), title, ARRAY_LEN(title)));
	/* Nobody else has a `URL ID`, or calls who wrote a comment its commenter.  What is missing beside it is told when the file is read. */
	if (t.at[COL_PAGE_ID][0] >= 0 || t.at[COL_PAGE_ID][1] >= 0)
		return 90;
	return (t.at[COL_NAME][0] >= 0 || t.at[COL_EMAIL][0] >= 0 || t.at[COL_HOME_PAGE][0] >= 0) && has_text(&t) ? 80 : 0;
}

/* --- the reader ---------------------------------------------------------------------- */

struct reader {
	const struct format_options	*options;
	bool				 all_deleted;	/* option */
	struct csvsrc			*csv;
	struct arena			*arena;		/* of one record */
	struct titles			 titles;
};

static const struct format_option options[] = {
	{ "deleted", "These are deleted comments", "For an export of deleted comments: they are kept, marked as deleted.",
	    OPTION_FLAG, NULL, NULL, false },
	{ .name = NULL },
};

static bool
fastcomments_csv_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)r;
	return fastcomments_csv_sniff(head, n) > 0 && csvsrc_line_ends(head, n);
}

static void
fastcomments_csv_close(struct reader *r)
{
	if (r == NULL)
		return;
	csvsrc_close(r->csv);
	arena_free(r->arena);
	free(r);
}

static struct reader *
fastcomments_csv_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	r->all_deleted = strcmp(format_option(&fastcomments_csv_format, given, "deleted"), "yes") == 0;
	if ((r->arena = arena_new(ARENA_CAP)) == NULL)
		err_nomem(e);
	else
		r->csv = csvsrc_open(in, e);
	if (r->csv == NULL) {
		fastcomments_csv_close(r);
		return NULL;
	}
	return r;
}

static bool
printable(struct text t)
{
	size_t i;

	for (i = 0; i < t.n && (unsigned char)t.p[i] >= ' ' && t.p[i] != 0x7f; i++)
		continue;
	return i == t.n && utf8_valid(t.p, t.n);
}

/* The titles in quotes, as far as they fit into a sentence. */
static int
refuse_titles(const struct csvsrc_row *row, const char *what, struct err *e)
{
	struct sb sb;
	size_t i, n;

	sb_init(&sb, sizeof(e->msg));
	for (i = 0; i < row->n && printable(row->field[i]); i++) {
		n = utf8_cut_bytes(row->field[i].p, row->field[i].n, TITLE_SHOWN);
		if (sb.n + n > TITLES_SHOWN)
			break;
		sb_printf(&sb, "%s\"%.*s\"", i > 0 ? ", " : "", (int)n, row->field[i].p);
	}
	err_set(e, ERR_INPUT, "%s Its first row has the titles: %s%s.", what, sb_text(&sb),
	    i < row->n ? " and others" : "");
	sb_free(&sb);
	return -1;
}

static int
check_titles(const struct titles *t, const struct csvsrc_row *row, struct err *e)
{
	if (has(t, COL_DELAY) && !has(t, COL_DATE))
		return err_set(e, ERR_INPUT, "These are scheduled comments of FastComments: a script for a replay, without "
		    "dates, and not an export. Please choose %s.", fastcomments_csv_format.accepts);
	if (!has_text(t) && !has_page(t) && has(t, COL_EMAIL))
		return refuse_titles(row, "This looks like a list of users: no column has the texts of comments. Please choose "
		    "the export of the comments.", e);
	if (!has_id(t))
		return refuse_titles(row, "The file has no column with the ids of the comments (ID).", e);
	if (!has_page(t))
		return refuse_titles(row, "The file has no column with the pages of the comments (URL ID or URL).", e);
	if (!has_text(t))
		return refuse_titles(row, "The file has no column with the texts of the comments (Comment or HTML).", e);
	return 0;
}

static int
take_titles(void *ctx, const struct csvsrc_row *row, struct err *e)
{
	struct reader *r = ctx;

	find_titles(&r->titles, row->field, row->n);
	return check_titles(&r->titles, row, e);
}

/* --- rows ---------------------------------------------------------------------------- */

/* What the row says in this column, trimmed; said if the file has the column. */
static struct text
cell(const struct reader *r, const struct csvsrc_row *row, enum column column)
{
	struct text t = { .p = "", .said = has(&r->titles, column) };
	size_t i;

	for (i = 0; i < NAMES_MAX && t.n == 0; i++) {
		int at = r->titles.at[column][i];

		if (at >= 0 && (size_t)at < row->n)
			t = field_trim(csvsrc_unguard(row->field[at], GUARDED));
		t.said |= at >= 0;
	}
	return t;
}

/* The ids of FastComments, or the ones of a source before it: references belong to the same of the two. */
static int
map_ids(const struct reader *r, const struct csvsrc_row *row, struct comment *c, struct err *e)
{
	bool own = has(&r->titles, COL_ID);
	struct text *id = &c->text[CT_EXTERNAL_ID];

	c->text[CT_SOURCE_SITE] = (struct text){ .p = "", .said = true };
	c->text[CT_PARENT_EXTERNAL_ID] = cell(r, row, own || !has(&r->titles, COL_EXTERNAL_PARENT) ? COL_PARENT :
	    COL_EXTERNAL_PARENT);
	*id = cell(r, row, own ? COL_ID : COL_EXTERNAL_ID);
	/* Reports want it NUL-terminated. */
	if ((id->p = arena_memdup(r->arena, id->p, id->n)) == NULL)
		return err_nomem(e);
	return 0;
}

static void
map_texts(const struct reader *r, const struct csvsrc_row *row, struct comment *c)
{
	struct text html = cell(r, row, COL_HTML);
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		c->text[texts[i].text] = cell(r, row, texts[i].column);
	if (c->text[CT_AUTHOR_NAME].said && c->text[CT_AUTHOR_NAME].n == 0)
		c->text[CT_AUTHOR_NAME] = (struct text){ .p = "Anonymous", .n = 9, .said = true };
	c->body_kind = html.n > 0 || !has(&r->titles, COL_COMMENT) ? BODY_HTML : BODY_FASTCOMMENTS;
	c->text[CT_BODY_HTML] = c->body_kind == BODY_HTML ? html : cell(r, row, COL_COMMENT);
}

/* A flag of the file; unreadable and empty ones are no. */
static struct number
flag(const struct reader *r, const struct csvsrc_row *row, enum column column)
{
	struct text t = cell(r, row, column);
	bool v = false;

	vocabulary_flag(t, &v);
	return (struct number){ .v = v, .said = t.said };
}

static bool
whole_number(struct text t, int64_t *out)
{
	char digits[24];

	if (t.n >= sizeof(digits))
		return false;
	memcpy(digits, t.p, t.n);
	digits[t.n] = '\0';
	return num_parse(digits, -INT64_MAX, INT64_MAX, out) == 0;
}

static bool
count(const struct reader *r, const struct csvsrc_row *row, const struct comment *c, enum column column, int64_t *out)
{
	struct text t = cell(r, row, column);

	if (t.n == 0)
		return false;
	if (whole_number(t, out))
		return true;
	vocabulary_note(r->options, c, ISSUE_VALUE_LEFT_OUT);
	return false;
}

/* Other tools write the votes down as a negative number. */
static void
map_votes(const struct reader *r, const struct csvsrc_row *row, struct comment *c)
{
	struct number *up = &c->number[CN_VOTES_UP], *down = &c->number[CN_VOTES_DOWN];
	int64_t net;

	up->said = count(r, row, c, COL_VOTES_UP, &up->v);
	down->said = count(r, row, c, COL_VOTES_DOWN, &down->v);
	if (down->said && down->v < 0)
		down->v = -down->v;
	if (up->said || down->said || !count(r, row, c, COL_VOTES, &net))
		return;
	*up = (struct number){ .v = MAX(net, 0), .said = true };
	*down = (struct number){ .v = MAX(-net, 0), .said = true };
}

/* ISO, or milliseconds as the API has them. */
static void
map_date(const struct reader *r, const struct csvsrc_row *row, struct comment *c)
{
	struct text t = cell(r, row, COL_DATE);
	struct number *created = &c->number[CN_CREATED_AT];

	created->said = t.said;
	if (clock_parse(t.p, t.n, &created->v) == -1 && !whole_number(t, &created->v))
		created->v = CLOCK_UNKNOWN;
}

static void
map_numbers(const struct reader *r, const struct csvsrc_row *row, struct comment *c)
{
	map_date(r, row, c);
	c->number[CN_IS_APPROVED] = has(&r->titles, COL_APPROVED) ? flag(r, row, COL_APPROVED) :
	    (struct number){ .v = 1, .said = true };
	c->number[CN_IS_SPAM] = flag(r, row, COL_SPAM);
	c->number[CN_IS_DELETED] = r->all_deleted ? (struct number){ .v = 1, .said = true } : flag(r, row, COL_DELETED);
	map_votes(r, row, c);
}

/* A value as JSON; false if it is not of this kind. */
static bool
put_extra(struct sb *sb, const char *name, enum extra_kind kind, struct text t)
{
	char before = sb->n == 0 ? '{' : ',';
	int64_t n;
	bool yes;

	if (kind == FLAG && vocabulary_flag(t, &yes)) {
		sb_printf(sb, "%c\"%s\":%s", before, name, yes ? "true" : "false");
	} else if (kind == COUNT && whole_number(t, &n)) {
		sb_printf(sb, "%c\"%s\":%" PRId64, before, name, n);
	} else if (kind == WORD && utf8_valid(t.p, t.n)) {
		sb_printf(sb, "%c\"%s\":\"", before, name);
		esc_json(sb, t.p, t.n);
		sb_char(sb, '"');
	} else {
		return false;
	}
	return true;
}

static int
map_extra(const struct reader *r, const struct csvsrc_row *row, struct comment *c, struct err *e)
{
	struct text *extra = &c->text[CT_EXTRA];
	struct sb sb;
	size_t i;
	int ret = 0;

	sb_init(&sb, LIMIT_EXTRA_BYTES);
	for (i = 0; i < ARRAY_LEN(extras); i++) {
		struct text t = cell(r, row, extras[i].column);

		if (t.n > 0 && !put_extra(&sb, extras[i].name, extras[i].kind, t))
			vocabulary_note(r->options, c, ISSUE_VALUE_LEFT_OUT);
	}
	if (sb.n > 0)
		sb_char(&sb, '}');
	if (!sb_ok(&sb))
		vocabulary_note(r->options, c, ISSUE_EXTRA_DROPPED);
	else if (sb.n > 0) {
		*extra = (struct text){ .p = arena_memdup(r->arena, sb_text(&sb), sb.n), .n = sb.n, .said = true };
		ret = extra->p != NULL ? 0 : err_nomem(e);
	}
	sb_free(&sb);
	return ret;
}

static int
map_row(const struct reader *r, const struct csvsrc_row *row, struct comment *c, struct err *e)
{
	const struct text *url = &c->text[CT_PAGE_URL];

	if (map_ids(r, row, c, e) == -1)
		return -1;
	map_texts(r, row, c);
	map_numbers(r, row, c);
	vocabulary_drop_rounded_ids(r->options, c);
	if (vocabulary_page(r->options, c, r->arena, e) == -1 || map_extra(r, row, c, e) == -1)
		return -1;
	if (url->n > 0 && !weburl_usable(url->p, url->n))
		vocabulary_note(r->options, c, ISSUE_PAGE_URL_ODD);
	return 0;
}

static enum rd_status
fastcomments_csv_next(struct reader *r, struct comment *c, struct err *e)
{
	struct csvsrc_row row;
	enum rd_status status;

	arena_reset(r->arena);
	if ((status = csvsrc_record(r->csv, take_titles, r, &row, c, e)) != RD_ITEM)
		return status;
	return map_row(r, &row, c, e) == -1 ? csvsrc_fail(r->csv, e) : RD_ITEM;
}

const struct format fastcomments_csv_format = {
	.name = "fastcomments-csv",
	.source = "fastcomments",
	.title = "FastComments (CSV)",
	.accepts = "the CSV file of comments that FastComments gives you at Manage Data, Export",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.endless = true,
	.sniff = fastcomments_csv_sniff,
	.open = fastcomments_csv_open,
	.next = fastcomments_csv_next,
	.is_empty = fastcomments_csv_is_empty,
	.close = fastcomments_csv_close,
};
