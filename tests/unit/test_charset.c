/* Encodings: every label, whatever is decided and when, in pieces of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"
#include "util/utf8.h"

#include "formats/charset.h"

#include "unit/damage.h"
#include "unit/reading.h"

#define CHUNK		(32 * 1024)
#define ASCII_ALL	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
#define HEAD(label)	"<?xml version=\"1.0\" encoding=\"" label "\"?>"
#define BAD		"\xef\xbf\xbd"

/* A document, whose reading can begin again. */
struct source {
	struct input	 in;
	struct input_mem mem;
	const struct sb	*bytes;
	size_t		 most;		/* at once; 0: by chance, up to 1,000 */
	int		 rewinds;
	bool		 breaks;	/* fails at its end */
};

static uint64_t seed;

static ssize_t
source_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct source *s = (struct source *)in;

	if (s->breaks && s->mem.n == 0)
		return err_set(e, ERR_INPUT, "It breaks.");
	return input_read(&s->mem.in, buf, MIN(n, s->most > 0 ? s->most : 1 + damage_random(&seed) % 1000), e);
}

static int
source_rewind(void *ctx, struct err *e)
{
	struct source *s = ctx;

	(void)e;
	s->rewinds++;
	input_mem_init(&s->mem, sb_text(s->bytes), s->bytes->n);
	return 0;
}

static struct source
source_of(const struct sb *bytes, size_t most)
{
	struct source s = { .in = { source_read }, .bytes = bytes, .most = most };

	input_mem_init(&s.mem, sb_text(bytes), bytes->n);
	return s;
}

/* Reads all of it; how it ended, and with how many rewinds. */
static int
decode(const struct sb *bytes, size_t most, struct sb *out, int *rewinds, struct err *e)
{
	struct source s = source_of(bytes, most);
	struct charset *cs = charset_open(&s.in, true, &noting, source_rewind, &s, e);
	int ret;

	memset(notes, 0, sizeof(notes));
	note_line = 0;
	sb_reset(out);
	assert_non_null(cs);
	ret = (int)drain(charset_input(cs), most == 0 ? 997 : most, out, e);
	charset_close(cs);
	*rewinds = s.rewinds;
	return ret;
}

static int rewinds_of_last;

/* What b->in becomes, whatever the size of the pieces; b->want is what is expected. */
static void
becomes_wanted(struct bufs *b)
{
	static const size_t sizes[] = { SIZE_MAX, 1, 2, 3, 5, 7, 1000, 0 };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		if (sizes[i] < 7 && sizes[i] > 0 && b->in.n > 10000)
			continue;
		if (decode(&b->in, sizes[i], &b->out, &rewinds_of_last, &e) == -1)
			fail_msg("[%.100s]: %s", sb_text(&b->in), e.msg);
		if (b->out.n != b->want.n || memcmp(sb_text(&b->out), sb_text(&b->want), b->out.n) != 0)
			fail_msg("[%.200s] became [%.200s], expected [%.200s], %zu at a time", sb_text(&b->in), sb_text(&b->out),
			    sb_text(&b->want), sizes[i]);
	}
}

static void
becomes(struct bufs *b, const char *in, size_t n, const char *expected)
{
	sb_reset(&b->in);
	sb_add(&b->in, in, n);
	sb_reset(&b->want);
	sb_str(&b->want, expected);
	becomes_wanted(b);
}

#define BECOMES(in, expected)	becomes(b, in, sizeof(in) - 1, expected)

