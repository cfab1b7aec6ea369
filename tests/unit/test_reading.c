/* What stands before a format: compressed files, the byte filter, the page table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zlib.h>

#include "util/rnd.h"

#include "formats/bytefilter.h"
#include "formats/decompress.h"
#include "formats/pagetable.h"

#include "unit/damage.h"
#include "unit/reading.h"

/* --- compressed files ------------------------------------------------------------------------- */

static ssize_t
decompress_all(const struct sb *in, size_t most, struct sb *out, struct err *e)
{
	struct slow slow = slow_input(sb_text(in), in->n, most);
	const struct codec *codec = decompress_codec(sb_text(in), in->n);
	struct decompress *d;
	ssize_t ret;

	sb_reset(out);
	if (codec == NULL)
		return err_set(e, ERR_TYPE, "no compressed file");
	d = decompress_open(&slow.in, codec, e);
	assert_non_null(d);
	ret = drain(decompress_input(d), most, out, e);
	if (ret == -1)		/* sticky */
		assert_int_equal(drain(decompress_input(d), most, out, e), -1);
	decompress_close(d);
	return ret;
}

static void
streams_of_each_kind_are_unpacked(void **state)
{
	static const size_t sizes[] = { 1, 2, 5, 100000 };
	struct bufs *b = *state;
	struct err e;
	size_t i, k;

	for (i = 0; i < 3000; i++)
		sb_printf(&b->want, "line %zu\n", i * i);
	for (k = 0; k < ARRAY_LEN(packers); k++) {
		sb_reset(&b->in);
		packers[k].pack(&b->in, b->want.p, 1000);
		packers[k].pack(&b->in, "", 0);
		packers[k].pack(&b->in, b->want.p + 1000, b->want.n - 1000);
		assert_string_equal(decompress_codec(b->in.p, b->in.n)->title, packers[k].title);
		for (i = 0; i < ARRAY_LEN(sizes); i++) {
			assert_int_equal(decompress_all(&b->in, sizes[i], &b->out, &e), 0);
			assert_string_equal(sb_text(&b->out), b->want.p);
		}
	}
	assert_null(decompress_codec("\x1f", 1));
	assert_null(decompress_codec("BZh9 is a name", 14));
	assert_null(decompress_codec("", 0));
	decompress_close(NULL);
}

/* Parallel compressors of zstd begin with a frame that is to be passed over. */
static void
frames_to_be_passed_over_are(void **state)
{
	struct bufs *b = *state;
	struct err e;

	sb_add(&b->in, "\x50\x2a\x4d\x18\3\0\0\0abc", 11);
	zstd(&b->in, "hello", 5);
	sb_add(&b->in, "\x5f\x2a\x4d\x18\0\0\0\0", 8);
	assert_int_equal(decompress_all(&b->in, 7, &b->out, &e), 0);
	assert_string_equal(sb_text(&b->out), "hello");
}

static void
zero_bytes_may_follow_a_stream(void **state)
{
	static const size_t counts[] = { 1, 3, 4, 510, 40000 };
	struct bufs *b = *state;
	struct err e;
	size_t i, k, n;

	for (k = 0; k < ARRAY_LEN(packers); k++)
		for (i = 0; i < ARRAY_LEN(counts); i++) {
			sb_reset(&b->in);
			packers[k].pack(&b->in, "hello", 5);
			for (n = 0; n < counts[i]; n++)
				sb_char(&b->in, '\0');
			assert_int_equal(decompress_all(&b->in, 100, &b->out, &e), 0);
			assert_string_equal(sb_text(&b->out), "hello");
			packers[k].pack(&b->in, " again", 6);
			assert_int_equal(decompress_all(&b->in, 100, &b->out, &e), 0);
			assert_string_equal(sb_text(&b->out), "hello again");
		}
}

