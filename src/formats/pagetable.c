/*
 * One block of memory holds the entries one behind the other; two open-addressing indexes (key, name) hold their
 * offsets. Keys come from outside: the hash is keyed, so that nobody can make them collide.
 */
#include "formats/pagetable.h"

#include "util/hash.h"
#include "util/rnd.h"

#define NONE	UINT32_MAX

enum { KEY, NAME, PAGE_ID, URL, TITLE, TEXT__MAX };

struct entry {
	uint64_t	position;
	uint32_t	n[TEXT__MAX];	/* lengths of the texts, which follow in this order */
	bool		deleted, visited;
	/* Most pages have no name of their own beside their page_id, and often no title beside their address. */
	bool		page_id_is_name, title_is_url;
};

struct index {
	uint32_t	*slots;		/* offsets of entries, NONE: free */
	uint32_t	 size, used;	/* size: a power of 2, at least twice used */
	int		 by;		/* KEY or NAME */
};

struct pagetable {
	char		*entries;
	size_t		 n, size;
	struct index	 index[2];
	uint8_t		 hash_key[HASH_SHORT_KEY];
};

static int
full(struct err *e)
{
	return err_set(e, ERR_LIMIT, "The file has more pages than can be kept in memory at once (%d MB). "
	    "Please split it and import the parts one after the other.", PAGETABLE_MAX / (1024 * 1024));
}

static size_t
total(const struct pagetable *t)
{
	return t->size + (t->index[KEY].size + t->index[NAME].size) * sizeof(uint32_t);
}

static struct entry
entry_at(const struct pagetable *t, uint32_t offset)
{
	struct entry entry;

	memcpy(&entry, t->entries + offset, sizeof(entry));
	return entry;
}

/* Where text which (KEY...) of the entry at offset stands. */
static struct text
entry_text(const struct pagetable *t, uint32_t offset, int which)
{
	struct entry entry = entry_at(t, offset);
	const char *p = t->entries + offset + sizeof(entry);
	int i;

	if (which == PAGE_ID && entry.page_id_is_name)
		which = NAME;
	if (which == TITLE && entry.title_is_url)
		which = URL;
	for (i = 0; i < which; i++)
		p += entry.n[i];
	return (struct text){ .p = p, .n = entry.n[which], .said = true };
}

