/* A database connection that several threads share, one at a time. */
#ifndef WEB_GATE_H
#define WEB_GATE_H

#include <pthread.h>

#include "store/db.h"

struct gate {
	struct db	*db;
	pthread_mutex_t	 mutex;
};

/* Waits for the connection and opens it again if it was lost.  Pair with gate_leave; not held on failure. */
int gate_enter(struct gate *, struct db **, struct err *) MUST_CHECK;
void gate_leave(struct gate *);

/* Runs fn with the connection.  If that turns out to be lost, it is opened again and fn runs once more.  What fn
 * returned, or -1. */
int gate_ask(struct gate *, int (*fn)(struct db *, void *ctx, struct err *), void *ctx, struct err *) MUST_CHECK;

#endif
