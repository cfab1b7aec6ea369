/* JSON values appended to a text under construction. */
#ifndef WEB_JSON_H
#define WEB_JSON_H

#include "util/sb.h"

/* A string in quotes; s is valid UTF-8. */
void json_string(struct sb *, const char *s);

/* A time per RFC 3339 in quotes; null for CLOCK_UNKNOWN. */
void json_time(struct sb *, int64_t ms);

#endif
