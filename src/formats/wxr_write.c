/*
 * Writes WXR 1.2, the WordPress export format, for WordPress's own importer; formats/wordpress-wxr.md tells what it
 * reads.
 *
 * - An item a page, numbered from 1.  Its dates, those of its earliest comment, stand behind the comments: then no
 *   page has to be held in memory.
 * - Comments are numbered from 1 through the file, because WordPress takes nothing but numbers; the importer sorts
 *   them by number and gives them new ones.  A reply whose parent did not come before it on its page becomes a
 *   comment of its own.
 * - The values stand as WordPress stores them: names, titles and an author's address are HTML-escaped once, the body
 *   is HTML in which each line break counts.
 */
#include "formats/format.h"

#include "util/clock.h"
#include "util/hash.h"
#include "util/idmap.h"
#include "util/sb.h"
#include "util/weburl.h"

#define COMMENT_MAX	(16 * 1024 * 1024)	/* of output: a body of 1 MiB, and what escaping makes of the rest */
#define REPLACEMENT	"\xef\xbf\xbd"
#define NO_DATE		"0000-00-00 00:00:00"	/* as WordPress has it where it knows none */
#define NO_POST_DATE	"1970-01-01 00:00:00"	/* a post without one gets that of its import */
#define DATE_SIZE	19

/* Comments of one page that may be parents of later ones.  24 bytes each, twice that at most: 48 MiB. */
#define PARENTS_MAX	((size_t)1 << 20)

struct writing {
	struct output	*out;
	struct sb	 sb, value;
	bool		 begun;			/* the header is written */
	uint64_t	 items, comments;	/* numbers given so far */
	uint8_t		 page[HASH128_SIZE];	/* whose item is open; items == 0: none is */
	struct idmap	*numbers;		/* of its comments, by id */
	int64_t		 earliest;		/* date of its comments; CLOCK_UNKNOWN */
};

/* --- values ------------------------------------------------------------------------- */

/* Length of the character at p that XML 1.0 does not know (texts are valid UTF-8), 0 if it knows it. */
static size_t
unknown_to_xml(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return 1;
	return n >= 3 && c == 0xef && (memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0) ? 3 : 0;
}

static void
add_text(struct sb *sb, const char *p, size_t n)
{
	size_t i, bad;

	for (i = 0; i < n; i += MAX(bad, (size_t)1)) {
		bad = unknown_to_xml(p + i, n - i);
		if (bad > 0)
			sb_str(sb, REPLACEMENT);
		else if (p[i] == '&')
			sb_str(sb, "&amp;");
		else if (p[i] == '<')
			sb_str(sb, "&lt;");
		else if (p[i] == '>')
			sb_str(sb, "&gt;");
		else
			sb_char(sb, p[i]);
	}
}

static void
add_cdata(struct sb *sb, const char *p, size_t n)
{
	size_t from = 0, i = 0;

	sb_str(sb, "<![CDATA[");
	while (i < n) {
		size_t bad = unknown_to_xml(p + i, n - i);
		bool end = n - i >= 3 && memcmp(p + i, "]]>", 3) == 0;

		if (bad == 0 && !end) {
			i++;
			continue;
		}
		sb_add(sb, p + from, i - from);
		sb_str(sb, end ? "]]]]><![CDATA[" : REPLACEMENT);
		i += end ? 2 : bad;
		from = i;
	}
	sb_add(sb, p + from, n - from);
	sb_str(sb, "]]>");
}

/* <name>...</name> in a line of its own, deep tabs from the margin. */
static void
open_tag(struct sb *sb, int deep, const char *name)
{
	while (deep-- > 0)
		sb_char(sb, '\t');
	sb_printf(sb, "<%s>", name);
}

static void
close_tag(struct sb *sb, const char *name)
{
	sb_printf(sb, "</%.*s>\n", (int)strcspn(name, " "), name);
}

static void
put_text(struct sb *sb, int deep, const char *name, struct text t)
{
	open_tag(sb, deep, name);
	add_text(sb, t.p, t.n);
	close_tag(sb, name);
}

static void
put_cdata(struct sb *sb, int deep, const char *name, struct text t)
{
	open_tag(sb, deep, name);
	add_cdata(sb, t.p, t.n);
	close_tag(sb, name);
}

static void
put_word(struct sb *sb, int deep, const char *name, const char *word)
{
	put_cdata(sb, deep, name, (struct text){ word, strlen(word), true });
}

static void
put_number(struct sb *sb, int deep, const char *name, uint64_t v)
{
	open_tag(sb, deep, name);
	sb_printf(sb, "%" PRIu64, v);
	close_tag(sb, name);
}

/* HTML-escaped as WordPress stores it. */
static void
put_escaped(struct writing *w, int deep, const char *name, struct text t)
{
	sb_reset(&w->value);
	add_text(&w->value, t.p, t.n);
	put_cdata(&w->sb, deep, name, (struct text){ sb_text(&w->value), w->value.n, true });
}

