#include <json-c/json.h>

#include "formats/muut_post.h"

#include "util/esc.h"
#include "util/hash.h"
#include "util/weburl.h"

#include "formats/csvsrc.h"
#include "formats/field.h"
#include "formats/jsonval.h"

/* --- paths ---------------------------------------------------------------------------- */

/* A path is /forum/channel, perhaps with `:key` or `#key` behind it. */
struct text
muut_post_channel(struct text path, struct text *key)
{
	const char *mark = memchr(path.p, '#', path.n), *slash = memrchr(path.p, '/', path.n), *end = path.p + path.n;

	if (mark == NULL && slash != NULL)
		mark = memchr(slash, ':', (size_t)(end - slash));
	*key = (struct text){ .p = end };
	if (mark == NULL)
		return path;
	*key = (struct text){ .p = mark + 1, .n = (size_t)(end - mark - 1), .said = true };
	return (struct text){ .p = path.p, .n = (size_t)(mark - path.p), .said = true };
}

/* Behind the name of the forum. */
static struct text
without_forum(struct text path)
{
	const char *slash = path.n > 0 ? memchr(path.p + 1, '/', path.n - 1) : NULL;
	const char *begin = slash != NULL ? slash : path.p + path.n;

	return (struct text){ .p = begin, .n = (size_t)(path.p + path.n - begin), .said = true };
}

/*
 * The page of a thread.  `:slug` names the page where the WordPress plugin before 3.0 made the thread: a container in
 * /forum/domain.  Else the key belongs to the thread.
 */
static struct text
page_path(struct muut_post *p, const struct muut_thread *f)
{
	struct text key, place = muut_post_channel(f->path, &key), page = without_forum(place);
	bool hash = key.said && key.p[-1] == '#';
	bool domain = page.n > 1 && memchr(page.p + 1, '/', page.n - 1) == NULL && memchr(page.p, '.', page.n) != NULL;

	if (page.n == 0)
		page = field_literal("/");
	if (f->container && key.n > 0 && !hash && !field_is(key, "comments"))
		return mapping_printf(&p->m, "%.*s:%.*s", MAPPING_ARG(page), MAPPING_ARG(key));
	if (f->container && domain && (key.n == 0 || hash) && f->key.n > 0 && !field_is(f->key, "comments"))
		return mapping_printf(&p->m, "%.*s:%.*s", MAPPING_ARG(page), MAPPING_ARG(f->key));
	return page;
}

/* The host of the site's address, without "www.". */
static struct text
host(struct text url)
{
	const char *mark = memmem(url.p, url.n, "://", 3), *end = url.p + url.n;
	struct text t;

	if (mark == NULL)
		return (struct text){ .p = "" };
	t = (struct text){ .p = mark + 3, .n = strcspn(mark + 3, "/?#") };
	t.n = MIN(t.n, (size_t)(end - t.p));
	if (mapping_begins(t, "www."))
		t = (struct text){ .p = t.p + 4, .n = t.n - 4 };
	return t;
}

/* The site's address and the page's path; a path that begins with the site's own domain goes without it. */
static struct text
page_url(struct muut_post *p, struct text said, struct text page)
{
	struct text domain = host(p->base);
	size_t i;

	if (said.n > 0 && said.p[0] != '/')
		return said;
	if (p->base.n == 0)
		return (struct text){ .p = "" };
	if (said.n > 0)
		page = said;
	else if (domain.n > 0 && page.n > domain.n && memcmp(page.p + 1, domain.p, domain.n) == 0 &&
	    (page.n == domain.n + 1 || strchr("/:", page.p[domain.n + 1]) != NULL))
		page = (struct text){ .p = page.p + domain.n + 1, .n = page.n - domain.n - 1 };
	sb_add(&p->sb, p->base.p, p->base.n);
	for (i = 0; i < page.n; i++) {
		if (i == 0 && page.p[i] != '/')
			sb_char(&p->sb, '/');
		if (i == 0 && page.p[i] == ':')
			continue;
		if ((unsigned char)page.p[i] <= ' ' || page.p[i] == 0x7f)
			sb_printf(&p->sb, "%%%02X", (unsigned char)page.p[i]);
		else
			sb_char(&p->sb, page.p[i]);
	}
	return mapping_of_sb(&p->m, &p->sb);
}

/* --- posts ------------------------------------------------------------------------------ */

static void
add_lines(struct sb *sb, struct json_object *lines)
{
	size_t i, n = json_object_array_length(lines);

	for (i = 0; i < n; i++) {
		struct json_object *line = json_object_array_get_idx(lines, i);

		if (i > 0)
			sb_char(sb, '\n');
		if (json_object_is_type(line, json_type_string))
			sb_add(sb, json_object_get_string(line), (size_t)json_object_get_string_len(line));
	}
}

