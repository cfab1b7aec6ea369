/*
 * Cusdis, as formats/cusdis.md describes it: projects, pages and comments nested, or as flat lists in any order, or as
 * the dashboard's API gave them.  There is no official shape, so no order is relied on at all: the first pass reads
 * the lists and delivers nothing, the second delivers every comment.
 *
 * A comment of the dashboard stands in the list and once more among the replies of its parent.  The first pass notes
 * which ids stand among replies, and under which parent: such a comment comes once, where it stands first, with that
 * parent.  Beyond NESTED_MAX of them both come, and the second is a duplicate for whoever takes them.
 *
 * A comment is taken together with its replies: at most JSONSRC_ELEMENT_MAX bytes of them, at any depth.
 *
 * What the outermost array or object is shows inside of it (formats/cusdis_root.h): where it is not what is usual, the
 * first pass begins once more.  All of this is one walk with one state, so the file has more than 600 lines.
 */
#include <json-c/json.h>

#include "formats/format.h"

#include "util/weburl.h"

#include "formats/cusdis_lists.h"
#include "formats/cusdis_root.h"
#include "formats/field.h"
#include "formats/jsonsrc.h"
#include "formats/jsonval.h"
#include "formats/jsonwalk.h"
#include "formats/mapping.h"
#include "formats/sidetable.h"

#define ARENA_CAP	(16 * 1024 * 1024)
#define DEPTH_MAX	32
#define NESTED_MAX	50000	/* about 6 MB */

#define ID	"id commentId"

/* What a container that was entered is. */
enum role {
	BOX,		/* an object that holds lists: the file, the answer of an API */
	BOXES,		/* array of such */
	PROJECTS,
	PROJECT,
	PAGES,
	PAGE,
	COMMENTS,
	USERS,
	COMMENTERS
};

struct reader {
	const struct format_options	*options;
	bool				 by_slug;	/* page_key = slug */
	struct text			 base;		/* address of the site, without a slash behind it */
	const char			*wanted;	/* id or title of a project; NULL: all */
	struct jsonsrc			*json;
	struct jsonwalk			*walk;
	struct cusdis_lists		 lists;
	struct sidetable		*nested;	/* ids that stand among replies: text 0 is the parent's */
	uint64_t			 nested_n;
	struct mapping			 m;

	enum role			 role[DEPTH_MAX + 1];
	enum role			 array_of, object_is;	/* the outermost one */
	unsigned			 root_names;	/* for cusdis_root_of_names() */
	bool				 root_known;
	bool				 in_raw;	/* inside of `rawPages` */
	bool				 flat_seen, flattened;	/* `flattened` has comments; and is complete */
	struct cusdis_around		 project, page;
	struct json_object		*top;		/* the comment that is walked with its replies */
	uint64_t			 line;		/* where that begins */

	uint64_t			 ordinal;	/* of the next comment */
	uint64_t			 held_back;
	bool				 second_pass, failed;
	struct err			 err;
};

/* --- fields ------------------------------------------------------------------------------ */

static void
map_page(struct reader *r, const struct cusdis_page *page, struct comment *c)
{
	struct text url = page->url, id = page->slug, path = mapping_either(page->url, page->slug);

	if (mapping_begins(path, "/") && r->base.n > 0)
		url = mapping_printf(&r->m, "%.*s%.*s", MAPPING_ARG(r->base), MAPPING_ARG(path));
	if (!r->by_slug || id.n == 0)
		id = mapping_either(mapping_either(mapping_page(&r->m, page->url), page->url), page->slug);
	if (id.n == 0)
		id = page->listed && page->id.n > 0 ? page->id : mapping_printf(&r->m, "~%.*s", MAPPING_ARG(page->id));
	c->text[CT_PAGE_ID] = id;
	if (url.n > 0)
		c->text[CT_PAGE_URL] = url;
	if (page->title.n > 0)
		c->text[CT_PAGE_TITLE] = page->title;
}

