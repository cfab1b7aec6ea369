#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tmpl/tmpl.h"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	return (arena = arena_new(1 << 20)) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* The values that all tests render with. */
static struct tmpl_data *
values(void)
{
	struct tmpl_data *d = tmpl_data_new(arena), *row;
	struct tmpl_url url;

	tmpl_text(d, "evil", "<b title=\"x\">'&");
	tmpl_text(d, "empty", "");
	tmpl_flag(d, "yes", true);
	tmpl_flag(d, "no", false);
	tmpl_number(d, "zero", 0);
	tmpl_count(d, "many", 12345);
	tmpl_url(d, "path", tmpl_url_path("/a/b?c=d&e"));
	assert_true(tmpl_url_web("https://example.com/\"x", &url));
	tmpl_url(d, "web", url);
	tmpl_html(d, "html", (struct safe_html){ .p = "<p>proved</p>", .n = 13 });
	row = tmpl_row(d, "rows");
	tmpl_text(row, "x", "one");
	row = tmpl_row(d, "rows");
	tmpl_text(row, "x", "two");
	tmpl_text(row, "evil", "inner");
	return d;
}

static const char *
shout(const char *msgid)
{
	return strcmp(msgid, "Hello {many}.") == 0 ? "CIAO <{many}>" : msgid;
}

static int
render_as(const char *name, const char *text, struct sb *out, struct err *e)
{
	struct templates *set = templates_new();
	int result = -1;

	assert_non_null(set);
	sb_init(out, 1 << 16);
	if (templates_add(set, name, text, strlen(text), e) == 0 && templates_link(set, e) == 0)
		result = tmpl_render(set, NULL, name, values(), shout, out, e);
	templates_free(set);
	return result;
}

static int
render(const char *text, struct sb *out, struct err *e)
{
	return render_as("t", text, out, e);
}

