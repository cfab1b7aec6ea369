/*
 * The JSON export of Hyvor Talk, as formats/hyvor-talk.md describes it.  Nobody outside has seen its key
 * names for certain, so everything of section 7 there is taken: aliases, nested objects or ids, lists in any order.
 */
#include <json-c/json.h>
#include <strings.h>

#include "formats/format.h"

#include "util/canonical_html.h"
#include "util/weburl.h"

#include "formats/field.h"
#include "formats/hyvor_refs.h"
#include "formats/jsonrows.h"
#include "formats/jsonval.h"
#include "formats/mapping.h"
#include "formats/prosemirror.h"

#define TEXTS		"body content body_html content_html html markdown body_markdown text"
#define RENDERED_MAX	(2 * (size_t)JSONSRC_ELEMENT_MAX)

enum kind { PAGE_ROW = JSONROWS_OTHER, USER_ROW, HYVOR_USER_ROW, SSO_USER_ROW };

/* What the page identifiers are, by the option. */
enum identifiers { OWN_ID, PATH, ADDRESS };

enum state { PUBLISHED, PENDING, SPAM, DELETED };

struct reader {
	struct jsonrows		*rows;
	struct hyvor_refs	 refs;
	enum identifiers	 identifiers;
	struct text		 site;		/* of the option; empty: not given */
	struct sb		 key;		/* a normalised address */
	struct sb		 rendered;
};

/* --- pages --------------------------------------------------------------------------------------- */

static bool
is_address(struct text t)
{
	return t.n > 0 && weburl_usable(t.p, t.n);
}

/* Scheme and host of the site: as the option says, else as in the page's address.  Empty if neither does. */
static struct text
site(const struct reader *r)
{
	struct text url = r->refs.page.text[P_URL];
	const char *host, *end;

	if (r->site.n > 0)
		return r->site;
	if (!is_address(url))
		return (struct text){ .n = 0 };
	host = (const char *)memmem(url.p, url.n, "://", 3) + 3;
	for (end = host; end < url.p + url.n && strchr("/?#", *end) == NULL; end++)
		continue;
	return (struct text){ .p = url.p, .n = (size_t)(end - url.p) };
}

/* The address that the identifier is or stands for, as the option says; empty if none. */
static int
address_of_identifier(struct reader *r, struct text *out, struct err *e)
{
	struct text identifier = r->refs.page.text[P_IDENTIFIER], base = site(r);
	char *s;

	*out = (struct text){ .n = 0 };
	if (is_address(identifier))
		*out = identifier;
	if (out->n > 0 || r->identifiers != PATH || identifier.n == 0 || base.n == 0)
		return 0;
	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	s = arena_printf(jsonrows_arena(r->rows), "%.*s%s%.*s", (int)base.n, base.p, *identifier.p == '/' ? "" : "/",
	    (int)identifier.n, identifier.p);
	if (s == NULL)
		return err_nomem(e);
	*out = field_literal(s);
	return 0;
}

/* The identity of the page: its identifier, an address in its normal form; else its address; else its number. */
static int
page_id(struct reader *r, struct text address, struct comment *c, struct err *e)
{
	const struct text *t = r->refs.page.text;
	struct text name = address.n > 0 ? address : t[P_IDENTIFIER].n > 0 ? t[P_IDENTIFIER] : t[P_URL];

	if (name.n == 0) {
		jsonrows_note(r->rows, c, ISSUE_PAGE_MISSING);
		return field_made_up(jsonrows_arena(r->rows), t[P_ID], &c->text[CT_PAGE_ID], e);
	}
	sb_reset(&r->key);
	if (weburl_page(name.p, name.n, &r->key))
		name = (struct text){ .p = sb_text(&r->key), .n = r->key.n };
	return field_copy(jsonrows_arena(r->rows), name, &c->text[CT_PAGE_ID], e);
}

