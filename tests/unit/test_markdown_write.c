/* Bodies as Markdown: what our own reading makes of it is the same text, whatever stood there, and where it can be the same HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "formats/markdown_write.h"

#include "util/canonical_html.h"

#include "text/render.h"

#include "unit/damage.h"

#define LINK(href, text)	"<a href=\"" href "\" rel=\"" CANONICAL_HTML_REL "\">" text "</a>"

static struct arena *arena;
static struct sb markdown, html;

static void
write_markdown(const char *body, size_t n)
{
	sb_reset(&markdown);
	markdown_write((struct text){ body, n, true }, &markdown);
	assert_true(sb_ok(&markdown));
}

static struct text
read_back(void)
{
	uint64_t issues = 0;
	struct text out;
	struct err e;

	arena_reset(arena);
	assert_int_equal(render_body(BODY_MARKDOWN, sb_text(&markdown), markdown.n, arena, &out, &issues, &e), 0);
	return out;
}

static void
is(const char *body, const char *expected)
{
	write_markdown(body, strlen(body));
	assert_string_equal(sb_text(&markdown), expected);
}

/* It says the same as HTML, too. */
static void
keeps(const char *body)
{
	struct text back;

	write_markdown(body, strlen(body));
	back = read_back();
	if (back.n != strlen(body) || memcmp(back.p, body, back.n) != 0)
		fail_msg("[%s] became [%s], which is [%.*s]", body, sb_text(&markdown), (int)back.n, back.p);
}

static void
elements_become_signs(void **state)
{
	(void)state;
	is("<p>one <b>two</b> <em>three</em> <del>four</del></p>", "one **two** _three_ ~~four~~");
	is("<p>a</p><p>b</p>", "a\n\nb");
	is("a<br>b", "a  \nb");
	is("<h2>Head</h2>text", "## Head\n\ntext");
	is("<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>", "-   a\n    1.  b\n-   c");
	is("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b");
	is("<pre>int a;\n\n  b</pre>", "    int a;\n    \n      b");
	is("<ul><li>a</li></ul><pre>b```</pre>", "-   a\n\n````\nb```\n````");
	is("<code>a`b</code>", "``a`b``");
	is("<p>" LINK("https://a.example/?a=1&amp;b=(2)", "a]b") "</p>", "[a\\]b](https://a.example/?a=1&b=\\(2\\))");
	is("<p><u>a</u><q>b</q></p><hr>c", "a\"b\"\n\n* * *\n\nc");
	is("", "");
}

