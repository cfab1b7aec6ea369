/* Our own formats: what is written comes back as it was, and writing it again changes no byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zlib.h>

#include "util/clock.h"
#include "util/utf8.h"

#include "formats/format.h"

#include "unit/damage.h"
#include "unit/reading.h"

#define COMMENTS	200
#define ROUNDS		20

/* An output into memory. */
struct output_sb {
	struct output	 out;
	struct sb	*sb;
};

static int
sb_write(struct output *out, const void *p, size_t n, struct err *e)
{
	struct sb *sb = ((struct output_sb *)out)->sb;

	(void)e;
	sb_add(sb, p, n);
	return 0;
}

/* --- random comments ------------------------------------------------------------------ */

static uint64_t seed;

static bool
maybe(size_t one_in)
{
	return damage_below(&seed, one_in) == 0;
}

/* Characters of all lengths, and everything that means something in one of the formats. */
static struct text
random_text(struct arena *arena, size_t max)
{
	static const char *const pieces[] = {
		"a", "Z", " ", "0", ",", ";", "\t", "\"", "\"\"", "\n", "\r", "\r\n", "'", "=", "+", "-", "@", "\\", "/", "\\u0041",
		"<p>", "&amp;", "\x01", "\x1f", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "\xe2\x80\xa8", "\xf0\x9f\x98\x80", "\xef\xbb\xbf",
		"\xf4\x8f\xbf\xbf", "{", "}", "[", "null", "1.5",
	};
	struct sb sb;
	struct text t = { .said = true };
	size_t n = maybe(6) ? 0 : damage_below(&seed, max);

	sb_init(&sb, 65536);
	for (; n > 0; n--)
		sb_str(&sb, pieces[damage_below(&seed, ARRAY_LEN(pieces))]);
	assert_non_null(t.p = arena_memdup(arena, sb_text(&sb), sb.n));
	t.n = sb.n;
	sb_free(&sb);
	return t;
}

static struct number
random_number(enum comment_number which)
{
	struct number number = { .said = true };

	if (which == CN_CREATED_AT)
		number.v = maybe(5) ? CLOCK_UNKNOWN : (int64_t)(damage_random(&seed) % UINT64_C(253402300799999));
	else if (which == CN_VOTES_UP || which == CN_VOTES_DOWN)
		number.v = maybe(4) ? (int64_t)damage_random(&seed) : (int64_t)damage_below(&seed, 100) - 50;
	else
		number.v = maybe(2);
	return number;
}

static struct text
random_extra(struct arena *arena)
{
	static const char *const extras[] = {
		"", "{\"is_pinned\":true}", "{\"a\":[1,2.50,1E5,null,\"\\u0001/\\\"\\\\\"],\"b\":{\"c\":{}}}", "{\"\":\"\xf0\x9f\x98\x80\"}",
	};
	const char *s = extras[damage_below(&seed, ARRAY_LEN(extras))];

	return (struct text){ .p = arena_strdup(arena, s), .n = strlen(s), .said = true };
}

static void
random_comment(struct comment *c, struct arena *arena)
{
	static const char *const sources[] = { "disqus", "wordpress", "my-site-2", "x" };
	const char *source = sources[damage_below(&seed, ARRAY_LEN(sources))];
	int i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < CT_COMMENT_ID; i++)
		if (maybe(2))
			c->text[i] = random_text(arena, i == CT_BODY_HTML ? 200 : 12);
	for (i = 0; i < CN__MAX; i++)
		if (maybe(2))
			c->number[i] = random_number(i);
	if (c->text[CT_EXTRA].said)
		c->text[CT_EXTRA] = random_extra(arena);
	c->text[CT_SOURCE] = text(source);
	while (c->text[CT_PAGE_ID].n == 0)
		c->text[CT_PAGE_ID] = random_text(arena, 12);
}

/* --- there and back --------------------------------------------------------------------- */

static void
write_all(const struct writer *writer, const struct comment *c, size_t n, struct sb *file)
{
	struct output_sb out = { { sb_write }, file };
	struct writing *w;
	struct err e = { 0 };

	sb_reset(file);
	assert_non_null(w = writer->open(&out.out, &e));
	for (; n > 0; n--, c++)
		if (writer->put(w, c, &e) == -1)
			fail_msg("%s", e.msg);
	assert_int_equal(writer->finish(w, &e), 0);
	writer->close(w);
	assert_true(utf8_valid(sb_text(file), file->n));
}

static void
same_text(const char *format, int which, const struct text *a, const struct text *b)
{
	if (a->said != b->said || (a->said && (a->n != b->n || memcmp(a->p, b->p, a->n) != 0)))
		fail_msg("%s: text %d: [%.*s] (%d) instead of [%.*s] (%d)", format, which,
		    (int)b->n, b->n > 0 ? b->p : "", b->said, (int)a->n, a->n > 0 ? a->p : "", a->said);
}