/* A text that is itself a JSON array of texts.  What a person typed is HTML-escaped: it has no quotes. */
static bool
add_inner_lines(struct sb *sb, struct text t)
{
	struct json_tokener *tokener;
	struct json_object *lines;
	bool found;

	if (!mapping_begins(t, "[\"") || t.n > INT_MAX || (tokener = json_tokener_new()) == NULL)
		return false;
	lines = json_tokener_parse_ex(tokener, t.p, (int)t.n);
	found = json_object_is_type(lines, json_type_array) && json_tokener_get_parse_end(tokener) == t.n;
	if (found)
		add_lines(sb, lines);
	json_object_put(lines);
	json_tokener_free(tokener);
	return found;
}

/* The body of a post, its lines joined, HTML-escaped once as it is in the file. */
struct text
muut_post_body(struct muut_post *p, struct mapping *m, struct json_object *post)
{
	struct json_object *lines = jsonval_get(post, "body");
	struct text t = mapping_member(m, post, "body");

	if (json_object_is_type(lines, json_type_array))
		add_lines(&p->sb, lines);
	else if (!add_inner_lines(&p->sb, t))
		return t;
	return field_trim(mapping_of_sb(m, &p->sb));
}

static struct json_object *
author(struct json_object *post)
{
	return jsonval_get(post, MUUT_POST_AUTHOR);
}

/* "@jane"; empty for nobody. */
static struct text
author_path(struct mapping *m, struct json_object *post)
{
	struct json_object *o = author(post);

	if (json_object_is_type(o, json_type_object))
		return mapping_member(m, o, "path");
	return mapping_member(m, post, MUUT_POST_AUTHOR);
}

/* For what has no key. */
struct text
muut_post_made_id(struct muut_post *p, struct mapping *m, struct text place, struct json_object *post)
{
	struct text by = author_path(m, post), said = muut_post_body(p, m, post);
	uint8_t id[HASH128_SIZE];
	struct hash h;

	hash_begin(&h, sizeof(id));
	hash_part(&h, place.p, place.n);
	hash_u64(&h, (uint64_t)jsonval_date_field(post, MUUT_POST_DATE).v);
	hash_part(&h, by.p, by.n);
	hash_part(&h, said.p, said.n);
	hash_end(&h, id);
	sb_char(&p->sb, '~');
	esc_hex(&p->sb, id, sizeof(id));
	return mapping_of_sb(m, &p->sb);
}

/* The key behind the @ in the users' table, too. */
struct text
muut_post_user(struct text path)
{
	return mapping_begins(path, "@") ? (struct text){ .p = path.p + 1, .n = path.n - 1, .said = true } : path;
}

static void
map_author(struct muut_post *p, struct json_object *post, struct comment *c)
{
	struct json_object *o = author(post);
	struct text path = author_path(&p->m, post), name = mapping_member(&p->m, o, "displayname");
	struct sidetable_row row;

	if (name.n == 0)
		name = muut_post_user(path);
	c->text[CT_AUTHOR_NAME] = name.n > 0 ? name : field_literal("Anonymous");
	c->text[CT_AUTHOR_EXTERNAL_ID] = path;
	c->text[CT_AUTHOR_AVATAR] = mapping_address(&p->m, o, "img avatar picture");
	if (sidetable_get(p->users, muut_post_user(path), &row))
		c->text[CT_AUTHOR_EMAIL] = mapping_copy(&p->m, row.text[0]);
}

bool
muut_post_removed(struct json_object *post)
{
	return jsonval_flag(jsonval_get(post, "deleted"), false) || jsonval_flag(jsonval_get(post, "removed"), false);
}

static void
map_numbers(struct json_object *post, bool thread_removed, struct comment *c)
{
	struct json_object *likes = jsonval_get(post, "likes like_count upvotes");
	bool spam = jsonval_flag(jsonval_get(post, "spam"), false) ||
	    jsonval_int(jsonval_get(post, "spam_level"), 0) > 0;

	c->number[CN_CREATED_AT] = jsonval_date_field(post, MUUT_POST_DATE);
	c->number[CN_IS_APPROVED] = mapping_number(true);
	c->number[CN_IS_SPAM] = mapping_number(spam);
	c->number[CN_IS_DELETED] = mapping_number(thread_removed || muut_post_removed(post));
	c->number[CN_VOTES_DOWN] = mapping_number(0);
	if (json_object_is_type(likes, json_type_array))
		c->number[CN_VOTES_UP] = mapping_number((int64_t)json_object_array_length(likes));
	else if (likes != NULL)
		c->number[CN_VOTES_UP] = mapping_number(jsonval_int(likes, 0));
}