/* WordPress makes a break of each line feed outside <pre>; in HTML it is a blank. */
static void
put_body(struct writing *w, struct text t)
{
	const char *p = t.p, *end = t.p + t.n;
	bool pre = false;

	sb_reset(&w->value);
	for (; p < end; p++) {
		if (*p == '<' && end - p >= 5 && memcmp(p, "<pre>", 5) == 0)
			pre = true;
		else if (*p == '<' && end - p >= 6 && memcmp(p, "</pre>", 6) == 0)
			pre = false;
		sb_char(&w->value, *p == '\n' && !pre ? ' ' : *p);
	}
	put_cdata(&w->sb, 3, "wp:comment_content", (struct text){ sb_text(&w->value), w->value.n, true });
}

/* Both, because nobody knows the site's time zone. */
static void
put_dates(struct sb *sb, int deep, const char *local, const char *gmt, int64_t ms, const char *unknown)
{
	char date[CLOCK_TEXT_SIZE];
	struct text t = { unknown, DATE_SIZE, true };

	clock_format_sql(date, ms);
	if (*date != '\0')
		t.p = date;
	put_cdata(sb, deep, local, t);
	put_cdata(sb, deep, gmt, t);
}

/* --- the document --------------------------------------------------------------------- */

static int
flush(struct writing *w, struct err *e)
{
	if (!sb_ok(&w->sb) || !sb_ok(&w->value))
		return err_nomem(e);
	if (output_write(w->out, sb_text(&w->sb), w->sb.n, e) == -1)
		return -1;
	sb_reset(&w->sb);
	return 0;
}

/* The address of the site: what its own export said, else what the address of the first page begins with. */
static struct text
site_address(const struct comment *c)
{
	struct text site = { "", 0, true }, url;
	size_t n;

	if (c == NULL)
		return site;
	if (weburl_usable(c->text[CT_SOURCE_SITE].p, c->text[CT_SOURCE_SITE].n))
		return c->text[CT_SOURCE_SITE];
	url = c->text[CT_PAGE_URL];
	if (!weburl_usable(url.p, url.n))
		return site;
	/* Behind "https://" or "http://". */
	n = (size_t)((const char *)memchr(url.p, '/', url.n) - url.p) + 2;
	while (n < url.n && strchr("/?#", url.p[n]) == NULL)
		n++;
	return (struct text){ url.p, n, true };
}

static void
begin(struct writing *w, const struct comment *first)
{
	struct text site = site_address(first);

	w->begun = true;
	sb_str(&w->sb, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"\n"
	    "\txmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\"\n"
	    "\txmlns:content=\"http://purl.org/rss/1.0/modules/content/\"\n"
	    "\txmlns:wfw=\"http://wellformedweb.org/CommentAPI/\"\n"
	    "\txmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
	    "\txmlns:wp=\"http://wordpress.org/export/1.2/\"\n"
	    ">\n<channel>\n\t<title>Comments</title>\n");
	put_text(&w->sb, 1, "link", site);
	sb_str(&w->sb, "\t<description></description>\n\t<wp:wxr_version>1.2</wp:wxr_version>\n");
	put_text(&w->sb, 1, "wp:base_site_url", site);
	put_text(&w->sb, 1, "wp:base_blog_url", site);
}

/* The importer looks for posts by title and date: pages without a title must not all look the same. */
static struct text
title_of(const struct comment *c)
{
	static const enum comment_text names[] = { CT_PAGE_TITLE, CT_PAGE_URL, CT_PAGE_ID };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (c->text[names[i]].n > 0)
			return c->text[names[i]];
	return (struct text){ "Comments without a page", 23, true };
}

static void
begin_item(struct writing *w, const struct comment *c)
{
	struct text url = c->text[CT_PAGE_URL];
	struct sb *sb = &w->sb;

	w->items++;
	w->earliest = CLOCK_UNKNOWN;
	idmap_clear(w->numbers);
	sb_str(sb, "\t<item>\n");
	put_escaped(w, 2, "title", title_of(c));
	put_text(sb, 2, "link", url);
	put_word(sb, 2, "dc:creator", "");
	put_text(sb, 2, "guid isPermaLink=\"false\"", url.n > 0 ? url : c->text[CT_PAGE_ID]);
	sb_str(sb, "\t\t<description></description>\n");
	put_word(sb, 2, "content:encoded", "");
	put_word(sb, 2, "excerpt:encoded", "");
	put_number(sb, 2, "wp:post_id", w->items);
	put_word(sb, 2, "wp:comment_status", "open");
	put_word(sb, 2, "wp:ping_status", "closed");
	put_word(sb, 2, "wp:post_name", "");
	put_word(sb, 2, "wp:status", "publish");
	put_number(sb, 2, "wp:post_parent", 0);
	put_number(sb, 2, "wp:menu_order", 0);
	put_word(sb, 2, "wp:post_type", "post");
	put_word(sb, 2, "wp:post_password", "");
	put_number(sb, 2, "wp:is_sticky", 0);
}

static void
end_item(struct writing *w)
{
	if (w->items == 0)
		return;
	put_dates(&w->sb, 2, "wp:post_date", "wp:post_date_gmt", w->earliest, NO_POST_DATE);
	sb_str(&w->sb, "\t</item>\n");
}