static void
is_told(struct bufs *b, enum err_kind kind, const char *title, const char *sentence)
{
	struct err e = { 0 };
	char whole[200];

	snprintf(whole, sizeof(whole), "The %s %s", title, sentence);
	assert_int_equal(decompress_all(&b->in, 1000, &b->out, &e), -1);
	if (e.kind != kind || strstr(e.msg, whole) == NULL)
		fail_msg("[%s] instead of: %s", e.msg, whole);
	assert_true(b->out.n <= b->want.n && memcmp(sb_text(&b->out), sb_text(&b->want), b->out.n) == 0);
}

static void
what_is_wrong_with_a_stream_is_said_after_what_came_before(void **state)
{
	struct bufs *b = *state;
	size_t whole, k, i;

	/* Of bzip2, a block comes out whole. */
	for (i = 0; i < 50000; i++)
		sb_printf(&b->want, "%zu", i * 7919);
	for (k = 0; k < ARRAY_LEN(packers); k++) {
		const char *title = packers[k].title;

		sb_reset(&b->in);
		packers[k].pack(&b->in, b->want.p, b->want.n);
		whole = b->in.n;
		for (i = 1; i < 10; i++) {
			b->in.n = whole * i / 10;
			is_told(b, ERR_INPUT, title, "ends in the middle.");
			if (i > 5)
				assert_true(b->out.n > b->want.n / 4);
		}
		b->in.n = whole - 3;
		is_told(b, ERR_INPUT, title, "ends in the middle.");
		/* gzip, zstd and bzip2 end with their sum, xz with its size. */
		b->in.n = whole;
		b->in.p[whole - 3 - 3 * (k == 0)] ^= 1;
		is_told(b, ERR_INPUT, title, "is damaged.");
		assert_true(b->out.n > b->want.n / 2);
		b->in.p[whole - 3 - 3 * (k == 0)] ^= 1;
		sb_str(&b->in, "junk");
		is_told(b, ERR_INPUT, title, "has something after its end that is not part of it.");
		assert_int_equal(b->out.n, b->want.n);
		b->in.n = whole;
		packers[(k + 1) % ARRAY_LEN(packers)].pack(&b->in, "x", 1);
		is_told(b, ERR_INPUT, title, "has something after its end that is not part of it.");
	}
}

/* A dictionary of 1.5 GiB, as `xz --lzma2=dict=1536MiB` asks for; a window of 2 GiB, as `zstd --long=31` does. */
static void
dictionaries_have_a_limit(void **state)
{
	struct bufs *b = *state;
	lzma_options_lzma lzma;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &lzma }, { LZMA_VLI_UNKNOWN, NULL } };
	uint8_t buf[200];
	size_t used = 0;
	int mb;

	for (mb = 96; mb <= 1536; mb += 1440) {
		struct err e;

		assert_false(lzma_lzma_preset(&lzma, 0));
		lzma.dict_size = (uint32_t)mb << 20;
		lzma.mf = LZMA_MF_HC3;
		used = 0;
		assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, (const uint8_t *)"hello", 5, buf, &used,
		    sizeof(buf)), LZMA_OK);
		sb_reset(&b->in);
		sb_add(&b->in, (char *)buf, used);
		if (mb == 96)
			assert_int_equal(decompress_all(&b->in, 1000, &b->out, &e), 0);
		else
			is_told(b, ERR_LIMIT, "xz file", "needs more memory to be unpacked than this site gives it.");
	}
	sb_reset(&b->in);
	sb_add(&b->in, "\x28\xb5\x2f\xfd\x04\xa8\0\0\0\0\0\0", 12);
	is_told(b, ERR_LIMIT, "zstd file", "needs more memory to be unpacked than this site gives it.");
}

static void
random_damage_of_streams_does_no_harm(void **state)
{
	struct bufs *b = *state;
	uint64_t seed = damage_seed("decompress");
	struct err e;
	size_t k;
	int i;

	for (k = 0; k < ARRAY_LEN(packers); k++) {
		sb_reset(&b->in);
		sb_reset(&b->want);
		for (i = 0; i < 2000; i++)
			sb_printf(&b->want, "%d", i * 31);
		packers[k].pack(&b->in, b->want.p, b->want.n);
		for (i = 0; i < 500; i++) {
			e.msg[0] = '\0';
			damage(&seed, b->in.p, b->in.n, &b->want);
			if (decompress_all(&b->want, 4096, &b->out, &e) == -1)
				assert_true(e.msg[0] != '\0');
		}
	}
}

