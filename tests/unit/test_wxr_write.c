/* The WXR writer: what WordPress's importer needs stands there, and whatever the texts are, the file is XML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/clock.h"
#include "util/rnd.h"
#include "util/sb.h"

#include "formats/format.h"
#include "formats/xmlsrc.h"

#include "unit/damage.h"

struct memory {
	struct output	out;
	struct sb	sb;
};

static int
memory_write(struct output *out, const void *p, size_t n, struct err *e)
{
	struct memory *m = (struct memory *)out;

	(void)e;
	sb_add(&m->sb, p, n);
	return 0;
}

static struct text
said(const char *s)
{
	return (struct text){ s, strlen(s), true };
}

static struct comment
comment(const char *id, const char *parent, const char *page)
{
	struct comment c = { .ordinal = 0 };

	c.text[CT_SOURCE] = said("disqus");
	c.text[CT_EXTERNAL_ID] = said(id);
	if (parent != NULL)
		c.text[CT_PARENT_EXTERNAL_ID] = said(parent);
	c.text[CT_PAGE_ID] = said(page);
	c.text[CT_BODY_HTML] = said("<p>Body</p>");
	return c;
}

static struct memory memory;

static const char *
write_all(const struct comment *c, size_t n)
{
	struct writing *w;
	struct err e;
	size_t i;

	memory.out.write = memory_write;
	sb_reset(&memory.sb);
	assert_non_null(w = wxr_writer.open(&memory.out, &e));
	for (i = 0; i < n; i++)
		assert_int_equal(wxr_writer.put(w, &c[i], &e), 0);
	assert_int_equal(wxr_writer.finish(w, &e), 0);
	wxr_writer.close(w);
	assert_true(sb_ok(&memory.sb));
	return sb_text(&memory.sb);
}

static void
has(const char *document, const char *what)
{
	if (strstr(document, what) == NULL)
		fail_msg("[%s] is not in:\n%s", what, document);
}

static int
count(const char *document, const char *what)
{
	int n = 0;

	for (; (document = strstr(document, what)) != NULL; document++)
		n++;
	return n;
}

/* --- read back with our strict parser --- */

struct found {
	const char	*element;	/* whose texts are gathered */
	struct sb	 texts;		/* each ends with a line feed */
};

static int
found_start(void *ctx, const struct xmlsrc_element *el, size_t *want, struct err *e)
{
	const struct found *f = ctx;

	(void)e;
	if (strcmp(el->name, f->element) == 0)
		*want = 10000;
	return 0;
}

static int
found_end(void *ctx, const char *name, unsigned depth, const struct xmlsrc_text *t, struct err *e)
{
	struct found *f = ctx;

	(void)depth, (void)e;
	if (strcmp(name, f->element) != 0)
		return 0;
	sb_add(&f->texts, t->p, t->n);
	sb_char(&f->texts, '\n');
	return 0;
}

static struct found found;

/* The texts of the elements of this name; fails if the document is no XML. */
static const char *
texts(const char *document, const char *element)
{
	static const struct xmlsrc_handler handler = { "rss", NULL, found_start, found_end };
	struct input_mem mem;
	struct xmlsrc *x;
	enum xmlsrc_status status;
	struct err e;

	found.element = element;
	sb_reset(&found.texts);
	input_mem_init(&mem, document, strlen(document));
	assert_non_null(x = xmlsrc_open(&mem.in, &handler, &found, NULL, &e));
	while ((status = xmlsrc_step(x, &e)) == XMLSRC_MORE)
		continue;
	if (status != XMLSRC_END)
		fail_msg("%s\n%s", e.msg, document);
	xmlsrc_close(x);
	return sb_text(&found.texts);
}

/* --- the tests --- */

static void
no_comments_make_an_empty_channel(void **state)
{
	const char *d = write_all(NULL, 0);

	(void)state;
	assert_string_equal(texts(d, "wxr_version"), "1.2\n");
	assert_int_equal(count(d, "<item>"), 0);
}

static void
each_page_is_an_item_with_the_date_of_its_earliest_comment(void **state)
{
	struct comment c[] = { comment("a", NULL, "p"), comment("b", NULL, "p"), comment("c", NULL, "q") };
	const char *d;

	(void)state;
	c[0].number[CN_CREATED_AT] = (struct number){ 1577934245678, true };
	c[1].number[CN_CREATED_AT] = (struct number){ 1546300800000, true };
	c[2].number[CN_CREATED_AT] = (struct number){ CLOCK_UNKNOWN, true };
	c[0].text[CT_PAGE_URL] = said("https://site.example/first/?a=1&b=2");
	c[0].text[CT_PAGE_TITLE] = said("One & only");
	d = write_all(c, 3);
	assert_string_equal(texts(d, "post_id"), "1\n2\n");
	assert_string_equal(texts(d, "comment_id"), "1\n2\n3\n");
	assert_string_equal(texts(d, "post_date"), "2019-01-01 00:00:00\n1970-01-01 00:00:00\n");
	assert_string_equal(texts(d, "post_date_gmt"), "2019-01-01 00:00:00\n1970-01-01 00:00:00\n");
	assert_string_equal(texts(d, "comment_date_gmt"),
	    "2020-01-02 03:04:05\n2019-01-01 00:00:00\n0000-00-00 00:00:00\n");
	assert_string_equal(texts(d, "link"), "https://site.example\nhttps://site.example/first/?a=1&b=2\n\n");
	assert_string_equal(texts(d, "base_blog_url"), "https://site.example\n");
	/* HTML-escaped once, as WordPress stores it; the page without a title has a name of its own. */
	assert_string_equal(texts(d, "title"), "Comments\nOne &amp; only\nq\n");
	assert_string_equal(texts(d, "post_type"), "post\npost\n");
	assert_string_equal(texts(d, "status"), "publish\npublish\n");
}

