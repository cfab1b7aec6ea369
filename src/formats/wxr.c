/*
 * The WordPress export (WXR 1.0 to 1.2), as formats/wordpress-wxr.md describes it, with its dialects: wp-cli,
 * WordPress.com, the custom import format of Disqus, Multilingual Press, files saved from a browser.
 * Names are local names without regard to case (comment_id, comment_ID); namespaces do not matter.
 *
 * An item's comments are held back until the item ends, because its own fields and, for comments without a
 * usable date in UTC, their neighbours' dates may come behind them.  An item with over HOLD_MAX of them goes out as far
 * as it is known; a field of its own that comes after that is an error, never a wrong page.
 */
#include "formats/format.h"

#include "util/clock.h"

#include "formats/author.h"
#include "formats/field.h"
#include "formats/wordpress_types.h"
#include "formats/wxrpage.h"
#include "formats/xmlmap.h"

#define WANT_TEXT	4096
#define WANT_META	256		/* of commentmeta: a rating, a kind of webmention */
#define WANT_BODY	(LIMIT_BODY_PLAIN_BYTES + 4096)
#define HOLD_MAX	(1024 * 1024)
#define OFFSET_MAX_MS	(26 * INT64_C(3600000))

enum object { RSS = 1, CHANNEL, ITEM, COMMENT, REMOTE, META };

enum field {
	C_ID = WXR_FIELD__MAX,	/* behind those of channel and item */
	C_PARENT, C_POST, C_AUTHOR, C_EMAIL, C_URL, C_IP, C_USER, C_DATE, C_DATE_GMT, C_CONTENT, C_APPROVED, C_TYPE,
	REMOTE_ID, REMOTE_AVATAR,
	META_KEY, META_VALUE,
	RATING, LINKBACK,	/* no elements: the values of the meta that are these */
	FIELD__MAX
};

#define ITEM_FIRST	ITEM_TITLE
#define ITEM_LAST	ITEM_DATE_GMT

static const struct xmlmap_rule rules[] = {
	{ 0, "rss", .opens = RSS },
	{ 0, "channel", .opens = CHANNEL },
	{ RSS, "channel", .opens = CHANNEL },
	{ CHANNEL, "item", .opens = ITEM },
	{ CHANNEL, "comment", .opens = COMMENT },
	{ ITEM, "comment", .opens = COMMENT },
	{ COMMENT, "remote", .opens = REMOTE },
	{ COMMENT, "commentmeta", .opens = META },

	{ CHANNEL, "title", 0, SITE_TITLE, WANT_TEXT, .unprefixed = true },
	{ CHANNEL, "link", 0, SITE_LINK, WANT_TEXT, .unprefixed = true },
	{ CHANNEL, "base_blog_url", 0, SITE_BLOG_URL, WANT_TEXT, false },

	{ ITEM, "title", 0, ITEM_TITLE, WANT_TEXT, .unprefixed = true },
	{ ITEM, "link", 0, ITEM_LINK, WANT_TEXT, .unprefixed = true },
	{ ITEM, "post_id", 0, ITEM_ID, WANT_TEXT, false },
	{ ITEM, "thread_identifier", 0, ITEM_THREAD, WANT_TEXT, false },
	{ ITEM, "status", 0, ITEM_STATUS, WANT_TEXT, false },
	{ ITEM, "post_type", 0, ITEM_TYPE, WANT_TEXT, false },
	{ ITEM, "post_date", 0, ITEM_DATE, WANT_TEXT, false },
	{ ITEM, "post_date_gmt", 0, ITEM_DATE_GMT, WANT_TEXT, false },

	{ COMMENT, "comment_id", 0, C_ID, WANT_TEXT, false },
	{ COMMENT, "comment_parent", 0, C_PARENT, WANT_TEXT, false },
	{ COMMENT, "comment_post_id", 0, C_POST, WANT_TEXT, false },
	{ COMMENT, "comment_author", 0, C_AUTHOR, WANT_TEXT, false },
	{ COMMENT, "comment_author_email", 0, C_EMAIL, WANT_TEXT, false },
	{ COMMENT, "comment_author_url", 0, C_URL, WANT_TEXT, false },
	{ COMMENT, "comment_author_ip", 0, C_IP, WANT_TEXT, false },
	{ COMMENT, "comment_user_id", 0, C_USER, WANT_TEXT, false },
	{ COMMENT, "user_id", 0, C_USER, WANT_TEXT, false },
	{ COMMENT, "comment_date", 0, C_DATE, WANT_TEXT, false },
	{ COMMENT, "comment_date_gmt", 0, C_DATE_GMT, WANT_TEXT, false },
	{ COMMENT, "comment_content", 0, C_CONTENT, WANT_BODY, false },
	{ COMMENT, "comment_approved", 0, C_APPROVED, WANT_TEXT, false },
	{ COMMENT, "comment_type", 0, C_TYPE, WANT_TEXT, false },
	{ REMOTE, "id", 0, REMOTE_ID, WANT_TEXT, false },
	{ REMOTE, "avatar", 0, REMOTE_AVATAR, WANT_TEXT, false },
	{ META, "meta_key", 0, META_KEY, WANT_META, false },
	{ META, "meta_value", 0, META_VALUE, WANT_META, false },
	{ .name = NULL }
};

