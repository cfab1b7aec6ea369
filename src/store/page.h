/* Pages in the database. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "store/comment.h"

/* --- role jobs --- */

/* Inserts the page of a comment, or fills its empty title and address: first non-empty wins. */
int page_put(struct db *, int64_t account_id, const struct stored_comment *, struct err *) MUST_CHECK;

/* Whether any page of the account has been merged into another one. */
int page_merged_any(struct db *, int64_t account_id, bool *any, struct err *) MUST_CHECK;

/* The page that this one has been merged into: 1, 0 it has not, or there is none such, -1. */
int page_merged_into(struct db *, int64_t account_id, const struct hash128 *page_key, struct hash128 *into,
    struct err *) MUST_CHECK;

#endif
