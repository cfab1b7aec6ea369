/* The body of a request that is JSON, as a tree. */
#ifndef WEB_API_BODY_H
#define WEB_API_BODY_H

#include "util/err.h"

struct json_object;

/* The value of n bytes, NUL-terminated, at most depth levels deep; json_object_put() frees it.  NULL: ERR_INPUT, with
 * the position of the byte that does not fit, from 1. */
struct json_object *api_body_parse(const char *body, size_t n, int depth, struct err *);

/* The same of an object.  ERR_TYPE for a body of another type, ERR_INPUT for JSON that is none. */
struct json_object *api_body_object(const char *content_type, const char *body, size_t n, int depth, struct err *);

/* The value of the member called name: a string, which lives as long as the tree, or true or false.  ERR_UNUSABLE for
 * anything else. */
int api_body_text(struct json_object *, const char *name, const char **text, struct err *) MUST_CHECK;
int api_body_flag(struct json_object *, const char *name, bool *flag, struct err *) MUST_CHECK;

/* What a member of this name gets that nobody knows: ERR_UNUSABLE.  Returns -1. */
int api_body_unknown(const char *name, struct err *);

/* What is wrong is no more the form of the body but what it says: ERR_INPUT becomes ERR_UNUSABLE.  Returns -1. */
int api_body_unusable(struct err *);

#endif
