/*
 * The exports of Commento, Commento++ and Comentario, as formats/commento.md describes them.  All of version 1
 * say the same number, so every member is looked for by its own names; only how a comment's state is told differs
 * (flags in version 3), and that is decided by the flags, too.
 *
 * Authors stand behind the comments, so most files are read twice (formats/jsonrows.h).
 */
#include <json-c/json.h>
#include <strings.h>

#include "formats/format.h"

#include "util/clock.h"
#include "util/weburl.h"

#include "formats/author.h"
#include "formats/field.h"
#include "formats/jsonrows.h"
#include "formats/jsonval.h"
#include "formats/mapping.h"

enum kind { PAGE_ROW = JSONROWS_OTHER, AUTHOR_ROW, VERSION_NUMBER };

/* What is kept of authors and of pages, which only version 3 lists. */
enum author_text { A_NAME, A_EMAIL, A_URL, A_AVATAR, A_MODERATOR };
enum page_text { P_PATH, P_TITLE };

enum state { APPROVED, PENDING, FLAGGED, REJECTED, DELETED };

struct reader {
	struct jsonrows			*rows;
	struct sidetable		*authors, *pages;
	bool				 flagged_is_spam;
	struct text			 base;		/* address of the site, as the option says; empty: not given */
	struct sb			 key;		/* a normalised address */

	/* What the comment at hand refers to. */
	struct text			 author_key, page_key;
	struct sidetable_row		 author, page;
	bool				 has_author, has_page;
};

/* --- texts --------------------------------------------------------------------------------- */

static bool
is_nocase(struct text t, const char *s)
{
	return t.n == strlen(s) && strncasecmp(t.p, s, t.n) == 0;
}

/* The word stands for a value that is not there, in files of Commento++ above all. */
static int
text(struct reader *r, struct json_object *row, const char *names, struct text *out, struct err *e)
{
	if (jsonrows_text(r->rows, row, names, out, e) == -1)
		return -1;
	if (is_nocase(*out, "undefined"))
		out->n = 0;
	return 0;
}

/* Nobody's id: none, the word, 64 zeros, or the UUID of zeros. */
static bool
is_nobody(struct text id)
{
	size_t i;

	for (i = 0; i < id.n; i++)
		if (id.p[i] != '0' && id.p[i] != '-')
			break;
	return i == id.n || is_nocase(id, "anonymous") || is_nocase(id, "root");
}

/* --- lists --------------------------------------------------------------------------------- */

static int
add_author(struct reader *r, struct json_object *row, struct err *e)
{
	struct sidetable_row author = { .number = 0 };
	struct text key;

	if (text(r, row, "commenterHex id", &key, e) == -1 || text(r, row, "name", &author.text[A_NAME], e) == -1 ||
	    text(r, row, "email", &author.text[A_EMAIL], e) == -1 ||
	    text(r, row, "websiteUrl link", &author.text[A_URL], e) == -1 ||
	    text(r, row, "avatarUrl photo", &author.text[A_AVATAR], e) == -1)
		return -1;
	author.text[A_MODERATOR].said = jsonval_flag(jsonval_get(row, "isModerator"), false);
	return jsonrows_put(r->rows, r->authors, key, &author, e);
}

static int
add_page(struct reader *r, struct json_object *row, struct err *e)
{
	struct sidetable_row page = { .number = 0 };
	struct text key;

	if (text(r, row, "id", &key, e) == -1 || text(r, row, "path", &page.text[P_PATH], e) == -1 ||
	    text(r, row, "title", &page.text[P_TITLE], e) == -1)
		return -1;
	return jsonrows_put(r->rows, r->pages, key, &page, e);
}

static int
check_version(struct json_object *version, struct err *e)
{
	int64_t v = jsonval_int(version, 0);

	if (version == NULL || v == 1 || v == 3)
		return 0;
	return err_set(e, ERR_INPUT, "This is version %" PRId64 " of the Commento export; only versions 1 and 3 are known here. "
	    "Please export the comments with another release of Commento or Comentario.", v);
}

static int
commento_other(void *ctx, int kind, struct json_object *row, struct err *e)
{
	if (kind == VERSION_NUMBER)
		return check_version(row, e);
	return kind == AUTHOR_ROW ? add_author(ctx, row, e) : add_page(ctx, row, e);
}

static int
commento_refer(void *ctx, struct json_object *row, struct err *e)
{
	struct reader *r = ctx;

	if (text(r, row, "commenterHex userCreated", &r->author_key, e) == -1 ||
	    text(r, row, "pageId", &r->page_key, e) == -1)
		return -1;
	r->has_author = r->has_page = false;
	if (!is_nobody(r->author_key) &&
	    jsonrows_find(r->rows, r->authors, r->author_key, &r->author, &r->has_author, e) == -1)
		return -1;
	if (r->page_key.n == 0)
		return 0;
	return jsonrows_find(r->rows, r->pages, r->page_key, &r->page, &r->has_page, e);
}

