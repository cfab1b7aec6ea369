/* JSON as it arrives: what is JSON and what is not, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/jsonscan.h"

struct told {
	char	text[4096];
	size_t	n;
};

static int
tell(void *ctx, const struct jsonscan_value *v, struct err *e)
{
	static const char letters[] = { 'o', 'a', 'e', 's', 'n', 'w' };
	struct told *t = ctx;

	(void)e;
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n, "%c%d%s%s%s%s%s ", letters[v->kind], v->depth,
	    *v->key != '\0' ? "." : "", v->key, *v->text != '\0' ? "=" : "", v->text, v->cut ? "..." : "");
	return 0;
}

/* In pieces of size bytes. */
static int
scan(const char *json, size_t n, size_t size, struct told *t, struct err *e)
{
	struct jsonscan *s;
	size_t i;
	int result = 0;

	*t = (struct told){ .n = 0 };
	assert_non_null(s = jsonscan_new(tell, t, e));
	for (i = 0; i < n && result == 0; i += size)
		result = jsonscan_feed(s, json + i, MIN(size, n - i), e);
	if (result == 0)
		result = jsonscan_end(s, e);
	jsonscan_free(s);
	return result;
}

static void
values_are_told_with_key_and_depth(void **state)
{
	static const struct {
		const char	*json, *told;
	} cases[] = {
		{ "{}", "o0 e0 " },
		{ " [ ] ", "a0 e0 " },
		{ "\"\"", "s0 " },
		{ "12", "n0=12 " },
		{ "{\"a\":1,\"b\":[true,{\"c\":null}],\"d\":\"x\"}", "o0 n1.a=1 a1.b w2=true o2 w3.c=null e2 e1 s1.d=x e0 " },
		{ "[-0, -1.5e+10, 0.1, 1E2]", "a0 n1=-0 n1=-1.5e+10 n1=0.1 n1=1E2 e0 " },
		{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "a0 s1=\"\\/\b\f\n\r\t e0 " },
		{ "[\"\\u0041\\u00e4\\u20ac\\ud83c\\udf3b\"]", "a0 s1=A\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\xbb e0 " },
		{ "[\"\\ud83cx\",\"\\udf3b\",\"\\ud83c\\ud83c\\udf3b\",\"\\ud83c\",\"\\u0000\"]",
		    "a0 s1=\xef\xbf\xbdx s1=\xef\xbf\xbd s1=\xef\xbf\xbd\xf0\x9f\x8c\xbb s1=\xef\xbf\xbd s1=\xef\xbf\xbd e0 " },
		{ "[\"\xc3\xa4\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"]", "a0 s1=\xc3\xa4\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf e0 " },
		{ "{\"tenant\\u0049d\":\"7\"}", "o0 s1.tenantId=7 e0 " },
	};
	struct told t;
	struct err e;
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (size = 1; size <= strlen(cases[i].json); size++) {
			if (scan(cases[i].json, strlen(cases[i].json), size, &t, &e) == -1)
				fail_msg("%s in pieces of %zu: %s", cases[i].json, size, e.msg);
			assert_string_equal(t.text, cases[i].told);
		}
}

static void
what_is_no_json_is_refused_with_its_place(void **state)
{
	static const struct {
		const char	*json;
		int		 at;
	} cases[] = {
		{ "", 1 }, { " ", 2 }, { "{", 2 }, { "[", 2 }, { "[1", 3 }, { "[1,", 4 }, { "\"a", 3 }, { "tru", 4 }, { "nul]", 4 },
		{ "[1,]", 4 }, { "{\"a\":1,}", 8 }, { "{a:1}", 2 }, { "{'a':1}", 2 }, { "{\"a\" 1}", 6 }, { "{\"a\":}", 6 },
		{ "[1 2]", 4 }, { "[1}", 3 }, { "{]", 2 }, { "]", 1 }, { "{}}", 3 }, { "{} x", 4 }, { "[],", 3 },
		{ "[01]", 4 }, { "[1.]", 4 }, { "[.5]", 2 }, { "[+1]", 2 }, { "[1e]", 4 }, { "[-]", 3 }, { "[1a]", 4 }, { "[NaN]", 2 },
		{ "[True]", 2 }, { "[undefined]", 11 }, { "[\"\\x\"]", 4 }, { "[\"\\u12g4\"]", 7 }, { "[\"\n\"]", 3 }, { "[\"\x1f\"]", 3 },
		{ "\xef\xbb\xbf{}", 1 }, { "[\"\x80\"]", 3 }, { "[\"\xc0\x80\"]", 3 }, { "[\"\xed\xa0\x80\"]", 4 }, { "[\"\xc3\"]", 4 },
		{ "[\"\xe0\x80\x80\"]", 4 }, { "[\"\xf4\x90\x80\x80\"]", 4 }, { "[\"\xe2\x82\"]", 5 }, { "[\"\xff\"]", 3 }, { "\xff", 1 },
		{ "/* */[]", 1 },
	};
	struct told t;
	struct err e;
	char place[32];
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (size = 1; size <= strlen(cases[i].json) + 1; size++) {
			if (scan(cases[i].json, strlen(cases[i].json), size, &t, &e) == 0)
				fail_msg("%s in pieces of %zu was taken", cases[i].json, size);
			assert_int_equal(e.kind, ERR_INPUT);
			snprintf(place, sizeof(place), "at byte %d:", cases[i].at);
			if (strstr(e.msg, place) == NULL)
				fail_msg("%s: %s", cases[i].json, e.msg);
		}
	assert_int_equal(scan("[\"\0\"]", 5, 1, &t, &e), -1);
	assert_int_equal(scan("[1\0]", 4, 1, &t, &e), -1);
}

static void
depth_and_length_have_limits(void **state)
{
	char json[1024];
	struct told t;
	struct err e;

	(void)state;
	memset(json, '[', 64);
	memset(json + JSONSCAN_DEPTH, ']', JSONSCAN_DEPTH);
	assert_int_equal(scan(json, 2 * (size_t)JSONSCAN_DEPTH, 7, &t, &e), 0);
	memset(json, '[', 64);
	assert_int_equal(scan(json, 64, 7, &t, &e), -1);
	assert_non_null(strstr(e.msg, "at byte 33:"));
	/* A text is told as far as it fits, whole characters only. */
	json[0] = '"';
	memset(json + 1, 'x', JSONSCAN_TEXT_MAX - 1);
	memcpy(json + JSONSCAN_TEXT_MAX, "\xc3\xa4y\"", 4);
	assert_int_equal(scan(json, JSONSCAN_TEXT_MAX + 4, 7, &t, &e), 0);
	assert_int_equal(t.n, strlen("s0=") + JSONSCAN_TEXT_MAX - 1 + strlen("... "));
	memset(json, '1', JSONSCAN_TEXT_MAX + 1);
	assert_int_equal(scan(json, JSONSCAN_TEXT_MAX, 7, &t, &e), 0);
	assert_int_equal(scan(json, JSONSCAN_TEXT_MAX + 1, 7, &t, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_told_with_key_and_depth),
		cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
		cmocka_unit_test(depth_and_length_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
