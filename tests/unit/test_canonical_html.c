/* The canonical form: what the scanner of util/canonical_html proves, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/canonical_html.h"
#include "util/sb.h"

#include "model/comment.h"

#define LINK	"<a href=\"http://a.example/\" rel=\"" CANONICAL_HTML_REL "\">"

static bool
canonical(const char *s)
{
	struct safe_html safe;
	bool ok = canonical_html_check(s, strlen(s), &safe);

	if (ok) {
		assert_ptr_equal(safe.p, s);
		assert_int_equal(safe.n, strlen(s));
	}
	return ok;
}

static void
all(bool expected, const char *const *list)
{
	for (; *list != NULL; list++)
		if (canonical(*list) != expected)
			fail_msg("canonical_html_check(\"%s\") is not %d", *list, expected);
}

static void
takes_the_form(void **state)
{
	static const char *const list[] = {
		"", "text", "a\tb\nc", "1 &lt; 2 &amp;&amp; 3 &gt; 2, \"quoted\" 'too'", "<br>", "a<br><br>b", "<hr>",
		"<p>x</p>", "<p></p>", "<p>a <b>b <i>c</i></b></p><p>d</p>", "tail <em>x</em> text",
		"<blockquote>a<p>b</p><ul><li>c</li></ul></blockquote>", "<ul>\n <li>a</li>\n\t<li><p>b</p></li></ul>",
		"<ol><li>a<ul><li>b</li></ul></li></ol>", "<pre>a\n\n  b</pre>", "<pre><code>x</code></pre>",
		"<h1>x</h1><h6><sub>y</sub></h6>", "<s>a</s><u>b</u><del>c</del><ins>d</ins><sup>e</sup><q>f</q>",
		LINK "x</a>", LINK "x <b>y</b></a> " LINK "z</a>",
		"<a href=\"https://a.example/?b=1&amp;c=2\" title=\"&quot;t&quot; &lt;\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"mailto:a@b.example\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", NULL
	};

	(void)state;
	all(true, list);
}

static void
refuses_other_markup(void **state)
{
	static const char *const list[] = {
		"<script>x</script>", "<img>", "<div>x</div>", "<span>x</span>", "<P>x</P>", "<p >x</p>", "<p>x</p >",
		"<p class=\"x\">x</p>", "<br/>", "<br />", "</br>", "<br></br>", "<", ">", "a > b", "a < b", "<>", "</>",
		"<!-- x -->", "<!DOCTYPE html>", "<?x?>", "<![CDATA[x]]>", "<p", "<p/", "</p", "<h7>x</h7>", "<h>x</h>",
		NULL
	};

	(void)state;
	all(false, list);
}

static void
refuses_what_a_parser_would_build_otherwise(void **state)
{
	static const char *const list[] = {
		"<p>x", "x</p>", "<b><i>x</b></i>", "<p><p>x</p></p>", "<p><ul><li>x</li></ul></p>", "<p>a<hr>b</p>",
		"<b><p>x</p></b>", "<p><b><blockquote>x</blockquote></b></p>", "<li>x</li>", "<ul>x</ul>",
		"<ul><p>x</p></ul>", "<ul><ul><li>x</li></ul></ul>", "<ul><br></ul>", "<li><li>x</li></li>",
		"<pre>\nx</pre>", "<h1><h2>x</h2></h1>", "<h1><p>x</p></h1>", "<pre><p>x</p></pre>",
		LINK LINK "x</a></a>", LINK "<b>" LINK "x</a></b></a>", LINK "<p>x</p></a>", "<b>", "</b>", NULL
	};

	(void)state;
	all(false, list);
}

static void
refuses_other_links(void **state)
{
	static const char *const list[] = {
		"<a>x</a>", "<a href=\"http://a.example/\">x</a>", "<a rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"javascript:x\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"JavaScript:x\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"HTTP://a.example/\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"//a.example/\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"/a\" rel=\"" CANONICAL_HTML_REL "\">x</a>", "<a href=\"\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http:a\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http://\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http:///a\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"mailto:\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\" http://a.example/\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http://a.example/ b\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http://a.example/\nb\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href='http://a.example/' rel='" CANONICAL_HTML_REL "'>x</a>",
		"<a href=\"http://a.example/\" rel=\"nofollow\">x</a>",
		"<a href=\"http://a.example/\" rel=\"" CANONICAL_HTML_REL "\" title=\"t\">x</a>",
		"<a href=\"http://a.example/\" onclick=\"x\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http://a.example/\" title=\"<b>\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http://a.example/?a&b\" rel=\"" CANONICAL_HTML_REL "\">x</a>",
		"<a href=\"http://a.example/", "<a href=\"http://a.example/\" title=\"", NULL
	};

	(void)state;
	all(false, list);
}

static void
refuses_odd_bytes_and_references(void **state)
{
	static const char *const list[] = {
		"a\rb", "a\x01", "\x1b", "\x7f", "\xc2\x80", "\xc2\x9f", "\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "a & b", "&", "&nbsp;", "&quot;", "&#39;", "&#60;", "&lt", "&LT;", "&amp", NULL
	};
	struct safe_html safe;

	(void)state;
	all(false, list);
	assert_false(canonical_html_check("a\0b", 3, &safe));
}

static void
takes_100_levels_and_no_more(void **state)
{
	struct sb sb;
	int depth, i;

	(void)state;
	sb_init(&sb, 10000);
	for (depth = LIMIT_BODY_DEPTH; depth <= LIMIT_BODY_DEPTH + 1; depth++) {
		sb_reset(&sb);
		for (i = 0; i < depth; i++)
			sb_str(&sb, "<b>");
		sb_str(&sb, "x<br>");
		for (i = 0; i < depth; i++)
			sb_str(&sb, "</b>");
		assert_int_equal(canonical(sb_text(&sb)), depth <= LIMIT_BODY_DEPTH);
	}
	sb_free(&sb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_form),
		cmocka_unit_test(refuses_other_markup),
		cmocka_unit_test(refuses_what_a_parser_would_build_otherwise),
		cmocka_unit_test(refuses_other_links),
		cmocka_unit_test(refuses_odd_bytes_and_references),
		cmocka_unit_test(takes_100_levels_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
