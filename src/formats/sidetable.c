/*
 * Entries of a fixed size, their texts packed in a block of their own, and an open-addressing index over the entries.
 * An entry is known by a 128-bit hash of its key, so that long keys cost nothing; the hash is keyed, so that nobody
 * can make two keys collide.
 */
#include "formats/sidetable.h"

#include "util/hash.h"
#include "util/rnd.h"

#define NONE		UINT32_MAX
#define TEXT_MAX	((size_t)UINT16_MAX)
#define SECRET_SIZE	16

struct entry {
	uint8_t		key[HASH128_SIZE];
	uint32_t	at;		/* its row in the block; NONE: it is only wanted */
};

/* A row in the block begins so; of each text that is said, its length and bytes follow. */
struct row {
	uint64_t	number;
	uint8_t		said;		/* bit i: text i */
	uint8_t		visited;
};

struct sidetable {
	const char	*what;
	struct entry	*entries;
	uint32_t	 used, entries_size;
	char		*block;
	size_t		 n, block_size;
	uint32_t	*slots;		/* numbers of entries, NONE: free */
	uint32_t	 slots_n;	/* a power of 2, at most three quarters used */
	bool		 only_wanted;
	uint8_t		 secret[SECRET_SIZE];
};

static int
full(const struct sidetable *t, struct err *e)
{
	return err_set(e, ERR_LIMIT, "The file has more %s than can be kept in memory at once (%d MB). "
	    "Please split it and import the parts one after the other.", t->what, SIDETABLE_MAX / (1024 * 1024));
}

static bool
fits(const struct sidetable *t, size_t more)
{
	return t->used * sizeof(struct entry) + t->n + t->slots_n * sizeof(uint32_t) + more <= SIDETABLE_MAX;
}

static void
hash_key(const struct sidetable *t, struct text key, uint8_t out[HASH128_SIZE])
{
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, t->secret, sizeof(t->secret));
	hash_part(&h, key.p, key.n);
	hash_end(&h, out);
}

/* The slot of this key, or the free one where it belongs. */
static uint32_t *
slot(const struct sidetable *t, const uint8_t key[HASH128_SIZE])
{
	uint32_t i;

	memcpy(&i, key, sizeof(i));
	for (i &= t->slots_n - 1; t->slots[i] != NONE; i = (i + 1) & (t->slots_n - 1))
		if (memcmp(t->entries[t->slots[i]].key, key, HASH128_SIZE) == 0)
			break;
	return &t->slots[i];
}

static struct entry *
find(const struct sidetable *t, struct text key)
{
	uint8_t hashed[HASH128_SIZE];
	uint32_t *at;

	if (key.n == 0 || t->used == 0)
		return NULL;
	hash_key(t, key, hashed);
	at = slot(t, hashed);
	return *at != NONE ? &t->entries[*at] : NULL;
}

static int
grow_slots(struct sidetable *t, struct err *e)
{
	uint32_t n = MAX(t->slots_n * 2, 64u), i;
	uint32_t *slots;

	if (!fits(t, (n - t->slots_n) * sizeof(uint32_t)))
		return full(t, e);
	if ((slots = malloc(n * sizeof(uint32_t))) == NULL)
		return err_nomem(e);
	memset(slots, 0xff, n * sizeof(uint32_t));
	free(t->slots);
	t->slots = slots;
	t->slots_n = n;
	for (i = 0; i < t->used; i++)
		*slot(t, t->entries[i].key) = i;
	return 0;
}

static int
reserve_entry(struct sidetable *t, struct err *e)
{
	uint32_t size = MAX(t->entries_size + t->entries_size / 2, 64u);
	struct entry *p;

	if (!fits(t, sizeof(struct entry)))
		return full(t, e);
	if ((t->used + 1) > t->slots_n / 4 * 3 && grow_slots(t, e) == -1)
		return -1;
	if (t->used < t->entries_size)
		return 0;
	if ((p = reallocarray(t->entries, size, sizeof(*p))) == NULL)
		return err_nomem(e);
	t->entries = p;
	t->entries_size = size;
	return 0;
}