static void
same_comment(const struct format *format, const struct comment *a, const struct comment *b)
{
	int i;

	for (i = 0; i < CT_COMMENT_ID; i++)
		if (i != CT_EXTRA || format == &jsonl_format)
			same_text(format->name, i, &a->text[i], &b->text[i]);
	for (i = 0; i < CN__MAX; i++)
		if (a->number[i].said != b->number[i].said || (a->number[i].said && a->number[i].v != b->number[i].v))
			fail_msg("%s: number %d: %" PRId64 " (%d) instead of %" PRId64 " (%d)", format->name, i,
			    b->number[i].v, b->number[i].said, a->number[i].v, a->number[i].said);
}

/* Reads the file, compares each comment, and writes it once more. */
static void
read_back(const struct format *format, const struct sb *file, const struct comment *c, size_t n, struct sb *again)
{
	struct slow slow = slow_input(file->p, file->n, 1 + damage_below(&seed, 5000));
	struct output_sb out = { { sb_write }, again };
	struct comment got = { 0 };
	enum rd_status status;
	struct reader *r;
	struct writing *w;
	struct err e = { 0 };
	size_t i;

	sb_reset(again);
	memset(notes, 0, sizeof(notes));
	assert_non_null(r = format->open(&slow.in, &noting, &e));
	assert_non_null(w = format->writer->open(&out.out, &e));
	for (i = 0; i < n; i++) {
		if ((status = format->next(r, &got, &e)) != RD_ITEM)
			fail_msg("%s: comment %zu of %zu: status %d, %s", format->name, i, n, (int)status, e.msg);
		assert_int_equal(got.ordinal, i);
		same_comment(format, &c[i], &got);
		assert_int_equal(format->writer->put(w, &got, &e), 0);
	}
	assert_int_equal(format->next(r, &got, &e), RD_EOF);
	assert_int_equal(format->next(r, &got, &e), RD_EOF);
	format->close(r);
	assert_int_equal(format->writer->finish(w, &e), 0);
	format->writer->close(w);
	for (i = 0; i < ISSUE__MAX; i++)
		assert_int_equal(notes[i], 0);
}

static void
what_is_written_comes_back(void **state)
{
	static const struct format *const own[] = { &jsonl_format, &csv_format };
	static struct comment c[COMMENTS];
	struct arena *arena = arena_new(64 * 1024 * 1024);
	struct bufs *b = *state;
	size_t i, round;
	struct err e;

	seed = damage_seed("own formats");
	for (round = 0; round < ROUNDS; round++) {
		arena_reset(arena);
		for (i = 0; i < COMMENTS; i++)
			random_comment(&c[i], arena);
		for (i = 0; i < ARRAY_LEN(own); i++) {
			write_all(own[i]->writer, c, COMMENTS, &b->out);
			assert_ptr_equal(own[i],
			    format_detect((const uint8_t *)b->out.p, MIN(b->out.n, (size_t)FORMAT_HEAD_SIZE), NULL, &e));
			read_back(own[i], &b->out, c, COMMENTS, &b->want);
			assert_int_equal(b->out.n, b->want.n);
			assert_memory_equal(b->out.p, b->want.p, b->out.n);
		}
	}
	arena_free(arena);
}

/* --- to the letter ---------------------------------------------------------------------- */

static struct comment
sample(void)
{
	struct comment c = { 0 };

	c.text[CT_SOURCE] = text("disqus");
	c.text[CT_SOURCE_SITE] = text("");
	c.text[CT_EXTERNAL_ID] = text("-1");
	c.text[CT_PAGE_ID] = text("p, 1");
	c.text[CT_AUTHOR_NAME] = text("Ana \"A\"");
	c.text[CT_BODY_HTML] = text("<p>\xf0\x9f\x98\x80\x7f</p>");
	c.text[CT_EXTRA] = text("{\"b\": 1, \"a\": \"x\\/y\"}");
	c.number[CN_CREATED_AT] = (struct number){ .v = INT64_C(1714979289123), .said = true };
	c.number[CN_IS_APPROVED] = (struct number){ .v = 1, .said = true };
	c.number[CN_IS_SPAM] = (struct number){ .v = 0, .said = true };
	c.number[CN_VOTES_UP] = (struct number){ .v = 3, .said = true };
	return c;
}

static void
files_look_as_documented(void **state)
{
	struct bufs *b = *state;
	struct comment c = sample();

	write_all(jsonl_format.writer, &c, 1, &b->out);
	assert_string_equal(sb_text(&b->out), "{\"trasloco\":1,\"type\":\"header\"}\n{\"source\":\"disqus\",\"source_site\":\"\","
	    "\"external_id\":\"-1\",\"page_id\":\"p, 1\",\"author_name\":\"Ana \\\"A\\\"\",\"created_at\":\"2024-05-06T07:08:09.123Z\","
	    "\"body_html\":\"<p>\xf0\x9f\x98\x80\\u007f</p>\",\"is_approved\":true,\"is_spam\":false,\"votes_up\":3,"
	    "\"extra\":{\"b\":1,\"a\":\"x/y\"}}\n");
	write_all(csv_format.writer, &c, 1, &b->out);
	assert_string_equal(sb_text(&b->out), "source,source_site,external_id,parent_external_id,page_id,page_url,page_title,"
	    "author_name,author_email,author_url,author_avatar,author_external_id,author_ip,created_at,body_html,is_approved,is_spam,"
	    "is_deleted,votes_up,votes_down\r\n"
	    "disqus,\"\",'-1,,\"p, 1\",,,\"Ana \"\"A\"\"\",,,,,,2024-05-06T07:08:09.123Z,<p>\xf0\x9f\x98\x80\x7f</p>,true,false,,3,\r\n");
}

