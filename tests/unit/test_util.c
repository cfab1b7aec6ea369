/* The small tools of src/util: what their headers promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>

#include "util/arena.h"
#include "util/clock.h"
#include "util/err.h"
#include "util/esc.h"
#include "util/hash.h"
#include "util/input.h"
#include "util/mailaddr.h"
#include "util/netaddr.h"
#include "util/num.h"
#include "util/rnd.h"
#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "model/issue.h"
#include "model/job.h"

static void
arena_hands_out_up_to_its_cap(void **state)
{
	struct arena *a = arena_new(100000);
	char *p, *q;

	(void)state;
	assert_non_null(a);
	p = arena_strdup(a, "one");
	q = arena_printf(a, "%d-%s", 2, "two");
	assert_string_equal(p, "one");
	assert_string_equal(q, "2-two");
	assert_null(arena_alloc(a, 100000));
	assert_non_null(arena_alloc(a, 60000));
	assert_null(arena_zalloc(a, SIZE_MAX / 2, 4));
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	assert_non_null(arena_alloc(a, 90000));
	assert_string_equal(arena_strdup(a, "again"), "again");
	arena_free(a);
	arena_free(NULL);
}

static void
sb_stops_at_its_cap_and_says_so(void **state)
{
	struct sb sb;

	(void)state;
	sb_init(&sb, 10);
	assert_string_equal(sb_text(&sb), "");
	sb_str(&sb, "12345");
	sb_printf(&sb, "%d", 678);
	assert_true(sb_ok(&sb));
	sb_str(&sb, "too long");
	sb_str(&sb, "x");
	assert_false(sb_ok(&sb));
	assert_string_equal(sb_text(&sb), "12345678");
	sb_reset(&sb);
	sb_str(&sb, "1234567890");
	assert_true(sb_ok(&sb));
	sb_free(&sb);
}

static void
escapes_fit_their_context(void **state)
{
	struct sb sb;
	uint8_t bytes[2];

	(void)state;
	sb_init(&sb, 1000);
	esc_html(&sb, "<a href=\"x\">'&", 14);
	assert_string_equal(sb_text(&sb), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
	sb_reset(&sb);
	esc_url(&sb, "a b/c?\xc3\xa9", 8);
	assert_string_equal(sb_text(&sb), "a%20b%2Fc%3F%C3%A9");
	sb_reset(&sb);
	esc_json(&sb, "a\"\\\n\x01", 5);
	assert_string_equal(sb_text(&sb), "a\\\"\\\\\\n\\u0001");
	sb_reset(&sb);
	esc_log(&sb, "a b\n", 4);
	assert_string_equal(sb_text(&sb), "\"a b\\x0a\"");
	sb_reset(&sb);
	esc_hex(&sb, "\x00\xff", 2);
	assert_string_equal(sb_text(&sb), "00ff");
	sb_reset(&sb);
	esc_base64url(&sb, "\xfb\xff", 2);
	sb_char(&sb, ' ');
	esc_base64url(&sb, "foob", 4);
	sb_char(&sb, ' ');
	esc_base64url(&sb, "foobar", 6);
	assert_string_equal(sb_text(&sb), "-_8 Zm9vYg Zm9vYmFy");
	assert_int_equal(unhex(bytes, 2, "00fF"), 0);
	assert_int_equal(bytes[1], 255);
	assert_int_equal(unhex(bytes, 2, "00f"), -1);
	assert_int_equal(unhex(bytes, 2, "00fg"), -1);
	sb_free(&sb);
}

static void
utf8_takes_rfc_3629_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "12345678\xf0\x9f\x98",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_true(utf8_valid("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 end of it all", 31));
	assert_true(utf8_valid("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", 10));
	assert_int_equal(utf8_chars("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 end of it all", 31), 25);
	assert_int_equal(utf8_chars("\x80\xbf\xf0\x9f\x98\x80\xff\x7f" "aaaaaaa\xc3", 16), 11);
	assert_int_equal(utf8_chars("", 0), 0);
	assert_int_equal(utf8_cut_bytes("a\xe2\x82\xac", 4, 3), 1);
	assert_int_equal(utf8_cut_bytes("a\xe2\x82\xac", 4, 4), 4);
	assert_int_equal(utf8_cut_chars("a\xe2\x82\xac" "b", 5, 2), 4);
	assert_int_equal(utf8_cut_chars("abc", 3, 5), 3);
}

static void
parse_ok(const char *text, const char *expected)
{
	char out[CLOCK_TEXT_SIZE];
	int64_t ms;

	assert_int_equal(clock_parse(text, strlen(text), &ms), 0);
	clock_format(out, ms);
	assert_string_equal(out, expected);
}

static void
clock_reads_dates_and_refuses_others(void **state)
{
	static const char *const bad[] = {
		"", "2011-x09-30", "2011-02-29T00:00:00Z", "2011-13-01T00:00:00Z", "2011-01-01", "2011-01-01T24:00:00Z",
		"2011-01-01T00:00:00Q", "2011-01-01T00:00:00Zx", "2011-01-01T00:00:00.", "+011-01-01T00:00:00Z",
	};
	char out[CLOCK_TEXT_SIZE];
	int64_t ms;
	size_t i;

	(void)state;
	parse_ok("2021-01-02T03:04:05Z", "2021-01-02T03:04:05.000Z");
	parse_ok("2021-01-02 03:04:05", "2021-01-02T03:04:05.000Z");
	parse_ok("2021-01-02T03:04:05.6789+02:30", "2021-01-02T00:34:05.678Z");
	parse_ok("2021-01-02 03:04:05.6789-03", "2021-01-02T06:04:05.678Z");
	parse_ok("2000-02-29T23:59:60-0100", "2000-03-01T00:59:59.000Z");
	parse_ok("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z");
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(clock_parse(bad[i], strlen(bad[i]), &ms), -1);
	clock_format(out, CLOCK_UNKNOWN);
	assert_string_equal(out, "");
	clock_format_sql(out, 1);
	assert_string_equal(out, "1970-01-01 00:00:00.001");
	assert_false(clock_plausible(INT64_C(631151999999), clock_now_ms()));
	assert_true(clock_plausible(INT64_C(631152000000), clock_now_ms()));
	assert_false(clock_plausible(clock_now_ms() + INT64_C(90000000), clock_now_ms()));
}

static void
numbers_know_their_range(void **state)
{
	int64_t v;
	char limit[40], s[32];

	(void)state;
	assert_int_equal(num_parse("42", 0, 100, &v), 0);
	assert_int_equal(v, 42);
	assert_int_equal(num_parse("101", 0, 100, &v), -1);
	assert_int_equal(num_parse("4x", 0, 100, &v), -1);
	assert_int_equal(num_parse("", 0, 100, &v), -1);
	assert_int_equal(num_parse("99999999999999999999", 0, INT64_MAX, &v), -1);
	assert_int_equal(num_parse_size("4G", &v), 0);
	assert_int_equal(v, INT64_C(4) << 30);
	assert_int_equal(num_parse_size("9999999999T", &v), -1);
	assert_int_equal(num_parse_size("4Q", &v), -1);
	num_format_size(s, 999);
	assert_string_equal(s, "999 B");
	num_format_size(s, 999999);
	assert_string_equal(s, "1.00 MB");
	num_format_size(s, 201504);
	assert_string_equal(s, "202 kB");
	num_format_limit(limit, INT64_C(4) << 30);
	assert_string_equal(limit, "4 GiB");
	num_format_limit(limit, INT64_C(1536) << 20);
	assert_string_equal(limit, "1,536 MiB");
	num_format_limit(limit, 5000001);
	assert_string_equal(limit, "5,000,001 bytes");
	num_format_count(s, -1234567);
	assert_string_equal(s, "-1,234,567");
	num_format_count(s, 12);
	assert_string_equal(s, "12");
}

static void
hash_of_bytes_alone_is_plain_blake2b(void **state)
{
	/* RFC 7693's example text, through `b2sum -l 256`. */
	static const char sum[] = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
	uint8_t out[HASH256_SIZE], expected[HASH256_SIZE];
	struct hash h;

	(void)state;
	hash_begin(&h, sizeof(out));
	hash_bytes(&h, "a", 1);
	hash_bytes(&h, "", 0);
	hash_bytes(&h, "bc", 2);
	hash_end(&h, out);
	assert_int_equal(unhex(expected, sizeof(expected), sum), 0);
	assert_memory_equal(out, expected, sizeof(out));
}

