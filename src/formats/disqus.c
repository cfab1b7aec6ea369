/*
 * The Disqus comments export, as formats/disqus.md describes it: categories, then threads
 * (one for each page), then posts.  Other orders occur, so nothing is taken from order alone.
 *
 * Threads go into a table, posts come out one by one.  A post whose thread did not come before it is held back:
 * counted, not kept.  If there were any, the file is read a second time (RD_AGAIN), and exactly those posts come
 * out: for each thread the table knows how many posts came before it, so that the second pass knows what the first
 * one did.
 *
 * References carry the other object's dsq:id as an attribute, or (help page only) its `id` element as text.
 * The attribute wins, with one exception: in files whose posts have no dsq:id, `id` is the comment's id,
 * and there a parent's text is that id.  A parent given as text while posts have a dsq:id
 * cannot be resolved without keeping every post's `id`; no real export does that, and the comment is
 * then reported as a reply to a comment that is not here.
 */
#include <strings.h>

#include "formats/format.h"

#include "util/clock.h"
#include "util/weburl.h"

#include "formats/field.h"
#include "formats/pagetable.h"
#include "formats/xmlqueue.h"

#define WANT_TEXT	4096
#define WANT_BODY	(LIMIT_BODY_PLAIN_BYTES + 4096)

enum field {
	F_ID, F_LINK, F_TITLE, F_MESSAGE, F_CREATED, F_DELETED, F_SPAM, F_APPROVED, F_IP, F_THREAD, F_PARENT,
	F_NAME, F_EMAIL, F_AUTHOR_LINK, F_USERNAME,
	F_DSQ_ID, F_THREAD_REF, F_PARENT_REF,	/* attributes: of the object, of its thread and parent elements */
	F__MAX
};

enum object { NOTHING, THREAD, POST };

/* Which element is which field: by the object, whether inside its author, and local name. */
static const struct element {
	enum object	 object;
	bool		 in_author;
	const char	*name;
	enum field	 field;
} elements[] = {
	{ POST, false, "id", F_ID },
	{ POST, false, "message", F_MESSAGE },
	{ POST, false, "createdAt", F_CREATED },
	{ POST, false, "isDeleted", F_DELETED },
	{ POST, false, "isSpam", F_SPAM },
	{ POST, false, "isApproved", F_APPROVED },
	{ POST, false, "ipAddress", F_IP },
	{ POST, false, "thread", F_THREAD },
	{ POST, false, "parent", F_PARENT },
	{ POST, true, "name", F_NAME },
	{ POST, true, "email", F_EMAIL },
	{ POST, true, "link", F_AUTHOR_LINK },
	{ POST, true, "username", F_USERNAME },
	{ THREAD, false, "id", F_ID },
	{ THREAD, false, "link", F_LINK },
	{ THREAD, false, "title", F_TITLE },
	{ THREAD, false, "isDeleted", F_DELETED },
};

/* A thread or post, trimmed, in the arena; said: the element was there. */
struct record {
	enum object	kind;
	struct text	field[F__MAX];
	uint64_t	line;
};

struct reader {
	const struct format_options	*options;
	bool				 by_link;	/* page_key = link */
	struct xmlqueue			*queue;
	struct pagetable		*threads;
	struct sb			 key;		/* a normalised link */

	struct record			 record;	/* that is being read */
	bool				 in_author;

	uint64_t			 ordinal;	/* of the next post */
	uint64_t			 held_back;
	bool				 second_pass;
};

/* Only these are seen in real files; anything else says nothing. */
static bool
boolean(struct text t, bool otherwise)
{
	if (field_is(t, "true") || field_is(t, "1"))
		return true;
	if (field_is(t, "false") || field_is(t, "0"))
		return false;
	return otherwise;
}

/* --- threads ----------------------------------------------------------------------- */

/* The identity of a page: its own identifier; its address where that is empty or the option says so. */
static struct text
page_id(struct reader *r, const struct record *thread)
{
	struct text id = thread->field[F_ID], link = thread->field[F_LINK];

	if (id.n > 0 && (!r->by_link || link.n == 0))
		return id;
	sb_reset(&r->key);
	if (!weburl_page(link.p, link.n, &r->key) || !sb_ok(&r->key))
		return link;
	return (struct text){ .p = sb_text(&r->key), .n = r->key.n, .said = true };
}

