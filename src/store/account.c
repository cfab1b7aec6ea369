#include "store/account.h"

#include "util/num.h"

#define NAME_MAX_BYTES	255

void
admin_row(const struct db *db, struct admin *a)
{
	memset(a, 0, sizeof(*a));
	a->user_id = db_col_int(db, 0);
	a->account_id = db_col_int(db, 1);
	snprintf(a->account_name, sizeof(a->account_name), "%s", db_col_text(db, 2));
	snprintf(a->email, sizeof(a->email), "%s", db_col_text(db, 3));
}

int
account_add(struct db *db, const char *name, int64_t *account_id, struct err *e)
{
	if (name[0] == '\0' || strlen(name) > NAME_MAX_BYTES)
		return err_set(e, ERR_INPUT, "The name of an account has 1 to %d bytes.", NAME_MAX_BYTES);
	if (db_run(db, SQL_ACCOUNT_ADD, DB_VALUES(db_text(name)), NULL, account_id, e) == 0)
		return 0;
	if (db_duplicate(db))
		return err_set(e, ERR_CONFLICT, "There is an account of that name already.");
	return -1;
}

static int
find_id(struct db *db, enum sql id, struct db_value key, int64_t *account_id, struct err *e)
{
	int found = db_row(db, id, &key, 1, e);

	if (found == 1) {
		*account_id = db_col_int(db, 0);
		db_done(db);
	}
	return found;
}

int
account_find(struct db *db, const char *name_or_id, int64_t *account_id, struct err *e)
{
	int64_t id;
	int found = find_id(db, SQL_ACCOUNT_BY_NAME, db_text(name_or_id), account_id, e);

	if (found != 0 || num_parse(name_or_id, 1, INT64_MAX, &id) == -1)
		return found;
	return find_id(db, SQL_ACCOUNT_BY_ID, db_int(id), account_id, e);
}

int
account_each(struct db *db, int (*fn)(void *, int64_t, const char *, int64_t), void *ctx, struct err *e)
{
	int r;

	if (db_query(db, SQL_ACCOUNT_EACH, NULL, 0, e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		if (fn(ctx, db_col_int(db, 0), db_col_text(db, 1), db_col_int(db, 2)) != 0)
			break;
	db_done(db);
	return r == -1 ? -1 : 0;
}

int
admin_add(struct db *db, int64_t account_id, const char *email, const char *password_hash, struct err *e)
{
	int64_t added;

	if (email[0] == '\0' || strlen(email) > MAILADDR_MAX)
		return err_set(e, ERR_INPUT, "An e-mail address has 1 to %d bytes.", MAILADDR_MAX);
	if (db_run(db, SQL_ADMIN_ADD, DB_VALUES(db_text(email), db_text(password_hash), db_int(account_id)), &added,
	    NULL, e) == -1) {
		if (db_duplicate(db))
			return err_set(e, ERR_CONFLICT, "An admin with that e-mail address exists already.");
		return -1;
	}
	if (added == 0)
		return err_set(e, ERR_NOTFOUND, "There is no account with that number.");
	return 0;
}

int
admin_by_email(struct db *db, const char *email, struct admin *a, struct err *e)
{
	int found = db_row(db, SQL_ADMIN_BY_EMAIL, DB_VALUES(db_text(email)), e);

	if (found == 1) {
		admin_row(db, a);
		snprintf(a->password_hash, sizeof(a->password_hash), "%s", db_col_text(db, 4));
		db_done(db);
	}
	return found;
}

/* What admin_set_password and admin_remove do to the admin of an address. */
struct change {
	const char	*email;
	const char	*password_hash;		/* NULL: remove */
};

static int
change_admin(struct db *db, void *ctx, struct err *e)
{
	const struct change *c = ctx;
	int64_t user_id;
	int found;

	if ((found = db_row(db, SQL_ADMIN_LOCK, DB_VALUES(db_text(c->email)), e)) == -1)
		return -1;
	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "There is no admin with that e-mail address.");
	user_id = db_col_int(db, 0);
	db_done(db);
	if (db_run(db, SQL_SESSION_REMOVE_ALL, DB_VALUES(db_int(user_id)), NULL, NULL, e) == -1)
		return -1;
	if (c->password_hash == NULL)
		return db_run(db, SQL_ADMIN_REMOVE, DB_VALUES(db_int(user_id)), NULL, NULL, e);
	return db_run(db, SQL_ADMIN_SET_PASSWORD, DB_VALUES(db_text(c->password_hash), db_int(user_id)), NULL, NULL, e);
}

int
admin_set_password(struct db *db, const char *email, const char *password_hash, struct err *e)
{
	struct change c = { .email = email, .password_hash = password_hash };

	return db_transaction(db, change_admin, &c, e);
}

int
admin_remove(struct db *db, const char *email, struct err *e)
{
	struct change c = { .email = email };

	return db_transaction(db, change_admin, &c, e);
}

int
admin_each(struct db *db, int64_t account_id, int (*fn)(void *, const struct admin *), void *ctx, struct err *e)
{
	struct admin a;
	int r;

	if (db_query(db, SQL_ADMIN_EACH, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		admin_row(db, &a);
		if (fn(ctx, &a) != 0)
			break;
	}
	db_done(db);
	return r == -1 ? -1 : 0;
}
