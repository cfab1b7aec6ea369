#include "jobs/pages.h"

#include "store/comment.h"

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
pages_put(struct pages *p, struct db *db, int64_t account_id, const struct hash128 *page_key, const char *source,
    const struct comment *c, struct err *e)
{
	size_t i = (size_t)page_key->b[0] << 8 | page_key->b[1];
	uint8_t has = HAS_PAGE | (c->text[CT_PAGE_URL].n > 0 ? HAS_URL : 0) |
	    (c->text[CT_PAGE_TITLE].n > 0 ? HAS_TITLE : 0);
	bool same = memcmp(&p->key[i], page_key, sizeof(*page_key)) == 0;

	if (same && (has & ~p->has[i]) == 0)
		return 0;
	if (page_put(db, account_id, page_key, source, c, e) == -1)
		return -1;
	p->key[i] = *page_key;
	p->has[i] = same ? p->has[i] | has : has;
	return 0;
}