static void
refuses(struct bufs *b, const char *in, size_t n, const char *sentence)
{
	struct err e = { 0 };
	int rewinds;

	sb_reset(&b->in);
	sb_add(&b->in, in, n);
	assert_int_equal(decode(&b->in, 7, &b->out, &rewinds, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(b->out.n, 0);
	if (strstr(e.msg, sentence) == NULL || strstr(e.msg, "save it as UTF-8") == NULL)
		fail_msg("[%s] is refused: %s", in, e.msg);
}

#define REFUSES(in, sentence)	refuses(b, in, sizeof(in) - 1, sentence)

/* --- labels ------------------------------------------------------------------------------------ */

/* The labels of the WHATWG Encoding Standard, 4.2; the samples are Python's. */
static const struct {
	const char	*labels, *bytes, *text;
} samples[] = {
	{ "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
	    "\xa3\xf3" "d\xbc, Gr\xfc\xdf" "e, \xbelu\xbbou\xe8k\xfd",
	    "Łódź, Grüße, žluťoučký" },
	{ "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
	    "\xc6iuj \xf8ojas \xfei \xfd",
	    "Ĉiuj ĝojas ŝi ŭ" },
	{ "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
	    "\xabirts \xba" "da \xf3",
	    "Ģirts ēda ķ" },
	{ "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
	    "\xbf\xe0\xd8\xd2\xd5\xe2, \xdc\xd8\xe0",
	    "Привет, мир" },
	{ "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
	    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
	    "\xe5\xd1\xcd\xc8\xc7",
	    "مرحبا" },
	{ "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
	    "iso_8859-7:1987 sun_eu_greek",
	    "\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1",
	    "Καλημέρα" },
	{ "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
	    "iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
	    "\xf9\xec\xe5\xed \xf2\xe5\xec\xed",
	    "שלום עולם" },
	{ "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
	    "\xde\xf3r, \xa6\xb2ni\xf1\xba",
	    "Þór, Ķēniņš" },
	{ "iso-8859-13 iso8859-13 iso885913",
	    "\xde\xe0sys \xa5\xeb" "da\xb4",
	    "Žąsys „ėda“" },
	{ "iso-8859-14 iso8859-14 iso885914",
	    "\xd0yn \xfe \xa1",
	    "Ŵyn ŷ Ḃ" },
	{ "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
	    "\xbcuvre \xe0 5 \xa4, \xa6\xb8",
	    "Œuvre à 5 €, Šž" },
	{ "iso-8859-16",
	    "\xaatefan \xfe" "ar\xe3 \xa5" "da\xb5",
	    "Ștefan țară „da”" },
	{ "cskoi8r koi koi8 koi8-r koi8_r",
	    "\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xc9\xd2",
	    "Привет, мир" },
	{ "koi8-ru koi8-u",
	    "\xb7\xd6\xc1\xcb \xad\xc1\xce\xcf\xcb",
	    "Їжак ґанок" },
	{ "csmacintosh mac macintosh x-mac-roman",
	    "Caf\x8e \xd2na\x95ve\xd3 \xd0 \xaa",
	    "Café “naïve” – ™" },
	{ "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
	    "\xca\xc7\xd1\xca\xb4\xd5",
	    "สวัสดี" },
	{ "cp1250 windows-1250 x-cp1250",
	    "\xa3\xf3" "d\x9f \x84tak\x94 \x96 \x9e",
	    "Łódź „tak” – ž" },
	{ "cp1251 windows-1251 x-cp1251",
	    "\xcf\xf0\xe8\xe2\xe5\xf2, \xab\xec\xe8\xf0\xbb \xb9",
	    "Привет, «мир» №" },
	{ "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
	    "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
	    "Caf\xe9 \x93na\xefve\x94 \x96 \x80",
	    "Café “naïve” – €" },
	{ "cp1253 windows-1253 x-cp1253",
	    "\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1 \x96 \x80",
	    "Καλημέρα – €" },
	{ "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
	    "windows-1254 x-cp1254",
	    "\xddyi g\xfcnler, \xfe" "eker \x96 \xf0",
	    "İyi günler, şeker – ğ" },
	{ "cp1255 windows-1255 x-cp1255",
	    "\xf9\xec\xe5\xed \x96 \xa4",
	    "שלום – ₪" },
	{ "cp1256 windows-1256 x-cp1256",
	    "\xe3\xd1\xcd\xc8\xc7 \x81\x8d",
	    "مرحبا پچ" },
	{ "cp1257 windows-1257 x-cp1257",
	    "\xde\xe0sys \x84\xeb" "da\x93 \x80",
	    "Žąsys „ėda“ €" },
	{ "cp1258 windows-1258 x-cp1258",
	    "\xd0\xfdng \xf5n \xfe",
	    "Đưng ơn ₫" },
	{ "x-mac-cyrillic x-mac-ukrainian",
	    "\x8f\xf0\xe8\xe2\xe5\xf2, \xc7\xec\xe8\xf0\xc8 \xdc",
	    "Привет, «мир» №" },
	{ "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030",
	    "\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7 \xa2\xe3 \x81" "9\xee" "9 \x94" "9\xfc" "6",
	    "你好，世界 € 㐀 😀" },
	{ "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
	    "\xa7" "A\xa6n\xa1" "A\xa5@\xac\xc9 \xb3\\\xa5\\\xbb\\",
	    "你好，世界 許功蓋" },
	{ "cseucpkdfmtjapanese euc-jp x-euc-jp",
	    "\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf\xa1\xa2\xc0\xa4\xb3\xa6\xa1\xa3\xc9\xbd \x8e\xb1",
	    "こんにちは、世界。表 ｱ" },
	{ "csiso2022jp iso-2022-jp",
	    "\x1b$B$3$s$K$A$O!\"@$3&\x1b(B",
	    "こんにちは、世界" },
	{ "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
	    "\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81" "A\x90\xa2\x8a" "E\x81" "B\x83\\\x95\\\x94\\ \x87@ \xb1",
	    "こんにちは、世界。ソ表能 ① ｱ" },
	{ "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
	    "windows-949",
	    "\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4 \x8c" "c\xb9\xe6\xb0\xa2\xc7\xcf",
	    "안녕하세요 똠방각하" },
	{ "866 cp866 csibm866 ibm866",
	    "\x8f\xe0\xa8\xa2\xa5\xe2, \xac\xa8\xe0",
	    "Привет, мир" },
};

/* A document of at least n bytes, and what it is as UTF-8. */
static void
make(struct bufs *b, const char *label, size_t label_n, const char *bytes, const char *text, size_t n)
{
	sb_reset(&b->in);
	sb_reset(&b->want);
	sb_printf(&b->in, "<?xml version='1.0' encoding = '%.*s' ?>\n", (int)label_n, label);
	sb_str(&b->want, sb_text(&b->in));
	do {
		sb_printf(&b->in, "%s%s\n", bytes, ASCII_ALL);
		sb_printf(&b->want, "%s%s\n", text, ASCII_ALL);
	} while (b->in.n < n);
}

static void
every_label_is_read(void **state)
{
	struct bufs *b = *state;
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(samples); i++) {
		const char *label = samples[i].labels;

		for (; *label != '\0'; label += n + (label[n] == ' ')) {
			n = strcspn(label, " ");
			make(b, label, n, samples[i].bytes, samples[i].text, 0);
			becomes_wanted(b);
			assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 0);
			assert_int_equal(notes[ISSUE_READ_AS_UTF8], 0);
			assert_int_equal(notes[ISSUE_READ_AS_WINDOWS_1252], 0);
		}
	}
	BECOMES(HEAD("Windows-1251") "\xcf\xf0", HEAD("Windows-1251") "Пр");
}

