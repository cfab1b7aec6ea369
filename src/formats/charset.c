#include "formats/charset.h"

#include <iconv.h>
#include <strings.h>

#include "util/utf8.h"

#include "formats/bytefilter.h"

#define CHUNK		(32 * 1024)
#define GROWTH		3		/* one byte gives at most these: U+FFFD */
#define PENDING		64		/* what a converter may have kept back until the end */
#define UNDECIDED_MAX	6		/* bytes that tell whether they begin a character: two surrogates */
#define LABEL_SHOWN	40
#define REPLACEMENT	"\xef\xbf\xbd"
#define RARE		20		/* fewer than 1 in these is UTF-8: the document is not */

/* --- the encodings ------------------------------------------------------------------------ */

struct encoding {
	const char	*iconv;		/* glibc's name; NULL: UTF-8, which needs no converter */
	const char	*labels;	/* of the standard, with a blank between them */
	bool		 wide;		/* a character may have several bytes, all above ASCII */
};

enum { UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252 };	/* the first rows */

static const struct encoding encodings[] = {
	[UTF_8] = { NULL, "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8", false },
	[UTF_16LE] = { "UTF-16LE", "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le", false },
	[UTF_16BE] = { "UTF-16BE", "unicodefffe utf-16be", false },
	[WINDOWS_1252] = { "CP1252", "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 "
	    "iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252", false },
	{ "IBM866", "866 cp866 csibm866 ibm866", false },
	{ "ISO-8859-2", "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2", false },
	{ "ISO-8859-3", "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3", false },
	{ "ISO-8859-4", "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4", false },
	{ "ISO-8859-5", "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 "
	    "iso_8859-5:1988", false },
	{ "ISO-8859-6", "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
	    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987", false },
	{ "ISO-8859-7", "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
	    "iso_8859-7:1987 sun_eu_greek", false },
	/* ISO-8859-8 and ISO-8859-8-I differ in the order that characters are shown in, not in the characters. */
	{ "ISO-8859-8", "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
	    "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical", false },
	{ "ISO-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6", false },
	{ "ISO-8859-13", "iso-8859-13 iso8859-13 iso885913", false },
	{ "ISO-8859-14", "iso-8859-14 iso8859-14 iso885914", false },
	{ "ISO-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9", false },
	{ "ISO-8859-16", "iso-8859-16", false },
	{ "KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r", false },
	{ "KOI8-U", "koi8-ru koi8-u", false },
	{ "MACINTOSH", "csmacintosh mac macintosh x-mac-roman", false },
	{ "CP874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874", false },
	{ "CP1250", "cp1250 windows-1250 x-cp1250", false },
	{ "CP1251", "cp1251 windows-1251 x-cp1251", false },
	{ "CP1253", "cp1253 windows-1253 x-cp1253", false },
	{ "CP1254", "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
	    "windows-1254 x-cp1254", false },
	{ "CP1255", "cp1255 windows-1255 x-cp1255", false },
	{ "CP1256", "cp1256 windows-1256 x-cp1256", false },
	{ "CP1257", "cp1257 windows-1257 x-cp1257", false },
	{ "CP1258", "cp1258 windows-1258 x-cp1258", false },
	{ "MAC-UK", "x-mac-cyrillic x-mac-ukrainian", false },
	/* In the standard, the decoder of GBK is that of GB18030. */
	{ "GB18030", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030", true },
	{ "BIG5-HKSCS", "big5 big5-hkscs cn-big5 csbig5 x-x-big5", true },
	/* With the characters of NEC and IBM, as the standard has them. */
	{ "EUC-JP-MS", "cseucpkdfmtjapanese euc-jp x-euc-jp", true },
	/* With the half-width katakana that the standard has and glibc's ISO-2022-JP has not. */
	{ "ISO-2022-JP-3", "csiso2022jp iso-2022-jp", false },
	{ "CP932", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis", true },
	{ "UHC", "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
	    "windows-949", true },
};

/* Opened by charset_prepare(); NULL: not, and so it is the charset's own. */
static iconv_t prepared[ARRAY_LEN(encodings)];

#define NO_CONVERTER	((iconv_t)-1)

void
charset_prepare(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(encodings); i++)
		if (encodings[i].iconv != NULL)
			prepared[i] = iconv_open("UTF-8", encodings[i].iconv);
}

static const struct encoding *
by_label(const char *label, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(encodings); i++) {
		const char *word = encodings[i].labels;

		for (;;) {
			size_t len = strcspn(word, " ");

			if (len == n && strncasecmp(word, label, n) == 0)
				return &encodings[i];
			if (word[len] == '\0')
				break;
			word += len + 1;
		}
	}
	return NULL;
}

/* --- what a document says of itself -------------------------------------------------------------- */

struct said {
	size_t			 mark;		/* bytes of the byte order mark */
	bool			 certain;	/* of UTF-16: by bytes, not by words */
	const struct encoding	*encoding;	/* NULL: the label is none of ours */
	const char		*label;		/* in the head; n is 0 without one */
	size_t			 label_n;
};

static bool
begins(const char *p, size_t n, const char *with, size_t len)
{
	return n >= len && memcmp(p, with, len) == 0;
}

/* The label in the XML declaration, if there is one. */
static void
find_label(const char *head, size_t n, struct said *said)
{
	static const char start[] = "<?xml", key[] = "encoding";
	const char *p = bytefilter_document(head, n), *limit = head + n, *end, *name;
	size_t len = 0;

	if (p == NULL || !begins(p, (size_t)(limit - p), start, strlen(start)) ||
	    (end = memmem(p, (size_t)(limit - p), "?>", 2)) == NULL ||
	    (name = memmem(p, (size_t)(end - p), key, strlen(key))) == NULL)
		return;
	name += strlen(key);
	while (name < end && strchr(" \t\r\n='\"", *name) != NULL)
		name++;
	while (name + len < end && strchr(" \t\r\n'\"", name[len]) == NULL)
		len++;
	said->label = name;
	said->label_n = len;
}

/* Of the first four bytes, which are NUL: how a text that begins with two characters of ASCII shows its encoding. */
static unsigned
nul_bytes(const char *p)
{
	return (unsigned)((p[0] == '\0') << 3 | (p[1] == '\0') << 2 | (p[2] == '\0') << 1 | (p[3] == '\0'));
}

/* -1 for UTF-32. */
static int
look(const char *head, size_t n, bool xml, struct said *said, struct err *e)
{
	unsigned nuls = n >= 4 ? nul_bytes(head) : 0;

	*said = (struct said){ .encoding = &encodings[UTF_8] };
	if (begins(head, n, "\xff\xfe\0\0", 4) || begins(head, n, "\0\0\xfe\xff", 4) || nuls == 7 || nuls == 14)
		return err_set(e, ERR_INPUT, "The file is encoded as UTF-32. Please save it as UTF-8 and try again.");
	if (begins(head, n, "\xef\xbb\xbf", 3)) {
		said->mark = 3;
		return 0;
	}
	said->mark = begins(head, n, "\xff\xfe", 2) || begins(head, n, "\xfe\xff", 2) ? 2 : 0;
	said->certain = said->mark == 2 || nuls == 5 || nuls == 10;
	if (said->certain) {
		said->encoding = &encodings[nuls == 5 || head[0] == '\xff' ? UTF_16LE : UTF_16BE];
		return 0;
	}
	if (xml)
		find_label(head, n, said);
	if (said->label_n > 0)
		said->encoding = by_label(said->label, said->label_n);
	if (said->encoding == &encodings[UTF_16LE] || said->encoding == &encodings[UTF_16BE])
		said->encoding = &encodings[UTF_8];
	return 0;
}

/* --- the input ----------------------------------------------------------------------------- */

enum how {
	ASCII,		/* undecided: until something else comes, ASCII in whichever encoding was declared */
	CLEAN,		/* undecided: UTF-8 as long as nothing else comes */
	REPAIR,		/* UTF-8, and what is none is replaced */
	WESTERN,	/* the same, but what is none is Windows-1252 */
	CONVERT		/* by the converter */
};

struct charset {
	struct input			 in;
	struct input			*below;
	bool				 xml;
	const struct format_options	*options;
	charset_rewind			*rewind;
	void				*ctx;

	bool				 decided;	/* how stands for this document */
	enum how			 how;
	const struct encoding		*encoding;	/* that was declared; NULL: none that we know */
	char				 label[LABEL_SHOWN + 1];
	iconv_t				 converter;	/* for WESTERN and CONVERT */
	bool				 own;		/* it is to be closed */

	bool				 begun, ended, flushed;
	bool				 failed;	/* err follows what was read before */
	bool				 stuck;		/* err stands, at once */
	struct err			 err;
	size_t				 mark;		/* bytes of the byte order mark */
	uint64_t			 untouched;	/* up to this offset everything comes out as it stands */
	uint64_t			 offset;	/* in the document, of raw */
	uint64_t			 resume;	/* so much was given out before the input was rewound */
	uint64_t			 line;		/* where out begins; counted when it is decided only */
	uint64_t			 good, bad;	/* above ASCII: characters of UTF-8, bytes that are none */
	uint64_t			 reported;	/* offset after the last byte that was reported */
	enum issue_reason		 tell;		/* of the decision, when its line is known; ISSUE__MAX: nothing */

	const char			*give;		/* in raw or out */
	size_t				 give_n;
	size_t				 used, raw_n;	/* raw up to used was translated */
	size_t				 out_n, counted;	/* out up to counted has its line feeds in line */
	char				 raw[CHUNK];
	char				 out[CHUNK * GROWTH + PENDING];
};

/*
 * Fills raw, so that nothing depends on how the bytes arrive.  A failure is kept until what came before it was given out.
 */
static void
fill_raw(struct charset *cs)
{
	cs->offset += cs->used;
	cs->raw_n -= cs->used;
	memmove(cs->raw, cs->raw + cs->used, cs->raw_n);
	cs->used = 0;
	while (cs->raw_n < CHUNK && !cs->ended) {
		ssize_t got = input_read(cs->below, cs->raw + cs->raw_n, CHUNK - cs->raw_n, &cs->err);

		cs->failed = got == -1;
		cs->ended = got <= 0;
		cs->raw_n += got > 0 ? (size_t)got : 0;
	}
}

static uint64_t
line_feeds(const char *p, size_t n)
{
	const char *end = p + n;
	uint64_t lines = 0;

	for (; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		lines++;
	return lines;
}

static void
count_lines(struct charset *cs)
{
	cs->line += line_feeds(cs->out + cs->counted, cs->out_n - cs->counted);
	cs->counted = cs->out_n;
}

static void
put(struct charset *cs, const char *p, size_t n)
{
	memcpy(cs->out + cs->out_n, p, n);
	cs->out_n += n;
}

/* The bytes at p are none of the encoding. */
static void
replace(struct charset *cs, const char *p)
{
	uint64_t offset = cs->offset + (uint64_t)(p - cs->raw);

	put(cs, REPLACEMENT, strlen(REPLACEMENT));
	if (offset < cs->reported)
		return;
	cs->reported = offset + 1;
	count_lines(cs);
	format_note(cs->options, ISSUE_BYTES_REPAIRED, NULL, cs->line);
}

/* --- UTF-8 and what is nearly it --------------------------------------------------------------------- */

/* A UTF-16 surrogate of this half (0xa: first, 0xb: second) written as three bytes, as old tools do: its ten bits. */
static bool
surrogate(const char *p, unsigned half, uint32_t *bits)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] != 0xed || u[1] >> 4 != half || u[2] >> 6 != 2)
		return false;
	*bits = (uint32_t)(u[1] & 0xf) << 6 | (u[2] & 0x3f);
	return true;
}

