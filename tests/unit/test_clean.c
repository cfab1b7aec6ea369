/* The cleaner: what it keeps, what goes, and that its output is canonical whatever comes in. */
#include <gumbo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/clean.h"

#include "util/canonical_html.h"
#include "util/sb.h"
#include "util/utf8.h"

#include "unit/damage.h"

#define LINK_TO(href)	"<a href=\"" href "\" rel=\"" CANONICAL_HTML_REL "\">"

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

/* Whatever comes out is canonical, and stays as it is when it is cleaned again: exports are imported. */
static struct text
clean_n(const char *html, size_t n, uint64_t *result)
{
	uint64_t again_issues = 0;
	struct text out, again;
	struct safe_html safe;
	struct err e;

	arena_reset(arena);
	*result = 0;
	assert_int_equal(clean_html(html, n, arena, &out, result, &e), 0);
	assert_true(out.said);
	if (!canonical_html_check(out.p, out.n, &safe))
		fail_msg("not canonical: [%.*s] from [%.*s]", (int)out.n, out.p, (int)n, html);
	assert_int_equal(clean_html(out.p, out.n, arena, &again, &again_issues, &e), 0);
	if (again_issues != 0 || again.n != out.n || memcmp(again.p, out.p, out.n) != 0)
		fail_msg("[%.*s] became [%.*s] the second time", (int)out.n, out.p, (int)again.n, again.p);
	return out;
}

static void
gives(const char *html, const char *expected)
{
	uint64_t result;
	struct text out = clean_n(html, strlen(html), &result);

	if (out.n != strlen(expected) || memcmp(out.p, expected, out.n) != 0)
		fail_msg("[%s] became [%.*s], expected [%s]", html, (int)out.n, out.p, expected);
	assert_int_equal(result & CLEAN_GAVE_UP, 0);
}

/* The same, and the reasons that are counted: all of them. */
static void
alters(const char *html, const char *expected, uint64_t issues)
{
	uint64_t result;
	int i;

	gives(html, expected);
	clean_n(html, strlen(html), &result);
	for (i = 0; i < ISSUE__MAX; i++)
		if ((result ^ issues) & ISSUE_BIT(i))
			fail_msg("[%s]: reason %d is%s counted", html, i, result & ISSUE_BIT(i) ? "" : " not");
}

#define EMBED	ISSUE_BIT(ISSUE_EMBED_LINKED)
#define PICTURE	ISSUE_BIT(ISSUE_PICTURE_LINKED)
#define INLINE	ISSUE_BIT(ISSUE_PICTURE_LEFT_OUT)
#define LINK	ISSUE_BIT(ISSUE_LINK_LEFT_OUT)
#define HIDDEN	ISSUE_BIT(ISSUE_HIDDEN_LEFT_OUT)
#define TOOLTIP	ISSUE_BIT(ISSUE_TOOLTIP_LEFT_OUT)
#define EMOJI	ISSUE_BIT(ISSUE_EMOJI_TEXT)
#define BYTES	ISSUE_BIT(ISSUE_BYTES_REPAIRED)
#define READ	ISSUE_BIT(ISSUE_CONTROLS_READ)
#define DROPPED	ISSUE_BIT(ISSUE_CONTROLS_LEFT_OUT)

static void
canonical_html_comes_back_as_it_is(void **state)
{
	const char *html = "<p>Hi<br>there &amp; <b>you</b></p>";
	uint64_t result;
	struct text out = clean_n(html, strlen(html), &result);

	(void)state;
	assert_ptr_equal(out.p, html);
	assert_int_equal(result, 0);
	gives("", "");
	gives(" \n<p>x</p>\n\t ", "<p>x</p>");
}