/* An answer of the owner has his account's name beside it. */
static void
map_author(struct reader *r, struct json_object *o, struct comment *c)
{
	struct json_object *moderator = jsonval_get(o, "moderator");
	struct text name = mapping_member(&r->m, o, "by_nickname nickname name");
	struct text email = mapping_member(&r->m, o, "by_email email");
	struct text id = mapping_member(&r->m, o, "moderatorId"), commenter = mapping_member(&r->m, o, "commenterId");
	struct text account, address;

	id = mapping_either(id, mapping_member(&r->m, moderator, "id"));
	if (cusdis_lists_find_person(&r->lists, &r->m, CUSDIS_USER, id, &account, &address))
		name = mapping_either(account, name);
	name = mapping_either(mapping_member(&r->m, moderator, "displayName"), name);
	if (cusdis_lists_find_person(&r->lists, &r->m, CUSDIS_COMMENTER, commenter, &account, &address)) {
		name = mapping_either(name, account);
		email = mapping_either(email, address);
	}
	c->text[CT_AUTHOR_NAME] = name.n > 0 ? name : field_literal("Anonymous");
	c->text[CT_AUTHOR_EMAIL] = email;
	if (id.n > 0)
		c->text[CT_AUTHOR_EXTERNAL_ID] = id;
}

static void
map_comment(struct reader *r, struct json_object *o, struct comment *c)
{
	struct text content = mapping_member(&r->m, o, "content"), html = mapping_member(&r->m, o, "parsedContent");
	bool deleted = cusdis_lists_deleted(&r->m, o);

	c->body_kind = content.n > 0 ? BODY_MARKDOWN : BODY_HTML;
	c->text[CT_BODY_HTML] = content.n > 0 || !html.said ? content : html;
	c->number[CN_CREATED_AT] = jsonval_date_field(o, "createdAt");
	c->number[CN_IS_SPAM] = mapping_number(false);
	c->number[CN_IS_DELETED] = mapping_number(deleted);
	/* Deleting leaves `approved` as it is. */
	if (deleted || jsonval_has(o, "approved"))
		c->number[CN_IS_APPROVED] = mapping_number(!deleted && jsonval_flag(jsonval_get(o, "approved"), false));
	c->number[CN_VOTES_UP] = c->number[CN_VOTES_DOWN] = mapping_number(0);
	map_author(r, o, c);
}

static void
report_page(struct reader *r, const struct cusdis_page *page, const struct comment *c)
{
	const char *id = c->text[CT_EXTERNAL_ID].n > 0 ? c->text[CT_EXTERNAL_ID].p : NULL;

	if (page->url.n == 0 && page->slug.n == 0)
		format_note(r->options, ISSUE_PAGE_MISSING, id, c->line);
	else if (page->url.n > 0 && !weburl_usable(page->url.p, page->url.n) &&
	    cusdis_lists_first_visit(&r->lists, &r->m, page))
		format_note(r->options, ISSUE_PAGE_URL_ODD, id, c->line);
}

/* --- comments ------------------------------------------------------------------------------ */

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
	r->held_back += !r->second_pass;
	*status = RD_SKIPPED;
	return r->second_pass;
}

static int
note_nested(struct reader *r, const struct jsonwalk_item *found, struct text id, struct err *e)
{
	struct sidetable_row row = { .text[0] = cusdis_lists_parent(&r->m, found->object) };

	r->held_back++;
	if (found->parent == NULL || r->nested_n == NESTED_MAX || sidetable_get(r->nested, id, NULL))
		return 0;
	r->nested_n++;
	row.text[0] = mapping_either(row.text[0], mapping_member(&r->m, found->parent, ID));
	return sidetable_put(r->nested, id, &row, e);
}

/* Says the parent.  False: this comment came already. */
static bool
map_parent(struct reader *r, const struct jsonwalk_item *found, struct comment *c)
{
	struct text parent = cusdis_lists_parent(&r->m, found->object);
	struct sidetable_row row;

	parent = mapping_either(parent, mapping_member(&r->m, found->parent, ID));
	if (sidetable_get(r->nested, c->text[CT_EXTERNAL_ID], &row)) {
		if (!sidetable_first_visit(r->nested, c->text[CT_EXTERNAL_ID]))
			return false;
		parent = mapping_either(parent, mapping_copy(&r->m, row.text[0]));
	}
	if (parent.n > 0)
		c->text[CT_PARENT_EXTERNAL_ID] = parent;
	return true;
}

