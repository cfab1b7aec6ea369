/*
 * One tokenizer walks the bytes.  It knows three modes: it walks through
 * containers that the format entered, passes over a value, or takes one: then it
 * writes the value's tokens, repaired, into `raw`, which json-c parses at its end.
 *
 * A `]` is acted on only when the next token is known, because }]{ and }][{ are damage for a comma.
 *
 * The tokenizer is one machine over one state, so it stays in one file, long as it is.
 */
#include <json-c/json.h>

#include "formats/jsonsrc.h"

#include "util/sb.h"
#include "util/utf8.h"

#include "formats/jsonmend.h"
#include "formats/jsonval.h"

#define CHUNK		(64 * 1024)
#define ENTER_MAX	32
#define NAME_RAW	(6 * (size_t)JSONSRC_NAME_MAX)	/* each character may be written as six */

enum mode { WALK, PASS, TAKE };

/* What may come next in the innermost container, or at depth 0. */
enum expect { AT_VALUE, AT_NAME, AT_COLON, AT_NEXT };

enum token { NO_TOKEN, STRING, SCALAR };

/* What the handling of one byte came to. */
enum step { GO_ON, EVENT, STUCK };

struct level {
	char		kind;		/* '{' or '[' */
	bool		any;		/* something was written into it */
};

/* A container that was entered. */
struct entered {
	struct jsonsrc_place	place;
	char			name[JSONSRC_NAME_MAX + 1];
	uint64_t		index;		/* of the next value in it */
};

struct jsonsrc {
	struct input			*in;
	const struct format_options	*options;
	jsonsrc_choose			*choose;
	void				*ctx;

	uint64_t	 line;			/* of the next byte, from 1 */
	uint64_t	 before;		/* characters in front of buf */
	uint64_t	 reported_line;		/* the last one with a repair */
	uint64_t	 came;			/* bytes of the input */
	bool		 alone, over;		/* it is one document; its object or array has ended */
	size_t		 pos, fill;
	bool		 ended, again;		/* again: everything was reported in the first pass */

	enum mode	 mode;
	enum expect	 expect;
	enum token	 token;
	bool		 is_name, escaped;	/* of the string at hand */
	bool		 fresh;			/* an array of which nothing was seen yet */
	bool		 closing;		/* a ] that waits for the next token */
	unsigned	 depth, entered;
	uint64_t	 documents;
	size_t		 empty_n;
	char		 empty[JSONSRC_EMPTY_MAX][JSONSRC_NAME_MAX + 1];	/* members of the root that hold nothing */
	struct level	 levels[JSONSRC_DEPTH_MAX];
	struct entered	 path[ENTER_MAX];

	struct sb	 raw;			/* of the name or of the value that is taken */
	char		 name[JSONSRC_NAME_MAX + 1];	/* of the value that comes or is at hand */
	struct jsonsrc_place at;		/* the value at hand */
	struct json_tokener *tokener;
	struct json_object *tree;

	enum jsonsrc_event	 event;		/* of the step that came to one */
	bool			 is_stuck;
	enum jsonsrc_event	 stuck;		/* then: JSONSRC_END, _CUT or _FAILED */
	enum issue_reason	 reason;
	struct err		 err;
	uint8_t		 buf[CHUNK];
};

/* --- what is said of the file ---------------------------------------------------------- */

/* Places in a file of one line are told by character: the bytes are those of its own encoding. */
static const char *
where(const struct jsonsrc *s, char buf[48])
{
	if (s->line > 1)
		snprintf(buf, 48, "line %" PRIu64, s->line);
	else
		snprintf(buf, 48, "character %" PRIu64, s->before + utf8_chars((const char *)s->buf, s->pos) + 1);
	return buf;
}

static enum step
stuck(struct jsonsrc *s, enum jsonsrc_event how)
{
	s->is_stuck = true;
	s->stuck = how;
	return STUCK;
}

static enum step
damaged(struct jsonsrc *s, const char *what)
{
	char buf[48];

	err_set(&s->err, ERR_INPUT, "The file is damaged at %s: %s. Please export it once more.", where(s, buf), what);
	return stuck(s, JSONSRC_FAILED);
}

