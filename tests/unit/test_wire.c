/* The reader protocol's bytes, and that no record passes which is not what it must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/clock.h"
#include "util/err.h"
#include "util/rnd.h"

#include "jobs/wire.h"

#define NOW_MS	(INT64_C(1700000000) * 1000)

static struct text
said(const char *s)
{
	return (struct text){ s, strlen(s), true };
}

static struct text
repeated(char *buf, char c, size_t n)
{
	memset(buf, c, n);
	return (struct text){ buf, n, true };
}

static struct comment
good_comment(void)
{
	struct comment c = { .ordinal = 7, .line = 12, .source_hash = { 1, 2, 3 } };

	c.text[CT_SOURCE_SITE] = said("");
	c.text[CT_EXTERNAL_ID] = said("42");
	c.text[CT_PAGE_ID] = said("page-1");
	c.text[CT_AUTHOR_NAME] = said("Zo\xc3\xab");
	c.text[CT_AUTHOR_IP] = said("2001:db8::1");
	c.text[CT_BODY_HTML] = said("<p>Hello</p>");
	c.text[CT_SOURCE] = said("just-comments");
	c.text[CT_EXTRA] = said("{\"pinned\":true}");
	c.number[CN_CREATED_AT] = (struct number){ NOW_MS - 1000, true };
	c.number[CN_IS_SPAM] = (struct number){ 1, true };
	c.number[CN_VOTES_DOWN] = (struct number){ -3, true };
	return c;
}

/* Over the wire and back: 0 or -1 as wire_get_comment says. */
static int
pass(const struct comment *in, struct comment *out, struct sb *sb, struct err *e)
{
	sb_reset(sb);
	wire_put_comment(sb, in);
	assert_true(sb_ok(sb));
	return wire_get_comment(sb->p, sb->n, NOW_MS, out, e);
}

static void
refused(const struct comment *in)
{
	struct comment out;
	struct sb sb;
	struct err e = { .kind = ERR_NONE };

	sb_init(&sb, 2 * WIRE_PAYLOAD_MAX);
	assert_int_equal(pass(in, &out, &sb, &e), -1);
	assert_int_equal(e.kind, ERR_READER);
	sb_free(&sb);
}

static void
a_record_comes_back_as_it_went(void **state)
{
	struct comment in = good_comment(), out;
	struct sb sb;
	struct err e;
	int i;

	(void)state;
	sb_init(&sb, 10000);
	assert_int_equal(pass(&in, &out, &sb, &e), 0);
	assert_int_equal(out.ordinal, 7);
	assert_int_equal(out.line, 12);
	assert_memory_equal(out.source_hash, in.source_hash, sizeof(in.source_hash));
	for (i = 0; i < CT__MAX; i++) {
		assert_int_equal(out.text[i].said, in.text[i].said);
		assert_int_equal(out.text[i].n, in.text[i].n);
		if (in.text[i].n > 0)
			assert_memory_equal(out.text[i].p, in.text[i].p, in.text[i].n);
	}
	for (i = 0; i < CN__MAX; i++) {
		assert_int_equal(out.number[i].said, in.number[i].said);
		assert_int_equal(out.number[i].v, in.number[i].v);
	}
	sb_free(&sb);
}

static void
a_record_cut_or_lengthened_anywhere_is_refused(void **state)
{
	struct comment in = good_comment(), out;
	struct sb sb;
	struct err e;
	size_t n;

	(void)state;
	sb_init(&sb, 10000);
	assert_int_equal(pass(&in, &out, &sb, &e), 0);
	for (n = 0; n < sb.n; n++) {
		/* A copy of just that size, so that a sanitizer sees one byte too much. */
		char *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, sb.p, n);
		assert_int_equal(wire_get_comment(cut, n, NOW_MS, &out, &e), -1);
		assert_int_equal(e.kind, ERR_READER);
		free(cut);
	}
	sb_char(&sb, 'x');
	assert_int_equal(wire_get_comment(sb.p, sb.n, NOW_MS, &out, &e), -1);
	sb_free(&sb);
}

