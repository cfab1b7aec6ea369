/*
 * Our own JSON Lines (doc/JSONL): the vocabulary as members, one comment on a line, nothing lost.
 *
 * json-c reads a line at a time.  It takes more than JSON is (NaN, 'quotes'), and needs about forty times
 * the size of a line that consists of commas; so each line is looked at before json-c sees it.
 */
#include <json-c/json.h>

#include "formats/format.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/sb.h"

#include "formats/jsonsrc.h"
#include "formats/vocabulary.h"

#define JSONL_VERSION	1
#define LINE_MAX_BYTES	(8 * 1024 * 1024)
#define VALUES_MAX	65536		/* of a line */
#define DEPTH_MAX	100		/* objects and arrays in each other, the line's own included */
#define CHUNK		(32 * 1024)
#define ARENA_CAP	(LINE_MAX_BYTES + 64 * 1024)	/* an address as the page's identifier, and extra */
#define EXTRA		(&vocabulary[VOCABULARY_FIELDS - 1])
#define PLAIN_FLAGS	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* --- recognising --------------------------------------------------------------------- */

struct names {
	bool		header;
	uint32_t	fields;		/* bits 1 << place in vocabulary[] */
};

static void
see_name(void *ctx, unsigned depth, const char *name, size_t n)
{
	struct names *names = ctx;
	size_t place = vocabulary_by_name(name, n);

	if (depth != 1)
		return;
	names->header |= n == 8 && memcmp(name, "trasloco", 8) == 0;
	if (place < VOCABULARY_FIELDS)
		names->fields |= UINT32_C(1) << place;
}

static int
jsonl_sniff(const uint8_t *head, size_t n)
{
	struct names names = { .fields = 0 };

	if (jsonsrc_sniff(head, n, see_name, &names) != '{')
		return 0;
	if (names.header)
		return 100;
	/* Without a header: what each record must say, under our names. */
	return vocabulary_enough(names.fields) ? 90 : 0;
}

/* --- lines --------------------------------------------------------------------------- */

struct reader {
	struct input			*in;
	const struct format_options	*options;
	struct arena			*arena;		/* of one record */
	struct json_object		*tree;		/* of one record */
	uint64_t			 ordinal;	/* of the next record */

	struct sb			 line;		/* failed: it is over LINE_MAX_BYTES */
	uint64_t			 line_number;
	bool				 whole;		/* the line had a line end */
	bool				 ended, failed;
	struct err			 err;

	size_t				 pos, fill;
	char				 chunk[CHUNK];
};

static bool
jsonl_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)r;
	return jsonl_sniff(head, n) == 100;
}

static void
jsonl_close(struct reader *r)
{
	if (r == NULL)
		return;
	json_object_put(r->tree);
	arena_free(r->arena);
	sb_free(&r->line);
	free(r);
}

static struct reader *
jsonl_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->arena = arena_new(ARENA_CAP)) == NULL) {
		err_nomem(e);
		free(r);
		return NULL;
	}
	r->in = in;
	r->options = given;
	sb_init(&r->line, LINE_MAX_BYTES);
	return r;
}

/* 1, 0 at the end, -1. */
static int
refill(struct reader *r)
{
	ssize_t got = input_read(r->in, r->chunk, sizeof(r->chunk), &r->err);

	if (got <= 0)
		return (int)got;
	r->pos = 0;
	r->fill = (size_t)got;
	return 1;
}

/* The next line, without its line feed; at the end an empty one that is not whole. */
static int
read_line(struct reader *r)
{
	const char *feed;
	int more = 1;

	sb_reset(&r->line);
	r->line_number++;
	r->whole = false;
	while (!r->whole) {
		if (r->pos == r->fill && (more = refill(r)) <= 0)
			break;
		feed = memchr(r->chunk + r->pos, '\n', r->fill - r->pos);
		r->whole = feed != NULL;
		sb_add(&r->line, r->chunk + r->pos, (r->whole ? (size_t)(feed - r->chunk) : r->fill) - r->pos);
		r->pos = r->whole ? (size_t)(feed - r->chunk) + 1 : r->fill;
	}
	r->ended = more == 0;
	return more;
}