static void
find_page(struct reader *r, struct json_object *o, struct cusdis_page *page)
{
	struct cusdis_place place = { .page = r->page.number, .project = r->project.number, .page_id = { .p = "" } };

	if (r->page.number > 0)
		place.page_id = cusdis_lists_page_id(&r->m, r->page.object);
	cusdis_lists_find(&r->lists, &r->m, &place, o, page);
}

static bool
is_wanted(const struct reader *r, const struct cusdis_page *page)
{
	return r->wanted == NULL || field_is(page->project, r->wanted) || field_is(page->project_title, r->wanted);
}

static bool
on_comment(struct reader *r, const struct jsonwalk_item *found, struct comment *c, struct err *e,
    enum rd_status *status)
{
	struct json_object *o = found->object;
	struct cusdis_page page;

	if (!json_object_is_type(o, json_type_object)) {
		err_set(e, ERR_INPUT, "What stands at line %" PRIu64 " in the place of a comment is none.", r->line);
		return skip(r, r->line, ISSUE_BAD_RECORD, c, status);
	}
	c->text[CT_EXTERNAL_ID] = mapping_member(&r->m, o, ID);
	if (!r->second_pass)
		return note_nested(r, found, c->text[CT_EXTERNAL_ID], &r->err) == -1 && fail(r, e, status);
	c->ordinal = r->ordinal++;
	c->line = r->line;
	if (!map_parent(r, found, c))
		return false;
	find_page(r, o, &page);
	if (found->parent != NULL && page.id.n == 0 && page.url.n == 0 && page.slug.n == 0)
		find_page(r, r->top, &page);
	if (!is_wanted(r, &page))
		return false;
	if (page.lost)
		err_set(e, ERR_INPUT, "The page of the comment at line %" PRIu64 " is not complete in the file.", r->line);
	*status = page.project_deleted || page.lost ? RD_SKIPPED : RD_ITEM;
	c->skipped = page.lost ? ISSUE_BAD_RECORD : ISSUE_SITE_DELETED;
	c->text[CT_SOURCE_SITE] = page.project.n > 0 ? page.project : field_literal("");
	map_comment(r, o, c);
	map_page(r, &page, c);
	if (*status == RD_ITEM)
		report_page(r, &page, c);
	return true;
}

/* --- the walk through the file ---------------------------------------------------------------- */

static enum jsonsrc_choice
enter(struct reader *r, const struct jsonsrc_place *place, enum role role)
{
	r->role[place->depth] = role;
	return place->kind == 's' ? JSONSRC_PASS : JSONSRC_ENTER;
}

static enum jsonsrc_choice
enter_object(struct reader *r, const struct jsonsrc_place *place, enum role role, struct cusdis_around *a)
{
	json_object_put(a->object);
	a->object = json_object_new_object();
	a->number = ++a->count;
	a->has_comments = a->id_was_late = a->cut = false;
	return enter(r, place, role);
}

static enum jsonsrc_choice
enter_root(struct reader *r, const struct jsonsrc_place *place)
{
	if (place->kind == '{' && r->object_is == PROJECT)
		return enter_object(r, place, PROJECT, &r->project);
	if (place->kind == '{' && r->object_is == PAGE)
		return enter_object(r, place, PAGE, &r->page);
	return enter(r, place, place->kind == '{' ? BOX : r->array_of);
}

/* A list of comments, perhaps inside of an object. */
static enum jsonsrc_choice
enter_comments(struct reader *r, const struct jsonsrc_place *place)
{
	/* What is listed flat stands in the raw answers, too. */
	if (r->second_pass && r->in_raw && r->flattened)
		return JSONSRC_PASS;
	if (r->page.number > 0 && !r->page.has_comments) {
		r->page.has_comments = true;
		r->page.id_was_late = cusdis_lists_page_id(&r->m, r->page.object).n == 0;
	}
	return enter(r, place, place->kind == '{' ? BOX : COMMENTS);
}

