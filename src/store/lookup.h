/* Asking for many ids at once: statements that end in COMMENT_LOOKUP placeholders (store/ only). */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include "store/comment.h"

#define LOOKUP_HEADS	2	/* values in front of them, at most */

/*
 * Runs the statement for n ids, COMMENT_LOOKUP at a time, its first values being head[].  row is called for each row,
 * reads its columns, and must not use the db otherwise.
 */
int lookup_ids(struct db *, enum sql, const struct db_value *head, size_t n_head, const struct hash128 *const *ids,
    size_t n, int (*row)(void *ctx, struct db *, struct err *), void *ctx, struct err *) MUST_CHECK;

/* A column that is a hash of HASH128_SIZE bytes; ERR_BUG if it is not. */
int lookup_hash(const struct db *, int col, struct hash128 *, struct err *) MUST_CHECK;

#endif