static void
what_no_browser_shows_vanishes(void **state)
{
	(void)state;
	alters("a<script>alert(1)</script>b", "ab", HIDDEN);
	alters("a<style>p{}</style>b<noembed>c</noembed><noframes>d</noframes>", "ab", HIDDEN);
	alters("<template><p>x</p></template>a", "a", HIDDEN);
	alters("a<!-- c -->b", "ab", HIDDEN);
	alters("<iframe>x</iframe>a", "a", HIDDEN);
	alters("<iframe srcdoc=\"x\"></iframe>a", "a", HIDDEN);
	alters("<svg><style>x</style><script>y</script></svg>a", "a", HIDDEN | INLINE);
	alters("<p onclick=\"x\" style=\"y\" class=z>a</p>", "<p>a</p>", 0);
	alters("<input type=hidden value=x>a", "a", 0);
}

static void
text_of_any_element_stays(void **state)
{
	(void)state;
	alters("<noscript><b>x</b></noscript>", "<b>x</b>", 0);
	alters("<math><mi>x</mi><mo>=</mo></math> <canvas>a</canvas>", "x= a", 0);
	alters("<svg><title>a</title><text>b</text><path/></svg>c", "a<br>bc", INLINE);
	alters("a<select><option>b<option>c</select>d", "a b c d", 0);
	alters("<datalist><option>b</datalist><unknown>c</unknown><title>d</title>", "b c<br>d", 0);
	alters("a<input value=b>c<input type=submit value=\" \"><input type=image src=\"http://a.example/\" alt=d>",
	    "a b c"
	    LINK_TO("http://a.example/") "d</a>", PICTURE);
	alters("<marquee>a</marquee><applet>b</applet><progress>c</progress><ruby>d<rp>(</rp><rt>e</rt></ruby>",
	    "abcd(e", 0);
}

static void
links_keep_address_and_title_only(void **state)
{
	(void)state;
	alters("<a href=\"http://a.example/?x=1&y=2\" rel=\"nofollow noopener\" title=\"a &quot;t&quot;\" target=_blank>t...</a>",
	    "<a href=\"http://a.example/?x=1&amp;y=2\" title=\"a &quot;t&quot;\" rel=\""
	        CANONICAL_HTML_REL "\">t...</a>", 0);
	alters("<a href=\" HTTPS://A.example/b c\n\">x</a>", LINK_TO("https://A.example/b%20c") "x</a>", 0);
	alters("<a href=\"//a.example/b\">x</a>", LINK_TO("https://a.example/b") "x</a>", 0);
	alters("<a href=\"mailto:a@b.example\">x</a>", LINK_TO("mailto:a@b.example") "x</a>", 0);
	alters("<a href=\"javascript:alert(1)\">x</a>", "x", LINK);
	alters("<a href=\"java\nscript:alert(1)\">x</a>", "x", LINK);
	gives("<a href=\"/local\">x</a><a href=\"http:x\">y</a><a name=z>w</a><a href=\"data:text/html,x\">v</a>", "xywv");
	alters("<a href=\"/local\" title=y>x</a>", "x", LINK | TOOLTIP);
	alters("<a href=\"//\">x</a><a href=\"//?\">y</a>", "xy", LINK);
	alters("<a name=z>w</a> <a href=\"\">v</a>", "w v", 0);
	alters("<a href=\"http://a.example/\"></a>x", "x", LINK);
	alters("<map><area href=\"http://a.example/\"></map>x<abbr title=y>z</abbr> <q cite=\"http://a.example/\">v</q>",
	    "xz <q>v</q>", LINK | TOOLTIP);
}