static enum jsonsrc_choice
choose_in_box(struct reader *r, const struct jsonsrc_place *place)
{
	if (jsonval_named(place->name, "projects"))
		return enter(r, place, PROJECTS);
	if (jsonval_named(place->name, "project") && place->kind == '{')
		return enter_object(r, place, PROJECT, &r->project);
	if (jsonval_named(place->name, "pages"))
		return enter(r, place, PAGES);
	if (jsonval_named(place->name, "rawPages")) {
		r->in_raw = true;
		return enter(r, place, BOXES);
	}
	if (jsonval_named(place->name, "comments data flattened"))
		return enter_comments(r, place);
	if (jsonval_named(place->name, "users moderators"))
		return enter(r, place, USERS);
	if (jsonval_named(place->name, "commenters"))
		return enter(r, place, COMMENTERS);
	return place->depth == 1 && strcmp(place->name, "type") == 0 ? JSONSRC_TAKE : JSONSRC_PASS;
}

static enum jsonsrc_choice
choose_in_object(struct reader *r, const struct jsonsrc_place *place, const char *members)
{
	if (jsonval_named(place->name, "comments"))
		return enter_comments(r, place);
	return jsonval_named(place->name, members) ? JSONSRC_TAKE : JSONSRC_PASS;
}

static enum jsonsrc_choice
choose(void *ctx, const struct jsonsrc_place *place)
{
	struct reader *r = ctx;

	if (place->depth == 0)
		return enter_root(r, place);
	if (place->depth == 1 && r->role[0] == BOX)
		cusdis_root_note(&r->root_names, place->name);
	if (place->depth == DEPTH_MAX)
		return JSONSRC_PASS;
	switch (r->role[place->depth - 1]) {
	case BOX:
		return choose_in_box(r, place);
	case BOXES:
		return enter(r, place, place->kind == '{' ? BOX : COMMENTS);
	case PROJECTS:
		return place->kind == '{' ? enter_object(r, place, PROJECT, &r->project) : JSONSRC_PASS;
	case PROJECT:
		if (jsonval_named(place->name, "pages"))
			return enter(r, place, PAGES);
		return choose_in_object(r, place, CUSDIS_PROJECT);
	case PAGES:
		return place->kind == '{' ? enter_object(r, place, PAGE, &r->page) : JSONSRC_PASS;
	case PAGE:
		return choose_in_object(r, place, CUSDIS_PAGE);
	case COMMENTS:
		r->flat_seen |= jsonsrc_path(r->json, place->depth - 1) != NULL &&
		    jsonval_named(jsonsrc_path(r->json, place->depth - 1), "flattened");
		break;
	case USERS:
	case COMMENTERS:
		break;
	}
	return JSONSRC_TAKE;
}

/* The first pass, from its beginning. */
static bool
start_over(struct reader *r, struct err *e, enum rd_status *status)
{
	cusdis_lists_free(&r->lists);
	sidetable_free(r->nested);
	r->nested = NULL;
	if (cusdis_lists_init(&r->lists, &r->err) == -1 || (r->nested = sidetable_new("replies", &r->err)) == NULL)
		return fail(r, e, status);
	r->root_known = true;
	r->in_raw = r->flat_seen = r->flattened = false;
	r->nested_n = r->held_back = r->ordinal = 0;
	r->project.number = r->project.count = r->page.number = r->page.count = 0;
	r->project.cut = r->page.cut = false;
	jsonsrc_rewind(r->json);
	*status = RD_AGAIN;
	return true;
}

/* Looks at the first object of the outermost array.  True if it is no comment. */
static bool
see_element(struct reader *r, struct json_object *o)
{
	static const enum role roles[] = {
		[CUSDIS_COMMENT] = COMMENTS, [CUSDIS_ANSWER] = BOXES, [CUSDIS_A_PROJECT] = PROJECTS, [CUSDIS_A_PAGE] = PAGES,
	};

	if (r->root_known || !json_object_is_type(o, json_type_object))
		return false;
	r->root_known = true;
	r->array_of = roles[cusdis_root_of_element(o)];
	return r->array_of != COMMENTS;
}

