/* From a record as its format read it to a record as it is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zlib.h>

#include "util/clock.h"
#include "util/identity.h"
#include "util/rnd.h"
#include "util/utf8.h"

#include "jobs/refine.h"

#include "unit/reading.h"

#define TODAY	INT64_C(1760000000000)

static struct arena *arena;

static void
refine(struct comment *c)
{
	struct err e = { 0 };

	memset(notes, 0, sizeof(notes));
	if (arena == NULL)
		arena = arena_new(16 * 1024 * 1024);
	if (refine_comment(&disqus_format, &noting, c, arena, TODAY, &e) == -1)
		fail_msg("%s", e.msg);
}

static struct comment
sample_comment(void)
{
	struct comment c = { 0 };

	c.text[CT_SOURCE_SITE] = text("");
	c.text[CT_EXTERNAL_ID] = text("10");
	c.text[CT_PAGE_ID] = text("one");
	c.text[CT_AUTHOR_NAME] = text("Ana");
	c.text[CT_BODY_HTML] = text("<p>Hi</p>");
	c.number[CN_CREATED_AT].said = true;
	c.number[CN_CREATED_AT].v = TODAY - 1000;
	return c;
}

static void
assert_text(const struct comment *c, enum comment_text which, const char *expected)
{
	if (expected == NULL) {
		assert_false(c->text[which].said);
		return;
	}
	assert_true(c->text[which].said);
	assert_int_equal(c->text[which].n, strlen(expected));
	assert_memory_equal(c->text[which].p, expected, strlen(expected));
}

static void
what_was_not_said_stays_unsaid(void **state)
{
	struct comment c = { 0 };
	int i;

	(void)state;
	refine(&c);
	for (i = 0; i < CT__MAX; i++)
		assert_int_equal(c.text[i].said, i == CT_EXTERNAL_ID);
	for (i = 0; i < CN__MAX; i++)
		assert_false(c.number[i].said);
	assert_int_equal(notes[ISSUE_ID_MADE], 1);
	assert_int_equal(notes[ISSUE_DATE_UNKNOWN], 0);
}

static void
ids_are_made_and_long_ones_hashed(void **state)
{
	struct comment a = sample_comment(), b = sample_comment();
	char id[300];

	(void)state;
	a.text[CT_EXTERNAL_ID] = b.text[CT_EXTERNAL_ID] = (struct text){ .said = false };
	b.text[CT_BODY_HTML] = text("<p>Ho</p>");
	refine(&a);
	refine(&b);
	assert_int_equal(a.text[CT_EXTERNAL_ID].n, 33);
	assert_int_equal(a.text[CT_EXTERNAL_ID].p[0], '~');
	assert_memory_not_equal(a.text[CT_EXTERNAL_ID].p, b.text[CT_EXTERNAL_ID].p, 33);

	memset(id, '7', sizeof(id));
	a.text[CT_EXTERNAL_ID] = (struct text){ .p = id, .n = LIMIT_ID_BYTES, .said = true };
	a.text[CT_PARENT_EXTERNAL_ID] = (struct text){ .p = id, .n = LIMIT_ID_BYTES + 1, .said = true };
	refine(&a);
	assert_int_equal(a.text[CT_EXTERNAL_ID].n, LIMIT_ID_BYTES);
	assert_int_equal(a.text[CT_PARENT_EXTERNAL_ID].n, 33);
	assert_int_equal(notes[ISSUE_ID_HASHED], 1);
	/* The id and the reference to it stay the same text. */
	a.text[CT_EXTERNAL_ID] = (struct text){ .p = id, .n = LIMIT_ID_BYTES + 1, .said = true };
	b.text[CT_PARENT_EXTERNAL_ID] = a.text[CT_EXTERNAL_ID];
	refine(&a);
	refine(&b);
	assert_memory_equal(a.text[CT_EXTERNAL_ID].p, b.text[CT_PARENT_EXTERNAL_ID].p, 33);
}