/* The address is the page's own; where the option says that identifiers are addresses, theirs. */
static int
map_page(struct reader *r, struct comment *c, struct err *e)
{
	struct hyvor_refs *refs = &r->refs;
	const struct text *t = refs->page.text;
	struct text named, *url = &c->text[CT_PAGE_URL];

	if (address_of_identifier(r, &named, e) == -1 || page_id(r, named, c, e) == -1)
		return -1;
	*url = named;
	if (t[P_URL].n > 0 && (named.n == 0 || r->identifiers == OWN_ID))
		*url = t[P_URL];
	/* A path is an address, if only half of one. */
	if (url->n == 0 && r->identifiers != OWN_ID)
		*url = t[P_IDENTIFIER];
	url->said = url->n > 0;
	if (t[P_TITLE].n > 0)
		c->text[CT_PAGE_TITLE] = t[P_TITLE];
	if (url->n == 0 && refs->no_page)
		jsonrows_note(r->rows, c, ISSUE_PAGE_MISSING);
	else if (url->n > 0 && !is_address(*url) &&
	    (refs->page_key.n == 0 || sidetable_first_visit(refs->pages, refs->page_key)))
		jsonrows_note(r->rows, c, ISSUE_PAGE_URL_ODD);
	return 0;
}

/* --- bodies ---------------------------------------------------------------------------------------- */

/* Into other_body. */
static int
render(struct reader *r, struct json_object *document, struct comment *c, struct err *e)
{
	bool unknown;

	sb_reset(&r->rendered);
	prosemirror_render(document, &r->rendered, &unknown);
	if (!sb_ok(&r->rendered))
		return err_set(e, ERR_INPUT, "The text of the comment at line %" PRIu64 " is too long.", c->line);
	if (unknown)
		jsonrows_note(r->rows, c, ISSUE_NODE_LEFT_OUT);
	c->other_body = (struct text){ .p = sb_text(&r->rendered), .n = r->rendered.n, .said = true };
	c->other_body_kind = BODY_HTML;
	return 0;
}

/*
 * The source of a body, into other_body: the editor's document, also as a string; else it is of the kind that it
 * has.
 */
static int
map_source(struct reader *r, struct json_object *body, struct comment *c, struct err *e)
{
	struct json_object *document;
	struct text *out = &c->other_body;

	if (json_object_is_type(body, json_type_object))
		return render(r, body, c, e);
	if (!jsonval_as_text(body, jsonrows_arena(r->rows), out))
		return err_nomem(e);
	if (!json_object_is_type(body, json_type_string) || !prosemirror_looks_like(out->p, out->n))
		return 0;
	if ((document = jsonrows_parse(r->rows, body)) == NULL)
		return err_set(e, ERR_INPUT, "The text of the comment at line %" PRIu64 " is a damaged document of Hyvor Talk's editor.",
		    c->line);
	return prosemirror_is(document) ? render(r, document, c, e) : 0;
}

static bool
looks_like_html(struct json_object *body)
{
	const char *s = json_object_is_type(body, json_type_string) ? json_object_get_string(body) : "";

	return s[strspn(s, " \t\r\n")] == '<' && strstr(s, "</") != NULL;
}

/* Does this HTML certainly show a text?  Then its source need not be looked at, as in nearly all records. */
static bool
shows_text(struct text html)
{
	const char *p, *end, *name, *close;

	if (html.n == 0)
		return false;
	for (p = html.p, end = html.p + html.n; p < end; p = close + 1) {
		close = p;
		if (strchr(" \t\r\n", *p) != NULL)
			continue;
		if (*p != '<')
			return *p > ' ' && *p != '&';
		name = p + 1 + (p + 1 < end && p[1] == '/');
		if ((close = memchr(p, '>', (size_t)(end - p))) == NULL || name > close ||
		    canonical_html_element(name, MIN(strcspn(name, " >"), (size_t)(close - name))) == NULL)
			return false;
	}
	return false;
}

/* Hyvor's own HTML; the source where that says nothing, which jobs/refine knows when it is clean. */
static int
map_body(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	struct text *html = &c->text[CT_BODY_HTML];
	struct json_object *body;

	if (!jsonval_text(row, "body_html content_html html", jsonrows_arena(r->rows), html))
		return err_nomem(e);
	c->body_kind = BODY_HTML;
	if (shows_text(*html))
		return 0;
	if ((body = jsonval_get(row, "body content")) != NULL)
		c->other_body_kind = looks_like_html(body) ? BODY_HTML : BODY_MARKDOWN;
	else if ((body = jsonval_get(row, "markdown body_markdown text")) != NULL)
		c->other_body_kind = BODY_MARKDOWN;
	if (body != NULL && map_source(r, body, c, e) == -1)
		return -1;
	if (body != NULL && field_trim(*html).n == 0) {
		*html = c->other_body;
		c->body_kind = c->other_body_kind;
		c->other_body.said = false;
	}
	if (!html->said && jsonval_has(row, "body content markdown body_markdown text"))
		*html = field_literal("");
	return 0;
}

