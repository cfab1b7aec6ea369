#include "jobs/pages.h"

#include "store/page.h"

#define PAGES	65536			/* direct-mapped by the first bits of the key */

enum { HAS_PAGE = 1, HAS_URL = 2, HAS_TITLE = 4 };

struct pages {
	struct hash128	key[PAGES];
	uint8_t		has[PAGES];	/* 0: nothing there */
	struct hash128	*into;		/* of each: the page that has its comments; NULL: each has its own */
};

struct pages *
pages_new(bool merged)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (p != NULL && merged && (p->into = calloc(PAGES, sizeof(*p->into))) == NULL) {
		pages_free(p);
		return NULL;
	}
	return p;
}

void
pages_free(struct pages *p)
{
	if (p != NULL)
		free(p->into);
	free(p);
}

/* Puts the page, but one that has been merged: that one is there, and what it is called no longer matters. */
static int
put(struct pages *p, size_t i, struct db *db, int64_t account_id, const struct stored_comment *s, uint8_t *has,
    struct err *e)
{
	int merged;

	if (p->into != NULL) {
		if ((merged = page_merged_into(db, account_id, &s->page_key, &p->into[i], e)) == -1)
			return -1;
		if (merged == 1) {
			*has = HAS_PAGE | HAS_URL | HAS_TITLE;
			return 0;
		}
		p->into[i] = s->page_key;
	}
	return page_put(db, account_id, s, e);
}

int
pages_put(struct pages *p, struct db *db, int64_t account_id, struct stored_comment *s, struct err *e)
{
	const struct hash128 *key = &s->page_key;
	size_t i = (size_t)key->b[0] << 8 | key->b[1];
	uint8_t has = HAS_PAGE | (s->c->text[CT_PAGE_URL].n > 0 ? HAS_URL : 0) |
	    (s->c->text[CT_PAGE_TITLE].n > 0 ? HAS_TITLE : 0);
	bool same = memcmp(&p->key[i], key, sizeof(*key)) == 0;

	if (!same || (has & ~p->has[i]) != 0) {
		if (put(p, i, db, account_id, s, &has, e) == -1)
			return -1;
		p->has[i] = same ? p->has[i] | has : has;
		p->key[i] = *key;
	}
	if (p->into != NULL)
		s->page_key = p->into[i];
	return 0;
}