/* The character that two of them mean; 0: there are none. */
static uint32_t
surrogates(const char *p, size_t n)
{
	uint32_t first, second;

	if (n < UNDECIDED_MAX || !surrogate(p, 0xa, &first) || !surrogate(p + 3, 0xb, &second))
		return 0;
	return 0x10000 + (first << 10 | second);
}

/* Half of such a pair is no character, but was written by who writes UTF-8. */
static bool
half_a_pair(const char *p, size_t n)
{
	uint32_t bits;

	return n >= 3 && (surrogate(p, 0xa, &bits) || surrogate(p, 0xb, &bits));
}

/* The bytes at p, of 0x80 or more, that are one sequence of UTF-8 or what is nearly it; 0: none. */
static size_t
sequence(const char *p, size_t n)
{
	if (surrogates(p, n) != 0)
		return UNDECIDED_MAX;
	return half_a_pair(p, n) ? 3 : utf8_sequence(p, n);
}

static void
put_surrogates(struct charset *cs, uint32_t c)
{
	const char bytes[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)), (char)(0x80 | (c >> 6 & 0x3f)),
	    (char)(0x80 | (c & 0x3f)) };

	put(cs, bytes, sizeof(bytes));
}

/* A byte of Windows-1252, which leaves five of them undefined. */
static void
put_western(struct charset *cs, char *p)
{
	char *in = p, *out = cs->out + cs->out_n;
	size_t in_n = 1, out_n = GROWTH;

	if (cs->how == WESTERN && iconv(cs->converter, &in, &in_n, &out, &out_n) != (size_t)-1)
		cs->out_n += GROWTH - out_n;
	else
		replace(cs, p);
}