/* --- the other fields -------------------------------------------------------------------------------- */

/* Old exports had public comments only, and no word about it. */
static enum state
state_by_flags(struct json_object *row)
{
	if (jsonval_flag(jsonval_get(row, "is_deleted deleted"), false))
		return DELETED;
	if (jsonval_flag(jsonval_get(row, "is_spam spam"), false))
		return SPAM;
	return jsonval_flag(jsonval_get(row, "is_approved approved is_published published"),
	    !jsonval_has(row, "is_approved approved is_published published")) ? PUBLISHED : PENDING;
}

static int
state_of(struct reader *r, struct json_object *row, enum state *out, struct err *e)
{
	static const char *const names[] = {
		[PUBLISHED] = "published", [SPAM] = "spam", [DELETED] = "deleted", [PENDING] = "pending",
	};
	struct text status;
	size_t i;

	if (jsonrows_text(r->rows, row, "status", &status, e) == -1)
		return -1;
	*out = status.n > 0 ? PENDING : state_by_flags(row);
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (status.n == strlen(names[i]) && strncasecmp(status.p, names[i], status.n) == 0)
			*out = (enum state)i;
	return 0;
}

/* What moderators removed may still have a text: nobody is to see it.  What shadowed people write, only they see. */
static int
map_state(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	bool shadowed = field_is(r->refs.user.text[U_STATE], "shadowed");
	enum state state;

	if (state_of(r, row, &state, e) == -1)
		return -1;
	if (state == DELETED) {
		if (jsonval_get(row, TEXTS) != NULL)
			jsonrows_note(r->rows, c, ISSUE_DELETED_TEXT);
		c->text[CT_BODY_HTML] = field_literal("");
	}
	c->number[CN_IS_APPROVED] = mapping_number(state == PUBLISHED && !shadowed);
	c->number[CN_IS_SPAM] = mapping_number(state == SPAM);
	c->number[CN_IS_DELETED] = mapping_number(state == DELETED);
	if (shadowed)
		jsonrows_extra(r->rows, "author_state", json_object_new_string("shadowed"));
	return state == DELETED ? 0 : map_body(r, row, c, e);
}

static void
map_votes(struct json_object *row, const char *names, struct number *out)
{
	struct json_object *votes = jsonval_get(row, names);

	if (votes != NULL)
		*out = mapping_number(MAX(jsonval_int(votes, 0), 0));
}

static int
map_ids(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	static const char names[] = "parent_id parentId parent";
	struct json_object *parent = jsonval_get(row, names);
	bool nested = json_object_is_type(parent, json_type_object);
	struct text *out = &c->text[CT_PARENT_EXTERNAL_ID];

	c->text[CT_SOURCE_SITE] = field_literal("");
	if (hyvor_refs_id(r->rows, row, "id comment_id", &c->text[CT_EXTERNAL_ID], e) == -1 ||
	    hyvor_refs_id(r->rows, nested ? parent : row, nested ? "id comment_id" : names, out, e) == -1)
		return -1;
	if (out->n == 0)
		*out = field_literal("");
	return 0;
}

static int
map_author(struct reader *r, struct json_object *row, struct comment *c, struct err *e)
{
	static const struct {
		enum hyvor_user_text	from;
		enum comment_text	to;
	} fields[] = {
		{ U_NAME, CT_AUTHOR_NAME }, { U_EMAIL, CT_AUTHOR_EMAIL }, { U_URL, CT_AUTHOR_URL },
		{ U_AVATAR, CT_AUTHOR_AVATAR }, { U_ACCOUNT, CT_AUTHOR_EXTERNAL_ID },
	};
	struct text sso = r->refs.user.text[U_SSO_ID];
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++)
		c->text[fields[i].to] = r->refs.user.text[fields[i].from];
	if (c->text[CT_AUTHOR_EXTERNAL_ID].n == 0)
		c->text[CT_AUTHOR_EXTERNAL_ID].said = false;
	if (c->text[CT_AUTHOR_NAME].n == 0)
		c->text[CT_AUTHOR_NAME] = field_literal("Anonymous");
	if (r->refs.no_user)
		jsonrows_note(r->rows, c, ISSUE_AUTHOR_MISSING);
	if (sso.n > 0)
		jsonrows_extra(r->rows, "author_sso_id", json_object_new_string_len(sso.p, (int)sso.n));
	return jsonrows_text(r->rows, row, "ip_address ip", &c->text[CT_AUTHOR_IP], e);
}

