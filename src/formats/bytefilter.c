#include <strings.h>

#include "formats/bytefilter.h"

#define CHUNK		(32 * 1024)
#define MARKUP_MAX	(1024 * 1024)
#define REFERENCE_MAX	40		/* longest reference that is looked at, with & and ; */
#define GROWTH		5		/* one byte gives at most these: & to &amp; */
#define REPLACEMENT	"\xef\xbf\xbd"
#define CDATA_PIECE	(64 * 1024)
#define CDATA_SPLIT	"]]><![CDATA["
#define CDATA_END	"]]]]><![CDATA[>"	/* ]]> as text, in a section */
#define OPEN_MAX	100		/* bytes of an element's name; one that has more is not known */
#define AHEAD		1024		/* bytes that are looked at after a ]]> to tell what it is */

/* CDATA_LOOSE: in a section that had a ]]> which was text.  AFTER: the document has ended. */
enum state { TEXT, TAG, CDATA, CDATA_LOOSE, COMMENT, INSTRUCTION, AFTER, STATE__MAX };

enum tag { OPENS, CLOSES, OTHER };

#define NO_NAME		(1u << STATE__MAX)	/* a byte that no element's name has: names are ASCII in all exports */

/* A piece of input that special() looked at. */
struct step {
	size_t		 used;		/* 0: more bytes are needed to decide */
	const char	*instead;	/* NULL: goes through as it is */
};

struct bytefilter {
	struct input			 in;
	struct input			*below;
	const struct format_options	*options;
	bool				 quiet;		/* second pass */
	bool				 begun;		/* the beginning of the document was found */
	bool				 ended;		/* nothing more comes from below */
	bool				 failed;	/* err follows what was read before */
	bool				 done;		/* nothing more comes from here but err or the end */
	bool				 over;		/* the document has ended */
	bool				 rest;		/* something that is no part of it follows, in raw */
	struct err			 err;
	enum state			 state;
	char				 last;		/* byte of what out had before */
	char				 quote;		/* inside a tag: the quote that is open, or 0 */
	enum tag			 tag;		/* the one at hand, or the last one */
	uint64_t			 depth;		/* open elements */
	uint64_t			 came;		/* bytes from below */
	uint64_t			 line, lines_skipped, line_reported;
	uint64_t			 markup;	/* bytes of the tag, comment or instruction so far */
	uint64_t			 markup_line;
	size_t				 open_n;	/* 0: not known */
	char				 open[OPEN_MAX];	/* of the element whose start tag was the last tag */
	bool				 unclosed;	/* a section went on into the next element of its name */
	unsigned char			 stops[256];	/* bit 1 << state: a run of ordinary bytes stops here; and NO_NAME */
	char				 before;	/* what stood before raw */
	size_t				 raw_n;		/* bytes in raw */
	size_t				 out_n, out_pos;
	char				 raw[CHUNK];
	char				 out[CHUNK * GROWTH + sizeof(CDATA_SPLIT)];
};

static void
stop_at(struct bytefilter *f, const char *set, enum state state)
{
	for (; *set != '\0'; set++)
		f->stops[(unsigned char)*set] |= (unsigned char)(1 << state);
}

static void
fill_stops(struct bytefilter *f)
{
	int c;

	/* In every state: line feeds, to count them, and what has to be looked at for repair. */
	for (c = 0; c < ' '; c++)
		if (c != '\t' && c != '\r')
			f->stops[c] = (1 << STATE__MAX) - 1;
	f->stops[0xef] = (1 << STATE__MAX) - 1;
	for (c = 0; c < 256; c++)
		if (c <= ' ' || c >= 0x7f || strchr("/><\"'", c) != NULL)
			f->stops[c] |= NO_NAME;
	stop_at(f, "<&]", TEXT);
	stop_at(f, ">\"'&", TAG);
	stop_at(f, "]", CDATA);
	stop_at(f, "]<", CDATA_LOOSE);
	stop_at(f, "-", COMMENT);
	stop_at(f, "?", INSTRUCTION);
	for (c = 0; c < 256; c++)
		if (c != ' ' && c != '\t' && c != '\r')
			f->stops[c] |= 1 << AFTER;
}