/* A comment that waits for its item. */
struct held {
	struct comment	 c;
	enum issue_reason reason;		/* of wordpress_types_reason() */
	struct text	 post_id;		/* its own word for its page */
	int64_t		 local, utc;		/* dates, CLOCK_UNKNOWN if unusable */
	struct held	*next;
};

struct reader {
	const struct format_options	*options;
	struct xmlqueue			*queue;
	struct xmlmap			 map;
	struct wxr_site			 site;
	struct text			 field[FIELD__MAX];
	bool				 in_item;
	uint64_t			 item_line, comment_line;
	struct wxr_page			 page;		/* of the item, once comments of it go out */

	struct held			*first, **last;
	size_t				 held_bytes;
	bool				 frozen;	/* comments of this item went out before its end */
	size_t				 frozen_bytes;	/* of the item's own fields then */

	bool				 offset_known;
	int64_t				 offset;	/* local time minus UTC, of the last comment that has both */
	uint64_t			 ordinal;
};

/* --- dates --------------------------------------------------------------------------- */

static bool
offset_of(int64_t local, int64_t utc, int64_t *offset)
{
	if (local == CLOCK_UNKNOWN || utc == CLOCK_UNKNOWN)
		return false;
	*offset = local - utc;
	return *offset >= -OFFSET_MAX_MS && *offset <= OFFSET_MAX_MS;
}

/* Before the first comment that has both dates: the offset of the next one, else of the post. */
static void
find_offset(struct reader *r, const struct wxr_page *page)
{
	const struct held *h = r->first;

	if (r->offset_known)
		return;
	while (h != NULL && !offset_of(h->local, h->utc, &r->offset))
		h = h->next;
	r->offset_known = h != NULL;
	if (h == NULL && !offset_of(page->local, page->utc, &r->offset))
		r->offset = 0;
}

/* UTC; else local time with the offset seen nearby; else when the post was written.  Never now. */
static int64_t
created(struct reader *r, const struct held *h, const struct wxr_page *page)
{
	int64_t offset;

	if (offset_of(h->local, h->utc, &offset)) {
		r->offset = offset;
		r->offset_known = true;
	}
	if (h->utc != CLOCK_UNKNOWN)
		return h->utc;
	if (h->local != CLOCK_UNKNOWN)
		return h->local - r->offset;
	if (page->utc != CLOCK_UNKNOWN)
		return page->utc;
	return page->local != CLOCK_UNKNOWN ? page->local - r->offset : CLOCK_UNKNOWN;
}

/* --- pages --------------------------------------------------------------------------- */

/* A comment outside of items names its post (Multilingual Press): that is all there is. */
static const struct wxr_page no_item = {
	.id = { .p = "~", .n = 1, .said = true }, .missing = true, .public = true,
	.local = CLOCK_UNKNOWN, .utc = CLOCK_UNKNOWN,
};

static const char *
id_of(const struct comment *c)
{
	/* Texts of ours end in a NUL byte. */
	return c->text[CT_EXTERNAL_ID].n > 0 ? c->text[CT_EXTERNAL_ID].p : NULL;
}

static void
set_page(struct reader *r, const struct held *h, struct comment *c)
{
	bool by_comment = r->page.missing && !wxr_nothing(h->post_id);

	c->text[CT_PAGE_ID] = by_comment ? h->post_id : r->page.id;
	if (r->page.url.n > 0)
		c->text[CT_PAGE_URL] = r->page.url;
	if (r->page.title.n > 0)
		c->text[CT_PAGE_TITLE] = r->page.title;
	if (r->page.missing && !by_comment)
		format_note(r->options, ISSUE_PAGE_MISSING, id_of(c), c->line);
	if (r->page.odd)
		format_note(r->options, ISSUE_PAGE_URL_ODD, id_of(c), c->line);
	r->page.odd = false;
}

