#include <strings.h>

#include "formats/bytefilter.h"

#define CHUNK		(32 * 1024)
#define MARKUP_MAX	(1024 * 1024)
#define REFERENCE_MAX	40		/* longest reference that is looked at, with & and ; */
#define GROWTH		5		/* one byte gives at most these: & to &amp; */
#define REPLACEMENT	"\xef\xbf\xbd"
#define CDATA_PIECE	(64 * 1024)
#define CDATA_SPLIT	"]]><![CDATA["

enum state { TEXT, TAG, CDATA, COMMENT, INSTRUCTION, STATE__MAX };

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
	struct err			 err;
	enum state			 state;
	char				 last;		/* byte of what out had before */
	char				 quote;		/* inside a tag: the quote that is open, or 0 */
	uint64_t			 line, lines_skipped, line_reported;
	uint64_t			 markup;	/* bytes of the tag, comment or instruction so far */
	uint64_t			 markup_line;
	unsigned char			 stops[256];	/* bit 1 << state: a run of ordinary bytes stops here */
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
	stop_at(f, "<&]", TEXT);
	stop_at(f, ">\"'&", TAG);
	stop_at(f, "]", CDATA);
	stop_at(f, "-", COMMENT);
	stop_at(f, "?", INSTRUCTION);
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
	enter(f, TAG);
	return keep(1);
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
	f->state = TEXT;
	return keep(len);
}

/* At ']' in text: what remains of a CDATA section that had another one inside, as careless exporters write. */
static struct step
stray_end(struct bytefilter *f, const char *p, size_t n)
{
	if (n < 3 && !f->ended && memcmp(p, "]]>", n) == 0)
		return keep(0);
	return begins(p, n, "]]>") ? (struct step){ 3, "]]&gt;" } : keep(1);
}

/* Inside a tag, at > or a quote. */
static struct step
tag_byte(struct bytefilter *f, char c)
{
	if (f->quote == 0 && c == '>')
		f->state = TEXT;
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
		return tag_byte(f, *p);
	case CDATA:
		return section_end(f, p, n, "]]>");
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
	if (f->state != CDATA || f->markup < CDATA_PIECE || f->last == '\r')
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
	}
	put(f, run, (size_t)(p - run));
	f->markup += (uint64_t)(p - counted);
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
	if (got > 0)
		f->raw_n += (size_t)got;
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
	if (f->state != TEXT && f->state != CDATA && f->markup > MARKUP_MAX)
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
			f->done = f->ended;
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
	f->begun = f->ended = f->failed = f->done = false;
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
