/* Archives and what stands in them: members, damage, limits, documents of a format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"

#include "formats/unpack.h"
#include "formats/unzip.h"

#include "unit/damage.h"
#include "unit/reading.h"
#include "unit/zipping.h"

#define DISQUS(id)	"<disqus xmlns=\"http://disqus.com\"><post dsq:id=\"" id "\"/></disqus>"
#define NO_LIMIT	UINT64_MAX

/* --- members ------------------------------------------------------------------------------ */

/* Every member as "name:content;" into out, in pieces of most bytes.  0 or -1 as it ended. */
static int
list(const struct sb *archive, size_t most, struct sb *out, struct err *e)
{
	struct slow slow = slow_input(archive->p, archive->n, most);
	struct unzip *z = unzip_open(&slow.in, e);
	int more;

	assert_non_null(z);
	sb_reset(out);
	while ((more = unzip_next(z, e)) == 1) {
		sb_printf(out, "%s:", unzip_name(z));
		if (drain(unzip_input(z), most, out, e) == -1) {
			more = -1;
			break;
		}
		sb_char(out, ';');
	}
	unzip_close(z);
	return more;
}

static void
members_come_out_whatever_their_shape(void **state)
{
	static const unsigned shapes[] = { 0, ZIP_STORED, ZIP_DESCRIPTOR, ZIP_STORED | ZIP_DESCRIPTOR };
	static const size_t pieces[] = { 1, 2, 3, 7, 30, 31, 4096, 100000 };
	struct bufs *b = *state;
	struct err e;
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(shapes); i++)
		for (j = 0; j < ARRAY_LEN(pieces); j++) {
			sb_reset(&b->in);
			zip_add(&b->in, "one.xml", "first", 5, shapes[i]);
			zip_add(&b->in, "sub/two.xml", "the second", 10, shapes[(i + 1) % ARRAY_LEN(shapes)]);
			zip_end(&b->in);
			assert_int_equal(list(&b->in, pieces[j], &b->out, &e), 0);
			assert_string_equal(sb_text(&b->out), "one.xml:first;sub/two.xml:the second;");
		}
}

static void
what_is_no_upload_is_passed_over(void **state)
{
	struct bufs *b = *state;
	struct err e;

	zip_add(&b->in, "folder/", "", 0, ZIP_STORED);
	zip_text(&b->in, "__MACOSX/._a.xml", "resource fork");
	zip_text(&b->in, "folder/__MACOSX/a.xml", "resource fork");
	zip_text(&b->in, ".DS_Store", "x");
	zip_text(&b->in, "folder/.hidden/a.xml", "x");
	zip_text(&b->in, "folder/a.xml", "yes");
	zip_text(&b->in, "__MACOSX.xml", "too");
	zip_end(&b->in);
	assert_int_equal(list(&b->in, 4096, &b->out, &e), 0);
	assert_string_equal(sb_text(&b->out), "folder/a.xml:yes;__MACOSX.xml:too;");
}

static void
names_are_fit_to_be_shown(void **state)
{
	struct bufs *b = *state;
	char name[300];
	struct err e;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	zip_text(&b->in, "a\x1b[31m\n", "1");
	zip_text(&b->in, "\xc3\x28", "2");
	zip_text(&b->in, name, "3");
	zip_end(&b->in);
	assert_int_equal(list(&b->in, 4096, &b->out, &e), 0);
	sb_printf(&b->want, "a?[31m?:1;?(:2;%.100s:3;", name);
	assert_string_equal(sb_text(&b->out), sb_text(&b->want));
}

static void
is_refused(struct bufs *b, const char *sentence)
{
	struct err e = { 0 };

	assert_int_equal(list(&b->in, 4096, &b->out, &e), -1);
	if (e.kind != ERR_INPUT || strstr(e.msg, sentence) == NULL)
		fail_msg("[%s] instead of: %s", e.msg, sentence);
}

static void
what_cannot_be_read_is_said(void **state)
{
	struct bufs *b = *state;

	zip_add(&b->in, "a.xml", "secret", 6, ZIP_ENCRYPTED);
	is_refused(b, "\"a.xml\" in the ZIP archive is encrypted.");
	sb_reset(&b->in);
	zip_add(&b->in, "a.xml", "x", 1, ZIP_RARE);
	is_refused(b, "\"a.xml\" in the ZIP archive is packed in a way that is not read here.");
	sb_reset(&b->in);
	zip_add(&b->in, "a.xml", "content", 7, ZIP_BAD_SUM);
	zip_end(&b->in);
	is_refused(b, "damaged");
	assert_string_equal(sb_text(&b->out), "a.xml:content");
	sb_reset(&b->in);
	zip_text(&b->in, "a.xml", "content");
	memset(b->in.p + 35, 0xff, b->in.n - 35);
	is_refused(b, "damaged");
	sb_reset(&b->in);
	zip_text(&b->in, "a.xml", "content");
	is_refused(b, "ends in the middle");
	assert_string_equal(sb_text(&b->out), "a.xml:content;");
}

