#include <json-c/json.h>

#include "formats/jsonrows.h"

#include "formats/field.h"
#include "formats/jsonval.h"

/* A body and what is made of it, each as large as a value may be, and the small fields. */
#define ARENA_CAP	(3 * (size_t)JSONSRC_ELEMENT_MAX)

#define NOT_IN_FIRST_PASS UINT64_MAX

struct jsonrows {
	const struct jsonrows_handler	*handler;
	void				*ctx;
	const struct format_options	*options;
	struct jsonsrc			*json;
	struct arena			*arena;
	struct json_tokener		*tokener;
	struct json_object		*parsed;	/* an array of what was parsed for the row at hand */
	struct json_object		*extra;
	uint64_t			 ordinal;	/* of the next comment, or the one at hand */
	uint64_t			 held_back;
	bool				 second_pass;
	bool				 lacking;	/* the first pass had not all that it refers to */
	bool				 is_over;
	enum rd_status			 over;		/* then: RD_EOF or RD_FATAL */
	struct err			 err;
};

/* --- rows -------------------------------------------------------------------------------- */

struct json_object *
jsonrows_parse(struct jsonrows *rows, struct json_object *string)
{
	struct json_object *value;

	json_tokener_reset(rows->tokener);
	value = json_tokener_parse_ex(rows->tokener, json_object_get_string(string),
	    json_object_get_string_len(string));
	if (rows->parsed == NULL)
		rows->parsed = json_object_new_array();
	if (value != NULL && (rows->parsed == NULL || json_object_array_add(rows->parsed, value) != 0)) {
		json_object_put(value);
		return NULL;
	}
	return value;
}

/* The row as an object; NULL if it is none. */
static struct json_object *
as_object(struct jsonrows *rows, struct json_object *row)
{
	if (json_object_is_type(row, json_type_string))
		row = jsonrows_parse(rows, row);
	return json_object_is_type(row, json_type_object) ? row : NULL;
}

static void
forget(struct jsonrows *rows)
{
	json_object_put(rows->parsed);
	json_object_put(rows->extra);
	rows->parsed = rows->extra = NULL;
	arena_reset(rows->arena);
}

/* --- comments ---------------------------------------------------------------------------- */

/* Skipped comments are told in the first pass. */
static bool
skip(struct jsonrows *rows, uint64_t line, enum issue_reason reason, struct comment *c, enum rd_status *status)
{
	if (rows->second_pass)
		return false;
	c->line = line;
	c->skipped = reason;
	*status = RD_SKIPPED;
	return true;
}