static bool
same(struct text a, struct text b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The slot that has this text, or the free one where it belongs. */
static uint32_t *
slot(const struct pagetable *t, const struct index *index, struct text text)
{
	uint32_t i = (uint32_t)hash_short(t->hash_key, text.p, text.n) & (index->size - 1);

	while (index->slots[i] != NONE && !same(entry_text(t, index->slots[i], index->by), text))
		i = (i + 1) & (index->size - 1);
	return &index->slots[i];
}

static int
index_grow(struct pagetable *t, struct index *index, struct err *e)
{
	struct index old = *index;
	uint32_t i;

	if (total(t) + old.size * sizeof(uint32_t) > PAGETABLE_MAX)
		return full(e);
	index->size = MAX(old.size * 2, 64u);
	if ((index->slots = malloc(index->size * sizeof(uint32_t))) == NULL) {
		*index = old;
		return err_nomem(e);
	}
	for (i = 0; i < index->size; i++)
		index->slots[i] = NONE;
	for (i = 0; i < old.size; i++)
		if (old.slots[i] != NONE)
			*slot(t, index, entry_text(t, old.slots[i], index->by)) = old.slots[i];
	free(old.slots);
	return 0;
}

static int
index_add(struct pagetable *t, struct index *index, uint32_t offset, struct err *e)
{
	uint32_t *at;

	if (index->used * 2 >= index->size && index_grow(t, index, e) == -1)
		return -1;
	at = slot(t, index, entry_text(t, offset, index->by));
	if (*at == NONE) {
		*at = offset;
		index->used++;
	}
	return 0;
}

static bool
find(const struct pagetable *t, const struct index *index, struct text text, uint32_t *offset)
{
	if (text.n == 0 || index->used == 0)
		return false;
	*offset = *slot(t, index, text);
	return *offset != NONE;
}

static bool
get(const struct pagetable *t, const struct index *index, struct text text, struct pagetable_page *page)
{
	struct entry entry;
	uint32_t offset;

	if (!find(t, index, text, &offset))
		return false;
	entry = entry_at(t, offset);
	*page = (struct pagetable_page){
		.key = entry_text(t, offset, KEY), .name = entry_text(t, offset, NAME),
		.page_id = entry_text(t, offset, PAGE_ID), .url = entry_text(t, offset, URL),
		.title = entry_text(t, offset, TITLE), .position = entry.position, .deleted = entry.deleted,
	};
	return true;
}

struct pagetable *
pagetable_new(struct err *e)
{
	struct pagetable *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->index[NAME].by = NAME;
	rnd_bytes(t->hash_key, sizeof(t->hash_key));
	return t;
}

void
pagetable_free(struct pagetable *t)
{
	if (t == NULL)
		return;
	free(t->index[KEY].slots);
	free(t->index[NAME].slots);
	free(t->entries);
	free(t);
}

static int
reserve(struct pagetable *t, size_t more, struct err *e)
{
	size_t size = MAX(t->size, 4096u);
	char *p;

	if (t->size - t->n >= more)
		return 0;
	while (size - t->n < more)
		size += size / 2;
	if (total(t) - t->size + size > PAGETABLE_MAX)
		return full(e);
	if ((p = realloc(t->entries, size)) == NULL)
		return err_nomem(e);
	t->entries = p;
	t->size = size;
	return 0;
}

int
pagetable_add(struct pagetable *t, const struct pagetable_page *page, struct err *e)
{
	const struct text *texts[TEXT__MAX] = { &page->key, &page->name, &page->page_id, &page->url, &page->title };
	struct entry entry = { .position = page->position, .deleted = page->deleted };
	size_t need = sizeof(entry);
	uint32_t offset;
	int i;

	if (find(t, &t->index[KEY], page->key, &offset))
		return 0;
	entry.page_id_is_name = same(page->page_id, page->name);
	entry.title_is_url = same(page->title, page->url);
	for (i = 0; i < TEXT__MAX; i++) {
		if ((i == PAGE_ID && entry.page_id_is_name) || (i == TITLE && entry.title_is_url))
			continue;
		if (texts[i]->n > PAGETABLE_MAX)
			return full(e);
		entry.n[i] = (uint32_t)texts[i]->n;
		need += texts[i]->n;
	}
	if (reserve(t, need, e) == -1)
		return -1;
	offset = (uint32_t)t->n;
	memcpy(t->entries + t->n, &entry, sizeof(entry));
	t->n += sizeof(entry);
	for (i = 0; i < TEXT__MAX; i++) {
		if (entry.n[i] > 0)
			memcpy(t->entries + t->n, texts[i]->p, entry.n[i]);
		t->n += entry.n[i];
	}
	if (page->key.n > 0 && index_add(t, &t->index[KEY], offset, e) == -1)
		return -1;
	if (page->name.n > 0 && index_add(t, &t->index[NAME], offset, e) == -1)
		return -1;
	return 0;
}

bool
pagetable_by_key(const struct pagetable *t, struct text key, struct pagetable_page *page)
{
	return get(t, &t->index[KEY], key, page);
}

bool
pagetable_by_name(const struct pagetable *t, struct text name, struct pagetable_page *page)
{
	return get(t, &t->index[NAME], name, page);
}

bool
pagetable_first_visit(struct pagetable *t, struct text key)
{
	struct entry entry;
	uint32_t offset;

	if (!find(t, &t->index[KEY], key, &offset))
		return true;
	entry = entry_at(t, offset);
	if (entry.visited)
		return false;
	entry.visited = true;
	memcpy(t->entries + offset, &entry, sizeof(entry));
	return true;
}