/* Looks at the outermost object, when all of it was seen.  True if it is neither the file nor an answer. */
static bool
see_object(struct reader *r)
{
	static const enum role roles[] = {
		[CUSDIS_ANSWER] = BOX, [CUSDIS_A_PROJECT] = PROJECT, [CUSDIS_A_PAGE] = PAGE,
	};

	if (r->root_known)
		return false;
	r->object_is = roles[cusdis_root_of_names(r->root_names)];
	return r->object_is != BOX;
}

static bool
on_value(struct reader *r, const struct jsonsrc_value *v, struct err *e, enum rd_status *status)
{
	int result = 0;

	switch (r->role[v->place.depth - 1]) {
	case COMMENTS:
		if (v->place.depth == 1 && see_element(r, v->tree))
			return start_over(r, e, status);
		r->line = v->place.line;
		json_object_put(r->top);
		r->top = json_object_get(v->tree);
		jsonwalk_begin(r->walk, r->top);
		break;
	case PROJECT:
		json_object_object_add(r->project.object, v->place.name, json_object_get(v->tree));
		break;
	case PAGE:
		json_object_object_add(r->page.object, v->place.name, json_object_get(v->tree));
		break;
	case USERS:
		result = cusdis_lists_person(&r->lists, &r->m, v->tree, CUSDIS_USER, &r->err);
		break;
	case COMMENTERS:
		result = cusdis_lists_person(&r->lists, &r->m, v->tree, CUSDIS_COMMENTER, &r->err);
		break;
	default:
		/* `type` */
		if (json_object_is_type(v->tree, json_type_string) &&
		    strcmp(json_object_get_string(v->tree), "new_comment") == 0)
			result = err_set(&r->err, ERR_INPUT, "This is the message that Cusdis sends for one new "
			    "comment, not an export. Please choose %s.", cusdis_format.accepts);
	}
	return result == -1 && fail(r, e, status);
}

static int
end_project(struct reader *r, struct err *e)
{
	int result;

	if (r->project.number == 0)
		return 0;
	result = cusdis_lists_project(&r->lists, &r->m, &r->project, e);
	r->lists.projects_n = MAX(r->lists.projects_n, r->project.number);
	r->project.number = 0;
	return result;
}

static int
end_page(struct reader *r, struct err *e)
{
	int result;

	if (r->page.number == 0)
		return 0;
	result = cusdis_lists_page(&r->lists, &r->m, &r->page, r->project.number, e);
	r->page.number = 0;
	return result;
}

static bool
on_left(struct reader *r, const struct jsonsrc_place *place, struct err *e, enum rd_status *status)
{
	int result = 0;

	switch (r->role[place->depth]) {
	case PROJECT:
		result = end_project(r, &r->err);
		break;
	case PAGE:
		result = end_page(r, &r->err);
		break;
	case BOXES:
		r->in_raw = false;
		break;
	case COMMENTS:
		r->flattened |= r->flat_seen && place->name != NULL && jsonval_named(place->name, "flattened");
		break;
	default:
		break;
	}
	return result == -1 && fail(r, e, status);
}

/* Behind the last byte that can be read. */
static bool
at_end(struct reader *r, bool fine, struct err *e, enum rd_status *status)
{
	if (!r->second_pass && r->held_back > 0) {
		if (see_object(r))
			return start_over(r, e, status);
		/* Of what is open at a break, that much is known.  r->err is the break's: it comes once more. */
		r->page.cut = r->project.cut = true;
		if (end_page(r, &r->err) == -1 || end_project(r, &r->err) == -1)
			return fail(r, e, status);
		r->second_pass = true;
		r->ordinal = r->project.count = r->page.count = 0;
		r->in_raw = false;
		jsonsrc_rewind(r->json);
		*status = RD_AGAIN;
		return true;
	}
	*status = fine ? RD_EOF : RD_FATAL;
	if (!fine && e != NULL)
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
		return on_value(r, &v, e, status);
	case JSONSRC_ENTERED:
		return false;
	case JSONSRC_LEFT:
		return on_left(r, &v.place, e, status);
	case JSONSRC_BAD:
		if (e != NULL)
			*e = r->err;
		return skip(r, v.place.line, v.reason, c, status);
	default:
		return at_end(r, event == JSONSRC_END, e, status);
	}
}

/* --- the format ---------------------------------------------------------------------------------- */