/* raw to out, but for a character that may go on after the chunk. */
static void
translate(struct charset *cs)
{
	char *p = cs->raw, *end = p + cs->raw_n;
	uint64_t ignored = 0;

	while (p < end) {
		size_t n = utf8_prefix(p, (size_t)(end - p), &ignored);
		uint32_t c;

		put(cs, p, n);
		p += n;
		if (p == end || (end - p < UNDECIDED_MAX && !cs->ended))
			break;
		if ((c = surrogates(p, (size_t)(end - p))) != 0) {
			put_surrogates(cs, c);
			p += UNDECIDED_MAX;
		} else if (cs->how == REPAIR && half_a_pair(p, (size_t)(end - p))) {
			replace(cs, p);
			p += 3;
		} else {
			put_western(cs, p++);
		}
	}
	cs->used = (size_t)(p - cs->raw);
}

/* --- converters -------------------------------------------------------------------------------- */

static void
close_converter(struct charset *cs)
{
	if (cs->own && cs->converter != NO_CONVERTER)
		iconv_close(cs->converter);
	cs->converter = NO_CONVERTER;
}

static void
open_converter(struct charset *cs, const struct encoding *encoding)
{
	size_t i = (size_t)(encoding - encodings);

	close_converter(cs);
	cs->converter = prepared[i] != NULL ? prepared[i] : iconv_open("UTF-8", encoding->iconv);
	cs->own = prepared[i] == NULL;
	if (cs->converter != NO_CONVERTER)
		iconv(cs->converter, NULL, NULL, NULL, NULL);
}

