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

/* --- the account's sites: the names, not empty, that its sources have given to their pages --- */

#define PAGE_SITES_MAX	200		/* that page_site_each() tells of */

/*
 * Calls fn for each site of a source (role jobs), or of all sources (NULL; role web), in order, at most PAGE_SITES_MAX
 * times.  Copies count for none.  fn must not use the db.
 */
int page_site_each(struct db *, int64_t account_id, const struct text *source,
    void (*fn)(void *ctx, const char *source, const char *site), void *ctx, struct err *) MUST_CHECK;

/* Has the account this site, of the source or (NULL) of any one?  1, 0, -1.  Roles web and jobs. */
int page_site_exists(struct db *, int64_t account_id, const struct text *source, const char *site, struct err *) MUST_CHECK;

#endif
