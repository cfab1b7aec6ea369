/* What has changed here and a connected site does not know yet. */
#ifndef WEB_SITE_EVENTS_H
#define WEB_SITE_EVENTS_H

#include "store/integration.h"

#define SITE_EVENTS_PAGE	100	/* events of an answer, and then what is left of a second */

/* fromDateTime of a query in milliseconds.  0, with which a client begins, for NULL and for whatever is no such number:
 * what it is told then twice it knows. */
#define SITE_CURSOR_BYTES	64
int64_t site_cursor(const char *);

/*
 * How many events wait for the site that asks from from_ms on (its last event's createdAt, or 0), counting to
 * SITE_EVENTS_PAGE at most.  Those of that event's own second do not wait: an answer never ends within a second.
 */
int site_events_waiting(struct db *, const struct integration *, int64_t from_ms, int64_t *count,
    struct err *) MUST_CHECK;

#endif