/* --- the page of a comment --------------------------------------------------------------------- */

static bool
has_scheme(struct text t)
{
	const char *p = t.n > 0 ? memmem(t.p, t.n, "://", 3) : NULL;

	/* Not the one of an address in a query. */
	return p != NULL && p > t.p && memchr(t.p, '/', (size_t)(p - t.p)) == NULL &&
	    memchr(t.p, '?', (size_t)(p - t.p)) == NULL;
}

static struct text
without_fragment(struct text address)
{
	const char *end = address.n > 0 ? memchr(address.p, '#', address.n) : NULL;

	if (end != NULL)
		address.n = (size_t)(end - address.p);
	return address;
}

/* The scheme is nowhere in version 1; the path always has its slash. */
static int
join(struct reader *r, struct text host, struct text path, struct text *out, struct err *e)
{
	const char *scheme = host.n == 0 || has_scheme(host) ? "" : "https://";
	char *s;

	while (host.n > 0 && host.p[host.n - 1] == '/')
		host.n--;
	s = arena_printf(jsonrows_arena(r->rows), "%s%.*s%s%.*s", scheme, (int)host.n, host.n > 0 ? host.p : "",
	    path.n > 0 && path.p[0] == '/' ? "" : "/", (int)path.n, path.n > 0 ? path.p : "");
	if (s == NULL)
		return err_nomem(e);
	*out = field_literal(s);
	return 0;
}

/* The address of the page; not said if nothing is known of it. */
static int
page_url(struct reader *r, struct json_object *row, struct text *out, struct err *e)
{
	struct text host, path;

	*out = (struct text){ .said = false };
	if (text(r, row, "host domain", &host, e) == -1 || text(r, row, "path url", &path, e) == -1)
		return -1;
	if (has_scheme(path)) {
		/* In version 3 it is the address of the comment. */
		*out = r->page_key.n > 0 ? without_fragment(path) : path;
		return 0;
	}
	if (path.n == 0 && r->has_page)
		path = r->page.text[P_PATH];
	if (host.n == 0 && path.n > 0)
		host = r->base;
	return host.n == 0 && path.n == 0 ? 0 : join(r, host, path, out, e);
}

static int
map_page(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	struct text url;

	if (page_url(r, row, &url, e) == -1)
		return -1;
	if (r->has_page && r->page.text[P_TITLE].n > 0)
		c->text[CT_PAGE_TITLE] = r->page.text[P_TITLE];
	if (!url.said) {
		jsonrows_note(r->rows, c, ISSUE_PAGE_MISSING);
		return field_made_up(jsonrows_arena(r->rows), r->page_key, &c->text[CT_PAGE_ID], e);
	}
	c->text[CT_PAGE_URL] = url;
	sb_reset(&r->key);
	if (weburl_page(url.p, url.n, &r->key))
		url = (struct text){ .p = sb_text(&r->key), .n = r->key.n };
	else if (!r->has_page || sidetable_first_visit(r->pages, r->page_key))
		jsonrows_note(r->rows, c, ISSUE_PAGE_URL_ODD);
	return field_copy(jsonrows_arena(r->rows), url, &c->text[CT_PAGE_ID], e);
}

/* --- the other fields -------------------------------------------------------------------------- */

static int
map_author(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	struct text *name = &c->text[CT_AUTHOR_NAME];

	if (!is_nobody(r->author_key))
		c->text[CT_AUTHOR_EXTERNAL_ID] = r->author_key;
	if (r->has_author) {
		*name = r->author.text[A_NAME];
		c->text[CT_AUTHOR_EMAIL] = r->author.text[A_EMAIL];
		if (author_email_made_up(c->text[CT_AUTHOR_EMAIL]))
			c->text[CT_AUTHOR_EMAIL].n = 0;
		c->text[CT_AUTHOR_URL] = r->author.text[A_URL];
		c->text[CT_AUTHOR_AVATAR] = r->author.text[A_AVATAR];
	} else if (text(r, row, "authorName", name, e) == -1) {
		return -1;
	} else if (!is_nobody(r->author_key)) {
		jsonrows_note(r->rows, c, ISSUE_AUTHOR_MISSING);
	}
	if (name->n == 0)
		*name = field_literal("Anonymous");
	return jsonrows_text(r->rows, row, "authorIP", &c->text[CT_AUTHOR_IP], e);
}