/* The line; true if there is nothing but blanks on it. */
static bool
blank(const struct reader *r, const char **p, size_t *n)
{
	size_t i;

	*p = sb_text(&r->line);
	*n = r->line.n;
	for (i = 0; i < *n && memchr(" \t\r", (*p)[i], 3) != NULL; i++)
		continue;
	return i == *n && sb_ok(&r->line);
}

/* What json-c must not see; NULL if the text is all right so far. */
static const char *
objection(const char *p, size_t n, size_t depth_max)
{
	bool quoted = false, deep = false;
	size_t values = 0, depth = 0, i;

	for (i = 0; i < n; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (p[i] == 'N' || p[i] == 'I' || p[i] == '\'' ||
		    (p[i] == '.' && (i + 1 == n || p[i + 1] < '0' || p[i + 1] > '9')))
			return "is not JSON";
		values += p[i] == ',' || p[i] == '[' || p[i] == '{';
		depth += p[i] == '[' || p[i] == '{';
		depth -= (p[i] == ']' || p[i] == '}') && depth > 0;
		deep |= depth > depth_max;
	}
	if (deep)
		return "has values in values over 100 levels deep";
	return values > VALUES_MAX ? "has over 65,536 values" : NULL;
}

static struct json_object *
parse(const char *p, size_t n)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX + 2);
	struct json_object *tree = NULL;

	if (tokener == NULL)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	tree = json_tokener_parse_ex(tokener, p, (int)n);
	json_tokener_free(tokener);
	if (json_object_is_type(tree, json_type_object))
		return tree;
	json_object_put(tree);
	return NULL;
}

/* The object on this line into r->tree.  -1 with a sentence if there is none. */
static int
parse_line(struct reader *r, const char *p, size_t n, struct err *e)
{
	const char *why = sb_ok(&r->line) ? objection(p, n, DEPTH_MAX) : "is over 8 MiB long";

	json_object_put(r->tree);
	r->tree = why == NULL ? parse(p, n) : NULL;
	if (r->tree != NULL)
		return 0;
	if (why == NULL)
		why = "is not a JSON object";
	return err_set(e, ERR_INPUT, "Line %" PRIu64 " %s.", r->line_number, why);
}

/* --- records ------------------------------------------------------------------------- */

static void
take_text(const struct reader *r, struct json_object *value, struct comment *c, enum comment_text which)
{
	struct text *t = &c->text[which];

	if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array)) {
		vocabulary_note(r->options, c, ISSUE_VALUE_LEFT_OUT);
		return;
	}
	t->said = true;
	t->p = value != NULL ? json_object_get_string(value) : "";
	t->n = json_object_is_type(value, json_type_string) ? (size_t)json_object_get_string_len(value) : strlen(t->p);
}

static void
take_date(struct json_object *value, struct number *number)
{
	number->said = true;
	if (!json_object_is_type(value, json_type_string) ||
	    clock_parse(json_object_get_string(value), (size_t)json_object_get_string_len(value), &number->v) == -1)
		number->v = CLOCK_UNKNOWN;
}

static void
take_number(const struct reader *r, struct json_object *value, struct comment *c, enum comment_number which)
{
	struct number *number = &c->number[which];
	bool votes = which == CN_VOTES_UP || which == CN_VOTES_DOWN;

	if (value == NULL)
		return;
	number->said = json_object_is_type(value, votes ? json_type_int : json_type_boolean);
	if (number->said)
		number->v = json_object_get_int64(value);
	else
		vocabulary_note(r->options, c, ISSUE_VALUE_LEFT_OUT);
}

/* Members that the vocabulary does not know join the ones of `extra`; the latter win.  NULL when out of memory. */
static struct json_object *
gather_extra(struct json_object *tree, struct json_object *given)
{
	struct json_object *extra = given != NULL ? json_object_get(given) : json_object_new_object();
	struct json_object_iter it;

	if (extra == NULL)
		return NULL;
	json_object_object_foreachC(tree, it) {
		if (vocabulary_by_name(it.key, strlen(it.key)) < VOCABULARY_FIELDS ||
		    json_object_object_get_ex(extra, it.key, NULL))
			continue;
		if (json_object_object_add(extra, it.key, json_object_get(it.val)) == -1) {
			json_object_put(it.val);
			json_object_put(extra);
			return NULL;
		}
	}
	return extra;
}

