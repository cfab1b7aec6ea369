/* Waiting for something that is away, ever longer, and saying so only once. */
#ifndef JOBS_PATIENCE_H
#define JOBS_PATIENCE_H

#include "util/base.h"

#define PATIENCE_LEAST_MS	250
#define PATIENCE_MOST_MS	5000

struct patience {
	int	ms;		/* the next wait */
	bool	said;
};

#define PATIENCE_INIT	{ PATIENCE_LEAST_MS, false }

/* Sleeps; a signal ends it early. */
static inline void
patience_sleep(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* True the first time. */
static inline bool
patience_first(struct patience *p)
{
	bool first = !p->said;

	p->said = true;
	return first;
}

/* Sleeps for the next, longer time. */
static inline void
patience_wait(struct patience *p)
{
	patience_sleep(p->ms);
	p->ms = MIN(2 * p->ms, PATIENCE_MOST_MS);
}

#endif
