/*
 * Where a comment of a file that is written page by page stands: is this another page, and did its parent come before
 * it there?  Bounded: the first THREADS_MAX comments of a page may be parents of later ones.
 */
#ifndef FORMATS_THREADS_H
#define FORMATS_THREADS_H

#include "util/err.h"

#include "model/comment.h"

#define THREADS_MAX	((size_t)1 << 20)	/* 24 bytes each, twice that at most: 48 MiB */

struct threads;

struct threads *threads_new(struct err *);	/* NULL when out of memory */
void threads_free(struct threads *);		/* NULL does nothing */

/* True for the first comment, and for one that is on another page than the one before. */
bool threads_turn(struct threads *, const struct comment *);

/*
 * Adds the comment under a number other than 0; *parent is that of its parent, 0 if it has none that came before it on
 * the page.  -1 when out of memory.
 */
int threads_add(struct threads *, const struct comment *, uint64_t number, uint64_t *parent, struct err *) MUST_CHECK;

#endif