static void
hash_separates_its_parts(void **state)
{
	struct hash h;
	struct hash128 a, b;

	(void)state;
	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, "ab");
	hash_str(&h, "c");
	hash_end(&h, a.b);
	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, "a");
	hash_str(&h, "bc");
	hash_end(&h, b.b);
	assert_memory_not_equal(a.b, b.b, HASH128_SIZE);
}

static void
errors_show_only_what_a_person_may_see(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_set(&e, ERR_INPUT, "Line %d is odd.", 3), -1);
	assert_string_equal(err_public(&e), "Line 3 is odd.");
	err_prefix(&e, "while reading");
	assert_string_equal(e.msg, "while reading: Line 3 is odd.");
	errno = ENOSPC;
	err_sys(&e, "write");
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(err_http_status(e.kind), 507);
	errno = EACCES;
	err_sys(&e, "open /secret/path");
	assert_null(strstr(err_public(&e), "/secret/path"));
	assert_int_equal(err_set(NULL, ERR_BUG, "nobody listens"), -1);
	/* A character that a precision cuts is left out: the database would refuse the sentence. */
	err_set(&e, ERR_INPUT, "The page \"%.4s\" is \xc3\xa4lt%.2s.", "ab\xe2\x82\xac", "\xe2\x82\xac");
	assert_string_equal(err_public(&e), "The page \"ab\" is \xc3\xa4lt.");
	err_set(&e, ERR_INPUT, "%*s\xe2\x82\xac", (int)sizeof(e.msg) - 3, "x");
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 3);
}