/* --- what was held back -------------------------------------------------------------- */

static int
release_one(struct reader *r, struct held *h, struct err *e)
{
	struct comment *c = &h->c, *added;
	bool taken;

	taken = h->reason == ISSUE__MAX || !issue_kinds[h->reason].skips;
	if (taken && !r->page.public) {
		h->reason = ISSUE_PAGE_NOT_PUBLIC;
		taken = false;
	}
	c->text[CT_SOURCE_SITE] = (struct text){ .p = sb_text(&r->site.home), .n = r->site.home.n, .said = true };
	c->number[CN_CREATED_AT].v = created(r, h, &r->page);
	c->number[CN_CREATED_AT].said = c->number[CN_CREATED_AT].said || c->number[CN_CREATED_AT].v != CLOCK_UNKNOWN;
	if (taken)
		set_page(r, h, c);
	if ((added = xmlqueue_add(r->queue, taken ? RD_ITEM : RD_SKIPPED, e)) == NULL)
		return -1;
	*added = *c;
	if (!taken)
		added->skipped = h->reason;
	else if (h->reason != ISSUE__MAX)
		format_note(r->options, h->reason, id_of(c), c->line);
	return 0;
}

static int
release(struct reader *r, struct err *e)
{
	int ret = 0;

	if (r->first != NULL)
		wxr_site_settle(&r->site, r->field);
	find_offset(r, &r->page);
	for (; r->first != NULL && ret == 0; r->first = r->first->next)
		ret = release_one(r, r->first, e);
	r->last = &r->first;
	r->held_bytes = 0;
	return ret;
}

static size_t
item_bytes(const struct reader *r)
{
	size_t n = 0;
	int i;

	for (i = ITEM_FIRST; i <= ITEM_LAST; i++)
		n += r->field[i].n;
	return n;
}

static int
read_page(struct reader *r, struct err *e)
{
	return wxr_page_read(&r->site, r->field, xmlqueue_arena(r->queue), &r->page, e);
}

/* Comments go out before their item ended. */
static int
freeze(struct reader *r, struct err *e)
{
	if (!r->frozen && read_page(r, e) == -1)
		return -1;
	r->frozen = true;
	r->frozen_bytes = item_bytes(r);
	return release(r, e);
}

static int
end_item(struct reader *r, struct err *e)
{
	r->in_item = false;
	if (r->frozen && item_bytes(r) != r->frozen_bytes)
		return err_set(e, ERR_LIMIT, "The item on line %" PRIu64 " has its title, address or number behind over 1 MB of "
		    "comments, which cannot be read.", r->item_line);
	if (!r->frozen && read_page(r, e) == -1)
		return -1;
	return release(r, e);
}

/* --- comments ------------------------------------------------------------------------ */

/* 0 stands for nobody and nothing: the source said that there is none. */
static struct text
reference(struct text t)
{
	if (field_is(t, "0"))
		t.n = 0;
	return t;
}

static enum issue_reason
reason_of(const struct text *field)
{
	struct wordpress_row row = {
		.type = field[C_TYPE], .linkback = field[LINKBACK], .approved = field[C_APPROVED],
		.name = field[C_AUTHOR], .email = field[C_EMAIL], .body = field[C_CONTENT],
	};

	return wordpress_types_reason(&row);
}

static void
map_numbers(const struct text *field, struct comment *c)
{
	struct text approved = field[C_APPROVED];
	bool deleted = field_is(approved, "trash") || field_is(approved, "post-trashed");

	c->number[CN_IS_APPROVED] = (struct number){ field_is(approved, "1"), approved.said };
	c->number[CN_IS_SPAM] = (struct number){ field_is(approved, "spam"), approved.said };
	c->number[CN_IS_DELETED] = (struct number){ deleted, approved.said };
	c->number[CN_CREATED_AT].said = field[C_DATE].said || field[C_DATE_GMT].said;
}

