/*
 * Memory that is released all at once: one arena for a request, one for a
 * batch of records.  A cap turns a runaway input into an error instead of a
 * swapped-out machine.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include "util/base.h"

struct arena;

/* An arena that hands out at most cap bytes between two resets.  NULL when out of memory. */
struct arena *arena_new(size_t cap);

/* Releases the arena and everything in it; arena_free(NULL) does nothing. */
void arena_free(struct arena *);

/* Forgets everything handed out, keeps the first blocks for the next round. */
void arena_reset(struct arena *);

/* n bytes (uninitialised), aligned for any type; NULL at the cap or out of memory. */
void *arena_alloc(struct arena *, size_t n) MUST_CHECK;

/* n * size zeroed bytes; NULL also when the product overflows. */
void *arena_zalloc(struct arena *, size_t n, size_t size) MUST_CHECK;

/* A NUL-terminated copy of n bytes. */
char *arena_memdup(struct arena *, const void *, size_t n) MUST_CHECK;
char *arena_strdup(struct arena *, const char *) MUST_CHECK;
char *arena_printf(struct arena *, const char *fmt, ...) PRINTF(2, 3) MUST_CHECK;

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *);

#endif
