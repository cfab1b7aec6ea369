/* Which format a file is of, and what it is called when it is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zlib.h>

#include "util/rnd.h"

#include "formats/format.h"

#include "unit/reading.h"
#include "unit/zipping.h"

static void
is_refused_as(const void *p, size_t n, const char *wanted, enum err_kind kind, const char *sentence)
{
	struct err e = { 0 };

	if (format_detect(p, n, wanted, &e) != NULL)
		fail_msg("taken instead of: %s", sentence);
	if (e.kind != kind || strstr(e.msg, sentence) == NULL)
		fail_msg("[%s] instead of: %s", e.msg, sentence);
}

#define DISQUS	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<disqus xmlns=\"http://disqus.com\">"

static void
a_disqus_export_is_recognised(void **state)
{
	static const char *const list[] = {
		DISQUS, "\xef\xbb\xbf" DISQUS, "`" DISQUS, "\n\n" DISQUS, "<disqus>", "<!-- x --><disqus\n>", "<d:disqus xmlns:d='x'>",
	};
	struct bufs *b = *state;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_LEN(list); i++) {
		assert_ptr_equal(format_detect((const uint8_t *)list[i], strlen(list[i]), NULL, &e), &disqus_format);
		assert_ptr_equal(format_detect((const uint8_t *)list[i], strlen(list[i]), "disqus", &e), &disqus_format);
		sb_reset(&b->in);
		gzip(&b->in, list[i], strlen(list[i]));
		assert_ptr_equal(format_detect((const uint8_t *)b->in.p, b->in.n, "", &e), &disqus_format);
	}
	assert_ptr_equal(format_by_name("disqus"), &disqus_format);
	assert_null(format_by_name("nosuch"));
}

static void
wrong_files_are_named(void **state)
{
	static const struct { const char *bytes; size_t n; const char *what; } list[] = {
#define FILE_OF(bytes, what)	{ bytes, sizeof(bytes) - 1, what }
		FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"), FILE_OF("\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
		FILE_OF("GIF89a", "a GIF picture"), FILE_OF("%PDF-1.7", "a PDF document"),
		FILE_OF("{\"name\": 1}", "a JSON file"), FILE_OF("  [1]", "a JSON file"),
		FILE_OF("<!DOCTYPE html>\n<html><head>", "a web page (HTML)"), FILE_OF("<HTML>", "a web page (HTML)"),
		FILE_OF("<rss version=\"2.0\">", "an RSS feed"),
		FILE_OF("<?xml version=\"1.0\"?><output>", "an XML file whose first element is <output>"),
		FILE_OF("id,name,text\n1,Ana,Hi\n", "a table (CSV)"),
		FILE_OF("id,Email,Status\n1,a@example.org,ok\n", "a list of people, such as subscribers of a newsletter (CSV)"),
		FILE_OF("Comment,Hours,Minutes,Seconds\nHi,1,2,3\n", "a script to replay comments (CSV of FastComments)"),
		FILE_OF("SQLite format 3\0", "an SQLite database"),
		FILE_OF("PGDMP\1\16", "a database dump (PostgreSQL)"),
		FILE_OF("-- MySQL dump 10.13\n--\nCREATE TABLE `a` (", "a database dump (SQL)"),
		FILE_OF("PRAGMA foreign_keys=OFF;\nCREATE TABLE Comment(", "a database dump (SQL)"),
		FILE_OF("-- a list\n-- INSERT it\n", "plain text"),
		FILE_OF("{\"type\": \"new_comment\", \"data\": {}}", "a single notification (a webhook of Cusdis)"),
		FILE_OF("a;b\n\"x\";\"y\"", "a table (CSV)"),
		FILE_OF("Dear all,\nhello\n", "plain text"), FILE_OF("\x7f" "ELF\2\1\1\0\0", "a file of another kind (not text)"),
		FILE_OF("caf\xe9 cr\xe8me", "a file of another kind (not text)"), FILE_OF(" \n\n", "nothing but blanks"),
		FILE_OF("\xff\xfe<\0", "UTF-16"), FILE_OF("\xff\xfe\0\0<\0\0\0", "UTF-32 (please save it as UTF-8)"), FILE_OF("<", "plain text"),
	};
	struct bufs *b = *state;
	char sentence[200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(list); i++) {
		is_refused_as(list[i].bytes, list[i].n, NULL, ERR_TYPE, list[i].what);
		sb_reset(&b->in);
		gzip(&b->in, list[i].bytes, list[i].n);
		snprintf(sentence, sizeof(sentence), "%s in a gzip file", list[i].what);
		is_refused_as(b->in.p, b->in.n, NULL, ERR_TYPE, sentence);
	}
	is_refused_as("\x89PNG\r\n\x1a\n", 8, "disqus", ERR_TYPE, "This looks like a PNG picture, not like a comment export. "
	    "Please choose the file that Disqus e-mailed you (.xml or .xml.gz).");
	is_refused_as("", 0, NULL, ERR_INPUT, "The file is empty. Please choose the file that you exported and try again.");
	is_refused_as(DISQUS, 10, "nosuch", ERR_INPUT, "no such provider");
	sb_reset(&b->in);
	gzip(&b->in, "", 0);
	is_refused_as(b->in.p, b->in.n, NULL, ERR_INPUT, "The gzip file is empty.");
}

static void
damaged_gzip_files_without_an_export_are_refused_at_once(void **state)
{
	struct bufs *b = *state;
	struct err e;
	size_t i;

	sb_str(&b->want, DISQUS);
	for (i = 0; i < 50000; i++)
		sb_printf(&b->want, "%zu ", i * i * 7919 % 1000003);
	gzip(&b->in, b->want.p, b->want.n);
	assert_in_range(b->in.n, FORMAT_HEAD_SIZE, 1000000);
	/* Cut by the caller, at the size of a head: fine. */
	assert_ptr_equal(format_detect((uint8_t *)b->in.p, FORMAT_HEAD_SIZE, NULL, &e), &disqus_format);
	/* Shorter than a head: that is all there is, and what comes out of it may be of use. */
	assert_ptr_equal(format_detect((uint8_t *)b->in.p, 300, NULL, &e), &disqus_format);
	is_refused_as(b->in.p, 12, NULL, ERR_INPUT, "ends in the middle");
	is_refused_as("\x1f\x8b", 2, NULL, ERR_INPUT, "ends in the middle");
	is_refused_as("\x1f\x8bhello, this is none", 21, NULL, ERR_INPUT, "damaged");
}

