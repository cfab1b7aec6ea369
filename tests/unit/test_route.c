#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/route.h"

static const struct route table[] = {
	{ .method = REQ_GET, .pattern = "/", .pool = ROUTE_PAGES },
	{ .method = REQ_GET, .pattern = "/job", .pool = ROUTE_PAGES },
	{ .method = REQ_POST, .pattern = "/job", .pool = ROUTE_TRANSFER },
	{ .method = REQ_GET, .pattern = "/job/{id}", .pool = ROUTE_PAGES },
	{ .method = REQ_POST, .pattern = "/job/{id}/cancel", .pool = ROUTE_PAGES },
	{ .method = REQ_GET, .pattern = "/numbers", .who = ROUTE_PRIVATE, .pool = ROUTE_PAGES },
};

static struct route_match
find(enum route_pool pool, enum req_method method, const char *path)
{
	struct route_match m;

	route_find(table, ARRAY_LEN(table), pool, &(struct req){ .method = method, .path = path }, &m);
	return m;
}

static void
addresses_find_their_row(void **state)
{
	struct route_match m;

	(void)state;
	assert_ptr_equal(find(ROUTE_PAGES, REQ_GET, "/").route, &table[0]);
	assert_ptr_equal(find(ROUTE_PAGES, REQ_GET, "/job").route, &table[1]);
	assert_ptr_equal(find(ROUTE_TRANSFER, REQ_POST, "/job").route, &table[2]);
	m = find(ROUTE_PAGES, REQ_GET, "/job/42");
	assert_ptr_equal(m.route, &table[3]);
	assert_int_equal(m.id, 42);
	m = find(ROUTE_PAGES, REQ_POST, "/job/9223372036854775807/cancel");
	assert_ptr_equal(m.route, &table[4]);
	assert_true(m.id == INT64_MAX);
}

static void
garbage_is_no_address(void **state)
{
	static const char *const paths[] = {
		"", "/x", "/job/", "/job/0", "/job/01", "/job/-1", "/job/+1", "/job/ 1", "/job/1x", "/job/1/", "/job/x",
		"/job/9223372036854775808", "/job/99999999999999999999999", "/job/1/cance", "/job//cancel", "/JOB", "/job/{id}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(paths); i++) {
		assert_null(find(ROUTE_PAGES, REQ_GET, paths[i]).route);
		assert_string_equal(find(ROUTE_PAGES, REQ_GET, paths[i]).allow, "");
	}
}

static void
another_method_or_pool_learns_what_is_allowed(void **state)
{
	(void)state;
	assert_null(find(ROUTE_PAGES, REQ_POST, "/").route);
	assert_string_equal(find(ROUTE_PAGES, REQ_POST, "/").allow, "GET, HEAD");
	assert_string_equal(find(ROUTE_PAGES, REQ_OTHER, "/job").allow, "GET, HEAD, POST");
	assert_null(find(ROUTE_PAGES, REQ_POST, "/job").route);
	assert_null(find(ROUTE_TRANSFER, REQ_GET, "/job/1").route);
	assert_string_equal(find(ROUTE_PAGES, REQ_GET, "/job/1/cancel").allow, "POST");
}

static void
the_private_listener_and_the_others_know_nothing_of_each_other(void **state)
{
	struct req req = { .method = REQ_GET, .path = "/numbers", .private = true };
	struct route_match m;

	(void)state;
	route_find(table, ARRAY_LEN(table), ROUTE_PAGES, &req, &m);
	assert_ptr_equal(m.route, &table[5]);
	req.path = "/job";
	route_find(table, ARRAY_LEN(table), ROUTE_PAGES, &req, &m);
	assert_null(m.route);
	assert_string_equal(m.allow, "");
	assert_null(find(ROUTE_PAGES, REQ_GET, "/numbers").route);
	assert_string_equal(find(ROUTE_PAGES, REQ_POST, "/numbers").allow, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_find_their_row),
		cmocka_unit_test(garbage_is_no_address),
		cmocka_unit_test(another_method_or_pool_learns_what_is_allowed),
		cmocka_unit_test(the_private_listener_and_the_others_know_nothing_of_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