static void
what_is_no_object_is_not_written(void **state)
{
	static const char *const bad[] = { "[1]", "{\"a\":NaN}", "{}\n{\"source\":\"disqus\"}", "{", "words" };
	struct bufs *b = *state;
	struct output_sb out = { { sb_write }, &b->out };
	struct comment c = sample();
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct writing *w = jsonl_format.writer->open(&out.out, &e);

		assert_non_null(w);
		c.text[CT_EXTRA] = text(bad[i]);
		assert_int_equal(jsonl_format.writer->put(w, &c, &e), -1);
		assert_int_equal(e.kind, ERR_BUG);
		jsonl_format.writer->close(w);
	}
	jsonl_format.writer->close(NULL);
}

static int
full_write(struct output *out, const void *p, size_t n, struct err *e)
{
	(void)out, (void)p, (void)n;
	return err_set(e, ERR_FULL, "no space");
}

static void
a_full_disk_is_an_error(void **state)
{
	struct output full = { full_write };
	struct err e = { 0 };

	(void)state;
	assert_null(jsonl_format.writer->open(&full, &e));
	assert_int_equal(e.kind, ERR_FULL);
	assert_null(csv_format.writer->open(&full, &e));
}

/* --- what is read ------------------------------------------------------------------------ */

static void
long_lines_are_skipped_and_the_next_is_read(void **state)
{
	struct bufs *b = *state;
	struct input_mem mem;
	struct comment c;
	struct reader *r;
	struct err e;
	int i;

	sb_reset(&b->in);
	sb_str(&b->in, "{\"source\":\"isso\",\"body_html\":\"");
	for (i = 0; i < 1024 * 1024; i++)
		sb_str(&b->in, "12345678");
	sb_str(&b->in, "\"}\n{\"source\":\"isso\",\"x\":[0");
	for (i = 0; i < 70000; i++)
		sb_str(&b->in, ",0");
	sb_str(&b->in, "]}\n{\"source\":\"isso\",\"page_id\":\"p\",\"external_id\":\"9\"}\n");
	input_mem_init(&mem, b->in.p, b->in.n);
	assert_non_null(r = jsonl_format.open(&mem.in, NULL, &e));
	assert_int_equal(jsonl_format.next(r, &c, &e), RD_SKIPPED);
	assert_int_equal(c.line, 1);
	assert_int_equal(jsonl_format.next(r, &c, &e), RD_SKIPPED);
	assert_string_equal(e.msg, "Line 2 has over 65,536 values.");
	assert_int_equal(jsonl_format.next(r, &c, &e), RD_ITEM);
	assert_int_equal(c.ordinal, 2);
	assert_int_equal(jsonl_format.next(r, &c, &e), RD_EOF);
	jsonl_format.close(r);
}

static void
own_files_are_recognised(void **state)
{
	static const struct { const char *head; const struct format *format; } list[] = {
		{ "{\"trasloco\":1,\"type\":\"header\"}\n", &jsonl_format },
		{ "\xef\xbb\xbf{\"trasloco\":2,", &jsonl_format },
		{ "{\"source\":\"isso\",\"external_id\":\"1\",\"page_id\":\"p\",\"body_html\":\"x\"}\n", &jsonl_format },
		{ "{\"comment\":{\"source\":\"isso\",\"external_id\":\"1\",\"page_id\":\"p\",\"body_html\":\"x\"}}\n", NULL },
		{ "{\"source\":\"isso\",\"name\":\"x\"}\n", NULL },
		{ "source,external_id,body_html\n", &csv_format },
		{ "body_html;page_url;source\n", &csv_format },
		{ "source,body_html\n", NULL },
		{ "ID,URL ID,URL,Comment\n", &fastcomments_csv_format },
		{ "id,pageId,text\n", NULL },
		{ "urlId\n", &fastcomments_csv_format },
		{ "id,name,text\n1,Ana,Hi\n", NULL },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++)
		if (format_detect((const uint8_t *)list[i].head, strlen(list[i].head), NULL, &e) != list[i].format)
			fail_msg("%s", list[i].head);
	assert_null(format_detect((const uint8_t *)"[{\"id\":\"1\",\"urlId\":\"p\",\"commenterName\":\"Ana\"}]", 46, NULL, &e));
	assert_non_null(strstr(e.msg, "looks like comments out of the API of FastComments (JSON)"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test(fn)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_comes_back),
		TEST(files_look_as_documented),
		TEST(what_is_no_object_is_not_written),
		TEST(a_full_disk_is_an_error),
		TEST(long_lines_are_skipped_and_the_next_is_read),
		TEST(own_files_are_recognised),
	};

	return cmocka_run_group_tests(tests, reading_setup, reading_teardown);
}
