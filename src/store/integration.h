/*
 * Sites that are connected: they asked with a token of their own making, an
 * admin approved, and from then on they send comments and are told of changes
 * (doc/INTEGRATIONS).
 */
#ifndef STORE_INTEGRATION_H
#define STORE_INTEGRATION_H

#include "store/db.h"

#include "model/comment.h"

#define INTEGRATION_TOKEN_MIN	8
#define INTEGRATION_TOKEN_MAX	128	/* of A-Z a-z 0-9 . _ - */

enum integration_state { INTEGRATION_ASKING, INTEGRATION_APPROVED, INTEGRATION_REVOKED };

struct integration {
	int64_t			integration_id;
	int64_t			account_id;	/* 0: nobody's yet */
	enum integration_state	state;
	char			source[LIMIT_SOURCE_BYTES + 1];
	char			source_site[LIMIT_SITE_BYTES + 1];
	char			domain[LIMIT_URL_BYTES + 1];		/* as it was approved, or asks to be */
	char			domain_said[LIMIT_URL_BYTES + 1];	/* what it calls itself now */
	char			asked_from[LIMIT_IP_BYTES + 1];		/* address of who asked first */
	bool			skip_initial, all_comments, wants_comments, cancelled;
	int64_t			job_id;		/* its run that is under way, or the last one; 0: none yet */
	int64_t			events_from;	/* cursor */
	int64_t			received, left_out;
	char			approved_by[255];
	int64_t			asked_at, approved_at, revoked_at, heard_at;	/* ms UTC, CLOCK_UNKNOWN */
	int64_t			told;		/* cursor: the highest that an answer with events has held */
};

/* For store/: the columns INTEGRATION_COLUMNS of store/sql.c in the open row, the first of them being column first. */
#define INTEGRATION_ROW_COLUMNS	22
void integration_row(const struct db *, int first, struct integration *);

/* --- role web --- */

/* Whose token is it?  1, 0: nobody's, or of an account that is no more.  -1. */
int integration_by_token(struct db *, const char *token, struct integration *, struct err *) MUST_CHECK;

struct integration_asking {
	const char	*token;
	const char	*source;	/* "wordpress" */
	const char	*domain, *source_site;
	const char	*from;		/* address of who asks */
	bool		 skip_initial;
	int		 max_from, max_all;	/* that may ask at a time, from one address and in all */
};
/*
 * The site asks, again and again: idempotent.  A token that is new is kept, ERR_LIMIT when there are as many as there
 * may be; one that asks already takes the new domain; of an approved one domain_said and heard_at change.  What stands there then
 * is in *out.
 */
int integration_ask(struct db *, const struct integration_asking *, struct integration *out, struct err *) MUST_CHECK;

/*
 * An admin approves what was found by its token: who decides about a site must know that.  domain: as it was shown;
 * ERR_CONFLICT when the site has changed it since.  ERR_FORBIDDEN for one of another account, ERR_NOTFOUND for one that does
 * not ask any more.  The same approval twice is one; ERR_CONFLICT after one with another choice.
 * In one transaction with the audit log; unless it skips that, the site is asked for its comments, with a run to
 * receive them (run_start).  A revoked one of the same account can be approved again, and is told of what changed meanwhile.
 */
struct integration_approval {
	int64_t		 integration_id, account_id, user_id;
	const char	*domain, *by;
	bool		 all_comments;
	int		 silence_seconds;	/* of the run */
};
int integration_approve(struct db *, const struct integration_approval *, struct err *) MUST_CHECK;

/* An admin refuses: the row of a site that asks goes, with a line in the audit log.  1, 0 nothing to refuse, -1. */
int integration_refuse(struct db *, int64_t integration_id, int64_t account_id, const char *by, struct err *) MUST_CHECK;

/* Ends it, and cancels its run.  1, 0 when it is none of the account's or has ended already, -1. */
int integration_revoke(struct db *, int64_t account_id, int64_t integration_id, const char *by, struct err *) MUST_CHECK;

/* Asks the site for its comments once more: a run, unless one is under way.  1, 0 as above, -1. */
int integration_resync(struct db *, int64_t account_id, int64_t user_id, int64_t integration_id, const char *by,
    int silence_seconds, struct err *) MUST_CHECK;

/* The account's, newest first, revoked ones too; fn as in store/job.h. */
int integration_each(struct db *, int64_t account_id, int (*fn)(void *ctx, const struct integration *, struct err *),
    void *ctx, struct err *) MUST_CHECK;

/* One of the account's: 1, 0, -1. */
int integration_get(struct db *, int64_t account_id, int64_t integration_id, struct integration *, struct err *) MUST_CHECK;

/* The site was heard just now; its run too, if one is under way.  Noted every ten seconds at most. */
int integration_heard(struct db *, const struct integration *, struct err *) MUST_CHECK;

/* --- role jobs --- */

/* Ends what has asked in vain for so long.  Number, or -1. */
int integration_expire(struct db *, int hours, struct err *) MUST_CHECK;

#endif
