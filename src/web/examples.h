/* The examples of an issue as the database keeps them: [{"external_id":"12","line":34}, ...]. */
#ifndef WEB_EXAMPLES_H
#define WEB_EXAMPLES_H

#include "util/arena.h"
#include "util/err.h"

/*
 * Calls fn for each object of the array.  external_id is NULL where it is missing or null, line 0; other
 * members are passed over.  ERR_BUG if the text is no such array: what was read before stays said.
 */
int examples_each(const char *json, struct arena *, void (*fn)(void *ctx, const char *external_id, int64_t line),
    void *ctx, struct err *) MUST_CHECK;

#endif
