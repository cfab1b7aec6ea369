/* Lists of pairs for a move, and what they make of a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/movelist.h"
#include "util/moverules.h"
#include "util/sb.h"
#include "util/weburl.h"

static struct arena *arena;
static struct movelist list;

static int
start(void **state)
{
	(void)state;
	memset(&list, 0, sizeof(list));
	return (arena = arena_new(8 << 20)) != NULL ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
takes_as(const char *text, enum move_kind kind)
{
	struct err e = { 0 };

	memset(&list, 0, sizeof(list));
	if (movelist_add_text(&list, text, strlen(text), kind, arena, &e) == -1 || movelist_check(&list, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
}

static void
takes(const char *text)
{
	takes_as(text, MOVE_KIND__MAX);
}

static void
refuses(const char *text, const char *words)
{
	struct err e = { 0 };

	memset(&list, 0, sizeof(list));
	if (movelist_add_text(&list, text, strlen(text), MOVE_KIND__MAX, arena, &e) == 0 && movelist_check(&list, &e) == 0)
		fail_msg("it was taken: %s", text);
	if (strstr(e.msg, words) == NULL)
		fail_msg("%s: %s", text, e.msg);
	assert_true(e.kind == ERR_INPUT || e.kind == ERR_LIMIT);
}

static void
pair_is(size_t i, enum move_kind kind, const char *from, const char *to)
{
	assert_true(i < list.n);
	assert_int_equal(list.pair[i].kind, kind);
	assert_string_equal(list.pair[i].from, from);
	assert_string_equal(list.pair[i].to, to);
}

static void
lists_are_read_as_spreadsheets_and_people_write_them(void **state)
{
	(void)state;
	takes("\xef\xbb\xbfold,new\r\nold.example,new.example\r\n\r\n\"https://a.example/x,y\",\"https://b.example/\"\"q\"\r\n"
	    "https://c.example/*;x,https://d.example/*;x");
	assert_int_equal(list.n, 3);
	pair_is(0, MOVE_DOMAIN, "old.example", "new.example");
	assert_int_equal(list.pair[0].line, 2);
	pair_is(1, MOVE_URL, "https://a.example/x,y", "https://b.example/\"q");
	assert_int_equal(list.pair[1].line, 4);
	takes("  https://a.example/* ; https://b.example/*\rpage-1;page-2");
	pair_is(0, MOVE_PREFIX, "https://a.example/*", "https://b.example/*");
	pair_is(1, MOVE_PAGE_ID, "page-1", "page-2");
	takes("a.example\tb.example\t\t\n");
	pair_is(0, MOVE_DOMAIN, "a.example", "b.example");
	takes_as("old.example,new.example", MOVE_PAGE_ID);
	pair_is(0, MOVE_PAGE_ID, "old.example", "new.example");
	takes("www.x-1.example:8080,x.example:81\nold,new2");
	pair_is(0, MOVE_DOMAIN, "www.x-1.example:8080", "x.example:81");
	pair_is(1, MOVE_PAGE_ID, "old", "new2");
}

static void
what_cannot_be_is_refused_with_its_line(void **state)
{
	static char many[30 * (MOVE_PAIRS_MAX + 2)], *at = many;
	int i;

	(void)state;
	refuses("", "nothing to move");
	refuses("\n\n  \r\n", "nothing to move");
	refuses("old,new\n", "nothing to move");
	refuses("a.example,b.example\nlonely\n", "Line 2 has one column only");
	refuses("a.example,b.example,c.example", "more than two columns");
	refuses("a.example,", "has no new place");
	refuses(",a.example", "has no old place");
	refuses("\"a.example,b.example", "quote that is not closed");
	refuses("a.example,\"b\nc\"", "Line 1");
	refuses("a.example,https://b.example/", "Both must be of one kind");
	refuses("https://a.example/x,https://b.example/*", "Both must be of one kind");
	refuses("a.example,a.example", "moved onto itself");
	refuses("a.example,b.example\nwww.a.example,c.example", "Lines 1 and 2");
	refuses("https://a.example/x,https://b.example/1\nx,y\nhttp://a.example/x/,https://b.example/2", "Lines 1 and 3");
	refuses("https://a.example/*,https://b.example/new*", "slash in front of the *");
	refuses("old*,new*", "must be the begin of an address");
	refuses("https://a.example/#!/*,https://b.example/*", "must be the begin of an address");
	refuses("a.example\x01,b.example", "control characters");
	refuses("a.example,b\xff.example", "UTF-8");
	for (i = 0; i <= MOVE_PAIRS_MAX; i++)
		at += snprintf(at, 30, "p%d,q%d\n", i, i);
	refuses(many, "more than 10000 pairs");
	takes("a.example,b.example\nA.example,b.example");
}

/* The page by the rules of the list: "id|url", "" when it stays. */
static void
becomes(const char *id, const char *url, const char *expected)
{
	struct moverules *rules;
	struct move_place before = { id, url, "" }, after;
	struct err e = { 0 };
	char got[8200] = "";
	struct sb address;
	bool by_id;
	int moves;

	rules = moverules_new(list.pair, list.n, &e);
	if (rules == NULL)
		fail_msg("%s", e.msg);
	sb_init(&address, 4096);
	if (weburl_page(url, strlen(url), &address))
		before.address = sb_text(&address);
	if ((moves = moverules_apply(rules, &before, &after, &by_id, &e)) == -1)
		snprintf(got, sizeof(got), "-1");
	else if (moves == 1) {
		struct sb check;

		snprintf(got, sizeof(got), "%s|%s", after.page_id, after.page_url);
		sb_init(&check, 4096);
		if (*after.page_url != '\0') {
			assert_true(weburl_page(after.page_url, strlen(after.page_url), &check));
			assert_string_equal(sb_text(&check), after.address);
		}
		sb_free(&check);
		assert_int_equal(by_id, *url == '\0' || strcmp(after.page_url, url) == 0);
	}
	sb_free(&address);
	moverules_free(rules);
	assert_string_equal(got, expected);
}