static void
unknown_fields_are_refused(void **state)
{
	struct comment in = good_comment(), out;
	struct sb sb;
	struct err e;

	(void)state;
	sb_init(&sb, 10000);
	assert_int_equal(pass(&in, &out, &sb, &e), 0);
	sb.p[16 + 8 + 8 + 3] |= 0x40;	/* a high bit of the text mask */
	assert_int_equal(wire_get_comment(sb.p, sb.n, NOW_MS, &out, &e), -1);
	sb_free(&sb);
}

static void
a_record_needs_an_id_and_a_place(void **state)
{
	struct comment c = good_comment();

	(void)state;
	c.text[CT_EXTERNAL_ID] = said("");
	refused(&c);
	c.text[CT_EXTERNAL_ID].said = false;
	refused(&c);
	c = good_comment();
	c.ordinal = WIRE_ORDINAL_MAX;
	refused(&c);
}

static void
texts_must_be_utf8_without_nul(void **state)
{
	static const char *const bad[] = { "a\xff", "\xed\xa0\x80", "\xc3" };
	size_t i;
	int which;

	(void)state;
	for (which = 0; which < CT__MAX; which++) {
		struct comment c = good_comment();

		for (i = 0; i < ARRAY_LEN(bad); i++) {
			c.text[which] = said(bad[i]);
			refused(&c);
		}
		c.text[which] = (struct text){ "a\0b", 3, true };
		refused(&c);
	}
}

static void
every_limit_is_insisted_on(void **state)
{
	static const struct { enum comment_text which; size_t most; } limits[] = {
		{ CT_SOURCE_SITE, LIMIT_SITE_BYTES }, { CT_EXTERNAL_ID, LIMIT_ID_BYTES },
		{ CT_PARENT_EXTERNAL_ID, LIMIT_ID_BYTES }, { CT_PAGE_ID, LIMIT_URL_BYTES },
		{ CT_PAGE_URL, LIMIT_URL_BYTES },
		{ CT_PAGE_TITLE, LIMIT_TITLE_CHARS }, { CT_AUTHOR_NAME, LIMIT_NAME_CHARS },
		{ CT_AUTHOR_EMAIL, LIMIT_NAME_CHARS }, { CT_AUTHOR_URL, LIMIT_URL_BYTES },
		{ CT_AUTHOR_AVATAR, LIMIT_URL_BYTES }, { CT_AUTHOR_EXTERNAL_ID, LIMIT_ID_BYTES },
		{ CT_AUTHOR_IP, LIMIT_IP_BYTES }, { CT_BODY_HTML, LIMIT_BODY_PLAIN_BYTES },
	};
	char *buf = malloc(LIMIT_BODY_PLAIN_BYTES + 1);
	struct comment out;
	struct sb sb;
	struct err e;
	size_t i;

	(void)state;
	assert_non_null(buf);
	sb_init(&sb, 2 * WIRE_PAYLOAD_MAX);
	for (i = 0; i < ARRAY_LEN(limits); i++) {
		struct comment c = good_comment();

		c.text[limits[i].which] = repeated(buf, '1', limits[i].most);
		assert_int_equal(pass(&c, &out, &sb, &e), 0);
		c.text[limits[i].which] = repeated(buf, '1', limits[i].most + 1);
		refused(&c);
	}
	sb_free(&sb);
	free(buf);
}

static void
a_source_is_a_word_and_not_ourselves(void **state)
{
	static const char *const bad[] = { "", "trasloco", "Disqus", "a b", "a_b", "caf\xc3\xa9", "a\n",
	    "a23456789012345678901234567890123" };
	struct comment c = good_comment(), out;
	struct sb sb;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		c.text[CT_SOURCE] = said(bad[i]);
		refused(&c);
	}
	sb_init(&sb, 10000);
	c.text[CT_SOURCE] = said("a2345678901234567890123456789-12");
	assert_int_equal(pass(&c, &out, &sb, &e), 0);
	sb_free(&sb);
}