static int
write_extra(struct jsonrows *rows, struct comment *c, struct err *e)
{
	const char *s;

	if (rows->extra == NULL)
		return 0;
	s = json_object_to_json_string_ext(rows->extra, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return s == NULL ? err_nomem(e) : field_copy(rows->arena, field_literal(s), &c->text[CT_EXTRA], e);
}

/* What is to be delivered of a comment; false: nothing.  c has its ordinal. */
static bool
comment(struct jsonrows *rows, const struct jsonsrc_value *v, struct comment *c, struct err *e, enum rd_status *status)
{
	struct json_object *row = as_object(rows, v->tree);

	*status = RD_FATAL;
	rows->lacking = false;
	if (row == NULL) {
		err_set(e, ERR_INPUT, "The record at line %" PRIu64 " is no comment.", v->place.line);
		return skip(rows, v->place.line, ISSUE_BAD_RECORD, c, status);
	}
	if (rows->handler->refer != NULL && rows->handler->refer(rows->ctx, row, e) == -1)
		return true;
	if (rows->lacking != rows->second_pass) {
		rows->held_back += !rows->second_pass;
		return false;
	}
	c->line = v->place.line;
	c->skipped = ISSUE_BAD_RECORD;
	if (rows->handler->map(rows->ctx, row, c, e) == 0 && write_extra(rows, c, e) == 0)
		*status = c->skipped == ISSUE_BAD_RECORD ? RD_ITEM : RD_SKIPPED;
	else if (e->kind == ERR_INPUT) {
		c->skipped = ISSUE_BAD_RECORD;
		*status = RD_SKIPPED;
	}
	return true;
}

/* --- events ------------------------------------------------------------------------------ */

static enum jsonsrc_choice
choose(void *ctx, const struct jsonsrc_place *place)
{
	struct jsonrows *rows = ctx;
	int kind = rows->handler->kind(rows->ctx, rows->json, place);

	if (kind == JSONROWS_PASS)
		return JSONSRC_PASS;
	return kind == JSONROWS_ENTER ? JSONSRC_ENTER : JSONSRC_TAKE;
}

static bool
value(struct jsonrows *rows, const struct jsonsrc_value *v, struct comment *c, struct err *e, enum rd_status *status)
{
	int kind = rows->handler->kind(rows->ctx, rows->json, &v->place);
	struct json_object *row = v->tree;
	bool told;

	if (kind == JSONROWS_COMMENT) {
		*c = (struct comment){ .ordinal = rows->ordinal };
		told = comment(rows, v, c, e, status);
		rows->ordinal++;
		return told;
	}
	if (v->place.name == NULL && (row = as_object(rows, row)) == NULL)
		return false;
	*status = RD_FATAL;
	return rows->handler->other != NULL && rows->handler->other(rows->ctx, kind, row, e) == -1;
}

static bool
bad(struct jsonrows *rows, const struct jsonsrc_value *v, struct comment *c, enum rd_status *status)
{
	if (rows->handler->kind(rows->ctx, rows->json, &v->place) == JSONROWS_COMMENT) {
		*c = (struct comment){ .ordinal = rows->ordinal++ };
		return skip(rows, v->place.line, v->reason, c, status);
	}
	/* Of another row nobody counts; comments that refer to it report that it is missing. */
	if (v->reason == ISSUE_HOLE && !rows->second_pass)
		format_note(rows->options, ISSUE_JSON_REPAIRED, NULL, v->place.line);
	return false;
}

static enum rd_status
finish(struct jsonrows *rows, enum rd_status over, const struct err *e)
{
	rows->is_over = true;
	rows->over = over;
	if (over == RD_FATAL)
		rows->err = *e;
	return over;
}

/* Behind the last byte, or the last that can be read: what was held back is read before that is said. */
static enum rd_status
at_end(struct jsonrows *rows, enum rd_status over, const struct err *e)
{
	if (rows->second_pass || rows->held_back == 0 || (over == RD_FATAL && e->kind != ERR_INPUT))
		return finish(rows, over, e);
	rows->second_pass = true;
	rows->ordinal = 0;
	jsonsrc_rewind(rows->json);
	return RD_AGAIN;
}

/* One event; true: *status is for the caller. */
static bool
step(struct jsonrows *rows, struct comment *c, struct err *e, enum rd_status *status)
{
	struct jsonsrc_value v;

	forget(rows);
	switch (jsonsrc_next(rows->json, &v, e)) {
	case JSONSRC_VALUE:
		if (!value(rows, &v, c, e, status))
			return false;
		if (*status == RD_FATAL)
			finish(rows, RD_FATAL, e);
		return true;
	case JSONSRC_BAD:
		return bad(rows, &v, c, status);
	case JSONSRC_ENTERED:
	case JSONSRC_LEFT:
		return false;
	case JSONSRC_END:
		*status = at_end(rows, RD_EOF, e);
		return true;
	case JSONSRC_CUT:
	case JSONSRC_FAILED:
		*status = at_end(rows, RD_FATAL, e);
		return true;
	}
	return false;
}

enum rd_status
jsonrows_next(struct jsonrows *rows, struct comment *c, struct err *e)
{
	enum rd_status status = RD_EOF;
	struct err ours = { 0 };

	if (e == NULL)
		e = &ours;
	if (rows->is_over) {
		if (rows->over == RD_FATAL)
			*e = rows->err;
		return rows->over;
	}
	while (!step(rows, c, e, &status))
		continue;
	return status;
}

/* --- for the handler ------------------------------------------------------------------------ */

struct arena *
jsonrows_arena(struct jsonrows *rows)
{
	return rows->arena;
}

int
jsonrows_text(struct jsonrows *rows, struct json_object *object, const char *names, struct text *out, struct err *e)
{
	if (!jsonval_text(object, names, rows->arena, out))
		return err_nomem(e);
	*out = field_trim(*out);
	return 0;
}

int
jsonrows_put(struct jsonrows *rows, struct sidetable *table, struct text key, struct sidetable_row *row, struct err *e)
{
	row->number = rows->second_pass ? NOT_IN_FIRST_PASS : rows->ordinal;
	return sidetable_put(table, key, row, e);
}

int
jsonrows_find(struct jsonrows *rows, struct sidetable *table, struct text key, struct sidetable_row *row, bool *found,
    struct err *e)
{
	*row = (struct sidetable_row){ .number = 0 };
	*found = sidetable_get(table, key, row);
	if (*found && row->number <= rows->ordinal)
		return 0;
	rows->lacking = true;
	if (rows->second_pass)
		return 0;
	sidetable_only_wanted(table);
	return sidetable_want(table, key, e);
}

void
jsonrows_extra(struct jsonrows *rows, const char *name, struct json_object *value)
{
	if (value == NULL)
		return;
	if (rows->extra == NULL)
		rows->extra = json_object_new_object();
	if (rows->extra == NULL || json_object_object_add(rows->extra, name, value) != 0)
		json_object_put(value);
}

void
jsonrows_note(struct jsonrows *rows, const struct comment *c, enum issue_reason reason)
{
	const struct text *id = &c->text[CT_EXTERNAL_ID];
	char *s = id->n > 0 ? arena_memdup(rows->arena, id->p, id->n) : NULL;

	format_note(rows->options, reason, s, c->line);
}

struct jsonrows *
jsonrows_open(struct input *in, const struct jsonrows_handler *handler, void *ctx, const struct format_options *options,
    struct err *e)
{
	struct jsonrows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL) {
		err_nomem(e);
		return NULL;
	}
	rows->handler = handler;
	rows->ctx = ctx;
	rows->options = options;
	rows->arena = arena_new(ARENA_CAP);
	rows->tokener = json_tokener_new_ex(JSONSRC_DEPTH_MAX);
	if (rows->arena == NULL || rows->tokener == NULL)
		err_nomem(e);
	if (rows->arena == NULL || rows->tokener == NULL ||
	    (rows->json = jsonsrc_open(in, choose, rows, options, e)) == NULL) {
		jsonrows_close(rows);
		return NULL;
	}
	jsonsrc_alone(rows->json);
	return rows;
}

bool
jsonrows_was_empty(const struct jsonrows *rows, const char *names)
{
	return jsonsrc_was_empty(rows->json, names);
}

void
jsonrows_close(struct jsonrows *rows)
{
	if (rows == NULL)
		return;
	jsonsrc_close(rows->json);
	json_object_put(rows->parsed);
	json_object_put(rows->extra);
	json_tokener_free(rows->tokener);
	arena_free(rows->arena);
	free(rows);
}
