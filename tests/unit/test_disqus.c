/*
 * The Disqus format, through refining, beside its golden inputs (test_golden): cuts, limits, damage,
 * and the real exports in ../shared/samples when they are there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/canonical_html.h"
#include "util/rnd.h"

#include "formats/streams.h"

#include "unit/damage.h"
#include "unit/dump.h"

#define TODAY		INT64_C(1760000000000)	/* in 2025 */
#define FILE_MAX	(64 * 1024 * 1024)

static bool
read_file(const char *path, struct sb *sb)
{
	FILE *f = fopen(path, "rb");
	char buf[65536];
	size_t n;

	sb_reset(sb);
	if (f == NULL)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		sb_add(sb, buf, n);
	fclose(f);
	return sb_ok(sb);
}

/* A file of two threads and n posts, one for each of the numbers from 1. */
static void
make_file(struct sb *sb, int posts)
{
	int i;

	sb_reset(sb);
	sb_str(sb, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<disqus xmlns=\"http://disqus.com\" "
	    "xmlns:dsq=\"http://disqus.com/disqus-internals\">\n<thread dsq:id=\"1\"><id>one</id></thread>\n");
	for (i = 1; i <= posts; i++)
		sb_printf(sb, "<post dsq:id=\"%d\"><message><![CDATA[<p>Tide &amp; %d \xf0\x9f\x98\x80</p>]]></message>"
		    "<author><name>N&amp;%d</name></author><thread dsq:id=\"1\"/></post>\n", i, i, i);
	sb_str(sb, "</disqus>\n");
}

/* An input that gives few bytes at a time. */
struct input_slow {
	struct input	 in;
	struct input_mem mem;
	size_t		 most;
};

static ssize_t
slow_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct input_slow *slow = (struct input_slow *)in;

	return input_read(&slow->mem.in, buf, MIN(n, slow->most), e);
}

static void
every_chunking_gives_the_same_records(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 61, 1000, 32768 };
	struct format_options none = { 0 };
	struct sb file;
	size_t i;

	(void)state;
	sb_init(&file, FILE_MAX);
	make_file(&file, 400);
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		struct input_slow slow = { .in = { slow_read }, .most = sizes[i] };
		struct comment c;
		struct reader *r;
		struct err e;
		int n = 0;

		input_mem_init(&slow.mem, file.p, file.n);
		assert_non_null(r = disqus_format.open(&slow.in, &none, &e));
		while (disqus_format.next(r, &c, &e) == RD_ITEM) {
			char expected[100];

			n++;
			snprintf(expected, sizeof(expected), "<p>Tide &amp; %d \xf0\x9f\x98\x80</p>", n);
			assert_int_equal(c.text[CT_BODY_HTML].n, strlen(expected));
			assert_memory_equal(c.text[CT_BODY_HTML].p, expected, strlen(expected));
			assert_int_equal(c.ordinal, n - 1);
			assert_int_equal(c.line, n + 3);
		}
		assert_int_equal(n, 400);
		assert_int_equal(disqus_format.next(r, &c, &e), RD_EOF);
		disqus_format.close(r);
	}
	sb_free(&file);
	disqus_format.close(NULL);
}

static void
a_cut_file_gives_all_before_the_cut_and_the_line(void **state)
{
	struct sb file, out;
	uint64_t count;
	size_t n;

	(void)state;
	sb_init(&file, FILE_MAX);
	sb_init(&out, FILE_MAX);
	make_file(&file, 8);
	for (n = 1; n < file.n - 1; n++) {
		char line[64];
		size_t i, lines = 1, posts = 0;

		for (i = 0; i < n; i++) {
			lines += file.p[i] == '\n';
			posts += i >= 6 && memcmp(file.p + i - 6, "</post>", 7) == 0;
		}
		sb_reset(&out);
		count = 0;
		if (dump_all(&disqus_format, NULL, file.p, n, TODAY, &out, true, &count) != RD_FATAL)
			fail_msg("cut at %zu was not noticed", n);
		assert_int_equal(count, posts);
		snprintf(line, sizeof(line), "breaks off at line %zu: it ends in the middle", lines);
		if (strstr(sb_text(&out), line) == NULL)
			fail_msg("cut at %zu: %s, expected: %s", n, sb_text(&out), line);
	}
	sb_free(&file);
	sb_free(&out);
}