static void
pictures_become_links(void **state)
{
	(void)state;
	alters("<img src=\"http://a.example/b.png\" alt=\"A cat\" onerror=x>",
	    LINK_TO("http://a.example/b.png") "A cat</a>", PICTURE);
	alters("x <img src=\"https://a.example/b.png\">", "x "
	    LINK_TO("https://a.example/b.png") "https://a.example/b.png</a>", PICTURE);
	alters("<img src=\"//a.example/b.png\">", LINK_TO("https://a.example/b.png") "https://a.example/b.png</a>",
	    PICTURE);
	alters("<a href=\"http://a.example/\"><img src=\"http://a.example/b.png\" alt=c></a>",
	    LINK_TO("http://a.example/") "c</a>",
	    PICTURE | LINK);
	alters("<a href=\"http://a.example/\"><img src=\"http://a.example/b.png\"></a>",
	    LINK_TO("http://a.example/") "http://a.example/b.png</a>", PICTURE);
	alters("a<img src=\"data:image/png;base64,AA\">b<img alt=c>", "abc", INLINE);
	alters("<img src=\"data:image/png;base64,AA\" alt=a>", "a", INLINE);
	alters("<img src=\"/b.png\" alt=a> <img src=\"../c d.png\"> <img src=\"ftp://a.example/e\"> <img src=\"javascript:x\">",
	    "a ../c d.png ftp://a.example/e", LINK);
	alters("<img src=\"http://a.example/b.png\" alt=b title=b>", LINK_TO("http://a.example/b.png") "b</a>",
	    PICTURE);
	alters("<img src=\"http://a.example/b.png\" alt=b title=c>", LINK_TO("http://a.example/b.png") "b</a>",
	    PICTURE | TOOLTIP);
}

static void
pictures_of_emoji_become_their_text(void **state)
{
	(void)state;
	alters("a <img class=\"wp-smiley\" src=\"http://a.example/icon_smile.gif\" alt=\":)\"> b", "a :) b", EMOJI);
	alters("<img class=\"emoji\" alt=\"\xf0\x9f\x99\x82\" src=\"https://s.w.org/1f642.svg\">", "\xf0\x9f\x99\x82",
	    EMOJI);
	alters("<img src=\"https://a.example/images/smilies/razz.png\" alt=\":razz:\">", ":razz:", EMOJI);
	alters("<img width=16 src=\"https://a.example/x.png\" alt=\"\xe2\x9d\xa4\xef\xb8\x8f\">",
	    "\xe2\x9d\xa4\xef\xb8\x8f", EMOJI);
	alters("<a href=\"http://a.example/\"><img class=emoji src=\"http://a.example/b\" alt=\":)\"></a>",
	    LINK_TO("http://a.example/") ":)</a>", EMOJI);
	alters("<img src=\"https://a.example/x.png\" alt=\"\xe2\x9d\xa4\">",
	    LINK_TO("https://a.example/x.png") "\xe2\x9d\xa4</a>", PICTURE);
	alters("<img class=emoji src=\"https://a.example/x.png\" alt=\"A smiling cat\">",
	    LINK_TO("https://a.example/x.png")
	    "A smiling cat</a>", PICTURE);
	alters("<img class=emoji src=\"https://a.example/x.png\">",
	    LINK_TO("https://a.example/x.png") "https://a.example/x.png</a>", PICTURE);
}

static void
what_is_embedded_becomes_a_link(void **state)
{
#define V	LINK_TO("https://a.example/v") "https://a.example/v</a>"
	(void)state;
	alters("<iframe src=\"https://a.example/v\" width=1>old</iframe>", V, EMBED);
	alters("a<iframe src=\"//a.example/v\"></iframe>b", "a<br>" V "<br>b", EMBED);
	alters("<p>a<embed src=\"https://a.example/v\">b</p>", "<p>a<br>" V "<br>b</p>", EMBED);
	alters("<object><param name=\"movie\" value=\"https://a.example/v\"><embed src=\"https://a.example/v\"></object>", V, EMBED);
	alters("<object><param name=wmode value=x><embed src=\"https://a.example/v\"></object>", V, EMBED);
	alters("<object data=\"https://a.example/v\">old</object>", V, EMBED);
	alters("<object>a <b>b</b></object>", "a <b>b</b>", 0);
	alters("<video controls><source src=\"v.webm\"><source src=\"https://a.example/v\">Too old.</video>", V, EMBED);
	alters("<video><source src=v.webm><source src=w.mp4></video>", "v.webm<br>w.mp4", LINK);
	alters("<object><param name=movie value=x.swf></object>", "x.swf", LINK);
	alters("<video src=\"/v.mp4\">Too old.</video>", "/v.mp4<br>Too old.", LINK);
	alters("<audio src=\"https://a.example/v\"></audio><audio src=\"https://a.example/v\"></audio>", V "<br>" V,
	    EMBED);
	alters("<iframe src=\"about:blank\"></iframe><iframe src=\"javascript:x\"></iframe>a", "a", LINK);
	alters("<object data=\"data:video/mp4;base64,AA\"></object>a", "a", INLINE);
	alters("<ul><li><iframe src=\"https://a.example/v\"></iframe></ul>", "<ul><li>" V "</li></ul>", EMBED);
#undef V
}

