/* Where comments go: the next stage of a conversion.  A concrete sink embeds struct sink as its first member. */
#ifndef JOBS_SINK_H
#define JOBS_SINK_H

#include "util/err.h"

#include "model/comment.h"

struct sink {
	/* The comment and its texts are the caller's again when it returns.  0 or -1. */
	int (*put)(struct sink *, const struct comment *, struct err *);
};

static inline int
sink_put(struct sink *s, const struct comment *c, struct err *e)
{
	return s->put(s, c, e);
}

#endif
