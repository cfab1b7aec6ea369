/* Archives and what is in them: members, damage, limits, archives in archives, documents of a format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"

#include "formats/members.h"
#include "formats/unpack.h"

#include "unit/damage.h"
#include "unit/reading.h"
#include "unit/zipping.h"

#define DISQUS(id)	"<disqus xmlns=\"http://disqus.com\"><post dsq:id=\"" id "\"/></disqus>"

static const struct streams_limits no_limit = { .max_unpacked = UINT64_MAX };

/* --- members ------------------------------------------------------------------------------ */

/* Every member as "name:content;" into out, in pieces of most bytes.  0 or -1 as it ended. */
static int
list(const struct sb *archive, size_t most, struct sb *out, struct err *e)
{
	struct slow slow = slow_input(archive->p, archive->n, most);
	uint64_t count = 0;
	struct members *m = members_open(&slow.in, members_kind(archive->p, archive->n), &count, e);
	int more;

	assert_non_null(m);
	sb_reset(out);
	while ((more = members_next(m, e)) == 1) {
		sb_printf(out, "%s:", members_name(m));
		if (drain(members_input(m), most, out, e) == -1) {
			more = -1;
			break;
		}
		sb_char(out, ';');
	}
	members_close(m);
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
	for (j = 0; j < ARRAY_LEN(pieces); j++) {
		sb_reset(&b->in);
		tar_text(&b->in, "one.xml", "first");
		tar_text(&b->in, "sub/two.xml", "the second");
		tar_text(&b->in, "empty", "");
		tar_end(&b->in);
		assert_int_equal(list(&b->in, pieces[j], &b->out, &e), 0);
		assert_string_equal(sb_text(&b->out), "one.xml:first;sub/two.xml:the second;empty:;");
	}
}

/* A header of its own says the name, in POSIX's format. */
static void
tar_with_long_names_and_several_archives_in_a_row(void **state)
{
	struct bufs *b = *state;
	struct err e;
	size_t i;

	for (i = 0; i < 30; i++)
		sb_str(&b->want, "lodz-\xc5\x82\xc3\xb3" "d/");
	tar_header(&b->in, "PaxHeaders/1", b->want.n + 10, 'x');
	assert_int_equal(b->want.n, 330);
	sb_printf(&b->in, "340 path=%s\n", sb_text(&b->want));
	while (b->in.n % 512 != 0)
		sb_char(&b->in, '\0');
	tar_text(&b->in, "cut", "x");
	tar_end(&b->in);
	tar_text(&b->in, "second", "y");
	tar_end(&b->in);
	sb_add(&b->in, "\0\0\0", 3);
	assert_int_equal(list(&b->in, 4096, &b->out, &e), 0);
	assert_memory_equal(b->out.p, "lodz-", 5);
	assert_non_null(strstr(sb_text(&b->out), ":x;second:y;"));
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
	sb_reset(&b->in);
	tar_header(&b->in, "./", 0, '5');
	tar_header(&b->in, "./link.xml", 0, '2');
	tar_header(&b->in, "device", 0, '3');
	tar_header(&b->in, "pipe", 0, '6');
	tar_text(&b->in, "./._a.xml", "resource fork");
	tar_text(&b->in, "./../..//a.xml", "yes");
	tar_header(&b->in, "other-name.xml", 0, '1');
	tar_text(&b->in, "C:\\.hidden\\a.xml", "x");
	tar_text(&b->in, "...", "dots");
	tar_end(&b->in);
	assert_int_equal(list(&b->in, 4096, &b->out, &e), 0);
	assert_string_equal(sb_text(&b->out), "./../..//a.xml:yes;...:dots;");
}

