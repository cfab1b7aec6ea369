/*
 * Every format's golden inputs: tests/formats/FORMAT/NAME gives what NAME.expected says, refined, whatever the size of
 * the pieces it arrives in; and damaged in any way it never does harm.  NAME.options holds `name=value` lines,
 * NAME.second is the second file.
 *
 * test_golden --update FORMAT          writes the .expected files
 * test_golden --dump FORMAT FILE [NAME=VALUE...]   prints what a file gives
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>

#include "util/rnd.h"

#include "unit/damage.h"
#include "unit/dump.h"

#define TODAY		INT64_C(1760000000000)	/* in 2025 */
#define FILE_MAX	(64 * 1024 * 1024)
#define PAIRS_MAX	32

/* One input, read into memory. */
struct golden {
	const struct format	*format;
	char			 path[4096];
	struct sb		 input, options, second, expected, out, damaged;
	const char		*pairs[PAIRS_MAX + 1];
	bool			 has_second;
};

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

static bool
read_beside(const struct golden *g, const char *extension, struct sb *sb)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s%s", g->path, extension);
	return read_file(path, sb);
}

/* "name=value\n..." in place into pairs. */
static void
split_options(struct golden *g)
{
	char *line = g->options.n > 0 ? g->options.p : NULL, *value, *end;
	size_t n = 0;

	for (; line != NULL && *line != '\0' && n + 2 <= PAIRS_MAX; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		if ((value = strchr(line, '=')) == NULL)
			continue;
		*value++ = '\0';
		g->pairs[n++] = line;
		g->pairs[n++] = value;
	}
	g->pairs[n] = NULL;
}

static bool
load(struct golden *g)
{
	if (!read_file(g->path, &g->input))
		return false;
	read_beside(g, ".options", &g->options);
	g->has_second = read_beside(g, ".second", &g->second);
	split_options(g);
	return true;
}

static enum rd_status
dump(struct golden *g, const struct sb *in, size_t most, bool notes, uint64_t *count)
{
	struct dump_job job = {
		.format = g->format, .pairs = g->pairs, .p = sb_text(in), .n = in->n, .most = most, .now_ms = TODAY,
		.second = g->has_second ? sb_text(&g->second) : NULL, .second_n = g->second.n, .notes = notes,
	};

	sb_reset(&g->out);
	return dump_run(&job, &g->out, count);
}

static void
golden_init(struct golden *g, const struct format *format)
{
	struct sb *const all[] = { &g->input, &g->options, &g->second, &g->expected, &g->out, &g->damaged };
	size_t i;

	memset(g, 0, sizeof(*g));
	g->format = format;
	for (i = 0; i < ARRAY_LEN(all); i++)
		sb_init(all[i], FILE_MAX);
}

static void
golden_free(struct golden *g)
{
	struct sb *const all[] = { &g->input, &g->options, &g->second, &g->expected, &g->out, &g->damaged };
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++)
		sb_free(all[i]);
}

static bool
is_input(const char *name)
{
	static const char *const beside[] = { ".expected", ".options", ".second" };
	size_t n = strlen(name), i;

	for (i = 0; i < ARRAY_LEN(beside); i++)
		if (n > strlen(beside[i]) && strcmp(name + n - strlen(beside[i]), beside[i]) == 0)
			return false;
	return name[0] != '.' && strncmp(name, "README", 6) != 0;
}

/* Calls fn with every input of the format; returns how many there are. */
static int
each_input(const struct format *format, void (*fn)(struct golden *))
{
	const char *top = getenv("top_srcdir");
	struct dirent *entry;
	struct golden g;
	char dir[2048];
	int count = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/formats/%s", top != NULL ? top : ".", format->name);
	if ((d = opendir(dir)) == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		if (!is_input(entry->d_name))
			continue;
		golden_init(&g, format);
		snprintf(g.path, sizeof(g.path), "%s/%s", dir, entry->d_name);
		if (load(&g)) {
			fn(&g);
			count++;
		}
		golden_free(&g);
	}
	closedir(d);
	return count;
}

/* The i-th row of both tables; NULL behind the last. */
static const struct format *
format_at(size_t i)
{
	size_t n = 0;

	while (formats[n] != NULL)
		n++;
	return i < n ? formats[i] : channels[i - n];
}

static int failures;

