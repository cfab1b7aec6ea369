#include "formats/unpack.h"

#include "formats/bytefilter.h"
#include "formats/charset.h"
#include "formats/looks.h"

#define TRIES_MAX	1000	/* places at which a document is looked for in what follows another one */

/* The second file, which stands in front of the main one. */
struct front {
	struct input	 in;
	struct input	*below;
	uint64_t	 size, left;
};

struct unpack {
	struct input			 in;		/* the document at hand */
	struct input			 raw;		/* the bytes of it, in their own encoding */
	const struct format		*format;
	struct format_options		*options;
	struct format_options		 given;		/* as they were */
	unpack_rewind			*rewind;
	void				*ctx;
	struct front			 second;
	struct charset			*second_text;	/* NULL: there is none */
	struct streams			*streams;
	struct charset			*text;
	bool				 begun;		/* the first document was asked for */
	bool				 there;		/* the input stands in the document at hand */
	uint64_t			 place;		/* of its stream, from 1; 0: none yet */
	bool				 taken;		/* there was a document */
	bool				 strange;	/* something was no document: */
	char				 stranger[STREAMS_NAME_SIZE + 2];	/* the first of these, or what it looks like */

	/* where the document at hand begins in its stream: behind so many bytes; where its encoding goes on from what stands in
	 * front of it, behind so many of its UTF-8 */
	uint64_t			 skip, pass;
	uint64_t			 to_pass;	/* of pass, still to come */
	uint64_t			 lines;		/* in front of it */
	unsigned			 number;	/* among the documents of its stream, from 1 */

	bool				 ended;		/* something follows it: */
	uint64_t			 ended_at, ended_line;

	size_t				 look_n, look_pos;	/* how it begins, if it is not the first of its stream */
	bool				 look_raw;	/* in its own encoding */
	uint8_t				 look[FORMAT_HEAD_SIZE];
	uint8_t				 head[FORMAT_HEAD_SIZE];	/* the same as UTF-8, where it had to be decoded */

	char				 name[STREAMS_NAME_SIZE + 40];
	bool				 failed;
	struct err			 err;
};

static ssize_t
front_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct front *f = (struct front *)in;
	ssize_t got;

	if (f->left == 0)
		return 0;
	if ((got = input_read(f->below, buf, (size_t)MIN((uint64_t)n, f->left), e)) > 0)
		f->left -= (uint64_t)got;
	return got;
}

/* Over what was not read. */
static int
front_end(struct front *f, struct err *e)
{
	char buf[4096];
	ssize_t got;

	do
		got = front_read(&f->in, buf, sizeof(buf), e);
	while (got > 0);
	return (int)got;
}

/* Reads so many bytes, which are there. */
static int
pass_over_bytes(struct input *in, uint64_t n, struct err *e)
{
	char buf[4096];

	while (n > 0) {
		ssize_t got = input_read(in, buf, (size_t)MIN(n, (uint64_t)sizeof(buf)), e);

		if (got <= 0)
			return got == -1 ? -1 : err_set(e, ERR_BUG, "the file is shorter than the first time");
		n -= (uint64_t)got;
	}
	return 0;
}

/* --- the streams that are documents ------------------------------------------------------ */

/* An export of another provider. */
static int
other_kind(struct unpack *u, const struct format *other, struct err *e)
{
	const char *name = streams_name(u->streams);

	if (*name == '\0')
		return err_set(e, ERR_INPUT, "What is in the %s looks like an export of %s, not of %s. Please choose %s as the provider.",
		    streams_around(u->streams), other->title, u->format->title, other->title);
	return err_set(e, ERR_INPUT, "The %s has files of more than one kind: \"%s\" looks like an export of %s, not of %s. "
	    "Please upload the files one by one.", streams_upload(u->streams), name, other->title, u->format->title);
}

/* Is this the head of a document of the format?  *other: it is rather one of that format; NULL: of none. */
static bool
takes(const struct unpack *u, const uint8_t *head, size_t n, const struct format **other)
{
	int score = u->format->sniff(head, n);
	const struct format *const *f;

	*other = NULL;
	for (f = formats; *f != NULL && *other == NULL; f++)
		if ((*f)->sniff(head, n) > score)
			*other = *f;
	return score > 0 && *other == NULL;
}