static int
take_extra(struct reader *r, struct comment *c, struct err *e)
{
	struct json_object *given = NULL, *extra;
	struct text *t = &c->text[CT_EXTRA];
	const char *json;
	int ret = 0;

	json_object_object_get_ex(r->tree, EXTRA->name, &given);
	if (given != NULL && !json_object_is_type(given, json_type_object)) {
		vocabulary_note(r->options, c, ISSUE_VALUE_LEFT_OUT);
		given = NULL;
	}
	if ((extra = gather_extra(r->tree, given)) == NULL)
		return err_nomem(e);
	if (json_object_object_length(extra) == 0) {
		*t = (struct text){ .p = "", .said = given != NULL };
	} else if ((json = json_object_to_json_string_length(extra, PLAIN_FLAGS, &t->n)) == NULL) {
		ret = err_nomem(e);
	} else if (t->n > LIMIT_EXTRA_BYTES || objection(json, t->n, DEPTH_MAX - 1) != NULL) {
		vocabulary_note(r->options, c, ISSUE_EXTRA_DROPPED);
		t->n = 0;
	} else {
		t->said = true;
		if ((t->p = arena_memdup(r->arena, json, t->n)) == NULL)
			ret = err_nomem(e);
	}
	json_object_put(extra);
	return ret;
}

/* The object as a comment.  RD_FATAL with r->err. */
static enum rd_status
take_record(struct reader *r, struct comment *c, struct err *e)
{
	const struct vocabulary_field *field;
	struct json_object *value;

	for (field = vocabulary; field < EXTRA; field++) {
		if (!json_object_object_get_ex(r->tree, field->name, &value))
			continue;
		if (field->is_number && field->which == CN_CREATED_AT)
			take_date(value, &c->number[CN_CREATED_AT]);
		else if (field->is_number)
			take_number(r, value, c, field->which);
		else
			take_text(r, value, c, field->which);
	}
	if (vocabulary_check_source(c, e) == -1)
		return RD_SKIPPED;
	if (take_extra(r, c, &r->err) == -1 || vocabulary_page(r->options, c, r->arena, &r->err) == -1)
		return RD_FATAL;
	return RD_ITEM;
}

/* A first line, wherever it stands: files may be put one behind the other. */
static bool
is_header(struct json_object *tree)
{
	return json_object_object_get_ex(tree, "trasloco", NULL) && !json_object_object_get_ex(tree, "source", NULL);
}

static int
check_header(struct reader *r)
{
	struct json_object *version;

	json_object_object_get_ex(r->tree, "trasloco", &version);
	if (!json_object_is_type(version, json_type_int) || json_object_get_int64(version) < 1)
		return err_set(&r->err, ERR_INPUT, "The header on line %" PRIu64 " does not say the version of the format. "
		    "Please get the file once more.", r->line_number);
	if (json_object_get_int64(version) > JSONL_VERSION)
		return err_set(&r->err, ERR_INPUT, "The file is in version %" PRId64 " of the format, as line %" PRIu64
		    " says; this Trasloco reads version %d. Please update Trasloco and try again.",
		    json_object_get_int64(version), r->line_number, JSONL_VERSION);
	return 0;
}

static enum rd_status
fail(struct reader *r, struct err *e)
{
	r->failed = true;
	if (e != NULL)
		*e = r->err;
	return RD_FATAL;
}

