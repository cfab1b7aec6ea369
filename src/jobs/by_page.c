/*
 * Sorted twice: by page and place, where the first record of each page tells where the page appeared first;
 * then by that and place.  So nothing has to be remembered of the pages.
 */
#include "jobs/by_page.h"

#include "jobs/extsort.h"
#include "util/identity.h"
#include "jobs/packed.h"

struct by_page {
	struct sink	 sink;		/* first: what callers see */
	struct sink	*next;
	size_t		 memory;
	struct extsort	*pages, *order;
	uint64_t	 place;		/* of the next comment */
	struct sb	 packed;
};

/* Big endian, so that memcmp() orders by value. */
static void
put_number(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static int
put(struct sink *sink, const struct comment *c, struct err *e)
{
	struct by_page *b = (struct by_page *)sink;
	uint8_t key[EXTSORT_KEY];
	struct hash128 page;

	identity_page(&page, 0, &c->text[CT_SOURCE], &c->text[CT_SOURCE_SITE], &c->text[CT_PAGE_ID]);
	memcpy(key, page.b, HASH128_SIZE);
	put_number(key + HASH128_SIZE, b->place++);
	if (pack_comment(&b->packed, c, e) == -1)
		return -1;
	return extsort_add(b->pages, key, b->packed.p, b->packed.n, e);
}

struct by_page *
by_page_new(struct sink *next, size_t memory, struct err *e)
{
	struct by_page *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		err_nomem(e);
		return NULL;
	}
	b->sink.put = put;
	b->next = next;
	b->memory = memory;
	sb_init(&b->packed, PACKED_MAX);
	if ((b->pages = extsort_new(memory, e)) != NULL)
		return b;
	by_page_free(b);
	return NULL;
}

void
by_page_free(struct by_page *b)
{
	if (b == NULL)
		return;
	extsort_free(b->pages);
	extsort_free(b->order);
	sb_free(&b->packed);
	free(b);
}

struct sink *
by_page_sink(struct by_page *b)
{
	return &b->sink;
}

/* From the order of page hashes to that of first appearances. */
static int
sort_again(struct by_page *b, struct err *e)
{
	uint8_t page[HASH128_SIZE], key[EXTSORT_KEY] = { 0 };	/* first place of its page, its own place, nothing */
	struct extsort_item item;
	bool first = true;
	int more;

	if (extsort_sort(b->pages, e) == -1 || (b->order = extsort_new(b->memory, e)) == NULL)
		return -1;
	while ((more = extsort_next(b->pages, &item, e)) == 1) {
		if (first || memcmp(page, item.key, sizeof(page)) != 0)
			memcpy(key, item.key + HASH128_SIZE, 8);
		memcpy(key + 8, item.key + HASH128_SIZE, 8);
		memcpy(page, item.key, sizeof(page));
		first = false;
		if (extsort_add(b->order, key, item.data, item.n, e) == -1)
			return -1;
	}
	extsort_free(b->pages);
	b->pages = NULL;
	return more == -1 ? -1 : extsort_sort(b->order, e);
}

int
by_page_end(struct by_page *b, struct err *e)
{
	struct extsort_item item;
	struct comment c;
	int more;

	if (sort_again(b, e) == -1)
		return -1;
	while ((more = extsort_next(b->order, &item, e)) == 1)
		if (unpack_comment(item.data, item.n, &c, e) == -1 || sink_put(b->next, &c, e) == -1)
			return -1;
	return more;
}
