/*
 * What comments refer to and the file lists apart from them (authors, threads,
 * pages): packed texts found by key, at most SIDETABLE_MAX bytes in all.
 *
 * Where the comments come first, the first pass says which keys they want; then only those are kept.
 */
#ifndef FORMATS_SIDETABLE_H
#define FORMATS_SIDETABLE_H

#include "util/err.h"

#include "model/comment.h"

#define SIDETABLE_MAX	(16 * 1024 * 1024)
#define SIDETABLE_TEXTS	8

struct sidetable;

/* A row.  Texts that were not said stay unsaid.  In one that was found they point into the table, until the next put. */
struct sidetable_row {
	struct text	text[SIDETABLE_TEXTS];	/* of the format's choosing; in all below 64 KiB each */
	uint64_t	number;			/* of the format's choosing */
};

/* what: "authors", "pages", for the sentence when the table is full.  NULL when out of memory. */
struct sidetable *sidetable_new(const char *what, struct err *);
void sidetable_free(struct sidetable *);	/* free(NULL) does nothing */

/* Copies the row in, unless its key is there already (the first of a key stays) or only wanted keys are kept and it is
 * none of them.  An empty key is nothing.  0, or -1: ERR_LIMIT when the table is full. */
int sidetable_put(struct sidetable *, struct text key, const struct sidetable_row *, struct err *) MUST_CHECK;

/* False if there is none, or it is only wanted.  row may be NULL. */
bool sidetable_get(const struct sidetable *, struct text key, struct sidetable_row *row);

/* Comments refer to this key.  0, or -1: ERR_LIMIT. */
int sidetable_want(struct sidetable *, struct text key, struct err *) MUST_CHECK;

/* From now on only wanted keys are kept. */
void sidetable_only_wanted(struct sidetable *);

/* True the first time that it is asked about a key that is there. */
bool sidetable_first_visit(struct sidetable *, struct text key);

#endif
