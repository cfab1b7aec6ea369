#include "jobs/seen.h"

#include "util/rnd.h"

/* comment_ids are BLAKE2b output: their bytes are as good as any hash function's. */
static uint64_t
bits_of(const struct hash128 *id, size_t from)
{
	uint64_t v;

	memcpy(&v, id->b + from, sizeof(v));
	return v;
}

/* --- the ids of one batch: open addressing, linear probing, at most half full --- */

struct batch_ids {
	uint64_t  factor;		/* random: who searches for ids that share some bits gains nothing */
	unsigned  shift;
	size_t	  size;			/* 1 << (64 - shift) */
	struct slot {
		const struct hash128	*id;	/* NULL: free */
		size_t			 place;
	} slot[];
};

struct batch_ids *
batch_ids_new(size_t max)
{
	struct batch_ids *b;
	size_t size = 2;
	unsigned shift = 63;

	for (; size < 2 * max; size *= 2)
		shift--;
	if ((b = calloc(1, sizeof(*b) + size * sizeof(b->slot[0]))) == NULL)
		return NULL;
	rnd_bytes(&b->factor, sizeof(b->factor));
	b->factor |= 1;
	b->shift = shift;
	b->size = size;
	return b;
}

void
batch_ids_free(struct batch_ids *b)
{
	free(b);
}

void
batch_ids_clear(struct batch_ids *b)
{
	memset(b->slot, 0, b->size * sizeof(b->slot[0]));
}

/* The slot that holds id, or the free one where it belongs. */
static size_t
slot_of(const struct batch_ids *b, const struct hash128 *id)
{
	size_t i = (size_t)(bits_of(id, 0) * b->factor >> b->shift);

	while (b->slot[i].id != NULL && memcmp(b->slot[i].id, id, sizeof(*id)) != 0)
		i = (i + 1) & (b->size - 1);
	return i;
}

bool
batch_ids_add(struct batch_ids *b, const struct hash128 *id, size_t place)
{
	struct slot *s = &b->slot[slot_of(b, id)];

	if (s->id != NULL)
		return false;
	s->id = id;
	s->place = place;
	return true;
}

size_t
batch_ids_find(const struct batch_ids *b, const struct hash128 *id)
{
	const struct slot *s = &b->slot[slot_of(b, id)];

	return s->id != NULL ? s->place : SIZE_MAX;
}

/* --- ids created by this job: 8 MiB and 5 probes, 0.5 % false "maybe" at 7 million ids --- */

#define FILTER_BITS	(UINT64_C(64) * 1024 * 1024)
#define FILTER_PROBES	5

struct id_filter {
	uint64_t word[FILTER_BITS / 64];
};

struct id_filter *
id_filter_new(void)
{
	return calloc(1, sizeof(struct id_filter));
}

void
id_filter_free(struct id_filter *f)
{
	free(f);
}

/* Double hashing; the second step is odd, so that the probes differ. */
static uint64_t
probe(const struct hash128 *id, unsigned i)
{
	return (bits_of(id, 0) + i * (bits_of(id, 8) | 1)) % FILTER_BITS;
}

void
id_filter_add(struct id_filter *f, const struct hash128 *id)
{
	unsigned i;

	for (i = 0; i < FILTER_PROBES; i++)
		f->word[probe(id, i) / 64] |= UINT64_C(1) << probe(id, i) % 64;
}

bool
id_filter_maybe(const struct id_filter *f, const struct hash128 *id)
{
	unsigned i;

	for (i = 0; i < FILTER_PROBES; i++)
		if ((f->word[probe(id, i) / 64] >> probe(id, i) % 64 & 1) == 0)
			return false;
	return true;
}

/* --- rows of earlier imports --- */

#define ROW_SET_BYTES	(INT64_C(64) * 1024 * 1024)

struct row_set {
	int64_t		max;
	uint8_t		bits[];
};

struct row_set *
row_set_new(int64_t max, struct err *e)
{
	struct row_set *r;

	if (max / 8 + 1 > ROW_SET_BYTES) {
		err_set(e, ERR_LIMIT, "The account holds more comments than an import can compare with.");
		return NULL;
	}
	/* Fresh zero pages: only those that are touched take memory. */
	if ((r = calloc(1, sizeof(*r) + (size_t)(max / 8 + 1))) == NULL)
		err_nomem(e);
	else
		r->max = max;
	return r;
}

void
row_set_free(struct row_set *r)
{
	free(r);
}

bool
row_set_add(struct row_set *r, int64_t seq)
{
	uint8_t bit;

	if (seq < 0 || seq > r->max)
		return false;
	bit = (uint8_t)(1 << seq % 8);
	if (r->bits[seq / 8] & bit)
		return false;
	r->bits[seq / 8] |= bit;
	return true;
}
