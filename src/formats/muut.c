/*
 * The Muut export, as formats/muut.md describes it: threads by category path, each a seed and its replies, and the
 * shape of the live API.  A thread may have any number of replies, so they come one by one and a thread is never whole.
 *
 * What a comment needs of its thread (path, key, seed) stands beside the replies, and the category's title in another
 * list.  So comments are held back for a second pass where these come later: all threads in front of `categories`,
 * and the replies of a thread whose seed, path or page was not seen yet.  What such a thread is goes into a side table.
 */
#include <json-c/json.h>

#include "formats/format.h"

#include "formats/field.h"
#include "formats/jsonsrc.h"
#include "formats/jsonval.h"
#include "formats/mapping.h"
#include "formats/muut_post.h"
#include "formats/sidetable.h"

#define ARENA_CAP	(24 * 1024 * 1024)
#define DEPTH_MAX	32

#define AUTHOR	MUUT_POST_AUTHOR
#define DATE	MUUT_POST_DATE
#define URL	"url link"

/* Members that a thread or, in a thread without `seed`, its first post has. */
#define MEMBERS	AUTHOR " " DATE " " URL " key path page title body likes like_count upvotes spam spam_level deleted " \
	"removed"

/* What a container that was entered is. */
enum role {
	ROOT,
	CATEGORIES,
	THREADS,	/* array of threads, or object: path to LIST or GROUP */
	LIST,		/* array of threads */
	GROUP,		/* object: key to thread, or a thread itself */
	THREAD,
	REPLIES
};

struct thread {
	struct json_object	*own;		/* its members but seed and replies */
	struct json_object	*seed;
	struct text		 group, name;	/* of the objects around it: category path, key */
	uint64_t		 number, line;
	bool			 decided;	/* whether its replies can come at once, or wait */
	bool			 waits;		/* they are for the second pass */
	bool			 settled;	/* facts are complete */
	bool			 seed_done;
	struct muut_thread	 facts;
};

struct reader {
	struct text			 prefix;	/* of the paths that are wanted */
	struct jsonsrc			*json;
	struct sidetable		*threads;	/* those whose replies wait */
	struct muut_post		 p;
	struct mapping			 t;		/* for the texts of a thread */

	enum role			 role[DEPTH_MAX + 1];
	bool				 categories_seen;	/* in this pass */
	bool				 list_waits;		/* threads in front of the categories */
	struct thread			 thread;
	bool				 in_thread;

	uint64_t			 ordinal;	/* of the next comment */
	uint64_t			 threads_n;
	uint64_t			 held_back;
	bool				 second_pass, failed;
	struct err			 err;
};

/* --- threads ------------------------------------------------------------------------------- */

/* The post that the thread begins with. */
static struct json_object *
first_post(const struct thread *t)
{
	return t->seed != NULL ? t->seed : t->own;
}

static struct text
thread_path(struct reader *r, const struct thread *t)
{
	struct text path = mapping_member(&r->t, t->seed, "path");

	path = mapping_either(path, mapping_member(&r->t, t->own, "path"));
	path = mapping_either(path, mapping_member(&r->t, jsonval_get(t->own, "page"), "path"));
	path = mapping_either(path, t->group);
	return path.n == 0 && mapping_begins(t->name, "/") ? t->name : path;
}

/* Path and key, the key once. */
static void
name_thread(struct reader *r, const struct thread *t, struct muut_thread *f)
{
	struct text key, place = muut_post_channel(f->path, &key);

	f->key = mapping_either(mapping_member(&r->t, t->seed, "key"), mapping_member(&r->t, t->own, "key"));
	if (f->key.n == 0 && !mapping_begins(t->name, "/"))
		f->key = t->name;
	f->key = mapping_either(f->key, key);
	f->made = f->key.n == 0;
	if (f->made)
		f->id = muut_post_made_id(&r->p, &r->t, f->path, first_post(t));
	else if (key.n > 0 && !mapping_same(key, f->key))
		f->id = mapping_printf(&r->t, "%.*s:%.*s:%.*s", MAPPING_ARG(place), MAPPING_ARG(key),
		    MAPPING_ARG(f->key));
	else
		f->id = mapping_printf(&r->t, "%.*s:%.*s", MAPPING_ARG(place), MAPPING_ARG(f->key));
}