static void
map_page(struct muut_post *p, struct muut_thread *f, struct comment *c)
{
	struct text key, url, id = page_path(p, f), title = f->title;
	struct sidetable_row row;

	if (f->path.n == 0) {
		c->text[CT_PAGE_ID] = mapping_printf(&p->m, "~%.*s", MAPPING_ARG(f->key));
		format_note(p->options, ISSUE_PAGE_MISSING, c->text[CT_EXTERNAL_ID].p, c->line);
	} else {
		c->text[CT_PAGE_ID] = id;
		url = page_url(p, f->url, id);
		if (url.n > 0)
			c->text[CT_PAGE_URL] = url;
		if (url.n > 0 && !weburl_usable(url.p, url.n) && !f->url_reported) {
			format_note(p->options, ISSUE_PAGE_URL_ODD, c->text[CT_EXTERNAL_ID].p, c->line);
			f->url_reported = true;
		}
	}
	if (!(f->container && title.n > 0) && sidetable_get(p->titles, muut_post_channel(f->path, &key), &row))
		title = mapping_copy(&p->m, row.text[0]);
	if (title.n > 0)
		c->text[CT_PAGE_TITLE] = title;
}

void
muut_post_map(struct muut_post *p, struct json_object *post, struct muut_thread *f, struct comment *c)
{
	c->text[CT_SOURCE_SITE] = field_literal("");
	c->body_kind = BODY_MUUT;
	c->text[CT_BODY_HTML] = muut_post_body(p, &p->m, post);
	map_numbers(post, f->removed, c);
	map_author(p, post, c);
	map_page(p, f, c);
	if (f->path.n > 0) {
		sb_str(&p->sb, "{\"path\":\"");
		esc_json(&p->sb, f->path.p, f->path.n);
		sb_str(&p->sb, "\"}");
		c->text[CT_EXTRA] = mapping_of_sb(&p->m, &p->sb);
	}
}

/* The title as a line of its own in front of the body of a comment that is a thread, unless that begins with it. */
void
muut_post_title(struct muut_post *p, struct text title, struct text *text)
{
	struct text begin = title;
	size_t i;

	/* A title made of the body is cut, and says so. */
	if (mapping_ends(begin, "\xe2\x80\xa6") || mapping_ends(begin, "..."))
		begin = field_trim((struct text){ .p = begin.p, .n = begin.n - 3 });
	if (begin.n == 0 || (text->n >= begin.n && memcmp(text->p, begin.p, begin.n) == 0))
		return;
	sb_str(&p->sb, "**");
	for (i = 0; i < title.n; i++) {
		if (strchr("\\*_`[]", title.p[i]) != NULL && title.p[i] != '\0')
			sb_char(&p->sb, '\\');
		sb_char(&p->sb, title.p[i] == '\n' ? ' ' : title.p[i]);
	}
	sb_str(&p->sb, "**\n\n");
	sb_add(&p->sb, text->p, text->n);
	*text = mapping_of_sb(&p->m, &p->sb);
}

/* --- threads that are waited for -------------------------------------------------------------- */

enum { CONTAINER = 1, REMOVED = 2, MADE = 4, LOST = 8 };

int
muut_post_keep(struct sidetable *table, uint64_t number, const struct muut_thread *f, struct err *e)
{
	const struct text key = { .p = (const char *)&number, .n = sizeof(number), .said = true };
	const struct sidetable_row row = {
		.text = { f->id, f->path, f->key, f->url, f->title },
		.number = (f->container ? CONTAINER : 0u) | (f->removed ? REMOVED : 0u) | (f->made ? MADE : 0u) |
		    (f->lost ? LOST : 0u),
	};

	return sidetable_put(table, key, &row, e);
}

bool
muut_post_recall(struct sidetable *table, uint64_t number, struct mapping *m, struct muut_thread *f)
{
	const struct text key = { .p = (const char *)&number, .n = sizeof(number), .said = true };
	struct text *const texts[] = { &f->id, &f->path, &f->key, &f->url, &f->title };
	struct sidetable_row row;
	size_t i;

	if (!sidetable_get(table, key, &row))
		return false;
	for (i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = mapping_copy(m, row.text[i]);
	f->container = row.number & CONTAINER;
	f->removed = row.number & REMOVED;
	f->made = row.number & MADE;
	f->lost = row.number & LOST;
	return true;
}

/* --- the users' table ------------------------------------------------------------------------- */

/* Path and e-mail; a header is a row without an address. */
int
muut_post_read_users(struct muut_post *p, struct input *in, struct err *e)
{
	struct csvsrc *csv = csvsrc_open(in, e);
	enum csvsrc_event event = CSVSRC_FAILED;
	struct sidetable_row user = { 0 };
	struct csvsrc_row row;
	int result = csv != NULL ? 0 : -1;

	while (result == 0 && ((event = csvsrc_next(csv, &row, e)) == CSVSRC_ROW || event == CSVSRC_BAD)) {
		if (event == CSVSRC_BAD || row.n < 2 || memchr(row.field[1].p, '@', row.field[1].n) == NULL)
			continue;
		user.text[0] = field_trim(row.field[1]);
		result = sidetable_put(p->users, muut_post_user(field_trim(row.field[0])), &user, e);
	}
	if (result == 0 && event != CSVSRC_END)
		result = err_prefix(e, "The users' table cannot be read");
	csvsrc_close(csv);
	return result;
}
