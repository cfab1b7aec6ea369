/*
 * The IntenseDebate export, as formats/intensedebate.md describes it: pages with their comments inside, everything in
 * a fixed order.  Three levels of escaping: titles once, names twice, bodies not at all; addresses of pages are
 * percent-encoded as a whole.
 */
#include "formats/format.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/num.h"
#include "util/weburl.h"

#include "formats/field.h"
#include "formats/xmlmap.h"

#define WANT_TEXT	4096
#define WANT_URL	(3 * WANT_TEXT)		/* percent-encoded */
#define WANT_BODY	(LIMIT_BODY_PLAIN_BYTES + 4096)
#define SCORE_MAX	INT32_MAX

enum object { OUTPUT = 1, BLOGPOST, COMMENTS, COMMENT };

enum field {
	PAGE_URL, PAGE_TITLE, PAGE_GUID,
	C_NAME, C_EMAIL, C_URL, C_IP, C_TEXT, C_DATE, C_GMT, C_SCORE,
	C_ID, C_PARENT,		/* attributes */
	FIELD__MAX
};

static const struct xmlmap_rule rules[] = {
	{ 0, "output", .opens = OUTPUT },
	{ OUTPUT, "blogpost", .opens = BLOGPOST },
	{ BLOGPOST, "url", 0, PAGE_URL, WANT_URL, false },
	{ BLOGPOST, "title", 0, PAGE_TITLE, WANT_TEXT, false },
	{ BLOGPOST, "guid", 0, PAGE_GUID, WANT_TEXT, false },
	{ BLOGPOST, "comments", .opens = COMMENTS },
	{ COMMENTS, "comment", .opens = COMMENT },
	{ COMMENT, "name", 0, C_NAME, WANT_TEXT, false },
	{ COMMENT, "email", 0, C_EMAIL, WANT_TEXT, false },
	{ COMMENT, "url", 0, C_URL, WANT_TEXT, false },
	{ COMMENT, "ip", 0, C_IP, WANT_TEXT, false },
	{ COMMENT, "text", 0, C_TEXT, WANT_BODY, false },
	{ COMMENT, "date", 0, C_DATE, WANT_TEXT, false },
	{ COMMENT, "gmt", 0, C_GMT, WANT_TEXT, false },
	{ COMMENT, "score", 0, C_SCORE, WANT_TEXT, false },
	{ .name = NULL }
};

struct reader {
	const struct format_options	*options;
	bool				 by_link;	/* page_key = link */
	const char			*zone;
	struct xmlqueue			*queue;
	struct xmlmap			 map;
	struct text			 field[FIELD__MAX];
	struct text			 page_id, page_url;
	bool				 page_missing, page_odd;
	struct sb			 key;		/* a normalised address */
	uint64_t			 line;		/* of the comment */
	uint64_t			 ordinal;
};

/* --- pages --------------------------------------------------------------------------- */

/* Decodes %XX once.  An address that is not encoded as a whole stays: what it has of them is its own. */
static int
decode_url(struct arena *arena, struct text in, struct text *out, struct err *e)
{
	size_t i = 0;
	uint8_t byte;
	char *p, hex[3] = "";

	if ((p = arena_memdup(arena, in.p, in.n)) == NULL)
		return err_nomem(e);
	*out = (struct text){ .p = p, .n = in.n, .said = true };
	if (memmem(in.p, in.n, "://", 3) != NULL)
		return 0;
	for (out->n = 0; i < in.n; i++) {
		p[out->n] = in.p[i];
		if (in.p[i] == '%' && in.n - i > 2) {
			memcpy(hex, in.p + i + 1, 2);
			if (unhex(&byte, 1, hex) == 0) {
				p[out->n] = (char)byte;
				i += 2;
			}
		}
		out->n++;
	}
	p[out->n] = '\0';
	return 0;
}

/* Without a number the address identifies the page, and without an address the title. */
static int
read_page(struct reader *r, struct err *e)
{
	struct arena *arena = xmlqueue_arena(r->queue);
	struct text guid = r->field[PAGE_GUID], url;

	r->page_url = url = (struct text){ .said = false };
	r->page_id = guid;
	if (r->field[PAGE_URL].n > 0 && decode_url(arena, r->field[PAGE_URL], &url, e) == -1)
		return -1;
	r->page_url = url;
	r->page_odd = url.n > 0 && !weburl_usable(url.p, url.n);
	if (url.n > 0 && (r->by_link || guid.n == 0)) {
		sb_reset(&r->key);
		r->page_id = url;
		if (weburl_page(url.p, url.n, &r->key) && sb_ok(&r->key) &&
		    field_copy(arena, (struct text){ .p = sb_text(&r->key), .n = r->key.n }, &r->page_id, e) == -1)
			return -1;
	}
	r->page_missing = r->page_id.n == 0;
	return r->page_missing ? field_made_up(arena, r->field[PAGE_TITLE], &r->page_id, e) : 0;
}