static void
every_enum_has_its_words(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < JOB_STATE__MAX; i++)
		assert_non_null(job_state_names[i]);
	for (i = 0; i < JOB_KIND__MAX; i++)
		assert_non_null(job_kind_names[i]);
	for (i = 0; i < ISSUE__MAX; i++) {
		assert_non_null(issue_kinds[i].title);
		assert_int_equal(issue_by_name(issue_kinds[i].name), i);
	}
	assert_int_equal(issue_by_name("no such reason"), ISSUE__MAX);
	for (i = 0; i < ERR__MAX; i++)
		assert_non_null(err_kind_name(i));
}

static void
input_reads_until_full_or_end(void **state)
{
	struct input_mem m;
	struct err e;
	char buf[8];

	(void)state;
	input_mem_init(&m, "0123456789", 10);
	assert_int_equal(input_read_full(&m.in, buf, 8, &e), 8);
	assert_int_equal(input_read_full(&m.in, buf, 8, &e), 2);
	assert_int_equal(input_read_full(&m.in, buf, 8, &e), 0);
}

static void
mail_addresses_hold_nothing_that_could_break_a_header(void **state)
{
	static const char *const good[] = { "a@b", "anna.b+c@mail.example.org", ("m\xc3\xbcller@b\xc3\xbc" "cher.example") };
	static const char *const bad[] = {
		"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "a@b\n", "a\t@b", "a,b@c", "<a@b>", "a@.b", "a@b.",
		"a@b..c", "\"a\"@b", "a@[127.0.0.1]", "a\xff@b", "a@b\x7f",
	};
	char longest[MAILADDR_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		assert_true(mailaddr_usable(good[i], strlen(good[i])));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(mailaddr_usable(bad[i], strlen(bad[i])));
	assert_false(mailaddr_usable("a@b\0c", 5));
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	assert_true(mailaddr_usable(longest, MAILADDR_MAX));
	assert_false(mailaddr_usable(longest, MAILADDR_MAX + 1));
}

static bool
is_public(const char *text, bool *loopback)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *sa = (const void *)&v4;

	if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		sa = (const void *)&v6;
	}
	*loopback = netaddr_loopback(sa);
	return netaddr_public(sa);
}

static void
network_addresses_are_public_or_not(void **state)
{
	static const char *const open[] = {
		"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "169.253.255.255",
		"223.255.255.255", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "2001:200::1", "3fff:1000::1",
	};
	static const char *const closed[] = {
		"0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.168.1.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1",
		"240.0.0.1", "255.255.255.255", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "64:ff9b::7f00:1", "::ffff:10.0.0.1", "::7f00:1", "3fff::1", "100::1",
	};
	bool loopback;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(open); i++)
		assert_true(is_public(open[i], &loopback) && !loopback);
	for (i = 0; i < ARRAY_LEN(closed); i++)
		assert_true(!is_public(closed[i], &loopback) && !loopback);
	assert_true(!is_public("127.0.0.1", &loopback) && loopback);
	assert_true(!is_public("127.255.0.3", &loopback) && loopback);
	assert_true(!is_public("::1", &loopback) && loopback);
	assert_true(!is_public("::ffff:127.0.0.1", &loopback));
	assert_false(netaddr_public(&(struct sockaddr){ .sa_family = AF_UNIX }));
	assert_true(netaddr_names_loopback("localhost", 9) && netaddr_names_loopback("127.0.0.1", 9));
	assert_true(netaddr_names_loopback("[::1]", 5));
	assert_false(netaddr_names_loopback("127.0.0.1.example", 17));
	assert_false(netaddr_names_loopback("localhost.example", 17));
	assert_false(netaddr_names_loopback("128.0.0.1", 9));
}