static enum step
cut(struct jsonsrc *s)
{
	char buf[48];

	err_set(&s->err, ERR_INPUT, "The file breaks off at %s: it ends in the middle. Please get it once more; it may not have "
	    "been downloaded to its end.", where(s, buf));
	return stuck(s, JSONSRC_CUT);
}

static void
repaired(struct jsonsrc *s)
{
	if (s->again || s->reported_line == s->line)
		return;
	s->reported_line = s->line;
	format_note(s->options, ISSUE_JSON_REPAIRED, NULL, s->line);
}

/* --- values ------------------------------------------------------------------------------ */

static char
kind(const struct jsonsrc *s)
{
	return s->depth > 0 ? s->levels[s->depth - 1].kind : '\0';
}

static void
write_raw(struct jsonsrc *s, const void *p, size_t n)
{
	if (s->mode == TAKE)
		sb_add(&s->raw, p, n);
}

/* The comma in front of a value or name that is taken. */
static void
separate(struct jsonsrc *s)
{
	if (s->mode == TAKE && s->levels[s->depth - 1].any)
		sb_char(&s->raw, ',');
	s->levels[s->depth - 1].any = true;
}

/* The place of the value that begins here, inside entered containers. */
static void
note_place(struct jsonsrc *s, char value_kind)
{
	struct entered *around = s->entered > 0 ? &s->path[s->entered - 1] : NULL;

	s->at = (struct jsonsrc_place){ .depth = s->depth, .kind = value_kind, .line = s->line };
	s->at.index = around != NULL ? around->index++ : s->documents++;
	s->at.name = around != NULL && around->place.kind == '{' ? s->name : NULL;
}

static enum jsonsrc_choice
ask(struct jsonsrc *s, char value_kind)
{
	note_place(s, value_kind);
	return s->choose(s->ctx, &s->at);
}

static enum step
happened(struct jsonsrc *s, enum jsonsrc_event event)
{
	s->event = event;
	return EVENT;
}

static enum step
unusable(struct jsonsrc *s, enum issue_reason reason, enum err_kind err_kind, const char *why)
{
	s->reason = reason;
	err_set(&s->err, err_kind, "The record at line %" PRIu64 " %s.", s->at.line, why);
	return happened(s, JSONSRC_BAD);
}

static bool
parses(struct jsonsrc *s, const struct sb *raw)
{
	json_tokener_reset(s->tokener);
	/* With its NUL byte, which ends a number. */
	s->tree = json_tokener_parse_ex(s->tokener, sb_text(raw), (int)raw->n + 1);
	return json_tokener_get_error(s->tokener) == json_tokener_success;
}

/* A record that is no JSON, but becomes JSON. */
static bool
parses_mended(struct jsonsrc *s)
{
	struct sb mended;
	bool ok;

	/* Each byte gives three at most: a word of one gets quotes. */
	sb_init(&mended, 3 * JSONSRC_ELEMENT_MAX);
	jsonmend(sb_text(&s->raw), s->raw.n, &mended);
	if ((ok = sb_ok(&mended) && parses(s, &mended)))
		repaired(s);
	sb_free(&mended);
	return ok;
}

static enum step
parse(struct jsonsrc *s)
{
	s->mode = WALK;
	if (!sb_ok(&s->raw) && s->raw.n < JSONSRC_ELEMENT_MAX / 2) {
		err_nomem(&s->err);
		return stuck(s, JSONSRC_FAILED);
	}
	if (!sb_ok(&s->raw))
		return unusable(s, ISSUE_BAD_RECORD, ERR_LIMIT, "is larger than 4 MB");
	if (!parses(s, &s->raw) && !parses_mended(s))
		return unusable(s, ISSUE_BAD_RECORD, ERR_INPUT, "is no valid JSON");
	return happened(s, JSONSRC_VALUE);
}

/* A value is complete. */
static enum step
end_value(struct jsonsrc *s)
{
	s->expect = AT_NEXT;
	if (s->mode == WALK || s->depth != s->entered)
		return GO_ON;
	if (s->mode == TAKE)
		return parse(s);
	s->mode = WALK;
	return GO_ON;
}