static void
elements_in_wrong_places_are_taken_apart(void **state)
{
	(void)state;
	gives("<b><p>a</p><p>b</p></b>", "<p><b>a</b></p><p><b>b</b></p>");
	gives("<p>a<blockquote>b</blockquote>c", "<p>a</p><blockquote>b</blockquote>c");
	gives("<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>");
	gives("<ul>a<li>b</ul>", "a<ul><li>b</li></ul>");
	gives("<ul><ul><li>x</li></ul></ul>", "<ul><li>x</li></ul>");
	gives("<li>a<li>b", "a<br>b");
	gives("<h1>a<p>b</p></h1>", "<h1>a</h1><p>b</p>");
	gives("<p>a<button><p>b</p></button>c</p>", "<p>a</p><p>b</p><p>c</p>");
	gives("<pre>\n\n\nx\ny</pre>", "<pre>x\ny</pre>");
	gives("<pre>&#1;\n<!-- -->&#129;&#127;&#13;x\ty</pre>", "<pre>x\ty</pre>");
	gives("<ul >\n<li>a</li>\n<li>b</li>\n</ul> <b>c</b> <i>d</i>", "<ul><li>a</li><li>b</li></ul><b>c</b> <i>d</i>");
	gives("<b ></b><p></p><ul></ul>x", "x");
	gives("<em>a<hr>b</em>", "<em>a</em><hr><em>b</em>");
	gives("<strike>a</strike>", "<s>a</s>");
}

static void
blocks_that_go_leave_breaks(void **state)
{
	(void)state;
	gives("<div>a</div><div>b</div>c", "a<br>b<br>c");
	gives("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b<br>c");
	gives("<dl><dt>a<dd>b</dl>", "a<br>b");
	gives("<p><span>a</span> <span>b</span></p>", "<p>a b</p>");
}

static void
text_is_escaped_once(void **state)
{
	(void)state;
	gives("&lt;script&gt; &amp;lt; &nbsp;&#39;&quot; < 3 > 2 & 1", "&lt;script&gt; &amp;lt; \xc2\xa0'\" &lt; 3 &gt; 2 &amp; 1");
	alters("a\r\nb\rc\x7f", "a\nb\nc", DROPPED);
	gives("&#13;a&#1;&#x80;&#xd800;", "a\xe2\x82\xac\xef\xbf\xbd");
	gives("<plaintext>a<b>b", "a&lt;b&gt;b");
	gives("<textarea><script>x</script></textarea>", "&lt;script&gt;x&lt;/script&gt;");
}

static void
control_characters_are_read_as_windows_1252_or_left_out(void **state)
{
	(void)state;
	alters("O\xc2\x92Hara \xc2\x96 \xc2\x80", "O\xe2\x80\x99Hara \xe2\x80\x93 \xe2\x82\xac", READ);
	alters("<p >a\xc2\x81" "b\x01" "c\xc2\x9d</p>", "<p>abc</p>", DROPPED);
	alters("&#x92;&#146;&#133", "\xe2\x80\x99\xe2\x80\x99\xe2\x80\xa6", 0);
	alters("a&#x81;&#1;b", "ab", DROPPED);
	alters("<a href=\"http://a.example/\xc2\x92\" title=\"\xc2\x93\">a</a>",
	    "<a href=\"http://a.example/\xe2\x80\x99\" title=\"\xe2\x80\x9c\" rel=\""
	    CANONICAL_HTML_REL "\">a</a>", READ);
	alters("a\vb\fc", "a b c", 0);
}

