/* The small parts of web/ that need no database: form tokens, examples, file names, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include "util/rnd.h"
#include "util/sb.h"
#include "util/utf8.h"
#include "formats/format.h"
#include "web/csrf.h"
#include "web/examples.h"
#include "web/fair.h"
#include "web/file_name.h"
#include "web/form_options.h"
#include "web/latency.h"

static void
a_form_token_fits_its_cookie_only(void **state)
{
	char one[65], two[65], token[CSRF_SIZE], other[CSRF_SIZE];

	(void)state;
	rnd_hex(one, 32);
	rnd_hex(two, 32);
	csrf_token(one, token);
	csrf_token(two, other);
	assert_int_equal(strlen(token), 64);
	assert_true(csrf_check(one, token));
	assert_false(csrf_check(one, other));
	assert_false(csrf_check(one, one));
	assert_false(csrf_check(one, ""));
	assert_false(csrf_check(one, NULL));
	token[0] = token[0] == '0' ? '1' : '0';
	assert_false(csrf_check(one, token));
}

static void
without_a_cookie_no_form_token_fits(void **state)
{
	char token[CSRF_SIZE];

	(void)state;
	csrf_token("", token);
	assert_string_equal(token, "");
	assert_false(csrf_check("", ""));
	assert_false(csrf_check("", "0000000000000000000000000000000000000000000000000000000000000000"));
	assert_false(csrf_check("short", token));
}

static void
add(void *ctx, const char *id, int64_t line)
{
	sb_printf(ctx, "%s:%" PRId64 ";", id != NULL ? id : "-", line);
}

static int
read_examples(const char *json, struct sb *out)
{
	struct arena *a = arena_new(1 << 16);
	struct err e;
	int result = examples_each(json, a, add, out, &e);

	arena_free(a);
	return result;
}

static void
examples_are_read_as_they_were_written(void **state)
{
	struct sb out;

	(void)state;
	sb_init(&out, 1 << 16);
	assert_int_equal(read_examples("[]", &out), 0);
	assert_int_equal(read_examples(" [ {\"external_id\":\"12\",\"line\":34} , {\"line\":5,\"external_id\":null},{},"
	    "{\"other\":true,\"external_id\":\"a\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\\ud83dx\"}]", &out), 0);
	assert_string_equal(sb_text(&out), "12:34;-:5;-:0;a\"\\/\n\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx:0;");
	sb_free(&out);
}

static void
damaged_examples_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "{}", "[", "[{", "[{}", "[{]", "[{\"a\"}]", "[{\"a\":}]", "[{\"a\":\"b}]", "[{\"a\":\"\\", "[{\"a\":\"\\u12\"}]",
		"[{\"a\":\"\\x\"}]", "[{\"a\":1,}]", "[1]", "[{\"a\":\"\\ud83d\\u\"}]",
	};
	struct sb out;
	size_t i;

	(void)state;
	sb_init(&out, 1 << 16);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(read_examples(bad[i], &out), -1);
	sb_free(&out);
}

static void
file_names_lose_their_path_and_what_is_no_text(void **state)
{
	char out[FILE_NAME_SIZE], sent[1000];
	size_t i;

	(void)state;
	file_name_clean("../../etc/passwd", out);
	assert_string_equal(out, "passwd");
	file_name_clean("C:\\dir\\e.xml", out);
	assert_string_equal(out, "e.xml");
	file_name_clean("dir/", out);
	assert_string_equal(out, "");
	file_name_clean("a\xff\n\xe2\x82.xml", out);
	assert_string_equal(out, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.xml");
	for (i = 0; i + 2 < sizeof(sent); i += 2)
		memcpy(sent + i, "\xc3\xa9", 2);
	sent[i] = '\0';
	file_name_clean(sent, out);
	assert_int_equal(strlen(out), 254);
	assert_true(utf8_valid(out, strlen(out)));
}

static void
one_account_cannot_have_all_threads_of_the_uploads(void **state)
{
	struct fair f;
	int i;

	(void)state;
	fair_init(&f, 64);
	for (i = 0; i < 8; i++)
		assert_int_equal(fair_enter(&f, 1), FAIR_YES);
	assert_int_equal(fair_enter(&f, 1), FAIR_OWN);
	assert_int_equal(fair_enter(&f, 2), FAIR_YES);
	fair_leave(&f, 1);
	assert_int_equal(fair_enter(&f, 1), FAIR_YES);
	assert_int_equal(fair_enter(&f, 1), FAIR_OWN);
	fair_destroy(&f);
	fair_init(&f, 1);
	assert_int_equal(fair_enter(&f, 1), FAIR_YES);
	assert_int_equal(fair_enter(&f, 1), FAIR_YES);
	assert_int_equal(fair_enter(&f, 1), FAIR_OWN);
	fair_destroy(&f);
}

static void
downloads_leave_half_of_the_threads(void **state)
{
	struct fair f;
	int i;

	(void)state;
	fair_init_downloads(&f, 8);
	for (i = 0; i < 3; i++)
		assert_int_equal(fair_enter(&f, 1), FAIR_YES);
	assert_int_equal(fair_enter(&f, 1), FAIR_OWN);
	assert_int_equal(fair_enter(&f, 2), FAIR_YES);
	assert_int_equal(fair_enter(&f, 3), FAIR_ALL);
	fair_leave(&f, 2);
	assert_int_equal(fair_enter(&f, 3), FAIR_YES);
	fair_destroy(&f);
}

static void
an_upload_that_only_drips_does_not_keep_pace(void **state)
{
	struct fair_pace drip = { .began_ms = 1000 }, slow = { .began_ms = 1000 };
	int64_t t;

	(void)state;
	for (t = 2000; t < 61000; t += 1000)
		assert_true(fair_keeps_pace(&drip, t, 1) && fair_keeps_pace(&slow, t, 2048));
	assert_false(fair_keeps_pace(&drip, t, 1));
	for (; t < 600000; t += 1000)
		assert_true(fair_keeps_pace(&slow, t, 2048));
	/* What came in the first minutes does not excuse the last. */
	for (; t < 659000; t += 1000)
		assert_true(fair_keeps_pace(&slow, t, 0));
	assert_false(fair_keeps_pace(&slow, t + 60000, 0));
}

