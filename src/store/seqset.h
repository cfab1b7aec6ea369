/*
 * A set of comments by seq: one bit each, in pages that exist only where a
 * member was added.  5 million comments take 625 KB.
 */
#ifndef STORE_SEQSET_H
#define STORE_SEQSET_H

#include "util/err.h"

struct seqset {
	uint64_t	**page;
	size_t		  pages;
};

/* Releases all and leaves an empty set; { 0 } is one, too. */
void seqset_free(struct seqset *);

/* seq >= 0.  0, or -1 when out of memory. */
int seqset_add(struct seqset *, int64_t seq, struct err *) MUST_CHECK;
bool seqset_has(const struct seqset *, int64_t seq);

/* The smallest member that is from or more, -1 if there is none. */
int64_t seqset_next(const struct seqset *, int64_t from);

#endif