static void
what_came_before_a_cut_comes_out(void **state)
{
	struct bufs *b = *state;
	struct sb cut;
	struct err e;
	size_t i, at;

	for (i = 0; i < 20000; i++)
		sb_printf(&b->want, "%zu ", i * 7919 % 10007);
	zip_add(&b->in, "a.xml", b->want.p, b->want.n, 0);
	zip_end(&b->in);
	for (i = 1; i < 16; i++) {
		at = b->in.n * i / 16;
		cut = (struct sb){ .p = b->in.p, .n = at };
		assert_int_equal(list(&cut, 1000, &b->out, &e), -1);
		assert_non_null(strstr(e.msg, "ends in the middle"));
		/* Deflate holds back little. */
		assert_true(b->out.n > b->want.n * i / 24);
		assert_memory_equal(b->out.p + 6, b->want.p, b->out.n - 6);
	}
}

/* An input that fails by itself says so, not that the archive is damaged. */
static ssize_t
fail_read(struct input *in, void *buf, size_t n, struct err *e)
{
	(void)in;
	(void)buf;
	(void)n;
	return err_set(e, ERR_CRYPTO, "broken seal");
}

static void
an_error_of_the_input_is_passed_on(void **state)
{
	struct input in = { fail_read };
	struct unpack *u;
	struct unzip *z;
	struct err e;
	char c;

	(void)state;
	z = unzip_open(&in, &e);
	assert_non_null(z);
	assert_int_equal(unzip_next(z, &e), -1);
	assert_int_equal(e.kind, ERR_CRYPTO);
	unzip_close(z);
	u = unpack_open(&in, &disqus_format, NO_LIMIT, &e);
	assert_int_equal(unpack_next(u, &e), 1);
	assert_int_equal(input_read(unpack_input(u), &c, 1, &e), -1);
	assert_int_equal(e.kind, ERR_CRYPTO);
	unpack_close(u);
}

/* --- documents ------------------------------------------------------------------------------ */

/* Every document as "name:content;" into out; times: how often each is read.  0 or -1 as it ended. */
static int
documents(const struct sb *file, size_t most, uint64_t max, int times, struct sb *out, struct err *e)
{
	struct slow slow = slow_input(file->p, file->n, most);
	struct unpack *u = unpack_open(&slow.in, &disqus_format, max, e);
	struct sb content;
	int more, i;

	assert_non_null(u);
	sb_reset(out);
	sb_init(&content, 1 << 24);
	while ((more = unpack_next(u, e)) == 1) {
		for (i = 0; i < times && more == 1; i++) {
			if (i > 0) {
				slow = slow_input(file->p, file->n, most);
				unpack_again(u);
			}
			sb_reset(&content);
			more = drain(unpack_input(u), most, &content, e) == -1 ? -1 : 1;
			sb_printf(out, "%s:", unpack_name(u));
			sb_add(out, sb_text(&content), content.n);
			sb_char(out, ';');
		}
		if (more == -1)
			break;
	}
	unpack_close(u);
	sb_free(&content);
	return more;
}

static void
assert_documents(struct bufs *b, int times, const char *expected)
{
	static const size_t pieces[] = { 1, 2, 5, 64, 5000 };
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		if (documents(&b->in, pieces[i], NO_LIMIT, times, &b->out, &e) == -1)
			fail_msg("%s", e.msg);
		assert_string_equal(sb_text(&b->out), expected);
	}
}

static void
plain_and_gzip_files_are_one_document(void **state)
{
	struct bufs *b = *state;

	assert_documents(b, 1, ":;");
	sb_str(&b->in, "anything");
	assert_documents(b, 1, ":anything;");
	assert_documents(b, 2, ":anything;:anything;");
	sb_reset(&b->in);
	gzip(&b->in, "any", 3);
	gzip(&b->in, "thing", 5);
	assert_documents(b, 2, ":anything;:anything;");
}

