/*
 * A table from 128-bit hashes to numbers, or just a set of them.  Exact, and bounded: 16 bytes an id, 8 more with
 * numbers, and as much again while it is half full.
 */
#ifndef UTIL_IDMAP_H
#define UTIL_IDMAP_H

#include "util/err.h"
#include "util/hash.h"

struct idmap;

/* For at most max ids; numbers: each with one.  NULL when out of memory. */
struct idmap *idmap_new(size_t max, bool numbers);
void idmap_free(struct idmap *);		/* NULL does nothing */

/* Forgets all ids; what they took beyond a small table is given back. */
void idmap_clear(struct idmap *);

/*
 * 1: the id is new, and now it is there, unless max ids are (then idmap_full() says so from here on); 0: it was there
 * and keeps its number; -1: out of memory.
 */
int idmap_add(struct idmap *, const struct hash128 *, uint64_t number, struct err *) MUST_CHECK;

/* False if it is not there.  number may be NULL; 0 in a set. */
bool idmap_get(const struct idmap *, const struct hash128 *, uint64_t *number);

/* True once an id found no place: ids that were said to be new may have come before. */
bool idmap_full(const struct idmap *);

#endif
