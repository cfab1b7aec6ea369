/*
 * Pages and users are found by more than one key: pages by id or identifier, accounts by "hyvor_100" or by 100 alone.
 * The second key is an entry of its own that names the first, so that their texts are kept once.
 */
#include <json-c/json.h>

#include "formats/hyvor_refs.h"

#include "util/weburl.h"

#include "formats/field.h"
#include "formats/jsonval.h"
#include "formats/mapping.h"

enum { ALIAS_OF = SIDETABLE_TEXTS - 1 };	/* in both tables: the key of the row that this one stands for */

/* --- texts --------------------------------------------------------------------------------- */

static int
text(struct hyvor_refs *r, struct json_object *row, const char *names, struct text *out, struct err *e)
{
	return jsonrows_text(r->rows, row, names, out, e);
}

int
hyvor_refs_id(struct jsonrows *rows, struct json_object *row, const char *names, struct text *out, struct err *e)
{
	if (jsonrows_text(rows, row, names, out, e) == -1)
		return -1;
	if (field_is(*out, "0"))
		out->n = 0;
	return 0;
}

/* One in front of the other, in the arena; empty if the second is. */
static int
joined(struct hyvor_refs *r, const char *before, struct text t, struct text *out, struct err *e)
{
	char *s;

	*out = (struct text){ .n = 0 };
	if (t.n == 0)
		return 0;
	if ((s = arena_printf(jsonrows_arena(r->rows), "%s%.*s", before, (int)t.n, t.p)) == NULL)
		return err_nomem(e);
	*out = field_literal(s);
	return 0;
}

static bool
is_address(struct text t)
{
	return t.n > 0 && weburl_usable(t.p, t.n);
}

/* --- the two lists ---------------------------------------------------------------------------- */

/* Marks a second key that two rows have: whoever is known by it alone is not known. */
static int
put_ambiguous(struct hyvor_refs *r, struct sidetable *table, struct text alias, struct err *e)
{
	struct sidetable_row nothing = { .number = 0 };
	struct text key;

	if (joined(r, "!", alias, &key, e) == -1 || sidetable_want(table, key, e) == -1)
		return -1;
	return jsonrows_put(r->rows, table, key, &nothing, e);
}

/* The second key first: if only what is wanted is kept and somebody wants it, the row is wanted, too. */
static int
put(struct hyvor_refs *r, struct sidetable *table, struct text key, struct text alias, struct sidetable_row *row,
    struct err *e)
{
	struct sidetable_row second = { .text[ALIAS_OF] = key }, first;

	if (key.n == 0)
		return jsonrows_put(r->rows, table, alias, row, e);
	if (jsonrows_put(r->rows, table, alias, &second, e) == -1)
		return -1;
	if (sidetable_get(table, alias, &first)) {
		if (!mapping_same(first.text[ALIAS_OF], key) && put_ambiguous(r, table, alias, e) == -1)
			return -1;
		if (sidetable_want(table, key, e) == -1)
			return -1;
	}
	return jsonrows_put(r->rows, table, key, row, e);
}

static int
find(struct hyvor_refs *r, struct sidetable *table, struct text key, struct sidetable_row *row, bool *found,
    struct err *e)
{
	struct text ambiguous;

	if (jsonrows_find(r->rows, table, key, row, found, e) == -1 || joined(r, "!", key, &ambiguous, e) == -1)
		return -1;
	*found = *found && !sidetable_get(table, ambiguous, NULL);
	if (*found && row->text[ALIAS_OF].said)
		*found = sidetable_get(table, row->text[ALIAS_OF], row);
	return 0;
}

/* Texts that are missing are those of the list. */
static void
fill_in(struct sidetable_row *row, const struct sidetable_row *listed)
{
	int i;

	for (i = 0; i < SIDETABLE_TEXTS; i++)
		if (row->text[i].n == 0 && listed->text[i].said)
			row->text[i] = listed->text[i];
}

/* --- users --------------------------------------------------------------------------------------- */

/*
 * The account of a user, which tells it from all others: "sso_100"; 100 alone where no kind is given; none for guests,
 * whose kind is null.
 */
static int
account(struct hyvor_refs *r, struct text htid, struct text type, struct text number, struct text *out, struct err *e)
{
	char *s;

	*out = htid;
	if (htid.n > 0 || number.n == 0 || (type.said && type.n == 0))
		return 0;
	*out = number;
	if (type.n == 0)
		return 0;
	s = arena_printf(jsonrows_arena(r->rows), "%.*s_%.*s", (int)type.n, type.p, (int)number.n, number.p);
	if (s == NULL)
		return err_nomem(e);
	*out = field_literal(s);
	return 0;
}

