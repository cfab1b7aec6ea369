/*
 * Just-Comments, as formats/just-comments.md describes it.  Nobody has published a hosted export, so every root shape
 * is taken by one rule: an array holds comments; an object is a comment if it has a comment's members, else what is
 * in it is looked at in the same way, and its names may be item ids.
 *
 * One item id is one page, with the address of its first row.  `replyTo` is the parent if such a comment is in the file,
 * else `parentId`.  Where these differ, the comment is held back for the second pass.  The first pass notes which ids
 * are asked for, and which of them come later; the second meets those that come earlier before it meets the comment.
 */
#include <json-c/json.h>

#include "formats/format.h"

#include "util/esc.h"
#include "util/weburl.h"

#include "formats/field.h"
#include "formats/jsonsrc.h"
#include "formats/jsonval.h"
#include "formats/jsonwalk.h"
#include "formats/mapping.h"
#include "formats/sidetable.h"

#define ARENA_CAP	(16 * 1024 * 1024)
#define DEPTH_MAX	32
#define WANTED_MAX	100000	/* beyond, an unknown `replyTo` is taken for known: the importer waits for it */

#define ID		"commentId id"
#define ITEM		"itemId pageId"
#define MESSAGE		"message text body content"
#define HTML		"htmlContent htmlMessage"
#define LISTS		"comments items data"

/* Members of a comment.  Nothing else of one is looked at. */
#define FIELDS	ID " " ITEM " " MESSAGE " " HTML " originalItemId itemProtocol itemPort pageUrl pageTitle " \
	"parentId replyTo userId username name userEmail email userPic userUrl website createdAt created date " \
	"timestamp commentUrl hidden deleted reactions reactionId nested"

/* Never of use, and not a list of comments either. */
#define PRIVATE	"locale timezone captchaResult subscription emailNotifications loginProvider lastKey"

struct reader {
	const struct format_options	*options;
	bool				 by_item;	/* page_key = itemId */
	struct jsonsrc			*json;
	struct jsonwalk			*walk;
	struct sidetable		*items;		/* item id: the address of its page */
	struct sidetable		*ids;		/* of comments that are in the file, and asked for */
	uint64_t			 wanted_n;
	struct arena			*arena;
	struct mapping			 m;
	struct sb			 sb;

	struct json_object		*row[DEPTH_MAX + 1];	/* members of an object, by its depth */
	uint64_t			 walk_line, document_line;
	struct text			 item;		/* the name above those that are walked, an item id perhaps */
	struct json_object		*top;		/* the first of those */
	uint64_t			 lines;		/* comments that were documents of their own */

	uint64_t			 ordinal;	/* of the next comment */
	uint64_t			 held_back;
	bool				 second_pass, failed, reported_half_line;
	struct err			 err;
};

/* --- the page ------------------------------------------------------------------------- */

/* The address from protocol, host and path, and port. */
static struct text
built_url(struct reader *r, struct json_object *o)
{
	struct text protocol = mapping_member(&r->m, o, "itemProtocol"), port = mapping_member(&r->m, o, "itemPort");
	struct text place = mapping_member(&r->m, o, "originalItemId");
	size_t host = 0;

	if (protocol.n == 0 || place.n == 0)
		return (struct text){ .p = "" };
	while (host < place.n && place.p[host] != '/')
		host++;
	return mapping_printf(&r->m, "%.*s%s//%.*s%s%.*s%.*s", MAPPING_ARG(protocol),
	    protocol.p[protocol.n - 1] == ':' ? "" : ":", (int)host, place.p, port.n > 0 ? ":" : "", MAPPING_ARG(port),
	    (int)(place.n - host), place.p + host);
}

/* `https://` and the item id, if that begins with a host. */
static struct text
url_of_item(struct reader *r, struct text item)
{
	const char *slash = memchr(item.p, '/', item.n);
	size_t host = slash != NULL ? (size_t)(slash - item.p) : item.n;
	struct text url;

	if (host == 0 || memchr(item.p, '.', host) == NULL)
		return (struct text){ .p = "" };
	url = mapping_printf(&r->m, "https://%.*s", MAPPING_ARG(item));
	return weburl_usable(url.p, url.n) ? url : (struct text){ .p = "" };
}