static void
each_kind_keeps_what_it_says_nothing_of(void **state)
{
	(void)state;
	takes("old.example,www.new.example:8080");
	becomes("12", "http://www.OLD.example/a/?p=1#c", "12|http://www.new.example:8080/a/?p=1#c");
	becomes("old.example/a", "https://old.example/a/", "new.example:8080/a|https://www.new.example:8080/a/");
	becomes("https://old.example/a", "https://old.example/a", "https://www.new.example:8080/a|https://www.new.example:8080/a");
	becomes("old.example/a", "", "new.example:8080/a|");
	becomes("12", "https://blog.old.example/a", "");
	becomes("12", "https://bold.example/a", "");
	becomes("old.example.org", "", "");
	becomes("12", "", "");
	takes("https://old.example/a,https://new.example/b/");
	becomes("12", "http://www.old.example/a/?utm_source=x", "12|https://new.example/b/");
	becomes("12", "https://old.example/a/b", "");
	becomes("12", "https://old.example/a?b", "");
	takes("page-1,page-2");
	becomes("page-1", "https://old.example/a", "page-2|https://old.example/a");
	becomes("page-10", "https://old.example/a", "");
	takes("https://old.example/blog/*,https://new.example/*");
	becomes("1", "http://old.example/blog/2020/a/", "1|https://new.example/2020/a/");
	becomes("1", "https://old.example/blog/?p=7", "1|https://new.example/?p=7");
	becomes("1", "https://old.example/blog/", "1|https://new.example/");
	becomes("old.example/blog/x", "", "new.example/x|");
	becomes("1", "https://old.example/blogging", "");
	becomes("1", "https://old.example/blo", "");
	takes("https://old.example/20*,https://new.example/archive-20*");
	becomes("1", "https://old.example/2020/a", "1|https://new.example/archive-2020/a");
	becomes("1", "https://old.example/a", "");
	takes("https://old.example/a?*,https://new.example/b?*\nhttps://old.example/?p=1&*,https://new.example/?q=1&*");
	becomes("1", "https://old.example/a?x=1#c", "1|https://new.example/b?x=1#c");
	becomes("1", "https://old.example/abc", "");
	becomes("1", "https://old.example/a", "");
	becomes("1", "https://old.example?p=1&x=2", "1|https://new.example/?q=1&x=2");
	becomes("1", "https://old.example/?p=12", "");
	takes("http://old.example/*,https://old.example/*");
	becomes("1", "http://old.example/a", "1|https://old.example/a");
	becomes("1", "https://old.example/a", "");
}

static void
the_most_specific_pair_decides_and_all_are_applied_at_once(void **state)
{
	(void)state;
	takes("old.example,d.example\nhttps://old.example/*,https://p.example/*\nhttps://old.example/a/b/*,https://q.example/*\n"
	    "https://old.example/a/b/c,https://u.example/\nspecial,moved");
	becomes("special", "https://old.example/a/b/c", "moved|https://old.example/a/b/c");
	becomes("1", "https://old.example/a/b/c", "1|https://u.example/");
	becomes("1", "https://old.example/a/b/d", "1|https://q.example/d");
	becomes("1", "https://old.example/a/d", "1|https://p.example/a/d");
	takes("a.example,b.example\nb.example,c.example");
	becomes("1", "https://a.example/x", "1|https://b.example/x");
	becomes("1", "https://b.example/x", "1|https://c.example/x");
	becomes("1", "https://c.example/x", "");
	takes("a.example,b.example\nb.example,a.example");
	becomes("1", "https://b.example/x", "1|https://a.example/x");
}