/* --- comments --------------------------------------------------------------------------- */

static void
hash_of(uint8_t out[HASH128_SIZE], const struct comment *c, const enum comment_text *parts, size_t n)
{
	struct hash h;
	size_t i;

	hash_begin(&h, HASH128_SIZE);
	for (i = 0; i < n; i++)
		hash_part(&h, c->text[parts[i]].p, c->text[parts[i]].n);
	hash_end(&h, out);
}

static const char *
state(const struct comment *c)
{
	if (c->number[CN_IS_DELETED].v != 0)
		return "trash";
	if (c->number[CN_IS_SPAM].v != 0)
		return "spam";
	return c->number[CN_IS_APPROVED].said && c->number[CN_IS_APPROVED].v == 0 ? "0" : "1";
}

/* Numbers this comment; the number of its parent, 0 if it has none here. */
static int
number(struct writing *w, const struct comment *c, uint64_t *parent, struct err *e)
{
	static const enum comment_text id_part[] = { CT_EXTERNAL_ID }, parent_part[] = { CT_PARENT_EXTERNAL_ID };
	struct hash128 id;

	*parent = 0;
	if (c->text[CT_PARENT_EXTERNAL_ID].n > 0) {
		hash_of(id.b, c, parent_part, 1);
		if (!idmap_get(w->numbers, &id, parent))
			*parent = 0;
	}
	hash_of(id.b, c, id_part, 1);
	return idmap_add(w->numbers, &id, ++w->comments, e) == -1 ? -1 : 0;
}

static int
put_comment(struct writing *w, const struct comment *c, struct err *e)
{
	int64_t created = c->number[CN_CREATED_AT].said ? c->number[CN_CREATED_AT].v : CLOCK_UNKNOWN;
	struct sb *sb = &w->sb;
	uint64_t parent;

	if (number(w, c, &parent, e) == -1)
		return -1;
	if (created != CLOCK_UNKNOWN && (w->earliest == CLOCK_UNKNOWN || created < w->earliest))
		w->earliest = created;
	sb_str(sb, "\t\t<wp:comment>\n");
	put_number(sb, 3, "wp:comment_id", w->comments);
	put_escaped(w, 3, "wp:comment_author", c->text[CT_AUTHOR_NAME]);
	put_cdata(sb, 3, "wp:comment_author_email", c->text[CT_AUTHOR_EMAIL]);
	put_escaped(w, 3, "wp:comment_author_url", c->text[CT_AUTHOR_URL]);
	put_cdata(sb, 3, "wp:comment_author_IP", c->text[CT_AUTHOR_IP]);
	put_dates(sb, 3, "wp:comment_date", "wp:comment_date_gmt", created, NO_DATE);
	put_body(w, c->text[CT_BODY_HTML]);
	put_word(sb, 3, "wp:comment_approved", state(c));
	put_word(sb, 3, "wp:comment_type", "comment");
	put_number(sb, 3, "wp:comment_parent", parent);
	put_number(sb, 3, "wp:comment_user_id", 0);
	sb_str(sb, "\t\t</wp:comment>\n");
	return 0;
}

/* --- the writer --------------------------------------------------------------------------- */

static int
wxr_put(struct writing *w, const struct comment *c, struct err *e)
{
	static const enum comment_text parts[] = { CT_SOURCE, CT_SOURCE_SITE, CT_PAGE_ID };
	uint8_t page[HASH128_SIZE];

	if (!w->begun)
		begin(w, c);
	hash_of(page, c, parts, ARRAY_LEN(parts));
	if (w->items == 0 || memcmp(page, w->page, sizeof(page)) != 0) {
		end_item(w);
		begin_item(w, c);
		memcpy(w->page, page, sizeof(page));
	}
	return put_comment(w, c, e) == -1 ? -1 : flush(w, e);
}

static int
wxr_finish(struct writing *w, struct err *e)
{
	if (!w->begun)
		begin(w, NULL);
	end_item(w);
	sb_str(&w->sb, "</channel>\n</rss>\n");
	return flush(w, e);
}

static void
wxr_close(struct writing *w)
{
	if (w == NULL)
		return;
	idmap_free(w->numbers);
	sb_free(&w->sb);
	sb_free(&w->value);
	free(w);
}

static struct writing *
wxr_open(struct output *out, struct err *e)
{
	struct writing *w = calloc(1, sizeof(*w));

	if (w != NULL && (w->numbers = idmap_new(PARENTS_MAX, true)) != NULL) {
		w->out = out;
		sb_init(&w->sb, COMMENT_MAX);
		sb_init(&w->value, COMMENT_MAX);
		return w;
	}
	free(w);
	err_nomem(e);
	return NULL;
}

const struct writer wxr_writer = {
	.name = "wxr",
	.title = "WordPress (WXR)",
	.extension = "xml",
	.by_page = true,
	.open = wxr_open,
	.put = wxr_put,
	.finish = wxr_finish,
	.close = wxr_close,
};