static struct text
row_url(struct reader *r, struct json_object *o, struct text item)
{
	struct text url = mapping_address(&r->m, o, "pageUrl");
	const char *fragment;

	if (url.n == 0)
		url = built_url(r, o);
	if (url.n == 0 && (url = mapping_member(&r->m, o, "commentUrl")).n > 0 &&
	    (fragment = memchr(url.p, '#', url.n)) != NULL)
		url.n = (size_t)(fragment - url.p);
	if (url.n == 0)
		url = url_of_item(r, item);
	if (weburl_untracked(url.p, url.n, &r->sb))
		url = mapping_of_sb(&r->m, &r->sb);
	return url;
}

/* The address of this row's page: that of the first row of its item.  A reply may leave it to the comment around it. */
static int
page_url(struct reader *r, struct json_object *o, struct text item, struct text *url, struct err *e)
{
	struct sidetable_row row;

	*url = row_url(r, o, item);
	if (url->n == 0)
		*url = row_url(r, r->top, item);
	if (item.n == 0)
		return 0;
	row = (struct sidetable_row){ .text[0] = *url };
	if (url->n > 0 && sidetable_put(r->items, item, &row, e) == -1)
		return -1;
	if (sidetable_get(r->items, item, &row))
		*url = mapping_copy(&r->m, row.text[0]);
	return 0;
}

static struct text
item_of(struct reader *r, struct json_object *o)
{
	struct text item = mapping_member(&r->m, o, ITEM);

	if (item.n == 0)
		item = mapping_member(&r->m, r->top, ITEM);
	return item.n > 0 ? item : mapping_copy(&r->m, r->item);
}

static void
map_page(struct reader *r, struct json_object *o, struct text item, struct text url, struct comment *c)
{
	struct text id = r->by_item ? item : mapping_page(&r->m, url);

	if (id.n == 0)
		id = url.n > 0 && r->by_item ? mapping_page(&r->m, url) : item;
	if (id.n == 0)
		id = url;
	c->text[CT_PAGE_ID] = id.n > 0 ? id : field_literal("~");
	if (url.n > 0)
		c->text[CT_PAGE_URL] = url;
	c->text[CT_PAGE_TITLE] = mapping_member(&r->m, o, "pageTitle");
}

/* --- the comment ------------------------------------------------------------------------ */

static void
map_author(struct reader *r, struct json_object *o, struct comment *c)
{
	struct text id = mapping_member(&r->m, o, "userId"), name = mapping_member(&r->m, o, "username name");

	c->text[CT_AUTHOR_NAME] = name.n > 0 ? name : field_literal("Anonymous");
	c->text[CT_AUTHOR_EMAIL] = mapping_member(&r->m, o, "userEmail email");
	c->text[CT_AUTHOR_URL] = mapping_address(&r->m, o, "website userUrl");
	c->text[CT_AUTHOR_AVATAR] = mapping_address(&r->m, o, "userPic");
	/* All guests share one id. */
	if (id.n > 0 && !field_is(id, "guest"))
		c->text[CT_AUTHOR_EXTERNAL_ID] = id;
}

/* Appends the reactions as members of an object; returns the number of those that mean well. */
static int64_t
add_reactions(struct sb *sb, struct json_object *reactions)
{
	int64_t n, votes = 0;

	json_object_object_foreach(reactions, name, value) {
		n = MIN(MAX(jsonval_int(value, 0), 0), INT32_MAX);
		votes += jsonval_named(name, "like inlove heart happy") ? n : 0;
		sb_str(sb, sb->n > 0 ? ",\"" : "{\"reactions\":{\"");
		esc_json(sb, name, strlen(name));
		sb_printf(sb, "\":%" PRId64, n);
	}
	return votes;
}

static void
map_reactions(struct reader *r, struct json_object *o, struct comment *c)
{
	struct json_object *reactions = jsonval_get(o, "reactions");

	c->number[CN_VOTES_DOWN] = mapping_number(0);
	if (!json_object_is_type(reactions, json_type_object))
		return;
	c->number[CN_VOTES_UP] = mapping_number(add_reactions(&r->sb, reactions));
	if (r->sb.n == 0)
		return;
	sb_str(&r->sb, "}}");
	c->text[CT_EXTRA] = mapping_of_sb(&r->m, &r->sb);
}