/* --- archives --- */

static void
is_taken(struct bufs *b, const char *wanted)
{
	struct err e = { 0 };

	if (format_detect((uint8_t *)b->in.p, MIN(b->in.n, (size_t)FORMAT_HEAD_SIZE), wanted, &e) != &disqus_format)
		fail_msg("%s", e.msg);
}

/* A member that does not fit a head, packed or not. */
static void
add_large(struct bufs *b, const char *name, const char *begins)
{
	size_t i;

	sb_reset(&b->want);
	sb_str(&b->want, begins);
	for (i = 0; i < 80000; i++)
		sb_printf(&b->want, "%zu ", i * i * 7919 % 1000003);
	zip_text(&b->in, name, sb_text(&b->want));
	assert_true(b->in.n > 2 * FORMAT_HEAD_SIZE);
}

static void
the_first_export_of_an_archive_counts(void **state)
{
	struct bufs *b = *state;

	zip_add(&b->in, "__MACOSX/._a.xml", "\0\5\26\7", 4, 0);
	zip_text(&b->in, "readme.txt", "Dear all,\n");
	zip_add(&b->in, "r\xc3\xa9sum\xc3\xa9.png", "\x89PNG\r\n\x1a\n", 8, ZIP_UTF8);
	zip_add(&b->in, "a.xml", DISQUS, strlen(DISQUS), ZIP_DESCRIPTOR);
	is_taken(b, NULL);
	zip_end(&b->in);
	is_taken(b, NULL);
	is_taken(b, "disqus");
	sb_reset(&b->in);
	sb_reset(&b->want);
	gzip(&b->want, DISQUS, strlen(DISQUS));
	zip_add(&b->in, "a.xml.gz", b->want.p, b->want.n, ZIP_STORED);
	zip_end(&b->in);
	is_taken(b, NULL);
	sb_reset(&b->in);
	add_large(b, "a.xml", DISQUS);
	is_taken(b, NULL);
}

