/*
 * Does a file bring a site's comments a second time, under another address?  Compares its records with the other
 * sites of the same source in the account: has one of them comments with these ids and dates?
 *
 * Of the first batch every record is compared, of later ones a sample spread over the batch: OTHER_SITES_FIRST and
 * OTHER_SITES_LATER look-ups for all sites together, at least one for each.  An account without other sites of the source
 * costs one query in all.
 */
#ifndef JOBS_OTHER_SITES_H
#define JOBS_OTHER_SITES_H

#include "model/comment.h"
#include "store/db.h"

#define OTHER_SITES_FIRST	2048
#define OTHER_SITES_LATER	256

struct other_sites;

/* The account's sites of this source but own.  NULL with err set. */
struct other_sites *other_sites_open(struct db *, int64_t account_id, const struct text *source, const struct text *own,
    struct err *);
void other_sites_close(struct other_sites *);		/* NULL does nothing */

/* The next n records, as they are before they are stored; at most LOADER_BATCH. */
int other_sites_compare(struct other_sites *, const struct comment *, size_t n, struct err *) MUST_CHECK;

/* The site that has more than half of what came so far, by id and date; "" if none has. */
const char *other_sites_met(const struct other_sites *);

#endif