static void
map_extra(struct reader *r, struct json_object *row)
{
	static const struct {
		const char *from, *to;
	} flags[] = {
		{ "is_featured", "is_pinned" }, { "is_loved", "is_loved" }, { "is_edited", "is_edited" },
	};
	int64_t count = jsonval_int(jsonval_get(row, "flags_count"), 0);
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++)
		if (jsonval_flag(jsonval_get(row, flags[i].from), false))
			jsonrows_extra(r->rows, flags[i].to, json_object_new_boolean(true));
	if (count > 0)
		jsonrows_extra(r->rows, "flags", json_object_new_int64(count));
}

static int
hyvor_map(void *ctx, struct json_object *row, struct comment *c, struct err *e)
{
	struct reader *r = ctx;

	if (!jsonval_has(row, "id comment_id " TEXTS))
		return err_set(e, ERR_INPUT, "The record at line %" PRIu64 " has neither an id nor a text.", c->line);
	if (map_ids(r, row, c, e) == -1 || map_page(r, c, e) == -1 || map_author(r, row, c, e) == -1 ||
	    map_state(r, row, c, e) == -1)
		return -1;
	c->number[CN_CREATED_AT] = jsonval_date_field(row, "created_at createdAt date time");
	map_votes(row, "upvotes ups votes_up", &c->number[CN_VOTES_UP]);
	map_votes(row, "downvotes downs votes_down", &c->number[CN_VOTES_DOWN]);
	map_extra(r, row);
	return 0;
}

static int
hyvor_refer(void *ctx, struct json_object *row, struct err *e)
{
	struct reader *r = ctx;

	return hyvor_refs_page(&r->refs, row, e) == -1 ? -1 : hyvor_refs_user(&r->refs, row, e);
}

static int
hyvor_other(void *ctx, int kind, struct json_object *row, struct err *e)
{
	struct reader *r = ctx;

	if (kind == PAGE_ROW)
		return hyvor_refs_add_page(&r->refs, row, e);
	if (kind == SSO_USER_ROW)
		return hyvor_refs_add_user(&r->refs, row, "sso", e);
	return hyvor_refs_add_user(&r->refs, row, kind == HYVOR_USER_ROW ? "hyvor" : NULL, e);
}

/* --- the format -------------------------------------------------------------------------------------- */