static void
compare(struct golden *g)
{
	read_beside(g, ".expected", &g->expected);
	dump(g, &g->input, 0, true, NULL);
	if (strcmp(sb_text(&g->expected), sb_text(&g->out)) != 0) {
		printf("%s: gives\n%s\nexpected\n%s\n", g->path, sb_text(&g->out), sb_text(&g->expected));
		failures++;
	}
}

static void
each_input_gives_what_is_expected(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; format_at(i) != NULL; i++) {
		int n = each_input(format_at(i), compare);

		printf("%s: %d inputs\n", format_at(i)->name, n);
		assert_true(n > 0);
	}
	assert_int_equal(failures, 0);
}

static void
compare_pieces(struct golden *g)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 61, 1000 };
	size_t i;

	dump(g, &g->input, 0, true, NULL);
	sb_reset(&g->expected);
	sb_add(&g->expected, sb_text(&g->out), g->out.n);
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		dump(g, &g->input, sizes[i], true, NULL);
		if (strcmp(sb_text(&g->expected), sb_text(&g->out)) == 0)
			continue;
		printf("%s in pieces of %zu gives\n%s\nnot\n%s\n", g->path, sizes[i], sb_text(&g->out), sb_text(&g->expected));
		failures++;
	}
}

static void
the_size_of_the_pieces_plays_no_part(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; format_at(i) != NULL; i++)
		each_input(format_at(i), compare_pieces);
	assert_int_equal(failures, 0);
}

static void
cut_everywhere(struct golden *g)
{
	uint64_t all = 0, some;
	size_t n;

	dump(g, &g->input, 0, false, &all);
	for (n = 0; n < g->input.n; n += 1 + g->input.n / 64) {
		sb_reset(&g->damaged);
		sb_add(&g->damaged, g->input.p, n);
		some = 0;
		dump(g, &g->damaged, 0, false, &some);
		if (some <= all)
			continue;
		printf("%s: %" PRIu64 " records, but %" PRIu64 " when cut at %zu\n", g->path, all, some, n);
		failures++;
	}
}

static void
a_cut_file_never_has_more_records(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; format_at(i) != NULL; i++)
		each_input(format_at(i), cut_everywhere);
	assert_int_equal(failures, 0);
}

/* Where one stands after another in a file: the second one with what stands between them, and how often it is found. */
static void
append_itself(struct golden *g)
{
	static const struct { const char *bytes; size_t n; bool needs_end; } between[] = {
		{ "\n", 1, false }, { "", 0, true }, { "\0\0\n", 3, false }, { "\nSaved in 2 s.\n", 15, true },
		{ "\n<br />\n<b>Warning</b>: memory\n", 31, true },
	};
	bool known = g->format->sniff((const uint8_t *)sb_text(&g->input), MIN(g->input.n, (size_t)FORMAT_HEAD_SIZE)) > 0;
	uint64_t one = 0, two;
	size_t i;

	dump(g, &g->input, 0, true, &one);
	if (one == 0 || !known || strstr(sb_text(&g->out), "note last_line_cut") != NULL || g->input.n < 4 || memcmp(g->out.p + g->out.n - 4, "end\n", 4) != 0 || g->has_second || memcmp(g->input.p, "PK", 2) == 0 ||
	    g->input.p[0] == '\x1f')
		return;
	for (i = 0; i < ARRAY_LEN(between); i++) {
		/* What follows lines is one more line. */
		if (between[i].needs_end && (g->format->endless || strstr(g->path, ".jsonl") != NULL))
			continue;
		sb_reset(&g->damaged);
		sb_add(&g->damaged, g->input.p, g->input.n);
		sb_add(&g->damaged, between[i].bytes, between[i].n);
		sb_add(&g->damaged, g->input.p, g->input.n);
		two = 0;
		dump(g, &g->damaged, 0, true, &two);
		/* Two lists are repaired to one, of which cusdis takes a nested reply once. */
		if (two == 2 * one || (two > one && g->input.p[0] == '['))
			continue;
		printf("%s: %" PRIu64 " records, but %" PRIu64 " of two (%zu) with\n%s\n", g->path, one, two, i, sb_text(&g->out));
		failures++;
	}
}

static void
a_file_after_itself_gives_all_twice(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; formats[i] != NULL; i++)
		each_input(formats[i], append_itself);
	assert_int_equal(failures, 0);
}