static int
end_thread(struct reader *r, struct err *e)
{
	const struct record *t = &r->record;
	struct pagetable_page page = {
		.key = t->field[F_DSQ_ID].n > 0 ? t->field[F_DSQ_ID] : t->field[F_ID],
		.name = t->field[F_ID],
		.page_id = page_id(r, t),
		.url = t->field[F_LINK],
		.title = t->field[F_TITLE].n > 0 ? t->field[F_TITLE] : t->field[F_LINK],
		.position = r->ordinal,
		.deleted = boolean(t->field[F_DELETED], false),
	};

	/* The first pass has put them all in. */
	return r->second_pass ? 0 : pagetable_add(r->threads, &page, e);
}

/*
 * The thread of a post.  False if it is not in the table.  *first_pass: whether the first pass, at this post, had it
 * already; in the first pass itself that is the same.
 */
static bool
find_thread(const struct reader *r, const struct record *post, struct pagetable_page *page, bool *first_pass)
{
	struct pagetable_page by_name;
	bool found = pagetable_by_key(r->threads, post->field[F_THREAD_REF], page);

	*first_pass = found && page->position <= r->ordinal;
	if (!found || !*first_pass) {
		bool named = pagetable_by_name(r->threads, post->field[F_THREAD], &by_name);

		*first_pass = *first_pass || (named && by_name.position <= r->ordinal);
		if (!found && named)
			*page = by_name;
		found = found || named;
	}
	return found;
}

/* --- posts ------------------------------------------------------------------------- */

/* The page of a post whose thread is not in the file. */
static int
missing_page(struct reader *r, const struct record *post, struct comment *c, const char *id, struct err *e)
{
	struct text ref = post->field[F_THREAD_REF].n > 0 ? post->field[F_THREAD_REF] : post->field[F_THREAD];

	if (field_made_up(xmlqueue_arena(r->queue), ref, &c->text[CT_PAGE_ID], e) == -1)
		return -1;
	format_note(r->options, ISSUE_PAGE_MISSING, id, post->line);
	return 0;
}

static int
known_page(struct reader *r, const struct record *post, const struct pagetable_page *page, struct comment *c,
    const char *id, struct err *e)
{
	/* A thread with neither identifier nor address is known by its number alone. */
	if (page->page_id.n == 0 && missing_page(r, post, c, id, e) == -1)
		return -1;
	if (page->page_id.n > 0 && field_copy(xmlqueue_arena(r->queue), page->page_id, &c->text[CT_PAGE_ID], e) == -1)
		return -1;
	if (page->url.n > 0 && field_copy(xmlqueue_arena(r->queue), page->url, &c->text[CT_PAGE_URL], e) == -1)
		return -1;
	if (page->title.n > 0 && field_copy(xmlqueue_arena(r->queue), page->title, &c->text[CT_PAGE_TITLE], e) == -1)
		return -1;
	if (page->url.n > 0 && !weburl_usable(page->url.p, page->url.n) && pagetable_first_visit(r->threads, page->key))
		format_note(r->options, ISSUE_PAGE_URL_ODD, id, post->line);
	return 0;
}

static bool
ends_with(struct text t, const char *end)
{
	size_t n = strlen(end);

	return t.n >= n && strncasecmp(t.p + t.n - n, end, n) == 0;
}

/* Made-up values say nothing about the person: left out as if they were absent. */
static void
leave_out_placeholders(struct reader *r, const struct record *post, struct comment *c, const char *id)
{
	if (ends_with(c->text[CT_AUTHOR_EMAIL], "@blogger.disqus.net")) {
		c->text[CT_AUTHOR_EMAIL].said = false;
		format_note(r->options, ISSUE_VALUE_LEFT_OUT, id, post->line);
	}
	if (field_is(c->text[CT_AUTHOR_IP], "127.0.0.1") || field_is(c->text[CT_AUTHOR_IP], "255.255.255.255")) {
		c->text[CT_AUTHOR_IP].said = false;
		format_note(r->options, ISSUE_VALUE_LEFT_OUT, id, post->line);
	}
}

static struct number
flag(bool v)
{
	return (struct number){ .v = v, .said = true };
}

static void
map_numbers(const struct record *post, bool thread_deleted, struct comment *c)
{
	struct text created = post->field[F_CREATED];
	bool spam = boolean(post->field[F_SPAM], false);
	bool deleted = thread_deleted || boolean(post->field[F_DELETED], false);

	c->number[CN_IS_SPAM] = flag(spam);
	c->number[CN_IS_DELETED] = flag(deleted);
	c->number[CN_IS_APPROVED] = flag(!spam && !deleted && boolean(post->field[F_APPROVED], true));
	c->number[CN_CREATED_AT].said = created.said;
	if (created.said && clock_parse(created.p, created.n, &c->number[CN_CREATED_AT].v) == -1)
		c->number[CN_CREATED_AT].v = CLOCK_UNKNOWN;
}