static void
an_address_is_found_in_whatever_spelling(void **state)
{
	static const char *const cafe[] = { "https://old.example/caf\u00e9", "http://OLD.example/caf%c3%a9/", "https://old.example/./caf%C3%A9" };
	size_t i, k;
	char text[200];

	(void)state;
	for (i = 0; i < ARRAY_LEN(cafe); i++)
		for (k = 0; k < ARRAY_LEN(cafe); k++) {
			snprintf(text, sizeof(text), "%s,https://new.example/t\u00e8", cafe[i]);
			takes(text);
			becomes("7", cafe[k], "7|https://new.example/t\u00e8");
			becomes("old.example/caf%C3%A9", cafe[k], "new.example/t%C3%A8|https://new.example/t\u00e8");
		}
	becomes("old.example/caf\u00e9", "", "new.example/t%C3%A8|");
	becomes("https://old.example/caf%c3%a9", "", "https://new.example/t\u00e8|");
	becomes("7", "https://old.example/cafe\u0301", "");
	takes("b\u00fccher.example,\u00e9.example");
	becomes("7", "https://xn--bcher-kva.example/a", "7|https://\u00e9.example/a");
	becomes("xn--bcher-kva.example/a", "https://b\u00fccher.example/a", "xn--9ca.example/a|https://\u00e9.example/a");
	takes("xn--bcher-kva.example,new.example");
	becomes("7", "https://B\u00dccher.example/a", "7|https://new.example/a");
	becomes("b\u00fccher.example/a", "", "new.example/a|");
	refuses("b\u00fccher.example,a.example\nxn--bcher-kva.example,b.example", "Lines 1 and 2");
	takes("https://old.example/caf\u00e9/*,https://new.example/*");
	becomes("7", "https://old.example/caf%c3%a9/%e2%98%95/#c", "7|https://new.example/%e2%98%95/#c");
	becomes("7", "https://old.example/caf%c3%a9?p=%e9", "7|https://new.example?p=%e9");
	becomes("7", "https://old.example/caf%c3%a9", "7|https://new.example/");
	becomes("7", "https://old.example/caf%C3%A9/a%20b", "7|https://new.example/a%20b");
	takes("https://old.example/caf%C3%A9/*,https://new.example/*");
	becomes("7", "https://old.example/caf%C3%A9/\u2615/#c", "7|https://new.example/\u2615/#c");
	becomes("7", "https://old.example/x/../caf%c3%a9/a", "7|https://new.example/a");
	takes("https://old.example/blog/*,https://new.example/*");
	becomes("7", "https://old.example/blog/../blog/a", "7|https://new.example/a");
	takes("https://old.example/.*,https://new.example/.*");
	becomes("7", "https://old.example/.hidden", "7|https://new.example/.hidden");
	becomes("7", "https://old.example/a", "");
	takes("https://old.example/fox?ref*,https://new.example/x?ref*");
	becomes("7", "https://old.example/fox?reference=1", "7|https://new.example/x?reference=1");
	becomes("7", "https://old.example/foxes", "");
	refuses("https://old.example/fox?utm_*,https://new.example/*", "must be the begin of an address");
}

static void
a_place_that_would_be_too_long_is_told(void **state)
{
	char url[2048], text[4200];

	(void)state;
	memset(url, 'x', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	memcpy(url, "https://a.example/", 18);
	takes("a.example,much-longer.example");
	becomes("1", url, "-1");
	snprintf(text, sizeof(text), "%s%s,https://b.example/", url, url);
	refuses(text, "Line 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_are_read_as_spreadsheets_and_people_write_them, start, stop),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_with_its_line, start, stop),
		cmocka_unit_test_setup_teardown(each_kind_keeps_what_it_says_nothing_of, start, stop),
		cmocka_unit_test_setup_teardown(the_most_specific_pair_decides_and_all_are_applied_at_once, start, stop),
		cmocka_unit_test_setup_teardown(an_address_is_found_in_whatever_spelling, start, stop),
		cmocka_unit_test_setup_teardown(a_place_that_would_be_too_long_is_told, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
