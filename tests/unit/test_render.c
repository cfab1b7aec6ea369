/* Bodies of each kind: what becomes of them, and that hostile ones stay within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/render.h"

#include "util/canonical_html.h"
#include "util/sb.h"
#include "util/utf8.h"

#include "unit/damage.h"

#define LINK(href, text)	"<a href=\"" href "\" rel=\"" CANONICAL_HTML_REL "\">" text "</a>"
#define BARE(address)		LINK(address, address)

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	return (arena = arena_new(16 * 1024 * 1024)) == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Whatever comes out is canonical, and the same when it comes in again as HTML: exports are imported. */
static struct text
render(enum body_kind kind, const char *body, size_t n, uint64_t *result)
{
	uint64_t again_issues = 0;
	struct safe_html safe;
	struct text out, again;
	struct err e;

	arena_reset(arena);
	*result = 0;
	assert_int_equal(render_body(kind, body, n, arena, &out, result, &e), 0);
	assert_true(out.said);
	if (!canonical_html_check(out.p, out.n, &safe))
		fail_msg("not canonical: [%.*s] from kind %d [%.*s]", (int)out.n, out.p, (int)kind, (int)n, body);
	assert_int_equal(render_body(BODY_HTML, out.p, out.n, arena, &again, &again_issues, &e), 0);
	assert_int_equal(again_issues, 0);
	if (again.n != out.n || memcmp(again.p, out.p, out.n) != 0)
		fail_msg("[%.*s] became [%.*s] the second time", (int)out.n, out.p, (int)again.n, again.p);
	return out;
}

static void
gives(enum body_kind kind, const char *body, const char *expected)
{
	uint64_t result;
	struct text out = render(kind, body, strlen(body), &result);

	if (out.n != strlen(expected) || memcmp(out.p, expected, out.n) != 0)
		fail_msg("[%s] became [%.*s], expected [%s]", body, (int)out.n, out.p, expected);
	assert_int_equal(result & CLEAN_GAVE_UP, 0);
}

struct pair {
	const char *body, *expected;
};

#define GIVE(kind, pairs)	give_all(kind, pairs, ARRAY_LEN(pairs))

static void
give_all(enum body_kind kind, const struct pair *pairs, size_t n)
{
	while (n-- > 0)
		gives(kind, pairs[n].body, pairs[n].expected);
}

static void
html_is_only_cleaned(void **state)
{
	static const struct pair pairs[] = {
		{ "<p>a\nb http://a.example/</p>", "<p>a\nb http://a.example/</p>" },
		{ " **a** &amp;lt; ", "**a** &amp;lt;" },
		{ "", "" },
	};

	(void)state;
	GIVE(BODY_HTML, pairs);
}

static void
markdown_is_rendered(void **state)
{
	static const struct pair pairs[] = {
		{ "", "" },
		{ " \n ", "" },
		{ "One *two* **three**\n`four <b>`", "<p>One <em>two</em> <strong>three</strong>\n<code>four &lt;b&gt;</code></p>" },
		{ "One  \ntwo\\\nthree", "<p>One<br>two<br>three</p>" },
		{ "a\n\nb", "<p>a</p><p>b</p>" },
		{ "a\r\n\r\nb", "<p>a</p><p>b</p>" },
		{ "> q\n> r\n\ns", "<blockquote><p>q\nr</p></blockquote><p>s</p>" },
		{ "- a\n- b\n  1. c", "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>" },
		{ "- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>" },
		{ "# A *b*\n\nc\n===", "<h1>A <em>b</em></h1><h1>c</h1>" },
		{ "###### A", "<h6>A</h6>" },
		{ "a\n\n* * *\n\nb", "<p>a</p><hr><p>b</p>" },
		{ "```c\nif (a<b) &amp;\n```", "<pre><code>if (a&lt;b) &amp;amp;\n</code></pre>" },
		{ "[a *b*](http://a.example/?x=1&y=2 \"t \\\"u\\\"\")",
		    "<p><a href=\"http://a.example/?x=1&amp;y=2\" title=\"t &quot;u&quot;\" "
		    "rel=\"nofollow ugc noopener\">a <em>b</em></a></p>" },
		{ "[a](javascript:alert(1)) [b](/c) <http://a.example/> <a@b.example>",
		    "<p>a b " BARE("http://a.example/") " " LINK("mailto:a@b.example", "a@b.example") "</p>" },
		{ "![A *cat* & `x` ![in](http://b.example)](http://a.example/b.png)",
		    "<p>" LINK("http://a.example/b.png", "A cat &amp; x in") "</p>" },
		{ "![a\nb](data:image/png;base64,AA) ![](http://a.example/b.png)",
		    "<p>a\nb " BARE("http://a.example/b.png") "</p>" },
		{ "[![alt](http://a.example/b.png)](http://c.example)", "<p>" LINK("http://c.example", "alt") "</p>" },
		{ "&lt;b&gt; &amp;lt; &copy; &nosuch;", "<p>&lt;b&gt; &amp;lt; \xc2\xa9 &amp;nosuch;</p>" },
	};

	(void)state;
	GIVE(BODY_MARKDOWN, pairs);
}