/* --- options of the form --- */

static const char *const ways[] = { "short", "long", NULL };
static const struct format_option forum_options[] = {
	{ .name = "site", .title = "Address", .kind = OPTION_URL, .required = true },
	{ .name = "way", .title = "Way", .kind = OPTION_CHOICE, .values = ways },
	{ .name = "users", .title = "Users", .kind = OPTION_FILE },
	{ .name = NULL },
};
static const struct format forum = { .name = "forum", .title = "Forum", .options = forum_options };
static const struct format plain = { .name = "plain", .title = "Plain" };

struct given {
	size_t		 option;
	const char	*value;
};

/* What a job of the format keeps when the form has these values for the forum's options. */
static int
write_given(const struct given *given, size_t n, const struct format *format, struct sb *out, struct form_option *wrong,
    struct err *e)
{
	struct form_options f = { .n = 0 };
	struct arena *a = arena_new(1 << 16);
	int result;
	size_t i;

	for (i = 0; i < n; i++) {
		struct form_option o = { &forum, &forum_options[given[i].option], given[i].value };

		assert_int_equal(form_options_add(&f, &o, a, e), 0);
	}
	sb_reset(out);
	memset(wrong, 0, sizeof(*wrong));
	result = form_options_write(&f, format, out, wrong, e);
	arena_free(a);
	return result;
}

static void
only_the_options_of_the_format_count(void **state)
{
	static const struct given all[] = { { 1, "long" }, { 0, "https://a.example" }, { 1, "short" }, { 2, "17" } };
	static const struct given odd[] = { { 0, "nonsense" }, { 1, "" } };
	struct form_option wrong;
	struct sb out;
	struct err e;

	(void)state;
	sb_init(&out, 1000);
	assert_int_equal(write_given(all, ARRAY_LEN(all), &forum, &out, &wrong, &e), 0);
	assert_string_equal(sb_text(&out), "site=https://a.example\nway=long\nusers=17\n");
	assert_int_equal(write_given(odd, ARRAY_LEN(odd), &plain, &out, &wrong, &e), 0);
	assert_string_equal(sb_text(&out), "");
	sb_free(&out);
}

static void
an_option_that_is_missing_or_wrong_is_named(void **state)
{
	static const struct given empty[] = { { 0, "" } }, bad_url[] = { { 0, "example" } };
	static const struct given bad_choice[] = { { 0, "https://a.example" }, { 1, "other" } };
	struct form_option wrong;
	struct sb out;
	struct err e;

	(void)state;
	sb_init(&out, 1000);
	assert_int_equal(write_given(empty, 1, &forum, &out, &wrong, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "Forum"));
	assert_non_null(strstr(e.msg, "Address"));
	assert_ptr_equal(wrong.format, &forum);
	assert_ptr_equal(wrong.option, &forum_options[0]);
	assert_int_equal(write_given(bad_url, 1, &forum, &out, &wrong, &e), -1);
	assert_ptr_equal(wrong.option, &forum_options[0]);
	assert_int_equal(write_given(bad_choice, 2, &forum, &out, &wrong, &e), -1);
	assert_ptr_equal(wrong.option, &forum_options[1]);
	sb_free(&out);
}

static void
a_second_file_of_another_provider_is_refused(void **state)
{
	static const struct given users[] = { { 2, "17" } };
	struct form_option wrong;
	struct sb out;
	struct err e;

	(void)state;
	sb_init(&out, 1000);
	assert_int_equal(write_given(users, 1, &plain, &out, &wrong, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.msg, "The file for \"Users\" belongs to Forum, but the export is one of Plain."));
	assert_null(wrong.format);
	sb_free(&out);
}