static void
a_long_body_is_cut_and_the_rest_goes_on(void **state)
{
	struct sb file, out;
	uint64_t count = 0;
	int i;

	(void)state;
	sb_init(&file, FILE_MAX);
	sb_init(&out, FILE_MAX);
	sb_str(&file, "<disqus><post dsq:id=\"1\"><message>");
	for (i = 0; i < 300000; i++)
		sb_str(&file, "0123456789");
	sb_str(&file, "</message><author><name>");
	for (i = 0; i < 3000; i++)
		sb_str(&file, "\xc3\xa9");
	sb_str(&file, "</name></author></post><post dsq:id=\"2\"/></disqus>");
	assert_int_equal(dump_all(&disqus_format, NULL, file.p, file.n, TODAY, &out, true, &count), RD_EOF);
	assert_int_equal(count, 2);
	assert_non_null(strstr(out.p, "note body_cut 1 line 1\n"));
	assert_non_null(strstr(out.p, "note name_cut 1 line 1\n"));
	sb_free(&file);
	sb_free(&out);
}

static void
too_many_pages_are_a_limit_error(void **state)
{
	struct sb file, out;
	int i;

	(void)state;
	sb_init(&file, FILE_MAX);
	sb_init(&out, FILE_MAX);
	sb_str(&file, "<disqus>");
	for (i = 0; i < 12000; i++)
		sb_printf(&file, "<thread dsq:id=\"%d\"><title>%03000d</title></thread>", i, i);
	sb_str(&file, "</disqus>");
	assert_int_equal(dump_all(&disqus_format, NULL, file.p, file.n, TODAY, &out, true, NULL), RD_FATAL);
	assert_non_null(strstr(out.p, "limit: The file has more pages"));
	sb_free(&file);
	sb_free(&out);
}

static void
names_without_end_are_a_limit_error(void **state)
{
	struct sb file, out;
	uint64_t count = 0;
	int i;

	(void)state;
	sb_init(&file, FILE_MAX);
	sb_init(&out, FILE_MAX);
	sb_str(&file, "<disqus>");
	for (i = 0; i < 200000; i++)
		sb_printf(&file, "<element%x/>", (unsigned)i);
	sb_str(&file, "</disqus>");
	assert_int_equal(dump_all(&disqus_format, NULL, file.p, file.n, TODAY, &out, true, &count), RD_FATAL);
	assert_non_null(strstr(sb_text(&out), "limit: The file has more different names of elements"));
	sb_free(&file);
	sb_free(&out);
}

static void
huge_markup_and_deep_nesting_are_limit_errors(void **state)
{
	struct sb file, out;
	int i;

	(void)state;
	sb_init(&file, FILE_MAX);
	sb_init(&out, FILE_MAX);
	sb_str(&file, "<disqus>\n<post dsq:id=\"");
	for (i = 0; i < 300000; i++)
		sb_str(&file, "0123456789");
	sb_str(&file, "\"/></disqus>");
	assert_int_equal(dump_all(&disqus_format, NULL, file.p, file.n, TODAY, &out, true, NULL), RD_FATAL);
	assert_string_equal(out.p, "limit: The file has a tag or comment of over 1 MB, which begins on line 2.\n");
	sb_reset(&file);
	sb_reset(&out);
	for (i = 0; i < 10000; i++)
		sb_str(&file, i == 0 ? "<disqus>" : "<a>");
	assert_int_equal(dump_all(&disqus_format, NULL, file.p, file.n, TODAY, &out, true, NULL), RD_FATAL);
	assert_non_null(strstr(out.p, "limit: The file has elements in elements over 64 levels"));
	sb_free(&file);
	sb_free(&out);
}

/* What stands before the first damaged byte comes out as it would have. */
static void
random_damage_never_hurts_what_stands_before_it(void **state)
{
	uint64_t seed = damage_seed("disqus");
	struct sb file, bad, good_out, bad_out;
	int round;

	(void)state;
	sb_init(&file, FILE_MAX);
	sb_init(&bad, FILE_MAX);
	sb_init(&good_out, FILE_MAX);
	sb_init(&bad_out, FILE_MAX);
	make_file(&file, 30);
	dump_all(&disqus_format, NULL, file.p, file.n, TODAY, &good_out, false, NULL);
	for (round = 0; round < 400; round++) {
		size_t same = 0, i = 0;
		uint64_t posts = 0;
		const char *p;

		damage(&seed, file.p, file.n, &bad);
		sb_reset(&bad_out);
		dump_all(&disqus_format, NULL, sb_text(&bad), bad.n, TODAY, &bad_out, false, NULL);
		while (same < bad.n && same < file.n && bad.p[same] == file.p[same])
			same++;
		for (i = 6; i < same; i++)
			posts += memcmp(file.p + i - 6, "</post>", 7) == 0;
		/* That many records, byte for byte. */
		for (p = good_out.p; posts > 0 && p != NULL; posts--)
			p = strstr(p + 1, "record ");
		if (p != NULL && strncmp(good_out.p, sb_text(&bad_out), (size_t)(p - good_out.p)) != 0)
			fail_msg("damage behind byte %zu changed what came before:\n%s", same, sb_text(&bad_out));
	}
	sb_free(&file);
	sb_free(&bad);
	sb_free(&good_out);
	sb_free(&bad_out);
}