static void
long_documents_are_read_in_pieces_of_any_size(void **state)
{
	struct bufs *b = *state;
	size_t i;

	seed = damage_seed("charset");
	for (i = 0; i < ARRAY_LEN(samples); i++) {
		make(b, samples[i].labels, strcspn(samples[i].labels, " "), samples[i].bytes, samples[i].text, 3 * CHUNK);
		becomes_wanted(b);
	}
}

static void
converters_may_be_opened_before(void **state)
{
	charset_prepare();
	every_label_is_read(state);
	long_documents_are_read_in_pieces_of_any_size(state);
}

static void
other_labels_are_refused_by_name(void **state)
{
	struct bufs *b = *state;

	REFUSES(HEAD("x-user-defined") "<a/>", "\"x-user-defined\"");
	REFUSES(HEAD("hz-gb-2312") "<a>~{VPND~}</a>", "\"hz-gb-2312\"");
	REFUSES(HEAD("ISO-2022-KR") "\x1b$)C<a/>", "\"ISO-2022-KR\"");
	REFUSES(HEAD("klingon") "<a>\xe9\xc3\xa9</a>", "\"klingon\"");
	REFUSES(HEAD("\x01\xff-----------------------------------------------------------") "<a/>",
	    "\"?\?--------------------------------------\"");
	/* Saved as UTF-8, as the sentence says, but still with its old declaration. */
	BECOMES(HEAD("klingon") "<a>\xc3\xa9</a>", HEAD("klingon") "<a>é</a>");
	assert_int_equal(notes[ISSUE_READ_AS_UTF8], 1);
}

