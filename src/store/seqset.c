#include "store/seqset.h"

#define WORD_BITS	64
#define PAGE_WORDS	64
#define PAGE_BITS	(PAGE_WORDS * WORD_BITS)

void
seqset_free(struct seqset *s)
{
	size_t i;

	for (i = 0; i < s->pages; i++)
		free(s->page[i]);
	free(s->page);
	memset(s, 0, sizeof(*s));
}

static int
make_page(struct seqset *s, size_t at, struct err *e)
{
	size_t pages = s->pages > 0 ? s->pages : 16;
	uint64_t **page;

	if (at >= s->pages) {
		while (pages <= at)
			pages *= 2;
		if ((page = realloc(s->page, pages * sizeof(*page))) == NULL)
			return err_nomem(e);
		memset(page + s->pages, 0, (pages - s->pages) * sizeof(*page));
		s->page = page;
		s->pages = pages;
	}
	if (s->page[at] == NULL && (s->page[at] = calloc(PAGE_WORDS, sizeof(**s->page))) == NULL)
		return err_nomem(e);
	return 0;
}

int
seqset_add(struct seqset *s, int64_t seq, struct err *e)
{
	size_t at = (size_t)seq / PAGE_BITS, bit = (size_t)seq % PAGE_BITS;

	if ((at >= s->pages || s->page[at] == NULL) && make_page(s, at, e) == -1)
		return -1;
	s->page[at][bit / WORD_BITS] |= UINT64_C(1) << bit % WORD_BITS;
	return 0;
}

bool
seqset_has(const struct seqset *s, int64_t seq)
{
	size_t at = (size_t)seq / PAGE_BITS, bit = (size_t)seq % PAGE_BITS;

	return at < s->pages && s->page[at] != NULL && (s->page[at][bit / WORD_BITS] >> bit % WORD_BITS & 1) != 0;
}

int64_t
seqset_next(const struct seqset *s, int64_t from)
{
	size_t at = (size_t)from / PAGE_BITS, word = (size_t)from % PAGE_BITS / WORD_BITS;
	uint64_t mask = UINT64_MAX << (size_t)from % WORD_BITS;

	for (; at < s->pages; at++, word = 0, mask = UINT64_MAX)
		for (; s->page[at] != NULL && word < PAGE_WORDS; word++, mask = UINT64_MAX)
			if ((s->page[at][word] & mask) != 0)
				return (int64_t)(at * PAGE_BITS + word * WORD_BITS) +
				    __builtin_ctzll(s->page[at][word] & mask);
	return -1;
}