/* --- the byte filter --------------------------------------------------------------------- */

static void
filters(const char *in, size_t n, const char *expected, int junk, int repairs)
{
	size_t most;

	for (most = 1; most < 20; most++) {
		struct slow slow = slow_input(in, n, most);
		struct bytefilter *f;
		struct sb out;
		struct err e = { 0 };

		memset(notes, 0, sizeof(notes));
		sb_init(&out, 1 << 20);
		f = bytefilter_open(&slow.in, &noting, &e);
		if (drain(bytefilter_input(f), most, &out, &e) != 0)
			fail_msg("[%s]: %s", in, e.msg);
		if (strcmp(sb_text(&out), expected) != 0)
			fail_msg("[%s] became [%s], expected [%s], %zu at a time", in, sb_text(&out), expected, most);
		assert_int_equal(notes[ISSUE_LEADING_JUNK], junk);
		assert_int_equal(notes[ISSUE_BYTES_REPAIRED], repairs);
		bytefilter_close(f);
		sb_free(&out);
	}
}

#define FILTERS(in, expected, junk, repairs)	filters(in, sizeof(in) - 1, expected, junk, repairs)

static void
the_filter_repairs_and_leaves_the_rest_alone(void **state)
{
	(void)state;
	FILTERS("<a>x &amp; y &#8364; &#x20ac; \xe2\x82\xac \xf0\x9f\x98\x80\t\r\n</a>",
	    "<a>x &amp; y &#8364; &#x20ac; \xe2\x82\xac \xf0\x9f\x98\x80\t\r\n</a>", 0, 0);
	FILTERS("<a>1 & 2 &x &; &1; &#; &#x; &#xg; a=1&b=2 &", "<a>1 &amp; 2 &amp;x &amp;; &amp;1; &amp;#; &amp;#x; &amp;#xg; "
	    "a=1&amp;b=2 &amp;", 0, 0);
	FILTERS("<a>&#0;&#x1f;&#xD800;&#xFFFF;&#x110000;&#99999999999999;\n&#9;", "<a>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd\n&#9;", 0, 1);
	FILTERS("<a b='x&y' c=\"&amp;\">", "<a b='x&amp;y' c=\"&amp;\">", 0, 0);
	FILTERS("<a><![CDATA[x & y ]] ]]]>&<!-- & -- ] --><?p & ?x?>&",
	    "<a><![CDATA[x & y ]] ]]]>&amp;<!-- & -- ] --><?p & ?x?>&amp;", 0, 0);
	FILTERS("<a b='>&' c=\">\"><![CDATA[&]]>", "<a b='>&amp;' c=\">\"><![CDATA[&]]>", 0, 0);
	FILTERS("<a>\x01\x00\x1f\n\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbc\xef\xac\xbf\n", "<a>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbc\xef\xac\xbf\n", 0, 2);
	assert_int_equal(note_line, 2);
	FILTERS("\n<a>", "<a>", 1, 0);
	FILTERS("` <a>", "<a>", 1, 0);
	FILTERS("<?xml version='1.0' encoding='UTF-8'?><a>", "<?xml version='1.0' encoding='UTF-8'?><a>", 0, 0);
	FILTERS("<!DOCTYPE a [<!ENTITY b \"c\">]><a>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>", 0, 0);
	FILTERS("<a b='&nbsp;'>&nbsp;&lt;&apos;&AMP;", "<a b='&amp;nbsp;'>&amp;nbsp;&lt;&apos;&amp;AMP;", 0, 0);
	FILTERS("<a>]]] ]]>]</a>", "<a>]]] ]]&gt;]</a>", 0, 0);
	FILTERS("<a>1 < 2 <3 <= 4 << <</a>", "<a>1 &lt; 2 &lt;3 &lt;= 4 &lt;&lt; &lt;</a>", 0, 0);
	FILTERS("<", "<", 0, 0);
	FILTERS("<![CDA", "<![CDA", 0, 0);
}