/* An empty place in an array. */
static enum step
hole(struct jsonsrc *s)
{
	s->fresh = false;
	if (s->mode != WALK) {
		repaired(s);
		separate(s);
		write_raw(s, "null", 4);
		return GO_ON;
	}
	note_place(s, 's');
	return unusable(s, ISSUE_HOLE, ERR_INPUT, "is missing: there is an empty place in the file");
}

/* --- strings, numbers and words --------------------------------------------------------------- */

/* The value at hand, a member of an outermost object, holds nothing. */
static void
remember_empty(struct jsonsrc *s)
{
	if (s->at.depth == 1 && s->at.name != NULL && s->empty_n < JSONSRC_EMPTY_MAX)
		snprintf(s->empty[s->empty_n++], sizeof(s->empty[0]), "%s", s->at.name);
}

bool
jsonsrc_was_empty(const struct jsonsrc *s, const char *names)
{
	size_t i;

	for (i = 0; i < s->empty_n; i++)
		if (jsonval_named(s->empty[i], names))
			return true;
	return false;
}

static void
begin_token(struct jsonsrc *s, enum token token, bool is_name)
{
	s->token = token;
	s->is_name = is_name;
	s->escaped = false;
	s->fresh = false;
	if (s->mode == WALK && is_name) {
		sb_reset(&s->raw);
		return;
	}
	if (s->mode == WALK) {
		s->mode = ask(s, 's') == JSONSRC_TAKE ? TAKE : PASS;
		sb_reset(&s->raw);
		if (token == SCALAR && s->buf[s->pos] == 'n')	/* null */
			remember_empty(s);
		return;
	}
	if (is_name || kind(s) == '[')
		separate(s);
}

/* Names are read in every mode, but kept in WALK only. */
static void
token_bytes(struct jsonsrc *s, const void *p, size_t n)
{
	if (s->mode != WALK)
		write_raw(s, p, n);
	else if (s->raw.n < NAME_RAW)
		sb_add(&s->raw, p, MIN(n, NAME_RAW - s->raw.n));
}

/* The name in raw, without its quotes, is the one of the value that comes. */
static void
take_name(struct jsonsrc *s)
{
	struct json_object *tree = NULL;
	const char *p = sb_text(&s->raw);
	size_t n = s->raw.n;

	if (memchr(p, '\\', n) != NULL) {
		struct sb quoted;

		sb_init(&quoted, n + 2);
		sb_char(&quoted, '"');
		sb_add(&quoted, p, n);
		sb_char(&quoted, '"');
		json_tokener_reset(s->tokener);
		tree = json_tokener_parse_ex(s->tokener, sb_text(&quoted), (int)quoted.n);
		sb_free(&quoted);
		if (tree != NULL) {
			p = json_object_get_string(tree);
			n = (size_t)json_object_get_string_len(tree);
		}
	}
	n = MIN(n, (size_t)JSONSRC_NAME_MAX);
	memcpy(s->name, p, n);
	s->name[n] = '\0';
	json_object_put(tree);
}

static enum step
end_string(struct jsonsrc *s)
{
	s->token = NO_TOKEN;
	if (s->mode != WALK)
		write_raw(s, "\"", 1);
	if (!s->is_name)
		return end_value(s);
	if (s->mode == WALK)
		take_name(s);
	s->expect = AT_COLON;
	return GO_ON;
}

/* The bytes of a string up to what matters. */
static enum step
string(struct jsonsrc *s)
{
	const uint8_t *p = s->buf + s->pos, *end = s->buf + s->fill, *q = p;

	if (s->escaped && *q != '\0') {
		s->line += *q == '\n';
		q++;
	}
	s->escaped = false;
	for (; q < end && *q != '"' && *q != '\\' && *q != '\0'; q++)
		s->line += *q == '\n';
	token_bytes(s, p, (size_t)(q - p));
	s->pos += (size_t)(q - p);
	if (q == end)
		return GO_ON;
	s->pos++;
	if (*q == '"')
		return end_string(s);
	if (*q == '\\')
		s->escaped = true;
	/* json-c would take a NUL byte for the end of the text. */
	token_bytes(s, *q == '\\' ? "\\" : "\xef\xbf\xbd", *q == '\\' ? 1 : 3);
	return GO_ON;
}

