/* A comment and the replies that stand inside of it, at any depth, one after the other: parents first. */
#ifndef FORMATS_JSONWALK_H
#define FORMATS_JSONWALK_H

#include "util/err.h"

struct json_object;
struct jsonwalk;

struct jsonwalk_item {
	struct json_object	*object;	/* anything that stands in a list of replies, null (NULL) too */
	struct json_object	*parent;	/* NULL for the first */
};

/* lists: the names of the member that holds the replies (jsonval_named), an array or an object with an array `data`.
 * NULL when out of memory. */
struct jsonwalk *jsonwalk_new(const char *lists, struct err *);
void jsonwalk_free(struct jsonwalk *);	/* free(NULL) does nothing */

/* Begins with this comment, which is kept until the walk is over or the next one begins. */
void jsonwalk_begin(struct jsonwalk *, struct json_object *);

/* 1: *item is set, until the next call; 0: the walk is over; -1: out of memory. */
int jsonwalk_next(struct jsonwalk *, struct jsonwalk_item *item, struct err *) MUST_CHECK;

#endif
