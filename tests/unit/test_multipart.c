#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/multipart.h"

#include "util/sb.h"

/* Everything the parser hands on, as one text: "[name|file](content)". */
struct seen {
	struct sb	text;
	int		refuse_part;	/* the part whose beginning is refused; 0 none */
	int		parts;
};

static int
on_part(void *ctx, const struct multipart_part *p, struct err *e)
{
	struct seen *s = ctx;

	if (++s->parts == s->refuse_part)
		return err_set(e, ERR_FORBIDDEN, "refused");
	sb_printf(&s->text, "[%s|%s](", p->name, p->file_name != NULL ? p->file_name : "-");
	return 0;
}

static int
on_data(void *ctx, const void *p, size_t n, struct err *e)
{
	(void)e;
	assert_true(n > 0);
	sb_add(&((struct seen *)ctx)->text, p, n);
	return 0;
}

static int
on_end(void *ctx, struct err *e)
{
	(void)e;
	sb_char(&((struct seen *)ctx)->text, ')');
	return 0;
}

static const struct multipart_events events = { on_part, on_data, on_end };

#define TYPE	"multipart/form-data; boundary=XY"
#define HEAD(name)	"Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"

/* Parses body in pieces of step bytes; returns the kind of error, ERR_NONE if it is complete. */
static enum err_kind
parse(struct seen *s, const char *type, const char *body, size_t n, size_t step)
{
	struct err e = { 0 };
	struct multipart *m = multipart_new(type, &events, s, &e);
	size_t at;

	if (m == NULL)
		return e.kind;
	for (at = 0; at < n; at += step)
		if (multipart_feed(m, body + at, MIN(step, n - at), &e) == -1)
			break;
	if (at >= n && multipart_finish(m, &e) == -1)
		assert_false(multipart_done(m));
	multipart_free(m);
	return e.kind;
}

/* The same result whatever the pieces. */
static void
expect(const char *body, size_t n, enum err_kind kind, const char *text)
{
	size_t step;

	for (step = 1; step <= n; step++) {
		struct seen s = { 0 };

		sb_init(&s.text, 1 << 20);
		assert_int_equal(parse(&s, TYPE, body, n, step), kind);
		if (text != NULL)
			assert_string_equal(sb_text(&s.text), text);
		sb_free(&s.text);
	}
}

#define EXPECT(body, kind, text)	expect(body, sizeof(body) - 1, kind, text)

static void
parts_come_out_whole_for_any_chunking(void **state)
{
	(void)state;
	EXPECT("--XY\r\n" HEAD("a") "one\r\n--XY\r\ncontent-disposition:form-data; name=f; filename=\"x.xml\"\r\n"
	    "Content-Type: text/xml\r\n\r\nline\r\nline\r\n\r\n--XY--\r\n", ERR_NONE, "[a|-](one)[f|x.xml](line\r\nline\r\n)");
	EXPECT("--XY \t\r\n" HEAD("empty") "\r\n--XY--", ERR_NONE, "[empty|-]()");
	EXPECT("passed over\r\n--XY\r\n" HEAD("a") "1\r\n--XY--and this", ERR_NONE, "[a|-](1)");
}

static void
what_only_looks_like_a_boundary_is_content(void **state)
{
	(void)state;
	EXPECT("--XY\r\n" HEAD("a") "\r\r\n\r\n-\r\n--X\r\n--XZ --XY\n--XY\r\n\r\r\n--XY--", ERR_NONE,
	    "[a|-](\r\r\n\r\n-\r\n--X\r\n--XZ --XY\n--XY\r\n\r)");
}

static void
a_body_that_breaks_off_is_refused(void **state)
{
	static const char whole[] = "--XY\r\n" HEAD("a") "one\r\n--XY--";
	struct seen s = { 0 };
	size_t n;

	(void)state;
	sb_init(&s.text, 1 << 20);
	for (n = 0; n < sizeof(whole) - 1; n++)
		assert_int_equal(parse(&s, TYPE, whole, n, 3), ERR_INPUT);
	assert_int_equal(parse(&s, TYPE, whole, n, 3), ERR_NONE);
	sb_free(&s.text);
}

