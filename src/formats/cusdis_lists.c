#include <json-c/json.h>

#include "formats/cusdis_lists.h"

#include "formats/field.h"
#include "formats/jsonval.h"

/* What the texts of a row are. */
enum { ID, SLUG, URL, TITLE, PROJECT };
enum { NAME, EMAIL };

/* What the number of a project's row is made of.  That of a page: twice the project's number, and 1 if it is lost. */
enum { DELETED = 1, LOST = 2 };

int
cusdis_lists_init(struct cusdis_lists *l, struct err *e)
{
	*l = (struct cusdis_lists){
		.projects = sidetable_new("projects", e), .pages = sidetable_new("pages", e),
		.people = sidetable_new("users", e),
	};
	return l->projects != NULL && l->pages != NULL && l->people != NULL ? 0 : -1;
}

void
cusdis_lists_free(struct cusdis_lists *l)
{
	sidetable_free(l->projects);
	sidetable_free(l->pages);
	sidetable_free(l->people);
}

static struct text
key_of_number(struct mapping *m, uint64_t number)
{
	return mapping_printf(m, "#%" PRIu64, number);
}

static struct text
key_of_id(struct mapping *m, const char *list, struct text id)
{
	return id.n > 0 ? mapping_printf(m, "%s%.*s", list, MAPPING_ARG(id)) : id;
}

/* A template that was not filled in: `{{ PAGE_ID }}`. */
static struct text
unless_placeholder(struct text t)
{
	return mapping_begins(t, "{{") && mapping_ends(t, "}}") ? (struct text){ .p = "" } : t;
}

bool
cusdis_lists_deleted(struct mapping *m, struct json_object *object)
{
	struct text t = mapping_member(m, object, "deletedAt");

	return t.n > 0 && !field_is(t, "0") && !field_is(t, "0.0") && !field_is(t, "false");
}

struct text
cusdis_lists_parent(struct mapping *m, struct json_object *comment)
{
	struct text id = mapping_member(m, comment, "parentId");
	struct json_object *parent = jsonval_get(comment, "parent");

	if (id.n == 0 && json_object_is_type(parent, json_type_object))
		return mapping_member(m, parent, "id");
	return id.n > 0 ? id : mapping_member(m, comment, "parent");
}

/* --- projects -------------------------------------------------------------------------- */

int
cusdis_lists_project(struct cusdis_lists *l, struct mapping *m, const struct cusdis_around *a, struct err *e)
{
	struct text id = mapping_member(m, a->object, "id");
	struct sidetable_row row = {
		.text = { [ID] = id, [TITLE] = mapping_member(m, a->object, "title") },
		.number = (cusdis_lists_deleted(m, a->object) ? DELETED : 0u) | (a->cut && id.n == 0 ? LOST : 0u),
	};

	if (sidetable_put(l->projects, key_of_number(m, a->number), &row, e) == -1)
		return -1;
	return sidetable_put(l->projects, key_of_id(m, "p", id), &row, e);
}

/* The project of this id or number; where neither is there, the only one of the file. */
static void
find_project(struct cusdis_lists *l, struct mapping *m, struct text id, uint64_t number, struct cusdis_page *page)
{
	uint64_t only = l->projects_n == 1 ? 1 : 0;
	struct text key = id.n > 0 ? key_of_id(m, "p", id) : key_of_number(m, number > 0 ? number : only);
	struct sidetable_row row;
	bool found = sidetable_get(l->projects, key, &row);

	page->project = found ? mapping_copy(m, row.text[ID]) : id;
	page->project_title = found ? mapping_copy(m, row.text[TITLE]) : (struct text){ .p = "" };
	page->project_deleted = found && row.number & DELETED;
	page->lost |= found && row.number & LOST;
}

/* --- pages -------------------------------------------------------------------------------- */

struct text
cusdis_lists_page_id(struct mapping *m, struct json_object *page)
{
	return mapping_member(m, page, "uniqueId id pageId");
}

/* Beside a `uniqueId`, `pageId` is what the site's owner calls the page. */
static struct text
slug(struct mapping *m, struct json_object *page)
{
	return unless_placeholder(mapping_member(m, page, jsonval_has(page, "uniqueId") ? "slug pageId" : "slug"));
}

static struct text
project_id(struct mapping *m, struct json_object *o)
{
	return mapping_either(mapping_member(m, o, "projectId"), mapping_member(m, jsonval_get(o, "project"), "id"));
}