static bool
same_hash(const struct comment *a, const struct comment *b)
{
	return memcmp(a->source_hash, b->source_hash, sizeof(a->source_hash)) == 0;
}

static void
the_source_hash_sees_what_the_source_said_about_the_comment(void **state)
{
	struct comment first = sample_comment(), c;

	(void)state;
	refine(&first);
	c = sample_comment();
	c.text[CT_PAGE_ID] = text("two");
	c.text[CT_PAGE_URL] = text("http://a.example/");
	c.text[CT_PAGE_TITLE] = text("T");
	c.ordinal = 7;
	refine(&c);
	assert_true(same_hash(&first, &c));
	c = sample_comment();
	c.text[CT_BODY_HTML] = text("<p>Ho</p>");
	refine(&c);
	assert_false(same_hash(&first, &c));
	c = sample_comment();
	c.text[CT_AUTHOR_EMAIL] = text("");
	refine(&c);
	assert_false(same_hash(&first, &c));
	c = sample_comment();
	c.number[CN_IS_SPAM] = (struct number){ .v = 1, .said = true };
	refine(&c);
	assert_false(same_hash(&first, &c));
	/* Cleaning comes after it. */
	c = sample_comment();
	c.text[CT_BODY_HTML] = text("<p>Hi</p><script>x</script>");
	refine(&c);
	assert_text(&c, CT_BODY_HTML, "<p>Hi</p>");
	assert_false(same_hash(&first, &c));
}

/* A field that comes into the vocabulary leaves the hashes of those that do not say it; what is said of it is seen. */
static void
the_source_hash_is_of_what_is_said_of_the_comment_and_of_its_author(void **state)
{
	const uint32_t texts = 1u << CT_AUTHOR_NAME | 1u << CT_BODY_HTML, numbers = 1u << CN_CREATED_AT;
	struct comment c = sample_comment();
	struct hash128 few, all, parts[2];
	struct hash h;
	int i;

	(void)state;
	identity_source(&few, &c, texts, numbers);
	identity_source(&all, &c, ~(1u << CT_SOURCE_SITE | 1u << CT_EXTERNAL_ID | 1u << CT_PAGE_ID), UINT32_MAX);
	assert_memory_equal(few.b, all.b, sizeof(few.b));
	c.text[CT_EXTRA] = text("");
	identity_source(&all, &c, texts | 1u << CT_EXTRA, numbers);
	assert_memory_not_equal(few.b, all.b, sizeof(few.b));
	c.date_worked_out = true;
	identity_source(&all, &c, texts, numbers);
	identity_source(&few, &c, texts, 0);
	assert_memory_equal(few.b, all.b, sizeof(few.b));
	/* Put together anew from its two halves, by doc/SCHEMA alone. */
	for (i = 0; i < 2; i++) {
		hash_begin(&h, HASH128_SIZE);
		hash_str(&h, i == 0 ? "comment" : "author");
		hash_u64(&h, i == 0 ? 12 : 6);
		hash_str(&h, i == 0 ? "<p>Hi</p>" : "Ana");
		if (i == 0) {
			hash_u64(&h, 256);
			hash_u64(&h, (uint64_t)(TODAY - 1000));
		}
		hash_end(&h, parts[i].b);
	}
	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, parts[0].b, HASH128_SIZE);
	hash_part(&h, parts[1].b, HASH128_SIZE);
	hash_end(&h, all.b);
	c.date_worked_out = false;
	identity_source(&few, &c, texts, numbers);
	assert_memory_equal(few.b, all.b, sizeof(few.b));
}

