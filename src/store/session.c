#include "store/session.h"

#include "store/audit.h"

/* A session that begins. */
struct start {
	const uint8_t	*token_hash;
	int64_t		 user_id;
};

static int
add_session(struct db *db, void *ctx, struct err *e)
{
	const struct start *s = ctx;
	int64_t added;

	if (db_run(db, SQL_SESSION_REMOVE_OVER, NULL, 0, NULL, NULL, e) == -1)
		return -1;
	if (db_run(db, SQL_SESSION_ADD, DB_VALUES(db_bytes(s->token_hash, HASH256_SIZE), db_int(SESSION_SECONDS),
	    db_int(s->user_id)), &added, NULL, e) == -1)
		return -1;
	if (added == 0)
		return err_set(e, ERR_NOTFOUND, "This admin was removed.");
	return audit_add_session(db, s->token_hash, AUDIT_SIGNED_IN, e);
}

int
session_add(struct db *db, const uint8_t token_hash[HASH256_SIZE], int64_t user_id, struct err *e)
{
	struct start s = { token_hash, user_id };

	return db_transaction(db, add_session, &s, e);
}

int
session_admin(struct db *db, const uint8_t token_hash[HASH256_SIZE], struct admin *a, struct err *e)
{
	int found = db_row(db, SQL_SESSION_ADMIN, DB_VALUES(db_bytes(token_hash, HASH256_SIZE)), e);

	if (found == 1) {
		admin_row(db, a);
		db_done(db);
	}
	return found;
}

static int
remove_session(struct db *db, void *ctx, struct err *e)
{
	if (audit_add_session(db, ctx, AUDIT_SIGNED_OUT, e) == -1)
		return -1;
	return db_run(db, SQL_SESSION_REMOVE, DB_VALUES(db_bytes(ctx, HASH256_SIZE)), NULL, NULL, e);
}

int
session_remove(struct db *db, const uint8_t token_hash[HASH256_SIZE], struct err *e)
{
	uint8_t hash[HASH256_SIZE];

	memcpy(hash, token_hash, sizeof(hash));
	return db_transaction(db, remove_session, hash, e);
}
