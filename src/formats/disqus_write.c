/*
 * Writes what Disqus imports ("custom XML import"): an older WXR with two elements of its own, of which
 * formats/wordpress-wxr.md, "Dialects", and Disqus' help page tell.
 *
 * - All elements of the help page stand in each item and comment, but dsq:remote, which is for sites with single
 *   sign-on only.  Values are plain texts, not HTML-escaped as WordPress has them: Disqus shows them as they are.
 * - A comment's number is made of its identity, so that it is the same in each file: parts of a site, or the same
 *   site again, do not pass for one another's comments.
 * - Disqus tells people apart by their e-mail addresses.
 */
#include "formats/wxrdoc.h"

#include "util/clock.h"
#include "util/hash.h"
#include "util/utf8.h"

#include "formats/author.h"
#include "formats/xmlwrite.h"

#define IDENTIFIER_MAX	200			/* characters of a thread's identifier */
#define BODY_MIN	3			/* characters of a comment */

static void
begin(struct writing *w, const struct comment *first)
{
	(void)first;
	sb_str(&w->sb, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"\n"
	    "\txmlns:content=\"http://purl.org/rss/1.0/modules/content/\"\n"
	    "\txmlns:dsq=\"http://www.disqus.com/\"\n"
	    "\txmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
	    "\txmlns:wp=\"http://wordpress.org/export/1.0/\"\n"
	    ">\n<channel>\n");
}

static void
begin_item(struct writing *w, const struct comment *c)
{
	struct text id = c->text[CT_PAGE_ID];

	/* Cut, it could be another page's; without one, Disqus goes by the address. */
	if (utf8_cut_chars(id.p, id.n, IDENTIFIER_MAX) < id.n)
		id.n = 0;
	xmlwrite_text(&w->sb, 2, "title", wxrdoc_title(c));
	xmlwrite_text(&w->sb, 2, "link", c->text[CT_PAGE_URL]);
	xmlwrite_word(&w->sb, 2, "content:encoded", "");
	xmlwrite_text(&w->sb, 2, "dsq:thread_identifier", id);
	xmlwrite_text(&w->sb, 2, "wp:comment_status", (struct text){ "open", 4, true });
}

static void
end_item(struct writing *w)
{
	char buf[CLOCK_TEXT_SIZE];

	xmlwrite_text(&w->sb, 2, "wp:post_date_gmt", wxrdoc_date(buf, w->earliest, WXRDOC_NO_POST_DATE));
}

static void
put_author(struct writing *w, const struct comment *c)
{
	struct text name = c->text[CT_AUTHOR_NAME];

	sb_reset(&w->value);
	author_email(c, &w->value);
	xmlwrite_text(&w->sb, 3, "wp:comment_author", name.n > 0 ? name : (struct text){ "Anonymous", 9, true });
	xmlwrite_text(&w->sb, 3, "wp:comment_author_email", (struct text){ sb_text(&w->value), w->value.n, true });
	xmlwrite_text(&w->sb, 3, "wp:comment_author_url", c->text[CT_AUTHOR_URL]);
	xmlwrite_text(&w->sb, 3, "wp:comment_author_IP", c->text[CT_AUTHOR_IP]);
}

/* There is nothing but shown and not shown. */
static bool
is_shown(const struct comment *c)
{
	return c->number[CN_IS_DELETED].v == 0 && c->number[CN_IS_SPAM].v == 0 &&
	    (!c->number[CN_IS_APPROVED].said || c->number[CN_IS_APPROVED].v != 0);
}

static void
put_comment(struct writing *w, const struct comment *c, uint64_t number, uint64_t parent)
{
	struct text body = c->text[CT_BODY_HTML];
	char buf[CLOCK_TEXT_SIZE], longer[16];

	if (body.n < BODY_MIN) {
		snprintf(longer, sizeof(longer), "<p>%.*s</p>", body.n > 0 ? (int)body.n : 7, body.n > 0 ? body.p : "[empty]");
		body = (struct text){ longer, strlen(longer), true };
	}
	xmlwrite_number(&w->sb, 3, "wp:comment_id", number);
	put_author(w, c);
	xmlwrite_text(&w->sb, 3, "wp:comment_date_gmt", wxrdoc_date(buf, wxrdoc_created(c), WXRDOC_NO_POST_DATE));
	wxrdoc_put_body(w, 3, "wp:comment_content", body);
	xmlwrite_number(&w->sb, 3, "wp:comment_approved", is_shown(c));
	xmlwrite_number(&w->sb, 3, "wp:comment_parent", parent);
}

/* 1 to 2^63 - 1. */
static uint64_t
number_of_identity(const struct comment *c, uint64_t n)
{
	static const enum comment_text parts[] = { CT_SOURCE, CT_SOURCE_SITE, CT_EXTERNAL_ID };
	uint8_t sum[HASH128_SIZE];
	uint64_t number = 0;
	struct hash h;
	size_t i;

	(void)n;
	hash_begin(&h, sizeof(sum));
	for (i = 0; i < ARRAY_LEN(parts); i++)
		hash_part(&h, c->text[parts[i]].p, c->text[parts[i]].n);
	hash_end(&h, sum);
	for (i = 0; i < sizeof(number); i++)
		number = number << 8 | sum[i];
	return MAX(number >> 1, (uint64_t)1);
}

static const struct wxrdoc_dialect disqus = {
	.begin = begin,
	.begin_item = begin_item,
	.end_item = end_item,
	.put_comment = put_comment,
	.number = number_of_identity,
};

static struct writing *
disqus_open(struct output *out, struct err *e)
{
	return wxrdoc_open(out, &disqus, e);
}

const struct writer disqus_writer = {
	.name = "disqus",
	.title = "Disqus (custom XML import)",
	.extension = "xml",
	.by_page = true,
	.open = disqus_open,
	.put = wxrdoc_put,
	.finish = wxrdoc_finish,
	.close = wxrdoc_close,
};