/* A user object.  *number: its id, when the account is not that alone. */
static int
read_user(struct hyvor_refs *r, struct json_object *o, const char *kind, struct sidetable_row *user,
    struct text *number, struct err *e)
{
	struct text *t = user->text, htid, type;

	*user = (struct sidetable_row){ .number = 0 };
	if (hyvor_refs_id(r->rows, o, "htid user_htid", &htid, e) == -1 ||
	    text(r, o, "type user_type", &type, e) == -1 ||
	    hyvor_refs_id(r->rows, o, "id user_id", number, e) == -1 || text(r, o, "name", &t[U_NAME], e) == -1 ||
	    text(r, o, "email", &t[U_EMAIL], e) == -1 || text(r, o, "website_url website url", &t[U_URL], e) == -1 ||
	    text(r, o, "picture_url picture avatar avatar_url", &t[U_AVATAR], e) == -1 ||
	    text(r, o, "state", &t[U_STATE], e) == -1 || hyvor_refs_id(r->rows, o, "sso_id", &t[U_SSO_ID], e) == -1)
		return -1;
	if (type.n == 0 && kind != NULL)
		type = field_literal(kind);
	return account(r, htid, type, *number, &t[U_ACCOUNT], e);
}

/* The keys of a user in the table: of the account, and of its number. */
static int
user_keys(struct hyvor_refs *r, struct text account, struct text number, struct text *key, struct text *alias,
    struct err *e)
{
	if (mapping_same(account, number))
		account.n = 0;
	return joined(r, "=", account, key, e) == -1 ? -1 : joined(r, "#", number, alias, e);
}

int
hyvor_refs_add_user(struct hyvor_refs *r, struct json_object *row, const char *kind, struct err *e)
{
	struct sidetable_row user;
	struct text number, key, alias;

	if (read_user(r, row, kind, &user, &number, e) == -1 ||
	    user_keys(r, user.text[U_ACCOUNT], number, &key, &alias, e) == -1)
		return -1;
	return put(r, r->users, key, alias, &user, e);
}

/* A comment that says who wrote it in members of its own. */
static int
read_flat_user(struct hyvor_refs *r, struct json_object *row, struct json_object *reference, struct text *number,
    struct err *e)
{
	struct text *t = r->user.text, htid, type, given;

	r->user = (struct sidetable_row){ .number = 0 };
	if (hyvor_refs_id(r->rows, row, "user_htid htid", &htid, e) == -1 ||
	    text(r, row, "user_type", &type, e) == -1 ||
	    hyvor_refs_id(r->rows, row, "user_id userId", number, e) == -1 ||
	    text(r, row, "user_name guest_name author_name name", &t[U_NAME], e) == -1 ||
	    text(r, row, "user_email guest_email author_email email", &t[U_EMAIL], e) == -1 ||
	    text(r, row, "picture_url picture avatar avatar_url", &t[U_AVATAR], e) == -1)
		return -1;
	if (!jsonval_as_text(reference, jsonrows_arena(r->rows), &given))
		return err_nomem(e);
	if (number->n == 0 && json_object_is_type(reference, json_type_int))
		*number = given;
	else if (t[U_NAME].n == 0)
		t[U_NAME] = field_trim(given);
	return account(r, htid, type, *number, &t[U_ACCOUNT], e);
}

int
hyvor_refs_user(struct hyvor_refs *r, struct json_object *row, struct err *e)
{
	struct json_object *o = jsonval_get(row, "user author guest");
	bool nested = json_object_is_type(o, json_type_object), found = false;
	struct sidetable_row listed;
	struct text number, key, alias;

	if ((nested ? read_user(r, o, NULL, &r->user, &number, e) : read_flat_user(r, row, o, &number, e)) == -1 ||
	    user_keys(r, r->user.text[U_ACCOUNT], number, &key, &alias, e) == -1)
		return -1;
	r->no_user = false;
	if ((nested && r->user.text[U_NAME].n > 0) || (key.n == 0 && alias.n == 0))
		return 0;
	if (find(r, r->users, key.n > 0 ? key : alias, &listed, &found, e) == -1)
		return -1;
	r->no_user = !found && r->user.text[U_NAME].n == 0;
	if (found && key.n == 0)
		r->user.text[U_ACCOUNT] = listed.text[U_ACCOUNT];
	if (found)
		fill_in(&r->user, &listed);
	return 0;
}

