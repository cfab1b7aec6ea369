#include "web/latency.h"

#include <stdatomic.h>
#include <sys/mman.h>

#define POOLS	(ROUTE_TRANSFER + 1)
#define CLASSES	5

/* Upper ends in milliseconds: a page takes some, an upload as long as its client takes. */
static const int64_t ends[] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000 };

struct pool {
	_Atomic uint64_t	bucket[ARRAY_LEN(ends) + 1];	/* each by itself; the last: longer than all ends */
	_Atomic uint64_t	sum_ms;
	_Atomic uint64_t	classes[CLASSES];		/* 1xx to 5xx */
};

struct latency {
	struct pool	pools[POOLS];
};

/* A lock of one process would mean nothing to the others. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit counters without locks");

static const char *const pool_names[POOLS] = { [ROUTE_PAGES] = "pages", [ROUTE_TRANSFER] = "transfer" };

struct latency *
latency_new(struct err *e)
{
	struct latency *l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (l == MAP_FAILED) {
		err_sys(e, "mmap");
		return NULL;
	}
	return l;
}

void
latency_free(struct latency *l)
{
	if (l != NULL)
		munmap(l, sizeof(*l));
}

static void
count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void
latency_add(struct latency *l, enum route_pool pool, int status, int64_t ms)
{
	struct pool *p = &l->pools[pool];
	size_t i;

	for (i = 0; i < ARRAY_LEN(ends) && ms > ends[i]; i++)
		;
	count(&p->bucket[i], 1);
	count(&p->sum_ms, (uint64_t)MAX(ms, 0));
	count(&p->classes[MIN(MAX(status / 100, 1), CLASSES) - 1], 1);
}

/* --- the text --- */

static uint64_t
value(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void
write_pool(const struct pool *p, const char *name, struct sb *out)
{
	uint64_t below = 0, sum_ms = value(&p->sum_ms);
	size_t i;

	for (i = 0; i < ARRAY_LEN(ends); i++) {
		below += value(&p->bucket[i]);
		sb_printf(out, "trasloco_request_seconds_bucket{pool=\"%s\",le=\"%g\"} %" PRIu64 "\n", name,
		    (double)ends[i] / 1000, below);
	}
	/* The count is read together with the buckets: it must never be less than one of them. */
	below += value(&p->bucket[i]);
	sb_printf(out, "trasloco_request_seconds_bucket{pool=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, below);
	sb_printf(out, "trasloco_request_seconds_sum{pool=\"%s\"} %" PRIu64 ".%03" PRIu64 "\n", name, sum_ms / 1000,
	    sum_ms % 1000);
	sb_printf(out, "trasloco_request_seconds_count{pool=\"%s\"} %" PRIu64 "\n", name, below);
}

void
latency_write(const struct latency *l, struct sb *out)
{
	size_t i, j;

	sb_str(out,
	    "# HELP trasloco_request_seconds Time until the answer was sent; of an upload, as long as its client took.\n"
	    "# TYPE trasloco_request_seconds histogram\n");
	for (i = 0; i < POOLS; i++)
		write_pool(&l->pools[i], pool_names[i], out);
	sb_str(out, "# HELP trasloco_requests_total Requests by the first digit of the answer's status.\n"
	    "# TYPE trasloco_requests_total counter\n");
	for (i = 0; i < POOLS; i++)
		for (j = 0; j < CLASSES; j++)
			sb_printf(out, "trasloco_requests_total{pool=\"%s\",status=\"%zuxx\"} %" PRIu64 "\n", pool_names[i],
			    j + 1, value(&l->pools[i].classes[j]));
}
