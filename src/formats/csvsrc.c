#include "formats/csvsrc.h"

#include <strings.h>

#include "util/sb.h"

#define CHUNK	(32 * 1024)

/* Where the reading is: in front of a field, in one with or without quotes, or behind a quote that may be the closing
 * one. */
enum state { BEGIN, BARE, QUOTED, QUOTE };

struct csvsrc {
	struct input		*in;
	bool			 started;
	bool			 named;		/* the first line named the separator */
	char			 separator;
	enum state		 state;
	size_t			 columns;	/* of the first row; 0: it is still to come */
	uint64_t		 rows;		/* handed out behind the first, good or bad */

	uint64_t		 line;		/* of the next byte */
	bool			 after_cr;	/* a line feed that follows is part of the same line end */

	struct sb		 titles;	/* the first row, as row has it */
	struct sb		 row;		/* the fields' bytes, a NUL behind each */
	struct text		 field[CSVSRC_FIELDS_MAX];	/* n, said; p once the row is complete */
	size_t			 n;
	size_t			 begin;		/* of the present field in row */
	size_t			 blanks;	/* in QUOTE: since the quote */
	bool			 filled;	/* the row says something */
	bool			 too_many;	/* fields for field[] */
	uint64_t		 field_line;	/* where the present field begins */
	bool			 stray;		/* a field of several lines has a quote that nobody doubled */
	bool			 ran_on;	/* and one where a field may begin: a quote before was never closed */
	uint64_t		 taken_in;	/* lines of the row before, which are still to be reported, and the first of them */
	uint64_t		 taken_line;

	enum csvsrc_event	 over;		/* how it ended; CSVSRC_ROW: not yet */
	struct err		 err;

	size_t			 pos, fill;
	char			 chunk[CHUNK];
};

struct csvsrc *
csvsrc_open(struct input *in, struct err *e)
{
	struct csvsrc *src = calloc(1, sizeof(*src));

	if (src == NULL) {
		err_nomem(e);
		return NULL;
	}
	src->in = in;
	src->line = 1;
	src->over = CSVSRC_ROW;
	sb_init(&src->row, CSVSRC_ROW_MAX);
	sb_init(&src->titles, CSVSRC_ROW_MAX);
	return src;
}

void
csvsrc_close(struct csvsrc *src)
{
	if (src == NULL)
		return;
	sb_free(&src->row);
	sb_free(&src->titles);
	free(src);
}

/* --- the beginning of the input ---------------------------------------------------- */

/* The separator that the first line which is not empty has most of; what stands in the chunk decides. */
static char
find_separator(const char *p, const char *end)
{
	static const char candidates[] = { ',', ';', '\t' };
	size_t count[sizeof(candidates)] = { 0 }, best = 0, i;
	bool quoted = false;

	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	for (; p < end && (quoted || (*p != '\r' && *p != '\n')); p++) {
		quoted ^= *p == '"';
		for (i = 0; i < sizeof(candidates) && !quoted; i++)
			count[i] += *p == candidates[i];
	}
	for (i = 1; i < sizeof(candidates); i++)
		if (count[i] > count[best])
			best = i;
	return candidates[best];
}

/*
 * The line with which a file tells Excel its separator: sep=; perhaps in quotes.  Returns its length, 0 if there is none.
 */
static size_t
separator_line(const char *p, size_t n, char *separator)
{
	static const char key[] = "sep=";
	size_t quoted = n > 0 && *p == '"', i = quoted + strlen(key);

	if (n < i + 2 || strncasecmp(p + quoted, key, strlen(key)) != 0 || strchr("\"\r\n", p[i]) != NULL ||
	    (unsigned char)p[i] >= 0x80)
		return 0;
	*separator = p[i++];
	i += quoted && p[i] == '"';
	/* A spreadsheet that saves the file again gives this line as many cells as the others. */
	while (i < n && p[i] == *separator)
		i++;
	if (i < n && p[i] == '\r')
		return i + 1 < n && p[i + 1] == '\n' ? i + 2 : i + 1;
	return i < n && p[i] == '\n' ? i + 1 : 0;
}

