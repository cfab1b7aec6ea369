/*
 * gendisqus: writes a made-up Disqus export to stdout, for tests of speed and memory.
 *
 *	gendisqus [--comments N] [--threads N] [--seed S] [--marker TEXT] [--gzip no]
 *
 * About 700 bytes a comment.  Threads first (a third of them without posts, some without identifier), then posts in the order of
 * their dates: replies, spam, deleted ones, guests, links, entities, characters of 2 to 4 bytes.  The same arguments
 * give the same bytes.  With --marker, every 100th body carries TEXT.  It does not pack: `| gzip` does.
 */
#include "util/clock.h"
#include "util/num.h"
#include "util/sb.h"

#define FLUSH_AT	(256 * 1024)

static uint64_t seed = 1;
static struct sb out;

static uint64_t
random_below(uint64_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * UINT64_C(2685821657736338717) >> 33) % n;
}

static bool
one_in(uint64_t n)
{
	return random_below(n) == 0;
}

static void
flush(void)
{
	if (!sb_ok(&out) || fwrite(sb_text(&out), 1, out.n, stdout) != out.n) {
		fputs("gendisqus: cannot write\n", stderr);
		exit(1);
	}
	sb_reset(&out);
}

/* printf is the slow way: numbers and texts go in by hand. */
static void
add_number(uint64_t v)
{
	char digits[24], *p = digits + sizeof(digits);
	const char *end = p;

	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	sb_add(&out, p, (size_t)(end - p));
}

static void
add_words(uint64_t count)
{
	static const char *const words[] = {
		"tide", "harbour", "lantern", "the", "and", "with", "shore", "morning", "quiet", "boat", "never", "again", "map", "salt",
		"wind", "letters", "b\xc5\x82\xc4\x99kitny", "perch\xc3\xa9", "\xe2\x80\x94", "\xf0\x9f\x98\x80", "\xf0\x9f\x90\x9a",
		"&amp;", "&lt;code&gt;", "don't", "\xe6\xbd\xae\xe9\xa8\x92", "of", "a", "to", "in", "from", "stone", "gulls",
	};

	while (count-- > 0) {
		sb_str(&out, words[random_below(ARRAY_LEN(words))]);
		sb_char(&out, ' ');
	}
}

static void
add_date(int64_t ms)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format(time, ms);
	sb_str(&out, "<createdAt>");
	sb_add(&out, time, 19);
	sb_str(&out, "Z</createdAt>\n");
}

static void
add_flag(const char *name, bool v)
{
	sb_char(&out, '<');
	sb_str(&out, name);
	sb_str(&out, v ? ">true</" : ">false</");
	sb_str(&out, name);
	sb_str(&out, ">\n");
}

static void
add_thread(uint64_t i, int64_t start_ms)
{
	sb_str(&out, "<thread dsq:id=\"");
	add_number(8800000000 + i);
	sb_str(&out, "\">\n");
	if (i % 5 == 0) {
		sb_str(&out, "<id />\n");
	} else {
		sb_str(&out, "<id>post-");
		add_number(i);
		sb_str(&out, "</id>\n");
	}
	sb_str(&out, "<forum>harbour</forum>\n<category dsq:id=\"4400123\" />\n<link>https://harbour.example/notes/");
	add_number(i);
	sb_str(&out, "/</link>\n<title>");
	add_words(5);
	sb_str(&out, "</title>\n<message />\n");
	add_date(start_ms);
	sb_str(&out, "<author>\n<name>Keeper</name>\n<isAnonymous>false</isAnonymous>\n<username>keeper</username>\n</author>\n");
	add_flag("isClosed", false);
	add_flag("isDeleted", false);
	sb_str(&out, "</thread>\n");
}

static void
add_body(uint64_t i, const char *marker)
{
	sb_str(&out, "<message><![CDATA[<p>");
	add_words(30 + random_below(40));
	if (one_in(4)) {
		sb_str(&out, "<br>");
		add_words(10);
	}
	if (one_in(8)) {
		sb_str(&out, "<a href=\"http://gulls.example/page?a=");
		add_number(i);
		sb_str(&out, "&amp;b=2\" rel=\"nofollow noopener\" target=\"_blank\" title=\"http://gulls.example/page\">gulls.example/pa...</a>");
	}
	if (marker != NULL && i % 100 == 0)
		sb_str(&out, marker);
	sb_str(&out, "</p>");
	if (one_in(6)) {
		sb_str(&out, "<blockquote>");
		add_words(12);
		sb_str(&out, "</blockquote><p><b>");
		add_words(8);
		sb_str(&out, "</b></p>");
	}
	sb_str(&out, "]]></message>\n");
}