#define DISQUS(encoding, id, text) "<?xml version=\"1.0\" encoding=\"" encoding "\"?>\n<disqus xmlns=\"http://disqus.com\" " \
	"xmlns:dsq=\"http://disqus.com/disqus-internals\"><thread dsq:id=\"1\"><link>https://tea.example/</link></thread>" \
	"<post dsq:id=\"" id "\"><message>" text "</message><createdAt>2020-01-02T03:04:05Z</createdAt>" \
	"<thread dsq:id=\"1\"/></post>\n</disqus>\n"
#define COMMENTO "{\"version\":1,\"comments\":[{\"commentHex\":\"a\",\"commenterHex\":\"anonymous\",\"domain\":\"e.org\",\"url\":\"/a\"," \
	"\"markdown\":\"x\",\"creationDate\":\"2020-05-09T08:15:30Z\"}],\"commenters\":[]}\n"
#define PRIVET	"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"
#define PRIVET_1251 "\xcf\xf0\xe8\xe2\xe5\xf2"

/* Each two files in a row give what is expected, in pieces of any size. */
static void
what_follows_a_document_is_read_or_named(void **state)
{
#define FILE_OF(format, bytes, ...) { &format, bytes, sizeof(bytes) - 1, { __VA_ARGS__ } }
	static const struct { const struct format *format; const char *bytes; size_t n; const char *wants[4]; } list[] = {
		/* An encoding of its own, if the first one needed no decoding; else the same. */
		FILE_OF(disqus_format, DISQUS("utf-8", "1", PRIVET) DISQUS("windows-1251", "2", PRIVET_1251),
		    "record 0 line 2\n", "\"" PRIVET "\"", "record 0 line 5\n", "2\"\n"),
		FILE_OF(disqus_format, DISQUS("windows-1251", "1", PRIVET_1251) "\nDone\n" DISQUS("windows-1251", "2", "B " PRIVET_1251),
		    "\"" PRIVET "\"", "\"B " PRIVET "\"", "note leading_junk - line 5\n", "end\n"),
		FILE_OF(disqus_format, DISQUS("windows-1251", "1", PRIVET_1251) DISQUS("iso-8859-5", "2", PRIVET_1251),
		    "id \"1\"", "input: After the end of the export, on line 4, there is another one in another encoding."),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "caf\xe9") "\xef\xbb\xbf" DISQUS("utf-8", "2", "th\xe9"),
		    "\"caf\xc3\xa9\"", "\"th\xc3\xa9\"", "end\n"),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "\xef\xbb\xbf" DISQUS("utf-8", "2", "b"), "id \"1\"", "id \"2\"", "end\n"),
		FILE_OF(disqus_format, "\xef\xbb\xbf" DISQUS("utf-8", "1", "a") "\xff\xfe<\0d\0i\0s\0q\0u\0s\0 \0x\0=\0'\0'\0/\0>\0",
		    "id \"1\"", "end\n"),
		/* What cannot be read. */
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><wp:wxr_version>1.2",
		    "id \"1\"", "input: After the end of the export, on line 4, there is another one, of WordPress (XML), not of Disqus."),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "\n\nNotes:\n \0" COMMENTO, "input: After the end of the export, on line 7, there is "
		    "another one, of Commento"),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "\x1f\x8b\x08",
		    "input: After the end of the export, on line 4, there is a gzip file. Please upload the files one by one."),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "\nPK\3\4", "input: After the end of the export, on line 5, there is a ZIP archive."),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "<posts/>", "on line 4, there is something that is no part of it: an XML file whose "
		    "first element is <posts>. Please take it out"),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "ab\1", "on line 4, there is something that is no part of it: a file of another kind"),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "<disqus><post>", "id \"1\"", "input: The file breaks off at line"),
		FILE_OF(commento_format, COMMENTO "{\"a\":1}", "id \"a\"", "input: After the end of the export, on line 2, there is something that is no "
		    "part of it: a JSON file."),
		FILE_OF(commento_format, COMMENTO DISQUS("utf-8", "1", "a"), "id \"a\"", "input: After the end of the export, on line 2, there is "
		    "another one, of Disqus, not of Commento"),
		/* Junk. */
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") "Bye\n<html>", "id \"1\"", "note trailing_junk - line 4\nend\n"),
		FILE_OF(disqus_format, DISQUS("utf-8", "1", "a") " \0\n<!-- x --><?php ?>\n", "is_deleted 0\nend\n"),
		FILE_OF(commento_format, COMMENTO " \0\n", "\nend\n"),
	};
	static const size_t sizes[] = { 0, 1, 7, 100 };
	struct golden g;
	size_t i, k, w;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++)
		for (k = 0; k < ARRAY_LEN(sizes); k++) {
			golden_init(&g, list[i].format);
			sb_add(&g.input, list[i].bytes, list[i].n);
			dump(&g, &g.input, sizes[k], true, NULL);
			for (w = 0; w < ARRAY_LEN(list[i].wants) && list[i].wants[w] != NULL; w++)
				if (strstr(sb_text(&g.out), list[i].wants[w]) == NULL)
					fail_msg("%zu in pieces of %zu: [%s] is not in\n%s", i, sizes[k], list[i].wants[w], sb_text(&g.out));
			golden_free(&g);
		}
}