/* --- pages --------------------------------------------------------------------------------------- */

static int
read_page(struct hyvor_refs *r, struct json_object *o, struct sidetable_row *page, struct err *e)
{
	*page = (struct sidetable_row){ .number = 0 };
	if (hyvor_refs_id(r->rows, o, "id page_id", &page->text[P_ID], e) == -1 ||
	    text(r, o, "identifier page_identifier", &page->text[P_IDENTIFIER], e) == -1 ||
	    text(r, o, "url page_url", &page->text[P_URL], e) == -1)
		return -1;
	return text(r, o, "title page_title", &page->text[P_TITLE], e);
}

static int
page_keys(struct hyvor_refs *r, const struct sidetable_row *page, struct text *key, struct text *alias, struct err *e)
{
	if (joined(r, "#", page->text[P_ID], key, e) == -1)
		return -1;
	return joined(r, "=", page->text[P_IDENTIFIER], alias, e);
}

int
hyvor_refs_add_page(struct hyvor_refs *r, struct json_object *row, struct err *e)
{
	struct sidetable_row page;
	struct text key, alias;

	if (read_page(r, row, &page, e) == -1 || page_keys(r, &page, &key, &alias, e) == -1)
		return -1;
	/* Where the site gave no identifier, Hyvor Talk makes it the address: kept once. */
	if (mapping_same(page.text[P_URL], page.text[P_IDENTIFIER]) && is_address(page.text[P_URL]))
		page.text[P_URL] = (struct text){ .said = false };
	return put(r, r->pages, key, alias, &page, e);
}

/* What a comment itself says of its page, in an object or in members of its own. */
static int
read_own_page(struct hyvor_refs *r, struct json_object *row, struct err *e)
{
	struct json_object *o = jsonval_get(row, "page");
	struct sidetable_row flat = { .number = 0 };
	struct text *t = flat.text, given;
	const char *fragment;

	if (read_page(r, o, &r->page, e) == -1 || hyvor_refs_id(r->rows, row, "page_id pageId", &t[P_ID], e) == -1 ||
	    text(r, row, "page_identifier identifier", &t[P_IDENTIFIER], e) == -1 ||
	    text(r, row, "page_url url", &t[P_URL], e) == -1 || text(r, row, "page_title", &t[P_TITLE], e) == -1)
		return -1;
	if (!jsonval_as_text(o, jsonrows_arena(r->rows), &given))
		return err_nomem(e);
	/* It may be the address of the comment. */
	if (t[P_URL].n > 0 && (fragment = memchr(t[P_URL].p, '#', t[P_URL].n)) != NULL)
		t[P_URL].n = (size_t)(fragment - t[P_URL].p);
	if (t[P_ID].n == 0)
		t[P_ID] = field_trim(given);
	fill_in(&r->page, &flat);
	return 0;
}

int
hyvor_refs_page(struct hyvor_refs *r, struct json_object *row, struct err *e)
{
	struct text *t = r->page.text, key, alias;
	struct sidetable_row listed;
	bool found;

	if (read_own_page(r, row, e) == -1 || page_keys(r, &r->page, &key, &alias, e) == -1)
		return -1;
	r->no_page = false;
	r->page_key = (struct text){ .n = 0 };
	/* An object tells all that a list would; mere members leave out the title. */
	if (json_object_is_type(jsonval_get(row, "page"), json_type_object) && t[P_IDENTIFIER].n > 0 &&
	    (t[P_URL].n > 0 || is_address(t[P_IDENTIFIER])))
		return 0;
	if (key.n == 0 && alias.n == 0)
		return 0;
	if (key.n == 0)
		key = alias;
	if (find(r, r->pages, key, &listed, &found, e) == -1)
		return -1;
	if (found) {
		fill_in(&r->page, &listed);
		r->page_key = key;
	}
	/* A page that is in no list: its number is taken for the site's own identifier. */
	if (!found && t[P_IDENTIFIER].n == 0 && t[P_URL].n == 0)
		t[P_IDENTIFIER] = t[P_ID];
	r->no_page = !found;
	return 0;
}

/* --- the tables --------------------------------------------------------------------------------- */

int
hyvor_refs_open(struct hyvor_refs *r, struct err *e)
{
	r->users = sidetable_new("users", e);
	r->pages = r->users != NULL ? sidetable_new("pages", e) : NULL;
	return r->pages != NULL ? 0 : -1;
}

void
hyvor_refs_close(struct hyvor_refs *r)
{
	sidetable_free(r->users);
	sidetable_free(r->pages);
}