/* Nothing that cleans or maps texts may touch them: two ids that differ are two. */
static void
ids_are_the_bytes_of_the_source(void **state)
{
	static const char odd[] = "\xc2\x85\xc2\x92 &amp;&#39s <b>\x01\x1f\x7f\t\u00a0\u200b\ufffd%7E%c3 \r\n e\u0301 ";
	static const enum comment_text ids[] = { CT_EXTERNAL_ID, CT_PARENT_EXTERNAL_ID, CT_PAGE_ID, CT_AUTHOR_EXTERNAL_ID };
	struct comment c;
	size_t i, k;

	(void)state;
	for (i = 0; formats[i] != NULL; i++) {
		c = sample_comment();
		for (k = 0; k < ARRAY_LEN(ids); k++)
			c.text[ids[k]] = text(odd);
		assert_int_equal(refine_comment(formats[i], &noting, &c, arena, TODAY, NULL), 0);
		for (k = 0; k < ARRAY_LEN(ids); k++)
			assert_text(&c, ids[k], odd);
	}
	assert_int_equal(notes[ISSUE_CONTROLS_READ], 0);
	/* But for what no text may have. */
	c = sample_comment();
	c.text[CT_EXTERNAL_ID] = (struct text){ .p = "a\0b\xff", .n = 4, .said = true };
	refine(&c);
	assert_text(&c, CT_EXTERNAL_ID, "a\ufffdb\ufffd");
}

static void
a_site_that_is_an_address_has_one_spelling(void **state)
{
	static const char *const spellings[] = { "https://www.B\u00fccher.example/caf%c3%a9/", "http://xn--bcher-kva.example/caf\u00e9",
	    "xn--bcher-kva.example/caf%C3%A9" };
	struct comment c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(spellings); i++) {
		c = sample_comment();
		c.text[CT_SOURCE_SITE] = text(spellings[i]);
		refine(&c);
		assert_text(&c, CT_SOURCE_SITE, "xn--bcher-kva.example/caf%C3%A9");
	}
	c = sample_comment();
	c.text[CT_SOURCE_SITE] = text("My Forum/caf\u00e9");
	refine(&c);
	assert_text(&c, CT_SOURCE_SITE, "My Forum/caf\u00e9");
}

static void
limits_hold_and_are_reported(void **state)
{
	struct comment c = sample_comment();
	char *big = malloc(4 * 1024 * 1024);

	(void)state;
	memset(big, 'x', 4 * 1024 * 1024);
	big[LIMIT_BODY_BYTES - 1] = '\n';
	c.text[CT_AUTHOR_NAME] = (struct text){ .p = big, .n = 256, .said = true };
	c.text[CT_PAGE_TITLE] = (struct text){ .p = big, .n = 256, .said = true };
	c.text[CT_PAGE_URL] = (struct text){ .p = big, .n = 2049, .said = true };
	c.text[CT_AUTHOR_URL] = (struct text){ .p = big, .n = 2049, .said = true };
	c.text[CT_AUTHOR_EMAIL] = (struct text){ .p = big, .n = 256, .said = true };
	c.text[CT_BODY_HTML] = (struct text){ .p = big, .n = LIMIT_BODY_BYTES + 1, .said = true };
	refine(&c);
	assert_int_equal(c.text[CT_AUTHOR_NAME].n, 255);
	assert_int_equal(c.text[CT_PAGE_TITLE].n, 255);
	assert_text(&c, CT_PAGE_URL, NULL);
	assert_text(&c, CT_AUTHOR_URL, NULL);
	assert_text(&c, CT_AUTHOR_EMAIL, NULL);
	assert_int_equal(c.text[CT_BODY_HTML].n, LIMIT_BODY_BYTES + 4);
	assert_int_equal(notes[ISSUE_NAME_CUT], 1);
	assert_int_equal(notes[ISSUE_TITLE_CUT], 1);
	assert_int_equal(notes[ISSUE_URL_LEFT_OUT], 2);
	assert_int_equal(notes[ISSUE_VALUE_LEFT_OUT], 1);
	assert_int_equal(notes[ISSUE_BODY_PLAIN], 1);
	c.text[CT_BODY_HTML] = (struct text){ .p = big, .n = LIMIT_BODY_PLAIN_BYTES + 1, .said = true };
	refine(&c);
	assert_int_equal(c.text[CT_BODY_HTML].n, LIMIT_BODY_PLAIN_BYTES);
	assert_int_equal(notes[ISSUE_BODY_CUT], 1);
	free(big);
}

