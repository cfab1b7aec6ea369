/*
 * What an import remembers of the comments it has met, in memory that does
 * not grow with the file: which ids of a batch are there already, which ids
 * the job may have created (Bloom filter), which rows of earlier imports it has met.
 */
#ifndef JOBS_SEEN_H
#define JOBS_SEEN_H

#include "util/err.h"
#include "util/hash.h"

/* --- the ids of one batch --- */

struct batch_ids;

/* For at most max ids.  NULL when out of memory. */
struct batch_ids *batch_ids_new(size_t max);
void batch_ids_free(struct batch_ids *);		/* NULL does nothing */
void batch_ids_clear(struct batch_ids *);

/* Adds id with its place in the batch; false if it is there already.  *id must stay until the clear. */
bool batch_ids_add(struct batch_ids *, const struct hash128 *id, size_t place) MUST_CHECK;

/* The place of id; SIZE_MAX if it is not there. */
size_t batch_ids_find(const struct batch_ids *, const struct hash128 *id);

/* --- ids created by this job: never a false "no" --- */

struct id_filter;

struct id_filter *id_filter_new(void);			/* 8 MiB; NULL when out of memory */
void id_filter_free(struct id_filter *);		/* NULL does nothing */
void id_filter_add(struct id_filter *, const struct hash128 *id);
bool id_filter_maybe(const struct id_filter *, const struct hash128 *id);

/* --- rows of earlier imports that this file has named --- */

struct row_set;

/* For rows 1 to max.  ERR_LIMIT when that takes more than 64 MiB, ERR_MEMORY. */
struct row_set *row_set_new(int64_t max, struct err *);
void row_set_free(struct row_set *);			/* NULL does nothing */

/* True if seq (1 to max) was not in the set yet; now it is. */
bool row_set_add(struct row_set *, int64_t seq) MUST_CHECK;

#endif