/* How many bytes at p go together as what the encoding does not have; 0: the next chunk has to tell. */
static size_t
unknown_bytes(const struct charset *cs, const char *p, size_t n)
{
	if (cs->encoding == &encodings[UTF_16LE] || cs->encoding == &encodings[UTF_16BE])
		return MIN(n, (size_t)2);
	if (!cs->encoding->wide || (unsigned char)p[0] < 0x80)
		return 1;
	if (n < 2)
		return cs->ended;
	/* Both bytes, so that the characters after them are not paired wrongly. */
	return (unsigned char)p[1] < 0x80 ? 1 : 2;
}

static void
convert(struct charset *cs)
{
	char *in = cs->raw, *out;
	size_t in_n = cs->raw_n, out_n, skip;

	for (;;) {
		out = cs->out + cs->out_n;
		out_n = sizeof(cs->out) - cs->out_n;
		errno = 0;
		iconv(cs->converter, &in, &in_n, &out, &out_n);
		cs->out_n = sizeof(cs->out) - out_n;
		/* What is not whole at the end of the document is no character either. */
		if (in_n == 0 || errno == E2BIG || (errno == EINVAL && !cs->ended))
			break;
		skip = errno == EINVAL ? in_n : unknown_bytes(cs, in, in_n);
		if (skip == 0 || out_n < PENDING)
			break;
		replace(cs, in);
		in += skip;
		in_n -= skip;
	}
	cs->used = (size_t)(in - cs->raw);
	if (in_n > 0 || !cs->ended || cs->flushed)
		return;
	out = cs->out + cs->out_n;
	out_n = sizeof(cs->out) - cs->out_n;
	iconv(cs->converter, NULL, NULL, &out, &out_n);
	cs->out_n = sizeof(cs->out) - out_n;
	cs->flushed = true;
}