static void
html_in_markdown_is_text(void **state)
{
	static const struct pair pairs[] = {
		{ "a <b>b</b> *c* <!-- d -->", "<p>a &lt;b&gt;b&lt;/b&gt; <em>c</em> &lt;!-- d --&gt;</p>" },
		{ "<div>\n**a** & http://a.example/\n</div>\n\nb",
		    "<p>&lt;div&gt;<br>**a** &amp; " BARE("http://a.example/") "<br>&lt;/div&gt;</p><p>b</p>" },
		{ "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" },
		{ "<!-- never closed\n\na", "<p>&lt;!-- never closed<br><br>a</p>" },
		{ "![<b>](http://a.example/b.png)", "<p>" LINK("http://a.example/b.png", "&lt;b&gt;") "</p>" },
		{ "I <3 you, 1 < 2", "<p>I &lt;3 you, 1 &lt; 2</p>" },
	};

	(void)state;
	GIVE(BODY_MARKDOWN, pairs);
}

static void
two_tildes_strike_out(void **state)
{
	static const struct pair pairs[] = {
		{ "a ~~b~~ c", "<p>a <del>b</del> c</p>" },
		{ "~~a *b* `c~~`~~ d", "<p><del>a <em>b</em> <code>c~~</code></del> d</p>" },
		{ "~~*a*~~", "<p><del><em>a</em></del></p>" },
		{ "~~a *b ~~c~~ d* e~~", "<p><del>a <em>b <del>c</del> d</em> e</del></p>" },
		{ "*~~a*~~", "<p><em>~~a</em>~~</p>" },
		{ "~~a\nb~~", "<p><del>a\nb</del></p>" },
		{ "~~ a ~~ ~~~b~~~ ~c~", "<p>~~ a ~~ ~~~b~~~ ~c~</p>" },
		{ "~~a ~~b ~~c", "<p>~~a ~~b ~~c</p>" },
		{ "a~~\nb ~~c", "<p>a~~\nb ~~c</p>" },
		{ "![~~a~~](http://a.example/b.png)", "<p>" LINK("http://a.example/b.png", "~~a~~") "</p>" },
	};

	(void)state;
	GIVE(BODY_MARKDOWN, pairs);
}

/* As a conversion from HTML escapes it. */
static void
what_is_escaped_in_markdown_is_text(void **state)
{
	static const struct pair pairs[] = {
		{ "snake\\_case \\*a\\* 1\\. \\# \\[x\\](y) \\`z\\`", "<p>snake_case *a* 1. # [x](y) `z`</p>" },
		{ "\\~\\~a\\~\\~ `\\~` \\\\~~b~~ \\", "<p>~~a~~ <code>\\~</code> \\<del>b</del> \\</p>" },
		{ "\\<b> \\&lt; http://a.example/a\\_b\\~c", "<p>&lt;b&gt; &amp;lt; " BARE("http://a.example/a_b~c") "</p>" },
		{ "1986\\. A year", "<p>1986. A year</p>" },
	};

	(void)state;
	GIVE(BODY_MARKDOWN, pairs);
}