static void
text_is_never_markup(void **state)
{
	(void)state;
	is("# 1<br>- 2<br>+ 3<br>1. 4<br>12) 5<br>= 6", "\\# 1  \n\\- 2  \n\\+ 3  \n1\\. 4  \n12\\) 5  \n&#61; 6");
	is("*a* _b_ `c` [d](e) ~f~ | \\g &lt;h&gt; &amp;amp;", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\~f\\~ \\| \\\\g &lt;h&gt; &amp;amp;");
	is("look!" LINK("https://a.example/", "b"), "look\\![b](https://a.example/)");
	is("https://a.example/b_c_d _e", "https://a.example/b_c_d \\_e");
	is("[deleted]", "\\[deleted\\]");
}

static void
emphasis_stands_only_where_it_is_read_as_such(void **state)
{
	(void)state;
	is("<p>a<b>b</b>c x<i>y</i>z</p>", "a**b**c xyz");
	is("<p><b> a</b><b>a </b><b></b></p>", "aa");
	is("<p>a<b>(b)</b>c</p>", "a(b)c");
	is("<p><b>a</b><b>b</b></p>", "**a**b");
	is("<p><b>a<strong>b</strong></b></p>", "**ab**");
	is("<p><b>a<br><br>b</b></p>", "**a  \nb**");
	is("<p><b><i>a</i></b></p>", "**_a_**");
}

static void
what_markdown_can_say_comes_back_as_it_was(void **state)
{
	static const char *const bodies[] = {
		"<p>one <strong>two</strong> <em>three</em></p>",
		"<p>a<br>b</p><blockquote><p>c</p><blockquote><p>d</p></blockquote></blockquote>",
		"<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>d</p>",
		"<ol><li><p>a</p><p>b</p></li><li><p>c</p></li></ol>",
		"<p>" LINK("https://a.example/?a=1&amp;b=2&amp;copy;(c)", "text") "</p>",
		"<h1>a</h1><p>b <code>c &lt;d&gt; &amp;amp;</code></p><hr><p>e</p>",
		"<p>*_`[]~|\\&amp;lt; &lt;b&gt; #</p>",
		"<p><em><strong>a</strong></em> <strong><em>\xd0\x96</em></strong>, b</p>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++)
		keeps(bodies[i]);
}

/* --- any body --- */

static uint64_t seed;

static void
random_phrasing(unsigned depth, bool in_link)
{
	static const char *const bits[] = {
		"a", "Z9", " ", " ", "\n", "*", "_", "**", "`", "``", "[", "](", ")", "!", "#", "# ", "- ", "+ ", "1. ", "2) ", "=", "---",
		"~", "~~", "|", "\\", "&amp;", "&lt;", "&gt;", "&amp;lt;", "&amp;#35;", "\"", "'", "://", "http://a.b/c_d", ":", "\t", "\xc3\xa9",
		"\xe2\x80\x9c", "\xc2\xa0", "\xe4\xb8\xad", "    ", "[deleted]", "<br>", "<br>", "{", "}", "^", "$", "@", "www.a.b",
	};
	static const char *const elements[] = { "b", "i", "em", "strong", "u", "s", "del", "ins", "code", "sub", "sup" };
	size_t n = damage_below(&seed, 6);

	for (; n > 0; n--) {
		const char *name = elements[damage_below(&seed, ARRAY_LEN(elements))];
		size_t what = depth > 0 ? damage_below(&seed, 8) : 7;

		if (what > 1) {
			sb_str(&html, bits[damage_below(&seed, ARRAY_LEN(bits))]);
		} else if (what == 0 && !in_link) {
			sb_str(&html, "<a href=\"http://a.b/(_*&amp;lt;)?a=1&amp;amp;\" rel=\"" CANONICAL_HTML_REL "\">");
			random_phrasing(depth - 1, true);
			sb_str(&html, "</a>");
		} else {
			sb_printf(&html, "<%s>", name);
			random_phrasing(depth - 1, in_link);
			sb_printf(&html, "</%s>", name);
		}
	}
}

static void random_flow(unsigned depth);

static void
random_block(unsigned depth)
{
	static const char *const phrasing[] = { "p", "h1", "h3", "h6", "pre" };
	static const char *const flow[] = { "blockquote", "ul", "ol" };
	const char *name = flow[damage_below(&seed, ARRAY_LEN(flow))];
	size_t items = 1 + damage_below(&seed, 3);

	if (depth == 0 || damage_below(&seed, 2) == 0) {
		name = phrasing[damage_below(&seed, ARRAY_LEN(phrasing))];
		sb_printf(&html, "<%s>", name);
		if (strcmp(name, "pre") == 0)
			sb_char(&html, 'x');	/* no line feed in front */
		random_phrasing(3, false);
		sb_printf(&html, "</%s>", name);
		return;
	}
	sb_printf(&html, "<%s>", name);
	for (; items > 0; items--) {
		sb_str(&html, *name == 'b' ? "" : "<li>");
		random_flow(depth - 1);
		sb_str(&html, *name == 'b' ? "" : "</li>");
	}
	sb_printf(&html, "</%s>", name);
}

static void
random_flow(unsigned depth)
{
	size_t n = 1 + damage_below(&seed, 3);

	for (; n > 0; n--) {
		if (damage_below(&seed, 3) == 0)
			random_phrasing(3, false);
		else if (damage_below(&seed, 8) == 0)
			sb_str(&html, "<hr>");
		else
			random_block(depth);
	}
}

/* The visible characters, without white space. */
static void
visible(struct text body, struct sb *out)
{
	const char *p = body.p, *end = body.p + body.n;

	sb_reset(out);
	for (; p < end; p++) {
		if (*p == '<')
			p = memchr(p, '>', (size_t)(end - p));
		else if (strchr(" \t\n", *p) == NULL)
			sb_char(out, *p);
	}
}

/* Of all bodies that fail, the shortest one is shown. */
static void
no_body_loses_or_gains_a_character(void **state)
{
	struct sb before, after, shortest;
	struct safe_html safe;
	int round;

	(void)state;
	seed = damage_seed("markdown_write");
	sb_init(&before, 1 << 20);
	sb_init(&after, 1 << 20);
	sb_init(&shortest, 1 << 20);
	for (round = 0; round < 2000; round++) {
		sb_reset(&html);
		random_flow(3);
		assert_true(canonical_html_check(sb_text(&html), html.n, &safe));
		write_markdown(sb_text(&html), html.n);
		visible((struct text){ sb_text(&html), html.n, true }, &before);
		visible(read_back(), &after);
		if (strcmp(sb_text(&before), sb_text(&after)) == 0 || (shortest.n > 0 && shortest.n <= html.n))
			continue;
		sb_reset(&shortest);
		sb_add(&shortest, sb_text(&html), html.n);
	}
	if (shortest.n > 0) {
		write_markdown(sb_text(&shortest), shortest.n);
		print_error("[%s]\n[%s]\n", sb_text(&shortest), sb_text(&markdown));
	}
	assert_int_equal(shortest.n, 0);
	sb_free(&before);
	sb_free(&after);
	sb_free(&shortest);
}

static void
damaged_bodies_do_no_harm(void **state)
{
	static const char body[] = "<ul><li><p>a <b>b</b> <a href=\"http://a.b/\">c</a></p><pre>d</pre></li></ul><code>e</code>";
	struct sb sb;
	int round;

	(void)state;
	seed = damage_seed("markdown_write");
	sb_init(&sb, 1 << 16);
	for (round = 0; round < 5000; round++) {
		damage(&seed, body, sizeof(body) - 1, &sb);
		write_markdown(sb_text(&sb), sb.n);
	}
	sb_free(&sb);
}

static int
teardown(void **state)
{
	(void)state;
	sb_free(&markdown);
	sb_free(&html);
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_become_signs),
		cmocka_unit_test(text_is_never_markup),
		cmocka_unit_test(emphasis_stands_only_where_it_is_read_as_such),
		cmocka_unit_test(what_markdown_can_say_comes_back_as_it_was),
		cmocka_unit_test(no_body_loses_or_gains_a_character),
		cmocka_unit_test(damaged_bodies_do_no_harm),
	};

	if ((arena = arena_new(16 * 1024 * 1024)) == NULL)
		return 1;
	sb_init(&markdown, 1 << 24);
	sb_init(&html, 1 << 20);
	return cmocka_run_group_tests(tests, NULL, teardown);
}
