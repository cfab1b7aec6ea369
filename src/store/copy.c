#include "store/copy.h"

#include "util/utf8.h"
#include "util/weburl.h"

#include "store/export.h"
#include "store/job.h"

/* --- requests --- */

static int
check_id(const char *id, const char *which, struct err *e)
{
	if (*id == '\0')
		return err_set(e, ERR_INPUT, "The id of the %s page is missing. Please fill it in.", which);
	if (strlen(id) > LIMIT_URL_BYTES || !utf8_valid(id, strlen(id)))
		return err_set(e, ERR_INPUT, "The id of the %s page is no text, or longer than %d bytes.", which, LIMIT_URL_BYTES);
	return 0;
}

static int
check_request(const struct copy_request *r, struct err *e)
{
	if (check_id(r->from, "old", e) == -1 || check_id(r->to, "new", e) == -1)
		return -1;
	if (strcmp(r->from, r->to) == 0)
		return err_set(e, ERR_INPUT, "The comments would be copied onto the page where they are. Please give another page id.");
	if (*r->url != '\0' && (strlen(r->url) > LIMIT_URL_BYTES || !weburl_usable(r->url, strlen(r->url))))
		return err_set(e, ERR_INPUT, "The address of the new page is not usable: it must begin with https:// or http:// and a host "
		    "name, and have at most %d bytes.", LIMIT_URL_BYTES);
	return 0;
}

struct request {
	const struct copy_request	*r;
	int64_t				 job_id;
};

static int
add_request(struct db *db, void *ctx, struct err *e)
{
	struct request *q = ctx;
	const struct copy_request *r = q->r;
	char title[2 * LIMIT_URL_BYTES + 8];
	struct job_request job = {
		.account_id = r->account_id, .user_id = r->user_id, .kind = JOB_COPY, .requested_by = r->requested_by,
		.source = COPY_SOURCE, .format = COPY_FORMAT, .options = "", .file_name = title, .node = r->node, .spool_name = "",
		.audit = title,
	};
	int found = db_row(db, SQL_COPY_PAGE_IS, DB_VALUES(db_int(r->account_id), db_text(r->from)), e);

	db_done(db);
	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "There is no page with the id \"%.120s\" in this account. Please look for its id on the "
		    "page of the import that brought it.", r->from);
	if (found == -1)
		return -1;
	snprintf(title, sizeof(title), "%s to %s", r->from, r->to);
	if (job_request_insert(db, &job, &q->job_id, e) == -1)
		return -1;
	return db_run(db, SQL_COPY_ADD, DB_VALUES(db_int(q->job_id), db_text(r->from), db_text(r->to), db_text(r->url)), NULL,
	    NULL, e);
}

int
copy_request_add(struct db *db, const struct copy_request *r, int64_t *job_id, struct err *e)
{
	struct request q = { .r = r };

	if (check_request(r, e) == -1 || db_transaction(db, add_request, &q, e) == -1)
		return -1;
	*job_id = q.job_id;
	return 0;
}

/* --- the rows --- */

int
copy_order_get(struct db *db, int64_t account_id, int64_t job_id, struct copy_order *o, struct err *e)
{
	int found = db_row(db, SQL_COPY_GET, DB_VALUES(db_int(account_id), db_int(job_id)), e);

	if (found == 1) {
		snprintf(o->from, sizeof(o->from), "%s", db_col_text(db, 0));
		snprintf(o->to, sizeof(o->to), "%s", db_col_text(db, 1));
		snprintf(o->url, sizeof(o->url), "%s", db_col_text(db, 2));
		snprintf(o->title, sizeof(o->title), "%s", db_col_text(db, 3));
	}
	db_done(db);
	return found == 0 ? err_set(e, ERR_BUG, "a copy has no order") : found == -1 ? -1 : 0;
}

int
copy_find(struct db *db, int64_t account_id, const char *page_id, struct seqset *set, int64_t *n, struct err *e)
{
	int r;

	*n = 0;
	if (db_query(db, SQL_COPY_FIND, DB_VALUES(db_int(account_id), db_text(page_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		if (seqset_add(set, db_col_int(db, 0), e) == -1) {
			db_done(db);
			return -1;
		}
		(*n)++;
	}
	return r;
}

static bool
col_hash(const struct db *db, int col, struct hash128 *out)
{
	const void *p;
	size_t n;

	if (db_col_null(db, col))
		return false;
	p = db_col_bytes(db, col, &n);
	memcpy(out->b, p, MIN(n, sizeof(out->b)));
	return true;
}

int
copy_read(struct db *db, int64_t account_id, const int64_t *seqs, size_t n,
    int (*fn)(void *, const struct copy_row *, struct err *), void *ctx, struct err *e)
{
	struct db_value values[COPY_READ + 1];
	struct copy_row row;
	size_t i;
	int r;

	values[0] = db_int(account_id);
	for (i = 0; i < COPY_READ; i++)
		values[i + 1] = db_int(seqs[MIN(i, n - 1)]);
	if (db_query(db, SQL_COPY_READ, values, ARRAY_LEN(values), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		export_comment(db, &row.c);
		(void)col_hash(db, EXPORT_ROW_COLUMNS, &row.comment_id);
		row.has_parent = col_hash(db, EXPORT_ROW_COLUMNS + 1, &row.parent_id);
		if (fn(ctx, &row, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

int
copy_join(struct db *db, int64_t account_id, const struct hash128 *page_key, const struct text *site,
    const char *page_id, struct err *e)
{
	return db_run(db, SQL_COPY_JOIN, DB_VALUES(db_bytes(page_key->b, HASH128_SIZE), db_textn(site->p, site->n),
	    db_int(account_id), db_text(page_id), db_int(account_id), db_bytes(page_key->b, HASH128_SIZE)), NULL, NULL, e);
}