/* Markdown; HTML only where there is nothing else. */
static int
map_body(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	struct text *body = &c->text[CT_BODY_HTML], html;

	if (!jsonval_text(row, "markdown", jsonrows_arena(r->rows), body) ||
	    !jsonval_text(row, "html", jsonrows_arena(r->rows), &html))
		return err_nomem(e);
	c->body_kind = BODY_MARKDOWN;
	if (field_trim(*body).n == 0 && html.n > 0) {
		*body = html;
		c->body_kind = BODY_HTML;
	}
	if (!body->said)
		*body = field_literal("");
	return 0;
}

/* What the source says of approval, also of a deleted comment. */
static bool
was_approved(struct json_object *row)
{
	struct json_object *state = jsonval_get(row, "state");

	if (jsonval_has(row, "isApproved isPending isDeleted"))
		return jsonval_flag(jsonval_get(row, "isApproved"), false) && !jsonval_flag(jsonval_get(row, "isPending"), false);
	return json_object_is_type(state, json_type_string) && jsonval_named(json_object_get_string(state), "approved");
}

/* Version 3: three flags, always there. */
static enum state
state_by_flags(struct json_object *row)
{
	if (jsonval_flag(jsonval_get(row, "isDeleted"), false))
		return DELETED;
	if (jsonval_flag(jsonval_get(row, "isPending"), false))
		return PENDING;
	return jsonval_flag(jsonval_get(row, "isApproved"), false) ? APPROVED : REJECTED;
}

/* Version 1: a deleted comment is told by its text, `deleted` is hardly ever written.  No state: not approved. */
static int
state_by_name(struct reader *r, struct json_object *row, const struct comment *c, enum state *out, struct err *e)
{
	struct text body = c->text[CT_BODY_HTML], name;

	if (text(r, row, "state", &name, e) == -1)
		return -1;
	if (jsonval_flag(jsonval_get(row, "deleted"), false) || field_trim(body).n == 0 ||
	    field_is(body, "[deleted]"))
		*out = DELETED;
	else if (is_nocase(name, "flagged"))
		*out = FLAGGED;
	else
		*out = is_nocase(name, "approved") ? APPROVED : PENDING;
	return 0;
}

static int
map_state(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	enum state state;

	if (jsonval_has(row, "isApproved isPending isDeleted"))
		state = state_by_flags(row);
	else if (state_by_name(r, row, c, &state, e) == -1)
		return -1;
	/* Version 1 puts the word into the place of the text. */
	if (state == DELETED && field_is(c->text[CT_BODY_HTML], "[deleted]"))
		c->text[CT_BODY_HTML] = field_literal("");
	c->number[CN_IS_APPROVED] = mapping_number(was_approved(row));
	c->number[CN_IS_SPAM] = mapping_number(r->flagged_is_spam && (state == FLAGGED || state == REJECTED));
	c->number[CN_IS_DELETED] = mapping_number(state == DELETED);
	if (state == FLAGGED)
		jsonrows_extra(r->rows, "state", json_object_new_string("flagged"));
	if (state == REJECTED)
		jsonrows_extra(r->rows, "state", json_object_new_string("rejected"));
	return 0;
}

static void
map_numbers(struct json_object *row, struct comment *c)
{
	int64_t score = jsonval_int(jsonval_get(row, "score"), 0);

	c->number[CN_CREATED_AT] = jsonval_date_field(row, "creationDate createdTime");
	if (!jsonval_has(row, "score"))
		return;
	c->number[CN_VOTES_UP] = mapping_number(MAX(score, 0));
	c->number[CN_VOTES_DOWN] = mapping_number(score < 0 ? -MAX(score, -INT64_MAX) : 0);
}

static int
map_extra(struct reader *r, struct json_object *row, struct err *e)
{
	struct json_object *edited = jsonval_get(row, "editedTime");
	char date[CLOCK_TEXT_SIZE];
	struct text country;

	if (text(r, row, "authorCountry", &country, e) == -1)
		return -1;
	if (jsonval_flag(jsonval_get(row, "isSticky"), false))
		jsonrows_extra(r->rows, "is_pinned", json_object_new_boolean(true));
	/* Of the year 1: it was never edited. */
	if (jsonval_date(edited) > 0) {
		clock_format(date, jsonval_date(edited));
		jsonrows_extra(r->rows, "edited_at", json_object_new_string(date));
	}
	if (r->has_author && r->author.text[A_MODERATOR].said)
		jsonrows_extra(r->rows, "author_is_moderator", json_object_new_boolean(true));
	if (country.n > 0)
		jsonrows_extra(r->rows, "author_country", json_object_new_string_len(country.p, (int)country.n));
	return 0;
}