/* How often a text stands at the beginning of a line. */
static uint64_t
lines_with(const struct sb *sb, const char *what)
{
	const char *p = sb_text(sb);
	uint64_t n = 0;

	for (; (p = strstr(p, what)) != NULL; p++)
		n += p == sb->p || p[-1] == '\n';
	return n;
}

static bool
unpack(const struct sb *packed, struct sb *out)
{
	const struct streams_limits limits = { .max_unpacked = UINT64_MAX };
	struct input_mem mem;
	struct streams *s;
	struct err e;
	char buf[65536];
	ssize_t n;

	input_mem_init(&mem, packed->p, packed->n);
	s = streams_open(&mem.in, &limits, &e);
	assert_int_equal(streams_next(s, &e), 1);
	sb_reset(out);
	while ((n = input_read(streams_input(s), buf, sizeof(buf), &e)) > 0)
		sb_add(out, buf, (size_t)n);
	streams_close(s);
	return n == 0;
}

static void
sample(const char *dir, const char *name, bool whole)
{
	struct sb packed, file, out;
	char path[8192];
	uint64_t count = 0;

	sb_init(&packed, FILE_MAX);
	sb_init(&file, FILE_MAX);
	sb_init(&out, FILE_MAX);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_true(read_file(path, &packed));
	assert_true(unpack(&packed, &file));
	assert_int_equal(dump_all(&disqus_format, NULL, packed.p, packed.n, TODAY, &out, true, &count), whole ? RD_EOF : RD_FATAL);
	/* The independent count: real exports have one element on a line, fixtures are indented. */
	if (whole) {
		const char *p = file.p;
		uint64_t posts = 0, parents = 0;

		for (; (p = strstr(p, "<post ")) != NULL; p++)
			posts++;
		for (p = file.p; (p = strstr(p, "<parent ")) != NULL; p++)
			parents++;
		assert_int_equal(count, posts);
		assert_int_equal(lines_with(&out, "\tparent_external_id \""), parents);
		assert_int_equal(lines_with(&out, "record "), posts);
	}
	printf("%s: %" PRIu64 " posts\n", name, count);
	sb_free(&packed);
	sb_free(&file);
	sb_free(&out);
}

static void
real_exports_are_read_whole(void **state)
{
	const char *top = getenv("top_srcdir"), *given = getenv("TRASLOCO_SAMPLES");
	char dir[4096];

	(void)state;
	if (given != NULL)
		snprintf(dir, sizeof(dir), "%s/disqus", given);
	else
		snprintf(dir, sizeof(dir), "%s/../shared/samples/disqus", top != NULL ? top : ".");
	if (access(dir, R_OK) == -1) {
		printf("no samples at %s: skipped\n", dir);
		skip();
	}
	sample(dir, "kkdai-2021.xml.gz", true);
	sample(dir, "gyk001-2013.xml", true);
	sample(dir, "tl3shi-2016-a.xml", true);
	sample(dir, "schnack.xml", true);
	sample(dir, "comentario-ok-single.xml.gz", true);
	sample(dir, "comentario-bad-format.xml.gz", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_chunking_gives_the_same_records),
		cmocka_unit_test(a_cut_file_gives_all_before_the_cut_and_the_line),
		cmocka_unit_test(a_long_body_is_cut_and_the_rest_goes_on),
		cmocka_unit_test(too_many_pages_are_a_limit_error),
		cmocka_unit_test(names_without_end_are_a_limit_error),
		cmocka_unit_test(huge_markup_and_deep_nesting_are_limit_errors),
		cmocka_unit_test(random_damage_never_hurts_what_stands_before_it),
		cmocka_unit_test(real_exports_are_read_whole),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