static void
values_become_usable_or_go(void **state)
{
	struct comment c = sample_comment();

	(void)state;
	c.text[CT_AUTHOR_NAME] = text(" An\ta\n\x7f\xc2\x85x ");
	c.text[CT_PAGE_TITLE] = text("Salt &amp;&#9;Sea &lt;b&gt;\n");
	c.text[CT_AUTHOR_URL] = text(" https://ana.example/ ");
	c.text[CT_AUTHOR_AVATAR] = text("javascript:x");
	c.text[CT_AUTHOR_EMAIL] = text(" a@mail.example\n");
	c.text[CT_AUTHOR_IP] = text("2001:db8::1");
	refine(&c);
	assert_text(&c, CT_AUTHOR_NAME, "An a \xe2\x80\xa6x");
	assert_text(&c, CT_PAGE_TITLE, "Salt & Sea <b>");
	assert_text(&c, CT_AUTHOR_URL, "https://ana.example/");
	assert_text(&c, CT_AUTHOR_AVATAR, NULL);
	assert_text(&c, CT_AUTHOR_EMAIL, "a@mail.example");
	assert_text(&c, CT_AUTHOR_IP, "2001:db8::1");
	assert_int_equal(notes[ISSUE_URL_LEFT_OUT], 1);
	assert_int_equal(notes[ISSUE_CONTROLS_READ], 1);
	assert_int_equal(notes[ISSUE_CONTROLS_LEFT_OUT], 1);
	c.text[CT_AUTHOR_IP] = text("localhost");
	c.text[CT_AUTHOR_EMAIL] = text("a b");
	c.text[CT_AUTHOR_URL] = text("");
	refine(&c);
	assert_text(&c, CT_AUTHOR_IP, NULL);
	assert_text(&c, CT_AUTHOR_EMAIL, NULL);
	assert_text(&c, CT_AUTHOR_URL, "");
	assert_int_equal(notes[ISSUE_VALUE_LEFT_OUT], 2);
	assert_int_equal(notes[ISSUE_URL_LEFT_OUT], 0);
}

static void
what_is_altered_in_texts_is_reported_once(void **state)
{
	struct comment c = sample_comment();

	(void)state;
	c.text[CT_AUTHOR_NAME] = text("O\xc2\x92Hara");
	c.text[CT_PAGE_TITLE] = text("Ben &amp Jerry&#039s \xc2\x96 &#0;");
	c.text[CT_BODY_HTML] = text("<p>\xc2\x93<iframe src=\"https://a.example/v\"></iframe><iframe src=\"https://a.example/w\"></iframe></p>");
	refine(&c);
	assert_text(&c, CT_AUTHOR_NAME, "O\xe2\x80\x99Hara");
	assert_text(&c, CT_PAGE_TITLE, "Ben & Jerry's \xe2\x80\x93 \xef\xbf\xbd");
	assert_int_equal(notes[ISSUE_CONTROLS_READ], 1);
	assert_int_equal(notes[ISSUE_EMBED_LINKED], 1);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 1);
}