static uint64_t ended_at, ended_line;

static void
take_end(void *ctx, uint64_t offset, uint64_t line)
{
	(void)ctx;
	ended_at = offset;
	ended_line = line;
}

/* What comes out, and where it says that something follows; 0: nothing does. */
static void
the_filter_ends_with_the_document(void **state)
{
	static const struct { const char *in; size_t n; const char *out; const char *rest; uint64_t line; } list[] = {
#define ENDS(document, rest, line) { document rest, sizeof(document rest) - 1, document, rest, line }
		ENDS("<a/>", "", 0), ENDS("<a />\n \t\r\n", "", 0), ENDS("<a><b/><b c='/>'></b></a>", "", 0),
		ENDS("<a></a>\n", "<a></a>", 2), ENDS("<?xml version='1.0'?>\n<!-- <a> -->\n<a>\n</a>", "x", 4),
		ENDS("<a></a><!-- </a><a> --><?php x ?>\n", "<?xml version='1.0'?><a/>", 2), ENDS("<a/>", "&lt;", 1),
		ENDS("<a><![CDATA[</a>]]><!--</a>--></a>", "<", 1), ENDS("<a></a>", "\xef\xbb\xbf<a/>", 1), ENDS("<a></a>", "<!-", 1),
		ENDS("<!DOCTYPE a><a></a>", "<!DOCTYPE a>", 1), ENDS("<a></a>", "{\"a\":1}", 1),
		{ "<a></a>\0\0\n\0", 11, "<a></a>\n", "", 0 },
	};
	struct bufs *b = *state;
	struct err e;
	size_t i, most;

	for (i = 0; i < ARRAY_LEN(list); i++)
		for (most = 1; most < 50; most++) {
			const struct format_options options = { .ended = take_end };
			struct slow slow = slow_input(list[i].in, list[i].n, most);
			struct bytefilter *f = bytefilter_open(&slow.in, &options, &e);

			ended_at = ended_line = 0;
			sb_reset(&b->out);
			assert_int_equal(drain(bytefilter_input(f), 100, &b->out, &e), 0);
			assert_string_equal(sb_text(&b->out), list[i].out);
			assert_int_equal(ended_line, list[i].line);
			if (list[i].line > 0)
				assert_string_equal(list[i].in + ended_at, list[i].rest);
			bytefilter_close(f);
		}
}

#define TEXT_END "]]]]><![CDATA[>"		/* ]]> as text */

static void
a_section_ends_where_its_element_does(void **state)
{
	(void)state;
	/* These are as they were. */
	FILTERS("<a><![CDATA[x]]></a>", "<a><![CDATA[x]]></a>", 0, 0);
	FILTERS("<r><w:a b='/'><![CDATA[x]]> \n</w:a\n><c/>", "<r><w:a b='/'><![CDATA[x]]> \n</w:a\n><c/>", 0, 0);
	FILTERS("<a><![CDATA[x]]" TEXT_END "y]]></a>", "<a><![CDATA[x]]" TEXT_END "y]]></a>", 0, 0);
	FILTERS("<a><![CDATA[x]]>\n<![CDATA[y]]></a>", "<a><![CDATA[x]]>\n<![CDATA[y]]></a>", 0, 0);
	FILTERS("<a><![CDATA[x]]>y &amp; <b>z</b></a>", "<a><![CDATA[x]]>y &amp; <b>z</b></a>", 0, 0);
	FILTERS("<r><a><![CDATA[x]]>y</a><a><![CDATA[z]]></a>", "<r><a><![CDATA[x]]>y</a><a><![CDATA[z]]></a>", 0, 0);
	FILTERS("<a><b/><![CDATA[x]]>y<c></c><![CDATA[z]]>&amp;</a>", "<a><b/><![CDATA[x]]>y<c></c><![CDATA[z]]>&amp;</a>", 0, 0);
	FILTERS("<r><a><![CDATA[]]></a><a ><![CDATA[]]></a >", "<r><a><![CDATA[]]></a><a ><![CDATA[]]></a >", 0, 0);
	/* Here ]]> is text. */
	FILTERS("<r><a><![CDATA[x <![CDATA[ y ]]> z ]]></a>]", "<r><a><![CDATA[x <![CDATA[ y " TEXT_END " z ]]></a>]", 0, 0);
	FILTERS("<r><a><![CDATA[x]]></b> </ab> & </a]]></a>&", "<r><a><![CDATA[x" TEXT_END "</b> </ab> & </a]]></a>&amp;", 0, 0);
	FILTERS("<a><![CDATA[]]>]]>]]></a>", "<a><![CDATA[" TEXT_END TEXT_END "]]></a>", 0, 0);
	FILTERS("<a><![CDATA[x]]>y]]> \n</a>", "<a><![CDATA[x" TEXT_END "y]]> \n</a>", 0, 0);
}