/* Is the stream at hand a document?  1, 0: of no format, -1. */
static int
belongs(struct unpack *u, struct err *e)
{
	const struct format *other;
	const uint8_t *head;
	size_t n;
	bool mine;

	/* Whoever sent a file that is not packed has looked at it. */
	if (streams_around(u->streams) == NULL)
		return 1;
	head = unpack_head(u, &n);
	mine = takes(u, head, n, &other);
	return other != NULL ? other_kind(u, other, e) : mine;
}

/* What is no document is passed over, and named. */
static void
pass_over(struct unpack *u)
{
	const char *name = streams_name(u->streams);
	char buf[LOOKS_SIZE];
	size_t n;
	const uint8_t *head = streams_head(u->streams, &n);

	if (*name != '\0')
		format_note(u->options, ISSUE_FILE_PASSED_OVER, name, 0);
	if (u->strange)
		return;
	u->strange = true;
	if (*name != '\0')
		snprintf(u->stranger, sizeof(u->stranger), "\"%s\"", name);
	else
		snprintf(u->stranger, sizeof(u->stranger), "%s", n > 0 ? looks_like(head, n, buf) : "nothing at all");
}

/* To the next stream that is a document. */
static int
next_stream(struct unpack *u, struct err *e)
{
	int more, one;

	while ((more = streams_next(u->streams, e)) == 1) {
		u->place++;
		if ((one = belongs(u, e)) != 0) {
			u->taken = true;
			return one;
		}
		pass_over(u);
	}
	if (more == -1 || u->taken)
		return more;
	if (!u->strange)
		return err_set(e, ERR_INPUT, "The %s is empty. Please choose %s.", streams_upload(u->streams), u->format->accepts);
	return err_set(e, ERR_INPUT, "The %s has no export of %s in it, but %s. Please choose %s.", streams_upload(u->streams),
	    u->format->title, u->stranger, u->format->accepts);
}

/* Back to the stream at hand. */
static int
same_stream(struct unpack *u, struct err *e)
{
	uint64_t i;
	int more = 1;

	streams_rewind(u->streams);
	for (i = 0; i < u->place && more == 1; i++)
		more = streams_next(u->streams, e);
	if (more == 0)
		return err_set(e, ERR_BUG, "the file has fewer streams than the first time");
	return more;
}

/* From the start of the input below to the document at hand. */
static int
go_there(struct unpack *u, struct err *e)
{
	u->there = true;
	if (front_end(&u->second, e) == -1)
		return -1;
	if (u->place == 0)
		return next_stream(u, e);
	if (same_stream(u, e) == -1)
		return -1;
	return pass_over_bytes(streams_input(u->streams), u->skip, e);
}

/* --- what follows a document ------------------------------------------------------------------- */

/* Lines are those of the document: a person counts those of the file. */
static void
on_note(void *ctx, enum issue_reason reason, const char *external_id, uint64_t line)
{
	const struct unpack *u = ctx;

	format_note(&u->given, reason, external_id, line > 0 ? line + u->lines : 0);
}

static void
on_ended(void *ctx, uint64_t offset, uint64_t line)
{
	struct unpack *u = ctx;

	u->ended = true;
	u->ended_at = offset;
	u->ended_line = line;
}

/* Does a document begin with this line, behind its blanks? */
static bool
may_begin(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *feed = memchr(p, '\n', (size_t)(end - p));
	size_t n = (size_t)((feed != NULL ? feed : end) - p);

	return n > 0 && (strchr("<{[(", *p) != NULL || memmem(p, n, "({", 2) != NULL || memmem(p, n, "([", 2) != NULL ||
	    memmem(p, n, "<?xml", 5) != NULL);
}

/* The next line behind p at which a document may begin; where the n bytes have none, what is complete of them. */
static size_t
next_place(const uint8_t *p, size_t n, bool *found)
{
	static const char blanks[] = " \t\r\n\xef\xbb\xbf";	/* zero bytes as well, and a byte order mark */
	const uint8_t *end = p + n, *at = p, *last = p;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		while (at < end && memchr(blanks, *at, sizeof(blanks)) != NULL)
			at++;
		last = at;
		*found = at < end && may_begin(at, end);
		if (*found)
			return (size_t)(at - p);
	}
	*found = false;
	/* A line may be longer than what is looked at. */
	return last > p ? (size_t)(last - p) : n;
}

static uint64_t
line_feeds(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	uint64_t lines = 0;

	for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		lines++;
	return lines;
}