static void
malformed_bodies_are_refused(void **state)
{
	(void)state;
	EXPECT("--XYZ\r\n" HEAD("a") "1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY-\r\n" HEAD("a") "1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Type: text/plain\r\n\r\n1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n1\r\n--XY--",
	    ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\n1\r\n--XY--", ERR_INPUT, NULL);
	EXPECT("--XY\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XY--", ERR_INPUT, NULL);
}

static void
file_names_come_as_browsers_and_curl_send_them(void **state)
{
	(void)state;
	EXPECT("--XY\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\\\"b\\\\c;d.xml\"\r\n\r\n1\r\n--XY--", ERR_NONE,
	    "[f|a\"b\\c;d.xml](1)");
	EXPECT("--XY\r\nContent-Disposition: form-data; name=\"f\"; filename=\"C:\\dir\\e.xml\"\r\n\r\n1\r\n--XY--", ERR_NONE,
	    "[f|C:\\dir\\e.xml](1)");
	EXPECT("--XY\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--XY--", ERR_NONE, "[f|]()");
}

static void
the_boundary_must_be_one_of_rfc_2046(void **state)
{
	static const char *const bad[] = {
		"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a",
		"multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=a\"b", "multipart/mixed; boundary=XY",
		"multipart/form-datax; boundary=XY", "multipart/form-data; boundary=a; boundary=b",
		"multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901",
	};
	static const char body[] = "--it's (1)\r\n" HEAD("a") "1\r\n--it's (1)--";
	struct seen s = { 0 };
	size_t i;

	(void)state;
	sb_init(&s.text, 1 << 20);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(parse(&s, bad[i], "", 0, 1), ERR_INPUT);
	assert_int_equal(parse(&s, "Multipart/Form-Data;charset=utf-8; Boundary=\"it's (1)\"", body, sizeof(body) - 1, 7), ERR_NONE);
	assert_string_equal(sb_text(&s.text), "[a|-](1)");
	sb_free(&s.text);
}

/* A body of count parts with size bytes of content each; file parts with a file name. */
static enum err_kind
parse_made(int count, size_t size, bool file)
{
	struct seen s = { 0 };
	struct sb body;
	enum err_kind kind;
	size_t n;
	int i;

	sb_init(&s.text, 8 << 20);
	sb_init(&body, 8 << 20);
	for (i = 0; i < count; i++) {
		sb_printf(&body, "--XY\r\nContent-Disposition: form-data; name=a%s\r\n\r\n", file ? "; filename=b" : "");
		for (n = 0; n < size; n++)
			sb_char(&body, 'x');
		sb_str(&body, "\r\n");
	}
	sb_str(&body, "--XY--\r\n");
	kind = parse(&s, TYPE, sb_text(&body), body.n, 4096);
	sb_free(&s.text);
	sb_free(&body);
	return kind;
}

static void
limits_hold_for_parts_headers_and_fields(void **state)
{
	struct seen s = { 0 };
	struct sb body;
	int i;

	(void)state;
	assert_int_equal(parse_made(MULTIPART_PARTS_MAX, 1, false), ERR_NONE);
	assert_int_equal(parse_made(MULTIPART_PARTS_MAX + 1, 1, false), ERR_LIMIT);
	assert_int_equal(parse_made(1, MULTIPART_FIELD_MAX, false), ERR_NONE);
	assert_int_equal(parse_made(1, MULTIPART_FIELD_MAX + 1, false), ERR_LIMIT);
	assert_int_equal(parse_made(1, 1 << 20, true), ERR_NONE);

	sb_init(&body, 1 << 20);
	sb_init(&s.text, 1 << 20);
	for (i = 0; i < 20000; i++)
		sb_char(&body, 'h');
	assert_int_equal(parse(&s, TYPE, sb_text(&body), body.n, 4096), ERR_INPUT);
	sb_reset(&body);
	sb_str(&body, "--XY\r\nX: ");
	for (i = 0; i < 20000; i++)
		sb_char(&body, 'h');
	assert_int_equal(parse(&s, TYPE, sb_text(&body), body.n, 4096), ERR_LIMIT);
	sb_free(&body);
	sb_free(&s.text);
}

static void
a_refusal_ends_the_parse_for_good(void **state)
{
	static const char body[] = "--XY\r\n" HEAD("a") "1\r\n--XY\r\n" HEAD("b") "2\r\n--XY--";
	struct seen s = { .refuse_part = 2 };
	struct err e;
	struct multipart *m = multipart_new(TYPE, &events, &s, &e);

	(void)state;
	sb_init(&s.text, 1 << 20);
	assert_int_equal(multipart_feed(m, body, sizeof(body) - 1, &e), -1);
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	assert_string_equal(sb_text(&s.text), "[a|-](1)");
	assert_int_equal(multipart_feed(m, "2", 1, &e), -1);
	assert_int_equal(multipart_finish(m, &e), -1);
	multipart_free(m);
	sb_free(&s.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_come_out_whole_for_any_chunking),
		cmocka_unit_test(what_only_looks_like_a_boundary_is_content),
		cmocka_unit_test(a_body_that_breaks_off_is_refused),
		cmocka_unit_test(malformed_bodies_are_refused),
		cmocka_unit_test(file_names_come_as_browsers_and_curl_send_them),
		cmocka_unit_test(the_boundary_must_be_one_of_rfc_2046),
		cmocka_unit_test(limits_hold_for_parts_headers_and_fields),
		cmocka_unit_test(a_refusal_ends_the_parse_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
