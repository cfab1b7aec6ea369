/* Moves: what was asked for, what was found, and the pages and comments that change their place. */
#ifndef STORE_MOVE_H
#define STORE_MOVE_H

#include "store/db.h"

#include "model/job.h"
#include "util/movelist.h"

/* job.format of the two; a preview finds out everything and changes nothing. */
#define MOVE_FORMAT		"move"
#define MOVE_FORMAT_PREVIEW	"preview"

/* --- roles web and migrate --- */

struct move_request {
	int64_t		 account_id, user_id;	/* user_id 0: nobody's */
	const char	*requested_by, *node;	/* node: whose workers run it */
	bool		 preview, merge;	/* merge: pages that land together become one */
};

/* Requests a move; the list passed movelist_check().  *job_id. */
int move_request_add(struct db *, const struct move_request *, const struct movelist *, int64_t *job_id,
    struct err *) MUST_CHECK;

/*
 * Requests the move that a preview of the account has shown: the same pairs.  1; 0 when there is no such preview or it is
 * not completed; -1.  ERR_CONFLICT with a sentence when that was done already, and did not come to nothing: a chain that
 * is applied twice would lead further.
 */
int move_request_shown(struct db *, const struct move_request *, int64_t preview_id, int64_t *job_id,
    struct err *) MUST_CHECK;

/* Was that done?  1, 0, -1.  Role web. */
int move_shown_run(struct db *, int64_t account_id, int64_t preview_id, struct err *) MUST_CHECK;

struct move_result {
	int64_t	pages, comments, collisions;
};

/* 1; 0 while it is not known; -1. */
int move_result_get(struct db *, int64_t job_id, struct move_result *, struct err *) MUST_CHECK;

struct move_example {
	const char	*page_title;
	const char	*id_before, *url_before, *id_after, *url_after;
	int64_t		 comments;
	bool		 collides;
};
#define MOVE_EXAMPLES_MAX	20

/* fn as in store/job.h. */
int move_example_each(struct db *, int64_t job_id, int (*fn)(void *ctx, const struct move_example *, struct err *),
    void *ctx, struct err *) MUST_CHECK;

/* The first pairs of a list, at most limit; role jobs too. */
int move_pair_each(struct db *, int64_t job_id, int64_t limit,
    int (*fn)(void *ctx, const struct move_pair *, struct err *), void *ctx, struct err *) MUST_CHECK;

/* --- role jobs, within the one transaction of a move, in this order --- */

/*
 * Looks at each page of the account that is not merged: judge says what becomes of it, as moverules_apply().  Those that
 * move are planned.  judge also ends it all, with -1, when the job is to stop.
 */
int move_plan(struct db *, int64_t account_id, int64_t job_id,
    int (*judge)(void *ctx, const struct move_place *before, struct move_place *after, bool *by_id, struct err *),
    void *ctx, struct err *) MUST_CHECK;

/*
 * Finds out which planned pages land where another page of the account is that was elsewhere before, or together with
 * one: each of these is to be merged, into a page of its own source if there is one.  Counts, and keeps the result and examples.
 */
int move_settle(struct db *, int64_t account_id, int64_t job_id, struct move_result *, struct err *) MUST_CHECK;

/*
 * Whether a page that moves by its address comes to where one is that moves by its id, or the other way round, so that
 * neither the address nor the id tells which of them are one.  1, 0, -1.
 */
int move_crossing(struct db *, int64_t account_id, int64_t job_id, struct err *) MUST_CHECK;

/* Changes the pages. */
int move_pages(struct db *, int64_t account_id, int64_t job_id, struct err *) MUST_CHECK;

/*
 * Gives some more of their comments the next values of the account's cursor, and those of merged pages their page.  *moved:
 * how many, 0 at the end.  Begins with a struct of zeros.
 */
struct move_cursor {
	int64_t	base, given;	/* of comment.changed */
	int64_t	n, last;	/* of the first page of the plan that may have comments left, and of the last one of all */
};
int move_comments(struct db *, int64_t account_id, int64_t job_id, struct move_cursor *, int64_t *moved,
    struct err *) MUST_CHECK;

/* Empties the plan. */
int move_forget(struct db *, int64_t job_id, struct err *) MUST_CHECK;

#endif