static void
repeat(struct sb *sb, const char *s, size_t times)
{
	while (times-- > 0)
		sb_str(sb, s);
}

static void
long_and_deep_bodies_become_plain_text(void **state)
{
	static const char start[] = "&lt;b&gt;a&lt;/b&gt;<br>&amp;amp;<br>\xf0\x9f\x98\x80xx";
	static const struct { const char *open, *close; size_t times; } deep[] = {
		{ "<div>", "", 101 }, { "<b>", "", 21000 }, { "<b><i></b>", "", 6000 }, { "<p><b>x", "", 9000 },
		{ "<b a=", ">", 9000 }, { "<x>", "</y>", 9000 }, { "<b title=\"</b>\">", "", 4000 },
		{ "<table><td>", "", 5000 }, { "<a href=http://a.example>", "", 2000 }, { "<svg><b>", "", 8000 },
	};
	uint64_t result;
	struct text out;
	struct sb sb;
	size_t i;

	(void)state;
	sb_init(&sb, 4 * 1024 * 1024);
	for (i = 0; i < ARRAY_LEN(deep); i++) {
		sb_reset(&sb);
		repeat(&sb, deep[i].open, deep[i].times);
		repeat(&sb, deep[i].close, deep[i].times);
		clean_n(sb.p, MIN(sb.n, (size_t)LIMIT_BODY_BYTES), &result);
		if (i < 2)
			assert_int_equal(result, ISSUE_BIT(ISSUE_BODY_PLAIN));
	}
	gives("<div>x</div>", "x");

	sb_reset(&sb);
	sb_str(&sb, "<b>a</b>\r\n&amp;\n\xf0\x9f\x98\x80");
	repeat(&sb, "x", LIMIT_BODY_BYTES);
	out = clean_n(sb.p, sb.n, &result);
	assert_int_equal(result, ISSUE_BIT(ISSUE_BODY_PLAIN));
	assert_memory_equal(out.p, start, strlen(start));

	/* Blanks and line ends at the place of the cut, controls at the start. */
	sb_reset(&sb);
	sb_str(&sb, "\x01 <b>");
	repeat(&sb, " \r\r\n\n&", 300000);
	out = clean_n(sb.p, sb.n, &result);
	assert_true(result & ISSUE_BIT(ISSUE_BODY_CUT));
	assert_memory_equal(out.p, "&lt;b&gt; <br><br><br>&amp; ", 27);

	sb_reset(&sb);
	repeat(&sb, "\xf0\x9f\x98\x80<", 300000);
	out = clean_n(sb.p, sb.n, &result);
	assert_true(result & ISSUE_BIT(ISSUE_BODY_CUT));
	assert_in_range(out.n, LIMIT_BODY_PLAIN_BYTES - 4, LIMIT_BODY_PLAIN_BYTES);
	assert_true(utf8_valid(out.p, out.n));
	sb_free(&sb);
}

/* What plain text comes back as must be told from HTML of that length. */
static void
long_text_with_breaks_only_stays_as_it_is(void **state)
{
	static const struct { const char *piece; uint64_t result; } longs[] = {
		{ "a &amp; &lt;b&gt;<br>\xf0\x9f\x98\x80\" ", 0 }, { "a\n", ISSUE_BIT(ISSUE_BODY_PLAIN) }, { "a<hr>",
		    ISSUE_BIT(ISSUE_BODY_PLAIN) },
		{ "a & b ", ISSUE_BIT(ISSUE_BODY_PLAIN) }, { "&quot;", ISSUE_BIT(ISSUE_BODY_PLAIN) }, { "a<br/>",
		    ISSUE_BIT(ISSUE_BODY_PLAIN) }, { "<b>a</b>", ISSUE_BIT(ISSUE_BODY_PLAIN) },
	};
	uint64_t result;
	struct sb sb;
	size_t i;

	(void)state;
	sb_init(&sb, 2 * LIMIT_BODY_PLAIN_BYTES);
	for (i = 0; i < ARRAY_LEN(longs); i++) {
		sb_reset(&sb);
		repeat(&sb, longs[i].piece, LIMIT_BODY_BYTES / strlen(longs[i].piece) + 1);
		clean_n(sb.p, sb.n, &result);
		assert_int_equal(result, longs[i].result);
	}
	repeat(&sb, longs[0].piece, LIMIT_BODY_PLAIN_BYTES / strlen(longs[0].piece));
	clean_n(sb.p, sb.n, &result);
	assert_true(result & ISSUE_BIT(ISSUE_BODY_CUT));
	sb_free(&sb);
}