static struct text
parent(const struct record *post)
{
	struct text ref = post->field[F_PARENT_REF], text = post->field[F_PARENT];

	/* See the head of this file. */
	if (post->field[F_DSQ_ID].n == 0 && text.n > 0)
		ref = text;
	if (ref.n == 0)
		ref = text;
	return ref;
}

static void
map_texts(const struct record *post, struct comment *c)
{
	c->text[CT_SOURCE_SITE] = field_literal("");
	c->text[CT_EXTERNAL_ID] = post->field[F_DSQ_ID].n > 0 ? post->field[F_DSQ_ID] : post->field[F_ID];
	c->text[CT_PARENT_EXTERNAL_ID] = parent(post);
	c->text[CT_AUTHOR_NAME] = post->field[F_NAME];
	c->text[CT_AUTHOR_EMAIL] = post->field[F_EMAIL];
	c->text[CT_AUTHOR_URL] = post->field[F_AUTHOR_LINK];
	c->text[CT_AUTHOR_EXTERNAL_ID] = post->field[F_USERNAME];
	c->text[CT_AUTHOR_IP] = post->field[F_IP];
	c->text[CT_BODY_HTML] = post->field[F_MESSAGE];
	if (c->text[CT_AUTHOR_NAME].said && c->text[CT_AUTHOR_NAME].n == 0)
		c->text[CT_AUTHOR_NAME] = field_literal(c->number[CN_IS_DELETED].v ? "Deleted user" : "Anonymous");
}

static int
deliver(struct reader *r, const struct pagetable_page *page, struct err *e)
{
	const struct record *record = &r->record;
	struct comment c = { .ordinal = r->ordinal, .line = record->line }, *added;
	const char *id;

	map_numbers(record, page != NULL && page->deleted, &c);
	map_texts(record, &c);
	/* Texts of ours end in a NUL byte. */
	id = c.text[CT_EXTERNAL_ID].n > 0 ? c.text[CT_EXTERNAL_ID].p : NULL;
	leave_out_placeholders(r, record, &c, id);
	if ((page != NULL ? known_page(r, record, page, &c, id, e) : missing_page(r, record, &c, id, e)) == -1 ||
	    (added = xmlqueue_add(r->queue, RD_ITEM, e)) == NULL)
		return -1;
	*added = c;
	return 0;
}

static int
end_post(struct reader *r, struct err *e)
{
	struct pagetable_page page;
	bool first_pass, found = find_thread(r, &r->record, &page, &first_pass);
	int ret = 0;

	if (first_pass != r->second_pass)
		ret = deliver(r, found ? &page : NULL, e);
	else if (!r->second_pass)
		r->held_back++;
	r->ordinal++;
	return ret;
}

/* --- events ------------------------------------------------------------------------ */

static enum field
field_of(const struct reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(elements); i++)
		if (elements[i].object == r->record.kind && elements[i].in_author == r->in_author &&
		    strcmp(elements[i].name, name) == 0)
			return elements[i].field;
	return F__MAX;
}

static int
attribute_id(struct reader *r, const struct xmlsrc_element *el, struct text *out, struct err *e)
{
	struct text value = { .n = 0 };

	/* The first of an element that comes twice counts. */
	if (out->said || (value.p = xmlsrc_attribute(el, "id", &value.n)) == NULL)
		return 0;
	return field_copy(xmlqueue_arena(r->queue), value, out, e);
}

static int
start_object(struct reader *r, const struct xmlsrc_element *el, struct err *e)
{
	memset(&r->record, 0, sizeof(r->record));
	r->record.line = el->line;
	r->in_author = false;
	if (strcmp(el->name, "thread") == 0)
		r->record.kind = THREAD;
	else if (strcmp(el->name, "post") == 0)
		r->record.kind = POST;
	else
		return 0;
	return attribute_id(r, el, &r->record.field[F_DSQ_ID], e);
}

static int
start_field(struct reader *r, const struct xmlsrc_element *el, size_t *want, struct err *e)
{
	enum field field;

	if (el->depth == 2 && r->record.kind == POST && strcmp(el->name, "author") == 0) {
		r->in_author = true;
		return 0;
	}
	if (el->depth != (r->in_author ? 3u : 2u) || (field = field_of(r, el->name)) == F__MAX)
		return 0;
	*want = field == F_MESSAGE ? WANT_BODY : WANT_TEXT;
	if (field == F_THREAD)
		return attribute_id(r, el, &r->record.field[F_THREAD_REF], e);
	if (field == F_PARENT)
		return attribute_id(r, el, &r->record.field[F_PARENT_REF], e);
	return 0;
}

