#include "jobs/pages.h"

#define PAGES	65536			/* direct-mapped by the first bits of the key */

enum { HAS_PAGE = 1, HAS_URL = 2, HAS_TITLE = 4 };

struct pages {
	struct hash128	key[PAGES];
	uint8_t		has[PAGES];	/* 0: nothing there */
};

struct pages *
pages_new(void)
{
	return calloc(1, sizeof(struct pages));
}

void
pages_free(struct pages *p)
{
	free(p);
}

int
pages_put(struct pages *p, struct db *db, int64_t account_id, const struct stored_comment *s, struct err *e)
{
	const struct hash128 *key = &s->page_key;
	size_t i = (size_t)key->b[0] << 8 | key->b[1];
	uint8_t has = HAS_PAGE | (s->c->text[CT_PAGE_URL].n > 0 ? HAS_URL : 0) |
	    (s->c->text[CT_PAGE_TITLE].n > 0 ? HAS_TITLE : 0);
	bool same = memcmp(&p->key[i], key, sizeof(*key)) == 0;

	if (same && (has & ~p->has[i]) == 0)
		return 0;
	if (page_put(db, account_id, s, e) == -1)
		return -1;
	p->key[i] = *key;
	p->has[i] = same ? p->has[i] | has : has;
	return 0;
}