static int
commento_map(void *ctx, struct json_object *row, struct comment *c, struct err *e)
{
	struct reader *r = ctx;
	struct text parent;

	if (!jsonval_has(row, "commentHex id markdown html"))
		return err_set(e, ERR_INPUT, "The record at line %" PRIu64 " has neither an id nor a text.", c->line);
	if (text(r, row, "commentHex id", &c->text[CT_EXTERNAL_ID], e) == -1 ||
	    text(r, row, "parentHex parentId", &parent, e) == -1)
		return -1;
	c->text[CT_SOURCE_SITE] = field_literal("");
	c->text[CT_PARENT_EXTERNAL_ID] = is_nobody(parent) ? field_literal("") : parent;
	if (map_page(r, row, c, e) == -1 || map_author(r, row, c, e) == -1 || map_body(r, row, c, e) == -1 ||
	    map_state(r, row, c, e) == -1)
		return -1;
	map_numbers(row, c);
	return map_extra(r, row, e);
}

/* --- the format ---------------------------------------------------------------------------------- */

static const struct {
	const char	*name;
	int		 kind;
} lists[] = {
	{ "comments", JSONROWS_COMMENT }, { "commenters", AUTHOR_ROW }, { "pages", PAGE_ROW },
};

static int
list_kind(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < ARRAY_LEN(lists); i++)
		if (strcasecmp(name, lists[i].name) == 0)
			return lists[i].kind;
	return JSONROWS_PASS;
}

static int
commento_kind(void *ctx, const struct jsonsrc *json, const struct jsonsrc_place *place)
{
	(void)ctx;
	if (place->depth == 0)
		return place->kind != 's' ? JSONROWS_ENTER : JSONROWS_PASS;
	/* Rows of the database as a plain list. */
	if (place->depth == 1 && place->name == NULL)
		return place->kind == '{' ? JSONROWS_COMMENT : JSONROWS_PASS;
	if (place->depth == 2)
		return list_kind(jsonsrc_path(json, 1));
	if (place->kind == 's')
		return strcasecmp(place->name, "version") == 0 ? VERSION_NUMBER : JSONROWS_PASS;
	return place->kind == '[' && list_kind(place->name) != JSONROWS_PASS ? JSONROWS_ENTER : JSONROWS_PASS;
}

static const struct jsonrows_handler handler = {
	.kind = commento_kind, .refer = commento_refer, .map = commento_map, .other = commento_other,
};

static const struct format_option options[] = {
	{ "flagged_spam", "Comments that were flagged or rejected are spam", "Otherwise they are not approved.",
	    OPTION_FLAG, NULL, NULL, false },
	{ "base_url", "Address of the site", "For pages known by a path only, as /tea", OPTION_URL, NULL, NULL, false },
	{ .name = NULL },
};

static int
commento_sniff(const uint8_t *head, size_t n)
{
	/* Commento's hexadecimal ids, and Comentario's columns two by two: nobody else has either. */
	static const char *const signs[] = {
		"commentHex commenterHex", "domainId domainID", "userCreated colourIndex isSticky", "commenters", "version", "comments",
		"^commentHex commenterHex", NULL
	};
	enum { HEX = 1, DOMAIN = 2, COLUMNS = 4, COMMENTERS = 8, NUMBERED = 16, COMMENTS = 32, ROW = 64,
	    EMPTY = COMMENTERS | NUMBERED | COMMENTS };
	uint32_t found = mapping_sniff(head, n, signs);

	/* One row alone, or rows without a list around them. */
	if (found & ROW)
		return 0;
	if (found & HEX || (found & DOMAIN && found & COLUMNS))
		return 100;
	/* Without a comment: the three members of its root. */
	return (found & EMPTY) == EMPTY ? 90 : 0;
}

static bool
commento_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return jsonrows_was_empty(r->rows, "comments");
}

static void
commento_close(struct reader *r)
{
	if (r == NULL)
		return;
	jsonrows_close(r->rows);
	sidetable_free(r->authors);
	sidetable_free(r->pages);
	sb_free(&r->key);
	free(r);
}

static struct reader *
commento_open(struct input *in, const struct format_options *given, struct err *e)
{
	const char *base = format_option(&commento_format, given, "base_url");
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->base = field_literal(base != NULL ? base : "");
	r->flagged_is_spam = strcmp(format_option(&commento_format, given, "flagged_spam"), "yes") == 0;
	sb_init(&r->key, JSONSRC_ELEMENT_MAX);
	if ((r->authors = sidetable_new("authors", e)) == NULL || (r->pages = sidetable_new("pages", e)) == NULL ||
	    (r->rows = jsonrows_open(in, &handler, r, given, e)) == NULL) {
		commento_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
commento_next(struct reader *r, struct comment *c, struct err *e)
{
	return jsonrows_next(r->rows, c, e);
}

const struct format commento_format = {
	.name = "commento",
	.source = "commento",
	.title = "Commento",
	.accepts = "the .json or .json.gz file that Commento, Commento++ or Comentario gave you",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.sniff = commento_sniff,
	.open = commento_open,
	.next = commento_next,
	.is_empty = commento_is_empty,
	.close = commento_close,
	.writer = &commento_writer,
};