static void
an_archive_has_a_document_for_each_export(void **state)
{
	struct bufs *b = *state;
	struct sb packed;

	sb_init(&packed, 1 << 16);
	gzip(&packed, DISQUS("3"), strlen(DISQUS("3")));
	zip_text(&b->in, "readme.txt", "Dear all,\n");
	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_add(&b->in, "2.xml", DISQUS("2"), strlen(DISQUS("2")), ZIP_STORED | ZIP_DESCRIPTOR);
	zip_text(&b->in, "picture.png", "\x89PNG\r\n\x1a\n");
	zip_add(&b->in, "3.xml.gz", packed.p, packed.n, 0);
	zip_text(&b->in, "empty", "");
	zip_end(&b->in);
	assert_documents(b, 1, "1.xml:" DISQUS("1") ";2.xml:" DISQUS("2") ";3.xml.gz:" DISQUS("3") ";");
	assert_documents(b, 2, "1.xml:" DISQUS("1") ";1.xml:" DISQUS("1") ";2.xml:" DISQUS("2") ";2.xml:" DISQUS("2")
	    ";3.xml.gz:" DISQUS("3") ";3.xml.gz:" DISQUS("3") ";");
	sb_free(&packed);
}

static void
is_told(struct bufs *b, enum err_kind kind, const char *sentence)
{
	struct err e = { 0 };

	assert_int_equal(documents(&b->in, 4096, NO_LIMIT, 1, &b->out, &e), -1);
	if (e.kind != kind || strstr(e.msg, sentence) == NULL)
		fail_msg("[%s] instead of: %s", e.msg, sentence);
}

/* What stands in front of the file, read up to so many bytes before each document. */
static void
check_second(struct bufs *b, size_t size, size_t read, const char *expected)
{
	struct slow slow = slow_input(b->in.p, b->in.n, 7);
	struct unpack *u = unpack_open(&slow.in, &disqus_format, NO_LIMIT, NULL);
	struct input *second = unpack_second(u, size);
	char buf[100];
	struct err e;
	ssize_t got;
	int i;

	sb_reset(&b->out);
	assert_int_equal(unpack_next(u, &e), 1);
	for (i = 0; i < 2; i++) {
		slow = slow_input(b->in.p, b->in.n, 7);
		unpack_again(u);
		assert_true((got = input_read_full(second, buf, read, &e)) != -1);
		sb_add(&b->out, buf, (size_t)got);
		sb_char(&b->out, '|');
		assert_int_equal(drain(unpack_input(u), 1000, &b->out, &e), 0);
		sb_char(&b->out, ';');
	}
	unpack_close(u);
	assert_string_equal(sb_text(&b->out), expected);
}

static void
a_second_file_stands_in_front_of_the_first(void **state)
{
	struct bufs *b = *state;

	sb_str(&b->in, "a,b\n1,2\n");
	gzip(&b->in, "anything", 8);
	check_second(b, 8, 100, "a,b\n1,2\n|anything;a,b\n1,2\n|anything;");
	check_second(b, 8, 3, "a,b|anything;a,b|anything;");
	check_second(b, 8, 0, "|anything;|anything;");
	sb_reset(&b->in);
	sb_str(&b->in, "PK\3\4 is no archive here");
	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_end(&b->in);
	check_second(b, 23, 4, "PK\3\4|" DISQUS("1") ";PK\3\4|" DISQUS("1") ";");
	sb_reset(&b->in);
	sb_str(&b->in, "short");
	check_second(b, 24, 100, "short|;short|;");
	check_second(b, 0, 100, "|short;|short;");
}

static void
archives_that_are_no_export_are_told(void **state)
{
	struct bufs *b = *state;
	struct sb inner;

	zip_end(&b->in);
	is_told(b, ERR_INPUT, "The ZIP archive is empty. Please choose the file that Disqus");
	sb_reset(&b->in);
	zip_text(&b->in, "__MACOSX/a.xml", DISQUS("1"));
	zip_end(&b->in);
	is_told(b, ERR_INPUT, "The ZIP archive is empty.");
	sb_reset(&b->in);
	zip_text(&b->in, "readme.txt", "Hello");
	zip_text(&b->in, "b.txt", "Hello");
	zip_end(&b->in);
	is_told(b, ERR_INPUT, "The ZIP archive has no export of Disqus in it, but \"readme.txt\".");
	sb_init(&inner, 1 << 16);
	zip_text(&inner, "1.xml", DISQUS("1"));
	zip_end(&inner);
	sb_reset(&b->in);
	zip_add(&b->in, "inner.zip", inner.p, inner.n, ZIP_STORED);
	zip_end(&b->in);
	is_told(b, ERR_INPUT, "\"inner.zip\" in the ZIP archive is a ZIP archive itself.");
	sb_reset(&b->in);
	gzip(&b->in, inner.p, inner.n);
	is_told(b, ERR_INPUT, "The gzip file has a ZIP archive in it.");
	sb_free(&inner);
}

