/* JSON as a stream: what is taken, repaired, refused; values by alias; the side table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "util/clock.h"
#include "util/rnd.h"

#include "formats/jsonsrc.h"
#include "formats/jsonval.h"
#include "formats/sidetable.h"

#include "unit/reading.h"

/* Enters the document and arrays, takes the rest. */
static enum jsonsrc_choice
rows(void *ctx, const struct jsonsrc_place *place)
{
	(void)ctx;
	return place->kind == '[' || (place->depth == 0 && place->kind == '{') ? JSONSRC_ENTER : JSONSRC_TAKE;
}

static enum jsonsrc_choice
everything(void *ctx, const struct jsonsrc_place *place)
{
	(void)ctx, (void)place;
	return JSONSRC_TAKE;
}

/* All that happens, as text: "<name" entered, ">" left, name=value, "!hole". */
static void
events(const char *json, size_t n, size_t most, jsonsrc_choose *choose, struct sb *out)
{
	struct slow slow = slow_input(json, n, most);
	struct jsonsrc *s;
	struct jsonsrc_value v;
	enum jsonsrc_event event = JSONSRC_VALUE;
	struct err e;

	sb_reset(out);
	memset(notes, 0, sizeof(notes));
	assert_non_null(s = jsonsrc_open(&slow.in, choose, NULL, &noting, &e));
	while (event != JSONSRC_END && event != JSONSRC_CUT && event != JSONSRC_FAILED) {
		event = jsonsrc_next(s, &v, &e);
		if (event == JSONSRC_ENTERED)
			sb_printf(out, "<%s ", v.place.name != NULL ? v.place.name : "");
		if (event == JSONSRC_LEFT)
			sb_printf(out, ">%s ", v.place.name != NULL ? v.place.name : "");
		if (event == JSONSRC_VALUE)
			sb_printf(out, "%s%s%s ", v.place.name != NULL ? v.place.name : "", v.place.name != NULL ? "=" : "",
			    json_object_to_json_string_ext(v.tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		if (event == JSONSRC_BAD)
			sb_printf(out, "!%s ", issue_kinds[v.reason].name);
	}
	sb_str(out, event == JSONSRC_END ? "end" : event == JSONSRC_CUT ? "cut" : "failed");
	assert_int_equal(jsonsrc_next(s, &v, &e), event);
	jsonsrc_close(s);
}

static const struct {
	const char	*json, *events;
	int		 repairs;
} cases[] = {
	{ "", "end", 0 },
	{ " \n", "end", 0 },
	{ "{\"a\":[{\"b\":[1,[2,{}]]},{\"c\":\"x\\\"]}\"}],\"d\":null}", "< <a {\"b\":[1,[2,{}]]} {\"c\":\"x\\\"]}\"} >a d=null > end", 0 },
	{ "{\"a\\u0062\":\"\\ud83d\\ude00\\/\"}", "< ab=\"\xf0\x9f\x98\x80/\" > end", 0 },
	{ "[1,-2.50,true,\"s\"]", "< 1 -2.50 true \"s\" > end", 0 },
	/* More than one document. */
	{ "{\"a\":1}\n{\"a\":2}\n", "< a=1 > < a=2 > end", 0 },
	{ "[]", "< > end", 0 },
	{ "[{}]\n", "< {} > end", 0 },
	/* Holes. */
	{ "[{},,{}]", "< {} !hole {} > end", 0 },
	{ "[,{}]", "< !hole {} > end", 0 },
	{ "[{},]", "< {} !hole > end", 0 },
	{ "{\"v\":,\"a\":[{}]}", "< <a {} >a > end", 1 },
	{ "[{\"h\":[1,,2],\"k\":}]", "< {\"h\":[1,null,2],\"k\":null} > end", 1 },
	/* What Muut's exports have. */
	{ "({\"a\":[{}]})", "< <a {} >a > end", 1 },
	{ "jQuery_1.cb({\"a\":[{}]});", "< <a {} >a > end", 1 },
	{ "{\"a\":[{}]],\"b\":[{}]}", "< <a {} >a <b {} >b > end", 1 },
	{ "{\"a\":[{}]}]", "< <a {} >a > end", 1 },
	{ "{\"a\":[{}{} {}]}", "< <a {} {} {} >a > end", 1 },
	{ "{\"a\":[{}]{}]}", "< <a {} {} >a > end", 1 },
	{ "{\"a\":[{}[{}]}", "< <a {} {} >a > end", 1 },
	{ "{\"a\":[{} ] \n [ {}]}", "< <a {} {} >a > end", 1 },
	{ "[{\"r\":[{\"k\":1}{\"k\":2}]{\"k\":3}]}]", "< {\"r\":[{\"k\":1},{\"k\":2},{\"k\":3}]} > end", 1 },
	{ "[{\"t\":\"}{ ]{ }][{ ]] ,, (\"}]", "< {\"t\":\"}{ ]{ }][{ ]] ,, (\"} > end", 0 },
	/* Damage that is none of these. */
	{ "{\"a\":[{}", "< <a {} cut", 0 },
	{ "{\"a\":[{},{\"b\":\"x", "< <a {} cut", 0 },
	{ "{\"a\":[{}]", "< <a {} >a cut", 0 },
	{ "[1 2]", "< 1 failed", 0 },
	{ "[{\"a\":1 \"b\":2}]", "< failed", 0 },
	{ "{\"a\":1]", "< a=1 cut", 1 },
	{ "[{\"a\":1})", "< {\"a\":1} failed", 0 },
	{ "[{\"a\":'x'}]", "< failed", 0 },
	/* Words and escapes that JSON does not have: no record is lost for them, and no text. */
	{ "[{\"a\":\"\\q\"},{}]", "< {\"a\":\"\\\\q\"} {} > end", 1 },
	{ "[{\"a\":\"it\\'s \\u12 \\x41\"}]", "< {\"a\":\"it's \\\\u12 \\\\x41\"} > end", 1 },
	{ "[{\"a\":undefined,\"b\":[None,-Infinity,Tru]}]", "< {\"a\":null,\"b\":[null,null,\"Tru\"]} > end", 1 },
	{ "[{\"a\":+1,\"b\":2020-01-02,\"c\":-1.5e3,\"d\":-}]", "< {\"a\":\"+1\",\"b\":\"2020-01-02\",\"c\":-1.5e3,\"d\":\"-\"} > end", 1 },
	{ "\x01", "failed", 0 },
};

static void
files_as_people_have_them_are_read(void **state)
{
	static const size_t sizes[] = { 100000, 1, 2, 3 };
	struct bufs *b = *state;
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (k = 0; k < ARRAY_LEN(sizes); k++) {
			events(cases[i].json, strlen(cases[i].json), sizes[k], rows, &b->out);
			if (strcmp(sb_text(&b->out), cases[i].events) != 0)
				fail_msg("%s gives %s, not %s", cases[i].json, sb_text(&b->out), cases[i].events);
			if (notes[ISSUE_JSON_REPAIRED] != cases[i].repairs)
				fail_msg("%s: %d repairs", cases[i].json, notes[ISSUE_JSON_REPAIRED]);
		}
}

/* On one line, in whichever encoding the file was. */
static void
places_on_one_line_are_told_by_character(void **state)
{
	static const char json[] = "{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\" x";
	struct jsonsrc_value v;
	struct err e = { 0 };
	size_t most;

	(void)state;
	for (most = 1; most < sizeof(json); most++) {
		struct slow slow = slow_input(json, sizeof(json) - 1, most);
		struct jsonsrc *s = jsonsrc_open(&slow.in, rows, NULL, &noting, &e);
		enum jsonsrc_event event;

		while ((event = jsonsrc_next(s, &v, &e)) != JSONSRC_FAILED)
			assert_true(event == JSONSRC_ENTERED || event == JSONSRC_VALUE);
		assert_non_null(strstr(e.msg, "at character 12:"));
		jsonsrc_close(s);
	}
}

static void
a_nul_byte_in_a_text_does_not_end_it(void **state)
{
	struct bufs *b = *state;

	events("[\"a\0b\",\"\\\0\",\"c\"]", 16, 100, rows, &b->out);
	assert_string_equal(sb_text(&b->out), "< \"a\xef\xbf\xbd" "b\" \"\\\\\xef\xbf\xbd\" \"c\" > end");
}

static void
deep_values_and_large_ones_have_limits(void **state)
{
	struct bufs *b = *state;
	int i;

	sb_reset(&b->in);
	for (i = 0; i < 8000; i++)
		sb_str(&b->in, "{\"r\":[");
	events(sb_text(&b->in), b->in.n, 100000, everything, &b->out);
	assert_string_equal(sb_text(&b->out), "failed");
	sb_reset(&b->in);
	for (i = 0; i < 4000; i++)
		sb_str(&b->in, "{\"r\":[");
	for (i = 0; i < 4000; i++)
		sb_str(&b->in, "]}");
	events(sb_text(&b->in), b->in.n, 100000, everything, &b->out);
	assert_int_equal(b->out.n, b->in.n + strlen(" end"));
	sb_reset(&b->in);
	sb_str(&b->in, "[\"");
	for (i = 0; i < 5 * 1024; i++)
		sb_printf(&b->in, "%01024d", i);
	sb_str(&b->in, "\",{}]");
	events(sb_text(&b->in), b->in.n, 100000, rows, &b->out);
	assert_string_equal(sb_text(&b->out), "< !bad_record {} > end");
}

/* --- values ---------------------------------------------------------------------------------- */

static const char *
text_of(const char *json, const char *names)
{
	static char buf[100];
	struct arena *arena = arena_new(1 << 20);
	struct json_object *object = json_tokener_parse(json);
	struct text t;

	assert_true(jsonval_text(object, names, arena, &t));
	snprintf(buf, sizeof(buf), "%s", t.said ? t.p : "(not said)");
	json_object_put(object);
	arena_free(arena);
	return buf;
}

static void
members_are_found_by_any_of_their_names(void **state)
{
	(void)state;
	assert_string_equal(text_of("{\"by_nickname\":\"Ann\"}", "byNickname name"), "Ann");
	assert_string_equal(text_of("{\"ByNickName\":\"Ann\"}", "by_nickname"), "Ann");
	assert_string_equal(text_of("{\"name\":\"\",\"nick\":\"Bo\"}", "name nick"), "Bo");
	assert_string_equal(text_of("{\"name\":null}", "name nick"), "");
	assert_string_equal(text_of("{\"nick\":{}}", "name nick"), "(not said)");
	assert_string_equal(text_of("{\"URL\":\"a\",\"url\":\"b\"}", "url"), "b");
	assert_string_equal(text_of("{\"URL\":\"a\"}", "=url"), "(not said)");
	assert_string_equal(text_of("{\"urls\":\"a\",\"ur\":\"b\"}", "url"), "(not said)");
	assert_string_equal(text_of("{\"id\":12345678901234567}", "id"), "12345678901234567");
	assert_string_equal(text_of("{\"id\":{\"N\":\"12\"}}", "id"), "12");
	assert_string_equal(text_of("{\"id\":{\"NULL\":true}}", "id"), "");
	assert_string_equal(text_of("[1]", "id"), "(not said)");
	assert_string_equal(text_of("{\"ok\":true}", "ok"), "true");
}

static void
dates_are_seconds_milliseconds_or_text(void **state)
{
	static const struct {
		const char	*json;
		int64_t		 ms;
	} dates[] = {
		{ "1700000000", INT64_C(1700000000000) }, { "1700000000123", INT64_C(1700000000123) },
		{ "\"1700000000\"", INT64_C(1700000000000) }, { "1700000000.5", INT64_C(1700000000500) },
		{ "\"2023-11-14T22:13:20Z\"", INT64_C(1700000000000) },
		{ "\"2023-11-14 22:13:20.123456\"", INT64_C(1700000000123) },
		{ "\"yesterday\"", CLOCK_UNKNOWN }, { "null", CLOCK_UNKNOWN }, { "[]", CLOCK_UNKNOWN }, { "\"\"", CLOCK_UNKNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(dates); i++) {
		struct json_object *value = json_tokener_parse(dates[i].json);

		if (jsonval_date(value) != dates[i].ms)
			fail_msg("%s is %" PRId64, dates[i].json, jsonval_date(value));
		json_object_put(value);
	}
}

static void
flags_come_in_many_forms(void **state)
{
	static const char *const yes[] = { "true", "1", "\"true\"", "\"T\"", "\"1\"", "\"Yes\"", "{\"BOOL\":true}" };
	static const char *const no[] = { "false", "0", "\"false\"", "\"f\"", "\"0\"", "\"NO\"" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(yes); i++) {
		struct json_object *value = json_tokener_parse(yes[i]);

		assert_true(jsonval_flag(value, false));
		json_object_put(value);
	}
	for (i = 0; i < ARRAY_LEN(no); i++) {
		struct json_object *value = json_tokener_parse(no[i]);

		assert_false(jsonval_flag(value, true));
		json_object_put(value);
	}
	assert_true(jsonval_flag(NULL, true));
	assert_false(jsonval_flag(NULL, false));
}

/* --- the side table ----------------------------------------------------------------------------- */

static void
a_side_table_keeps_what_is_wanted(void **state)
{
	struct sidetable *t = sidetable_new("authors", NULL);
	struct sidetable_row row = { .text = { text("Ann"), { .said = false }, text("") }, .number = 7 };
	char key[32];
	int i;

	(void)state;
	assert_int_equal(sidetable_want(t, text("a"), NULL), 0);
	assert_false(sidetable_get(t, text("a"), NULL));
	assert_false(sidetable_first_visit(t, text("a")));
	assert_int_equal(sidetable_put(t, text("early"), &row, NULL), 0);
	sidetable_only_wanted(t);
	assert_int_equal(sidetable_put(t, text("late"), &row, NULL), 0);
	assert_int_equal(sidetable_put(t, text("a"), &row, NULL), 0);
	row.number = 8;
	assert_int_equal(sidetable_put(t, text("a"), &row, NULL), 0);
	assert_true(sidetable_get(t, text("early"), NULL));
	assert_false(sidetable_get(t, text("late"), NULL));
	assert_false(sidetable_get(t, text(""), NULL));
	assert_true(sidetable_get(t, text("a"), &row));
	assert_int_equal(row.number, 7);
	assert_memory_equal(row.text[0].p, "Ann", 3);
	assert_false(row.text[1].said);
	assert_true(row.text[2].said && row.text[2].n == 0);
	assert_true(sidetable_first_visit(t, text("a")));
	assert_false(sidetable_first_visit(t, text("a")));
	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(sidetable_want(t, text(key), NULL), 0);
	}
	assert_true(sidetable_get(t, text("a"), NULL));
	sidetable_free(t);
	sidetable_free(NULL);
}

static void
a_side_table_holds_100000_rows_and_then_says_so(void **state)
{
	struct sidetable *t = sidetable_new("authors", NULL);
	struct sidetable_row row = { .text = { text("A name of twenty let"), text("mail.address@example.org"),
	    text("https://example.org/avatars/1234567890.png") } };
	struct err e = { 0 };
	char key[80];
	int i;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		snprintf(key, sizeof(key), "%064x", i);
		if (sidetable_put(t, text(key), &row, &e) == -1)
			break;
	}
	assert_in_range(i, 100000, 200000);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_non_null(strstr(e.msg, "authors"));
	for (i -= 1; i >= 0; i -= 997) {
		snprintf(key, sizeof(key), "%064x", i);
		assert_true(sidetable_get(t, text(key), &row));
	}
	sidetable_free(t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reading_setup, reading_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_as_people_have_them_are_read),
		TEST(places_on_one_line_are_told_by_character),
		TEST(a_nul_byte_in_a_text_does_not_end_it),
		TEST(deep_values_and_large_ones_have_limits),
		cmocka_unit_test(members_are_found_by_any_of_their_names),
		cmocka_unit_test(dates_are_seconds_milliseconds_or_text),
		cmocka_unit_test(flags_come_in_many_forms),
		cmocka_unit_test(a_side_table_keeps_what_is_wanted),
		cmocka_unit_test(a_side_table_holds_100000_rows_and_then_says_so),
	};

	if (rnd_init(NULL) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
