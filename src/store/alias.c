#include "store/alias.h"

#include "store/lookup.h"

int
alias_any(struct db *db, int64_t account_id, bool *any, struct err *e)
{
	if (db_row(db, SQL_ALIAS_ANY, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	*any = db_col_int(db, 0) != 0;
	db_done(db);
	return 0;
}

struct hand_on {
	void	(*fn)(void *ctx, const struct alias_found *);
	void	*ctx;
};

static int
take_row(void *ctx, struct db *db, struct err *e)
{
	const struct hand_on *to = ctx;
	struct alias_found found = {
		.source = db_col_text(db, 2),
		.source_site = db_col_text(db, 3),
		.mapped = db_col_int(db, 4) != 0,
	};

	if (lookup_hash(db, 0, &found.asked, e) == -1 || lookup_hash(db, 1, &found.comment_id, e) == -1)
		return -1;
	to->fn(to->ctx, &found);
	return 0;
}

int
alias_lookup(struct db *db, int64_t account_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *, const struct alias_found *), void *ctx, struct err *e)
{
	struct hand_on to = { fn, ctx };

	return lookup_ids(db, SQL_ALIAS_LOOKUP, DB_VALUES(db_int(account_id)), ids, n, take_row, &to, e);
}

int
alias_claimed(struct db *db, int64_t account_id, int64_t integration_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *, const struct alias_found *), void *ctx, struct err *e)
{
	struct hand_on to = { fn, ctx };

	return lookup_ids(db, SQL_ALIAS_CLAIMED, DB_VALUES(db_int(integration_id), db_int(account_id)), ids, n, take_row,
	    &to, e);
}

int
alias_told(struct db *db, int64_t account_id, int64_t integration_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *, const struct alias_found *), void *ctx, struct err *e)
{
	struct hand_on to = { fn, ctx };

	return lookup_ids(db, SQL_ALIAS_TOLD, DB_VALUES(db_int(integration_id), db_int(account_id)), ids, n, take_row, &to, e);
}

int
alias_add(struct db *db, int64_t account_id, int64_t integration_id, const struct hash128 *alias_id,
    const struct hash128 *comment_id, const struct text *number, struct err *e)
{
	struct db_value account = db_int(account_id), alias = db_bytes(alias_id->b, HASH128_SIZE);
	struct db_value text = db_textn(number->p, number->n);
	int found = db_row(db, SQL_ALIAS_FREE, DB_VALUES(text, account, alias), e);
	bool is_number;

	if (found != 1)
		return found;
	is_number = db_col_int(db, 0) != 0;
	db_done(db);
	if (db_run(db, SQL_ALIAS_ADD, DB_VALUES(account, alias, db_bytes(comment_id->b, HASH128_SIZE),
	    db_int(is_number ? integration_id : 0), text), NULL, NULL, e) == -1)
		return db_duplicate(db) ? 0 : -1;
	return 0;
}

int
alias_waiting(struct db *db, int64_t account_id, struct err *e)
{
	return db_run(db, SQL_ALIAS_WAITING, DB_VALUES(db_int(account_id)), NULL, NULL, e);
}