static void
bare_addresses_become_links(void **state)
{
	static const struct pair pairs[] = {
		{ "http://a.example", "<p>" BARE("http://a.example") "</p>" },
		{ "See https://a.example/b_c_d?e=1&f=2#g.", "<p>See " BARE("https://a.example/b_c_d?e=1&amp;f=2#g") ".</p>" },
		{ "(http://a.example/b), \"http://c.example\"; HTTP://d.example!?",
		    "<p>(" BARE("http://a.example/b") "), \"" BARE("http://c.example") "\"; "
		    LINK("http://d.example", "HTTP://d.example") "!?</p>" },
		{ "http://a.example/Tea_(drink) (http://a.example/Tea_(drink)). http://a.example/x)y) [http://a.example]",
		    "<p>" BARE("http://a.example/Tea_(drink)") " (" BARE("http://a.example/Tea_(drink)") "). "
		    BARE("http://a.example/x)y") ") [" BARE("http://a.example") "]</p>" },
		{ "www.a.example, (www.b.example/c) http://www.d.example",
		    "<p>" LINK("http://www.a.example", "www.a.example") ", (" LINK("http://www.b.example/c", "www.b.example/c") ") "
		    BARE("http://www.d.example") "</p>" },
		{ "xhttp://a.example ftp://a.example http:// http://. https://) http:/x", "<p>xhttp://a.example "
		    "ftp://a.example http:// http://. https://) http:/x</p>" },
		{ "a@www.b.example //www.c.example www. h", "<p>a@www.b.example //www.c.example www. h</p>" },
		{ "http://a.example/\xd1\x87\xd0\xb0\xd0\xb9\xe2\x80\xa6 \xe2\x80\x9chttp://b.example\xe2\x80\x9d "
		    "\xe7\x9c\x8bhttp://c.example/\xe3\x80\x91\xe7\x9c\x8b http://d.example\xef\xbc\x8c\xe7\x9c\x8b http://[::1]/",
		    "<p>" BARE("http://a.example/\xd1\x87\xd0\xb0\xd0\xb9") "\xe2\x80\xa6 \xe2\x80\x9c" BARE("http://b.example")
		    "\xe2\x80\x9d \xe7\x9c\x8b" BARE("http://c.example/") "\xe3\x80\x91\xe7\x9c\x8b " BARE("http://d.example")
		    "\xef\xbc\x8c\xe7\x9c\x8b " BARE("http://[::1]/") "</p>" },
		{ "**http://a.example** `http://b.example` [http://c.example](http://d.example) http://e.example/&lt;f&gt;&amp;",
		    "<p><strong>" BARE("http://a.example") "</strong> <code>http://b.example</code> "
		    LINK("http://d.example", "http://c.example") " " BARE("http://e.example/") "&lt;f&gt;&amp;</p>" },
		{ "    http://a.example", "<pre><code>http://a.example\n</code></pre>" },
	};

	(void)state;
	GIVE(BODY_MARKDOWN, pairs);
}

static void
just_comments_keeps_lines_and_has_no_headings(void **state)
{
	static const struct pair pairs[] = {
		{ "a\nb  \nc\n\nd", "<p>a<br>b<br>c</p><p>d</p>" },
		{ "# A *b*\ntext", "<p><strong>A <em>b</em></strong></p><p>text</p>" },
		{ "a\n\n***\n\nb", "<p>a</p><p>b</p>" },
		{ "<b>a</b>\n| b | c |", "<p>&lt;b&gt;a&lt;/b&gt;<br>| b | c |</p>" },
		{ "![a](http://a.example/b.png)", "<p>" LINK("http://a.example/b.png", "a") "</p>" },
		{ "```\na\nb\n```", "<pre><code>a\nb\n</code></pre>" },
	};

	(void)state;
	GIVE(BODY_MARKDOWN_BREAKS, pairs);
}

static void
wordpress_lines_are_breaks_and_paragraphs(void **state)
{
	static const struct pair pairs[] = {
		{ "One\ntwo\n\nthree\n \t\n\nfour", "<p>One<br>two</p><p>three</p><p>four</p>" },
		{ "One\r\ntwo\r\n\r\nthree\rfour\r\r\nfive&#13;\nsix", "<p>One<br>two</p><p>three<br>four<br>five<br>six</p>" },
		{ "a<br />\nb<br>c\n<br>\nd<br>\n\ne", "<p>a<br>b<br>c<br><br>d<br></p><p>e</p>" },
		{ "a <b>b\nc\n\nd</b> e", "<p>a <b>b<br>c</b></p><p><b>d</b> e</p>" },
		{ "<em>a\n</em>b <i>unclosed\n\nc", "<p><em>a</em><br>b <i>unclosed</i></p><p><i>c</i></p>" },
		{ "<blockquote>q\nr\n\ns</blockquote>\nreply\nmore",
		    "<blockquote><p>q<br>r</p><p>s</p></blockquote><p>reply<br>more</p>" },
		{ "a\n<ul>\n<li>b\nc</li>\n\n<li>d</li>\n</ul>\ne", "<p>a</p><ul><li>b<br>c</li><li>d</li></ul><p>e</p>" },
		{ "a\n<pre>b\n\n c <i>d</i>\n</pre>\ne\nf", "<p>a</p><pre>b\n\n c <i>d</i>\n</pre><p>e<br>f</p>" },
		{ "a\n<PRE>b\n\nc", "<p>a</p><pre>b\n\nc</pre>" },
		{ "a\n<script>b\n\nc</script>\nd<textarea>e\n\nf</textarea>", "<p>a<br>de\n\nf</p>" },
		{ "a<title>b\nc</title>", "<p>a<br>b\nc</p>" },
		{ "a<!-- b\n\nc -->d", "<p>ad</p>" },
		{ "<p>a</p>\nb\nc", "<p>a</p><p>b<br>c</p>" },
		{ "a\n<table><tr>\n<td>b\n</td><td>c</td></tr></table>d", "<p>a</p>b c<p>d</p>" },
		{ "", "" },
		{ "<", "<p>&lt;</p>" },
	};

	(void)state;
	GIVE(BODY_WORDPRESS, pairs);
}

