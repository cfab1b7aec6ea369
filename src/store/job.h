/* Jobs in the database.  State transitions are enforced in the statements themselves. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include "store/db.h"

#include "model/issue.h"
#include "model/job.h"

/* --- role web --- */

struct job_request {
	int64_t		 account_id, user_id;
	enum job_kind	 kind;
	const char	*requested_by;		/* e-mail */
	const char	*source, *format;
	const char	*options;		/* "name=value\n..." */
	const char	*file_name;
	int64_t		 file_size;
	const char	*node;			/* machine that holds the spool file */
	const char	*spool_name;
	const uint8_t	*sealed_key;
	size_t		 sealed_key_size;
	const uint8_t	*file_hash;		/* BLAKE2b-256 of the file as uploaded; NULL: not known */
	const char	*audit;			/* detail of the line "uploaded" in the audit log; NULL: "" */
};

/* Inserts the job, its spool key and a line of the audit log in one transaction.  *job_id.  A file_name over 255
 * bytes is cut at a character. */
int job_request_add(struct db *, const struct job_request *, int64_t *job_id, struct err *) MUST_CHECK;

/* The same in a transaction that is open: without spool_name ("") it is a job without a file, and was requested, not
 * uploaded.  Role migrate too. */
int job_request_insert(struct db *, const struct job_request *, int64_t *job_id, struct err *) MUST_CHECK;

/* The account's jobs of a kind, newest first, those below before (0: from the newest), at most limit.  fn returns 0 to go on, -1 with err
 * set to stop, and must not use the db (so for all the functions that take an fn here, but the sweeps). */
int job_each(struct db *, int64_t account_id, enum job_kind, int64_t before, int limit,
    int (*fn)(void *ctx, const struct job *, struct err *), void *ctx, struct err *) MUST_CHECK;

/* One job of an account (0: of any, role migrate); 0 also when it is another account's. */
int job_get(struct db *, int64_t account_id, int64_t job_id, struct job *, struct err *) MUST_CHECK;

/*
 * requested or running -> cancelled, in one transaction with the end of its key, the messages about it and a line of the
 * audit log.  by: who did it.  From then on no row of the
 * job can ever be seen; a running one is undoing until its worker has taken everything back, and the account's next
 * job that writes waits so long.  Of a site's run what came until then stays (run_cancel).  1, 0 when it had ended already or
 * is none of the account's, -1.
 */
int job_cancel(struct db *, int64_t account_id, int64_t job_id, const char *by, struct err *) MUST_CHECK;

/* The job of the account that writes at present, or is being taken back: its next one that writes waits for it.  A batch
 * of a site is none: it is over in a moment. */
struct job_writer {
	int64_t	job_id;			/* 0: there is none */
	bool	undoing;
	enum job_kind kind;
};
int job_writer_get(struct db *, int64_t account_id, struct job_writer *, struct err *) MUST_CHECK;

/* What is known of the file of a job; role web. */
struct job_file {
	bool	hashed;
	uint8_t	hash[HASH256_SIZE];		/* if hashed: BLAKE2b-256 of the file as uploaded */
	int64_t	key_destroyed_at, file_destroyed_at;	/* ms UTC; CLOCK_UNKNOWN: not yet, or nobody noted it */
};

/* 1, 0 when there is no such job of the account, -1. */
int job_file_get(struct db *, int64_t account_id, int64_t job_id, struct job_file *, struct err *) MUST_CHECK;

/* For store/: the columns JOB_COLUMNS of store/sql.c in the open row. */
#define JOB_ROW_COLUMNS	29
void job_row(const struct db *, struct job *);

/* The options of a job, "name=value\n...".  1, 0 as above, -1. */
#define JOB_OPTIONS_SIZE	2048
int job_get_options(struct db *, int64_t account_id, int64_t job_id, char options[JOB_OPTIONS_SIZE],
    struct err *) MUST_CHECK;

/*
 * The options of the newest import before this one that is completed, was of the same source and file_site, and was asked to
 * take its comments as those of another site (site=NAME).  1, 0 there was none, -1.
 */
int job_site_before(struct db *, const struct job *, char options[JOB_OPTIONS_SIZE], struct err *) MUST_CHECK;

/* The same of all files, newest first, at most limit; fn must not use the db. */
int job_sites_before(struct db *, int64_t account_id, int limit,
    void (*fn)(void *ctx, const char *file_site, const char *options), void *ctx, struct err *) MUST_CHECK;

/* --- role jobs --- */

struct job_claim {
	struct job	job;
	char		options[JOB_OPTIONS_SIZE];
	char		spool_name[64];
	uint8_t		sealed_key[255];
	size_t		sealed_key_size;
};

/*
 * Claims the oldest waiting job of this node (FOR UPDATE SKIP LOCKED), its account having no running
 * job that writes.  worker: a name unique to this process run.  1, 0 (nothing to do), -1.
 */
int job_claim(struct db *, const char *node, const char *worker, int lease_seconds, struct job_claim *,
    struct err *) MUST_CHECK;

/* Progress and lease, on a connection of its own.  1, 0 when the job is no longer this worker's
 * (cancelled, or given up for dead): stop.  -1. */
int job_progress(struct db *, int64_t job_id, const char *worker, int lease_seconds, const struct job_counts *,
    struct err *) MUST_CHECK;