/* A sparse file of GNU tar, old format: 5 bytes at 1,000 of 1,010. */
static void
holes_are_zero_bytes(void **state)
{
	struct bufs *b = *state;
	unsigned sum = 0;
	struct err e;
	size_t i;

	tar_header(&b->in, "sparse", 5, 'S');
	memcpy(b->in.p + 257, "ustar  ", 8);
	snprintf(b->in.p + 386, 13, "%011o", 1000u);
	snprintf(b->in.p + 398, 13, "%011o", 5u);
	snprintf(b->in.p + 483, 13, "%011o", 1010u);
	memset(b->in.p + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += (unsigned char)b->in.p[i];
	snprintf(b->in.p + 148, 8, "%06o", sum);
	sb_str(&b->in, "hello");
	while (b->in.n % 512 != 0)
		sb_char(&b->in, '\0');
	tar_end(&b->in);
	assert_int_equal(list(&b->in, 4096, &b->out, &e), 0);
	assert_int_equal(b->out.n, 7 + 1010 + 1);
	assert_memory_equal(b->out.p + 7 + 1000, "hello\0\0\0\0\0;", 11);
	for (i = 0; i < 1000; i++)
		assert_int_equal(b->out.p[7 + i], 0);
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
	/* A tar archive that has no end, cut exactly after a member. */
	sb_reset(&b->in);
	tar_text(&b->in, "a.xml", "content");
	is_refused(b, "The tar archive ends in the middle");
	assert_string_equal(sb_text(&b->out), "a.xml:content;");
	tar_text(&b->in, "b.xml", "more");
	b->in.p[1024 + 5] = 'x';
	is_refused(b, "The tar archive is damaged");
	assert_string_equal(sb_text(&b->out), "a.xml:content;");
}

/* The directory of a ZIP archive, and what may follow. */
static void
what_follows_the_end_of_an_archive_is_looked_at(void **state)
{
	struct bufs *b = *state;
	struct sb one;
	struct err e;
	size_t i;

	sb_init(&one, 1 << 20);
	for (i = 0; i < 3000; i++)
		sb_printf(&b->want, "%zu ", i * 7919 % 10007);
	zip_text(&one, "a.xml", sb_text(&b->want));
	/* One header of the directory, with a name, an extra field and a comment; ZIP64's end, and where it is; the end. */
	sb_add(&one, "PK\1\2", 4);
	for (i = 0; i < 24; i++)
		sb_char(&one, '\0');
	sb_add(&one, "\5\0\4\0\3\0", 6);
	for (i = 0; i < 12; i++)
		sb_char(&one, '\0');
	sb_add(&one, "a.xml....abc", 12);
	sb_add(&one, "PK\6\6\x2c\0\0\0\0\0\0\0", 12);
	for (i = 0; i < 44; i++)
		sb_char(&one, 'P');
	sb_add(&one, "PK\6\7................", 20);
	zip_end(&one);
	one.p[one.n - 2] = 9;
	sb_str(&one, "a comment");
	for (i = 0; i < 4; i++) {
		static const struct { const char *bytes; size_t n; bool fine; } after[] = {
			{ "", 0, true }, { "\0\0\0", 3, true }, { "\r\n", 2, true }, { "PK\3\4", 4, false },
		};

		sb_reset(&b->in);
		sb_add(&b->in, one.p, one.n);
		sb_add(&b->in, after[i].bytes, after[i].n);
		if (after[i].fine)
			assert_int_equal(list(&b->in, 1000, &b->out, &e), 0);
		else
			is_refused(b, "The ZIP archive has something after its end that is not part of it");
	}
	sb_reset(&b->in);
	sb_add(&b->in, one.p, one.n);
	sb_add(&b->in, one.p, one.n);
	is_refused(b, "The ZIP archive has something after its end that is not part of it");
	sb_reset(&b->in);
	sb_add(&b->in, one.p, one.n);
	for (i = 0; i < 100000; i++)
		sb_char(&b->in, '\0');
	sb_str(&b->in, "<disqus>");
	is_refused(b, "The ZIP archive has something after its end that is not part of it");
	sb_free(&one);
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
	struct format_options options = noting;
	struct members *m;
	uint64_t count = 0;
	struct err e;
	char c;

	(void)state;
	m = members_open(&in, MEMBERS_ZIP, &count, &e);
	assert_non_null(m);
	assert_int_equal(members_next(m, &e), -1);
	assert_int_equal(e.kind, ERR_CRYPTO);
	members_close(m);
	u = unpack_open(&in, &disqus_format, &no_limit, &options, NULL, NULL, &e);
	assert_int_equal(unpack_next(u, &e), 1);
	assert_int_equal(input_read(unpack_input(u), &c, 1, &e), -1);
	assert_int_equal(e.kind, ERR_CRYPTO);
	unpack_close(u);
}

/* --- documents ------------------------------------------------------------------------------ */

/* A file that can be rewound. */
struct source {
	const struct sb	*file;
	size_t		 most;
	struct slow	 slow;
};

static int
source_rewind(void *ctx, struct err *e)
{
	struct source *s = ctx;

	(void)e;
	s->slow = slow_input(s->file->p, s->file->n, s->most);
	return 0;
}

/* Every document as "name:content;" into out; times: how often each is read.  0 or -1 as it ended. */
static int
documents(const struct sb *file, size_t most, const struct streams_limits *limits, int times, struct sb *out, struct err *e)
{
	struct source source = { file, most, { .most = 0 } };
	struct format_options options = noting;
	struct unpack *u;
	struct sb content;
	int more, i;

	source_rewind(&source, e);
	u = unpack_open(&source.slow.in, &disqus_format, limits, &options, source_rewind, &source, e);

	assert_non_null(u);
	sb_reset(out);
	sb_init(&content, 1 << 24);
	while ((more = unpack_next(u, e)) == 1) {
		for (i = 0; i < times && more == 1; i++) {
			if (i > 0)
				assert_int_equal(unpack_again(u, e), 0);
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
		if (documents(&b->in, pieces[i], &no_limit, times, &b->out, &e) == -1)
			fail_msg("%s", e.msg);
		assert_string_equal(sb_text(&b->out), expected);
	}
}

static void
plain_and_compressed_files_are_one_document(void **state)
{
	struct bufs *b = *state;
	size_t i;

	assert_documents(b, 1, ":;");
	sb_str(&b->in, "anything");
	assert_documents(b, 1, ":anything;");
	assert_documents(b, 2, ":anything;:anything;");
	for (i = 0; i < ARRAY_LEN(packers); i++) {
		sb_reset(&b->in);
		packers[i].pack(&b->in, DISQUS("1"), 5);
		packers[i].pack(&b->in, &DISQUS("1")[5], strlen(DISQUS("1")) - 5);
		sb_add(&b->in, "\0\0", 2);
		assert_documents(b, 2, ":" DISQUS("1") ";:" DISQUS("1") ";");
	}
}

static void
an_archive_has_a_document_for_each_export(void **state)
{
	struct bufs *b = *state;
	struct sb packed;

	sb_init(&packed, 1 << 16);
	xz(&packed, DISQUS("3"), strlen(DISQUS("3")));
	zip_text(&b->in, "readme.txt", "Dear all,\n");
	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_add(&b->in, "2.xml", DISQUS("2"), strlen(DISQUS("2")), ZIP_STORED | ZIP_DESCRIPTOR);
	zip_text(&b->in, "picture.png", "\x89PNG\r\n\x1a\n");
	zip_add(&b->in, "3.xml.xz", packed.p, packed.n, 0);
	zip_text(&b->in, "empty", "");
	zip_end(&b->in);
	notes[ISSUE_FILE_PASSED_OVER] = 0;
	assert_documents(b, 1, "1.xml:" DISQUS("1") ";2.xml:" DISQUS("2") ";3.xml.xz:" DISQUS("3") ";");
	/* Each time three others are named, in each of the sizes of pieces. */
	assert_int_equal(notes[ISSUE_FILE_PASSED_OVER], 5 * 3);
	assert_documents(b, 2, "1.xml:" DISQUS("1") ";1.xml:" DISQUS("1") ";2.xml:" DISQUS("2") ";2.xml:" DISQUS("2")
	    ";3.xml.xz:" DISQUS("3") ";3.xml.xz:" DISQUS("3") ";");
	assert_int_equal(notes[ISSUE_FILE_PASSED_OVER], 2 * 5 * 3);
	sb_free(&packed);
}

/* Archives with two exports and a note, and one export, packed once. */
enum layer { GZIP, BZIP2, XZ, ZSTD, ZIP, TAR, TAR_GZ, LAYER__MAX };

static const char *const layer_titles[LAYER__MAX] = {
	"gzip file", "bzip2 file", "xz file", "zstd file", "ZIP archive", "tar archive", "gzip file",
};

static void
wrap(struct sb *sb, enum layer layer)
{
	struct sb in;

	sb_init(&in, 1 << 24);
	sb_add(&in, sb_text(sb), sb->n);
	sb_reset(sb);
	if (layer <= ZSTD)
		packers[layer].pack(sb, in.p, in.n);
	if (layer == ZIP) {
		zip_text(sb, "note.txt", "Hello");
		zip_add(sb, "in", in.p, in.n, ZIP_DESCRIPTOR);
		zip_text(sb, "last.xml", DISQUS("9"));
		zip_end(sb);
	}
	if (layer >= TAR) {
		tar_text(sb, "note.txt", "Hello");
		tar_add(sb, "in", in.p, in.n);
		tar_text(sb, "last.xml", DISQUS("9"));
		tar_end(sb);
	}
	sb_free(&in);
	if (layer == TAR_GZ)
		wrap(sb, GZIP);
}

static void
each_packing_is_read_in_each_other_one(void **state)
{
	struct bufs *b = *state;
	struct err e;
	int outer, inner;

	for (outer = 0; outer < LAYER__MAX; outer++)
		for (inner = 0; inner < LAYER__MAX; inner++) {
			/* Of a compressed file, the tar archive in it is the same level. */
			bool inner_archive = inner >= ZIP, outer_archive = outer >= ZIP;

			sb_reset(&b->in);
			sb_str(&b->in, DISQUS("1"));
			wrap(&b->in, (enum layer)inner);
			wrap(&b->in, (enum layer)outer);
			sb_reset(&b->want);
			sb_printf(&b->want, "%s:%s;", inner_archive && outer_archive ? "in/in" : inner_archive || outer_archive ? "in" : "",
			    DISQUS("1"));
			if (inner_archive)
				sb_printf(&b->want, "%slast.xml:%s;", outer_archive ? "in/" : "", DISQUS("9"));
			if (outer_archive)
				sb_printf(&b->want, "last.xml:%s;", DISQUS("9"));
			if (documents(&b->in, 1000, &no_limit, 1, &b->out, &e) == -1)
				fail_msg("%d in %d: %s", inner, outer, e.msg);
			assert_string_equal(sb_text(&b->out), sb_text(&b->want));
			assert_int_equal(documents(&b->in, 1000, &no_limit, 2, &b->out, &e), 0);
			assert_ptr_equal(format_detect((uint8_t *)b->in.p, b->in.n, NULL, &e), &disqus_format);
		}
}

static void
is_told(struct bufs *b, enum err_kind kind, const char *sentence)
{
	struct err e = { 0 };

	assert_int_equal(documents(&b->in, 4096, &no_limit, 1, &b->out, &e), -1);
	if (e.kind != kind || strstr(e.msg, sentence) == NULL)
		fail_msg("[%s] instead of: %s", e.msg, sentence);
}

/* What stands in front of the file, read up to so many bytes before each document. */
static void
check_second(struct bufs *b, size_t size, size_t read, const char *expected)
{
	struct source source = { &b->in, 7, { .most = 0 } };
	struct format_options options = noting;
	struct unpack *u;
	char buf[100];
	struct err e;
	ssize_t got;
	int i;

	source_rewind(&source, &e);
	u = unpack_open(&source.slow.in, &disqus_format, &no_limit, &options, source_rewind, &source, &e);
	assert_int_equal(unpack_second(u, size, &e), 0);
	sb_reset(&b->out);
	assert_int_equal(unpack_next(u, &e), 1);
	for (i = 0; i < 2; i++) {
		assert_int_equal(unpack_again(u, &e), 0);
		assert_true((got = input_read_full(options.second_file, buf, read, &e)) != -1);
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
	gzip(&b->in, "<disqus/>", 9);
	check_second(b, 8, 100, "a,b\n1,2\n|<disqus/>;a,b\n1,2\n|<disqus/>;");
	check_second(b, 8, 3, "a,b|<disqus/>;a,b|<disqus/>;");
	check_second(b, 8, 0, "|<disqus/>;|<disqus/>;");
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
	sb_reset(&b->in);
	tar_text(&b->in, "a.rar", "Rar!\x1a\7\1");
	tar_end(&b->in);
	is_told(b, ERR_TYPE, "\"a.rar\" in the tar archive is a RAR archive, which is not read here. Please unpack it first");
	sb_reset(&b->in);
	sb_add(&b->in, "7z\xbc\xaf\x27\x1c\0\4", 8);
	is_told(b, ERR_TYPE, "This is a 7-Zip archive, which is not read here. Please unpack it first");
	sb_reset(&b->in);
	gzip(&b->in, "Hello", 5);
	is_told(b, ERR_INPUT, "The gzip file has no export of Disqus in it, but plain text.");
	sb_reset(&b->in);
	gzip(&b->in, "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><wp:wxr_version>", 75);
	is_told(b, ERR_INPUT, "What is in the gzip file looks like an export of WordPress (XML), not of Disqus.");
}

static void
what_is_packed_three_times_is_refused_and_named(void **state)
{
	struct bufs *b = *state;
	int i;

	for (i = 0; i < TAR; i++) {
		char sentence[200];

		sb_reset(&b->in);
		sb_str(&b->in, DISQUS("1"));
		wrap(&b->in, (enum layer)i);
		wrap(&b->in, ZIP);
		wrap(&b->in, GZIP);
		snprintf(sentence, sizeof(sentence), "\"in\" in the gzip file is packed more than twice: there is one more %s in the ZIP archive",
		    layer_titles[i]);
		is_told(b, ERR_INPUT, sentence);
		sb_reset(&b->in);
		sb_str(&b->in, DISQUS("1"));
		wrap(&b->in, (enum layer)i);
		wrap(&b->in, TAR_GZ);
		wrap(&b->in, ZIP);
		is_told(b, ERR_INPUT, "\"in/in\" in the ZIP archive is packed more than twice");
	}
	sb_reset(&b->in);
	sb_str(&b->in, DISQUS("1"));
	for (i = 0; i < 3; i++)
		wrap(&b->in, GZIP);
	is_told(b, ERR_INPUT, "This is packed more than twice: there is one more gzip file in the gzip file.");
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
	struct streams_limits limits = { .max_unpacked = 2 * strlen(DISQUS("1")) };
	struct bufs *b = *state;
	struct sb bomb;
	struct err e;
	size_t i;

	zip_text(&b->in, "1.xml", DISQUS("1"));
	zip_text(&b->in, "2.xml", DISQUS("2"));
	zip_end(&b->in);
	/* What is packed counts as well, and is larger: here by its headers. */
	assert_true(b->in.n < 300);
	limits.max_unpacked = MAX(limits.max_unpacked, (uint64_t)b->in.n);
	assert_int_equal(documents(&b->in, 4096, &limits, 3, &b->out, &e), 0);
	sb_init(&bomb, 1 << 24);
	sb_str(&bomb, DISQUS("1"));
	for (i = 0; i < 1 << 20; i++)
		sb_str(&bomb, "        ");
	limits.max_unpacked = 1 << 20;
	for (i = 0; i < 2; i++) {
		sb_reset(&b->in);
		zip_text(&b->in, "1.xml", DISQUS("1"));
		zip_add(&b->in, i == 0 ? "bomb.xml" : "note.txt", bomb.p + 100 * i, bomb.n - 100 * i, ZIP_DESCRIPTOR);
		zip_end(&b->in);
		assert_in_range(b->in.n, 1, 20000);
		assert_int_equal(documents(&b->in, 4096, &limits, 1, &b->out, &e), -1);
		assert_int_equal(e.kind, ERR_LIMIT);
		assert_string_equal(e.msg, "The file is larger than 1 MiB when it is unpacked, which is more than this site takes.");
		wrap(&b->in, XZ);
		assert_int_equal(documents(&b->in, 4096, &limits, 1, &b->out, &e), -1);
		assert_int_equal(e.kind, ERR_LIMIT);
	}
	sb_free(&bomb);
}

/* 80 MiB of blanks are some 80 kB of gzip. */
static void
the_ratio_counts_from_64_mib_on(void **state)
{
	struct streams_limits limits = { .max_unpacked = UINT64_MAX, .max_ratio = 200 };
	static char blanks[80 << 20];
	struct bufs *b = *state;
	struct err e;

	memset(blanks, ' ', sizeof(blanks));
	memcpy(blanks, DISQUS("1"), strlen(DISQUS("1")));
	gzip(&b->in, blanks, 60 << 20);
	sb_init(&b->out, 100 << 20);
	assert_int_equal(documents(&b->in, 4096, &limits, 1, &b->out, &e), 0);
	sb_reset(&b->in);
	gzip(&b->in, blanks, sizeof(blanks));
	assert_int_equal(documents(&b->in, 4096, &limits, 1, &b->out, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_string_equal(e.msg, "The file is over 200 times as large when it is unpacked, which is more than this site takes. "
	    "Please unpack it and upload what was in it.");
	limits.max_ratio = 2000;
	assert_int_equal(documents(&b->in, 4096, &limits, 1, &b->out, &e), 0);
}

/* Those of all archives, also of what is passed over. */
static void
members_are_counted(void **state)
{
	struct bufs *b = *state;
	struct err e;
	int i;

	for (i = 0; i < 9998; i++)
		tar_header(&b->in, "./folder/", 0, '5');
	tar_text(&b->in, "a.xml", DISQUS("1"));
	tar_end(&b->in);
	wrap(&b->in, ZSTD);
	assert_int_equal(documents(&b->in, 4096, &no_limit, 2, &b->out, &e), 0);
	wrap(&b->in, ZIP);
	is_told(b, ERR_LIMIT, "The tar archive has over 10,000 files in it");
}

static void
damaged_archives_end_with_a_sentence(void **state)
{
	struct bufs *b = *state;
	const struct streams_limits limits = { .max_unpacked = 1 << 20 };
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
		if (documents(&bad, 100000, &limits, 2, &b->out, &e) == -1)
			assert_true(e.msg[0] != '\0');
	}
	/* The same in tar, which is damaged more easily, and that compressed. */
	sb_reset(&b->in);
	tar_text(&b->in, "1.xml", DISQUS("1"));
	tar_add(&b->in, "3.xml.gz", packed.p, packed.n);
	tar_end(&b->in);
	for (i = 0; i < 3000; i++) {
		if (i == 1500)
			wrap(&b->in, ZSTD);
		e.msg[0] = '\0';
		damage(&random, b->in.p, b->in.n, &bad);
		if (documents(&bad, 100000, &limits, 2, &b->out, &e) == -1)
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
		TEST(tar_with_long_names_and_several_archives_in_a_row),
		TEST(what_is_no_upload_is_passed_over),
		TEST(holes_are_zero_bytes),
		TEST(names_are_fit_to_be_shown),
		TEST(what_cannot_be_read_is_said),
		TEST(what_follows_the_end_of_an_archive_is_looked_at),
		TEST(what_came_before_a_cut_comes_out),
		TEST(an_error_of_the_input_is_passed_on),
		TEST(plain_and_compressed_files_are_one_document),
		TEST(an_archive_has_a_document_for_each_export),
		TEST(each_packing_is_read_in_each_other_one),
		TEST(a_second_file_stands_in_front_of_the_first),
		TEST(archives_that_are_no_export_are_told),
		TEST(what_is_packed_three_times_is_refused_and_named),
		TEST(damage_in_an_archive_is_told_behind_what_was_whole),
		TEST(the_limit_counts_all_documents_together_and_each_once),
		TEST(the_ratio_counts_from_64_mib_on),
		TEST(members_are_counted),
		TEST(damaged_archives_end_with_a_sentence),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