static void
repaired(struct bytefilter *f)
{
	if (f->quiet || f->line == f->line_reported)
		return;
	f->line_reported = f->line;
	format_note(f->options, ISSUE_BYTES_REPAIRED, NULL, f->line);
}

static struct step
repair(struct bytefilter *f, size_t used)
{
	repaired(f);
	return (struct step){ used, REPLACEMENT };
}

static struct step
keep(size_t used)
{
	return (struct step){ used, NULL };
}

/* At 0xef: U+FFFE and U+FFFF are no characters of XML. */
static struct step
not_a_character(struct bytefilter *f, const char *p, size_t n)
{
	if (n < 3)
		return keep(f->ended ? n : 0);
	return (unsigned char)p[1] == 0xbf && (unsigned char)p[2] >= 0xbe ? repair(f, 3) : keep(3);
}

/* The Char production of XML 1.0. */
static bool
xml_char(uint32_t c)
{
	return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
	    (c >= 0x10000 && c <= 0x10ffff);
}

/* The digits of a numeric reference, up to its semicolon. */
static bool
numeric(const char *p, size_t n, uint32_t *value)
{
	bool hex = n > 0 && *p == 'x';
	size_t i;

	*value = 0;
	for (i = hex; i < n; i++) {
		int c = p[i] | 0x20, digit;

		if (p[i] >= '0' && p[i] <= '9')
			digit = p[i] - '0';
		else if (hex && c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			return false;
		if (*value <= 0x10ffff)
			*value = *value * (hex ? 16 : 10) + (uint32_t)digit;
	}
	return n > hex;
}

static bool
name_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Without a DTD, XML knows five names. */
static bool
known_entity(const char *name, size_t n)
{
	static const char *const names[] = { "amp", "lt", "gt", "quot", "apos" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (n == strlen(names[i]) && memcmp(name, names[i], n) == 0)
			return true;
	return false;
}

/* At '&' outside CDATA and comments. */
static struct step
reference(struct bytefilter *f, const char *p, size_t n)
{
	size_t i = 1, max = MIN(n, (size_t)REFERENCE_MAX);
	uint32_t value;

	if (i < max && p[i] == '#')
		i++;
	while (i < max && name_char(p[i]))
		i++;
	if (i == n && n < REFERENCE_MAX && !f->ended)
		return keep(0);
	if (i < max && p[i] == ';') {
		if (p[1] == '#') {
			if (numeric(p + 2, i - 2, &value))
				return xml_char(value) ? keep(i + 1) : repair(f, i + 1);
		} else if (known_entity(p + 1, i - 1)) {
			return keep(i + 1);
		}
	}
	return (struct step){ 1, "&amp;" };
}

static void
enter(struct bytefilter *f, enum state state)
{
	f->state = state;
	f->quote = 0;
	f->markup = 0;
	f->markup_line = f->line;
}

static bool
begins(const char *p, size_t n, const char *with)
{
	size_t len = strlen(with);

	return n >= len && memcmp(p, with, len) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Elements of HTML that no export has as its own, by their first letter.  WordPress before 3.0 wrote wp:meta_value as it
 * stood in its tables, and HTML need not be nested or closed as XML wants it.
 */
static bool
is_html(const char *name, size_t n)
{
	static const char *const names[] = {
		"a", "abbr", "acronym", "b", "big", "blockquote", "br", "center", "dd", "del", "div", "dl", "dt", "em", "embed", "font",
		"h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "iframe", "img", "ins", "li", "nobr", "noscript", "ol", "p", "param", "pre",
		"script", "small", "span", "strike", "strong", "style", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
		"tt", "u", "ul",
	};
	size_t i;

	if (n == 0 || n > strlen("blockquote") || memchr(name, ':', n) != NULL)
		return false;
	for (i = 0; i < ARRAY_LEN(names) && *names[i] <= (*name | 0x20); i++)
		if (*names[i] == (*name | 0x20) && strlen(names[i]) == n && strncasecmp(names[i], name, n) == 0)
			return true;
	return false;
}

/* content:encoded, excerpt:encoded, wp:meta_value, wp:comment_content, ...; description of RSS. */
static bool
holds_html(const struct bytefilter *f)
{
	return f->open_n > 0 && (memchr(f->open, ':', f->open_n) != NULL ||
	    (f->open_n == strlen("description") && memcmp(f->open, "description", f->open_n) == 0));
}

/* At the '<' of a tag.  A < that begins nothing, or an element of HTML where that is to be expected, is text. */
static struct step
tag_start(struct bytefilter *f, const char *p, size_t n)
{
	unsigned char c = n > 1 ? (unsigned char)p[1] : 'a';		/* cut */
	const char *name = p + 1 + (c == '/');
	size_t max = MIN((size_t)(p + n - name), (size_t)OPEN_MAX + 1), len = 0;

	while (len < max && !(f->stops[(unsigned char)name[len]] & NO_NAME))
		len++;
	if (name + len == p + n && len <= OPEN_MAX && !f->ended)
		return keep(0);
	if (c < 0x80 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && strchr("/!?_:", c) == NULL)
		return (struct step){ 1, "&lt;" };
	if (is_html(name, len) && holds_html(f))
		return (struct step){ 1, "&lt;" };
	enter(f, TAG);
	f->tag = c == '/' ? CLOSES : c == '!' ? OTHER : OPENS;
	f->open_n = f->tag != CLOSES && len <= OPEN_MAX ? len : 0;
	memcpy(f->open, name, f->open_n);
	return keep(1);
}

/* At '<' in text. */
static struct step
markup_start(struct bytefilter *f, const char *p, size_t n)
{
	static const struct {
		const char	*start;
		enum state	 state;
	} kinds[] = { { "<![CDATA[", CDATA }, { "<!--", COMMENT }, { "<?", INSTRUCTION } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t len = strlen(kinds[i].start);

		if (n < len && !f->ended && memcmp(p, kinds[i].start, n) == 0)
			return keep(0);
		if (begins(p, n, kinds[i].start)) {
			enter(f, kinds[i].state);
			return keep(len);
		}
	}
	return tag_start(f, p, n);
}

/* At the first byte of what may end a section. */
static struct step
section_end(struct bytefilter *f, const char *p, size_t n, const char *end)
{
	size_t len = strlen(end);

	if (n < len && !f->ended && memcmp(p, end, n) == 0)
		return keep(0);
	if (!begins(p, n, end))
		return keep(1);
	f->state = f->over ? AFTER : TEXT;
	return keep(len);
}

enum answer { NO, YES, UNDECIDED };

/* Is the tag of the open element at p: with </, its end tag; with <, one that begins another of its name? */
static enum answer
is_tag(const struct bytefilter *f, const char *p, size_t n, const char *with)
{
	size_t len = strlen(with), i = len + f->open_n;

	if (memcmp(p, with, MIN(n, len)) != 0 || (n > len && memcmp(p + len, f->open, MIN(n - len, f->open_n)) != 0))
		return NO;
	while (i < n && is_blank(p[i]))
		i++;
	if (i >= n)
		return UNDECIDED;
	return p[i] == '>' || (len == 1 && (p[i] == '/' || i > len + f->open_n)) ? YES : NO;
}

static const char *
after_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* Does the section end at ]]>, behind which p is?  So it does where the open element ends, or a section follows. */
static enum answer
ends_here(const struct bytefilter *f, const char *p, const char *end)
{
	static const char next[] = "<![CDATA[";
	const char *at = after_blanks(p, end);
	size_t n = (size_t)(end - at), len = 2 + f->open_n;

	/* As a rule. */
	if (n > len && at[0] == '<' && at[1] == '/' && at[len] == '>' && memcmp(at + 2, f->open, f->open_n) == 0)
		return YES;
	if (n > 0 && memcmp(at, next, MIN(n, sizeof(next) - 1)) == 0)
		return n >= sizeof(next) - 1 ? YES : UNDECIDED;
	return n > 0 ? is_tag(f, at, n, "</") : UNDECIDED;
}

static const char *
without_blanks(const char *begin, const char *p)
{
	while (p > begin && is_blank(p[-1]))
		p--;
	return p;
}

/*
 * Not so there.  Text and elements may follow a section all the same: then the end tag comes without another ]]>, or the
 * file ends (last) without either.
 */
static enum answer
ends_with_text_after(const struct bytefilter *f, const char *p, const char *end, bool last)
{
	const char *at = p, *before;

	while ((at = memmem(at, (size_t)(end - at), "</", 2)) != NULL && is_tag(f, at, (size_t)(end - at), "</") != YES)
		at += 2;
	if (at == NULL)
		return last && memmem(p, (size_t)(end - p), "]]>", 3) == NULL ? YES : NO;
	before = without_blanks(p, at);
	return before - p >= 3 && memcmp(before - 3, "]]>", 3) == 0 ? NO : YES;
}

/*
 * At ']' in a CDATA section.  WordPress before 3.3 wrote ]]> as it stood in posts, where the scripts of advertisements have
 * it: there it is text.
 */
static struct step
cdata_end(struct bytefilter *f, const char *p, size_t n)
{
	const char *end = p + MIN(n, (size_t)(3 + AHEAD));
	bool all = f->ended || n >= 3 + AHEAD;		/* that is looked at */
	enum answer answer = YES;

	if (n < 3 && !f->ended && memcmp(p, "]]>", n) == 0)
		return keep(0);
	if (!begins(p, n, "]]>"))
		return keep(1);
	if (f->open_n > 0)
		answer = ends_here(f, p + 3, end);
	if (answer != YES && !all && (answer == UNDECIDED || f->state == CDATA))
		return keep(0);
	if (answer == NO && f->state == CDATA)
		answer = ends_with_text_after(f, p + 3, end, end == p + n && f->ended);
	/* Nothing but blanks up to the end: a file that breaks off. */
	f->state = answer != NO ? TEXT : CDATA_LOOSE;
	return answer != NO ? keep(3) : (struct step){ 3, CDATA_END };
}

/*
 * At '<' in a section that had a ]]> which was taken for text.  Its element ends: so the section has ended before.
 * Another element of its name begins: what comes in between, comments maybe, is not the section's text.
 */
static struct step
cdata_tag(struct bytefilter *f, const char *p, size_t n)
{
	size_t most = MIN(n, (size_t)AHEAD);
	enum answer end = is_tag(f, p, most, "</"), again = is_tag(f, p, most, "<");

	if ((end == UNDECIDED || again == UNDECIDED) && n < AHEAD && !f->ended)
		return keep(0);
	f->unclosed = again == YES;
	if (end != YES)
		return keep(1);
	enter(f, TAG);
	f->tag = CLOSES;
	f->open_n = 0;
	return (struct step){ 1, "]]><" };
}

/* At ']' in text: what remains of a CDATA section that had another one inside, as careless exporters write. */
static struct step
stray_end(struct bytefilter *f, const char *p, size_t n)
{
	if (n < 3 && !f->ended && memcmp(p, "]]>", n) == 0)
		return keep(0);
	return begins(p, n, "]]>") ? (struct step){ 3, "]]&gt;" } : keep(1);
}

/* A tag is complete.  empty: an element without an inside, which ends with its tag. */
static void
end_tag(struct bytefilter *f, bool empty)
{
	if (empty)
		f->open_n = 0;
	if (f->tag == OPENS && !empty)
		f->depth++;
	if (f->tag == CLOSES && f->depth > 0)
		f->depth--;
	f->over = f->tag != OTHER && f->depth == 0;
	f->state = f->over ? AFTER : TEXT;
}

/* After the document blanks, zero bytes, comments and instructions mean nothing.  With what else follows something else
 * begins, or what nobody knows. */
static struct step
after(struct bytefilter *f, const char *p, size_t n)
{
	static const char comment[] = "<!--", declaration[] = "<?xml";

	if (*p == '\0')
		return (struct step){ 1, "" };
	if (n < strlen(declaration) && !f->ended && (memcmp(p, comment, MIN(n, strlen(comment))) == 0 || memcmp(p, declaration, n) == 0))
		return keep(0);
	if (begins(p, n, comment) || (begins(p, n, "<?") && !begins(p, n, declaration)))
		return markup_start(f, p, n);
	f->rest = true;
	format_ended(f->options, f->came - n, f->line);
	return keep(0);
}

/* Inside a tag, at > or a quote. */
static struct step
tag_byte(struct bytefilter *f, const char *p)
{
	char c = *p;

	if (f->quote == 0 && c == '>')
		end_tag(f, (p > f->raw ? p[-1] : f->before) == '/');
	else if (f->quote == 0 && c != '>')
		f->quote = c;
	else if (f->quote == c)
		f->quote = 0;
	return keep(1);
}

static struct step
special(struct bytefilter *f, const char *p, size_t n)
{
	if (*p == '\n') {
		f->line++;
		return keep(1);
	}
	if (f->state == AFTER)
		return after(f, p, n);
	if ((unsigned char)*p == 0xef)
		return not_a_character(f, p, n);
	if ((unsigned char)*p < ' ')
		return repair(f, 1);
	if (*p == '&')
		return reference(f, p, n);
	switch (f->state) {
	case TEXT:
		return *p == ']' ? stray_end(f, p, n) : markup_start(f, p, n);
	case TAG:
		return tag_byte(f, p);
	case CDATA:
	case CDATA_LOOSE:
		return *p == '<' ? cdata_tag(f, p, n) : cdata_end(f, p, n);
	case COMMENT:
		return section_end(f, p, n, "-->");
	default:
		return section_end(f, p, n, "?>");
	}
}

static void
put(struct bytefilter *f, const char *p, size_t n)
{
	memcpy(f->out + f->out_n, p, n);
	f->out_n += n;
}

/*
 * libxml2 takes 300 bytes of an unfinished CDATA section for each chunk that it is given, and keeps and searches the
 * rest: memory and time without end for a section that is long enough.  So a long one becomes several, but never
 * between CR and LF, which are one line feed.
 */
static void
split_cdata(struct bytefilter *f)
{
	if ((f->state != CDATA && f->state != CDATA_LOOSE) || f->markup < CDATA_PIECE || f->last == '\r')
		return;
	put(f, CDATA_SPLIT, strlen(CDATA_SPLIT));
	f->markup = 0;
}

/* raw to out; what cannot be decided yet stays in raw (at the end: nothing). */
static void
translate(struct bytefilter *f)
{
	const char *p = f->raw, *end = p + f->raw_n, *run = p, *counted = p;

	if (f->out_n > 0)
		f->last = f->out[f->out_n - 1];
	f->out_n = f->out_pos = 0;
	split_cdata(f);
	while (p < end) {
		unsigned mask = 1u << f->state;
		enum state before = f->state;
		struct step step;

		while (p < end && !(f->stops[(unsigned char)*p] & mask))
			p++;
		if (p == end)
			break;
		step = special(f, p, (size_t)(end - p));
		if (step.used == 0)
			break;
		if (step.instead != NULL) {
			put(f, run, (size_t)(p - run));
			put(f, step.instead, strlen(step.instead));
			run = p + step.used;
		}
		p += step.used;
		if (f->state != before)
			counted = p;
		if (f->unclosed) {
			end = p;
			break;
		}
	}
	put(f, run, (size_t)(p - run));
	f->markup += (uint64_t)(p - counted);
	if (p > f->raw)
		f->before = p[-1];
	f->raw_n = (size_t)(end - p);
	memmove(f->raw, p, f->raw_n);
}

/* Reads more from below behind what raw has.  A failure there is kept until what came before it was given out. */
static void
read_below(struct bytefilter *f)
{
	ssize_t got = input_read(f->below, f->raw + f->raw_n, CHUNK - f->raw_n, &f->err);

	if (got == -1)
		f->failed = true;
	f->ended = got <= 0;
	if (got > 0) {
		f->raw_n += (size_t)got;
		f->came += (uint64_t)got;
	}
}

static bool
one_of(const char *name, size_t n, const char *const *names)
{
	for (; *names != NULL; names++)
		if (n == strlen(*names) && strncasecmp(name, *names, n) == 0)
			return true;
	return false;
}

/* Elements that PHP's messages are made of, and no document begins with. */
bool
bytefilter_php_message(const char *p, size_t n)
{
	static const char *const names[] = { "br", "b", "p", "font", "table", "pre", NULL };
	size_t len = 1;

	while (len < n && name_char(p[len]))
		len++;
	return one_of(p + 1, len - 1, names);
}

const char *
bytefilter_document(const char *p, size_t n)
{
	const char *first = memchr(p, '<', n), *declaration;

	if (first == NULL || !bytefilter_php_message(first, n - (size_t)(first - p)))
		return first;
	declaration = memmem(first, n - (size_t)(first - p), "<?xml", 5);
	return declaration != NULL ? declaration : first;
}

/* Finds where the document begins, within the first chunk. */
static int
begin(struct bytefilter *f)
{
	const char *first;
	size_t junk, i;

	while (f->raw_n < CHUNK && !f->ended)
		read_below(f);
	if (f->raw_n == 0)
		return f->failed ? -1 : err_set(&f->err, ERR_INPUT, "The file is empty.");
	if ((first = bytefilter_document(f->raw, f->raw_n)) == NULL)
		return err_set(&f->err, ERR_TYPE, "This is not an XML file.");
	junk = (size_t)(first - f->raw);
	for (i = 0; i < junk; i++)
		f->lines_skipped += f->raw[i] == '\n';
	f->line += f->lines_skipped;
	if (junk > 0 && !f->quiet)
		format_note(f->options, ISSUE_LEADING_JUNK, NULL, 1);
	f->raw_n -= junk;
	memmove(f->raw, first, f->raw_n);
	f->begun = true;
	return 0;
}

static int
fill(struct bytefilter *f)
{
	if (!f->begun) {
		if (begin(f) == -1)
			return -1;
	} else {
		read_below(f);
	}
	translate(f);
	if (f->unclosed)
		return err_set(&f->err, ERR_INPUT, "The file is damaged: the text of <%.*s> that begins on line %" PRIu64
		    " has no end before the next one begins. Please export it once more.", (int)f->open_n, f->open, f->markup_line);
	if ((f->state == TAG || f->state == COMMENT || f->state == INSTRUCTION) && f->markup > MARKUP_MAX)
		return err_set(&f->err, ERR_LIMIT, "The file has a tag or comment of over 1 MB, which begins on line %" PRIu64 ".",
		    f->markup_line);
	return 0;
}

static ssize_t
bytefilter_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct bytefilter *f = (struct bytefilter *)in;

	while (f->out_pos == f->out_n) {
		if (f->done) {
			if (f->failed && e != NULL)
				*e = f->err;
			return f->failed ? -1 : 0;
		}
		if (fill(f) == -1)
			f->failed = f->done = true;
		else
			f->done = f->ended || f->rest;
	}
	n = MIN(n, f->out_n - f->out_pos);
	memcpy(buf, f->out + f->out_pos, n);
	f->out_pos += n;
	return (ssize_t)n;
}

struct bytefilter *
bytefilter_open(struct input *below, const struct format_options *options, struct err *e)
{
	struct bytefilter *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		err_nomem(e);
		return NULL;
	}
	f->in.read = bytefilter_read;
	f->below = below;
	f->options = options;
	fill_stops(f);
	bytefilter_rewind(f);
	f->quiet = false;
	return f;
}

struct input *
bytefilter_input(struct bytefilter *f)
{
	return &f->in;
}

uint64_t
bytefilter_lines_skipped(const struct bytefilter *f)
{
	return f->lines_skipped;
}

uint64_t
bytefilter_line(const struct bytefilter *f)
{
	return f->line;
}

void
bytefilter_rewind(struct bytefilter *f)
{
	f->begun = f->ended = f->failed = f->done = f->over = f->rest = f->unclosed = false;
	f->open_n = 0;
	f->depth = f->came = 0;
	f->quiet = true;
	f->state = TEXT;
	f->line = 1;
	f->lines_skipped = f->line_reported = 0;
	f->raw_n = f->out_n = f->out_pos = 0;
	f->markup = 0;
}

void
bytefilter_close(struct bytefilter *f)
{
	free(f);
}