/* A text without end is no reason to look for ever. */
static void
junk_without_end_is_an_error(void **state)
{
	struct golden g;
	int i;

	(void)state;
	golden_init(&g, &disqus_format);
	sb_str(&g.input, DISQUS("utf-8", "1", "a"));
	for (i = 0; i < 100000; i++)
		sb_str(&g.input, "12 lines of text without anything\n");
	dump(&g, &g.input, 0, true, NULL);
	assert_non_null(strstr(sb_text(&g.out), "note trailing_junk - line 4\nend\n"));
	sb_reset(&g.input);
	sb_str(&g.input, DISQUS("utf-8", "1", "a") "Log\n");
	for (i = 0; i < 1100; i++)
		sb_str(&g.input, "[01-Dec-2020] PHP Warning\n");
	dump(&g, &g.input, 0, true, NULL);
	assert_non_null(strstr(sb_text(&g.out), "input: What follows the end of the export is too much to be looked at"));
	golden_free(&g);
}

static uint64_t seed;

static void
damage_some(struct golden *g)
{
	int round;

	for (round = 0; round < 25 && g->input.n > 0; round++) {
		damage(&seed, g->input.p, g->input.n, &g->damaged);
		dump(g, &g->damaged, 0, true, NULL);
	}
}

/* What counts is that nothing crashes or hangs, and that the sanitizers have nothing to say. */
static void
random_damage_does_no_harm(void **state)
{
	size_t i;

	(void)state;
	seed = damage_seed("golden");
	for (i = 0; format_at(i) != NULL; i++)
		each_input(format_at(i), damage_some);
}

static void
update(struct golden *g)
{
	char path[4200];
	FILE *f;

	dump(g, &g->input, 0, true, NULL);
	snprintf(path, sizeof(path), "%s.expected", g->path);
	if ((f = fopen(path, "w")) != NULL) {
		fwrite(sb_text(&g->out), 1, g->out.n, f);
		fclose(f);
	}
}

static int
print(const struct format *format, int argc, char **argv)
{
	struct golden g;
	int i, result = 1;

	golden_init(&g, format);
	snprintf(g.path, sizeof(g.path), "%s", argv[0]);
	if (load(&g)) {
		if (argc > 1)
			sb_reset(&g.options);
		for (i = 1; i < argc; i++)
			sb_printf(&g.options, "%s\n", argv[i]);
		if (argc > 1)
			split_options(&g);
		dump(&g, &g.input, 0, true, NULL);
		fwrite(sb_text(&g.out), 1, g.out.n, stdout);
		result = 0;
	}
	golden_free(&g);
	return result;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_input_gives_what_is_expected),
		cmocka_unit_test(the_size_of_the_pieces_plays_no_part),
		cmocka_unit_test(a_cut_file_never_has_more_records),
		cmocka_unit_test(a_file_after_itself_gives_all_twice),
		cmocka_unit_test(what_follows_a_document_is_read_or_named),
		cmocka_unit_test(junk_without_end_is_an_error),
		cmocka_unit_test(random_damage_does_no_harm),
	};
	const struct format *format = argc >= 3 ? format_or_channel(argv[2]) : NULL;

	if (rnd_init(NULL) == -1 || (argc > 1 && format == NULL))
		return 1;
	if (argc >= 4 && strcmp(argv[1], "--dump") == 0)
		return print(format, argc - 3, argv + 3);
	if (argc == 3 && strcmp(argv[1], "--update") == 0)
		return each_input(format, update) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