static bool
in_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.' ||
	    c == '_' || c == '$';
}

static enum step
scalar(struct jsonsrc *s)
{
	size_t begin = s->pos;

	while (s->pos < s->fill && in_word(s->buf[s->pos]))
		s->pos++;
	token_bytes(s, s->buf + begin, s->pos - begin);
	if (s->pos == s->fill)
		return GO_ON;
	s->token = NO_TOKEN;
	if (s->depth == 0 && s->buf[s->pos] == '(') {
		/* The name of a callback. */
		s->mode = WALK;
		s->documents--;
		return GO_ON;
	}
	return end_value(s);
}

/* --- containers ---------------------------------------------------------------------------- */

static enum step
enter(struct jsonsrc *s, char c)
{
	struct entered *into = &s->path[s->entered];

	into->place = s->at;
	into->index = 0;
	memcpy(into->name, s->name, sizeof(into->name));
	if (s->at.name != NULL)
		into->place.name = into->name;
	s->levels[s->depth++] = (struct level){ .kind = c };
	s->entered++;
	return happened(s, JSONSRC_ENTERED);
}

static enum step
open_container(struct jsonsrc *s, char c)
{
	enum jsonsrc_choice choice = JSONSRC_PASS;

	if (s->depth == JSONSRC_DEPTH_MAX) {
		err_set(&s->err, ERR_LIMIT, "The file has values in values over %d levels deep at line %" PRIu64 ".",
		    JSONSRC_DEPTH_MAX, s->line);
		return stuck(s, JSONSRC_FAILED);
	}
	if (s->mode == WALK)
		choice = ask(s, c);
	else if (kind(s) == '[')
		separate(s);
	s->expect = c == '{' ? AT_NAME : AT_VALUE;
	s->fresh = true;
	if (s->mode == WALK && choice == JSONSRC_ENTER && s->entered < ENTER_MAX)
		return enter(s, c);
	if (s->mode == WALK) {
		s->mode = choice == JSONSRC_TAKE ? TAKE : PASS;
		sb_reset(&s->raw);
	}
	write_raw(s, &c, 1);
	s->levels[s->depth++] = (struct level){ .kind = c };
	return GO_ON;
}

static enum step
close_container(struct jsonsrc *s)
{
	char c = kind(s) == '{' ? '}' : ']';

	s->closing = false;
	s->depth--;
	s->over |= s->depth == 0;
	if (s->mode != WALK) {
		write_raw(s, &c, 1);
		return end_value(s);
	}
	s->entered--;
	s->at = s->path[s->entered].place;
	if (s->path[s->entered].index == 0)
		remember_empty(s);
	s->expect = AT_NEXT;
	return happened(s, JSONSRC_LEFT);
}

/* Behind a ] that was not acted on: is it, or ][, damage for a comma?  Then the array goes on. */
static bool
array_goes_on(struct jsonsrc *s, uint8_t c)
{
	if (c != '{' && c != '[')
		return false;
	repaired(s);
	s->closing = false;
	/* As behind a record, so that the bracket of }][{ is passed over. */
	s->expect = AT_NEXT;
	return true;
}

/* --- one token --------------------------------------------------------------------------------- */

static enum step
open_at(struct jsonsrc *s, uint8_t c)
{
	if (s->depth == 0 || s->expect == AT_VALUE)
		return open_container(s, (char)c);
	if (kind(s) != '[' || s->expect != AT_NEXT)
		return damaged(s, "a record begins where none can begin");
	repaired(s);
	if (c == '{')
		return open_container(s, '{');
	/* }[{ for a comma */
	s->expect = AT_VALUE;
	s->fresh = true;
	return GO_ON;
}

/* Whether the byte is used up is told by *again. */
static enum step
close_array(struct jsonsrc *s, bool *again)
{
	if (s->depth == 0 || (kind(s) == '{' && s->expect == AT_NEXT)) {
		repaired(s);
		return GO_ON;
	}
	if (kind(s) == '{')
		return damaged(s, "a list ends where none has begun");
	if (s->expect == AT_VALUE && !s->fresh) {
		s->expect = AT_NEXT;
		*again = true;
		return hole(s);
	}
	s->closing = true;
	return GO_ON;
}