/* How many comments there will be in all, once the job knows.  0 or -1. */
int job_total(struct db *, int64_t job_id, const char *worker, int64_t total, struct err *) MUST_CHECK;

/* What is known of the file's site and of another one that it meets (struct job).  0 or -1. */
int job_site(struct db *, int64_t job_id, const char *worker, const char *file_site, const char *met_site,
    struct err *) MUST_CHECK;

/*
 * Every end of a job comes, in one transaction, with the end of its key, the messages about it (outbox_add; operators
 * is its) and lines of the audit log.  This one inside the import's own transaction: completed, with counts and message.
 * ERR_CANCELLED when the job is no longer this worker's: the caller rolls back.
 */
int job_complete(struct db *, int64_t job_id, const char *worker, const struct job_counts *, const char *message,
    struct err *) MUST_CHECK;

/* running -> failed, in a transaction of its own.  counts: how far it came (bytes_read, comments_read).
 * 1 if this call did it, 0 if the job had ended already, -1. */
int job_fail(struct db *, int64_t job_id, const char *worker, const struct job_counts *, const char *message,
    const char *operators, struct err *) MUST_CHECK;

/* While the job's worker takes back what it had written: keeps its lease.  1, 0 when it is not undoing, -1. */
int job_undoing(struct db *, int64_t job_id, const char *worker, int lease_seconds, struct err *) MUST_CHECK;

/* It has taken everything back (or there was nothing): the account's next job may start.  0 or -1. */
int job_undone(struct db *, int64_t job_id, const char *worker, struct err *) MUST_CHECK;

/* The same for workers that are gone, told apart as in job_fail_dead(): the server takes back alone.  Number, or -1. */
int job_undone_dead(struct db *, const char *node, const char *worker, bool force, struct err *) MUST_CHECK;

/* Fails each running job of worker (NULL: of any worker) on node (NULL: any) whose lease is over; with force
 * whatever the lease says.  A job whose row is locked is left for the next time.  For each: fn(ctx, job_id), which may
 * be NULL.  Number failed, or -1. */
int job_fail_dead(struct db *, const char *node, const char *worker, bool force, const char *message,
    const char *operators, void (*fn)(void *ctx, int64_t job_id), void *ctx, struct err *) MUST_CHECK;

/* requested -> failed for jobs of this node whose spool file does not exist any more; exists returns 0 only when it
 * knows that the file is not there.  0 or -1. */
int job_fail_lost_files(struct db *, const char *node, const char *operators,
    int (*exists)(void *ctx, const char *spool_name), void *ctx, struct err *) MUST_CHECK;

/*
 * The spool files of jobs of this node that have ended: destroy unlinks one (one that is not there is no error), and
 * when it returns 0 the file is forgotten, with a line in the audit log.  0 or -1.
 */
int job_destroy_files(struct db *, const char *node, int (*destroy)(void *ctx, const char *spool_name), void *ctx,
    struct err *) MUST_CHECK;

/* The same for one job whose file was unlinked just now.  0 or -1. */
int job_file_destroyed(struct db *, int64_t job_id, struct err *) MUST_CHECK;

/* 1 if a job that is not over or a batch that waits owns this spool file on this node, 0, -1. */
int job_spool_owned(struct db *, const char *node, const char *spool_name, struct err *) MUST_CHECK;

/* --- reports: role jobs writes them inside the import's transaction; role web reads, jobs the issues too --- */

struct job_issue {
	enum issue_reason	 reason;
	int64_t			 count;
	const char		*examples;	/* JSON array of {"external_id","line"} */
};
int job_issue_add(struct db *, int64_t job_id, const struct job_issue *, struct err *) MUST_CHECK;

/* Takes back what the job has said of a reason so far, to say it anew. */
int job_issue_clear(struct db *, int64_t job_id, enum issue_reason, struct err *) MUST_CHECK;
int job_issue_each(struct db *, int64_t job_id, int (*fn)(void *ctx, const struct job_issue *, struct err *), void *ctx,
    struct err *) MUST_CHECK;

struct job_page {
	const char	*page_id, *page_url, *page_title;
	int64_t		 comments;		/* created by the job on this page */
};
/* The pages that received comments, most first, at most limit. */
int job_page_each(struct db *, int64_t account_id, int64_t job_id, int limit,
    int (*fn)(void *ctx, const struct job_page *, struct err *), void *ctx, struct err *) MUST_CHECK;
int job_page_count(struct db *, int64_t job_id, int64_t *n, struct err *) MUST_CHECK;

/* --- notes on a job: role migrate writes them, role web reads them too --- */

/*
 * Adds a note (model/job.h), with a line of the audit log and a mail to the admin who asked for the job, in one transaction.  *mailed:
 * there is such an admin in the account, whatever he or she chose for mails about ends.  1, 0 when the job has
 * JOB_NOTES_MAX already, -1.
 */
int job_note_add(struct db *, const struct job *, const char *note, bool *mailed, struct err *) MUST_CHECK;

/* The notes of a job, oldest first; at: ms UTC. */
int job_note_each(struct db *, int64_t job_id, int (*fn)(void *ctx, int64_t at, const char *note, struct err *), void *ctx,
    struct err *) MUST_CHECK;

#endif