static const struct {
	const char	*name;
	int		 kind;
} lists[] = {
	{ "comments", JSONROWS_COMMENT }, { "data", JSONROWS_COMMENT }, { "pages", PAGE_ROW }, { "users", USER_ROW },
	{ "commenters", USER_ROW }, { "hyvor_users", HYVOR_USER_ROW }, { "sso_users", SSO_USER_ROW },
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

/* Lists stand in the document or in its `data`, which may be the list of comments itself, as the document may be. */
static int
hyvor_kind(void *ctx, const struct jsonsrc *json, const struct jsonsrc_place *place)
{
	bool is_data = place->depth == 1 && place->name != NULL && strcasecmp(place->name, "data") == 0;

	(void)ctx;
	if (place->depth == 0)
		return place->kind == 's' ? JSONROWS_PASS : JSONROWS_ENTER;
	if (place->name == NULL)
		return place->depth == 1 ? JSONROWS_COMMENT : list_kind(jsonsrc_path(json, place->depth - 1));
	if (place->kind == '[' || (place->kind == '{' && is_data))
		return list_kind(place->name) != JSONROWS_PASS ? JSONROWS_ENTER : JSONROWS_PASS;
	return JSONROWS_PASS;
}

static const struct jsonrows_handler handler = {
	.kind = hyvor_kind, .refer = hyvor_refer, .map = hyvor_map, .other = hyvor_other,
};

static const char *const identifier_kinds[] = { "id", "path", "url", NULL };
static const char *const identifier_titles[] = {
	"Ids of the site's own, such as numbers of posts", "Paths on the site, such as /tea", "Whole addresses", NULL
};

static const struct format_option options[] = {
	{ "identifier", "What the page identifiers are", NULL, OPTION_CHOICE, identifier_kinds, identifier_titles,
	    false },
	{ "site", "Address of the site", "Only for paths: https://example.org", OPTION_URL, NULL, NULL, false },
	{ .name = NULL },
};

static int
hyvor_sniff(const uint8_t *head, size_t n)
{
	/*
	 * Hyvor's own ids, people and moderation flags.  Then what its comments and pages have beside them; no other
	 * system has both a comment's and a page's, and before 2023 a page's identifier beside the Markdown of a comment.
	 */
	static const char *const signs[] = {
		"htid user_htid hyvor_users sso_users is_premoderation_on has_mod_seen has_mod_replied is_automatic_spam",
		"page_identifier", "identifier", "is_loved is_featured flags_count last_commented_at content_html",
		"is_closed comments_count sso_id", "upvotes downvotes", "guest_name guest_email picture_url website_url ip_address",
		"body_html", "markdown", "comments", "pages", "^comments", "^pages", "^website", "^rules", "^badges", NULL
	};
	enum { OWN = 1, PAGE_IDENTIFIER = 2, IDENTIFIER = 4, FLAGS = 8, PAGE = 16, VOTES = 32, PERSON = 64, HTML = 128, MARKDOWN = 256,
	    COMMENTS = 512, PAGES = 1024, ROOT = 31 << 11 };
	static const char document[] = "\\\"type\\\":\\\"doc\\\"";	/* a body in a string */
	uint32_t found = mapping_sniff(head, n, signs);
	bool listed = (found & (COMMENTS | PAGES)) == (COMMENTS | PAGES);
	bool body = found & HTML || memmem(head, n, document, strlen(document)) != NULL;

	if (found & OWN || (found & ROOT) == ROOT)
		return 95;
	if (found & PAGE_IDENTIFIER && found & (MARKDOWN | VOTES | PERSON))
		return 90;
	if (listed && found & IDENTIFIER && found & (FLAGS | PAGE | VOTES | PERSON))
		return 90;
	return body && found & FLAGS && found & (VOTES | PERSON) ? 80 : 0;
}

static bool
hyvor_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return jsonrows_was_empty(r->rows, "comments");
}

static void
hyvor_close(struct reader *r)
{
	if (r == NULL)
		return;
	jsonrows_close(r->rows);
	hyvor_refs_close(&r->refs);
	sb_free(&r->key);
	sb_free(&r->rendered);
	free(r);
}

static enum identifiers
identifiers(const char *option)
{
	if (strcmp(option, "path") == 0)
		return PATH;
	return strcmp(option, "url") == 0 ? ADDRESS : OWN_ID;
}

static struct reader *
hyvor_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));
	const char *site = format_option(&hyvor_talk_format, given, "site");

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	sb_init(&r->key, WEBURL_PAGE_ROOM((size_t)JSONSRC_ELEMENT_MAX));
	sb_init(&r->rendered, RENDERED_MAX);
	r->identifiers = identifiers(format_option(&hyvor_talk_format, given, "identifier"));
	r->site = field_literal(site != NULL ? site : "");
	if (hyvor_refs_open(&r->refs, e) == -1 || (r->rows = jsonrows_open(in, &handler, r, given, e)) == NULL) {
		hyvor_close(r);
		return NULL;
	}
	r->refs.rows = r->rows;
	return r;
}

static enum rd_status
hyvor_next(struct reader *r, struct comment *c, struct err *e)
{
	return jsonrows_next(r->rows, c, e);
}

const struct format hyvor_talk_format = {
	.name = "hyvor-talk",
	.source = "hyvor-talk",
	.title = "Hyvor Talk",
	.accepts = "the .json file that Hyvor Talk mailed you a link to",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.sniff = hyvor_sniff,
	.open = hyvor_open,
	.next = hyvor_next,
	.is_empty = hyvor_is_empty,
	.close = hyvor_close,
};