static void
extra_is_an_object_or_empty(void **state)
{
	struct comment c = good_comment(), out;
	char *buf = malloc(LIMIT_EXTRA_BYTES + 1);
	struct sb sb;
	struct err e;

	(void)state;
	assert_non_null(buf);
	sb_init(&sb, 2 * LIMIT_EXTRA_BYTES);
	c.text[CT_EXTRA] = said("[1]");
	refused(&c);
	c.text[CT_EXTRA] = said("");
	assert_int_equal(pass(&c, &out, &sb, &e), 0);
	c.text[CT_EXTRA] = repeated(buf, '{', LIMIT_EXTRA_BYTES);
	assert_int_equal(pass(&c, &out, &sb, &e), 0);
	c.text[CT_EXTRA] = repeated(buf, '{', LIMIT_EXTRA_BYTES + 1);
	refused(&c);
	sb_free(&sb);
	free(buf);
}

static void
a_body_that_is_not_canonical_is_refused(void **state)
{
	static const char *const bad[] = {
		"<script>alert(1)</script>", "<p>open", "a & b", "<a href=\"javascript:x\">x</a>",
		"<p onclick=\"x\">y</p>",
	};
	struct comment c = good_comment();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		c.text[CT_BODY_HTML] = said(bad[i]);
		refused(&c);
	}
}

static void
numbers_stay_in_their_range(void **state)
{
	struct comment c = good_comment(), out;
	struct sb sb;
	struct err e;

	(void)state;
	sb_init(&sb, 10000);
	c.number[CN_CREATED_AT].v = CLOCK_UNKNOWN;
	assert_int_equal(pass(&c, &out, &sb, &e), 0);
	c.number[CN_CREATED_AT].v = 0;
	refused(&c);
	c.number[CN_CREATED_AT].v = NOW_MS + INT64_C(2) * 86400 * 1000;
	refused(&c);
	c = good_comment();
	c.number[CN_IS_APPROVED] = (struct number){ 2, true };
	refused(&c);
	c = good_comment();
	c.text[CT_AUTHOR_IP] = said("1.2.3.4\t5");
	refused(&c);
	sb_free(&sb);
}