static void
map_comment(struct reader *r, struct json_object *o, struct comment *c)
{
	struct text message = mapping_member(&r->m, o, MESSAGE), html = mapping_member(&r->m, o, HTML);

	c->text[CT_SOURCE_SITE] = field_literal("");
	c->text[CT_BODY_HTML] = message.n > 0 ? message : html;
	c->body_kind = message.n > 0 ? BODY_MARKDOWN_BREAKS : BODY_HTML;
	if (message.said)
		c->text[CT_BODY_HTML].said = true;
	c->number[CN_CREATED_AT] = jsonval_date_field(o, "createdAt created date timestamp");
	c->number[CN_IS_APPROVED] = mapping_number(!jsonval_flag(jsonval_get(o, "hidden"), false));
	c->number[CN_IS_SPAM] = mapping_number(false);
	c->number[CN_IS_DELETED] = mapping_number(jsonval_flag(jsonval_get(o, "deleted"), false));
	map_author(r, o, c);
	map_reactions(r, o, c);
}

/* --- replies ------------------------------------------------------------------------------ */

/* Sets the parent; in the first pass, *waits is set for one that is not known before the second. */
static int
map_parent(struct reader *r, const struct jsonwalk_item *item, struct comment *c, bool *waits, struct err *e)
{
	const struct sidetable_row here = { .number = 0 };
	struct text answered = mapping_member(&r->m, item->object, "replyTo");
	struct text root = mapping_member(&r->m, item->object, "parentId");

	if (answered.n == 0 && root.n == 0)
		root = mapping_member(&r->m, item->parent, ID);
	*waits = answered.n > 0 && root.n > 0 && !mapping_same(answered, root);
	if (sidetable_put(r->ids, c->text[CT_EXTERNAL_ID], &here, e) == -1)
		return -1;
	if (*waits && !r->second_pass && r->wanted_n < WANTED_MAX) {
		r->wanted_n++;
		return sidetable_want(r->ids, answered, e);
	}
	if (answered.n == 0 || (*waits && r->wanted_n < WANTED_MAX && !sidetable_get(r->ids, answered, NULL)))
		answered = root;
	c->text[CT_PARENT_EXTERNAL_ID] = answered;
	return 0;
}

/* --- records ------------------------------------------------------------------------------ */

/* All that follow return true if next() is to return *status. */
static bool
fail(struct reader *r, struct err *e, enum rd_status *status)
{
	r->failed = true;
	if (e != NULL)
		*e = r->err;
	*status = RD_FATAL;
	return true;
}

static bool
skip(struct reader *r, uint64_t line, enum issue_reason reason, struct comment *c, enum rd_status *status)
{
	c->ordinal = r->ordinal++;
	c->line = line;
	c->skipped = reason;
	*status = RD_SKIPPED;
	return !r->second_pass;
}

static void
report_page(struct reader *r, struct text item, const struct comment *c)
{
	const struct text *id = &c->text[CT_EXTERNAL_ID], *url = &c->text[CT_PAGE_URL];

	if (field_is(c->text[CT_PAGE_ID], "~"))
		format_note(r->options, ISSUE_PAGE_MISSING, id->n > 0 ? id->p : NULL, c->line);
	if (url->n > 0 && !weburl_usable(url->p, url->n) && (item.n == 0 || sidetable_first_visit(r->items, item)))
		format_note(r->options, ISSUE_PAGE_URL_ODD, id->n > 0 ? id->p : NULL, c->line);
}

static bool
on_comment(struct reader *r, const struct jsonwalk_item *found, struct comment *c, struct err *e,
    enum rd_status *status)
{
	struct json_object *o = found->object;
	struct text item, url;
	bool waits;

	if (!json_object_is_type(o, json_type_object)) {
		err_set(e, ERR_INPUT, "What stands at line %" PRIu64 " in the place of a comment is none.", r->walk_line);
		return skip(r, r->walk_line, ISSUE_BAD_RECORD, c, status);
	}
	if (found->parent == NULL)
		r->top = o;
	item = item_of(r, o);
	c->text[CT_EXTERNAL_ID] = mapping_member(&r->m, o, ID);
	if (page_url(r, o, item, &url, &r->err) == -1 || map_parent(r, found, c, &waits, &r->err) == -1)
		return fail(r, e, status);
	c->ordinal = r->ordinal++;
	c->line = r->walk_line;
	r->held_back += waits && !r->second_pass;
	if (waits != r->second_pass)
		return false;
	map_comment(r, o, c);
	map_page(r, o, item, url, c);
	report_page(r, item, c);
	*status = RD_ITEM;
	return true;
}

