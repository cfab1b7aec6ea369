/*
 * A batch of comments as the WordPress plugin sends it, and what else speaks its protocol: {"countRemaining": N,
 * "comments": [...]} (formats/wordpress-plugin-protocol.md, section 3).  Numbers may be texts, truth may be a number.
 *
 * What it says of a comment must hash as what the same site's export says (formats/wxr).  So each text is what it is
 * in a CDATA section behind formats/bytefilter: characters that XML does not know are U+FFFD, line ends stay.
 */
#include <json-c/json.h>

#include "formats/format.h"

#include "util/clock.h"
#include "util/hash.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "formats/field.h"
#include "formats/jsonrows.h"
#include "formats/jsonval.h"
#include "formats/mapping.h"
#include "formats/wordpress_types.h"
#include "formats/wxrpage.h"

#define REPLACEMENT	"\xef\xbf\xbd"

struct reader {
	struct jsonrows	*rows;
	struct text	 site;		/* the option */
	struct mapping	 m;		/* of the comment at hand */
};

/* --- texts --------------------------------------------------------------------------------- */

/* Bytes of the character at p, and whether XML knows it; len 1 for a byte that is no UTF-8, which refine sees to. */
static bool
xml_knows(const char *p, size_t left, size_t *len)
{
	unsigned char c = (unsigned char)*p;

	*len = MAX(utf8_sequence(p, left), (size_t)1);
	if (*len == 3 && (memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0))
		return false;
	return c >= ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_plain(struct text t)
{
	size_t i, len;

	for (i = 0; i < t.n; i += len)
		if (!xml_knows(t.p + i, t.n - i, &len))
			return false;
	return true;
}

static struct text
through_xml(struct mapping *m, struct text t)
{
	struct sb sb;
	size_t i, len;

	if (is_plain(t))
		return t;
	sb_init(&sb, 3 * t.n + 1);
	for (i = 0; i < t.n; i += len) {
		if (xml_knows(t.p + i, t.n - i, &len))
			sb_add(&sb, t.p + i, len);
		else
			sb_str(&sb, REPLACEMENT);
	}
	t = mapping_of_sb(m, &sb);
	sb_free(&sb);
	return t;
}

static struct text
text(struct reader *r, struct json_object *row, const char *name)
{
	return through_xml(&r->m, mapping_member(&r->m, row, name));
}

/* The same of what is of no interest when it is empty. */
static struct text
text_if_any(struct reader *r, struct json_object *row, const char *name)
{
	struct text t = text(r, row, name);

	return t.n > 0 ? t : (struct text){ .p = "", .said = false };
}

static struct number
flag(struct json_object *row, const char *name)
{
	struct json_object *value = jsonval_get(row, name);

	return (struct number){ jsonval_flag(value, false), value != NULL };
}

/* --- the page ------------------------------------------------------------------------------ */

/* Without a number its address identifies it, else something made up: as with an item of the export. */
static int
map_page(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	struct text id = text(r, row, "=urlId"), url = text_if_any(r, row, "=url"), title = text_if_any(r, row, "=pageTitle");

	c->text[CT_PAGE_URL] = url;
	c->text[CT_PAGE_TITLE] = title;
	if (url.n > 0 && !weburl_usable(url.p, url.n))
		jsonrows_note(r->rows, c, ISSUE_PAGE_URL_ODD);
	if (wxr_nothing(id))
		id = mapping_either(mapping_page(&r->m, url), url);
	c->text[CT_PAGE_ID] = id;
	if (id.n > 0)
		return 0;
	jsonrows_note(r->rows, c, ISSUE_PAGE_MISSING);
	return field_made_up(jsonrows_arena(r->rows), title, &c->text[CT_PAGE_ID], e);
}

/* --- the comment --------------------------------------------------------------------------- */

/* 0 stands for nothing. */
static struct text
reference(struct text t)
{
	if (wxr_nothing(t))
		t.n = 0;
	return t;
}

static void
map_ids(struct reader *r, struct json_object *row, struct comment *c)
{
	struct text ours = text(r, row, "=_id"), id = text(r, row, "=externalId");

	/* Without a number of its own it gets one made of what it says. */
	if (!wxr_nothing(id))
		c->text[CT_EXTERNAL_ID] = id;
	c->text[CT_PARENT_EXTERNAL_ID] = reference(text(r, row, "=externalParentId"));
	/* As we write it; texts of ours end in a NUL byte. */
	if (ours.n == 2 * HASH128_SIZE && strspn(ours.p, "0123456789abcdef") == ours.n)
		c->text[CT_COMMENT_ID] = ours;
}

static void
map_author(struct reader *r, struct json_object *row, struct comment *c)
{
	struct text name = text(r, row, "=commenterName");

	c->text[CT_AUTHOR_NAME] = name.said && name.n == 0 ? field_literal("Anonymous") : name;
	c->text[CT_AUTHOR_EMAIL] = text(r, row, "=commenterEmail");
	c->text[CT_AUTHOR_EXTERNAL_ID] = text_if_any(r, row, "=userId");
	c->text[CT_AUTHOR_AVATAR] = mapping_address(&r->m, row, "=avatarSrc");
	if (c->text[CT_AUTHOR_AVATAR].n == 0)
		c->text[CT_AUTHOR_AVATAR].said = false;
}

/* WordPress has one state where this has flags; trash is never sent. */
static void
map_state(struct json_object *row, struct comment *c)
{
	struct number approved = flag(row, "=approved"), spam = flag(row, "=isSpam");

	c->number[CN_IS_APPROVED] = (struct number){ approved.v && !spam.v, approved.said };
	c->number[CN_IS_SPAM] = spam;
	c->number[CN_IS_DELETED] = mapping_number(false);
}

/* votes is what up is more than down. */
static void
map_votes(struct json_object *row, struct comment *c)
{
	int64_t votes = jsonval_int(jsonval_get(row, "=votes"), 0);
	bool up = jsonval_get(row, "=votesUp") != NULL, down = jsonval_get(row, "=votesDown") != NULL;

	if (!up && !down && jsonval_get(row, "=votes") == NULL)
		return;
	if (up || down) {
		c->number[CN_VOTES_UP] = mapping_number(jsonval_int(jsonval_get(row, "=votesUp"), 0));
		c->number[CN_VOTES_DOWN] = mapping_number(jsonval_int(jsonval_get(row, "=votesDown"), 0));
	} else {
		c->number[CN_VOTES_UP] = mapping_number(MAX(votes, 0));
		c->number[CN_VOTES_DOWN] = mapping_number(votes < 0 ? -MAX(votes, -INT64_MAX) : 0);
	}
}

/* WordPress writes zeros for a date that it does not have: the export may know it all the same, so none is said. */
static void
map_date(struct reader *r, struct json_object *row, struct comment *c)
{
	int64_t date = jsonval_date(jsonval_get(row, "=date"));

	if (date != CLOCK_UNKNOWN && clock_plausible(date, date))
		c->number[CN_CREATED_AT] = mapping_number(date);
	else if (jsonval_has(row, "=date"))
		jsonrows_note(r->rows, c, ISSUE_DATE_UNKNOWN);
}

static void
map_body(struct reader *r, struct json_object *row, struct comment *c)
{
	c->text[CT_BODY_HTML] = text(r, row, "=comment");
	c->body_kind = BODY_WORDPRESS;
	if (c->text[CT_BODY_HTML].said)
		return;
	c->text[CT_BODY_HTML] = text(r, row, "=commentHTML");
	c->body_kind = BODY_HTML;
}

/* The channel names no type and no state of a page: what can be told by the texts and the address. */
static bool
is_skipped(struct reader *r, struct json_object *row, struct comment *c)
{
	struct wordpress_row said = { .email = c->text[CT_AUTHOR_EMAIL], .body = c->text[CT_BODY_HTML] };
	enum issue_reason reason = wordpress_types_reason(&said);

	if (reason == ISSUE__MAX && !wordpress_types_shown_public(text(r, row, "=url"), text(r, row, "=pageTitle")))
		reason = ISSUE_PAGE_NOT_PUBLIC;
	if (reason != ISSUE__MAX)
		c->skipped = reason;
	return reason != ISSUE__MAX;
}

static int
plugin_map(void *ctx, struct json_object *row, struct comment *c, struct err *e)
{
	struct reader *r = ctx;

	r->m = (struct mapping){ .arena = jsonrows_arena(r->rows) };
	c->text[CT_SOURCE_SITE] = r->site;
	map_ids(r, row, c);
	map_author(r, row, c);
	map_state(row, c);
	map_votes(row, c);
	map_date(r, row, c);
	map_body(r, row, c);
	if (!is_skipped(r, row, c) && map_page(r, row, c, e) == -1)
		return -1;
	return r->m.failed ? err_nomem(e) : 0;
}

/* --- the format ---------------------------------------------------------------------------- */

static int
plugin_kind(void *ctx, const struct jsonsrc *json, const struct jsonsrc_place *place)
{
	const char *list = place->depth == 2 ? jsonsrc_path(json, 1) : NULL;

	(void)ctx;
	if (place->depth == 0)
		return place->kind == '{' ? JSONROWS_ENTER : JSONROWS_PASS;
	if (place->depth == 1)
		return place->kind == '[' && strcmp(place->name, "comments") == 0 ? JSONROWS_ENTER : JSONROWS_PASS;
	return list != NULL && place->name == NULL ? JSONROWS_COMMENT : JSONROWS_PASS;
}

static const struct jsonrows_handler handler = { .kind = plugin_kind, .map = plugin_map };

/* It is never looked for: who sends a batch has said what it is. */
static int
plugin_sniff(const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return 0;
}

static void
plugin_close(struct reader *r)
{
	if (r == NULL)
		return;
	jsonrows_close(r->rows);
	free(r);
}

static struct reader *
plugin_open(struct input *in, const struct format_options *given, struct err *e)
{
	const char *site = format_option(&wordpress_plugin_channel, given, "site");
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->site = field_literal(site != NULL ? site : "");
	if ((r->rows = jsonrows_open(in, &handler, r, given, e)) == NULL) {
		plugin_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
plugin_next(struct reader *r, struct comment *c, struct err *e)
{
	return jsonrows_next(r->rows, c, e);
}

static const struct format_option options[] = {
	{ "site", "The site", NULL, OPTION_TEXT, NULL, NULL, true },
	{ .name = NULL },
};

const struct format wordpress_plugin_channel = {
	.name = "wordpress-plugin",
	.source = "wordpress",
	.title = "WordPress (plugin)",
	.accepts = "what the plugin in WordPress sends",
	.options = options,
	/* Those of formats/wxr. */
	.hash_texts = 1u << CT_PARENT_EXTERNAL_ID | 1u << CT_AUTHOR_NAME | 1u << CT_AUTHOR_EMAIL | 1u << CT_BODY_HTML,
	.hash_numbers = 1u << CN_CREATED_AT | 1u << CN_IS_APPROVED | 1u << CN_IS_SPAM,
	.escaped_texts = 1u << CT_PAGE_TITLE | 1u << CT_AUTHOR_NAME,
	.sniff = plugin_sniff,
	.open = plugin_open,
	.next = plugin_next,
	.close = plugin_close,
};