static void
set_page(struct reader *r, struct comment *c, const char *id)
{
	c->text[CT_PAGE_ID] = r->page_id;
	if (r->page_url.n > 0)
		c->text[CT_PAGE_URL] = r->page_url;
	if (r->field[PAGE_TITLE].n > 0)
		c->text[CT_PAGE_TITLE] = r->field[PAGE_TITLE];
	if (r->page_missing)
		format_note(r->options, ISSUE_PAGE_MISSING, id, c->line);
	if (r->page_odd)
		format_note(r->options, ISSUE_PAGE_URL_ODD, id, c->line);
	r->page_odd = false;
}

/* --- comments ------------------------------------------------------------------------ */

/* The file's dates have no zone: the chosen one goes behind them. */
static bool
date(const struct reader *r, struct text t, int64_t *ms)
{
	char buf[40];
	int n = snprintf(buf, sizeof(buf), "%.*s%s", (int)MIN(t.n, sizeof(buf)), t.n > 0 ? t.p : "", r->zone);

	return n < (int)sizeof(buf) && clock_parse(buf, (size_t)n, ms) == 0;
}

static void
map_numbers(const struct reader *r, struct comment *c)
{
	const struct text *field = r->field;
	struct number *created = &c->number[CN_CREATED_AT];
	int64_t score;

	created->said = field[C_GMT].said || field[C_DATE].said;
	if (!date(r, field[C_GMT], &created->v) && !date(r, field[C_DATE], &created->v))
		created->v = CLOCK_UNKNOWN;
	/* Only public comments are in the file. */
	c->number[CN_IS_APPROVED] = (struct number){ 1, true };
	c->number[CN_IS_SPAM] = c->number[CN_IS_DELETED] = (struct number){ 0, true };
	if (field[C_SCORE].n > 0 && num_parse(field[C_SCORE].p, -SCORE_MAX, SCORE_MAX, &score) == 0) {
		c->number[CN_VOTES_UP] = (struct number){ MAX(score, INT64_C(0)), true };
		c->number[CN_VOTES_DOWN] = (struct number){ MAX(-score, INT64_C(0)), true };
	}
}

static void
map_texts(const struct reader *r, struct comment *c)
{
	const struct text *field = r->field;

	c->text[CT_SOURCE_SITE] = field_literal("");
	c->text[CT_EXTERNAL_ID] = field[C_ID];
	c->text[CT_PARENT_EXTERNAL_ID] = field_is(field[C_PARENT], "0") ? field_literal("") : field[C_PARENT];
	c->text[CT_AUTHOR_NAME] = field[C_NAME].said && field[C_NAME].n == 0 ? field_literal("Anonymous") : field[C_NAME];
	c->text[CT_AUTHOR_EMAIL] = field[C_EMAIL];
	c->text[CT_AUTHOR_URL] = field[C_URL];
	c->text[CT_AUTHOR_IP] = field[C_IP];
	c->text[CT_BODY_HTML] = field[C_TEXT];
	c->body_kind = BODY_INTENSEDEBATE;
}

static int
end_comment(struct reader *r, struct err *e)
{
	struct comment *c = xmlqueue_add(r->queue, RD_ITEM, e);
	const char *id;

	if (c == NULL)
		return -1;
	c->ordinal = r->ordinal++;
	c->line = r->line;
	map_numbers(r, c);
	map_texts(r, c);
	/* Texts of ours end in a NUL byte. */
	id = c->text[CT_EXTERNAL_ID].n > 0 ? c->text[CT_EXTERNAL_ID].p : NULL;
	set_page(r, c, id);
	/* What IntenseDebate itself had imported. */
	if (field_is(c->text[CT_AUTHOR_IP], "0.0.0.0")) {
		c->text[CT_AUTHOR_IP].said = false;
		format_note(r->options, ISSUE_VALUE_LEFT_OUT, id, c->line);
	}
	return 0;
}

/* --- events -------------------------------------------------------------------------- */

static int
attribute(struct reader *r, const struct xmlsrc_element *el, const char *name, struct text *out, struct err *e)
{
	struct text value = { .n = 0 };

	*out = (struct text){ .said = false };
	if ((value.p = xmlsrc_attribute(el, name, &value.n)) == NULL)
		return 0;
	return field_copy(xmlqueue_arena(r->queue), value, out, e);
}