static void
parents_are_found_on_the_same_page_only(void **state)
{
	struct comment c[] = {
		comment("a", NULL, "p"), comment("b", "a", "p"), comment("c", "b", "p"), comment("d", "nowhere", "p"),
		comment("e", "e", "p"), comment("f", "g", "p"), comment("g", "f", "p"), comment("h", "a", "q"),
	};

	(void)state;
	assert_string_equal(texts(write_all(c, ARRAY_LEN(c)), "comment_parent"), "0\n1\n2\n0\n0\n0\n6\n0\n");
}

static void
states_become_wordpress_words(void **state)
{
	struct comment c[] = {
		comment("a", NULL, "p"), comment("b", NULL, "p"), comment("c", NULL, "p"), comment("d", NULL, "p"),
	};

	(void)state;
	c[1].number[CN_IS_APPROVED] = (struct number){ 0, true };
	c[2].number[CN_IS_SPAM] = (struct number){ 1, true };
	c[3].number[CN_IS_SPAM] = (struct number){ 1, true };
	c[3].number[CN_IS_DELETED] = (struct number){ 1, true };
	assert_string_equal(texts(write_all(c, 4), "comment_approved"), "1\n0\nspam\ntrash\n");
}

static void
hostile_texts_stay_texts(void **state)
{
	struct comment c = comment("a", NULL, "]]>&<p>\x01\x1f\xef\xbf\xbf");
	const char *d;

	(void)state;
	c.text[CT_AUTHOR_NAME] = said("]]><script>\x08 & \xf0\x9f\x98\x80");
	c.text[CT_AUTHOR_EMAIL] = said("]]]]>>");
	c.text[CT_AUTHOR_URL] = said("https://her.example/?a=1&copy=2");
	c.text[CT_PAGE_URL] = said("javascript:\"]]>'\x0c");
	c.text[CT_BODY_HTML] = said("one\ntwo<pre>three\nfour</pre>\xef\xbf\xbe");
	d = write_all(&c, 1);
	assert_string_equal(texts(d, "comment_author"), "]]&gt;&lt;script&gt;\xef\xbf\xbd &amp; \xf0\x9f\x98\x80\n");
	assert_string_equal(texts(d, "comment_author_email"), "]]]]>>\n");
	assert_string_equal(texts(d, "comment_author_url"), "https://her.example/?a=1&amp;copy=2\n");
	assert_string_equal(texts(d, "comment_content"), "one two<pre>three\nfour</pre>\xef\xbf\xbd\n");
	assert_string_equal(texts(d, "link"), "\njavascript:\"]]>'\xef\xbf\xbd\n");
	has(d, "]]]]><![CDATA[>");
}

static void
any_text_makes_xml(void **state)
{
	static const char *const bits[] = {
		"]", "]]", "]]>", ">", "<", "&", "&amp;", "\x01", "\x1b", "\r\n", "\t", "\xef\xbf\xbe", "\xef\xbf\xbf",
		"\xef\xbf\xbd", "\xc2\x85", "a", "<![CDATA[", "\"", "'", "<pre>", "</pre>", "\xf4\x8f\xbf\xbf",
	};
	uint64_t random = damage_seed("wxr");
	int round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct comment c = { .ordinal = 0 };
		char buf[CT__MAX][200];

		for (i = 0; i < CT__MAX; i++) {
			size_t n = 0, more = damage_below(&random, 15);

			buf[i][0] = '\0';
			for (; more > 0; more--) {
				const char *bit = bits[damage_below(&random, ARRAY_LEN(bits))];

				n += (size_t)snprintf(buf[i] + n, sizeof(buf[i]) - n, "%s", bit);
			}
			c.text[i] = (struct text){ buf[i], n, true };
		}
		texts(write_all(&c, 1), "comment_content");
	}
}

static int
teardown(void **state)
{
	(void)state;
	sb_free(&memory.sb);
	sb_free(&found.texts);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_comments_make_an_empty_channel),
		cmocka_unit_test(each_page_is_an_item_with_the_date_of_its_earliest_comment),
		cmocka_unit_test(parents_are_found_on_the_same_page_only),
		cmocka_unit_test(states_become_wordpress_words),
		cmocka_unit_test(hostile_texts_stay_texts),
		cmocka_unit_test(any_text_makes_xml),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	sb_init(&memory.sb, 1 << 24);
	sb_init(&found.texts, 1 << 20);
	return cmocka_run_group_tests(tests, NULL, teardown);
}
