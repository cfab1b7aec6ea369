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
		FILE_OF("GIF89a", "a GIF picture"), FILE_OF("%PDF-1.7", "a PDF document"), FILE_OF("PK\x03\x04..", "a ZIP archive"),
		FILE_OF("{\"name\": 1}", "a JSON file"), FILE_OF("  [1]", "a JSON file"),
		FILE_OF("<!DOCTYPE html>\n<html><head>", "a web page (HTML)"), FILE_OF("<HTML>", "a web page (HTML)"),
		FILE_OF("<rss xmlns:wp=\"http://wordpress.org/export/1.2/\">", "a WordPress export (WXR)"),
		FILE_OF("<rss version=\"2.0\">", "an RSS feed"),
		FILE_OF("<?xml version=\"1.0\"?><output>", "an XML file whose first element is <output>"),
		FILE_OF("id,name,text\n1,Ana,Hi\n", "a table (CSV)"), FILE_OF("a;b\n\"x\";\"y\"", "a table (CSV)"),
		FILE_OF("Dear all,\nhello\n", "plain text"), FILE_OF("\x7f" "ELF\2\1\1\0\0", "a file of another kind (not text)"),
		FILE_OF("caf\xe9 cr\xe8me", "a file of another kind (not text)"), FILE_OF(" \n\n", "nothing but blanks"),
		FILE_OF("\xff\xfe<\0", "UTF-16"), FILE_OF("<", "plain text"),
	};
	struct bufs *b = *state;
	char sentence[200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(list); i++) {
		is_refused_as(list[i].bytes, list[i].n, NULL, ERR_TYPE, list[i].what);
		sb_reset(&b->in);
		gzip(&b->in, list[i].bytes, list[i].n);
		snprintf(sentence, sizeof(sentence), "%s in a gzip file", list[i].what);
		is_refused_as(b->in.p, b->in.n, NULL, ERR_TYPE, strstr(sentence, "UTF") ? "UTF-16 in a gzip file" : sentence);
	}
	is_refused_as("\x89PNG\r\n\x1a\n", 8, "disqus", ERR_TYPE, "This looks like a PNG picture, not like a comment export. "
	    "Please choose the file that Disqus e-mailed you (.xml or .xml.gz).");
	is_refused_as("", 0, NULL, ERR_INPUT, "The file is empty. Please choose the file that you exported and try again.");
	is_refused_as(DISQUS, 10, "nosuch", ERR_INPUT, "no such provider");
	sb_reset(&b->in);
	gzip(&b->in, "", 0);
	is_refused_as(b->in.p, b->in.n, NULL, ERR_INPUT, "nothing in it");
}

static void
damaged_gzip_files_are_refused_at_once(void **state)
{
	struct bufs *b = *state;
	struct err e;
	size_t i;

	sb_str(&b->want, DISQUS);
	for (i = 0; i < 3000; i++)
		sb_printf(&b->want, "%zu ", i * 7919 % 10007);
	gzip(&b->in, b->want.p, b->want.n);
	assert_in_range(b->in.n, FORMAT_HEAD_SIZE, 100000);
	/* Cut by the caller, at the size of a head: fine. */
	assert_ptr_equal(format_detect((uint8_t *)b->in.p, FORMAT_HEAD_SIZE, NULL, &e), &disqus_format);
	/* Shorter than a head: that is all there is. */
	is_refused_as(b->in.p, 300, NULL, ERR_INPUT, "ends in the middle");
	is_refused_as("\x1f\x8b", 2, NULL, ERR_INPUT, "ends in the middle");
	is_refused_as("\x1f\x8bhello, this is none", 21, NULL, ERR_INPUT, "damaged");
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
	assert_non_null(strstr(e.msg, "more than one provider"));
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
		TEST(damaged_gzip_files_are_refused_at_once),
		TEST(the_best_format_wins_and_a_tie_is_asked_about),
		TEST(options_have_defaults),
		TEST(options_are_checked_before_they_are_used),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
