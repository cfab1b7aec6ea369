/* Comments of ours that sites have taken over under numbers of their own (table comment_alias), for the role jobs. */
#ifndef STORE_ALIAS_H
#define STORE_ALIAS_H

#include "store/db.h"

#include "model/comment.h"

/* Whether the account has any: most have none, and need not ask further. */
int alias_any(struct db *, int64_t account_id, bool *any, struct err *) MUST_CHECK;

/* A comment of the account that was found by an id. */
struct alias_found {
	struct hash128	 asked;			/* the id */
	struct hash128	 comment_id;		/* the comment that is meant */
	const char	*source, *source_site;	/* of that comment */
	bool		 mapped;		/* a site has mapped it */
};

/*
 * What n would-be comment_ids mean.  fn is called for each one that a site has mapped to a comment that exists, perhaps
 * twice if it is asked for twice; it must not use the db, and the texts end with it.
 */
int alias_lookup(struct db *, int64_t account_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *ctx, const struct alias_found *), void *ctx, struct err *) MUST_CHECK;

/* The same for n true comment_ids: those that exist; mapped: by this site. */
int alias_claimed(struct db *, int64_t account_id, int64_t integration_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *ctx, const struct alias_found *), void *ctx, struct err *) MUST_CHECK;

/*
 * The same for n true comment_ids that are neither the site's own nor mapped by it: those that it has been told of, by
 * events (integration.told) or in the list that it has asked for last, and may be told of still (store/site_comment.h).
 */
int alias_told(struct db *, int64_t account_id, int64_t integration_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *ctx, const struct alias_found *), void *ctx, struct err *) MUST_CHECK;

/*
 * The site has the comment under a number of its own, alias_id being the comment_id that this number would have.  Nothing
 * happens where the number means something already: a comment that the site has sent, or one that it has mapped.  A
 * number that is none as WordPress writes it is said to nobody.
 */
int alias_add(struct db *, int64_t account_id, int64_t integration_id, const struct hash128 *alias_id,
    const struct hash128 *comment_id, const struct text *number, struct err *) MUST_CHECK;

/* Comments that wait for a parent under a site's number wait for the comment itself from now on. */
int alias_waiting(struct db *, int64_t account_id, struct err *) MUST_CHECK;

#endif
