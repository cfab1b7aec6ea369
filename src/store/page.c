#include "store/page.h"

#include "util/weburl.h"

#include "store/lookup.h"

static struct db_value
said_or_empty(const struct text *t)
{
	return t->said && t->n > 0 ? db_textn(t->p, t->n) : db_text("");
}

int
page_put(struct db *db, int64_t account_id, const struct stored_comment *s, struct err *e)
{
	const struct text *url = &s->c->text[CT_PAGE_URL];
	const struct db_value page_id = said_or_empty(&s->c->text[CT_PAGE_ID]);
	struct sb address;
	int result = -1;

	sb_init(&address, LIMIT_URL_BYTES + 1);
	if (url->said)
		weburl_page(url->p, url->n, &address);
	if (sb_ok(&address))
		result = db_run(db, SQL_PAGE_PUT, DB_VALUES(db_int(account_id), db_bytes(s->page_key.b, HASH128_SIZE),
		    db_textn(s->source.p, s->source.n), said_or_empty(&s->c->text[CT_SOURCE_SITE]), page_id, page_id,
		    said_or_empty(url), db_text(sb_text(&address)), said_or_empty(&s->c->text[CT_PAGE_TITLE])), NULL, NULL, e);
	else
		err_nomem(e);
	sb_free(&address);
	return result;
}

int
page_merged_any(struct db *db, int64_t account_id, bool *any, struct err *e)
{
	if (db_row(db, SQL_PAGE_MERGED_ANY, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	*any = db_col_int(db, 0) != 0;
	db_done(db);
	return 0;
}

int
page_merged_into(struct db *db, int64_t account_id, const struct hash128 *page_key, struct hash128 *into, struct err *e)
{
	int found = db_row(db, SQL_PAGE_MERGED_INTO, DB_VALUES(db_int(account_id), db_bytes(page_key->b, HASH128_SIZE)), e);

	if (found == 1 && lookup_hash(db, 0, into, e) == -1)
		found = -1;
	db_done(db);
	return found;
}
