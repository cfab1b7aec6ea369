/*
 * A site's run and its batches: the run is a job that commits by batch and
 * holds no worker; a batch waits in the spool for the jobs program, seconds at most.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/db.h"
#include "store/integration.h"

#include "model/job.h"

/* --- role web --- */

/*
 * The run that takes the site's batches: the one under way, else a new one, in whatever transaction is open.
 * user_id 0, by "": the site came by itself.  *job_id.
 */
int run_start(struct db *, const struct integration *, int64_t user_id, const char *by, int silence_seconds,
    int64_t *job_id, struct err *) MUST_CHECK;

/*
 * Cancels a run that is under way, in whatever transaction is open, with its messages and a line of the audit log; the
 * site is asked for nothing more.  What came until then is kept.  by: who did it.  1, 0 when it is no run of the
 * account that is under way, -1.  Role migrate too.
 */
int run_cancel(struct db *, int64_t account_id, int64_t job_id, const char *by, struct err *) MUST_CHECK;

struct batch_request {
	const struct integration *integration;
	int64_t		 remaining;		/* comments behind this batch, as the site says */
	const char	*node, *spool_name;
	const uint8_t	*sealed_key;
	size_t		 sealed_key_size;
	int		 patience_ms;		/* then nothing of it is stored any more */
	int		 silence_seconds;	/* of a run that begins with it */
};

/* Hands the batch to the jobs program, with a run if none is under way, in one transaction.  The spool file is the
 * batch's from here on.  ERR_CANCELLED when the site's run was cancelled, or it is not connected any more. */
int batch_add(struct db *, const struct batch_request *, int64_t *batch_id, struct err *) MUST_CHECK;

/*
 * What became of it: 1 and *status, *answer (JSON object of external id to comment id for 200, else a sentence; to be freed),
 * the row being gone then; 0 not yet; -1.  final: its time is over, so now or never: 0 means that it will never be stored, 2 that
 * it is being stored just now, which is soon over: ask again.  Waits for nobody.
 */
int batch_result(struct db *, int64_t batch_id, bool final, int *status, char **answer, struct err *) MUST_CHECK;

/* --- role jobs --- */

struct batch {
	int64_t		 batch_id, job_id, remaining;
	int64_t		 run_read;		/* comments that its run had read before it */
	int64_t		 patience_ms;		/* until it is given up */
	struct integration integration;		/* its ids, source, source_site and received; nothing else */
	char		 spool_name[64];
	uint8_t		 sealed_key[255];
	size_t		 sealed_key_size;
};

/* Does one wait on this node?  Cheap, and locks nothing.  1, 0, -1. */
int batch_waits(struct db *, const char *node, struct err *) MUST_CHECK;

/*
 * The oldest waiting batch of this node, in a transaction that is begun here and is the batch's from then on: the run is the
 * account's writer until batch_done() or batch_refuse(), which other sessions see too (job.in_batch).  1, 0 nothing to do;
 * -1, and no transaction is open: ERR_CONFLICT with a sentence when a job of the account writes, ERR_CANCELLED when the run has
 * ended; batch_id, job_id and spool_name say then which one is to be refused (0: none was found).  A batch of another run of
 * the account is waited for, not a reason to refuse this one.
 */
int batch_take(struct db *, const char *node, struct batch *, struct err *) MUST_CHECK;

/* Remembers, in the same transaction, the address (util/weburl_page) that the site says its page of this number has.  Where it is
 * news, comments of others on that page are, too. */
int batch_page(struct db *, const struct batch *, const char *post_id, const char *address, struct err *) MUST_CHECK;

/*
 * In the same transaction, before its commit: counts of this batch are added to the run's, its total and deadline move, and at
 * remaining <= 0 the run is completed (messages, audit, as job_complete()).  ERR_CANCELLED when the batch was given up
 * or the run has ended meanwhile: the caller rolls back.
 */
int batch_done(struct db *, const struct batch *, const struct job_counts *, const char *answer, int silence_seconds,
    struct err *) MUST_CHECK;

/* In a transaction of its own, after a rollback: nothing of it is kept, and the site hears so. */
int batch_refuse(struct db *, const struct batch *, int status, const char *sentence, struct err *) MUST_CHECK;

/* Runs that processes which died left as writers are so no more, once the server has taken back what those wrote.  0 or -1. */
int batch_leave_dead(struct db *, struct err *) MUST_CHECK;

/* Forgets batches whose time has been over for a minute, and their files.  0 or -1. */
int batch_sweep(struct db *, const char *node, int (*destroy)(void *ctx, const char *spool_name), void *ctx,
    struct err *) MUST_CHECK;

/* Fails the runs whose sites have been silent for too long, which was so many hours; what they brought stays.  fn may be NULL.
 * Number, or -1. */
int run_expire(struct db *, int silence_hours, const char *operators, void (*fn)(void *ctx, int64_t job_id), void *ctx, struct err *) MUST_CHECK;

#endif