/* Of what was seen of the thread so far. */
static void
settle(struct reader *r)
{
	struct thread *t = &r->thread;
	struct muut_thread *f = &t->facts;

	f->path = thread_path(r, t);
	f->url = mapping_either(mapping_address(&r->t, t->own, URL), mapping_address(&r->t, t->seed, URL));
	f->title = mapping_either(mapping_member(&r->t, jsonval_get(t->own, "page"), "title"),
	    mapping_member(&r->t, first_post(t), "title"));
	f->container = mapping_ends(f->path, ":comments") || muut_post_body(&r->p, &r->t, first_post(t)).n == 0;
	f->removed = muut_post_removed(t->own) || muut_post_removed(t->seed);
	name_thread(r, t, f);
	t->settled = true;
}

/* Is everything that the replies refer to in front of them?  The live API has `page` beside the seed. */
static bool
complete(struct reader *r)
{
	const struct thread *t = &r->thread;

	if (t->seed == NULL)
		return jsonval_get(t->own, "key") != NULL && jsonval_get(t->own, "body") != NULL &&
		    thread_path(r, t).n > 0;
	return thread_path(r, t).n > 0 && (!jsonval_has(t->seed, "user time") || jsonval_has(t->own, "page"));
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

/* Gives the next comment its place.  Does it come in this pass? */
static bool
its_turn(struct reader *r, bool waits, uint64_t line, struct comment *c)
{
	c->ordinal = r->ordinal++;
	c->line = line;
	r->held_back += waits && !r->second_pass;
	return waits == r->second_pass;
}

static bool
skip(struct reader *r, bool waits, const struct jsonsrc_value *v, enum issue_reason reason, struct comment *c,
    enum rd_status *status)
{
	c->skipped = reason;
	*status = RD_SKIPPED;
	return its_turn(r, waits, v->place.line, c);
}

static bool
wanted(const struct reader *r)
{
	const struct text *path = &r->thread.facts.path;

	return path->n >= r->prefix.n && memcmp(path->p, r->prefix.p, r->prefix.n) == 0;
}

static bool
deliver(struct reader *r, struct json_object *post, bool made, struct comment *c, enum rd_status *status)
{
	muut_post_map(&r->p, post, &r->thread.facts, c);
	if (made)
		format_note(r->p.options, ISSUE_ID_MADE, c->text[CT_EXTERNAL_ID].p, c->line);
	*status = RD_ITEM;
	return true;
}

static bool
on_seed(struct reader *r, struct comment *c, enum rd_status *status)
{
	struct thread *t = &r->thread;
	struct muut_thread *f = &t->facts;

	t->seed_done = true;
	if (f->container || !its_turn(r, r->list_waits, t->line, c) || !wanted(r))
		return false;
	c->text[CT_EXTERNAL_ID] = mapping_copy(&r->p.m, f->id);
	deliver(r, first_post(t), f->made, c, status);
	muut_post_title(&r->p, mapping_member(&r->p.m, first_post(t), "title"), &c->text[CT_BODY_HTML]);
	return true;
}

static bool
on_reply(struct reader *r, const struct jsonsrc_value *v, struct comment *c, struct err *e, enum rd_status *status)
{
	const struct muut_thread *f = &r->thread.facts;
	bool waits = r->list_waits || r->thread.waits;
	struct text key;

	if (!json_object_is_type(v->tree, json_type_object)) {
		err_set(e, ERR_INPUT, "What stands at line %" PRIu64 " in the place of a reply is none.", v->place.line);
		return skip(r, waits, v, ISSUE_BAD_RECORD, c, status);
	}
	if (!its_turn(r, waits, v->place.line, c) || !wanted(r))
		return false;
	if (f->lost) {
		err_set(e, ERR_INPUT, "The reply at line %" PRIu64 " belongs to a thread whose end is not in the file.", v->place.line);
		*status = RD_SKIPPED;
		return true;
	}
	key = mapping_member(&r->p.m, v->tree, "key id");
	if (key.n == 0 && v->place.name != NULL)
		key = field_literal(v->place.name);
	c->text[CT_EXTERNAL_ID] = key.n == 0 ? muut_post_made_id(&r->p, &r->p.m, f->id, v->tree) :
	    mapping_printf(&r->p.m, "%.*s/%.*s", MAPPING_ARG(f->id), MAPPING_ARG(key));
	if (!f->container)
		c->text[CT_PARENT_EXTERNAL_ID] = mapping_copy(&r->p.m, f->id);
	return deliver(r, v->tree, key.n == 0, c, status);
}

/* Its replies begin: can they come at once? */
static bool
on_replies(struct reader *r, struct comment *c, enum rd_status *status)
{
	struct thread *t = &r->thread;

	if (t->decided)
		return false;
	t->decided = true;
	t->waits = !complete(r);
	if (t->waits) {
		t->settled = r->second_pass && muut_post_recall(r->threads, t->number, &r->t, &t->facts);
		return false;
	}
	settle(r);
	return t->seed != NULL && on_seed(r, c, status);
}

/* The thread is over, or (not whole) the file is: then its own members are not complete, but a seed is. */
static bool
end_thread(struct reader *r, bool whole, struct comment *c, struct err *e, enum rd_status *status)
{
	struct thread *t = &r->thread;

	r->in_thread = false;
	if (!t->settled)
		settle(r);
	t->facts.lost = !whole && t->facts.made && t->seed == NULL;
	if (t->waits && !r->second_pass && muut_post_keep(r->threads, t->number, &t->facts, &r->err) == -1)
		return fail(r, e, status);
	return !t->seed_done && (whole || t->seed != NULL) && on_seed(r, c, status);
}

/* --- the walk through the file ---------------------------------------------------------------- */

static void
begin_thread(struct reader *r, const char *group, const char *name, uint64_t line)
{
	struct thread *t = &r->thread;

	json_object_put(t->own);
	json_object_put(t->seed);
	*t = (struct thread){ .own = json_object_new_object(), .number = r->threads_n++, .line = line };
	arena_reset(r->t.arena);
	t->group = mapping_copy(&r->t, field_literal(group != NULL ? group : ""));
	t->name = mapping_copy(&r->t, field_literal(name != NULL ? name : ""));
	r->in_thread = true;
}

static enum jsonsrc_choice
enter(struct reader *r, const struct jsonsrc_place *place, enum role role)
{
	r->role[place->depth] = role;
	return JSONSRC_ENTER;
}

static enum jsonsrc_choice
enter_thread(struct reader *r, const struct jsonsrc_place *place)
{
	const char *around = jsonsrc_path(r->json, place->depth - 1);

	begin_thread(r, r->role[place->depth - 1] == THREADS ? NULL : around, place->name, place->line);
	return enter(r, place, THREAD);
}

static enum jsonsrc_choice
choose_in_thread(struct reader *r, const struct jsonsrc_place *place)
{
	if (jsonval_named(place->name, "replies"))
		return place->kind == 's' ? JSONSRC_PASS : enter(r, place, REPLIES);
	return jsonval_named(place->name, "seed " MEMBERS) ? JSONSRC_TAKE : JSONSRC_PASS;
}

static enum jsonsrc_choice
choose_in_root(struct reader *r, const struct jsonsrc_place *place)
{
	if (jsonval_named(place->name, "categories")) {
		r->categories_seen = true;
		return enter(r, place, CATEGORIES);
	}
	if (jsonval_named(place->name, "seed replies")) {
		/* The file is one thread. */
		r->in_thread = true;
		r->role[place->depth - 1] = THREAD;
	}
	if (place->kind == 's' || !jsonval_named(place->name, "threads moots entries comments"))
		return choose_in_thread(r, place);
	r->list_waits = !r->categories_seen;
	return enter(r, place, THREADS);
}

/* An object under `threads`: a thread, or threads by key. */
static enum jsonsrc_choice
choose_in_group(struct reader *r, const struct jsonsrc_place *place)
{
	if (place->kind == '{' && !jsonval_named(place->name, "seed page " AUTHOR))
		return enter_thread(r, place);
	if (!jsonval_named(place->name, "seed replies " MEMBERS))
		return JSONSRC_PASS;
	begin_thread(r, NULL, jsonsrc_path(r->json, place->depth - 1), place->line);
	r->role[place->depth - 1] = THREAD;
	return choose_in_thread(r, place);
}

static enum jsonsrc_choice
choose(void *ctx, const struct jsonsrc_place *place)
{
	struct reader *r = ctx;

	if (place->depth == 0) {
		r->list_waits = false;
		begin_thread(r, NULL, NULL, place->line);
		r->in_thread = false;
		return place->kind == 's' ? JSONSRC_PASS : enter(r, place, place->kind == '{' ? ROOT : LIST);
	}
	switch (r->role[place->depth - 1]) {
	case ROOT:
		return choose_in_root(r, place);
	case THREADS:
		if (place->kind == '[')
			return enter(r, place, LIST);
		if (place->kind == '{')
			return place->name == NULL ? enter_thread(r, place) : enter(r, place, GROUP);
		return place->name == NULL ? JSONSRC_TAKE : JSONSRC_PASS;
	case LIST:
		return place->kind == '{' ? enter_thread(r, place) : JSONSRC_TAKE;
	case GROUP:
		return choose_in_group(r, place);
	case THREAD:
		return choose_in_thread(r, place);
	case CATEGORIES:
	case REPLIES:
		break;
	}
	return JSONSRC_TAKE;
}

static int
on_category(struct reader *r, const struct jsonsrc_value *v, struct err *e)
{
	struct text path = mapping_member(&r->p.m, v->tree, "path");
	struct sidetable_row row = { .text[0] = mapping_member(&r->p.m, v->tree, "title") };

	if (path.n == 0 && v->place.name != NULL)
		path = field_literal(v->place.name);
	return r->second_pass || row.text[0].n == 0 ? 0 : sidetable_put(r->p.titles, path, &row, e);
}

static bool
on_value(struct reader *r, const struct jsonsrc_value *v, struct comment *c, struct err *e, enum rd_status *status)
{
	struct thread *t = &r->thread;

	switch (r->role[v->place.depth - 1]) {
	case CATEGORIES:
		return on_category(r, v, &r->err) == -1 && fail(r, e, status);
	case ROOT:
	case THREAD:
		if (!jsonval_named(v->place.name, "seed"))
			json_object_object_add(t->own, v->place.name, json_object_get(v->tree));
		else if (t->seed == NULL && json_object_is_type(v->tree, json_type_object))
			t->seed = json_object_get(v->tree);
		return false;
	case REPLIES:
		return on_reply(r, v, c, e, status);
	default:
		err_set(e, ERR_INPUT, "What stands at line %" PRIu64 " in the place of a thread is none.", v->place.line);
		return skip(r, r->list_waits, v, ISSUE_BAD_RECORD, c, status);
	}
}

static bool
on_bad(struct reader *r, const struct jsonsrc_value *v, struct comment *c, struct err *e, enum rd_status *status)
{
	enum role role = v->place.depth > 0 ? r->role[v->place.depth - 1] : LIST;

	if (e != NULL)
		*e = r->err;
	return skip(r, r->list_waits || (role == REPLIES && r->thread.waits), v, v->reason, c, status);
}

/* Behind the last byte that can be read. */
static bool
at_end(struct reader *r, bool fine, struct comment *c, struct err *e, enum rd_status *status)
{
	if (r->in_thread && end_thread(r, false, c, e, status))
		return true;
	if (r->held_back > 0 && !r->second_pass) {
		r->second_pass = true;
		r->categories_seen = false;
		r->ordinal = r->threads_n = 0;
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
		return on_value(r, &v, c, e, status);
	case JSONSRC_ENTERED:
		return r->role[v.place.depth] == REPLIES && on_replies(r, c, status);
	case JSONSRC_LEFT:
		return r->role[v.place.depth] == THREAD && end_thread(r, true, c, e, status);
	case JSONSRC_BAD:
		return on_bad(r, &v, c, e, status);
	default:
		return at_end(r, event == JSONSRC_END, c, e, status);
	}
}

/* --- the format ---------------------------------------------------------------------------------- */

static const struct format_option options[] = {
	{ "base_url", "Address of the site", "https://blog.example.org: the export has no addresses", OPTION_URL, NULL, NULL,
	    true },
	{ "users", "Users with their e-mail addresses", "The .csv file: path of the user, e-mail address", OPTION_FILE, NULL,
	    NULL, false },
	{ "path_prefix", "Only paths that begin with", "For example /forum/blog.example.org", OPTION_TEXT, NULL, NULL, false },
	{ .name = NULL },
};

static int
muut_sniff(const uint8_t *head, size_t n)
{
	/* A thread is a "seed" with replies, a person has a "displayname" in one word; both stand below paths. */
	static const char *const signs[] = {
		"seed", "displayname", "replies spam_level like_count", "threads moots", "categories", "path", "^threads moots",
		"^categories", NULL
	};
	enum { SEED = 1, NAME = 2, POST = 4, THREADS_ = 8, CATEGORIES_ = 16, PATH = 32, ROOTS = 64 | 128 };
	uint32_t found = mapping_sniff(head, n, signs);

	if (found & SEED && found & (NAME | POST | THREADS_ | PATH))
		return 95;
	if (found & NAME && found & PATH && found & (POST | THREADS_ | CATEGORIES_))
		return 90;
	/* Without a thread: the two members of its root. */
	return (found & ROOTS) == ROOTS && !(found & ~(ROOTS | THREADS_ | CATEGORIES_ | PATH)) ? 70 : 0;
}

static bool
muut_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return jsonsrc_was_empty(r->json, "threads moots");
}