static int
map_texts(struct reader *r, struct comment *c, struct err *e)
{
	const struct text *field = r->field;
	struct text user = wxr_nothing(field[C_USER]) && field[REMOTE_ID].said ? field[REMOTE_ID] : field[C_USER];
	char *extra;

	/* Without a number of its own it gets one made of what it says. */
	if (!wxr_nothing(field[C_ID]))
		c->text[CT_EXTERNAL_ID] = field[C_ID];
	c->text[CT_PARENT_EXTERNAL_ID] = reference(field[C_PARENT]);
	c->text[CT_AUTHOR_NAME] = field[C_AUTHOR];
	if (field[C_AUTHOR].said && field[C_AUTHOR].n == 0)
		c->text[CT_AUTHOR_NAME] = field_literal("Anonymous");
	c->text[CT_AUTHOR_EMAIL] = field[C_EMAIL];
	if (author_email_made_up(field[C_EMAIL]))
		c->text[CT_AUTHOR_EMAIL].n = 0;
	c->text[CT_AUTHOR_URL] = field[C_URL];
	c->text[CT_AUTHOR_IP] = field[C_IP];
	c->text[CT_AUTHOR_EXTERNAL_ID] = reference(user);
	c->text[CT_AUTHOR_AVATAR] = field[REMOTE_AVATAR];
	c->text[CT_BODY_HTML] = field[C_CONTENT];
	c->body_kind = BODY_WORDPRESS;
	if (field[RATING].n == 0)
		return 0;
	if ((extra = arena_printf(xmlqueue_arena(r->queue), "{\"rating\":%s}", field[RATING].p)) == NULL)
		return err_nomem(e);
	c->text[CT_EXTRA] = field_literal(extra);
	return 0;
}

static int
end_comment(struct reader *r, struct err *e)
{
	struct held *h = arena_zalloc(xmlqueue_arena(r->queue), 1, sizeof(*h));
	int i;

	if (h == NULL)
		return err_nomem(e);
	h->c.ordinal = r->ordinal++;
	h->c.line = r->comment_line;
	h->reason = reason_of(r->field);
	h->post_id = r->field[C_POST];
	h->local = wxr_date(r->field[C_DATE]);
	h->utc = wxr_date(r->field[C_DATE_GMT]);
	/* The plugin has this date alone, and says nothing where it holds zeros. */
	h->c.date_worked_out = r->field[C_DATE_GMT].said && h->utc == CLOCK_UNKNOWN;
	map_numbers(r->field, &h->c);
	if (map_texts(r, &h->c, e) == -1)
		return -1;
	for (i = 0; i < CT__MAX; i++)
		r->held_bytes += h->c.text[i].n;
	r->held_bytes += sizeof(*h);
	*r->last = h;
	r->last = &h->next;
	/* Not to be carried from chunk to chunk until the next comment. */
	r->field[C_CONTENT] = (struct text){ .said = false };
	if (r->in_item)
		return r->frozen || r->held_bytes > HOLD_MAX ? freeze(r, e) : 0;
	r->page = no_item;
	return release(r, e);
}

/* WooCommerce's stars, a number that JSON takes as it is; what Semantic Linkbacks, or Webmention, took a webmention for. */
static void
end_meta(struct reader *r)
{
	struct text key = r->field[META_KEY], value = r->field[META_VALUE];

	if (field_is(key, "rating") && value.n == 1 && value.p[0] >= '0' && value.p[0] <= '9')
		r->field[RATING] = value;
	else if (field_is(key, "semantic_linkbacks_type") || field_is(key, "webmention_type"))
		r->field[LINKBACK] = value;
}

/* --- events -------------------------------------------------------------------------- */

static int
on_begin(void *ctx, int object, const struct xmlsrc_element *el, struct err *e)
{
	struct reader *r = ctx;

	(void)e;
	if (object == ITEM) {
		r->in_item = true;
		r->frozen = false;
		r->item_line = el->line;
	} else if (object == COMMENT) {
		r->comment_line = el->line;
		r->field[REMOTE_ID] = r->field[REMOTE_AVATAR] = r->field[RATING] = r->field[LINKBACK] = (struct text){ .said = false };
	}
	return 0;
}

static int
on_end(void *ctx, int object, struct err *e)
{
	struct reader *r = ctx;

	if (object == ITEM)
		return end_item(r, e);
	if (object == COMMENT)
		return end_comment(r, e);
	if (object == META)
		end_meta(r);
	return 0;
}

static int
keep_held(struct reader *r, struct arena *arena, struct err *e)
{
	struct held **link, *copy;

	for (link = &r->first; *link != NULL; link = &copy->next) {
		if ((copy = arena_zalloc(arena, 1, sizeof(*copy))) == NULL)
			return err_nomem(e);
		*copy = **link;
		if (xmlmap_keep(copy->c.text, CT__MAX, arena, e) == -1 || xmlmap_keep(&copy->post_id, 1, arena, e) == -1)
			return -1;
		*link = copy;
	}
	r->last = link;
	return 0;
}

