/* Pages: what is put, what is filled in later, and the addresses that tell them apart, as store/page.h promises. */
#include "fixture.h"
#include "rows.h"

#include "store/page.h"

static struct db *db;

static int
start(void **state)
{
	if (fixture_start(state) == -1)
		return -1;
	db = fixture_open(DB_ROLE_JOBS);
	return 0;
}

static int
stop(void **state)
{
	db_close(db);
	return fixture_stop(state);
}

static void
assert_page(int64_t account_id, const char *expected)
{
	char *text = fixture_text("SELECT CONCAT_WS('|', source, source_site, source_page_id, page_id, page_url, address, "
	    "page_title) FROM page WHERE account_id = %" PRId64, account_id);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
put(const struct row *r, int64_t account_id)
{
	struct err e;

	assert_ok(page_put(db, account_id, &r->s, &e), &e);
}

static void
init(struct row *r)
{
	row_init(r, 1, "a", "");
	r->s.source = (struct text){ "wordpress", 9, true };
	row_say(r, CT_SOURCE_SITE, "example.com");
	row_say(r, CT_PAGE_ID, "post-1");
}

static void
the_first_title_and_address_of_a_page_that_are_not_empty_win(void **state)
{
	struct row r;

	(void)state;
	init(&r);
	put(&r, 1);
	assert_page(1, "wordpress|example.com|post-1|post-1|||");
	row_say(&r, CT_PAGE_TITLE, "");
	row_say(&r, CT_PAGE_URL, "https://www.Example.com/1/?utm_source=x#top");
	put(&r, 1);
	row_say(&r, CT_PAGE_TITLE, "First");
	row_say(&r, CT_PAGE_URL, "https://example.com/2");
	put(&r, 1);
	row_say(&r, CT_PAGE_TITLE, "Second");
	put(&r, 1);
	put(&r, 2);
	assert_page(1, "wordpress|example.com|post-1|post-1|https://www.Example.com/1/?utm_source=x#top|example.com/1|First");
	assert_page(2, "wordpress|example.com|post-1|post-1|https://example.com/2|example.com/2|Second");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM page"), 2);
}

static void
an_address_that_can_not_be_used_tells_no_pages_apart(void **state)
{
	struct row r;

	(void)state;
	init(&r);
	row_say(&r, CT_PAGE_URL, "ftp://example.com/1");
	put(&r, 1);
	assert_page(1, "wordpress|example.com|post-1|post-1|ftp://example.com/1||");
}

static void
the_longest_address_fits(void **state)
{
	char url[LIMIT_URL_BYTES + 1] = "http://h/";
	struct row r;

	(void)state;
	memset(url + 9, 'x', sizeof(url) - 10);
	url[LIMIT_URL_BYTES] = '\0';
	init(&r);
	row_say(&r, CT_PAGE_URL, url);
	put(&r, 1);
	assert_int_equal(fixture_int("SELECT LENGTH(address) FROM page"), LIMIT_URL_BYTES - 7);
}

static void
a_merged_page_names_the_one_that_has_its_comments(void **state)
{
	struct hash128 key = row_hash("page"), into;
	struct err e;
	struct row r;
	bool any;

	(void)state;
	init(&r);
	put(&r, 1);
	put(&r, 2);
	assert_ok(page_merged_any(db, 1, &any, &e), &e);
	assert_false(any);
	assert_int_equal(page_merged_into(db, 1, &key, &into, &e), 0);
	fixture_sql("UPDATE page SET merged_into = REPEAT('m', 16) WHERE account_id = 1");
	assert_ok(page_merged_any(db, 1, &any, &e), &e);
	assert_true(any);
	assert_int_equal(page_merged_into(db, 1, &key, &into, &e), 1);
	assert_memory_equal(into.b, "mmmmmmmmmmmmmmmm", HASH128_SIZE);
	assert_ok(page_merged_any(db, 2, &any, &e), &e);
	assert_false(any);
	assert_int_equal(page_merged_into(db, 2, &key, &into, &e), 0);
	key = row_hash("no page");
	assert_int_equal(page_merged_into(db, 1, &key, &into, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_title_and_address_of_a_page_that_are_not_empty_win, fixture_empty),
		cmocka_unit_test_setup(an_address_that_can_not_be_used_tells_no_pages_apart, fixture_empty),
		cmocka_unit_test_setup(the_longest_address_fits, fixture_empty),
		cmocka_unit_test_setup(a_merged_page_names_the_one_that_has_its_comments, fixture_empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
