/* What has changed here and a connected site does not know yet. */
#ifndef WEB_SITE_EVENTS_H
#define WEB_SITE_EVENTS_H

#include "store/integration.h"

#define SITE_EVENTS_PAGE	100	/* events of an answer, and then what is left of a second */

/* Where a client has got to. */
struct site_cursor {
	int64_t	second;		/* of its last event's createdAt, since 1970; 0 at the beginning */
	bool	whole;		/* it has had all of that second */
};

/*
 * fromDateTime of a query.  The plugin cuts its last event's createdAt to a second and sends that in milliseconds, the PHP
 * core library sends the second as it is, and the JavaScript one the text of createdAt, to which it has had everything.  The
 * beginning for NULL and for whatever is none of these ("undefined"): what a client is told then twice it knows.
 */
#define SITE_CURSOR_BYTES	64
struct site_cursor site_cursor(const char *);

/*
 * How many events wait for the site that has got to there, counting to SITE_EVENTS_PAGE at most.  Those of the cursor's own
 * second do not wait: an answer never ends within a second.
 */
int site_events_waiting(struct db *, const struct integration *, struct site_cursor, int64_t *count, struct err *) MUST_CHECK;

#endif