/* More than the filter looks at behind ]]>. */
static void
a_section_that_ended_with_much_text_behind_ends_with_its_element(void **state)
{
	static const char start[] = "<r><a><![CDATA[x]]>", begun[] = "<r><a><![CDATA[x" TEXT_END;
	struct bufs *b = *state;

	sb_str(&b->in, start);
	sb_str(&b->want, begun);
	for (int i = 0; i < 2000; i++) {
		sb_str(&b->in, "&<i>");
		sb_str(&b->want, "&<i>");
	}
	sb_str(&b->in, "</a>&");
	sb_str(&b->want, "]]></a>&amp;");
	filters(sb_text(&b->in), b->in.n, sb_text(&b->want), 0, 0);
}

/* What comes in between may be comments. */
static void
a_section_that_goes_on_into_the_next_element_of_its_name_is_damage(void **state)
{
	static const char *const files[] = {
		"<r>\n<a><![CDATA[x]]></b><c>y</c>\n<a><![CDATA[z]]></a>",
		"<r>\n<a><![CDATA[x]]b</a><c><![CDATA[]]></c><a ><![CDATA[z]]></a>",
	};
	struct bufs *b = *state;
	struct input_mem mem;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_LEN(files); i++) {
		const struct format_options none = { 0 };
		struct bytefilter *f;

		input_mem_init(&mem, files[i], strlen(files[i]));
		f = bytefilter_open(&mem.in, &none, &e);
		sb_reset(&b->out);
		assert_int_equal(drain(bytefilter_input(f), 100, &b->out, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_non_null(strstr(e.msg, "the text of <a> that begins on line 2 has no end"));
		assert_null(strstr(sb_text(&b->out), "z"));
		bytefilter_close(f);
	}
}

static void
the_filter_passes_over_messages_of_php(void **state)
{
	(void)state;
	FILTERS("\nWarning: x in /a.php on line 3\n<?xml version='1.0'?><a>", "<?xml version='1.0'?><a>", 1, 0);
	FILTERS("<br />\n<b>Warning</b>:  x in <b>/a.php</b> on line <b>3</b><br />\n<?xml version='1.0'?><a>",
	    "<?xml version='1.0'?><a>", 1, 0);
	FILTERS("<br><a>", "<br><a>", 0, 0);
	FILTERS("<rss><![CDATA[<?xml ?>]]>", "<rss><![CDATA[<?xml ?>]]>", 0, 0);
}

/* libxml2 needed memory for the whole of it, and time for the square of its length. */
static void
the_filter_splits_a_long_cdata_section(void **state)
{
	static const char start[] = "<a><![CDATA[", end[] = "]]></a>", split[] = "]]><![CDATA[";
	struct bufs *b = *state;
	size_t most, at, splits;

	sb_reset(&b->in);
	sb_str(&b->in, start);
	while (b->in.n < 1000000)
		sb_str(&b->in, "[\r\n]]\xe2\x82\xac]] >>");
	sb_str(&b->in, end);
	for (most = 4999; most <= 5000; most++) {
		struct slow slow = slow_input(b->in.p, b->in.n, most);
		struct bytefilter *f;
		struct err e = { 0 };
		const char *p, *next;

		sb_reset(&b->out);
		f = bytefilter_open(&slow.in, &noting, &e);
		assert_int_equal(drain(bytefilter_input(f), most, &b->out, &e), 0);
		bytefilter_close(f);
		splits = at = 0;
		for (p = sb_text(&b->out); (next = strstr(p, split)) != NULL; p = next + sizeof(split) - 1, splits++) {
			assert_true(next - p < 100 * 1024 && next[-1] != '\r');
			assert_memory_equal(p, b->in.p + at, (size_t)(next - p));
			at += (size_t)(next - p);
		}
		assert_string_equal(p, sb_text(&b->in) + at);
		assert_true(splits > 8);
	}
}

static void
refuses(const char *in, size_t n, enum err_kind kind, const char *sentence)
{
	struct input_mem mem;
	struct bytefilter *f;
	struct err e = { 0 };
	char buf[10];

	input_mem_init(&mem, in, n);
	f = bytefilter_open(&mem.in, &noting, &e);
	assert_int_equal(input_read(bytefilter_input(f), buf, sizeof(buf), &e), -1);
	assert_int_equal(e.kind, kind);
	assert_non_null(strstr(e.msg, sentence));
	assert_int_equal(input_read(bytefilter_input(f), buf, sizeof(buf), &e), -1);
	bytefilter_close(f);
}

static void
the_filter_refuses_what_is_no_xml(void **state)
{
	(void)state;
	refuses("", 0, ERR_INPUT, "empty");
	refuses("text", 4, ERR_TYPE, "not an XML file");
}

/* --- the page table ------------------------------------------------------------------------ */

static void
pages_are_found_by_key_and_name(void **state)
{
	struct pagetable_page page = { 0 };
	struct pagetable *t;
	char key[32], name[32];
	struct err e;
	int i;

	(void)state;
	assert_non_null(t = pagetable_new(&e));
	assert_false(pagetable_by_key(t, text("1"), &page));
	for (i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		snprintf(name, sizeof(name), "page-%d", i / 2);
		page = (struct pagetable_page){ .key = text(key), .name = text(name), .page_id = text(name), .url = text(key),
		    .title = text(i % 2 ? key : "T"), .position = (uint64_t)i, .deleted = i % 3 == 0 };
		assert_int_equal(pagetable_add(t, &page, &e), 0);
	}
	page.title = text("other");
	assert_int_equal(pagetable_add(t, &page, &e), 0);
	assert_true(pagetable_by_key(t, text("19999"), &page));
	assert_memory_equal(page.title.p, "19999", 5);
	assert_memory_equal(page.page_id.p, "page-9999", 9);
	assert_int_equal(page.position, 19999);
	assert_false(page.deleted);
	assert_true(pagetable_by_name(t, text("page-3"), &page));
	assert_memory_equal(page.key.p, "6", 1);
	assert_true(page.deleted);
	assert_int_equal(page.title.n, 1);
	assert_false(pagetable_by_key(t, text("20000"), &page));
	assert_false(pagetable_by_name(t, text(""), &page));
	assert_true(pagetable_first_visit(t, text("7")));
	assert_false(pagetable_first_visit(t, text("7")));
	pagetable_free(t);
	pagetable_free(NULL);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, reading_setup, reading_teardown)
	const struct CMUnitTest tests[] = {
		TEST(streams_of_each_kind_are_unpacked),
		TEST(frames_to_be_passed_over_are),
		TEST(zero_bytes_may_follow_a_stream),
		TEST(what_is_wrong_with_a_stream_is_said_after_what_came_before),
		TEST(dictionaries_have_a_limit),
		TEST(random_damage_of_streams_does_no_harm),
		TEST(the_filter_repairs_and_leaves_the_rest_alone),
		TEST(the_filter_ends_with_the_document),
		TEST(a_section_ends_where_its_element_does),
		TEST(a_section_that_ended_with_much_text_behind_ends_with_its_element),
		TEST(a_section_that_goes_on_into_the_next_element_of_its_name_is_damage),
		TEST(the_filter_passes_over_messages_of_php),
		TEST(the_filter_splits_a_long_cdata_section),
		TEST(the_filter_refuses_what_is_no_xml),
		TEST(pages_are_found_by_key_and_name),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
