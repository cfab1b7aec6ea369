/* How the service is doing, for those who run it: numbers, and what the tools of the command line list. */
#ifndef STORE_STATUS_H
#define STORE_STATUS_H

#include "store/db.h"

#include "model/job.h"
#include "store/outbox.h"

struct status {
	int64_t	jobs[JOB_STATE__MAX];		/* how many are in each state */
	int64_t	created, updated;		/* comments, by all imports that were completed */
	int64_t	oldest_requested;		/* seconds that the oldest waiting job has waited; 0 without one */
	int64_t	leases_over;			/* running jobs that no worker has spoken for in time */
	struct {
		int64_t	waiting, given_up;	/* messages */
		int64_t	oldest;			/* seconds since the oldest waiting one was written; 0 without one */
	} outbox[OUTBOX_KIND__MAX];
};

/* Whether the database answers: 0 or -1.  Any role. */
int status_ping(struct db *, struct err *) MUST_CHECK;

/* A few queries that read indexes only.  Roles web and migrate. */
int status_read(struct db *, struct status *, struct err *) MUST_CHECK;

/* --- role migrate --- */

struct status_job {
	struct job	job;
	int64_t		lease_until;		/* ms UTC, CLOCK_UNKNOWN */
	const char	*account_name, *node, *worker, *options;	/* "" unknown; valid within fn */
};

struct status_filter {
	int64_t		 account_id, job_id;	/* 0: any */
	const char	*state;			/* "": any */
	int64_t		 limit;
};

/* Jobs, newest first.  fn returns 0, or -1 with err set to stop, and must not use the db (so with all fn here). */
int status_job_each(struct db *, const struct status_filter *,
    int (*fn)(void *ctx, const struct status_job *, struct err *), void *ctx, struct err *) MUST_CHECK;

/* Jobs that have not ended, by machine; oldest: seconds that the first of the waiting ones has waited, 0 without one. */
int status_node_each(struct db *, int (*fn)(void *ctx, const char *node, int64_t jobs, int64_t oldest, struct err *),
    void *ctx, struct err *) MUST_CHECK;

/* What the server is set to.  Sizes in bytes. */
struct status_server {
	bool	local_infile;
	int64_t	buffer_pool, max_packet;
	int64_t	indexes;		/* of all of Trasloco's tables, about */
	int64_t	now_ms;			/* its clock, UTC */
};
int status_server(struct db *, struct status_server *, struct err *) MUST_CHECK;

/*
 * The rights of the user who is connected.  on: the name of a table of Trasloco's database, "" that whole database, "*" the
 * whole server, "other" anything else.
 */
struct status_right {
	const char	*on, *name;
	bool		 grantable;	/* the user may hand it on */
	const char	*user;		/* 'name'@'host', as SQL has it */
};
int status_right_each(struct db *, int (*fn)(void *ctx, const struct status_right *, struct err *), void *ctx,
    struct err *) MUST_CHECK;

#endif