/* --- deciding -------------------------------------------------------------------------------------- */

static void
restart(struct charset *cs)
{
	cs->begun = cs->ended = cs->flushed = cs->failed = cs->stuck = false;
	cs->offset = cs->resume = cs->good = cs->bad = 0;
	cs->line = 1;
	cs->give_n = cs->used = cs->raw_n = cs->out_n = cs->counted = 0;
	if (cs->converter != NO_CONVERTER)
		iconv(cs->converter, NULL, NULL, NULL, NULL);
}

/* Do the last bytes of the document begin a character that would be UTF-8?  Such a file was cut. */
static bool
unfinished(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4, i;

	for (i = 1; i < n && u[i] >> 6 == 2; i++)
		continue;
	return u[0] >= 0xc2 && u[0] < 0xf5 && i == n && n < len;
}

/* Counts what stands above ASCII from here to the end.  *cut: what is bad is only a character cut off there. */
static void
survey(struct charset *cs, bool *cut)
{
	*cut = false;
	do {
		const char *p = cs->raw + cs->used, *end = cs->raw + cs->raw_n;

		while (p < end) {
			size_t n = (size_t)(end - p), len;

			p += utf8_prefix(p, n, &cs->good);
			n = (size_t)(end - p);
			if (n == 0 || (n < UNDECIDED_MAX && !cs->ended))
				break;
			len = sequence(p, n);
			*cut = *cut || (cs->bad == 0 && len == 0 && cs->ended && unfinished(p, n));
			cs->good += len > 0;
			cs->bad += len == 0;
			p += MAX(len, (size_t)1);
		}
		cs->used = (size_t)(p - cs->raw);
		fill_raw(cs);
	} while (cs->raw_n > 0);
}

static int
refuse(struct charset *cs)
{
	return err_set(&cs->err, ERR_INPUT, "The file says that its encoding is \"%s\", which cannot be read here. "
	    "Please save it as UTF-8, with encoding=\"UTF-8\" in its first line, and try again.", cs->label);
}

/* Of a document that says another encoding than UTF-8. */
static int
decide_declared(struct charset *cs, bool cut)
{
	if (cs->good > 0 && (cs->bad == 0 || cut)) {
		cs->how = REPAIR;
		cs->tell = ISSUE_READ_AS_UTF8;
		return 0;
	}
	if (cs->encoding == NULL)
		return refuse(cs);
	cs->how = cs->encoding == &encodings[WINDOWS_1252] ? WESTERN : CONVERT;
	open_converter(cs, cs->encoding);
	return cs->converter != NO_CONVERTER ? 0 : refuse(cs);
}