/* The first chunk is filled up, so that the separator does not depend on how the bytes arrive. */
static int
start(struct csvsrc *src, struct err *e)
{
	ssize_t got = input_read_full(src->in, src->chunk, sizeof(src->chunk), e);

	if (got == -1)
		return -1;
	src->started = true;
	src->fill = (size_t)got;
	src->named = (src->pos = separator_line(src->chunk, src->fill, &src->separator)) > 0;
	if (src->named)
		src->line++;
	else
		src->separator = find_separator(src->chunk, src->chunk + src->fill);
	return 0;
}

/* 1, 0 at the end, -1. */
static int
refill(struct csvsrc *src, struct err *e)
{
	ssize_t got;

	if ((got = input_read(src->in, src->chunk, sizeof(src->chunk), e)) <= 0)
		return (int)got;
	src->pos = 0;
	src->fill = (size_t)got;
	return 1;
}

/* --- bytes --------------------------------------------------------------------------- */

static void
count_line(struct csvsrc *src, char c)
{
	if (c == '\r' || (c == '\n' && !src->after_cr))
		src->line++;
	src->after_cr = c == '\r';
}

static void
begin_field(struct csvsrc *src)
{
	src->begin = src->row.n;
	src->field_line = src->line;
	src->state = BEGIN;
}

static void
begin_row(struct csvsrc *src, struct csvsrc_row *row)
{
	sb_reset(&src->row);
	src->n = 0;
	src->filled = false;
	src->too_many = src->stray = src->ran_on = false;
	row->line = src->line;
	begin_field(src);
}

static void
end_field(struct csvsrc *src)
{
	struct text t = { .n = src->row.n - src->begin, .said = src->state != BEGIN };

	src->filled |= t.said;
	sb_char(&src->row, '\0');
	if (src->n < CSVSRC_FIELDS_MAX)
		src->field[src->n++] = t;
	else
		src->too_many |= t.said;
	begin_field(src);
}

/* A character that ends a field without quotes.  True if the row ends with it. */
static bool
end_at(struct csvsrc *src, char c)
{
	src->pos++;
	count_line(src, c);
	end_field(src);
	return c != src->separator;
}

static bool
ends_field(const struct csvsrc *src, char c)
{
	return c == src->separator || c == '\r' || c == '\n';
}

/* As much of a field without quotes as the chunk has. */
static void
take_bare(struct csvsrc *src)
{
	size_t from = src->pos;

	while (src->pos < src->fill && !ends_field(src, src->chunk[src->pos]))
		src->pos++;
	sb_add(&src->row, src->chunk + from, src->pos - from);
	src->after_cr = false;
}

/* The same in quotes, up to the next quote. */
static void
take_quoted(struct csvsrc *src)
{
	size_t from = src->pos;

	for (; src->pos < src->fill && src->chunk[src->pos] != '"'; src->pos++)
		count_line(src, src->chunk[src->pos]);
	sb_add(&src->row, src->chunk + from, src->pos - from);
}

/* A quote in a field that nobody doubled, and that does not close it: careless, or another field begins there. */
static void
note_stray(struct csvsrc *src)
{
	if (src->line == src->field_line)
		return;
	src->stray = true;
	src->ran_on |= src->row.n > src->begin && src->row.p[src->row.n - 1] == src->separator;
}

/* Behind a quote inside quotes: it closes the field, is half of "", or is a character that nobody doubled. */
static bool
after_quote(struct csvsrc *src, char c)
{
	src->after_cr = false;
	if (ends_field(src, c))
		return end_at(src, c);
	if (c == ' ' || (c == '"' && src->blanks == 0)) {
		src->pos++;
		src->blanks += c == ' ';
	}
	if (c == ' ')
		return false;
	if (c != '"' || src->blanks > 0)
		note_stray(src);
	sb_char(&src->row, '"');
	for (; src->blanks > 0; src->blanks--)
		sb_char(&src->row, ' ');
	src->state = QUOTED;
	return false;
}