static void
output_that_grows_past_the_limit_becomes_plain_text(void **state)
{
	uint64_t result;
	struct sb sb;

	(void)state;
	sb_init(&sb, LIMIT_BODY_BYTES);
	repeat(&sb, "<a href=http://a.example/>x</a>", 2000);
	clean_n(sb.p, sb.n, &result);
	assert_int_equal(result, ISSUE_BIT(ISSUE_BODY_PLAIN));
	/* Formatting that the parser repeats in each paragraph: bounded memory, whatever comes out. */
	sb_reset(&sb);
	repeat(&sb, "<b a=", 1);
	repeat(&sb, "1><b a=", 90);
	repeat(&sb, "<p>x</p>", 6000);
	clean_n(sb.p, sb.n, &result);
	sb_free(&sb);
}

/* The tree as the tags that it came from, for output that is canonical. */
static void
serialise(const GumboNode *node, struct sb *sb)
{
	const GumboVector *children = &node->v.element.children;
	unsigned i;

	for (i = 0; i < children->length; i++) {
		const GumboNode *child = children->data[i];
		const char *name;
		unsigned k;

		if (child->type == GUMBO_NODE_TEXT || child->type == GUMBO_NODE_WHITESPACE) {
			sb_str(sb, child->v.text.text);
			continue;
		}
		name = gumbo_normalized_tagname(child->v.element.tag);
		sb_printf(sb, "<%s", name);
		for (k = 0; k < child->v.element.attributes.length; k++) {
			const GumboAttribute *a = child->v.element.attributes.data[k];

			sb_printf(sb, " %s=\"%s\"", a->name, a->value);
		}
		sb_str(sb, ">");
		serialise(child, sb);
		if (child->v.element.tag != GUMBO_TAG_BR && child->v.element.tag != GUMBO_TAG_HR)
			sb_printf(sb, "</%s>", name);
	}
}

/* References decoded the way serialise() shows them. */
static void
decode(const char *s, size_t n, struct sb *sb)
{
	static const struct { const char *reference, *as; } map[] = {
		{ "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" },
	};
	size_t i = 0, k;

	while (i < n) {
		for (k = 0; k < ARRAY_LEN(map) && strncmp(s + i, map[k].reference, strlen(map[k].reference)) != 0; k++)
			continue;
		if (k < ARRAY_LEN(map)) {
			sb_str(sb, map[k].as);
			i += strlen(map[k].reference);
		} else {
			sb_char(sb, s[i++]);
		}
	}
}

static void
a_parser_agrees(struct text html)
{
	GumboOptions options = kGumboDefaultOptions;
	GumboOutput *output;
	struct sb seen, meant;

	sb_init(&seen, 1 << 20);
	sb_init(&meant, 1 << 20);
	options.fragment_context = GUMBO_TAG_DIV;
	output = gumbo_parse_with_options(&options, html.p, html.n);
	serialise(output->root, &seen);
	decode(html.p, html.n, &meant);
	if (strcmp(sb_text(&seen), sb_text(&meant)) != 0)
		fail_msg("a parser reads [%.*s] as [%s]", (int)html.n, html.p, sb_text(&seen));
	gumbo_destroy_output(&options, output);
	sb_free(&seen);
	sb_free(&meant);
}

