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
