/* The small parts of web/ that need no database: form tokens, examples, file names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"
#include "util/sb.h"
#include "util/utf8.h"
#include "web/csrf.h"
#include "web/examples.h"
#include "web/fair.h"
#include "web/file_name.h"

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
		assert_true(fair_enter(&f, 1));
	assert_false(fair_enter(&f, 1));
	assert_true(fair_enter(&f, 2));
	fair_leave(&f, 1);
	assert_true(fair_enter(&f, 1));
	assert_false(fair_enter(&f, 1));
	fair_destroy(&f);
	fair_init(&f, 1);
	assert_true(fair_enter(&f, 1) && fair_enter(&f, 1));
	assert_false(fair_enter(&f, 1));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_account_cannot_have_all_threads_of_the_uploads),
		cmocka_unit_test(an_upload_that_only_drips_does_not_keep_pace),
		cmocka_unit_test(a_form_token_fits_its_cookie_only),
		cmocka_unit_test(without_a_cookie_no_form_token_fits),
		cmocka_unit_test(examples_are_read_as_they_were_written),
		cmocka_unit_test(damaged_examples_are_refused),
		cmocka_unit_test(file_names_lose_their_path_and_what_is_no_text),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