static void
what_the_parser_aborts_on_is_kept_as_plain_text(void **state)
{
	static const char *const inputs[] = {
		"<svg><html><foreignObject><table></table></body>",
		"<table><math><select><mi><select><tr>",
		"<math><html><mi><select><select></body>",
	};
	uint64_t result;
	struct text out;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(inputs); i++) {
		out = clean_n(inputs[i], strlen(inputs[i]), &result);
		assert_int_equal(result, ISSUE_BIT(ISSUE_BODY_PLAIN));
		assert_memory_equal(out.p, "&lt;", 4);
	}
}

static void
any_input_gives_canonical_output_that_a_parser_reads_alike(void **state)
{
	static const char *const pieces[] = {
		"<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<a href=http://a.example/>", "</a>", "<ul>", "</ul>", "<li>", "</li>",
		"<blockquote>", "</blockquote>", "<pre>", "\n", "</pre>", "<h1>", "</h1>", "<h2>", "<br>", "</br>", "<hr>", "text", " ",
		"&amp;", "&lt;", "&", "<", ">", "\"", "'", "<table>", "<tr>", "<td>", "</table>", "<div>", "</div>", "<button>", "<svg>",
		"</svg>", "<script>", "</script>", "<!--", "-->", "<img src=http://b.example/ alt=", "\xf0\x9f\x98\x80", "\xc2\x85",
		"<template>", "</template>", "<select>", "<option>", "<math>", "<mi>", "<textarea>", "</textarea>", "<form>", "<style>",
		"</style>", "<a href='mailto:x&quot;y' title='<>&'>", "<code>", "</code>", "<object>", "<title>", "<frameset>", "<body>",
		"</body>", "<html>", "<nobr>", "<font>", "<marquee>", "<dd>", "<dt>", "<caption>", "<col>", "<annotation-xml>", "<desc>",
		"<foreignObject>", "<s>", "</s>", "<q>", "<noscript>", "<iframe>", "</iframe>", "<plaintext>", "<image>", "<isindex>",
	};
	uint64_t seed = damage_seed("clean");
	uint64_t result;
	struct sb sb, bad;
	int round;

	(void)state;
	sb_init(&sb, LIMIT_BODY_BYTES);
	sb_init(&bad, 2 * LIMIT_BODY_BYTES);
	for (round = 0; round < 6000; round++) {
		size_t count = 1 + damage_below(&seed, round % 50 == 0 ? 500 : 30);

		sb_reset(&sb);
		while (count-- > 0)
			sb_str(&sb, pieces[damage_below(&seed, ARRAY_LEN(pieces))]);
		if (round % 3 == 0) {
			damage(&seed, sb.p, sb.n, &bad);
			if (!utf8_valid(sb_text(&bad), bad.n) || memchr(sb_text(&bad), '\0', bad.n) != NULL)
				continue;
			a_parser_agrees(clean_n(sb_text(&bad), bad.n, &result));
		} else {
			a_parser_agrees(clean_n(sb.p, sb.n, &result));
		}
	}
	sb_free(&sb);
	sb_free(&bad);
}

static void
decodes_to(const char *in, bool address, const char *expected, uint64_t issues)
{
	uint64_t result = 0;
	struct text out;
	struct err e;

	arena_reset(arena);
	assert_int_equal(clean_decode_entities(in, strlen(in), address, arena, &out, &result, &e), 0);
	if (out.n != strlen(expected) || memcmp(out.p, expected, out.n) != 0)
		fail_msg("[%s] became [%.*s]", in, (int)out.n, out.p);
	assert_int_equal(result, issues);
}

static void
decodes(const char *in, const char *expected)
{
	decodes_to(in, false, expected, 0);
}

