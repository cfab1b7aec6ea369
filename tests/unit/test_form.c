#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/cookie.h"
#include "http/form.h"
#include "http/resp.h"

static struct arena *arena;

static bool
is_digit(const char *s)
{
	return *s >= '0' && *s <= '9' && s[1] == '\0';
}

static const struct form_field fields[] = {
	{ "name", 5, NULL, true, "The name is wrong." },
	{ "digit", 5, is_digit, false, "The digit is wrong." },
	{ .name = NULL },
};

static void
takes(const char *text, const char *name, const char *digit)
{
	struct err e = { 0 };
	struct form f;

	if (form_parse(&f, fields, text, strlen(text), arena, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
	assert_string_equal(form_get(&f, "name"), name);
	if (digit != NULL)
		assert_string_equal(form_get(&f, "digit"), digit);
	else
		assert_null(form_get(&f, "digit"));
}

static void
refuses(const char *text, const char *complaint)
{
	struct err e = { 0 };
	struct form f;

	assert_int_equal(form_parse(&f, fields, text, strlen(text), arena, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.msg, complaint);
}

static void
declared_fields_are_decoded(void **state)
{
	(void)state;
	takes("name=a", "a", NULL);
	takes("digit=7&name=a+b%2Bc", "a b+c", "7");
	takes("other=x&&name=%C3%A9&x&=y", "\xc3\xa9", NULL);
	takes("na%6De=a", "a", NULL);
	takes("name=%4&x=%zz", "%4", NULL);
	takes("name=a=b", "a=b", NULL);
}

static void
values_out_of_their_declaration_are_refused(void **state)
{
	(void)state;
	refuses("", "The name is wrong.");
	refuses("name", "The name is wrong.");
	refuses("name=", "The name is wrong.");
	refuses("name=123456", "The name is wrong.");
	refuses("name=a&name=a", "The name is wrong.");
	refuses("name=%00", "The name is wrong.");
	refuses("name=%ff", "The name is wrong.");
	refuses("name=a%0d%0a", "The name is wrong.");
	refuses("name=a&digit=x", "The digit is wrong.");
}

static void
a_form_without_fields_takes_anything(void **state)
{
	struct err e;
	struct form f;

	(void)state;
	assert_int_equal(form_parse(&f, NULL, "a=b", 3, arena, &e), 0);
	assert_null(form_get(&f, "a"));
}

static void
a_cookie_is_found_by_its_whole_name(void **state)
{
	char v[8];

	(void)state;
	assert_true(cookie_get("x=1; id=abc; y=2", "id", v, sizeof(v)));
	assert_string_equal(v, "abc");
	assert_true(cookie_get("id=", "id", v, sizeof(v)));
	assert_false(cookie_get("xid=1; ids=2; Id=3", "id", v, sizeof(v)));
	assert_false(cookie_get("", "id", v, sizeof(v)));
	assert_false(cookie_get("id=12345678", "id", v, sizeof(v)));
	assert_false(cookie_get("id=1; id=2", "id", v, sizeof(v)));
}

static void
an_answer_carries_its_headers_and_no_smuggled_ones(void **state)
{
	struct resp r;
	struct sb head;

	(void)state;
	resp_init(&r);
	sb_init(&head, 10000);
	sb_str(&r.body, "12345");
	r.status = 404;
	resp_header(&r, "X-A", "b\r\nX-Smuggled: d");
	resp_header(&r, "X-E", "f");
	cookie_set(&r, "id", "abc", 60, true);
	resp_head(&r, &head);
	assert_int_equal(strncmp(sb_text(&head), "Status: 404 Not Found\r\n", 23), 0);
	assert_non_null(strstr(sb_text(&head), "\r\nContent-Length: 5\r\n"));
	assert_non_null(strstr(sb_text(&head), "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_non_null(strstr(sb_text(&head), "frame-ancestors 'none'\r\n"));
	assert_non_null(strstr(sb_text(&head), "\r\nX-E: f\r\n"));
	assert_non_null(strstr(sb_text(&head), "\r\nSet-Cookie: id=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure\r\n"));
	assert_null(strstr(sb_text(&head), "X-Smuggled"));
	assert_string_equal(sb_text(&head) + head.n - 4, "\r\n\r\n");
	sb_free(&head);
	resp_free(&r);
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declared_fields_are_decoded),
		cmocka_unit_test(values_out_of_their_declaration_are_refused),
		cmocka_unit_test(a_form_without_fields_takes_anything),
		cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
		cmocka_unit_test(an_answer_carries_its_headers_and_no_smuggled_ones),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