static void
webhooks_go_to_https_or_where_it_is_allowed_to_this_machine(void **state)
{
	static const char *const everywhere[] = { "https://example.org", "https://h.example:8443/a?b=c%20d", "HTTPS://[2606:4700::1]/" };
	static const char *const with_local[] = { "http://127.0.0.1:8080/x", "http://localhost/", "https://localhost", "http://[::1]:9/",
		"https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://0/", "https://10.0.0.1:8443/", "https://[::]/",
		"https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1]/", "https://169.254.169.254/x" };
	static const char *const nowhere[] = {
		"", "example.org", "http://example.org/", "ftp://example.org/", "https://", "https://u:p@h.example/", "https://h.example/a b",
		"https://h.example/#x", "https://h.example/\r\nX: y", "http://127.0.0.1.example/", "file:///etc/passwd",
		"https://h.example:0/", "https://h.example:99999/",
	};
	char longest[WEBURL_WEBHOOK_MAX + 2] = "https://h.example/";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(everywhere); i++) {
		assert_null(weburl_webhook_problem(everywhere[i], false));
		assert_null(weburl_webhook_problem(everywhere[i], true));
	}
	for (i = 0; i < ARRAY_LEN(with_local); i++) {
		assert_non_null(weburl_webhook_problem(with_local[i], false));
		assert_null(weburl_webhook_problem(with_local[i], true));
	}
	for (i = 0; i < ARRAY_LEN(nowhere); i++)
		assert_non_null(weburl_webhook_problem(nowhere[i], true));
	for (i = strlen(longest); i < sizeof(longest) - 1; i++)
		longest[i] = 'a';
	assert_non_null(weburl_webhook_problem(longest, true));
}

static void
an_address_says_where_it_leads(void **state)
{
	static const char *const literals[] = { "https://192.0.2.7:8443/blog", "https://[2001:db8::7]/", "https://127.1", "https://0x7f000001/" };
	struct weburl_place place;
	size_t i;

	(void)state;
	assert_true(weburl_place("https://Blog.Example.com:8443/news?x=1", 38, &place));
	assert_int_equal(place.host_size, 16);
	assert_memory_equal(place.host, "Blog.Example.com", 16);
	assert_true(place.https && !place.literal);
	assert_true(weburl_place("http://10.example", 17, &place));
	assert_true(!place.https && !place.literal);
	for (i = 0; i < ARRAY_LEN(literals); i++)
		assert_true(weburl_place(literals[i], strlen(literals[i]), &place) && place.literal);
	assert_false(weburl_place("blog.example.com", 16, &place));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_hands_out_up_to_its_cap),
		cmocka_unit_test(sb_stops_at_its_cap_and_says_so),
		cmocka_unit_test(escapes_fit_their_context),
		cmocka_unit_test(utf8_takes_rfc_3629_and_nothing_else),
		cmocka_unit_test(clock_reads_dates_and_refuses_others),
		cmocka_unit_test(numbers_know_their_range),
		cmocka_unit_test(hash_of_bytes_alone_is_plain_blake2b),
		cmocka_unit_test(hash_separates_its_parts),
		cmocka_unit_test(errors_show_only_what_a_person_may_see),
		cmocka_unit_test(every_enum_has_its_words),
		cmocka_unit_test(mail_addresses_hold_nothing_that_could_break_a_header),
		cmocka_unit_test(network_addresses_are_public_or_not),
		cmocka_unit_test(an_address_says_where_it_leads),
		cmocka_unit_test(webhooks_go_to_https_or_where_it_is_allowed_to_this_machine),
		cmocka_unit_test(input_reads_until_full_or_end),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
