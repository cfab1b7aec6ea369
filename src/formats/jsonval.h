/*
 * Members of a JSON object as the vocabulary's fields, for exports whose key
 * names and types are known only roughly: alias lists, names without regard to
 * case, - and _, numbers for texts, texts for numbers, wrapped values.
 */
#ifndef FORMATS_JSONVAL_H
#define FORMATS_JSONVAL_H

#include "util/arena.h"

#include "model/comment.h"

struct json_object;

/* Is this name one of those, separated by blanks?  Compared without case, - and _. */
bool jsonval_named(const char *name, const char *names);

/*
 * Of these names, separated by blanks ("parent_id parentId parent"), the first whose member is there and neither null
 * nor "".  Names are compared without case, - and _; one that begins with `=` only exactly; a member whose name is
 * exactly one of them wins over those that are so only without case.  Members that are {"S": x}, {"N": x}
 * or {"BOOL": x} alone are taken for x, {"NULL": true} for null.  NULL if there is none.
 */
struct json_object *jsonval_get(struct json_object *object, const char *names);

/* True if any of the names is there at all, be it null or empty. */
bool jsonval_has(struct json_object *object, const char *names);

/*
 * A member as text, in the arena: strings as they are, numbers and booleans as they are written.  said if any of the
 * names is there (null: said to be empty), containers count as not there.  False when out of memory.
 */
bool jsonval_text(struct json_object *object, const char *names, struct arena *, struct text *out) MUST_CHECK;

/* A string, number or boolean as text in the arena; not said for NULL and containers. */
bool jsonval_as_text(struct json_object *value, struct arena *, struct text *out) MUST_CHECK;

/* true, 1, "true", "t", "yes", "1" in any case; false and the like; otherwise for anything else and NULL. */
bool jsonval_flag(struct json_object *value, bool otherwise);

/* A whole number, also as text or as 4.0; otherwise for anything else, and NULL. */
int64_t jsonval_int(struct json_object *value, int64_t otherwise);

/*
 * A date in milliseconds: a number, or text of digits, below 10^11 is seconds, else milliseconds; else clock_parse().
 * CLOCK_UNKNOWN if it is none of these.
 */
int64_t jsonval_date(struct json_object *value);

/* said: the names are there; an unreadable date is CLOCK_UNKNOWN. */
struct number jsonval_date_field(struct json_object *object, const char *names);

#endif