static void
an_archive_that_does_not_show_is_asked_about(void **state)
{
	struct bufs *b = *state;

	add_large(b, "photo.png", "\x89PNG\r\n\x1a\n");
	zip_text(&b->in, "a.xml", DISQUS);
	zip_end(&b->in);
	is_taken(b, "disqus");
	is_refused_as(b->in.p, FORMAT_HEAD_SIZE, NULL, ERR_TYPE, "The first file in this ZIP archive, \"photo.png\", looks like "
	    "a PNG picture. Please choose from the list which provider the archive comes from.");
	sb_reset(&b->in);
	add_large(b, "__MACOSX/a", "x");
	is_taken(b, "disqus");
	is_refused_as(b->in.p, FORMAT_HEAD_SIZE, NULL, ERR_TYPE, "It cannot be seen yet what is in this ZIP archive.");
}

static void
archives_without_an_export_are_refused(void **state)
{
	struct bufs *b = *state;

	is_refused_as("PK\x03\x04..", 6, NULL, ERR_INPUT, "The ZIP archive ends in the middle.");
	zip_end(&b->in);
	is_refused_as(b->in.p, b->in.n, "disqus", ERR_INPUT, "The ZIP archive is empty.");
	sb_reset(&b->in);
	zip_text(&b->in, "index.html", "<html>");
	zip_end(&b->in);
	is_refused_as(b->in.p, b->in.n, "disqus", ERR_TYPE, "This looks like a web page (HTML) in a ZIP archive, not like a "
	    "comment export. Please choose the file that Disqus e-mailed you");
	sb_reset(&b->want);
	gzip(&b->want, b->in.p, b->in.n);
	is_refused_as(b->want.p, b->want.n, "disqus", ERR_TYPE, "This looks like a web page (HTML) in a ZIP archive");
	sb_reset(&b->in);
	zip_add(&b->in, "a.xml", DISQUS, strlen(DISQUS), ZIP_ENCRYPTED);
	zip_end(&b->in);
	is_refused_as(b->in.p, b->in.n, "disqus", ERR_INPUT, "\"a.xml\" in the ZIP archive is encrypted.");
}

/* Valid files of which the first bytes say little, or say it late. */
static void
exports_that_begin_with_long_lists_are_recognised(void **state)
{
	struct bufs *b = *state;
	struct err e;
	size_t i;

	sb_str(&b->in, "{\"pages\":[");
	for (i = 0; i < 5000; i++)
		sb_printf(&b->in, "{\"id\":%zu,\"title\":\"Tea\",\"identifier\":\"p%zu\",\"is_premoderation_on\":false},", i, i);
	assert_ptr_equal(format_detect((uint8_t *)b->in.p, FORMAT_HEAD_SIZE, NULL, &e), &hyvor_talk_format);
	sb_reset(&b->in);
	/* The first comment is long, and what tells more stands behind it. */
	sb_str(&b->in, "{\"data\":{\"data\":[{\"id\":\"a\",\"createdAt\":\"2023-01-02T03:04:05.678Z\",\"content\":\"");
	for (i = 0; i < 3000; i++)
		sb_str(&b->in, "tea ");
	sb_str(&b->in, "\",\"by_nickname\":\"Ann\"}]}}");
	assert_ptr_equal(format_detect((uint8_t *)b->in.p, b->in.n, NULL, &e), &cusdis_format);
}

static int
sniff_a(const uint8_t *head, size_t n)
{
	return n > 0 && head[0] == 'a' ? 50 : n > 0 && head[0] == 'x' ? 80 : 0;
}

static int
sniff_b(const uint8_t *head, size_t n)
{
	return n > 0 && head[0] == 'b' ? 50 : n > 0 && head[0] == 'x' ? 80 : n > 0 && head[0] == 'a' ? 10 : 0;
}