static void
wordpress_rich_text_keeps_its_own_lines(void **state)
{
	static const struct pair pairs[] = {
		{ "<p>a\nb</p>\n\n<p>c</p>", "<p>a\nb</p>\n\n<p>c</p>" },
		{ " <ul>\n<li>a</li>\n</ul> ", "<ul>\n<li>a</li>\n</ul>" },
		{ "<P class=\"x\">a</P><blockquote>b\n\nc</blockquote>", "<p>a</p><blockquote>b\n\nc</blockquote>" },
	};

	(void)state;
	GIVE(BODY_WORDPRESS, pairs);
}

static void
wordpress_references_are_decoded_once(void **state)
{
	static const struct pair pairs[] = {
		{ "&lt;b&gt; &amp;lt; &#8217; &#039; &hellip; AT&T [&#8230;]",
		    "<p>&lt;b&gt; &amp;lt; \xe2\x80\x99 ' \xe2\x80\xa6 AT&amp;T [\xe2\x80\xa6]</p>" },
		{ "http://a.example/?b=1&amp;c=2&#038;d &lt;http://e.example&gt; &quot;http://f.example&quot;",
		    "<p>" BARE("http://a.example/?b=1&amp;c=2&amp;d") " &lt;" BARE("http://e.example") "&gt; "
		    "\"" BARE("http://f.example") "\"</p>" },
		{ "<a href='http://a.example'>http://a.example</a> <code>www.b.example</code> http://c.example<br>d",
		    "<p>" BARE("http://a.example") " <code>www.b.example</code> " BARE("http://c.example") "<br>d</p>" },
	};

	(void)state;
	GIVE(BODY_WORDPRESS, pairs);
}

static void
wordpress_tags_without_an_end_are_text(void **state)
{
	static const struct pair pairs[] = {
		{ "I <3 you and a <b", "<p>I &lt;3 you and a &lt;b</p>" },
		{ "a <a href=\"http://b.example>c</a>\nd",
		    "<p>a &lt;a href=\"" LINK("http://b.example", "http://b.example") "&gt;c<br>d</p>" },
		{ "a <!-- b\nc", "<p>a &lt;!-- b<br>c</p>" },
		{ "<?php echo 1; ?> <!doctype x> </ b> <>", "<p>&lt;?php echo 1; ?&gt; &lt;!doctype x&gt; &lt;/ b&gt; &lt;&gt;</p>" },
		{ "<i title = 'a>b' class=c\"d>e</i>", "<p><i>e</i></p>" },
	};

	(void)state;
	GIVE(BODY_WORDPRESS, pairs);
}

static void
intensedebate_lines_are_breaks(void **state)
{
	static const struct pair pairs[] = {
		{ " Qu&eacute; tal &quot;t&uacute;&quot; &lt;b&gt;  \n", "<p>Qu\xc3\xa9 tal \"t\xc3\xba\" &lt;b&gt;</p>" },
		{ "a  \nb  \n  \nc\n  ", "<p>a<br>b</p><p>c</p>" },
		/* The generator put an anchor into the address of an anchor. */
		{ "see <a href=\"http://a.example\" target=\"_blank\"> <a href=\"http://a.example</a>\" target=\"_blank\">"
		    "a.example...</a></a>  \nb",
		    "<p>see  " LINK("http://a.example", "a.example...") "<br>b</p>" },
		{ "http://a.example", "<p>http://a.example</p>" },
	};

	(void)state;
	GIVE(BODY_INTENSEDEBATE, pairs);
}