/* --- marks ------------------------------------------------------------------------------------------- */

/* text (UTF-8 without characters beyond U+FFFF but for one pair, which is given) as UTF-16. */
static void
put_utf16(struct sb *sb, bool little, const uint16_t *units, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		sb_char(sb, (char)(little ? units[i] & 0xff : units[i] >> 8));
		sb_char(sb, (char)(little ? units[i] >> 8 : units[i] & 0xff));
	}
}

static void
utf16_is_told_by_its_mark_and_by_nul_bytes(void **state)
{
	static const uint16_t units[] = { 0xfeff, '{', '"', 'a', '"', ':', '\n', 0x0a0d, 0xe9, 0x20ac, 0xd83d, 0xde00, '}' };
	struct bufs *b = *state;
	int little, mark;

	for (little = 0; little < 2; little++) {
		for (mark = 0; mark < 2; mark++) {
			sb_reset(&b->in);
			put_utf16(&b->in, little, units + !mark, ARRAY_LEN(units) - !mark);
			sb_reset(&b->want);
			sb_str(&b->want, "{\"a\":\n\xe0\xa8\x8dé€😀}");
			becomes_wanted(b);
			assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 0);
			assert_int_equal(rewinds_of_last, 0);
		}
	}
	BECOMES("\xff\xfe" "a\0\n\0\x3d\xd8" "b\0\n\0c", "a\n" BAD "b\n" BAD);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 2);
	assert_int_equal(note_line, 3);
	BECOMES("\xff\xfe", "");
	/* What can be read as it stands is not UTF-16. */
	BECOMES(HEAD("utf-16") "<a>\xc3\xa9</a>", HEAD("utf-16") "<a>é</a>");
	assert_int_equal(notes[ISSUE_READ_AS_UTF8], 0);
}

static void
utf16_of_many_chunks_is_read(void **state)
{
	static const uint16_t units[] = { 'x', 0xd83d, 0xde00, 0x20ac, '\n' };
	struct bufs *b = *state;

	sb_str(&b->in, "\xff\xfe");
	while (b->in.n < 3 * CHUNK) {
		put_utf16(&b->in, true, units, ARRAY_LEN(units));
		sb_str(&b->want, "x😀€\n");
	}
	becomes_wanted(b);
}

static void
a_mark_of_utf8_is_passed_over(void **state)
{
	struct bufs *b = *state;

	BECOMES("\xef\xbb\xbf" "a\xc3\xa9", "aé");
	assert_int_equal(rewinds_of_last, 0);
	BECOMES("\xef\xbb\xbf" HEAD("koi8-r") "\xc3\xa9", HEAD("koi8-r") "é");
	BECOMES("\xef\xbb\xbf", "");
	BECOMES("\xef\xbb\xbf" "a\n\xe9\n\xe9", "a\né\né");
	assert_int_equal(note_line, 2);
	BECOMES("", "");
}

static void
utf32_is_refused_by_name(void **state)
{
	struct bufs *b = *state;

	REFUSES("\xff\xfe\0\0<\0\0\0", "UTF-32");
	REFUSES("\0\0\xfe\xff\0\0\0<", "UTF-32");
	REFUSES("<\0\0\0a\0\0\0", "UTF-32");
	REFUSES("\0\0\0<\0\0\0a", "UTF-32");
}

