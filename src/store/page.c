#include "store/page.h"

#include "util/weburl.h"

#include "store/lookup.h"

#define FILL_PAGES	500	/* of one transaction */

static struct db_value
said_or_empty(const struct text *t)
{
	return t->said && t->n > 0 ? db_textn(t->p, t->n) : db_text("");
}

/* By what the page is found; nothing if its address is none, or its form is longer than the column. */
static int
find_address(struct sb *address, const char *url, size_t n, struct err *e)
{
	sb_init(address, WEBURL_PAGE_ROOM(LIMIT_URL_BYTES));
	(void)!weburl_page(url, n, address);
	if (!sb_ok(address))
		return err_nomem(e);
	if (address->n > LIMIT_URL_BYTES)
		sb_reset(address);
	return 0;
}

int
page_put(struct db *db, int64_t account_id, const struct stored_comment *s, struct err *e)
{
	const struct text *url = &s->c->text[CT_PAGE_URL];
	const struct db_value page_id = said_or_empty(&s->c->text[CT_PAGE_ID]);
	struct sb address;
	int result = -1;

	if (find_address(&address, url->p, url->said ? url->n : 0, e) == 0)
		result = db_run(db, SQL_PAGE_PUT, DB_VALUES(db_int(account_id), db_bytes(s->page_key.b, HASH128_SIZE),
		    db_textn(s->source.p, s->source.n), said_or_empty(&s->c->text[CT_SOURCE_SITE]), page_id, page_id,
		    said_or_empty(url), db_text(sb_text(&address)), said_or_empty(&s->c->text[CT_PAGE_TITLE])), NULL, NULL, e);
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

/* --- addresses of earlier versions --- */

struct fill {
	int64_t		account_id;
	struct hash128	last;			/* page that was looked at last */
	size_t		n;
	struct hash128	key[FILL_PAGES];
	struct sb	address[FILL_PAGES];
};

/* The next pages of the account that lack one. */
static int
read_pages(struct fill *f, struct db *db, struct err *e)
{
	int r;

	if (db_query(db, SQL_PAGE_UNADDRESSED, DB_VALUES(db_int(f->account_id), db_bytes(f->last.b, HASH128_SIZE),
	    db_int(FILL_PAGES)), e) == -1)
		return -1;
	for (f->n = 0; (r = db_next(db, e)) == 1; f->n++) {
		const char *url = db_col_text(db, 1);
		struct sb *address = &f->address[f->n];

		sb_reset(address);
		weburl_page(url, strlen(url), address);
		if (lookup_hash(db, 0, &f->key[f->n], e) == -1 || (!sb_ok(address) && err_nomem(e) == -1)) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

static int
fill_some(struct db *db, void *ctx, struct err *e)
{
	struct fill *f = ctx;
	size_t i;

	if (read_pages(f, db, e) == -1)
		return -1;
	for (i = 0; i < f->n; i++)
		if (db_run(db, SQL_PAGE_ADDRESS, DB_VALUES(db_text(sb_text(&f->address[i])), db_int(f->account_id),
		    db_bytes(f->key[i].b, HASH128_SIZE)), NULL, NULL, e) == -1)
			return -1;
	return 0;
}

/* 1 with the next account that has pages, 0 when there is none, -1. */
static int
next_account(struct fill *f, struct db *db, struct err *e)
{
	int found = db_row(db, SQL_PAGE_NEXT_ACCOUNT, DB_VALUES(db_int(f->account_id)), e);

	if (found == 1)
		f->account_id = db_col_int(db, 0);
	db_done(db);
	memset(&f->last, 0, sizeof(f->last));
	return found;
}

static int
fill_account(struct fill *f, struct db *db, int64_t *filled, struct err *e)
{
	do {
		if (db_transaction(db, fill_some, f, e) == -1)
			return -1;
		*filled += (int64_t)f->n;
		if (f->n > 0)
			f->last = f->key[f->n - 1];
	} while (f->n == FILL_PAGES);
	return 0;
}

int
page_address_fill(struct db *db, int64_t *filled, struct err *e)
{
	struct fill *f = calloc(1, sizeof(*f));
	size_t i;
	int r;

	*filled = 0;
	if (f == NULL)
		return err_nomem(e);
	for (i = 0; i < FILL_PAGES; i++)
		sb_init(&f->address[i], LIMIT_URL_BYTES + 1);
	while ((r = next_account(f, db, e)) == 1)
		if ((r = fill_account(f, db, filled, e)) == -1)
			break;
	for (i = 0; i < FILL_PAGES; i++)
		sb_free(&f->address[i]);
	free(f);
	return r;
}