static void
muut_is_unescaped_once(void **state)
{
	static const struct pair pairs[] = {
		{ "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; &#x27;e&#x2F;", "<p>a &lt;b&gt; &amp; \"c\" 'd' 'e/</p>" },
		{ "&amp;lt; &amp;amp; &amp;copy; &amp;amp;lt;", "<p>&amp;lt; &amp;amp; &amp;copy; &amp;amp;lt;</p>" },
		{ "`&amp;lt; &lt;`", "<p><code>&amp;lt; &lt;</code></p>" },
		{ "&gt; quoted\n&gt; *more*\n\nanswer\nline",
		    "<blockquote><p>quoted<br><em>more</em></p></blockquote><p>answer<br>line</p>" },
		{ "http://a.example/?b=1&amp;c=2 [x](http://a.example/?b=1&amp;c=2)",
		    "<p>" BARE("http://a.example/?b=1&amp;c=2") " " LINK("http://a.example/?b=1&amp;c=2", "x") "</p>" },
	};

	(void)state;
	GIVE(BODY_MUUT, pairs);
}

static void
muut_code_stands_between_dashes(void **state)
{
	static const struct pair pairs[] = {
		{ "a\n---\n\tif (a &lt; b) *c* &amp;amp;\n\n```\n---\n**b**",
		    "<p>a</p><pre><code>\tif (a &lt; b) *c* &amp;amp;\n\n```\n</code></pre><p><strong>b</strong></p>" },
		{ "--- js\na\n--- \n---c++\nb\n---", "<pre><code>a\n</code></pre><pre><code>b\n</code></pre>" },
		{ "---\na\n--- b\nc", "<pre><code>a\n--- b\nc</code></pre>" },
		{ "a\n--- two words\nb", "<p>a<br>--- two words<br>b</p>" },
		{ "---\n---\na", "<p>a</p>" },
		{ "a\n---", "<p>a</p>" },
	};

	(void)state;
	GIVE(BODY_MUUT, pairs);
}

static void
fastcomments_pictures_become_links(void **state)
{
	static const struct pair pairs[] = {
		{ "a\n[img]http://a.example/b.png?c=1&d=2[/img] **e**",
		    "<p>a<br>" BARE("http://a.example/b.png?c=1&amp;d=2") " <strong>e</strong></p>" },
		{ "[IMG] https://a.example/b_c_d.png [/IMG]", "<p>" BARE("https://a.example/b_c_d.png") "</p>" },
		{ "[img]javascript:alert(1)[/img] [img]//a.example/b[/img] [img]/b[/img] [img][/img]",
		    "<p>[img]javascript:alert(1)[/img] [img]//a.example/b[/img] [img]/b[/img] [img][/img]</p>" },
		{ "[img]http://a b[/img] [img]http://a.example <b>", "<p>[img]" LINK("http://a", "http://a") " b[/img] [img]"
		    BARE("http://a.example") " &lt;b&gt;</p>" },
		{ "<b>a</b> &amp;lt;", "<p>&lt;b&gt;a&lt;/b&gt; &amp;lt;</p>" },
	};

	(void)state;
	GIVE(BODY_FASTCOMMENTS, pairs);
}

static void
plain_text_is_escaped_with_breaks(void **state)
{
	static const struct pair pairs[] = {
		{ " a <b> &amp; **c**\n\nhttp://d.example\r\ne\rf \n",
		    "a &lt;b&gt; &amp;amp; **c**<br><br>http://d.example<br>e<br>f <br>" },
		{ "\x01 a\x7f", "a" },
		{ "", "" },
	};

	(void)state;
	GIVE(BODY_PLAIN, pairs);
}