int
cusdis_lists_page(struct cusdis_lists *l, struct mapping *m, const struct cusdis_around *a, uint64_t project,
    struct err *e)
{
	struct json_object *o = a->object;
	/* Where names stand behind comments, the address may be missing yet. */
	bool lost = a->cut && a->id_was_late && !jsonval_has(o, "url");
	struct sidetable_row row = {
		.text = {
			[ID] = cusdis_lists_page_id(m, o), [SLUG] = slug(m, o), [PROJECT] = project_id(m, o),
			[URL] = unless_placeholder(mapping_member(m, o, "url")),
			[TITLE] = unless_placeholder(mapping_member(m, o, "title")),
		},
		.number = project << 1 | lost,
	};

	if (a->id_was_late && sidetable_put(l->pages, key_of_number(m, a->number), &row, e) == -1)
		return -1;
	return sidetable_put(l->pages, key_of_id(m, "i", row.text[ID]), &row, e);
}

static void
take_row(struct cusdis_lists *l, struct mapping *m, const struct sidetable_row *row, struct cusdis_page *page)
{
	page->id = mapping_copy(m, row->text[ID]);
	page->slug = mapping_copy(m, row->text[SLUG]);
	page->url = mapping_copy(m, row->text[URL]);
	page->title = mapping_copy(m, row->text[TITLE]);
	page->listed = true;
	page->lost = row->number & 1;
	find_project(l, m, mapping_copy(m, row->text[PROJECT]), row->number >> 1, page);
}

/* What the comment says itself of its page, where the lists say nothing. */
static void
take_own(struct cusdis_lists *l, struct mapping *m, struct json_object *o, uint64_t project, struct cusdis_page *page)
{
	struct json_object *inner = jsonval_get(o, "page");
	struct text own = mapping_either(project_id(m, o), project_id(m, inner));

	page->slug = mapping_either(page->slug, mapping_either(slug(m, inner), slug(m, o)));
	page->url = mapping_either(page->url, unless_placeholder(mapping_member(m, inner, "url")));
	page->url = mapping_either(page->url, unless_placeholder(mapping_member(m, o, "pageUrl url")));
	page->title = mapping_either(page->title, unless_placeholder(mapping_member(m, inner, "title")));
	page->title = mapping_either(page->title, unless_placeholder(mapping_member(m, o, "pageTitle title")));
	if (page->project.n == 0)
		find_project(l, m, own, project, page);
}

void
cusdis_lists_find(struct cusdis_lists *l, struct mapping *m, const struct cusdis_place *place, struct json_object *o,
    struct cusdis_page *page)
{
	struct text ref = mapping_member(m, o, "pageUniqueId pageId");
	struct sidetable_row row;
	bool found = false;

	*page = (struct cusdis_page){ .id = { .p = "" } };
	ref = mapping_either(ref, cusdis_lists_page_id(m, jsonval_get(o, "page")));
	ref = mapping_either(ref, mapping_copy(m, place->page_id));
	if (place->page > 0)
		found = sidetable_get(l->pages, key_of_number(m, place->page), &row);
	if (!found)
		found = sidetable_get(l->pages, key_of_id(m, "i", ref), &row);
	if (found)
		take_row(l, m, &row, page);
	page->id = mapping_either(page->id, ref);
	page->listed |= jsonval_get(o, "page") != NULL;
	take_own(l, m, o, place->project, page);
}

bool
cusdis_lists_first_visit(struct cusdis_lists *l, struct mapping *m, const struct cusdis_page *page)
{
	struct text key = key_of_id(m, "i", page->id);

	return !sidetable_get(l->pages, key, NULL) || sidetable_first_visit(l->pages, key);
}

/* --- people ------------------------------------------------------------------------------- */

int
cusdis_lists_person(struct cusdis_lists *l, struct mapping *m, struct json_object *o, const char *list, struct err *e)
{
	struct text name = mapping_member(m, o, "displayName");
	struct sidetable_row row = {
		.text = {
			[NAME] = mapping_either(name, mapping_member(m, o, "name nickname by_nickname")),
			[EMAIL] = mapping_member(m, o, "email by_email"),
		},
	};

	return sidetable_put(l->people, key_of_id(m, list, mapping_member(m, o, "id")), &row, e);
}

bool
cusdis_lists_find_person(struct cusdis_lists *l, struct mapping *m, const char *list, struct text id, struct text *name,
    struct text *email)
{
	struct sidetable_row row;

	if (!sidetable_get(l->people, key_of_id(m, list, id), &row))
		return false;
	*name = mapping_copy(m, row.text[NAME]);
	*email = mapping_copy(m, row.text[EMAIL]);
	return true;
}