static int
on_begin(void *ctx, int object, const struct xmlsrc_element *el, struct err *e)
{
	struct reader *r = ctx;

	if (object == COMMENTS)
		return read_page(r, e);
	if (object != COMMENT)
		return 0;
	r->line = el->line;
	if (attribute(r, el, "id", &r->field[C_ID], e) == -1)
		return -1;
	return attribute(r, el, "parentid", &r->field[C_PARENT], e);
}

static int
on_end(void *ctx, int object, struct err *e)
{
	struct reader *r = ctx;
	int ret;

	if (object != COMMENT)
		return 0;
	ret = end_comment(r, e);
	/* Not to be carried from chunk to chunk until the next comment. */
	r->field[C_TEXT] = (struct text){ .said = false };
	return ret;
}

static int
keep(void *ctx, struct arena *arena, struct err *e)
{
	struct reader *r = ctx;

	if (xmlmap_keep(r->field, FIELD__MAX, arena, e) == -1 || xmlmap_keep(&r->page_id, 1, arena, e) == -1)
		return -1;
	return xmlmap_keep(&r->page_url, 1, arena, e);
}

static const struct xmlsrc_handler handler = { .root = "output", .start = xmlmap_start, .end = xmlmap_end };
static const struct xmlqueue_owner owner = { .keep = keep };

/* --- the format ---------------------------------------------------------------------- */

static const char *const page_keys[] = { "guid", "link", NULL };
static const char *const page_key_titles[] = { "The number that the site gave them", "Their address", NULL };

/* As they stand behind a date of RFC 3339. */
static const char *const zones[] = {
	"+00:00", "-12:00", "-11:00", "-10:00", "-09:30", "-09:00", "-08:00", "-07:00", "-06:00", "-05:00", "-04:30", "-04:00",
	"-03:30", "-03:00", "-02:00", "-01:00", "+01:00", "+02:00", "+03:00", "+03:30", "+04:00", "+04:30", "+05:00", "+05:30",
	"+05:45", "+06:00", "+06:30", "+07:00", "+08:00", "+08:45", "+09:00", "+09:30", "+10:00", "+10:30", "+11:00", "+12:00",
	"+12:45", "+13:00", "+14:00", NULL
};

static const struct format_option options[] = {
	{ "page_key", "What tells pages apart", NULL, OPTION_CHOICE, page_keys, page_key_titles, false },
	{ "zone", "Time zone of the dates", "IntenseDebate does not say it. Compare a comment with your site.",
	    OPTION_CHOICE, zones, NULL, false },
	{ .name = NULL },
};

static int
intensedebate_sniff(const uint8_t *head, size_t n)
{
	const char *name;
	size_t name_n;

	/* <output> alone may be anybody's. */
	if (!xmlsrc_sniff_root(head, n, &name, &name_n) || name_n != 6 || memcmp(name, "output", 6) != 0)
		return 0;
	return memmem(head, n, "<blogpost", 9) != NULL ? 100 : 0;
}

static bool
intensedebate_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	/* Posts without comments; without a post nothing tells whose <output> it is. */
	(void)r;
	return intensedebate_sniff(head, n) > 0;
}

static void
intensedebate_close(struct reader *r)
{
	if (r == NULL)
		return;
	xmlqueue_close(r->queue);
	sb_free(&r->key);
	free(r);
}

static struct reader *
intensedebate_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	r->by_link = strcmp(format_option(&intensedebate_format, given, "page_key"), "link") == 0;
	r->zone = format_option(&intensedebate_format, given, "zone");
	sb_init(&r->key, WANT_URL);
	r->map = (struct xmlmap){ .rules = rules, .fields = r->field, .begin = on_begin, .end = on_end, .ctx = r };
	if ((r->queue = r->map.queue = xmlqueue_open(in, &handler, &r->map, &owner, r, given, e)) == NULL) {
		intensedebate_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
intensedebate_next(struct reader *r, struct comment *c, struct err *e)
{
	return xmlqueue_next(r->queue, c, e);
}

const struct format intensedebate_format = {
	.name = "intensedebate",
	.source = "intensedebate",
	.xml = true,
	.title = "IntenseDebate",
	.accepts = "the file that IntenseDebate gave you under Tools, XML Export (.xml or .xml.gz)",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.escaped_texts = 1u << CT_PAGE_TITLE,
	.escaped_twice = 1u << CT_AUTHOR_NAME,
	.sniff = intensedebate_sniff,
	.open = intensedebate_open,
	.next = intensedebate_next,
	.is_empty = intensedebate_is_empty,
	.close = intensedebate_close,
};