/* --- the walk through the file ---------------------------------------------------------------- */

static bool
is_comment(struct json_object *row)
{
	return jsonval_has(row, "commentId") || (jsonval_has(row, ID " " ITEM) && jsonval_has(row, MESSAGE " " HTML));
}

static enum jsonsrc_choice
begin_object(struct reader *r, const struct jsonsrc_place *place)
{
	json_object_put(r->row[place->depth]);
	r->row[place->depth] = json_object_new_object();
	return JSONSRC_ENTER;
}

static enum jsonsrc_choice
choose(void *ctx, const struct jsonsrc_place *place)
{
	struct reader *r = ctx;
	struct json_object *row;

	if (place->kind == 's' && place->depth == 0)
		return JSONSRC_PASS;
	if (place->depth == 0)
		r->document_line = place->line;
	if (place->depth == 0)
		return place->kind == '{' ? begin_object(r, place) : JSONSRC_ENTER;
	if (place->name == NULL)
		return JSONSRC_TAKE;
	if (jsonval_named(place->name, FIELDS))
		return JSONSRC_TAKE;
	row = r->row[place->depth - 1];
	if (place->kind == 's' || place->depth >= DEPTH_MAX || jsonval_named(place->name, PRIVATE) || is_comment(row))
		return JSONSRC_PASS;
	return place->kind == '{' ? begin_object(r, place) : JSONSRC_ENTER;
}

/* The outermost name above that is none of a list of ours: an item id. */
static struct text
item_above(struct reader *r, const struct jsonsrc_place *place)
{
	const char *name;
	unsigned i;

	for (i = 0; i <= place->depth; i++) {
		name = i < place->depth ? jsonsrc_path(r->json, i) : place->name;
		if (name != NULL && !jsonval_named(name, LISTS))
			return field_literal(name);
	}
	return (struct text){ .p = "" };
}

/* The comment and those in it are walked from now on. */
static void
begin_walk(struct reader *r, struct json_object *comment, const struct jsonsrc_place *place)
{
	r->item = item_above(r, place);
	r->walk_line = place->line;
	jsonwalk_begin(r->walk, comment);
}

static void
on_value(struct reader *r, const struct jsonsrc_value *v)
{
	if (v->place.name == NULL)
		begin_walk(r, v->tree, &v->place);
	else
		json_object_object_add(r->row[v->place.depth - 1], v->place.name, json_object_get(v->tree));
}

static void
on_left(struct reader *r, const struct jsonsrc_place *place)
{
	bool comment = place->kind == '{' && is_comment(r->row[place->depth]);

	/* Not one comment a line, but a document, which others may follow. */
	if (!comment && place->depth == 0 && r->lines == 0)
		jsonsrc_alone(r->json);
	if (!comment)
		return;
	r->lines += place->depth == 0;
	begin_walk(r, r->row[place->depth], place);
}

/* Behind the last byte that can be read. */
static bool
at_end(struct reader *r, enum jsonsrc_event how, struct err *e, enum rd_status *status)
{
	/* One comment a line: a server that is stopped while it writes leaves half of the last one. */
	bool half_line = how == JSONSRC_CUT && r->lines > 0;

	if (half_line && !r->second_pass && !r->reported_half_line) {
		r->reported_half_line = true;
		format_note(r->options, ISSUE_LAST_LINE_CUT, NULL, r->document_line);
	}
	if (r->held_back > 0 && !r->second_pass) {
		r->second_pass = true;
		r->ordinal = r->lines = 0;
		jsonsrc_rewind(r->json);
		*status = RD_AGAIN;
		return true;
	}
	*status = how == JSONSRC_END || half_line ? RD_EOF : RD_FATAL;
	if (*status == RD_FATAL && e != NULL)
		*e = r->err;
	return true;
}