static void
muut_close(struct reader *r)
{
	if (r == NULL)
		return;
	jsonsrc_close(r->json);
	json_object_put(r->thread.own);
	json_object_put(r->thread.seed);
	sidetable_free(r->p.users);
	sidetable_free(r->p.titles);
	sidetable_free(r->threads);
	arena_free(r->p.m.arena);
	arena_free(r->t.arena);
	sb_free(&r->p.sb);
	free(r);
}

static struct text
option_text(const struct format_options *given, const char *name)
{
	const char *value = format_option(&muut_format, given, name);

	return field_literal(value != NULL ? value : "");
}

static int
prepare(struct reader *r, struct input *in, const struct format_options *given, struct err *e)
{
	if ((r->json = jsonsrc_open(in, choose, r, given, e)) == NULL ||
	    (r->p.users = sidetable_new("users", e)) == NULL ||
	    (r->p.titles = sidetable_new("categories", e)) == NULL ||
	    (r->threads = sidetable_new("threads", e)) == NULL)
		return -1;
	if ((r->p.m.arena = arena_new(ARENA_CAP)) == NULL || (r->t.arena = arena_new(ARENA_CAP)) == NULL)
		return err_nomem(e);
	jsonsrc_alone(r->json);
	return given != NULL && given->second_file != NULL ? muut_post_read_users(&r->p, given->second_file, e) : 0;
}