/* Raw ones, and references where the renderer has no rule of its own for them. */
static void
control_characters_are_read_as_windows_1252_in_each_kind(void **state)
{
	static const struct { enum body_kind kind; const char *body, *expected; } bodies[] = {
		{ BODY_HTML, "\xc2\x93" "a\xc2\x94&#151;", "\xe2\x80\x9c" "a\xe2\x80\x9d\xe2\x80\x94" },
		{ BODY_MARKDOWN, "\xc2\x93" "a\xc2\x94&#151;", "<p>\xe2\x80\x9c" "a\xe2\x80\x9d\xe2\x80\x94</p>" },
		{ BODY_MARKDOWN_BREAKS, "`\xc2\x93`", "<p><code>\xe2\x80\x9c</code></p>" },
		{ BODY_WORDPRESS, "\xc2\x93" "a\xc2\x94&#151;", "<p>\xe2\x80\x9c" "a\xe2\x80\x9d\xe2\x80\x94</p>" },
		{ BODY_INTENSEDEBATE, "\xc2\x93" "a", "<p>\xe2\x80\x9c" "a</p>" },
		{ BODY_MUUT, "\xc2\x93" "a\n---\n\xc2\x94\n---", "<p>\xe2\x80\x9c"
		    "a</p><pre><code>\xe2\x80\x9d\n</code></pre>" },
		{ BODY_FASTCOMMENTS, "\xc2\x93" "a", "<p>\xe2\x80\x9c" "a</p>" },
		{ BODY_PLAIN, "\xc2\x93" "a", "\xe2\x80\x9c" "a" },
	};
	uint64_t issues;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		gives(bodies[i].kind, bodies[i].body, bodies[i].expected);
		render(bodies[i].kind, bodies[i].body, strlen(bodies[i].body), &issues);
		assert_int_equal(issues, ISSUE_BIT(ISSUE_CONTROLS_READ));
		render(bodies[i].kind, "a\xc2\x81\x02", 4, &issues);
		assert_int_equal(issues, ISSUE_BIT(ISSUE_CONTROLS_LEFT_OUT));
	}
}

static void
what_a_renderer_replaces_is_counted(void **state)
{
	static const struct { enum body_kind kind; const char *body; uint64_t issues; } bodies[] = {
		{ BODY_MARKDOWN, "a &#0;", ISSUE_BIT(ISSUE_BYTES_REPAIRED) },
		{ BODY_HTML, "a &#0;", ISSUE_BIT(ISSUE_BYTES_REPAIRED) },
		{ BODY_HTML, "a \xef\xbf\xbd<br/>", 0 },
		{ BODY_HTML, "a \xef\xb7\x90<br/>", ISSUE_BIT(ISSUE_BYTES_REPAIRED) },
		{ BODY_MARKDOWN, "a \xef\xb7\x90", ISSUE_BIT(ISSUE_CONTROLS_LEFT_OUT) },
		{ BODY_MARKDOWN, "![a](http://a.example/b.png \"t\")",
		    ISSUE_BIT(ISSUE_PICTURE_LINKED) | ISSUE_BIT(ISSUE_TOOLTIP_LEFT_OUT) },
		{ BODY_MARKDOWN, "![a [b](http://b.example/)](http://a.example/b.png)",
		    ISSUE_BIT(ISSUE_PICTURE_LINKED) | ISSUE_BIT(ISSUE_LINK_LEFT_OUT) },
		{ BODY_MARKDOWN, "[a](/b)", ISSUE_BIT(ISSUE_LINK_LEFT_OUT) },
		{ BODY_FASTCOMMENTS, "[img]http://a.example/b.png[/img]", ISSUE_BIT(ISSUE_PICTURE_LINKED) },
		{ BODY_WORDPRESS, "a\n<iframe src=\"//a.example\"></iframe>", ISSUE_BIT(ISSUE_EMBED_LINKED) },
	};
	uint64_t issues;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		render(bodies[i].kind, bodies[i].body, strlen(bodies[i].body), &issues);
		if (issues != bodies[i].issues)
			fail_msg("[%s]: %" PRIx64 ", not %" PRIx64, bodies[i].body, issues, bodies[i].issues);
	}
}

/* --- bounds -------------------------------------------------------------------------------- */

static void
repeat(struct sb *sb, const char *s, size_t times)
{
	while (times-- > 0)
		sb_str(sb, s);
}

static void
starts_as(struct text out, const char *expected)
{
	assert_true(out.n >= strlen(expected));
	assert_memory_equal(out.p, expected, strlen(expected));
}