static int
on_start(void *ctx, const struct xmlsrc_element *el, size_t *want, struct err *e)
{
	struct reader *r = ctx;

	if (el->depth == 1)
		return start_object(r, el, e);
	if (el->depth < 2 || r->record.kind == NOTHING)
		return 0;
	return start_field(r, el, want, e);
}

static int
end_object(struct reader *r, struct err *e)
{
	enum object kind = r->record.kind;
	int ret = 0;

	if (kind == THREAD)
		ret = end_thread(r, e);
	else if (kind == POST)
		ret = end_post(r, e);
	r->record.kind = NOTHING;
	return ret;
}

static int
on_end(void *ctx, const char *name, unsigned depth, const struct xmlsrc_text *text, struct err *e)
{
	struct reader *r = ctx;
	enum field field;

	if (depth == 1)
		return end_object(r, e);
	if (r->record.kind == NOTHING)
		return 0;
	if (depth == 2 && r->in_author) {
		r->in_author = false;
		return 0;
	}
	if (depth != (r->in_author ? 3u : 2u) || (field = field_of(r, name)) == F__MAX || r->record.field[field].said)
		return 0;
	return field_copy(xmlqueue_arena(r->queue), (struct text){ .p = text->p, .n = text->n }, &r->record.field[field], e);
}

/* What goes on in the next chunk: the record that is open. */
static int
keep(void *ctx, struct arena *arena, struct err *e)
{
	struct reader *r = ctx;
	struct text *field = r->record.field;
	int i;

	for (i = 0; r->record.kind != NOTHING && i < F__MAX; i++)
		if (field[i].said && field_copy(arena, field[i], &field[i], e) == -1)
			return -1;
	return 0;
}

static const struct xmlsrc_handler handler = { .root = "disqus", .start = on_start, .end = on_end };
static const struct xmlqueue_owner owner = { .keep = keep };

/* --- the format ---------------------------------------------------------------------- */

static const char *const page_keys[] = { "identifier", "link", NULL };
static const char *const page_key_titles[] = { "Their identifier, where they have one", "Always their address", NULL };

static const struct format_option options[] = {
	{ "page_key", "What tells pages apart", NULL, OPTION_CHOICE, page_keys, page_key_titles, false },
	{ .name = NULL },
};

static int
disqus_sniff(const uint8_t *head, size_t n)
{
	const char *name;
	size_t name_n;

	if (!xmlsrc_sniff_root(head, n, &name, &name_n) || name_n != 6 || memcmp(name, "disqus", 6) != 0)
		return 0;
	return memmem(head, n, "http://disqus.com", 17) != NULL ? 100 : 90;
}

static bool
disqus_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	/* The namespace is the sign. */
	(void)r;
	return disqus_sniff(head, n) == 100;
}

static void
disqus_close(struct reader *r)
{
	if (r == NULL)
		return;
	xmlqueue_close(r->queue);
	pagetable_free(r->threads);
	sb_free(&r->key);
	free(r);
}

static struct reader *
disqus_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	r->by_link = strcmp(format_option(&disqus_format, given, "page_key"), "link") == 0;
	sb_init(&r->key, WANT_TEXT);
	if ((r->queue = xmlqueue_open(in, &handler, r, &owner, r, given, e)) == NULL ||
	    (r->threads = pagetable_new(e)) == NULL) {
		disqus_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
disqus_next(struct reader *r, struct comment *c, struct err *e)
{
	struct err why = { .kind = ERR_NONE };
	enum rd_status status = xmlqueue_next(r->queue, c, &why);
	/* Posts that were held back in front of a break are as complete as the others. */
	bool read = status == RD_EOF || (status == RD_FATAL && why.kind == ERR_INPUT);

	if (read && r->held_back > 0 && !r->second_pass) {
		r->second_pass = true;
		r->ordinal = 0;
		r->record.kind = NOTHING;
		return xmlqueue_again(r->queue, e);
	}
	if (status == RD_FATAL && e != NULL)
		*e = why;
	return status;
}

const struct format disqus_format = {
	.name = "disqus",
	.source = "disqus",
	.xml = true,
	.title = "Disqus",
	.accepts = "the file that Disqus e-mailed you (.xml or .xml.gz)",
	.options = options,
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.escaped_texts = 1u << CT_PAGE_TITLE,
	.sniff = disqus_sniff,
	.open = disqus_open,
	.next = disqus_next,
	.is_empty = disqus_is_empty,
	.close = disqus_close,
	.writer = &disqus_writer,
};