static void
the_start_comes_back_as_it_went(void **state)
{
	static const char *const pairs[] = { "page_key", "link", "x", "", NULL };
	struct wire_start in = { "disqus", 1 << 20, 300, NOW_MS, pairs }, out;
	struct arena *a = arena_new(10000);
	struct sb sb;
	struct err e;
	size_t n;

	(void)state;
	sb_init(&sb, 10000);
	wire_put_start(&sb, &in);
	assert_int_equal(wire_get_start(sb.p, sb.n, a, &out, &e), 0);
	assert_string_equal(out.format, "disqus");
	assert_int_equal(out.max_unpacked, 1 << 20);
	assert_int_equal(out.max_ratio, 300);
	assert_int_equal(out.now_ms, NOW_MS);
	assert_string_equal(out.pairs[0], "page_key");
	assert_string_equal(out.pairs[1], "link");
	assert_string_equal(out.pairs[3], "");
	assert_null(out.pairs[4]);
	for (n = 0; n < sb.n; n++)
		assert_int_equal(wire_get_start(sb.p, n, a, &out, &e), -1);
	sb.p[4]++;
	assert_int_equal(wire_get_start(sb.p, sb.n, a, &out, &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	sb_free(&sb);
	arena_free(a);
}

static void
issues_know_their_reasons_and_kinds(void **state)
{
	struct wire_issue issue;
	struct wire_in in;
	struct sb sb;
	struct err e;
	char long_id[300];

	(void)state;
	sb_init(&sb, 10000);
	memset(long_id, 'x', sizeof(long_id));
	wire_put_issue(&sb, ISSUE_NAME_CUT, "a\x01\xff\xc3\xa9", 5, 9);
	in = (struct wire_in){ (const uint8_t *)sb.p, sb.n, false };
	assert_int_equal(wire_get_issue(&in, false, &issue, &e), 0);
	assert_true(wire_complete(&in));
	assert_int_equal(issue.reason, ISSUE_NAME_CUT);
	assert_string_equal(issue.external_id, "a??\xc3\xa9");
	assert_int_equal(issue.line, 9);
	in = (struct wire_in){ (const uint8_t *)sb.p, sb.n, false };
	assert_int_equal(wire_get_issue(&in, true, &issue, &e), -1);
	sb_reset(&sb);
	wire_put_issue(&sb, ISSUE_BAD_RECORD, long_id, sizeof(long_id), 0);
	in = (struct wire_in){ (const uint8_t *)sb.p, sb.n, false };
	assert_int_equal(wire_get_issue(&in, true, &issue, &e), 0);
	assert_int_equal(strlen(issue.external_id), LIMIT_ID_BYTES);
	sb_reset(&sb);
	wire_put_text(&sb, "no_such_reason", 14);
	wire_put_text(&sb, "", 0);
	wire_put_u64(&sb, 0);
	in = (struct wire_in){ (const uint8_t *)sb.p, sb.n, false };
	assert_int_equal(wire_get_issue(&in, false, &issue, &e), -1);
	assert_int_equal(e.kind, ERR_READER);
	sb_free(&sb);
}

static void
messages_are_made_fit_to_show(void **state)
{
	char out[WIRE_MESSAGE_MAX + 1], in[1000];

	(void)state;
	wire_clean_message(out, "a\nb\x7f\xc2\x85\xf0\x9f\x98\x80\xff", 11);
	assert_string_equal(out, "a?b??\xf0\x9f\x98\x80?");
	memset(in, 'x', sizeof(in));
	wire_clean_message(out, in, sizeof(in));
	assert_int_equal(strlen(out), WIRE_MESSAGE_MAX);
	memset(in, '\xc3', sizeof(in));
	memset(in + 1, '\xa9', 1);
	wire_clean_message(out, in, 2);
	assert_string_equal(out, "\xc3\xa9");
}

static void
a_frame_over_the_limit_is_taken_back(void **state)
{
	struct sb sb;
	char *big = calloc(1, WIRE_PAYLOAD_MAX + 1);
	size_t begin;

	(void)state;
	assert_non_null(big);
	sb_init(&sb, 2 * WIRE_PAYLOAD_MAX);
	sb_str(&sb, "before");
	begin = wire_frame_begin(&sb, WIRE_NOTE);
	sb_add(&sb, big, WIRE_PAYLOAD_MAX);
	assert_true(wire_frame_end(&sb, begin));
	sb_reset(&sb);
	sb_str(&sb, "before");
	begin = wire_frame_begin(&sb, WIRE_NOTE);
	sb_add(&sb, big, WIRE_PAYLOAD_MAX + 1);
	assert_false(wire_frame_end(&sb, begin));
	assert_int_equal(sb.n, 6);
	sb_free(&sb);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_went),
		cmocka_unit_test(a_record_cut_or_lengthened_anywhere_is_refused),
		cmocka_unit_test(unknown_fields_are_refused),
		cmocka_unit_test(a_record_needs_an_id_and_a_place),
		cmocka_unit_test(texts_must_be_utf8_without_nul),
		cmocka_unit_test(every_limit_is_insisted_on),
		cmocka_unit_test(a_source_is_a_word_and_not_ourselves),
		cmocka_unit_test(extra_is_an_object_or_empty),
		cmocka_unit_test(a_body_that_is_not_canonical_is_refused),
		cmocka_unit_test(numbers_stay_in_their_range),
		cmocka_unit_test(the_start_comes_back_as_it_went),
		cmocka_unit_test(issues_know_their_reasons_and_kinds),
		cmocka_unit_test(messages_are_made_fit_to_show),
		cmocka_unit_test(a_frame_over_the_limit_is_taken_back),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