/* Goes on in the chunk.  True at the end of a row. */
static bool
step(struct csvsrc *src)
{
	char c = src->chunk[src->pos];

	switch (src->state) {
	case BEGIN:
		if (ends_field(src, c))
			return end_at(src, c);
		/* Zero bytes after the end, with which the last block of a disk was filled. */
		if (c == '\0' && src->n == 0) {
			src->pos++;
			break;
		}
		src->state = c == '"' ? QUOTED : BARE;
		src->pos += c == '"';
		src->after_cr = false;
		break;
	case BARE:
		if (ends_field(src, c))
			return end_at(src, c);
		take_bare(src);
		break;
	case QUOTED:
		if (c != '"') {
			take_quoted(src);
			break;
		}
		src->state = QUOTE;
		src->blanks = 0;
		src->pos++;
		break;
	case QUOTE:
		return after_quote(src, c);
	}
	return false;
}

/* --- rows ---------------------------------------------------------------------------- */

static enum csvsrc_event
stop(struct csvsrc *src, enum csvsrc_event how, struct err *e)
{
	src->over = how;
	if (how != CSVSRC_END && e != NULL)
		*e = src->err;
	return how;
}

static enum csvsrc_event
bad(struct err *e, uint64_t line, const char *what)
{
	err_set(e, ERR_INPUT, "The row at line %" PRIu64 " %s.", line, what);
	return CSVSRC_BAD;
}

/* A quote that nobody closed took the next rows into its field, as many as there are lines: each is reported. */
static enum csvsrc_event
bad_rows(struct csvsrc *src, const struct csvsrc_row *row, struct err *e)
{
	src->taken_line = row->line + 1;
	src->taken_in = src->line > src->taken_line ? src->line - src->taken_line : 0;
	return bad(e, row->line, "has a cell whose quotes are not closed");
}

static enum csvsrc_event
taken_in(struct csvsrc *src, struct csvsrc_row *row, struct err *e)
{
	src->taken_in--;
	src->rows++;
	row->line = src->taken_line++;
	return bad(e, row->line, "stands in a cell of a row before, whose quotes are not closed");
}

/* A row is complete: is it usable? */
static enum csvsrc_event
end_row(struct csvsrc *src, struct csvsrc_row *row, struct err *e)
{
	const char *p = sb_text(&src->row);
	bool first = src->columns == 0;
	size_t i;

	row->field = src->field;
	row->n = src->n;
	if (first)
		src->columns = src->n;
	else
		src->rows++;
	if (!sb_ok(&src->row))
		return bad(e, row->line, "is too long to be kept in memory (over 4 MB)");
	if (!first && (src->ran_on || (src->stray && src->n != src->columns)))
		return bad_rows(src, row, e);
	if (src->too_many)
		return bad(e, row->line, "has over 512 cells");
	for (i = 0; i < src->n; i++) {
		src->field[i].p = p;
		p += src->field[i].n + 1;
		if (i >= src->columns && src->field[i].n > 0)
			return bad(e, row->line, "has more cells than there are titles in the first row");
	}
	row->n = MIN(src->n, src->columns);
	return CSVSRC_ROW;
}

static enum csvsrc_event
at_end(struct csvsrc *src, struct csvsrc_row *row, struct err *e)
{
	bool open = src->state == QUOTED;

	if (!open && (src->n > 0 || src->state != BEGIN))
		end_field(src);
	if (!open && !src->filled)
		return stop(src, CSVSRC_END, e);
	if (open || src->n < src->columns) {
		err_set(&src->err, ERR_INPUT, "The file breaks off at line %" PRIu64 ": it ends in the middle of %s. "
		    "Please get it once more; it may not have been downloaded to its end.",
		    row->line, open ? "a cell in quotes" : "a row");
		return stop(src, CSVSRC_CUT, e);
	}
	src->over = CSVSRC_END;
	return end_row(src, row, e);
}

enum csvsrc_event
csvsrc_next(struct csvsrc *src, struct csvsrc_row *row, struct err *e)
{
	if (src->taken_in > 0)
		return taken_in(src, row, e);
	if (src->over == CSVSRC_ROW && !src->started && start(src, &src->err) == -1)
		src->over = CSVSRC_FAILED;
	begin_row(src, row);
	if (src->over != CSVSRC_ROW)
		return stop(src, src->over, e);
	for (;;) {
		if (src->pos == src->fill) {
			int more = refill(src, &src->err);

			if (more <= 0)
				return more == 0 ? at_end(src, row, e) : stop(src, CSVSRC_FAILED, e);
		}
		if (!step(src))
			continue;
		if (src->filled)
			return end_row(src, row, e);
		begin_row(src, row);
	}
}

