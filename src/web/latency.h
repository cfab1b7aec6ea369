/* How long requests take, counted by all processes of trasloco-web in memory that they share. */
#ifndef WEB_LATENCY_H
#define WEB_LATENCY_H

#include "util/err.h"
#include "util/sb.h"

#include "http/route.h"

struct latency;

/* By the parent before it forks: a child that is started anew counts on. */
struct latency *latency_new(struct err *);
void latency_free(struct latency *);		/* NULL does nothing */

/* One request was answered, after ms milliseconds.  From any thread of any process. */
void latency_add(struct latency *, enum route_pool, int status, int64_t ms);

/* Appends the metrics trasloco_request_seconds (a histogram by pool) and trasloco_requests_total (by pool and class of the
 * status) in Prometheus' text format 0.0.4. */
void latency_write(const struct latency *, struct sb *out);

#endif