static void
gives(const char *text, const char *expected)
{
	struct err e = { 0 };
	struct sb out;

	if (render(text, &out, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
	assert_string_equal(sb_text(&out), expected);
	sb_free(&out);
}

static void
fails(const char *text, enum err_kind kind)
{
	struct err e = { 0 };
	struct sb out;

	if (render(text, &out, &e) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(e.kind, kind);
	sb_free(&out);
}

static void
values_are_always_escaped(void **state)
{
	(void)state;
	gives("<p>{{evil}}</p>", "<p>&lt;b title=&quot;x&quot;&gt;&#39;&amp;</p>");
	gives("<p title=\"{{evil}}\">{{many}}</p>", "<p title=\"&lt;b title=&quot;x&quot;&gt;&#39;&amp;\">12,345</p>");
	gives("<a href=\"{{path}}\">{{path}}</a>", "<a href=\"/a/b?c=d&amp;e\">/a/b?c=d&amp;e</a>");
	gives("<a href=\"{{web}}\">x</a>", "<a href=\"https://example.com/&quot;x\">x</a>");
	gives("<title>{{evil}}</title>", "<title>&lt;b title=&quot;x&quot;&gt;&#39;&amp;</title>");
}

static void
only_proved_html_is_printed_as_it_is(void **state)
{
	(void)state;
	gives("<div>{{html}}</div>", "<div><p>proved</p></div>");
	fails("<div title=\"{{html}}\"></div>", ERR_BUG);
	fails("{{{evil}}}", ERR_CONFIG);
	fails("{{&evil}}", ERR_CONFIG);
}

static void
addresses_take_only_checked_urls(void **state)
{
	struct tmpl_url url;

	(void)state;
	fails("<a href=\"{{evil}}\">x</a>", ERR_BUG);
	fails("<img src=\"{{many}}\">", ERR_BUG);
	fails("<form action=\"{{evil}}\"></form>", ERR_BUG);
	fails("<button formaction=\"{{evil}}\"></button>", ERR_BUG);
	fails("<a href=\"/x/{{path}}\">x</a>", ERR_CONFIG);
	fails("<a href=\"{{path}}x\">x</a>", ERR_CONFIG);
	fails("<a href=\"{{path}}{{path}}\">x</a>", ERR_CONFIG);
	fails("<a href=\"{{#yes}}{{path}}{{/yes}}\">x</a>", ERR_CONFIG);
	fails("<a href=\"{{_ text}}\">x</a>", ERR_CONFIG);
	assert_null(tmpl_url_path("//host").checked);
	assert_null(tmpl_url_path("/\\host").checked);
	assert_null(tmpl_url_path("javascript:x").checked);
	assert_null(tmpl_url_path("/a b").checked);
	assert_false(tmpl_url_web("javascript:alert(1)", &url));
	assert_false(tmpl_url_web("HTTP:x", &url));
	assert_false(tmpl_url_web("https:///x", &url));
	assert_false(tmpl_url_web("https://a\nb", &url));
	assert_false(tmpl_url_web("//host/x", &url));
	assert_true(tmpl_url_web("http://a/\xc3\xa9", &url));
}

static void
places_that_escaping_cannot_make_safe_are_refused(void **state)
{
	static const char *const bad[] = {
		"<p title={{evil}}>", "<p title='{{evil}}'>", "<p title='x'>", "<p title=x>", "<p {{evil}}>", "<{{evil}}>",
		"<p {{evil}}=\"x\">", "<p onclick=\"{{evil}}\">", "<p onclick=\"x\">", "<p style=\"{{evil}}\">", "<p style=\"x\">",
		"<style>p{}</style>", "<script>{{evil}}</script>", "<script>x()</script>", "<script src=\"/a\">x</script>",
		"<script src=\"/a\">{{evil}}</script>", "<script src=\"/a\"></p></script>", "<iframe></iframe>",
		"<!-- {{evil}} -->", "<!-- x -->", "<p title=\"{{evil}}", "<p", "<P>", "< p>", "<a href=\"x\"title=\"y\">",
		"<iframe srcdoc=\"x\">", "<img srcset=\"{{evil}}\">", "<meta content=\"{{evil}}\">", "<base href=\"/\">", "<template>",
		"<script src=\"/a\">", "</{{evil}}>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		fails(bad[i], ERR_CONFIG);
	gives("<!doctype html><script src=\"/a.js\" defer> </script><br/>", "<!doctype html><script src=\"/a.js\" defer> </script><br/>");
}

static void
sections_follow_truth_and_rows(void **state)
{
	(void)state;
	gives("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{#unknown}}c{{/unknown}}{{#empty}}d{{/empty}}{{#zero}}e{{/zero}}{{#many}}f{{/many}}", "af");
	gives("{{^yes}}a{{/yes}}{{^no}}b{{/no}}{{^unknown}}c{{/unknown}}{{^rows}}d{{/rows}}", "bc");
	gives("{{#rows}}[{{x}}{{#yes}}{{evil}}{{/yes}}]{{/rows}}", "[one&lt;b title=&quot;x&quot;&gt;&#39;&amp;][twoinner]");
	gives("<option value=\"x\"{{#yes}} selected{{/yes}}{{#no}} disabled{{/no}}>", "<option value=\"x\" selected>");
	gives("<p class=\"a{{#yes}} b{{/yes}}\">", "<p class=\"a b\">");
	gives("a{{! not shown }}b", "ab");
}

static void
a_section_ends_where_it_began(void **state)
{
	(void)state;
	fails("{{#yes}}<p title=\"{{/yes}}\">", ERR_CONFIG);
	fails("{{#yes}}<p {{/yes}}>", ERR_CONFIG);
	fails("<a {{#yes}}><b {{/yes}}>", ERR_CONFIG);
	fails("<script{{#yes}} src=\"/a\"{{/yes}}></script>", ERR_CONFIG);
	fails("{{#yes}}", ERR_CONFIG);
	fails("{{/yes}}", ERR_CONFIG);
	fails("{{#yes}}{{/no}}", ERR_CONFIG);
	fails("{{#yes}}{{#no}}{{/yes}}{{/no}}", ERR_CONFIG);
	fails("{{yes", ERR_CONFIG);
	fails("{{}}", ERR_CONFIG);
	fails("{{a b}}", ERR_CONFIG);
}

static void
texts_are_translated_and_then_escaped(void **state)
{
	(void)state;
	gives("<p title=\"{{_ Hello {many}.}}\">{{_ A & B}}</p>", "<p title=\"CIAO &lt;12,345&gt;\">A &amp; B</p>");
	gives("{{_ {evil} }}", "&lt;b title=&quot;x&quot;&gt;&#39;&amp;");
	fails("{{_ {unknown}.}}", ERR_BUG);
	fails("{{_ }}", ERR_CONFIG);
}

static void
a_value_that_was_forgotten_is_an_error(void **state)
{
	(void)state;
	fails("{{unknown}}", ERR_BUG);
	fails("{{rows}}", ERR_BUG);
	fails("{{yes}}", ERR_BUG);
}

static void
errors_name_template_and_line(void **state)
{
	struct err e = { 0 };
	struct sb out;

	(void)state;
	assert_int_equal(render("<p>\n{{! a\nb }}\n<p style=\"\">", &out, &e), -1);
	assert_non_null(strstr(e.msg, "template t, line 4:"));
	sb_free(&out);
}

static void
layouts_and_partials_fit_together(void **state)
{
	struct templates *set = templates_new();
	struct err e = { 0 };
	struct sb out;

	(void)state;
	sb_init(&out, 1 << 16);
	assert_int_equal(templates_add(set, "layout", "<main>{{>page}}</main>", 22, &e), 0);
	assert_int_equal(templates_add(set, "page", "{{#rows}}{{>partials/row}}{{/rows}}", 35, &e), 0);
	assert_int_equal(templates_link(set, &e), -1);
	assert_int_equal(templates_add(set, "partials/row", "<i>{{x}}</i>", 12, &e), 0);
	assert_int_equal(templates_link(set, &e), 0);
	assert_int_equal(tmpl_render(set, "layout", "page", values(), NULL, &out, &e), 0);
	assert_string_equal(sb_text(&out), "<main><i>one</i><i>two</i></main>");
	assert_int_equal(tmpl_render(set, "layout", "layout", values(), NULL, &out, &e), -1);
	assert_int_equal(tmpl_render(set, "layout", "nowhere", values(), NULL, &out, &e), -1);
	assert_int_equal(templates_add(set, "loop", "{{>loop}}", 9, &e), 0);
	assert_int_equal(templates_link(set, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	templates_free(set);
	sb_free(&out);
}

static void
a_full_arena_or_page_is_an_error(void **state)
{
	struct arena *small = arena_new(700);
	struct templates *set = templates_new();
	struct tmpl_data *d = tmpl_data_new(small);
	struct err e = { 0 };
	struct sb out;
	int i;

	(void)state;
	assert_int_equal(templates_add(set, "t", "<p>0123456789</p>", 17, &e), 0);
	sb_init(&out, 10);
	assert_int_equal(tmpl_render(set, NULL, "t", d, NULL, &out, &e), -1);
	assert_int_equal(e.kind, ERR_MEMORY);
	sb_free(&out);
	sb_init(&out, 1000);
	for (i = 0; i < 100; i++)
		tmpl_text(tmpl_row(d, "rows"), "x", "some text");
	assert_int_equal(tmpl_render(set, NULL, "t", d, NULL, &out, &e), -1);
	assert_int_equal(e.kind, ERR_MEMORY);
	assert_int_equal(tmpl_render(set, NULL, "t", NULL, NULL, &out, &e), -1);
	sb_free(&out);
	templates_free(set);
	arena_free(small);
}

static void
the_templates_of_the_project_compile(void **state)
{
	const char *top = getenv("top_srcdir");
	struct templates *set;
	struct err e = { 0 };
	char dir[1024];

	(void)state;
	if (top == NULL)
		skip();
	snprintf(dir, sizeof(dir), "%s/templates", top);
	if ((set = templates_load(dir, &e)) == NULL)
		fail_msg("%s", e.msg);
	templates_free(set);
	assert_null(templates_load("/nowhere", &e));
	assert_int_equal(e.kind, ERR_CONFIG);
}

static void
plain_text_keeps_its_signs_and_its_lines(void **state)
{
	struct templates *set = templates_new();
	struct tmpl_data *d = tmpl_data_new(arena);
	struct err e = { 0 };
	struct sb out;

	(void)state;
	assert_int_equal(render_as("t.txt", "a < b: {{evil}} {{path}} {{#rows}}{{x}}, {{/rows}}{{_ Hello {many}.}}", &out, &e), 0);
	assert_string_equal(sb_text(&out), "a < b: <b title=\"x\">'& /a/b?c=d&e one, two, CIAO <12,345>");
	sb_free(&out);
	assert_int_equal(render_as("t.txt", "{{>partials/x}}", &out, &e), -1);
	assert_int_equal(render_as("t.txt", "{{html}}", &out, &e), -1);

	tmpl_text(d, "lines", "one\r\nBcc: x\x7f\xc2\x85\xe2\x80\xa8two \xc3\xa4");
	assert_int_equal(templates_add(set, "page.txt", "{{lines}}", 9, &e), 0);
	assert_int_equal(templates_add(set, "layout", "{{>page}}", 9, &e), 0);
	sb_init(&out, 1000);
	assert_int_equal(tmpl_render(set, NULL, "page.txt", d, NULL, &out, &e), 0);
	assert_string_equal(sb_text(&out), "one Bcc: x two \xc3\xa4");
	assert_int_equal(tmpl_render(set, "layout", "page.txt", d, NULL, &out, &e), -1);
	sb_free(&out);
	templates_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_always_escaped),
		cmocka_unit_test(only_proved_html_is_printed_as_it_is),
		cmocka_unit_test(addresses_take_only_checked_urls),
		cmocka_unit_test(places_that_escaping_cannot_make_safe_are_refused),
		cmocka_unit_test(sections_follow_truth_and_rows),
		cmocka_unit_test(a_section_ends_where_it_began),
		cmocka_unit_test(texts_are_translated_and_then_escaped),
		cmocka_unit_test(a_value_that_was_forgotten_is_an_error),
		cmocka_unit_test(errors_name_template_and_line),
		cmocka_unit_test(layouts_and_partials_fit_together),
		cmocka_unit_test(a_full_arena_or_page_is_an_error),
		cmocka_unit_test(plain_text_keeps_its_signs_and_its_lines),
		cmocka_unit_test(the_templates_of_the_project_compile),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