/* What is at look begins no document that a format of ours knows: may it be passed over? */
static int
check_junk(struct unpack *u, struct err *e)
{
	const char *p = (const char *)u->look;
	bool data = *p == '<' ? !bytefilter_php_message(p, u->look_n) : (*p == '{' || *p == '[') && !u->format->xml;
	char buf[LOOKS_SIZE];
	size_t i;

	for (i = 0; i < u->look_n && !data; i++)
		data = (unsigned char)p[i] < ' ' && p[i] != '\0' && strchr("\t\r\n\f", p[i]) == NULL;
	if (!data)
		return 0;
	return err_set(e, ERR_INPUT, "After the end of the export, on line %" PRIu64 ", there is something that is no part of it: %s. "
	    "Please take it out, or upload it as a file of its own.", u->lines + 1, looks_like(u->look, u->look_n, buf));
}

/* Is it a document?  1, 0, -1. */
static int
check_look(struct unpack *u, struct err *e)
{
	const char *packed = u->look_raw ? streams_packing(u->look, u->look_n) : NULL;
	const struct format *other;
	size_t n;
	const uint8_t *head = unpack_head(u, &n);
	/* A sniff may look over what stands in front; a reader of JSON does not look over tags. */
	bool mine = takes(u, head, n, &other) && (u->format->xml || *head != '<');

	if (packed != NULL)
		return err_set(e, ERR_INPUT, "After the end of the export, on line %" PRIu64 ", there is %s %s. Please upload the files one by one.",
		    u->lines + 1, streams_article(packed), packed);
	if (other != NULL)
		return err_set(e, ERR_INPUT, "After the end of the export, on line %" PRIu64 ", there is another one, of %s, not of %s. "
		    "Please upload them one by one.", u->lines + 1, other->title, u->format->title);
	if (mine && !u->look_raw && !charset_serves(u->text, u->look, u->look_n))
		return err_set(e, ERR_INPUT, "After the end of the export, on line %" PRIu64 ", there is another one in another encoding. "
		    "Please upload them one by one.", u->lines + 1);
	return mine;
}

/* Looks for a document from here to the end of the stream. */
static int
find_document(struct unpack *u, struct err *e)
{
	struct input *in = u->look_raw ? &u->raw : &u->in;
	bool told = false, found = true;
	size_t place = 0;
	unsigned tries = 0;

	for (;;) {
		uint64_t *at = u->look_raw ? &u->skip : &u->pass;
		size_t n = u->look_n - place;
		ssize_t got;
		int one;

		*at += place;
		u->lines += line_feeds(u->look, place);
		memmove(u->look, u->look + place, n);
		u->look_n = u->look_pos = 0;
		if ((got = input_read_full(in, u->look + n, sizeof(u->look) - n, e)) == -1)
			return -1;
		u->look_n = n + (size_t)got;
		if (u->look_n == 0)
			return 0;
		/* Of a document in the encoding of the one before, nobody else takes it off. */
		place = !u->look_raw && u->look_n >= 3 && memcmp(u->look, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		if (place > 0)
			continue;
		if (found && ++tries > TRIES_MAX)
			return err_set(e, ERR_INPUT, "What follows the end of the export is too much to be looked at; it was up to line %" PRIu64
			    ". Please take it out.", u->lines + 1);
		if (found && (one = check_look(u, e)) != 0)
			return one;
		if (!told && check_junk(u, e) == -1)
			return -1;
		if (!told)
			format_note(u->options, ISSUE_TRAILING_JUNK, NULL, 1);
		told = true;
		place = next_place(u->look, u->look_n, &found);
	}
}

/* To what follows the document in its stream. */
static int
next_in_stream(struct unpack *u, struct err *e)
{
	uint64_t at = u->ended_at;
	size_t mark;

	u->lines += u->ended_line - 1;
	u->look_n = 0;
	u->look_raw = u->pass == 0 && charset_untouched(u->text, at, &mark);
	if (u->look_raw) {
		u->skip += mark + at;
		charset_next(u->text);
	} else {
		u->pass += at;
	}
	return unpack_again(u, e) == -1 ? -1 : find_document(u, e);
}

static int
next_document(struct unpack *u, struct err *e)
{
	int more = 0;

	if (!u->there && go_there(u, e) == -1)
		return -1;
	if (u->ended)
		more = next_in_stream(u, e);
	u->ended = false;
	u->number++;
	if (more == 0) {
		u->skip = u->pass = u->to_pass = u->lines = 0;
		u->look_n = u->look_pos = 0;
		u->number = 1;
		charset_next(u->text);
		more = next_stream(u, e);
	}
	/* Each document is opened with the second file. */
	return more == 1 && u->second_text != NULL && unpack_again(u, e) == -1 ? -1 : more;
}

int
unpack_next(struct unpack *u, struct err *e)
{
	int more;

	if (!u->begun) {
		u->begun = true;
		u->number = 1;
		return 1;
	}
	more = u->failed ? -1 : next_document(u, &u->err);
	if (more == -1) {
		u->failed = true;
		if (e != NULL)
			*e = u->err;
	}
	return more;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static ssize_t
give_look(struct unpack *u, void *buf, size_t n)
{
	n = MIN(n, u->look_n - u->look_pos);
	memcpy(buf, u->look + u->look_pos, n);
	u->look_pos += n;
	return (ssize_t)n;
}

static ssize_t
raw_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct unpack *u = (struct unpack *)((char *)in - offsetof(struct unpack, raw));

	if (!u->failed && !u->there)
		u->failed = go_there(u, &u->err) == -1;
	if (u->failed) {
		if (e != NULL)
			*e = u->err;
		return -1;
	}
	return u->look_raw && u->look_pos < u->look_n ? give_look(u, buf, n) : input_read(streams_input(u->streams), buf, n, e);
}

static ssize_t
unpack_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct unpack *u = (struct unpack *)in;

	if (u->to_pass > 0) {
		uint64_t to_pass = u->to_pass;

		u->to_pass = 0;
		if (pass_over_bytes(charset_input(u->text), to_pass, e) == -1)
			return -1;
	}
	return !u->look_raw && u->look_pos < u->look_n ? give_look(u, buf, n) : input_read(charset_input(u->text), buf, n, e);
}

