#include "store/audit.h"

#include "util/utf8.h"

const char *const audit_action_names[AUDIT__MAX] = {
	[AUDIT_SIGNED_IN] = "signed_in", [AUDIT_SIGN_IN_FAILED] = "sign_in_failed", [AUDIT_SIGNED_OUT] = "signed_out",
	[AUDIT_UPLOADED] = "uploaded", [AUDIT_CANCELLED] = "cancelled", [AUDIT_JOB_COMPLETED] = "job_completed",
	[AUDIT_JOB_FAILED] = "job_failed", [AUDIT_KEY_DESTROYED] = "key_destroyed", [AUDIT_FILE_DESTROYED] = "file_destroyed",
	[AUDIT_WEBHOOK_CHANGED] = "webhook_changed", [AUDIT_NOTIFY_CHANGED] = "notify_changed",
	[AUDIT_DOWNLOADED] = "downloaded", [AUDIT_DELETED] = "deleted",
	[AUDIT_EXPORT_REQUESTED] = "export_requested",
	[AUDIT_INTEGRATION_APPROVED] = "integration_approved", [AUDIT_INTEGRATION_REFUSED] = "integration_refused",
	[AUDIT_INTEGRATION_REVOKED] = "integration_revoked", [AUDIT_INTEGRATION_RESYNC] = "integration_resync",
	[AUDIT_RUN_STARTED] = "run_started",
	[AUDIT_REQUESTED] = "requested",
	[AUDIT_TOKEN_ADDED] = "token_added", [AUDIT_TOKEN_REVOKED] = "token_revoked",
	[AUDIT_NOTED] = "noted",
};

static struct db_value
cut_text(const char *s, size_t max)
{
	return db_textn(s, utf8_cut_bytes(s, strlen(s), max));
}
#define CUT(s, member)	cut_text((s), sizeof(((struct audit_entry *)NULL)->member) - 1)

int
audit_add(struct db *db, int64_t account_id, const char *actor, enum audit_action action, int64_t job_id, const char *detail,
    struct err *e)
{
	return db_run(db, SQL_AUDIT_ADD, DB_VALUES(db_int(account_id), CUT(actor, actor), db_text(audit_action_names[action]),
	    job_id != 0 ? db_int(job_id) : db_null(), CUT(detail, detail)), NULL, NULL, e);
}

int
audit_add_job(struct db *db, int64_t job_id, enum audit_action action, const char *detail, struct err *e)
{
	return db_run(db, SQL_AUDIT_ADD_JOB, DB_VALUES(db_text(audit_action_names[action]), CUT(detail, detail),
	    db_int(job_id)), NULL, NULL, e);
}

int
audit_add_session(struct db *db, const uint8_t token_hash[HASH256_SIZE], enum audit_action action, struct err *e)
{
	return db_run(db, SQL_AUDIT_ADD_SESSION, DB_VALUES(db_text(audit_action_names[action]),
	    db_bytes(token_hash, HASH256_SIZE)), NULL, NULL, e);
}

static void
entry_row(const struct db *db, struct audit_entry *a)
{
	a->audit_id = db_col_int(db, 0);
	a->account_id = db_col_int(db, 1);
	a->at = db_col_int(db, 2);
	snprintf(a->actor, sizeof(a->actor), "%s", db_col_text(db, 3));
	snprintf(a->action, sizeof(a->action), "%s", db_col_text(db, 4));
	a->job_id = db_col_int(db, 5);
	snprintf(a->detail, sizeof(a->detail), "%s", db_col_text(db, 6));
}

int
audit_each(struct db *db, int64_t account_id, int64_t before, int limit,
    int (*fn)(void *, const struct audit_entry *, struct err *), void *ctx, struct err *e)
{
	struct audit_entry entry;
	int r;

	if (db_query(db, SQL_AUDIT_EACH, DB_VALUES(db_int(account_id), db_int(before > 0 ? before : INT64_MAX), db_int(limit)),
	    e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		entry_row(db, &entry);
		if (fn(ctx, &entry, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}
