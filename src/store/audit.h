/* The audit log: who did what, and when files and keys were destroyed. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/db.h"

/* Words of the column action; the text for a person is in web/page_audit. */
enum audit_action {
	AUDIT_SIGNED_IN,
	AUDIT_SIGN_IN_FAILED,	/* of an address that is an admin's */
	AUDIT_SIGNED_OUT,
	AUDIT_UPLOADED,		/* detail: name, size, BLAKE2b-256 of the file */
	AUDIT_CANCELLED,
	AUDIT_JOB_COMPLETED,
	AUDIT_JOB_FAILED,
	AUDIT_KEY_DESTROYED,
	AUDIT_FILE_DESTROYED,
	AUDIT_WEBHOOK_CHANGED,
	AUDIT_NOTIFY_CHANGED,
	AUDIT_DOWNLOADED,
	AUDIT_DELETED,		/* the file of an export, before its time was over */
	AUDIT_EXPORT_REQUESTED,	/* detail: the format */
	AUDIT_INTEGRATION_APPROVED,	/* detail of these four: the site's address */
	AUDIT_INTEGRATION_REFUSED,
	AUDIT_INTEGRATION_REVOKED,
	AUDIT_INTEGRATION_RESYNC,
	AUDIT_RUN_STARTED,	/* an import from a connected site; detail: its address */
	AUDIT_REQUESTED,	/* a job without an upload; detail: of what */
	AUDIT_TOKEN_ADDED,	/* detail of both: what it may do, its name */
	AUDIT_TOKEN_REVOKED,
	AUDIT_NOTED,		/* detail: the note */
	AUDIT__MAX
};
extern const char *const audit_action_names[AUDIT__MAX];	/* "signed_in", ...; in store/audit.c */

struct audit_entry {
	int64_t		audit_id, account_id, at;	/* ms UTC */
	char		actor[255];			/* "" the service itself */
	char		action[33];
	int64_t		job_id;				/* 0 none */
	char		detail[601];
};

/* Any role, in whatever transaction is open.  actor and detail are cut at a character; job_id 0: none. */
int audit_add(struct db *, int64_t account_id, const char *actor, enum audit_action, int64_t job_id, const char *detail,
    struct err *) MUST_CHECK;

/* The same of what the service itself did with a job, for the job's account. */
int audit_add_job(struct db *, int64_t job_id, enum audit_action, const char *detail, struct err *) MUST_CHECK;

/* The same about whom this session belongs to, by that admin; nothing where there is no such session.  Role web. */
int audit_add_session(struct db *, const uint8_t token_hash[HASH256_SIZE], enum audit_action, struct err *) MUST_CHECK;

/* The account's entries (0: all; role migrate), newest first, those below before (0: from the newest), at most limit. */
int audit_each(struct db *, int64_t account_id, int64_t before, int limit,
    int (*fn)(void *ctx, const struct audit_entry *, struct err *), void *ctx, struct err *) MUST_CHECK;

#endif