static int
rewind_below(void *ctx, struct err *e)
{
	struct unpack *u = ctx;

	if (u->rewind(u->ctx, e) == -1)
		return -1;
	u->there = false;
	u->look_pos = u->look_n;
	u->second.left = u->second.size;
	return 0;
}

int
unpack_again(struct unpack *u, struct err *e)
{
	if (rewind_below(u, e) == -1)
		return -1;
	charset_again(u->text);
	u->to_pass = u->pass;
	u->ended = false;
	if (u->second_text != NULL)
		charset_again(u->second_text);
	return 0;
}

/* --- opening --------------------------------------------------------------------------------- */

struct unpack *
unpack_open(struct input *below, const struct format *format, const struct streams_limits *limits,
    struct format_options *options, unpack_rewind *rewind, void *ctx, struct err *e)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		err_nomem(e);
		return NULL;
	}
	u->in.read = unpack_read;
	u->raw.read = raw_read;
	u->format = format;
	u->options = options;
	u->rewind = rewind;
	u->ctx = ctx;
	u->second.in.read = front_read;
	u->second.below = below;
	if ((u->streams = streams_open(below, limits, e)) == NULL ||
	    (u->text = charset_open(&u->raw, format->xml, options, rewind_below, u, e)) == NULL) {
		unpack_close(u);
		return NULL;
	}
	u->given = *options;
	options->note = on_note;
	options->ended = on_ended;
	options->ctx = u;
	return u;
}

int
unpack_second(struct unpack *u, uint64_t size, struct err *e)
{
	u->second.size = u->second.left = size;
	if ((u->second_text = charset_open(&u->second.in, false, u->options, rewind_below, u, e)) == NULL)
		return -1;
	u->options->second_file = charset_input(u->second_text);
	return 0;
}

struct input *
unpack_input(struct unpack *u)
{
	return &u->in;
}

const uint8_t *
unpack_head(struct unpack *u, size_t *n)
{
	const uint8_t *head = u->look;

	*n = u->look_n;
	if (u->look_n == 0)
		head = streams_head(u->streams, n);
	return u->look_n == 0 || u->look_raw ? charset_head(head, n, u->head) : head;
}

const char *
unpack_name(struct unpack *u)
{
	const char *name = u->failed ? "" : streams_name(u->streams);

	snprintf(u->name, sizeof(u->name), "%s", name);
	if (u->number > 1)
		snprintf(u->name, sizeof(u->name), "%s%sdocument %u", name, *name != '\0' ? ", " : "", u->number);
	return u->name;
}

uint64_t
unpack_lines(const struct unpack *u)
{
	return u->lines;
}

void
unpack_close(struct unpack *u)
{
	if (u == NULL)
		return;
	charset_close(u->text);
	charset_close(u->second_text);
	streams_close(u->streams);
	free(u);
}