/* --- decisions ------------------------------------------------------------------------------------------ */

static void
clean_documents_are_read_once(void **state)
{
	struct bufs *b = *state;

	BECOMES("plain", "plain");
	assert_int_equal(rewinds_of_last, 0);
	while (b->in.n < 3 * CHUNK)
		sb_str(&b->in, "a é € 😀\n");
	sb_reset(&b->want);
	sb_add(&b->want, b->in.p, b->in.n);
	becomes_wanted(b);
	assert_int_equal(rewinds_of_last, 0);
	BECOMES(HEAD("windows-1251") "<a>plain</a>", HEAD("windows-1251") "<a>plain</a>");
	assert_int_equal(rewinds_of_last, 0);
}

static void
bytes_that_are_no_utf8_are_windows_1252(void **state)
{
	struct bufs *b = *state;

	BECOMES("{\"a\":\n\"caf\xe9 \x80 \x93x\x94\"}", "{\"a\":\n\"café € “x”\"}");
	assert_int_equal(notes[ISSUE_READ_AS_WINDOWS_1252], 1);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 0);
	assert_int_equal(note_line, 2);
	assert_int_equal(rewinds_of_last, 1);
	/* Windows-1252 leaves five bytes undefined. */
	BECOMES("\xe9\n\x81\x8d\n\x8f\x90\x9d", "é\n" BAD BAD "\n" BAD BAD BAD);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 5);
	assert_int_equal(note_line, 3);
	/* The last byte of all might begin a character of UTF-8. */
	BECOMES("a,caf\xe9", "a,café");
	BECOMES(HEAD("utf-8") "\xfc", HEAD("utf-8") "ü");
}

/* So many characters of UTF-8, then so many bytes that are none. */
static void
mix(struct bufs *b, int good, int bad, bool western)
{
	int i;

	sb_reset(&b->in);
	sb_reset(&b->want);
	for (i = 0; i < good; i++) {
		sb_str(&b->in, "\xc3\xa9\n");
		sb_str(&b->want, "é\n");
	}
	for (i = 0; i < bad; i++) {
		sb_str(&b->in, "\xe9\n");
		sb_str(&b->want, western ? "é\n" : BAD "\n");
	}
	becomes_wanted(b);
	assert_int_equal(notes[ISSUE_READ_AS_WINDOWS_1252], western);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], western ? 0 : bad);
	assert_int_equal(note_line, western ? good + 1 : good + bad);
}

static void
what_is_rarely_utf8_is_windows_1252_and_else_each_bad_byte_is_replaced(void **state)
{
	struct bufs *b = *state;

	mix(b, 1, 19, false);
	mix(b, 1, 20, true);
	mix(b, 1000, 19001, true);
	mix(b, 1000, 19000, false);
	mix(b, 100000, 1, false);
	/* 1 in 20 cannot be told of fewer. */
	mix(b, 0, 1, true);
	mix(b, 1, 1, false);
	mix(b, 1, 2, true);
	mix(b, 9, 10, true);
}

static void
a_character_that_is_cut_off_at_the_end_is_replaced(void **state)
{
	struct bufs *b = *state;

	BECOMES("é\xe2\x82", "é" BAD BAD);
	assert_int_equal(notes[ISSUE_READ_AS_WINDOWS_1252], 0);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 2);
	BECOMES(HEAD("iso-8859-2") "é\xf0\x9f\x98", HEAD("iso-8859-2") "é" BAD BAD BAD);
	assert_int_equal(notes[ISSUE_READ_AS_UTF8], 1);
	BECOMES(HEAD("shift_jis") "\x82\xb1\x82", HEAD("shift_jis") "こ" BAD);
	BECOMES(HEAD("gb18030") "\xc4\xe3\x94\x39\xda", HEAD("gb18030") "你" BAD);
	BECOMES(HEAD("euc-jp") "\x8f\xb0", HEAD("euc-jp") BAD);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 1);
}