static void
a_form_has_no_more_options_than_parts(void **state)
{
	struct form_option o = { &forum, &forum_options[1], "long" };
	struct arena *a = arena_new(1 << 16);
	struct form_options f = { .n = 0 };
	struct err e;
	int i;

	(void)state;
	for (i = 0; i < FORM_OPTIONS_MAX; i++)
		assert_int_equal(form_options_add(&f, &o, a, &e), 0);
	assert_int_equal(form_options_add(&f, &o, a, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	arena_free(a);
}

static void
a_field_is_an_option_of_the_table_or_none(void **state)
{
	static const char *const strange[] = { "", ".", "disqus", "disqus.", ".page_key", "disqus.page_key.x", "disqus.page_ke", "Disqus.page_key" };
	struct form_option o;
	size_t i;

	(void)state;
	assert_true(form_option_find("disqus.page_key", &o));
	assert_string_equal(o.format->name, "disqus");
	assert_string_equal(o.option->name, "page_key");
	for (i = 0; i < ARRAY_LEN(strange); i++)
		assert_false(form_option_find(strange[i], &o));
}

static void
the_options_of_a_job_are_read_back(void **state)
{
	static const char lines[] = "site=https://a.example/?b=c\nway=long\npartial=yes";
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(form_options_read(lines, "site", a), "https://a.example/?b=c");
	assert_string_equal(form_options_read(lines, "way", a), "long");
	assert_string_equal(form_options_read(lines, "partial", a), "yes");
	assert_string_equal(form_options_read(lines, "wa", a), "");
	assert_string_equal(form_options_read("", "way", a), "");
	arena_free(a);
}

static void
assert_line(const struct sb *text, const char *line)
{
	if (strstr(sb_text(text), line) == NULL)
		fail_msg("%s is missing in:\n%s", line, sb_text(text));
}

static void
latencies_of_all_processes_add_up_in_buckets(void **state)
{
	struct latency *l;
	struct sb out;
	struct err e;
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(l = latency_new(&e));
	latency_add(l, ROUTE_PAGES, 200, 5);
	latency_add(l, ROUTE_PAGES, 303, 6);
	latency_add(l, ROUTE_PAGES, 500, 1000000);
	if ((pid = fork()) == 0) {
		latency_add(l, ROUTE_TRANSFER, 201, 1500);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	sb_init(&out, 64 * 1024);
	latency_write(l, &out);
	assert_true(sb_ok(&out));
	assert_line(&out, "trasloco_request_seconds_bucket{pool=\"pages\",le=\"0.005\"} 1\n");
	assert_line(&out, "trasloco_request_seconds_bucket{pool=\"pages\",le=\"0.01\"} 2\n");
	assert_line(&out, "trasloco_request_seconds_bucket{pool=\"pages\",le=\"300\"} 2\n");
	assert_line(&out, "trasloco_request_seconds_bucket{pool=\"pages\",le=\"+Inf\"} 3\n");
	assert_line(&out, "trasloco_request_seconds_sum{pool=\"pages\"} 1000.011\n");
	assert_line(&out, "trasloco_request_seconds_count{pool=\"pages\"} 3\n");
	assert_line(&out, "trasloco_request_seconds_bucket{pool=\"transfer\",le=\"1\"} 0\n");
	assert_line(&out, "trasloco_request_seconds_bucket{pool=\"transfer\",le=\"2.5\"} 1\n");
	assert_line(&out, "trasloco_requests_total{pool=\"pages\",status=\"5xx\"} 1\n");
	assert_line(&out, "trasloco_requests_total{pool=\"transfer\",status=\"2xx\"} 1\n");
	sb_free(&out);
	latency_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latencies_of_all_processes_add_up_in_buckets),
		cmocka_unit_test(one_account_cannot_have_all_threads_of_the_uploads),
		cmocka_unit_test(downloads_leave_half_of_the_threads),
		cmocka_unit_test(an_upload_that_only_drips_does_not_keep_pace),
		cmocka_unit_test(a_form_token_fits_its_cookie_only),
		cmocka_unit_test(without_a_cookie_no_form_token_fits),
		cmocka_unit_test(examples_are_read_as_they_were_written),
		cmocka_unit_test(damaged_examples_are_refused),
		cmocka_unit_test(file_names_lose_their_path_and_what_is_no_text),
		cmocka_unit_test(only_the_options_of_the_format_count),
		cmocka_unit_test(an_option_that_is_missing_or_wrong_is_named),
		cmocka_unit_test(a_second_file_of_another_provider_is_refused),
		cmocka_unit_test(a_form_has_no_more_options_than_parts),
		cmocka_unit_test(a_field_is_an_option_of_the_table_or_none),
		cmocka_unit_test(the_options_of_a_job_are_read_back),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
