#include "formats/threads.h"

#include "util/hash.h"
#include "util/idmap.h"

struct threads {
	bool		 begun;
	uint8_t		 page[HASH128_SIZE];	/* of the comment before */
	struct idmap	*numbers;		/* of its comments, by id */
};

struct threads *
threads_new(struct err *e)
{
	struct threads *t = calloc(1, sizeof(*t));

	if (t != NULL && (t->numbers = idmap_new(THREADS_MAX, true)) != NULL)
		return t;
	free(t);
	err_nomem(e);
	return NULL;
}

void
threads_free(struct threads *t)
{
	if (t == NULL)
		return;
	idmap_free(t->numbers);
	free(t);
}

static void
hash_of(uint8_t out[HASH128_SIZE], const struct comment *c, const enum comment_text *parts, size_t n)
{
	struct hash h;
	size_t i;

	hash_begin(&h, HASH128_SIZE);
	for (i = 0; i < n; i++)
		hash_part(&h, c->text[parts[i]].p, c->text[parts[i]].n);
	hash_end(&h, out);
}

bool
threads_turn(struct threads *t, const struct comment *c)
{
	static const enum comment_text parts[] = { CT_SOURCE, CT_SOURCE_SITE, CT_PAGE_ID };
	uint8_t page[HASH128_SIZE];

	hash_of(page, c, parts, ARRAY_LEN(parts));
	if (t->begun && memcmp(page, t->page, sizeof(page)) == 0)
		return false;
	t->begun = true;
	memcpy(t->page, page, sizeof(page));
	idmap_clear(t->numbers);
	return true;
}

int
threads_add(struct threads *t, const struct comment *c, uint64_t number, uint64_t *parent, struct err *e)
{
	static const enum comment_text id_part[] = { CT_EXTERNAL_ID }, parent_part[] = { CT_PARENT_EXTERNAL_ID };
	struct hash128 id;

	*parent = 0;
	if (c->text[CT_PARENT_EXTERNAL_ID].n > 0) {
		hash_of(id.b, c, parent_part, 1);
		if (!idmap_get(t->numbers, &id, parent))
			*parent = 0;
	}
	hash_of(id.b, c, id_part, 1);
	return idmap_add(t->numbers, &id, number, e) == -1 ? -1 : 0;
}