static void
what_a_declared_encoding_does_not_have_is_replaced(void **state)
{
	struct bufs *b = *state;

	BECOMES(HEAD("windows-1253") "\n\xca\xd2\xca", HEAD("windows-1253") "\nΚ" BAD "Κ");
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 1);
	assert_int_equal(note_line, 2);
	/* The characters behind are paired rightly. */
	BECOMES(HEAD("euc-kr") "\xbe\xc8\xfe\xfe\xb3\xe7", HEAD("euc-kr") "안" BAD "녕");
	BECOMES(HEAD("shift_jis") "\x82<b>", HEAD("shift_jis") BAD "<b>");
	/* ISO-2022-JP has no byte above ASCII. */
	BECOMES(HEAD("iso-2022-jp") "\x1b$B$3\x1b(B\xe9", HEAD("iso-2022-jp") "こ" BAD);
	BECOMES(HEAD("iso-2022-jp") "\x1b(I1\x1b(B", HEAD("iso-2022-jp") "ｱ");
}

static void
utf8_wins_over_what_is_declared(void **state)
{
	static const char *const labels[] = { "iso-8859-2", "latin1", "us-ascii", "shift_jis", "gbk", "big5", "euc-kr", "iso-2022-jp" };
	struct bufs *b = *state;
	char in[100];
	size_t i;

	for (i = 0; i < ARRAY_LEN(labels); i++) {
		snprintf(in, sizeof(in), HEAD("%s") "\n\n<a>żółć</a>", labels[i]);
		becomes(b, in, strlen(in), in);
		assert_int_equal(notes[ISSUE_READ_AS_UTF8], 1);
		assert_int_equal(note_line, 3);
		assert_int_equal(rewinds_of_last, 1);
	}
	BECOMES(HEAD("iso-8859-2") "\xc5\xbc \xbf", HEAD("iso-8859-2") "Ĺź ż");
	assert_int_equal(notes[ISSUE_READ_AS_UTF8], 0);
}

/* WordPress writes UTF-8 into files that it declares so. */
static void
a_western_document_keeps_what_is_utf8_in_it(void **state)
{
	struct bufs *b = *state;

	BECOMES(HEAD("ISO-8859-1") "\xe9 \xc3\xa9 \x80\x92 \xff", HEAD("ISO-8859-1") "é é €’ ÿ");
	assert_int_equal(notes[ISSUE_READ_AS_UTF8] + notes[ISSUE_READ_AS_WINDOWS_1252] + notes[ISSUE_BYTES_REPAIRED], 0);
}

static void
surrogates_of_three_bytes_are_one_character(void **state)
{
	struct bufs *b = *state;

	BECOMES("\xed\xa0\xbd\xed\xb8\x80", "😀");
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED] + notes[ISSUE_READ_AS_WINDOWS_1252], 0);
	BECOMES("\xed\xa0\xbd\xed\xb8\x80\xed\xb8\x80\n\xed\xa0\xbd", "😀" BAD "\n" BAD);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 2);
	assert_int_equal(note_line, 2);
}

/* A place that lies behind what was given out already, in another chunk. */
static void
what_was_given_out_does_not_come_twice(void **state)
{
	struct bufs *b = *state;
	int lines = 0;

	while (b->in.n < 2 * CHUNK + 77) {
		sb_str(&b->in, "line é\n");
		lines++;
	}
	sb_add(&b->want, b->in.p, b->in.n);
	sb_str(&b->in, "\xff\n\xff\n");
	sb_str(&b->want, BAD "\n" BAD "\n");
	becomes_wanted(b);
	assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 2);
	assert_int_equal(note_line, lines + 2);
	assert_int_equal(rewinds_of_last, 1);
}

/* --- readers that begin again, and other documents ------------------------------------------------------------- */