static void
long_bodies_are_shown_as_they_were_typed(void **state)
{
	static const struct { enum body_kind kind; uint64_t result; const char *start; } longs[] = {
		{ BODY_MARKDOWN, ISSUE_BIT(ISSUE_BODY_PLAIN), "**a**<br>&lt;b&gt; &amp;amp;amp; " },
		{ BODY_WORDPRESS, ISSUE_BIT(ISSUE_BODY_PLAIN), "**a**<br>&lt;b&gt; &amp;amp;amp; " },
		{ BODY_MUUT, ISSUE_BIT(ISSUE_BODY_PLAIN), "**a**<br>&lt;b&gt; &amp;amp; " },
		{ BODY_FASTCOMMENTS, ISSUE_BIT(ISSUE_BODY_PLAIN), "**a**<br>&lt;b&gt; &amp;amp;amp; " },
		{ BODY_PLAIN, 0, "**a**<br>&lt;b&gt; &amp;amp;amp; " },
	};
	uint64_t result;
	struct sb sb;
	size_t i;

	(void)state;
	sb_init(&sb, 4 * LIMIT_BODY_PLAIN_BYTES);
	for (i = 0; i < ARRAY_LEN(longs); i++) {
		sb_reset(&sb);
		sb_str(&sb, "**a**\n<b> &amp;amp; ");
		repeat(&sb, "word ", LIMIT_BODY_BYTES / 5);
		starts_as(render(longs[i].kind, sb.p, sb.n, &result), longs[i].start);
		assert_int_equal(result, longs[i].result);
		repeat(&sb, "word ", LIMIT_BODY_PLAIN_BYTES / 5);
		starts_as(render(longs[i].kind, sb.p, sb.n, &result), longs[i].start);
		assert_int_equal(result, ISSUE_BIT(ISSUE_BODY_CUT));
	}
	sb_free(&sb);
}

static void
bodies_that_grow_or_nest_too_far_are_shown_as_they_were_typed(void **state)
{
	static const struct { enum body_kind kind; const char *piece; size_t times; const char *start; } odd[] = {
		{ BODY_MARKDOWN, "> ", 60, NULL }, { BODY_MARKDOWN, "> ", 101, "&gt; &gt; " }, { BODY_MARKDOWN, "- ", 60, "- - " },
		{ BODY_MARKDOWN, "&", 60000, "&amp;&amp;" },
		{ BODY_MARKDOWN, "*_", 30000, "*_*_" }, { BODY_MARKDOWN, "[a](http://a.example/) ", 2000, "[a](http" },
		{ BODY_WORDPRESS, "<blockquote>a\n\n", 101, "&lt;blockquote&gt;a<br><br>&lt;" },
		{ BODY_WORDPRESS, "a\n\n", 20000, "a<br><br>a" },
		{ BODY_MUUT, "&gt; ", 101, "&gt; &gt; " },
	};
	uint64_t result;
	struct text out;
	struct sb sb;
	size_t i;

	(void)state;
	sb_init(&sb, LIMIT_BODY_BYTES);
	for (i = 0; i < ARRAY_LEN(odd); i++) {
		sb_reset(&sb);
		repeat(&sb, odd[i].piece, odd[i].times);
		sb_str(&sb, "x");
		out = render(odd[i].kind, sb.p, sb.n, &result);
		if (result != (odd[i].start != NULL ? ISSUE_BIT(ISSUE_BODY_PLAIN) : 0))
			fail_msg("%zu times [%s]: %" PRIx64, odd[i].times, odd[i].piece, result);
		if (odd[i].start != NULL)
			starts_as(out, odd[i].start);
	}
	/* Without room for links, text remains. */
	sb_reset(&sb);
	repeat(&sb, "http://a.example/ ", 2000);
	out = render(BODY_MARKDOWN, sb.p, sb.n, &result);
	starts_as(out, "<p>http://a.example/ http://a.example/ ");
	assert_int_equal(result, 0);
	sb_free(&sb);
}

/* Each would take a careless pass, or cmark without its bounds, minutes. */
static void
hostile_bodies_take_no_time(void **state)
{
	static const char *const pieces[] = {
		"*a ", "_a ", "*a **a ", "*_", "[", "[a](", "![[]()", "[a](<b", "`", "<?", "<!A ", "<!--", "<![CDATA[",
		"<a =\"", "<a ", "> ", "- ", "1. ", "\n", "~~a ", "~~", "~~a~~ ", "http://a", "www.a ", "http://a.b/(",
		"http://a.b/)", "[img]", "[img]http://a", "---\n", "---\nx\n", "&lt;", "&", "<b>", "</b>", "<b><i></b>",
		"[a]: b\n", "\\", "\\~", "<a>", "&#13;", "\r", "- - - - - - - - - - - - - - - a\n",
	};
	uint64_t result;
	struct sb sb;
	size_t i;
	int kind;

	(void)state;
	sb_init(&sb, LIMIT_BODY_BYTES);
	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		sb_reset(&sb);
		repeat(&sb, pieces[i], LIMIT_BODY_BYTES / strlen(pieces[i]));
		for (kind = BODY_HTML; kind <= BODY_PLAIN; kind++)
			render(kind, sb.p, sb.n, &result);
	}
	sb_free(&sb);
}