static struct reader *
muut_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->p.options = given;
	r->prefix = option_text(given, "path_prefix");
	r->p.base = option_text(given, "base_url");
	while (r->p.base.n > 0 && r->p.base.p[r->p.base.n - 1] == '/')
		r->p.base.n--;
	sb_init(&r->p.sb, ARENA_CAP);
	if (prepare(r, in, given, e) == -1) {
		muut_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
muut_next(struct reader *r, struct comment *c, struct err *e)
{
	enum rd_status status = RD_FATAL;
	bool done = r->failed && fail(r, e, &status);

	while (!done) {
		arena_reset(r->p.m.arena);
		memset(c->text, 0, sizeof(c->text));
		done = on_event(r, c, e, &status);
		if ((r->p.m.failed || r->t.failed) && !r->failed) {
			err_nomem(&r->err);
			done = fail(r, e, &status);
		}
	}
	return status;
}

const struct format muut_format = {
	.name = "muut",
	.source = "muut",
	.title = "Muut",
	.accepts = "the file that Muut's JSON export gave you (.gz or .json)",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.escaped_texts = 1u << CT_PAGE_TITLE | 1u << CT_AUTHOR_NAME,
	.sniff = muut_sniff,
	.open = muut_open,
	.next = muut_next,
	.is_empty = muut_is_empty,
	.close = muut_close,
};