static void
a_document_comes_again_without_its_reports(void **state)
{
	struct bufs *b = *state;
	struct err e = { 0 };
	struct source s;
	struct charset *cs;
	size_t cut;

	sb_str(&b->in, "a\n\xc3\xa9\xc3\xa9\n\xff\nb\xff");
	/* The reader begins again when it has read so much. */
	for (cut = 0; cut < 20; cut++) {
		char buf[64];

		s = source_of(&b->in, 3);
		memset(notes, 0, sizeof(notes));
		cs = charset_open(&s.in, false, &noting, source_rewind, &s, &e);
		if (cut > 0)
			assert_in_range(input_read_full(charset_input(cs), buf, cut, &e), 1, cut);
		source_rewind(&s, NULL);
		charset_again(cs);
		sb_reset(&b->out);
		assert_int_equal(drain(charset_input(cs), 2, &b->out, &e), 0);
		assert_string_equal(sb_text(&b->out), "a\néé\n" BAD "\nb" BAD);
		assert_int_equal(notes[ISSUE_BYTES_REPAIRED], 2);
		charset_close(cs);
	}
}

static void
each_document_is_decided_by_itself(void **state)
{
	struct bufs *b = *state;
	struct err e = { 0 };
	struct charset *cs;
	struct source s;
	int i;

	memset(notes, 0, sizeof(notes));
	sb_str(&b->in, HEAD("windows-1251") "\xcf");
	sb_str(&b->want, "\xe9");
	s = source_of(&b->in, 5);
	cs = charset_open(&s.in, true, &noting, source_rewind, &s, &e);
	for (i = 0; i < 2; i++) {
		s.bytes = &b->in;
		source_rewind(&s, NULL);
		charset_next(cs);
		sb_reset(&b->out);
		assert_int_equal(drain(charset_input(cs), 5, &b->out, &e), 0);
		assert_string_equal(sb_text(&b->out), HEAD("windows-1251") "П");
		s.bytes = &b->want;
		source_rewind(&s, NULL);
		charset_next(cs);
		sb_reset(&b->out);
		assert_int_equal(drain(charset_input(cs), 5, &b->out, &e), 0);
		assert_string_equal(sb_text(&b->out), "é");
		assert_int_equal(notes[ISSUE_READ_AS_WINDOWS_1252], i + 1);
	}
	charset_close(cs);
	charset_close(NULL);
}

static void
a_failure_below_comes_behind_what_could_be_read(void **state)
{
	struct bufs *b = *state;
	struct err e = { 0 };
	struct charset *cs;
	struct source s;

	sb_str(&b->in, "caf\xe9");
	s = source_of(&b->in, 2);
	s.breaks = true;
	cs = charset_open(&s.in, true, &noting, source_rewind, &s, &e);
	assert_int_equal(drain(charset_input(cs), 3, &b->out, &e), -1);
	assert_string_equal(e.msg, "It breaks.");
	assert_string_equal(sb_text(&b->out), "café");
	assert_int_equal(drain(charset_input(cs), 3, &b->out, &e), -1);
	charset_close(cs);
}

static int
gone(void *ctx, struct err *e)
{
	(void)ctx;
	return err_set(e, ERR_CLIENT_GONE, "gone");
}

static void
what_cannot_be_rewound_fails(void **state)
{
	struct bufs *b = *state;
	struct err e = { 0 };
	struct charset *cs;
	struct source s;

	sb_str(&b->in, "ab\xe9");
	s = source_of(&b->in, 2);
	cs = charset_open(&s.in, true, &noting, gone, NULL, &e);
	assert_int_equal(drain(charset_input(cs), 3, &b->out, &e), -1);
	assert_int_equal(e.kind, ERR_CLIENT_GONE);
	charset_close(cs);
}

/* --- beginnings ------------------------------------------------------------------------------------------------ */

static void
head_becomes(const char *in, size_t n, const char *expected, size_t expected_n)
{
	uint8_t *buf = malloc(FORMAT_HEAD_SIZE);
	const uint8_t *head = charset_head((const uint8_t *)in, &n, buf);

	assert_int_equal(n, expected_n);
	assert_memory_equal(head, expected, n);
	free(buf);
}

