#include "store/lookup.h"

/* Up to COMMENT_LOOKUP ids; the statement's other places repeat the last one. */
static int
lookup_some(struct db *db, enum sql id, struct db_value values[LOOKUP_HEADS + COMMENT_LOOKUP], size_t n_head,
    const struct hash128 *const *ids, size_t n, int (*row)(void *, struct db *, struct err *), void *ctx, struct err *e)
{
	size_t i;
	int r;

	for (i = 0; i < COMMENT_LOOKUP; i++)
		values[n_head + i] = db_bytes(ids[MIN(i, n - 1)]->b, HASH128_SIZE);
	if (db_query(db, id, values, n_head + COMMENT_LOOKUP, e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		if (row(ctx, db, e) == -1) {
			db_done(db);
			return -1;
		}
	return r;
}

int
lookup_ids(struct db *db, enum sql id, const struct db_value *head, size_t n_head, const struct hash128 *const *ids,
    size_t n, int (*row)(void *, struct db *, struct err *), void *ctx, struct err *e)
{
	struct db_value values[LOOKUP_HEADS + COMMENT_LOOKUP];
	size_t at, some;

	memcpy(values, head, n_head * sizeof(values[0]));
	for (at = 0; at < n; at += some) {
		some = MIN(n - at, (size_t)COMMENT_LOOKUP);
		if (lookup_some(db, id, values, n_head, ids + at, some, row, ctx, e) == -1)
			return -1;
	}
	return 0;
}

int
lookup_hash(const struct db *db, int col, struct hash128 *out, struct err *e)
{
	size_t n;
	const void *p = db_col_bytes(db, col, &n);

	if (n != HASH128_SIZE)
		return err_set(e, ERR_BUG, "a hash of the database is not %d bytes wide", HASH128_SIZE);
	memcpy(out->b, p, HASH128_SIZE);
	return 0;
}