static const char *const page_keys[] = { "url", "slug", NULL };
static const char *const page_key_titles[] = { "Their address, where they have one", "Their page id (slug)", NULL };

static const struct format_option options[] = {
	{ "page_key", "What tells pages apart", NULL, OPTION_CHOICE, page_keys, page_key_titles, false },
	{ "base_url", "Address of the site", "For pages known by a path only, as /tea", OPTION_URL, NULL, NULL, false },
	{ "project", "Only the project", "Its title or id, if there are several sites", OPTION_TEXT, NULL, NULL, false },
	{ .name = NULL },
};

/* The file names its source at its beginning: "source":"cusdis", as dumpers write it. */
static bool
says_cusdis(const uint8_t *head, size_t n)
{
	static const char key[] = "\"source\"", value[] = "\"cusdis\"";
	const uint8_t *p = memmem(head, n, key, strlen(key)), *end = head + n;

	if (p == NULL)
		return false;
	for (p += strlen(key); p < end && memchr(" \t\r\n:", *p, 5) != NULL; p++)
		continue;
	return (size_t)(end - p) >= strlen(value) && memcmp(p, value, strlen(value)) == 0;
}

static int
cusdis_sniff(const uint8_t *head, size_t n)
{
	/* "by" names of an author; and pages with slugs below projects, whose comments are approved or not. */
	static const char *const signs[] = {
		"by_nickname by_email pageUniqueId rawPages", "moderatorId parsedContent parsedCreatedAt", "projects project", "pages comments",
		"approved", "content", "slug", NULL
	};
	enum { BY = 1, LIKELY = 2, PROJECTS_ = 4, BELOW = 8, APPROVED = 16, CONTENT = 32, SLUG = 64 };
	uint32_t found = mapping_sniff(head, n, signs);

	/* A webhook's message about one comment. */
	if (memmem(head, n, "\"new_comment\"", 13) != NULL)
		return 0;
	if (found & BY || says_cusdis(head, n))
		return 95;
	if (found & LIKELY && found & CONTENT && found & APPROVED)
		return 90;
	return found & PROJECTS_ && found & BELOW && found & CONTENT && found & (APPROVED | SLUG) ? 70 : 0;
}

static bool
cusdis_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return jsonsrc_was_empty(r->json, "projects comments flattened");
}

static void
cusdis_close(struct reader *r)
{
	if (r == NULL)
		return;
	jsonsrc_close(r->json);
	jsonwalk_free(r->walk);
	cusdis_lists_free(&r->lists);
	sidetable_free(r->nested);
	json_object_put(r->project.object);
	json_object_put(r->page.object);
	json_object_put(r->top);
	arena_free(r->m.arena);
	free(r);
}

static int
prepare(struct reader *r, struct input *in, const struct format_options *given, struct err *e)
{
	if (cusdis_lists_init(&r->lists, e) == -1 || (r->json = jsonsrc_open(in, choose, r, given, e)) == NULL ||
	    (r->walk = jsonwalk_new("replies children comments", e)) == NULL ||
	    (r->nested = sidetable_new("replies", e)) == NULL)
		return -1;
	jsonsrc_alone(r->json);
	return (r->m.arena = arena_new(ARENA_CAP)) != NULL ? 0 : err_nomem(e);
}

static struct reader *
cusdis_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));
	const char *base = format_option(&cusdis_format, given, "base_url");

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	r->array_of = COMMENTS;
	r->by_slug = strcmp(format_option(&cusdis_format, given, "page_key"), "slug") == 0;
	r->wanted = format_option(&cusdis_format, given, "project");
	r->base = field_literal(base != NULL ? base : "");
	r->base.n -= mapping_ends(r->base, "/");
	if (prepare(r, in, given, e) == -1) {
		cusdis_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
cusdis_next(struct reader *r, struct comment *c, struct err *e)
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

const struct format cusdis_format = {
	.name = "cusdis",
	.source = "cusdis",
	.title = "Cusdis",
	.accepts = "the .json file with the projects, pages and comments of Cusdis",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.sniff = cusdis_sniff,
	.open = cusdis_open,
	.next = cusdis_next,
	.is_empty = cusdis_is_empty,
	.close = cusdis_close,
};