/* The entry of this key, new or not.  NULL with err set. */
static struct entry *
need(struct sidetable *t, struct text key, struct err *e)
{
	struct entry *entry = find(t, key);

	if (entry != NULL)
		return entry;
	if (reserve_entry(t, e) == -1)
		return NULL;
	entry = &t->entries[t->used];
	hash_key(t, key, entry->key);
	entry->at = NONE;
	*slot(t, entry->key) = t->used++;
	return entry;
}

static int
reserve_block(struct sidetable *t, size_t more, struct err *e)
{
	size_t size = MAX(t->block_size, 4096u);
	char *p;

	if (!fits(t, more))
		return full(t, e);
	while (size - t->n < more)
		size += size / 2;
	if (size == t->block_size)
		return 0;
	if ((p = realloc(t->block, size)) == NULL)
		return err_nomem(e);
	t->block = p;
	t->block_size = size;
	return 0;
}

static void
append(struct sidetable *t, const void *p, size_t n)
{
	if (n > 0)
		memcpy(t->block + t->n, p, n);
	t->n += n;
}

static int
write_row(struct sidetable *t, const struct sidetable_row *in, struct err *e)
{
	struct row row = { .number = in->number };
	size_t size = sizeof(row);
	int i;

	for (i = 0; i < SIDETABLE_TEXTS; i++) {
		row.said |= (uint8_t)(in->text[i].said << i);
		size += in->text[i].said ? sizeof(uint16_t) + MIN(in->text[i].n, TEXT_MAX) : 0;
	}
	if (reserve_block(t, size, e) == -1)
		return -1;
	append(t, &row, sizeof(row));
	for (i = 0; i < SIDETABLE_TEXTS; i++) {
		uint16_t n = (uint16_t)MIN(in->text[i].n, TEXT_MAX);

		if (!in->text[i].said)
			continue;
		append(t, &n, sizeof(n));
		append(t, in->text[i].p, n);
	}
	return 0;
}

int
sidetable_put(struct sidetable *t, struct text key, const struct sidetable_row *row, struct err *e)
{
	struct entry *entry = find(t, key);
	uint32_t at = (uint32_t)t->n;

	if (key.n == 0 || (entry == NULL && t->only_wanted) || (entry != NULL && entry->at != NONE))
		return 0;
	if ((entry = need(t, key, e)) == NULL || write_row(t, row, e) == -1)
		return -1;
	entry->at = at;
	return 0;
}

bool
sidetable_get(const struct sidetable *t, struct text key, struct sidetable_row *out)
{
	const struct entry *entry = find(t, key);
	const char *p;
	struct row row;
	int i;

	if (entry == NULL || entry->at == NONE)
		return false;
	if (out == NULL)
		return true;
	p = t->block + entry->at;
	memcpy(&row, p, sizeof(row));
	p += sizeof(row);
	*out = (struct sidetable_row){ .number = row.number };
	for (i = 0; i < SIDETABLE_TEXTS; i++) {
		uint16_t n;

		if ((row.said >> i & 1) == 0)
			continue;
		memcpy(&n, p, sizeof(n));
		out->text[i] = (struct text){ .p = p + sizeof(n), .n = n, .said = true };
		p += sizeof(n) + n;
	}
	return true;
}

int
sidetable_want(struct sidetable *t, struct text key, struct err *e)
{
	return key.n == 0 || need(t, key, e) != NULL ? 0 : -1;
}

void
sidetable_only_wanted(struct sidetable *t)
{
	t->only_wanted = true;
}

bool
sidetable_first_visit(struct sidetable *t, struct text key)
{
	const struct entry *entry = find(t, key);
	struct row row;

	if (entry == NULL || entry->at == NONE)
		return false;
	memcpy(&row, t->block + entry->at, sizeof(row));
	if (row.visited)
		return false;
	row.visited = true;
	memcpy(t->block + entry->at, &row, sizeof(row));
	return true;
}

struct sidetable *
sidetable_new(const char *what, struct err *e)
{
	struct sidetable *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->what = what;
	rnd_bytes(t->secret, sizeof(t->secret));
	return t;
}

void
sidetable_free(struct sidetable *t)
{
	if (t == NULL)
		return;
	free(t->entries);
	free(t->block);
	free(t->slots);
	free(t);
}