static void
the_other_body_is_taken_where_the_first_says_nothing(void **state)
{
	static const struct { const char *body, *other, *expected; } list[] = {
		{ "<p></p>", "b", "<p>b</p>" }, { "<p>\xc2\xa0<br></p>", "b", "<p>b</p>" }, { "<script>a</script>",
		    "b", "<p>b</p>" },
		{ "<img src=\"data:image/png;base64,AA\">", "*b*", "<p><em>b</em></p>" }, { "<p>a</p>", "b", "<p>a</p>"
		    },
		{ "<p></p>", " ", "<p></p>" }, { "<iframe src=\"https://a.example/\"></iframe>", "b", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		struct comment c = sample_comment();

		c.text[CT_BODY_HTML] = text(list[i].body);
		c.other_body = text(list[i].other);
		c.other_body_kind = BODY_MARKDOWN;
		refine(&c);
		if (list[i].expected != NULL)
			assert_text(&c, CT_BODY_HTML, list[i].expected);
		else
			assert_int_equal(notes[ISSUE_EMBED_LINKED], 1);
	}
}

static void
impossible_dates_are_unknown(void **state)
{
	static const struct { int64_t v; bool known; } list[] = {
		{ TODAY, true }, { TODAY + 86400000, true }, { TODAY + 86400001, false }, { 0, false },
		{ CLOCK_UNKNOWN, false }, { INT64_MAX, false }, { INT64_C(631152000000), true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		struct comment c = sample_comment();

		c.number[CN_CREATED_AT].v = list[i].v;
		refine(&c);
		assert_true(c.number[CN_CREATED_AT].said);
		assert_int_equal(c.number[CN_CREATED_AT].v == list[i].v, list[i].known || list[i].v == CLOCK_UNKNOWN);
		assert_int_equal(notes[ISSUE_DATE_UNKNOWN], !list[i].known);
	}
}

static void
every_text_becomes_utf8_without_nul(void **state)
{
	struct comment c = sample_comment();
	int i;

	(void)state;
	for (i = 0; i < CT__MAX; i++)
		c.text[i] = (struct text){ .p = "a\xff\0b\xe2\x82", .n = 6, .said = true };
	refine(&c);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], CT__MAX);
	for (i = 0; i < CT__MAX; i++) {
		assert_true(c.text[i].n == 0 || utf8_valid(c.text[i].p, c.text[i].n));
		assert_true(c.text[i].n == 0 || memchr(c.text[i].p, '\0', c.text[i].n) == NULL);
	}
	arena_free(arena);
	arena = NULL;
}

static void
extra_over_its_limit_is_left_out(void **state)
{
	struct comment c = sample_comment();
	struct sb sb;

	(void)state;
	sb_init(&sb, 2 * LIMIT_EXTRA_BYTES);
	sb_str(&sb, "{\"a\":\"");
	while (sb.n < LIMIT_EXTRA_BYTES - 2)
		sb_char(&sb, 'x');
	sb_str(&sb, "\"}");
	c.text[CT_EXTRA] = (struct text){ sb.p, sb.n, true };
	refine(&c);
	assert_int_equal(c.text[CT_EXTRA].n, LIMIT_EXTRA_BYTES);
	assert_int_equal(notes[ISSUE_EXTRA_DROPPED], 0);
	sb_char(&sb, ' ');
	c = sample_comment();
	c.text[CT_EXTRA] = (struct text){ sb.p, sb.n, true };
	refine(&c);
	assert_false(c.text[CT_EXTRA].said);
	assert_int_equal(notes[ISSUE_EXTRA_DROPPED], 1);
	sb_free(&sb);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, reading_setup, reading_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_not_said_stays_unsaid),
		TEST(ids_are_made_and_long_ones_hashed),
		TEST(the_source_hash_sees_what_the_source_said_about_the_comment),
		TEST(the_source_hash_is_of_what_is_said_of_the_comment_and_of_its_author),
		TEST(ids_are_the_bytes_of_the_source),
		TEST(a_site_that_is_an_address_has_one_spelling),
		TEST(limits_hold_and_are_reported),
		TEST(values_become_usable_or_go),
		TEST(what_is_altered_in_texts_is_reported_once),
		TEST(the_other_body_is_taken_where_the_first_says_nothing),
		TEST(impossible_dates_are_unknown),
		TEST(extra_over_its_limit_is_left_out),
		TEST(every_text_becomes_utf8_without_nul),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
