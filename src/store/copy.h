/* Copies of a page's comments: what was asked for, and the rows that are copied. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/db.h"
#include "store/seqset.h"

#include "model/comment.h"

#define COPY_SOURCE	"copy"		/* source of what is copied */
#define COPY_FORMAT	"copy"		/* job.format */

/* --- roles web and migrate --- */

struct copy_request {
	int64_t		 account_id, user_id;	/* user_id 0: nobody's */
	const char	*requested_by, *node;	/* node: whose workers run it */
	const char	*from, *to, *url;	/* page ids; url: of the page, if it is new, "" without */
};

/*
 * Requests a copy.  *job_id.  ERR_INPUT with a sentence: an id that is empty or too long, an address that is none, a
 * copy onto itself; ERR_NOTFOUND: there is no page with that id.
 */
int copy_request_add(struct db *, const struct copy_request *, int64_t *job_id, struct err *) MUST_CHECK;

/* --- role jobs, within the one transaction of a copy --- */

struct copy_order {
	char	from[LIMIT_URL_BYTES + 1], to[LIMIT_URL_BYTES + 1], url[LIMIT_URL_BYTES + 1];
	char	title[4 * LIMIT_TITLE_CHARS + 1];	/* of the page that is copied */
};
int copy_order_get(struct db *, int64_t account_id, int64_t job_id, struct copy_order *, struct err *) MUST_CHECK;

/* The comments of the pages that have this id now, by seq. */
int copy_find(struct db *, int64_t account_id, const char *page_id, struct seqset *, int64_t *n, struct err *) MUST_CHECK;

/* A comment that is copied, in its own words. */
struct copy_row {
	struct hash128	comment_id, parent_id;
	bool		has_parent;	/* parent_id is known */
	struct comment	c;		/* texts live until fn returns; page fields are not said */
};

/* Reads up to COPY_READ rows, in this order.  fn as in store/job.h. */
#define COPY_READ	16
int copy_read(struct db *, int64_t account_id, const int64_t *seqs, size_t n,
    int (*fn)(void *ctx, const struct copy_row *, struct err *), void *ctx, struct err *) MUST_CHECK;

/*
 * Where another page has that page_id already, a page of ours that is not there yet becomes a name for it
 * (page.merged_into), so that the loader puts its comments there.
 */
int copy_join(struct db *, int64_t account_id, const struct hash128 *page_key, const struct text *site,
    const char *page_id, struct err *) MUST_CHECK;

#endif