static void
missing_value(struct jsonsrc *s)
{
	repaired(s);
	write_raw(s, "null", 4);
}

static enum step
close_object(struct jsonsrc *s)
{
	if (kind(s) != '{' || s->expect == AT_COLON)
		return damaged(s, "a record ends where none has begun");
	if (s->expect == AT_VALUE)
		missing_value(s);
	return close_container(s);
}

static enum step
comma(struct jsonsrc *s)
{
	if (s->depth == 0) {
		repaired(s);
		return GO_ON;
	}
	if (s->expect == AT_COLON)
		return damaged(s, "a name has no value");
	if (kind(s) == '[' && s->expect == AT_VALUE)
		return hole(s);
	if (s->expect == AT_VALUE)
		missing_value(s);
	if (s->expect == AT_NAME)
		repaired(s);
	s->expect = kind(s) == '[' ? AT_VALUE : AT_NAME;
	s->fresh = false;
	return GO_ON;
}

static enum step
quote(struct jsonsrc *s)
{
	bool is_name = kind(s) == '{' && s->expect == AT_NAME;

	if (s->depth > 0 && !is_name && s->expect != AT_VALUE)
		return damaged(s, "a comma or bracket is missing");
	begin_token(s, STRING, is_name);
	if (s->mode != WALK)
		write_raw(s, "\"", 1);
	return GO_ON;
}

static enum step
colon(struct jsonsrc *s)
{
	if (s->depth == 0 || s->expect != AT_COLON)
		return damaged(s, "there is a colon too many");
	s->expect = AT_VALUE;
	write_raw(s, ":", 1);
	return GO_ON;
}

static enum step
other(struct jsonsrc *s, uint8_t c, bool *again)
{
	if (s->depth == 0 && (c == '(' || c == ')' || c == ';')) {
		repaired(s);
		return GO_ON;
	}
	if (!in_word(c))
		return damaged(s, "there is something that is not JSON");
	if (s->depth > 0 && s->expect != AT_VALUE)
		return damaged(s, "a comma or bracket is missing");
	begin_token(s, SCALAR, false);
	*again = true;
	return GO_ON;
}