static void
decide_undeclared(struct charset *cs, bool cut)
{
	uint64_t all = cs->good + cs->bad;

	cs->how = REPAIR;
	if (cut && cs->good > 0)
		return;
	if (all < RARE ? cs->good >= cs->bad : cs->good >= all / RARE + (all % RARE > 0))
		return;
	open_converter(cs, &encodings[WINDOWS_1252]);
	if (cs->converter == NO_CONVERTER)
		return;
	cs->how = WESTERN;
	cs->tell = ISSUE_READ_AS_WINDOWS_1252;
}

/* At something that neither ASCII nor clean UTF-8 is. */
static int
decide(struct charset *cs)
{
	uint64_t here = cs->offset + cs->used;
	bool cut;

	survey(cs, &cut);
	if (cs->how == ASCII && decide_declared(cs, cut) == -1)
		return -1;
	if (cs->how == CLEAN)
		decide_undeclared(cs, cut);
	cs->decided = true;
	if (cs->rewind(cs->ctx, &cs->err) == -1)
		return -1;
	restart(cs);
	cs->resume = cs->untouched = here;
	return 0;
}

/* A part of the file that a person can find again. */
static void
keep_label(struct charset *cs, const struct said *said)
{
	size_t i, n = MIN(said->label_n, sizeof(cs->label) - 1);

	for (i = 0; i < n; i++)
		cs->label[i] = said->label[i] > ' ' && said->label[i] < 0x7f ? said->label[i] : '?';
	cs->label[n] = '\0';
}

static int
begin(struct charset *cs)
{
	struct said said;

	fill_raw(cs);
	cs->begun = true;
	if (look(cs->raw, cs->raw_n, cs->xml, &said, &cs->err) == -1)
		return -1;
	cs->used = cs->mark = said.mark;
	if (cs->decided)
		return 0;
	keep_label(cs, &said);
	cs->encoding = said.encoding;
	cs->how = said.encoding == &encodings[UTF_8] ? CLEAN : ASCII;
	if (said.certain) {
		cs->how = CONVERT;
		cs->decided = true;
		cs->untouched = 0;
		open_converter(cs, said.encoding);
		return cs->converter != NO_CONVERTER ? 0 : err_set(&cs->err, ERR_INPUT,
		    "The file is encoded as UTF-16, which cannot be read here. Please save it as UTF-8 and try again.");
	}
	return said.encoding == NULL ? decide(cs) : 0;
}

/* --- reading ---------------------------------------------------------------------------------------- */

/* The bytes that are ASCII under every encoding: ISO-2022-JP begins others with ESC. */
static size_t
ascii(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (unsigned char)p[i] < 0x80 && p[i] != '\x1b'; i++)
		continue;
	return i;
}

/* Over what was given out before the input was rewound. */
static void
pass_over(struct charset *cs)
{
	size_t n = (size_t)MIN((uint64_t)cs->raw_n - cs->used, cs->resume - cs->offset - cs->used);

	cs->line += line_feeds(cs->raw + cs->used, n);
	cs->used += n;
	if (cs->tell == ISSUE__MAX || cs->offset + cs->used < cs->resume)
		return;
	format_note(cs->options, cs->tell, NULL, cs->line);
	cs->tell = ISSUE__MAX;
}

/* What of raw needs no translation.  0: it has to be decided what stands there. */
static size_t
plain(struct charset *cs)
{
	size_t n = cs->how == ASCII ? ascii(cs->raw, cs->raw_n) : utf8_prefix(cs->raw, cs->raw_n, &cs->good);

	cs->give = cs->raw;
	cs->give_n = cs->used = n;
	return n;
}

static void
decode(struct charset *cs)
{
	count_lines(cs);
	cs->out_n = cs->counted = 0;
	if (cs->how == CONVERT)
		convert(cs);
	else
		translate(cs);
	cs->give = cs->out;
	cs->give_n = cs->out_n;
}