/* The first row.  -1 if it cannot be read or is refused. */
static int
begin_records(struct csvsrc *src, csvsrc_titles *titles, void *ctx, struct csvsrc_row *row)
{
	switch (csvsrc_next(src, row, &src->err)) {
	case CSVSRC_ROW:
		sb_add(&src->titles, sb_text(&src->row), src->row.n);
		return titles(ctx, row, &src->err);
	case CSVSRC_END:
		return err_set(&src->err, ERR_INPUT, "The file has nothing in it.");
	default:
		return -1;
	}
}

/* Is the row the line that names the separator?  It has "sep=" alone, and empty cells. */
static bool
separator_again(const char *p, size_t n)
{
	static const char key[] = "sep=";
	size_t i = strlen(key);

	if (n <= i || strncasecmp(p, key, i) != 0)
		return false;
	while (i < n && p[i] == '\0')
		i++;
	return i == n;
}

/* Two files of which one was put after the other: the row is the first one again, or Excel's line in front of it, perhaps with
 * a byte order mark. */
static bool
begins_again(const struct csvsrc *src)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *p = sb_text(&src->row);
	size_t n = src->row.n;

	if (n > strlen(mark) && memcmp(p, mark, strlen(mark)) == 0) {
		p += strlen(mark);
		n -= strlen(mark);
	}
	if (src->named && separator_again(p, n))
		return true;
	return n == src->titles.n && memcmp(p, sb_text(&src->titles), n) == 0;
}

enum rd_status
csvsrc_fail(struct csvsrc *src, const struct err *e)
{
	src->over = CSVSRC_FAILED;
	if (e != NULL)
		src->err = *e;
	return RD_FATAL;
}

enum rd_status
csvsrc_record(struct csvsrc *src, csvsrc_titles *titles, void *ctx, struct csvsrc_row *row, struct comment *c,
    struct err *e)
{
	enum csvsrc_event event;
	uint64_t ordinal;

	if (src->columns == 0 && src->over == CSVSRC_ROW && begin_records(src, titles, ctx, row) == -1) {
		stop(src, CSVSRC_FAILED, e);
		return RD_FATAL;
	}
	ordinal = src->rows;
	do
		event = csvsrc_next(src, row, e);
	while (event == CSVSRC_ROW && begins_again(src));
	*c = (struct comment){ .ordinal = ordinal, .line = row->line, .skipped = ISSUE_BAD_RECORD };
	switch (event) {
	case CSVSRC_ROW:
		return RD_ITEM;
	case CSVSRC_BAD:
		return RD_SKIPPED;
	case CSVSRC_END:
		return RD_EOF;
	case CSVSRC_CUT:
	case CSVSRC_FAILED:
		break;
	}
	return RD_FATAL;
}

struct text
csvsrc_unguard(struct text t, const char *guarded)
{
	if (t.n >= 2 && t.p[0] == '\'' && memchr(guarded, t.p[1], strlen(guarded)) != NULL) {
		t.p++;
		t.n--;
	}
	return t;
}

size_t
csvsrc_sniff(const uint8_t *head, size_t n, char *buf, size_t size, struct text *out, size_t max)
{
	struct input_mem mem;
	struct csvsrc *src;
	struct csvsrc_row row;
	size_t i, used = 0, fields = 0;

	input_mem_init(&mem, head, n);
	if ((src = csvsrc_open(&mem.in, NULL)) == NULL)
		return 0;
	if (csvsrc_next(src, &row, NULL) == CSVSRC_ROW)
		fields = MIN(row.n, max);
	for (i = 0; i < fields && row.field[i].n < size - used; i++) {
		out[i] = row.field[i];
		out[i].p = memcpy(buf + used, row.field[i].p, row.field[i].n + 1);
		used += row.field[i].n + 1;
	}
	csvsrc_close(src);
	return i;
}

bool
csvsrc_line_ends(const uint8_t *head, size_t n)
{
	return n > 0 && (head[n - 1] == '\n' || head[n - 1] == '\r');
}