/* The byte c outside of strings and words.  *again: it is not used up. */
static enum step
structure(struct jsonsrc *s, uint8_t c, bool *again)
{
	if (s->closing && !array_goes_on(s, c)) {
		*again = true;
		return close_container(s);
	}
	switch (c) {
	case '{':
	case '[':
		return open_at(s, c);
	case '}':
		return close_object(s);
	case ']':
		return close_array(s, again);
	case ',':
		return comma(s);
	case ':':
		return colon(s);
	case '"':
		return quote(s);
	default:
		return other(s, c, again);
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum step
refill(struct jsonsrc *s)
{
	ssize_t n;

	s->before += utf8_chars((const char *)s->buf, s->fill);
	if ((n = input_read(s->in, s->buf, sizeof(s->buf), &s->err)) == -1)
		return stuck(s, JSONSRC_FAILED);
	s->pos = 0;
	s->fill = (size_t)n;
	s->came += (uint64_t)n;
	s->ended = n == 0;
	return GO_ON;
}

static enum step
at_end(struct jsonsrc *s)
{
	if (s->closing)
		return close_container(s);
	if (s->depth > 0 || s->token == STRING)
		return cut(s);
	if (s->token == NO_TOKEN)
		return stuck(s, JSONSRC_END);
	s->token = NO_TOKEN;
	return end_value(s);
}

/* At the byte c after the one document: does something else begin?  A string, a colon or a bracket too many is damage. */
static bool
something_follows(const struct jsonsrc *s, uint8_t c)
{
	return s->alone && s->over && s->depth == 0 && strchr("\"(:;,)]}", c) == NULL;
}

static enum step
end_here(struct jsonsrc *s)
{
	format_ended(s->options, s->came - (s->fill - s->pos), s->line);
	return stuck(s, JSONSRC_END);
}

static enum step
advance(struct jsonsrc *s)
{
	bool again = false;
	enum step step;
	uint8_t c;

	if (s->pos == s->fill)
		return s->ended ? at_end(s) : refill(s);
	if (s->token == STRING)
		return string(s);
	if (s->token == SCALAR)
		return scalar(s);
	c = s->buf[s->pos];
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		s->line += c == '\n';
		step = GO_ON;
	} else if (c == '\0' && s->depth == 0) {
		step = GO_ON;
	} else if (something_follows(s, c)) {
		return end_here(s);
	} else {
		step = structure(s, c, &again);
	}
	if (!again && step != STUCK)
		s->pos++;
	return step;
}

enum jsonsrc_event
jsonsrc_next(struct jsonsrc *s, struct jsonsrc_value *v, struct err *e)
{
	enum step step = GO_ON;

	json_object_put(s->tree);
	s->tree = NULL;
	while (step == GO_ON && !s->is_stuck)
		step = advance(s);
	if (s->is_stuck) {
		if (e != NULL && s->stuck != JSONSRC_END)
			*e = s->err;
		return s->stuck;
	}
	*v = (struct jsonsrc_value){ .place = s->at, .tree = s->tree, .reason = s->reason };
	if (e != NULL && s->event == JSONSRC_BAD)
		*e = s->err;
	return s->event;
}

void
jsonsrc_alone(struct jsonsrc *s)
{
	s->alone = true;
}

const char *
jsonsrc_path(const struct jsonsrc *s, unsigned depth)
{
	return depth < s->entered ? s->path[depth].place.name : NULL;
}

static void
restart(struct jsonsrc *s)
{
	s->before = s->documents = s->reported_line = 0;
	s->line = 1;
	s->pos = s->fill = 0;
	s->came = 0;
	s->ended = s->over = s->closing = s->fresh = s->is_stuck = false;
	s->mode = WALK;
	s->expect = AT_VALUE;
	s->token = NO_TOKEN;
	s->depth = s->entered = 0;
	s->empty_n = 0;
}

struct jsonsrc *
jsonsrc_open(struct input *in, jsonsrc_choose *choose, void *ctx, const struct format_options *options, struct err *e)
{
	struct jsonsrc *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->tokener = json_tokener_new_ex(JSONSRC_DEPTH_MAX + 1)) == NULL) {
		free(s);
		err_nomem(e);
		return NULL;
	}
	s->in = in;
	s->choose = choose;
	s->ctx = ctx;
	s->options = options;
	sb_init(&s->raw, JSONSRC_ELEMENT_MAX);
	restart(s);
	return s;
}

void
jsonsrc_rewind(struct jsonsrc *s)
{
	s->again = true;
	restart(s);
}

void
jsonsrc_close(struct jsonsrc *s)
{
	if (s == NULL)
		return;
	json_object_put(s->tree);
	json_tokener_free(s->tokener);
	sb_free(&s->raw);
	free(s);
}

/* --- the first bytes --------------------------------------------------------------------------- */

static size_t
skip_to_document(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && (in_word(p[i]) || memchr(" \t\r\n(", p[i], 5) != NULL))
		i++;
	return i;
}

/* The end of the string that begins at p[i], behind its quote; n if it has none. */
static size_t
string_end(const uint8_t *p, size_t n, size_t i)
{
	for (i++; i < n && p[i] != '"'; i++)
		i += p[i] == '\\';
	return i < n ? i + 1 : n;
}

char
jsonsrc_sniff(const uint8_t *p, size_t n, void (*name)(void *, unsigned, const char *, size_t), void *ctx)
{
	size_t i = skip_to_document(p, n), begin, end;
	char first = i < n && (p[i] == '{' || p[i] == '[') ? (char)p[i] : '\0';
	unsigned depth = 0;

	while (first != '\0' && i < n) {
		begin = i;
		depth += p[i] == '{' || p[i] == '[';
		depth -= (p[i] == '}' || p[i] == ']') && depth > 0;
		if (p[i++] != '"')
			continue;
		i = end = string_end(p, n, begin);
		while (i < n && memchr(" \t\r\n", p[i], 4) != NULL)
			i++;
		if (i < n && p[i] == ':')
			name(ctx, depth, (const char *)p + begin + 1, end - begin - 2);
	}
	return first;
}