static void
any_input_gives_canonical_output_of_each_kind(void **state)
{
	static const char *const pieces[] = {
		"*", "**", "_", "~~", "~", "`", "```", "\n", "\n\n", "\r\n", "\\", "[", "]", "](", ")", "![", "<", ">",
		"> ", "- ", "1. ", "# ", "---", "\n---\n", "--- c\n", "text", " ", "    ", "\t", "http://a.example/",
		"www.b.example", "(", ".", "&", "&amp;", "&lt;", "&amp;lt;", "&#13;", "<b>", "</b>", "<p>", "</p>",
		"<pre>", "</pre>", "<br>", "<blockquote>", "</blockquote>", "<ul>", "<li>", "</ul>",
		"<a href=\"http://c.example/", "\">", "</a>", "<!--", "-->", "<script>", "</script>", "<code>", "</code>",
		"[img]", "[/img]", "[a]: http://d.example", "\xf0\x9f\x98\x80", "\xc2\x85", "\xc2\xa0", "\xef\xb7\x90",
		"\"", "'", "\x01", "===", "| a |", "<table>", "<td>", "<div", "=", "<textarea>",
	};
	uint64_t seed = damage_seed("render");
	uint64_t result;
	struct sb sb, bad;
	int round;

	(void)state;
	sb_init(&sb, LIMIT_BODY_BYTES);
	sb_init(&bad, 2 * LIMIT_BODY_BYTES);
	for (round = 0; round < 8000; round++) {
		size_t count = 1 + damage_below(&seed, round % 50 == 0 ? 500 : 30);
		enum body_kind kind = (enum body_kind)(round % (BODY_PLAIN + 1));

		sb_reset(&sb);
		while (count-- > 0)
			sb_str(&sb, pieces[damage_below(&seed, ARRAY_LEN(pieces))]);
		render(kind, sb.p, sb.n, &result);
		damage(&seed, sb.p, sb.n, &bad);
		if (bad.n > 0 && utf8_valid(bad.p, bad.n) && memchr(bad.p, '\0', bad.n) == NULL)
			render(kind, bad.p, bad.n, &result);
	}
	sb_free(&sb);
	sb_free(&bad);
}

static void
a_full_arena_is_an_error(void **state)
{
	static const enum body_kind kinds[] = { BODY_MARKDOWN, BODY_WORDPRESS, BODY_MUUT, BODY_PLAIN };
	struct arena *small = arena_new(100);
	uint64_t result = 0;
	struct text out;
	struct err e;
	char body[300];
	size_t i;

	(void)state;
	memset(body, 'x', sizeof(body));
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_int_equal(render_body(kinds[i], body, sizeof(body), small, &out, &result, &e), -1);
		assert_int_equal(e.kind, ERR_MEMORY);
	}
	arena_free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_only_cleaned),
		cmocka_unit_test(markdown_is_rendered),
		cmocka_unit_test(html_in_markdown_is_text),
		cmocka_unit_test(two_tildes_strike_out),
		cmocka_unit_test(what_is_escaped_in_markdown_is_text),
		cmocka_unit_test(bare_addresses_become_links),
		cmocka_unit_test(just_comments_keeps_lines_and_has_no_headings),
		cmocka_unit_test(wordpress_lines_are_breaks_and_paragraphs),
		cmocka_unit_test(wordpress_rich_text_keeps_its_own_lines),
		cmocka_unit_test(wordpress_references_are_decoded_once),
		cmocka_unit_test(wordpress_tags_without_an_end_are_text),
		cmocka_unit_test(intensedebate_lines_are_breaks),
		cmocka_unit_test(muut_is_unescaped_once),
		cmocka_unit_test(muut_code_stands_between_dashes),
		cmocka_unit_test(fastcomments_pictures_become_links),
		cmocka_unit_test(plain_text_is_escaped_with_breaks),
		cmocka_unit_test(control_characters_are_read_as_windows_1252_in_each_kind),
		cmocka_unit_test(what_a_renderer_replaces_is_counted),
		cmocka_unit_test(long_bodies_are_shown_as_they_were_typed),
		cmocka_unit_test(bodies_that_grow_or_nest_too_far_are_shown_as_they_were_typed),
		cmocka_unit_test(hostile_bodies_take_no_time),
		cmocka_unit_test(any_input_gives_canonical_output_of_each_kind),
		cmocka_unit_test(a_full_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