/* Some more to give, or a step on the way to it.  1, 0 at the end, -1. */
static int
step(struct charset *cs)
{
	if (!cs->begun)
		return begin(cs) == -1 ? -1 : 1;
	fill_raw(cs);
	if (cs->raw_n == 0 && (cs->how != CONVERT || cs->flushed))
		return cs->failed ? -1 : 0;
	if (cs->offset < cs->resume || cs->tell != ISSUE__MAX)
		pass_over(cs);
	else if (cs->decided)
		decode(cs);
	else if (plain(cs) == 0)
		return decide(cs) == -1 ? -1 : 1;
	return 1;
}

static ssize_t
charset_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct charset *cs = (struct charset *)in;

	while (cs->give_n == 0) {
		int more = cs->stuck ? -1 : step(cs);

		if (more == 0)
			return 0;
		if (more == -1) {
			cs->stuck = true;
			if (e != NULL)
				*e = cs->err;
			return -1;
		}
	}
	n = MIN(n, cs->give_n);
	memcpy(buf, cs->give, n);
	cs->give += n;
	cs->give_n -= n;
	return (ssize_t)n;
}

/* --- for readers ------------------------------------------------------------------------------- */

struct charset *
charset_open(struct input *below, bool xml, const struct format_options *options, charset_rewind *rewind, void *ctx,
    struct err *e)
{
	struct charset *cs = calloc(1, sizeof(*cs));

	if (cs == NULL) {
		err_nomem(e);
		return NULL;
	}
	cs->in.read = charset_read;
	cs->below = below;
	cs->xml = xml;
	cs->options = options;
	cs->rewind = rewind;
	cs->ctx = ctx;
	cs->converter = NO_CONVERTER;
	charset_next(cs);
	return cs;
}

struct input *
charset_input(struct charset *cs)
{
	return &cs->in;
}

void
charset_next(struct charset *cs)
{
	cs->decided = false;
	cs->untouched = UINT64_MAX;
	cs->reported = 0;
	cs->tell = ISSUE__MAX;
	close_converter(cs);
	restart(cs);
}

void
charset_again(struct charset *cs)
{
	restart(cs);
}

bool
charset_untouched(const struct charset *cs, uint64_t n, size_t *mark)
{
	*mark = cs->mark;
	return cs->mark + n <= cs->untouched;
}

bool
charset_serves(const struct charset *cs, const uint8_t *head, size_t n)
{
	struct said said;

	if (look((const char *)head, n, cs->xml, &said, NULL) == -1)
		return false;
	/* It said another encoding and was UTF-8, what follows too. */
	if (cs->how == REPAIR && cs->encoding != &encodings[UTF_8])
		return true;
	if (cs->how != CONVERT)
		return said.encoding == &encodings[UTF_8] || said.encoding == &encodings[WINDOWS_1252];
	return said.encoding == cs->encoding || cs->encoding == &encodings[UTF_16LE] || cs->encoding == &encodings[UTF_16BE];
}

void
charset_close(struct charset *cs)
{
	if (cs == NULL)
		return;
	close_converter(cs);
	free(cs);
}

/* --- the first bytes of a file ----------------------------------------------------------------------- */

struct head {
	struct input_mem mem;
	const uint8_t	*p;
	size_t		 n;
};

static int
rewind_head(void *ctx, struct err *e)
{
	struct head *h = ctx;

	(void)e;
	input_mem_init(&h->mem, h->p, h->n);
	return 0;
}

const uint8_t *
charset_head(const uint8_t *p, size_t *n, uint8_t buf[FORMAT_HEAD_SIZE])
{
	struct head h = { .p = p, .n = *n };
	struct charset *cs = NULL;
	struct said said;
	ssize_t got = -1;

	if (look((const char *)p, *n, true, &said, NULL) == -1)
		return p;
	if (said.encoding != &encodings[UTF_8]) {
		rewind_head(&h, NULL);
		if ((cs = charset_open(&h.mem.in, true, NULL, rewind_head, &h, NULL)) != NULL)
			got = input_read_full(charset_input(cs), buf, FORMAT_HEAD_SIZE, NULL);
		charset_close(cs);
	}
	*n = got != -1 ? (size_t)got : *n - said.mark;
	return got != -1 ? buf : p + said.mark;
}