static enum rd_status
jsonl_next(struct reader *r, struct comment *c, struct err *e)
{
	enum rd_status status;
	const char *p;
	size_t n;

	arena_reset(r->arena);
	while (!r->failed && !r->ended) {
		if (read_line(r) == -1)
			return fail(r, e);
		if (blank(r, &p, &n))
			continue;
		*c = (struct comment){ .ordinal = r->ordinal, .line = r->line_number, .skipped = ISSUE_BAD_RECORD };
		if (parse_line(r, p, n, e) == -1) {
			if (!r->whole) {
				vocabulary_note(r->options, c, ISSUE_LAST_LINE_CUT);
				continue;
			}
			r->ordinal++;
			return RD_SKIPPED;
		}
		if (is_header(r->tree)) {
			if (check_header(r) == -1)
				return fail(r, e);
			continue;
		}
		r->ordinal++;
		status = take_record(r, c, e);
		return status == RD_FATAL ? fail(r, e) : status;
	}
	return r->failed ? fail(r, e) : RD_EOF;
}

/* --- writing ------------------------------------------------------------------------- */

static struct writing *
jsonl_begin(struct output *out, struct err *e)
{
	struct writing *w = vocabulary_writing_new(out, e);

	if (w == NULL)
		return NULL;
	sb_printf(&w->line, "{\"trasloco\":%d,\"type\":\"header\"}\n", JSONL_VERSION);
	if (vocabulary_write_line(w, e) == -1) {
		vocabulary_writing_free(w);
		return NULL;
	}
	return w;
}

static void
put_text(struct sb *sb, struct text t)
{
	sb_char(sb, '"');
	esc_json(sb, t.p, t.n);
	sb_char(sb, '"');
}

static void
put_number(struct sb *sb, enum comment_number which, int64_t v)
{
	char time[CLOCK_TEXT_SIZE];

	if (which == CN_VOTES_UP || which == CN_VOTES_DOWN) {
		sb_printf(sb, "%" PRId64, v);
	} else if (which != CN_CREATED_AT) {
		sb_str(sb, v != 0 ? "true" : "false");
	} else {
		clock_format(time, v);
		if (*time != '\0')
			put_text(sb, (struct text){ .p = time, .n = strlen(time) });
		else
			sb_str(sb, "null");
	}
}

/*
 * As the reader gives it back, so that reading and writing again changes no byte.  It comes from a process that
 * may have been captured: what is no object does not get into the file.
 */
static int
put_extra(struct sb *sb, struct text t, struct err *e)
{
	struct json_object *extra;

	if (t.n == 0) {
		sb_str(sb, "{}");
		return 0;
	}
	if (objection(t.p, t.n, DEPTH_MAX - 1) != NULL || (extra = parse(t.p, t.n)) == NULL)
		return err_set(e, ERR_BUG, "the additional fields of a comment are not a JSON object");
	sb_str(sb, json_object_to_json_string_ext(extra, PLAIN_FLAGS));
	json_object_put(extra);
	return 0;
}

static int
jsonl_put(struct writing *w, const struct comment *c, struct err *e)
{
	const struct vocabulary_field *field;
	const char *before = "{\"";

	for (field = vocabulary; field < vocabulary + VOCABULARY_FIELDS; field++) {
		if (!(field->is_number ? c->number[field->which].said : c->text[field->which].said))
			continue;
		sb_printf(&w->line, "%s%s\":", before, field->name);
		before = ",\"";
		if (field->is_number)
			put_number(&w->line, field->which, c->number[field->which].v);
		else if (field != EXTRA)
			put_text(&w->line, c->text[field->which]);
		else if (put_extra(&w->line, c->text[CT_EXTRA], e) == -1)
			return -1;
	}
	sb_str(&w->line, "}\n");
	return vocabulary_write_line(w, e);
}

static const struct writer jsonl_writer = {
	.name = "jsonl",
	.title = "JSON Lines",
	.extension = "jsonl",
	.open = jsonl_begin,
	.put = jsonl_put,
	.finish = vocabulary_writing_finish,
	.close = vocabulary_writing_free,
};

const struct format jsonl_format = {
	.name = "jsonl",
	.source = "trasloco",
	.own_source = true,
	.title = "Trasloco (JSON Lines)",
	.accepts = "a .jsonl file that Trasloco wrote, or one with the same fields",
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.endless = true,
	.sniff = jsonl_sniff,
	.open = jsonl_open,
	.next = jsonl_next,
	.is_empty = jsonl_is_empty,
	.close = jsonl_close,
	.writer = &jsonl_writer,
};