static void
titles_are_decoded_once(void **state)
{
	(void)state;
	decodes("plain", "plain");
	decodes("a &#8212; b &amp; &quot;c&quot; &eacute;&#x41;", "a \xe2\x80\x94 b & \"c\" \xc3\xa9" "A");
	decodes("&amp;lt;", "&lt;");
	decodes("AT&T &nosuch; &#; & <b>x</b> </title>", "AT&T &nosuch; &#; & <b>x</b> </title>");
	decodes(" &lt;b&gt; ", " <b> ");
	decodes("?a=1&lang=2", "?a=1&lang=2");
}

static void
titles_are_decoded_by_the_rules_of_html(void **state)
{
	(void)state;
	decodes("It&#039s &#x27t &amp fine &copy2020 &notit; &lt", "It's 't & fine \xc2\xa9" "2020 \xc2\xacit; <");
	decodes("&#151;&#x92", "\xe2\x80\x94\xe2\x80\x99");
	decodes_to("a&#0;b&#xd800;", false, "a\xef\xbf\xbd" "b\xef\xbf\xbd", BYTES);
	decodes_to("a\xc2\x92&amp;\x01", false, "a\xe2\x80\x99&", READ | DROPPED);
	/* A query is none of references. */
	decodes_to("http://a.example/?a=1&copy=2&amp;b&#038;c", true, "http://a.example/?a=1&copy=2&b&c", 0);
}

static void
a_line_is(const char *in, const char *expected, uint64_t issues)
{
	uint64_t result = 0;
	struct text out;
	struct err e;

	arena_reset(arena);
	assert_int_equal(clean_line(in, strlen(in), arena, &out, &result, &e), 0);
	if (out.n != strlen(expected) || memcmp(out.p, expected, out.n) != 0)
		fail_msg("[%s] became [%.*s]", in, (int)out.n, out.p);
	assert_int_equal(result, issues);
}

static void
names_are_one_line_without_control_characters(void **state)
{
	(void)state;
	a_line_is("Ana", "Ana", 0);
	a_line_is(" \tAn\na \r\n", "An a", 0);
	a_line_is("O\xc2\x92Hara\xc2\x85", "O\xe2\x80\x99Hara\xe2\x80\xa6", READ);
	a_line_is("\x01 A\x7f\xc2\x8d \x1f", "A", DROPPED);
	a_line_is("\x01", "", DROPPED);
	a_line_is("\n", "", 0);
}

static void
a_full_arena_is_an_error(void **state)
{
	struct arena *small = arena_new(100);
	uint64_t result = 0;
	struct text out;
	struct err e;
	char html[300];

	(void)state;
	memset(html, 'x', sizeof(html));
	memcpy(html, "<div>", 5);
	assert_int_equal(clean_html(html, sizeof(html), small, &out, &result, &e), -1);
	assert_int_equal(e.kind, ERR_MEMORY);
	arena_free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_html_comes_back_as_it_is),
		cmocka_unit_test(what_no_browser_shows_vanishes),
		cmocka_unit_test(text_of_any_element_stays),
		cmocka_unit_test(links_keep_address_and_title_only),
		cmocka_unit_test(pictures_become_links),
		cmocka_unit_test(pictures_of_emoji_become_their_text),
		cmocka_unit_test(what_is_embedded_becomes_a_link),
		cmocka_unit_test(elements_in_wrong_places_are_taken_apart),
		cmocka_unit_test(blocks_that_go_leave_breaks),
		cmocka_unit_test(text_is_escaped_once),
		cmocka_unit_test(control_characters_are_read_as_windows_1252_or_left_out),
		cmocka_unit_test(long_and_deep_bodies_become_plain_text),
		cmocka_unit_test(long_text_with_breaks_only_stays_as_it_is),
		cmocka_unit_test(output_that_grows_past_the_limit_becomes_plain_text),
		cmocka_unit_test(what_the_parser_aborts_on_is_kept_as_plain_text),
		cmocka_unit_test(any_input_gives_canonical_output_that_a_parser_reads_alike),
		cmocka_unit_test(titles_are_decoded_once),
		cmocka_unit_test(titles_are_decoded_by_the_rules_of_html),
		cmocka_unit_test(names_are_one_line_without_control_characters),
		cmocka_unit_test(a_full_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