#define HEAD_BECOMES(in, expected)	head_becomes(in, sizeof(in) - 1, expected, sizeof(expected) - 1)

static void
a_beginning_is_decoded_for_sniffing(void **state)
{
	struct bufs *b = *state;
	uint8_t *buf = malloc(FORMAT_HEAD_SIZE);
	size_t n;

	HEAD_BECOMES("plain \xe9", "plain \xe9");
	HEAD_BECOMES("\xef\xbb\xbf{}", "{}");
	HEAD_BECOMES("\xff\xfe{\0\xe9\0}\0", "{é}");
	HEAD_BECOMES(HEAD("windows-1251") "\xcf\xf0", HEAD("windows-1251") "Пр");
	HEAD_BECOMES(HEAD("klingon") "\xcf\xf0", HEAD("klingon") "\xcf\xf0");
	HEAD_BECOMES("\xff\xfe\0\0<\0\0", "\xff\xfe\0\0<\0\0");
	HEAD_BECOMES("", "");
	/* More than there is room for, and cut within a character. */
	sb_str(&b->in, "\xff\xfe");
	while (b->in.n < FORMAT_HEAD_SIZE)
		sb_add(&b->in, "\xac\x20", 2);
	n = FORMAT_HEAD_SIZE;
	assert_ptr_equal(charset_head((const uint8_t *)b->in.p, &n, buf), buf);
	assert_int_equal(n, FORMAT_HEAD_SIZE);
	assert_memory_equal(buf, "€€€", 9);
	free(buf);
}

/* Whatever comes in, UTF-8 comes out, the same in pieces of any size. */
static void
random_damage_gives_utf8(void **state)
{
	struct bufs *b = *state;
	struct err e = { 0 };
	int round, rewinds, one, two;
	struct sb other;
	size_t i;

	seed = damage_seed("charset");
	sb_init(&other, 1 << 20);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < ARRAY_LEN(samples); i++) {
			make(b, samples[i].labels, strcspn(samples[i].labels, " "), samples[i].bytes, samples[i].text, 300);
			damage(&seed, b->in.p, b->in.n, &b->want);
			one = decode(&b->want, SIZE_MAX, &b->out, &rewinds, &e);
			two = decode(&b->want, 0, &other, &rewinds, &e);
			assert_int_equal(one, two);
			assert_int_equal(b->out.n, other.n);
			assert_memory_equal(sb_text(&b->out), sb_text(&other), other.n);
			assert_true(utf8_valid(sb_text(&other), other.n));
		}
	}
	sb_free(&other);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, reading_setup, reading_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_label_is_read),
		TEST(long_documents_are_read_in_pieces_of_any_size),
		TEST(other_labels_are_refused_by_name),
		TEST(utf16_is_told_by_its_mark_and_by_nul_bytes),
		TEST(utf16_of_many_chunks_is_read),
		TEST(a_mark_of_utf8_is_passed_over),
		TEST(utf32_is_refused_by_name),
		TEST(clean_documents_are_read_once),
		TEST(bytes_that_are_no_utf8_are_windows_1252),
		TEST(what_is_rarely_utf8_is_windows_1252_and_else_each_bad_byte_is_replaced),
		TEST(a_character_that_is_cut_off_at_the_end_is_replaced),
		TEST(what_a_declared_encoding_does_not_have_is_replaced),
		TEST(utf8_wins_over_what_is_declared),
		TEST(a_western_document_keeps_what_is_utf8_in_it),
		TEST(surrogates_of_three_bytes_are_one_character),
		TEST(what_was_given_out_does_not_come_twice),
		TEST(a_document_comes_again_without_its_reports),
		TEST(each_document_is_decided_by_itself),
		TEST(a_failure_below_comes_behind_what_could_be_read),
		TEST(what_cannot_be_rewound_fails),
		TEST(a_beginning_is_decoded_for_sniffing),
		TEST(random_damage_gives_utf8),
		TEST(converters_may_be_opened_before),
	};

	return rnd_init(NULL) == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