static void
the_best_format_wins_and_a_tie_is_asked_about(void **state)
{
	static const struct format a = { .name = "a", .title = "Aye", .accepts = "the aye file", .sniff = sniff_a };
	static const struct format b = { .name = "b", .title = "Bee", .accepts = "the bee file", .sniff = sniff_b };
	static const struct format *const table[] = { &a, &b, NULL };
	struct err e;

	(void)state;
	assert_ptr_equal(format_detect_in(table, (const uint8_t *)"a", 1, NULL, &e), &a);
	assert_ptr_equal(format_detect_in(table, (const uint8_t *)"b", 1, "", &e), &b);
	assert_null(format_detect_in(table, (const uint8_t *)"x", 1, NULL, &e));
	assert_non_null(strstr(e.msg, "has the signs of an export of Aye and of one of Bee"));
	assert_ptr_equal(format_detect_in(table, (const uint8_t *)"x", 1, "a", &e), &a);
	assert_ptr_equal(format_detect_in(table, (const uint8_t *)"x", 1, "b", &e), &b);
	assert_null(format_detect_in(table, (const uint8_t *)"a", 1, "b", &e));
	assert_int_equal(e.kind, ERR_TYPE);
	assert_string_equal(e.msg, "This looks like an export of Aye, not of Bee. Please choose Aye as the provider, or choose the bee file.");
}

static void
options_have_defaults(void **state)
{
	static const char *const pairs[] = { "other", "x", "page_key", "link", NULL };
	struct format_options given = { .pairs = pairs };

	(void)state;
	assert_string_equal(format_option(&disqus_format, &given, "page_key"), "link");
	assert_string_equal(format_option(&disqus_format, NULL, "page_key"), "identifier");
	assert_null(format_option(&disqus_format, NULL, "nosuch"));
}

static void
options_are_checked_before_they_are_used(void **state)
{
	static const char *const sizes[] = { "small", "large", NULL };
	static const struct format_option options[] = {
		{ "size", "Size", NULL, OPTION_CHOICE, sizes, NULL, false },
		{ "spam", "With spam", NULL, OPTION_FLAG, NULL, NULL, false },
		{ "base", "Address of the site", NULL, OPTION_URL, NULL, NULL, true },
		{ "users", "File of users", NULL, OPTION_FILE, NULL, NULL, false },
		{ .name = NULL },
	};
	static const struct format with = { .title = "Aye", .options = options }, without = { .title = "Bee" };
	static const struct { const char *name, *value, *sentence; } list[] = {
		{ "size", "large", NULL }, { "spam", "yes", NULL }, { "spam", "no", NULL }, { "users", "1234", NULL },
		{ "base", "https://example.org/blog", NULL },
		{ "size", "huge", "The option \"Size\" (size) cannot have this value. Please choose one of these: \"small\", \"large\"." },
		{ "spam", "1", "The option \"With spam\" (spam) is either \"yes\" or \"no\"." },
		{ "base", "example.org", "begins with https:// or http://" },
		{ "base", "https://example.org/a b", "begins with https:// or http://" },
		{ "base", "https://example.org/\n", "begins with https:// or http://" },
		{ "colour", "red", "There is no option \"colour\" for a file of Aye. Please leave it out." },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		int ret = format_check_option(&with, list[i].name, list[i].value, &e);

		assert_int_equal(ret, list[i].sentence != NULL ? -1 : 0);
		if (ret == -1 && (e.kind != ERR_INPUT || strstr(e.msg, list[i].sentence) == NULL))
			fail_msg("[%s] instead of: %s", e.msg, list[i].sentence);
	}
	assert_int_equal(format_check_option(&without, "size", "small", &e), -1);
	assert_string_equal(format_option(&with, NULL, "size"), "small");
	assert_string_equal(format_option(&with, NULL, "spam"), "no");
	assert_null(format_option(&with, NULL, "base"));
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, reading_setup, reading_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_disqus_export_is_recognised),
		TEST(wrong_files_are_named),
		TEST(damaged_gzip_files_without_an_export_are_refused_at_once),
		TEST(the_first_export_of_an_archive_counts),
		TEST(an_archive_that_does_not_show_is_asked_about),
		TEST(archives_without_an_export_are_refused),
		TEST(exports_that_begin_with_long_lists_are_recognised),
		TEST(the_best_format_wins_and_a_tie_is_asked_about),
		TEST(options_have_defaults),
		TEST(options_are_checked_before_they_are_used),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
