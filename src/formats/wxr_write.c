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
#include "formats/wxrdoc.h"

#include "util/clock.h"
#include "util/weburl.h"

#include "formats/xmlwrite.h"

#define NO_DATE		"0000-00-00 00:00:00"	/* as WordPress has it where it knows none */

/* HTML-escaped as WordPress stores it. */
static void
put_escaped(struct writing *w, int deep, const char *name, struct text t)
{
	sb_reset(&w->value);
	xmlwrite_escape(&w->value, t);
	xmlwrite_cdata(&w->sb, deep, name, (struct text){ sb_text(&w->value), w->value.n, true });
}

/* Both, because nobody knows the site's time zone. */
static void
put_dates(struct sb *sb, int deep, const char *local, const char *gmt, int64_t ms, const char *unknown)
{
	char buf[CLOCK_TEXT_SIZE];
	struct text date = wxrdoc_date(buf, ms, unknown);

	xmlwrite_cdata(sb, deep, local, date);
	xmlwrite_cdata(sb, deep, gmt, date);
}

/* The address of the site: what the address of the first page begins with. */
static struct text
site_address(const struct comment *c)
{
	struct text site = { "", 0, true }, url;
	size_t n;

	if (c == NULL)
		return site;
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

	sb_str(&w->sb, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"\n"
	    "\txmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\"\n"
	    "\txmlns:content=\"http://purl.org/rss/1.0/modules/content/\"\n"
	    "\txmlns:wfw=\"http://wellformedweb.org/CommentAPI/\"\n"
	    "\txmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
	    "\txmlns:wp=\"http://wordpress.org/export/1.2/\"\n"
	    ">\n<channel>\n\t<title>Comments</title>\n");
	xmlwrite_text(&w->sb, 1, "link", site);
	sb_str(&w->sb, "\t<description></description>\n\t<wp:wxr_version>1.2</wp:wxr_version>\n");
	xmlwrite_text(&w->sb, 1, "wp:base_site_url", site);
	xmlwrite_text(&w->sb, 1, "wp:base_blog_url", site);
}

static void
begin_item(struct writing *w, const struct comment *c)
{
	struct text url = c->text[CT_PAGE_URL];
	struct sb *sb = &w->sb;

	/* The importer looks for posts by title and date: pages without a title must not all look the same. */
	put_escaped(w, 2, "title", wxrdoc_title(c));
	xmlwrite_text(sb, 2, "link", url);
	xmlwrite_word(sb, 2, "dc:creator", "");
	xmlwrite_text(sb, 2, "guid isPermaLink=\"false\"", url.n > 0 ? url : c->text[CT_PAGE_ID]);
	sb_str(sb, "\t\t<description></description>\n");
	xmlwrite_word(sb, 2, "content:encoded", "");
	xmlwrite_word(sb, 2, "excerpt:encoded", "");
	xmlwrite_number(sb, 2, "wp:post_id", w->items);
	xmlwrite_word(sb, 2, "wp:comment_status", "open");
	xmlwrite_word(sb, 2, "wp:ping_status", "closed");
	xmlwrite_word(sb, 2, "wp:post_name", "");
	xmlwrite_word(sb, 2, "wp:status", "publish");
	xmlwrite_number(sb, 2, "wp:post_parent", 0);
	xmlwrite_number(sb, 2, "wp:menu_order", 0);
	xmlwrite_word(sb, 2, "wp:post_type", "post");
	xmlwrite_word(sb, 2, "wp:post_password", "");
	xmlwrite_number(sb, 2, "wp:is_sticky", 0);
}

static void
end_item(struct writing *w)
{
	put_dates(&w->sb, 2, "wp:post_date", "wp:post_date_gmt", w->earliest, WXRDOC_NO_POST_DATE);
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

static void
put_comment(struct writing *w, const struct comment *c, uint64_t number, uint64_t parent)
{
	struct sb *sb = &w->sb;

	xmlwrite_number(sb, 3, "wp:comment_id", number);
	put_escaped(w, 3, "wp:comment_author", c->text[CT_AUTHOR_NAME]);
	xmlwrite_cdata(sb, 3, "wp:comment_author_email", c->text[CT_AUTHOR_EMAIL]);
	put_escaped(w, 3, "wp:comment_author_url", c->text[CT_AUTHOR_URL]);
	xmlwrite_cdata(sb, 3, "wp:comment_author_IP", c->text[CT_AUTHOR_IP]);
	put_dates(sb, 3, "wp:comment_date", "wp:comment_date_gmt", wxrdoc_created(c), NO_DATE);
	wxrdoc_put_body(w, 3, "wp:comment_content", c->text[CT_BODY_HTML]);
	xmlwrite_word(sb, 3, "wp:comment_approved", state(c));
	xmlwrite_word(sb, 3, "wp:comment_type", "comment");
	xmlwrite_number(sb, 3, "wp:comment_parent", parent);
	xmlwrite_number(sb, 3, "wp:comment_user_id", 0);
}

static uint64_t
number_from_1(const struct comment *c, uint64_t n)
{
	(void)c;
	return n;
}

static const struct wxrdoc_dialect wordpress = {
	.begin = begin,
	.begin_item = begin_item,
	.end_item = end_item,
	.put_comment = put_comment,
	.number = number_from_1,
};

static struct writing *
wxr_open(struct output *out, struct err *e)
{
	return wxrdoc_open(out, &wordpress, e);
}

const struct writer wxr_writer = {
	.name = "wxr",
	.title = "WordPress (WXR)",
	.extension = "xml",
	.by_page = true,
	.open = wxr_open,
	.put = wxrdoc_put,
	.finish = wxrdoc_finish,
	.close = wxrdoc_close,
};