static int
keep(void *ctx, struct arena *arena, struct err *e)
{
	struct reader *r = ctx;

	if (xmlmap_keep(r->field, FIELD__MAX, arena, e) == -1 || xmlmap_keep(&r->page.id, 1, arena, e) == -1 ||
	    xmlmap_keep(&r->page.url, 1, arena, e) == -1 || xmlmap_keep(&r->page.title, 1, arena, e) == -1)
		return -1;
	return keep_held(r, arena, e);
}

/* The file ends, maybe in the middle of an item: its complete comments go out, if it has said which page it is. */
static int
finish(void *ctx, struct err *e)
{
	struct reader *r = ctx;

	if (r->first == NULL)
		return 0;
	if (read_page(r, e) == -1)
		return -1;
	return r->page.missing ? 0 : release(r, e);
}

static const struct xmlsrc_handler handler = {
	.root = "rss", .other_root = "channel", .start = xmlmap_start, .end = xmlmap_end,
};
static const struct xmlqueue_owner owner = { .keep = keep, .finish = finish };

/* --- the format ---------------------------------------------------------------------- */

static const char *const page_keys[] = { "identifier", "link", NULL };
static const char *const page_key_titles[] = { "The number of the post", "Always their address", NULL };

static const struct format_option options[] = {
	{ "page_key", "What tells pages apart", NULL, OPTION_CHOICE, page_keys, page_key_titles, false },
	{ .name = NULL },
};

static bool
has(const uint8_t *head, size_t n, const char *what)
{
	return memmem(head, n, what, strlen(what)) != NULL;
}

static int
wxr_sniff(const uint8_t *head, size_t n)
{
	static const char *const signs[] = { "wordpress.org/export/", "<wp:", "xmlns:dsq=", "<dsq:" };
	const char *name;
	size_t name_n, i;

	if (!xmlsrc_sniff_root(head, n, &name, &name_n) ||
	    !((name_n == 3 && memcmp(name, "rss", 3) == 0) || (name_n == 7 && memcmp(name, "channel", 7) == 0)))
		return 0;
	for (i = 0; i < ARRAY_LEN(signs); i++)
		if (has(head, n, signs[i]))
			return i == 0 ? 100 : 90;
	return 0;
}

static bool
wxr_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)r;
	/* The version, or the namespace of Disqus' custom import, which has none. */
	return has(head, n, "wxr_version>") || has(head, n, "xmlns:dsq=");
}

static void
wxr_close(struct reader *r)
{
	if (r == NULL)
		return;
	xmlqueue_close(r->queue);
	wxr_site_free(&r->site);
	free(r);
}

static struct reader *
wxr_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	wxr_site_init(&r->site, strcmp(format_option(&wxr_format, given, "page_key"), "link") == 0);
	r->last = &r->first;
	r->map = (struct xmlmap){ .rules = rules, .fields = r->field, .begin = on_begin, .end = on_end, .ctx = r };
	if ((r->queue = r->map.queue = xmlqueue_open(in, &handler, &r->map, &owner, r, given, e)) == NULL) {
		wxr_close(r);
		return NULL;
	}
	return r;
}

static enum rd_status
wxr_next(struct reader *r, struct comment *c, struct err *e)
{
	return xmlqueue_next(r->queue, c, e);
}

const struct format wxr_format = {
	.name = "wxr",
	.source = "wordpress",
	.xml = true,
	.title = "WordPress (XML)",
	.accepts = "the file that WordPress gave you under Tools, Export (.xml, .xml.gz or .zip)",
	.options = options,
	/* What both this file and the plugin say. */
	.hash_texts = 1u << CT_PARENT_EXTERNAL_ID | 1u << CT_AUTHOR_NAME | 1u << CT_AUTHOR_EMAIL | 1u << CT_BODY_HTML,
	.hash_numbers = 1u << CN_CREATED_AT | 1u << CN_IS_APPROVED | 1u << CN_IS_SPAM,
	.escaped_texts = 1u << CT_PAGE_TITLE | 1u << CT_AUTHOR_NAME | 1u << CT_AUTHOR_URL,
	.sniff = wxr_sniff,
	.open = wxr_open,
	.next = wxr_next,
	.is_empty = wxr_is_empty,
	.close = wxr_close,
	.writer = &wxr_writer,
};
