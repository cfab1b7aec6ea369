/*
 * Sorts any number of records in bounded memory: sorted runs in encrypted
 * scratch files (spool/scratch), merged.  What fits into memory touches no disk.
 */
#ifndef JOBS_EXTSORT_H
#define JOBS_EXTSORT_H

#include "util/err.h"

#define EXTSORT_KEY	24			/* bytes; compared as memcmp() does; equal ones come in any order */
#define EXTSORT_MEMORY	(16 * 1024 * 1024)	/* what is usually given for memory; more than any record takes */

struct extsort;

/* memory: bytes of the records that are kept before they go to a run.  NULL when out of memory. */
struct extsort *extsort_new(size_t memory, struct err *);
void extsort_free(struct extsort *);		/* NULL does nothing */

/* One more record, copied.  It takes less than memory. */
int extsort_add(struct extsort *, const uint8_t key[EXTSORT_KEY], const void *, size_t n, struct err *) MUST_CHECK;

/* Ends the adding. */
int extsort_sort(struct extsort *, struct err *) MUST_CHECK;

struct extsort_item {
	uint8_t		key[EXTSORT_KEY];
	size_t		n;
	const void	*data;			/* until the next call */
};

/* The records in the order of their keys: 1, 0 when there are no more, -1. */
int extsort_next(struct extsort *, struct extsort_item *, struct err *) MUST_CHECK;

#endif
