#include "rows.h"

struct hash128
row_hash(const char *external_id)
{
	struct hash128 h;
	struct hash hash;

	hash_begin(&hash, HASH128_SIZE);
	hash_str(&hash, external_id);
	hash_end(&hash, h.b);
	return h;
}

void
row_say(struct row *r, enum comment_text t, const char *p)
{
	r->c.text[t] = (struct text){ .p = p, .n = strlen(p), .said = true };
}

void
row_number(struct row *r, enum comment_number n, int64_t v)
{
	r->c.number[n] = (struct number){ .v = v, .said = true };
}

void
row_init(struct row *r, int64_t seq, const char *external_id, const char *parent)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->external_id, sizeof(r->external_id), "%s", external_id);
	row_say(r, CT_EXTERNAL_ID, r->external_id);
	if (parent != NULL) {
		snprintf(r->parent_external_id, sizeof(r->parent_external_id), "%s", parent);
		row_say(r, CT_PARENT_EXTERNAL_ID, r->parent_external_id);
		r->s.has_parent = parent[0] != '\0';
		r->s.parent_id = row_hash(parent);
	}
	r->s.source = (struct text){ "disqus", 6, true };
	r->s.seq = seq;
	r->s.comment_id = row_hash(external_id);
	r->s.page_key = row_hash("page");
	memcpy(r->c.source_hash, r->s.comment_id.b, HASH128_SIZE);
	r->s.c = &r->c;
}

int
row_load(struct db *db, int64_t account_id, const struct row *rows, size_t n, struct err *e)
{
	struct stored_comment *stored;
	int result = -1;
	size_t i;

	if ((stored = calloc(n, sizeof(*stored))) == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		stored[i] = rows[i].s;
		stored[i].c = &rows[i].c;
	}
	if (db_load_context(db, account_id, 7, DB_LOCKS_DAY, e) == -1 || db_begin(db, e) == -1)
		goto free_stored;
	if (comment_load(db, stored, n, e) == -1) {
		db_rollback(db);
		goto free_stored;
	}
	result = db_commit(db, e);
free_stored:
	free(stored);
	return result;
}
