/*
 * The comments of a JSON export one by one, together with the lists that they refer to (authors, pages), wherever
 * in the file these stand: what formats of this kind have in common.
 *
 * A comment comes out in the first pass if all that it refers to stood in front of it.  Else it is held back: the
 * missing keys are noted, from then on lists keep only what is wanted, and it comes out in the second pass (RD_AGAIN).
 * Each row of a list knows before which comment it came, so the second pass knows what the first one did, and every
 * comment comes out once whatever the order, also when the file breaks off.
 */
#ifndef FORMATS_JSONROWS_H
#define FORMATS_JSONROWS_H

#include "formats/jsonsrc.h"
#include "formats/sidetable.h"

struct jsonrows;

/* What a value in the file is. */
enum jsonrows_kind {
	JSONROWS_PASS,		/* of no interest */
	JSONROWS_ENTER,		/* a container to look into */
	JSONROWS_COMMENT,
	JSONROWS_OTHER		/* a row of a list or the like; formats may count on from here */
};

/*
 * What a format does.  A row is an object, also one that stands in the file as a string (its JSON in quotes).  Its
 * texts and what is in the arena live until the next call of jsonrows_next().
 */
struct jsonrows_handler {
	/* Told by the place and the names around it (jsonsrc_path) alone. */
	int	(*kind)(void *ctx, const struct jsonsrc *, const struct jsonsrc_place *);
	/* Looks up what a comment refers to, with jsonrows_find().  NULL: comments refer to nothing. */
	int	(*refer)(void *ctx, struct json_object *row, struct err *);
	/* Maps this comment; *c is empty but for ordinal and line.  ERR_INPUT: it is skipped as a bad record; c->skipped set
	 * to another reason: it is skipped for that one. */
	int	(*map)(void *ctx, struct json_object *row, struct comment *c, struct err *);
	/* Anything from JSONROWS_OTHER on: objects in arrays, any value in objects.  May be NULL. */
	int	(*other)(void *ctx, int kind, struct json_object *, struct err *);
};

/* Input, handler, ctx and options stay valid until close.  NULL when out of memory. */
struct jsonrows *jsonrows_open(struct input *, const struct jsonrows_handler *, void *ctx,
    const struct format_options *, struct err *);

/* A format's next(). */
enum rd_status jsonrows_next(struct jsonrows *, struct comment *, struct err *);
/* jsonsrc_was_empty() of the file. */
bool jsonrows_was_empty(const struct jsonrows *, const char *names);

void jsonrows_close(struct jsonrows *);		/* close(NULL) does nothing */

/* --- for the handler's functions ------------------------------------------------------- */

/* Emptied for each row. */
struct arena *jsonrows_arena(struct jsonrows *);

/* A member (formats/jsonval.h) as text, trimmed, with a NUL byte somewhere behind it.  0, or -1 out of memory. */
int jsonrows_text(struct jsonrows *, struct json_object *, const char *names, struct text *out,
    struct err *) MUST_CHECK;

/* A string that holds JSON, parsed; it lives as long as the row.  NULL if it is none. */
struct json_object *jsonrows_parse(struct jsonrows *, struct json_object *string);

/* Puts a row of a list into its table (the first of a key stays).  row->number is ours.  0, or -1: ERR_LIMIT. */
int jsonrows_put(struct jsonrows *, struct sidetable *, struct text key, struct sidetable_row *row,
    struct err *) MUST_CHECK;

/*
 * What the comment at hand refers to; *row is empty if it is not there, or not yet.  Only from refer().
 * 0, or -1: ERR_LIMIT.
 */
int jsonrows_find(struct jsonrows *, struct sidetable *, struct text key, struct sidetable_row *row, bool *found,
    struct err *) MUST_CHECK;

/* A field of CT_EXTRA of the comment at hand; the value becomes ours, NULL is left out.  Only from map(). */
void jsonrows_extra(struct jsonrows *, const char *name, struct json_object *value);

/* Reports about the comment at hand.  Only from map(). */
void jsonrows_note(struct jsonrows *, const struct comment *, enum issue_reason);

#endif