static void
add_author(void)
{
	uint64_t person = random_below(5000);

	sb_str(&out, "<author>\n<name>Reader ");
	add_number(person);
	sb_str(&out, "</name>\n");
	add_flag("isAnonymous", person % 7 == 0);
	if (person % 7 != 0) {
		sb_str(&out, "<username>disqus_");
		add_number(1000000000 + person);
		sb_str(&out, "</username>\n");
	}
	sb_str(&out, "</author>\n");
}

/* parent: the newest post of the thread before this one, 0 for none. */
static void
add_post(uint64_t i, uint64_t thread, uint64_t parent, int64_t ms, const char *marker)
{
	sb_str(&out, "<post dsq:id=\"");
	add_number(6200000000 + i);
	sb_str(&out, "\">\n<id />\n");
	add_body(i, marker);
	add_date(ms);
	add_flag("isDeleted", one_in(50));
	add_flag("isSpam", one_in(40));
	add_author();
	sb_str(&out, "<thread dsq:id=\"");
	add_number(8800000000 + thread);
	sb_str(&out, "\" />\n");
	if (parent > 0) {
		sb_str(&out, "<parent dsq:id=\"");
		add_number(6200000000 + parent);
		sb_str(&out, "\" />\n");
	}
	sb_str(&out, "</post>\n");
}

static void
generate(uint64_t comments, uint64_t threads, const char *marker)
{
	const int64_t start_ms = INT64_C(1262304000000);	/* 2010 */
	uint64_t i, *newest = calloc(threads, sizeof(*newest));

	if (newest == NULL) {
		fputs("gendisqus: out of memory\n", stderr);
		exit(1);
	}
	sb_str(&out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<disqus xmlns=\"http://disqus.com\" "
	    "xmlns:dsq=\"http://disqus.com/disqus-internals\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
	    "xsi:schemaLocation=\"http://disqus.com http://disqus.com/api/schemas/1.0/disqus.xsd "
	    "http://disqus.com/disqus-internals http://disqus.com/api/schemas/1.0/disqus-internals.xsd\">\n"
	    "<category dsq:id=\"4400123\">\n<forum>harbour</forum>\n<title>General</title>\n<isDefault>true</isDefault>\n</category>\n");
	for (i = 0; i < threads; i++) {
		add_thread(i, start_ms);
		if (out.n > FLUSH_AT)
			flush();
	}
	for (i = 1; i <= comments; i++) {
		/* Every third thread gets none. */
		uint64_t thread = random_below(threads);

		thread -= thread % 3 == 2 ? 1 : 0;
		add_post(i, thread, one_in(3) ? newest[thread] : 0, start_ms + (int64_t)i * 60000, marker);
		newest[thread] = i;
		if (out.n > FLUSH_AT)
			flush();
	}
	sb_str(&out, "</disqus>\n");
	flush();
	free(newest);
}

static int
usage(void)
{
	fputs("usage: gendisqus [--comments N] [--threads N] [--seed S] [--marker TEXT] [--gzip no]\n", stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	int64_t comments = 1000, threads = 0, s = 1;
	const char *marker = NULL;
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		const char *value = argv[i + 1];

		if (strcmp(argv[i], "--marker") == 0)
			marker = value;
		else if (!(strcmp(argv[i], "--gzip") == 0 && strcmp(value, "no") == 0) &&
		    !(strcmp(argv[i], "--comments") == 0 && num_parse(value, 0, 1000000000, &comments) == 0) &&
		    !(strcmp(argv[i], "--threads") == 0 && num_parse(value, 1, 10000000, &threads) == 0) &&
		    !(strcmp(argv[i], "--seed") == 0 && num_parse(value, 1, INT64_MAX, &s) == 0))
			return usage();
	}
	if (i != argc)
		return usage();
	if (threads == 0)
		threads = MIN(MAX(comments / 50, 3), 20000);
	seed = (uint64_t)s;
	sb_init(&out, 4 * FLUSH_AT);
	generate((uint64_t)comments, (uint64_t)threads, marker);
	sb_free(&out);
	return fclose(stdout) == 0 ? 0 : 1;
}