static bool
on_event(struct reader *r, struct comment *c, struct err *e, enum rd_status *status)
{
	struct jsonsrc_value v;
	enum jsonsrc_event event = jsonsrc_next(r->json, &v, &r->err);

	switch (event) {
	case JSONSRC_VALUE:
		on_value(r, &v);
		return false;
	case JSONSRC_LEFT:
		on_left(r, &v.place);
		return false;
	case JSONSRC_BAD:
		if (e != NULL)
			*e = r->err;
		return skip(r, v.place.line, v.reason, c, status);
	case JSONSRC_ENTERED:
		return false;
	default:
		return at_end(r, event, e, status);
	}
}

/* --- the format ---------------------------------------------------------------------------------- */

static const char *const page_keys[] = { "pageUrl", "itemId", NULL };
static const char *const page_key_titles[] = { "Just-Comments page URL", "Item ID", NULL };

static const struct format_option options[] = {
	{ "page_key", "What tells pages apart", NULL, OPTION_CHOICE, page_keys, page_key_titles, false },
	{ .name = NULL },
};

static int
just_comments_sniff(const uint8_t *head, size_t n)
{
	/* An item is what others call a page; a comment has an id named after itself and a page named after its item. */
	static const char *const signs[] = {
		"commentId", "itemId", "originalItemId itemProtocol itemPort", "userPic replyTo htmlMessage reactionId",
		"message htmlContent", "pageUrl", "^comments", "^lastKey", NULL
	};
	enum { COMMENT_ID = 1, ITEM_ID = 2, CERTAIN = 4, LIKELY = 8, WORDS = 16, URL = 32, ROOT = 64 | 128 };
	uint32_t found = mapping_sniff(head, n, signs);

	if (found & CERTAIN || (found & COMMENT_ID && found & ITEM_ID && found & (LIKELY | WORDS | URL)))
		return 95;
	if (found & (COMMENT_ID | ITEM_ID) && found & LIKELY && found & (WORDS | URL))
		return 60;
	/* Without a comment: an answer of its list, which goes on from a key. */
	return found == ROOT ? 50 : 0;
}

static bool
just_comments_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return jsonsrc_was_empty(r->json, "comments");
}

static void
just_comments_close(struct reader *r)
{
	unsigned i;

	if (r == NULL)
		return;
	jsonsrc_close(r->json);
	jsonwalk_free(r->walk);
	sidetable_free(r->items);
	sidetable_free(r->ids);
	arena_free(r->m.arena);
	sb_free(&r->sb);
	for (i = 0; i < ARRAY_LEN(r->row); i++)
		json_object_put(r->row[i]);
	free(r);
}

static struct reader *
just_comments_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	r->by_item = strcmp(format_option(&just_comments_format, given, "page_key"), "itemId") == 0;
	sb_init(&r->sb, ARENA_CAP);
	r->json = jsonsrc_open(in, choose, r, given, e);
	r->walk = jsonwalk_new("nested", e);
	r->items = sidetable_new("pages", e);
	r->ids = sidetable_new("comments", e);
	if ((r->m.arena = arena_new(ARENA_CAP)) == NULL)
		err_nomem(e);
	if (r->ids != NULL)
		sidetable_only_wanted(r->ids);
	if (r->json == NULL || r->walk == NULL || r->items == NULL || r->ids == NULL || r->m.arena == NULL) {
		just_comments_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
just_comments_next(struct reader *r, struct comment *c, struct err *e)
{
	struct jsonwalk_item item;
	enum rd_status status = RD_FATAL;
	bool done = r->failed && fail(r, e, &status);
	int got;

	while (!done) {
		arena_reset(r->m.arena);
		memset(c->text, 0, sizeof(c->text));
		got = jsonwalk_next(r->walk, &item, &r->err);
		if (got == 1)
			done = on_comment(r, &item, c, e, &status);
		else
			done = got == -1 ? fail(r, e, &status) : on_event(r, c, e, &status);
		if (r->m.failed && !r->failed) {
			err_nomem(&r->err);
			done = fail(r, e, &status);
		}
	}
	return status;
}

const struct format just_comments_format = {
	.name = "just-comments",
	.source = "just-comments",
	.title = "Just-Comments",
	.accepts = "the .json file from the Account page of Just-Comments, or a server's .jsonl file",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.sniff = just_comments_sniff,
	.open = just_comments_open,
	.next = just_comments_next,
	.is_empty = just_comments_is_empty,
	.close = just_comments_close,
};