static void
damage_in_an_archive_is_told_behind_what_was_whole(void **state)
{
	struct bufs *b = *state;
	struct sb packed;

	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_add(&b->in, "2.xml", DISQUS("2"), strlen(DISQUS("2")), ZIP_BAD_SUM);
	zip_end(&b->in);
	is_told(b, ERR_INPUT, "damaged");
	assert_string_equal(sb_text(&b->out), "1.xml:" DISQUS("1") ";2.xml:" DISQUS("2") ";");
	sb_reset(&b->in);
	sb_init(&packed, 1 << 16);
	gzip(&packed, DISQUS("1"), strlen(DISQUS("1")));
	packed.p[10] = '\xff';
	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_add(&b->in, "2.xml.gz", packed.p, packed.n, 0);
	zip_end(&b->in);
	is_told(b, ERR_INPUT, "The gzip file is damaged");
	sb_free(&packed);
}

static void
the_limit_counts_all_documents_together_and_each_once(void **state)
{
	const uint64_t both = 2 * strlen(DISQUS("1"));
	struct bufs *b = *state;
	struct sb bomb;
	struct err e;
	size_t i;

	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_text(&b->in, "2.xml", DISQUS("2"));
	zip_end(&b->in);
	assert_int_equal(documents(&b->in, 4096, both, 3, &b->out, &e), 0);
	assert_int_equal(documents(&b->in, 4096, both - 1, 3, &b->out, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	sb_init(&bomb, 1 << 24);
	sb_str(&bomb, DISQUS("1"));
	for (i = 0; i < 1 << 20; i++)
		sb_str(&bomb, "        ");
	sb_reset(&b->in);
	zip_add(&b->in, "bomb.xml", bomb.p, bomb.n, ZIP_DESCRIPTOR);
	zip_end(&b->in);
	assert_in_range(b->in.n, 1, 20000);
	assert_int_equal(documents(&b->in, 4096, 1 << 20, 1, &b->out, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_string_equal(e.msg, "The file is larger than 1 MiB when it is unpacked, which is more than this site takes.");
	sb_free(&bomb);
}

static void
damaged_archives_end_with_a_sentence(void **state)
{
	struct bufs *b = *state;
	uint64_t random = damage_seed("test_unpack");
	struct sb bad, packed;
	struct err e;
	int i;

	sb_init(&bad, 1 << 20);
	sb_init(&packed, 1 << 16);
	gzip(&packed, DISQUS("3"), strlen(DISQUS("3")));
	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_add(&b->in, "2.xml", DISQUS("2"), strlen(DISQUS("2")), ZIP_STORED | ZIP_DESCRIPTOR);
	zip_add(&b->in, "3.xml.gz", packed.p, packed.n, ZIP_DESCRIPTOR);
	zip_end(&b->in);
	for (i = 0; i < 3000; i++) {
		e.msg[0] = '\0';
		damage(&random, b->in.p, b->in.n, &bad);
		if (documents(&bad, 100000, 1 << 20, 2, &b->out, &e) == -1)
			assert_true(e.msg[0] != '\0');
	}
	sb_free(&packed);
	sb_free(&bad);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, reading_setup, reading_teardown)
	const struct CMUnitTest tests[] = {
		TEST(members_come_out_whatever_their_shape),
		TEST(what_is_no_upload_is_passed_over),
		TEST(names_are_fit_to_be_shown),
		TEST(what_cannot_be_read_is_said),
		TEST(what_came_before_a_cut_comes_out),
		TEST(an_error_of_the_input_is_passed_on),
		TEST(plain_and_gzip_files_are_one_document),
		TEST(an_archive_has_a_document_for_each_export),
		TEST(a_second_file_stands_in_front_of_the_first),
		TEST(archives_that_are_no_export_are_told),
		TEST(damage_in_an_archive_is_told_behind_what_was_whole),
		TEST(the_limit_counts_all_documents_together_and_each_once),
		TEST(damaged_archives_end_with_a_sentence),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
