#include "store/webhook.h"

int
webhook_get(struct db *db, int64_t account_id, struct webhook *w, struct err *e)
{
	int found = db_row(db, SQL_WEBHOOK_GET, DB_VALUES(db_int(account_id)), e);

	if (found == 1) {
		snprintf(w->url, sizeof(w->url), "%s", db_col_text(db, 0));
		w->created_at = db_col_int(db, 1);
		db_done(db);
	}
	return found;
}

int
webhook_set(struct db *db, int64_t account_id, const char *url, const void *sealed_secret, size_t n, struct err *e)
{
	return db_run(db, SQL_WEBHOOK_SET, DB_VALUES(db_int(account_id), db_text(url), db_bytes(sealed_secret, n)), NULL, NULL, e);
}

int
webhook_remove(struct db *db, int64_t account_id, struct err *e)
{
	return db_run(db, SQL_WEBHOOK_REMOVE, DB_VALUES(db_int(account_id)), NULL, NULL, e);
}

int
admin_notify_get(struct db *db, int64_t user_id, bool *wanted, struct err *e)
{
	int found = db_row(db, SQL_ADMIN_NOTIFY_GET, DB_VALUES(db_int(user_id)), e);

	if (found == 1)
		*wanted = db_col_int(db, 0) != 0;
	db_done(db);
	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "This admin was removed.");
	return found == -1 ? -1 : 0;
}

int
admin_notify_set(struct db *db, int64_t user_id, bool wanted, struct err *e)
{
	return db_run(db, SQL_ADMIN_NOTIFY_SET, DB_VALUES(db_int(wanted), db_int(user_id)), NULL, NULL, e);
}
