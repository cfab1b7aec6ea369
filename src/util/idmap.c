#include "util/idmap.h"

#include "util/rnd.h"

/* Open addressing, linear probing, at most seven eighths full. */
#define FIRST_BITS	6

struct idmap {
	size_t		 max, n;
	unsigned	 bits;		/* the table has 1 << bits places */
	bool		 numbered, full;
	uint64_t	 factor;	/* random: who searches for ids that share some bits gains nothing */
	struct hash128	*id;		/* all zero: free.  No hash is, but for a chance of 2^-128 */
	uint64_t	*number;	/* NULL in a set */
};

static const struct hash128 nothing;

static bool
same(const struct hash128 *a, const struct hash128 *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The place that holds id, or the free one where it belongs. */
static size_t
place_of(const struct idmap *m, const struct hash128 *id)
{
	size_t mask = ((size_t)1 << m->bits) - 1, i;
	uint64_t v;

	memcpy(&v, id, sizeof(v));
	for (i = (size_t)(v * m->factor >> (64 - m->bits)); !same(&m->id[i], &nothing) && !same(&m->id[i], id);)
		i = (i + 1) & mask;
	return i;
}

static bool
make_table(struct idmap *m, unsigned bits)
{
	size_t size = (size_t)1 << bits;

	m->bits = bits;
	m->id = calloc(size, sizeof(*m->id));
	m->number = m->numbered ? calloc(size, sizeof(*m->number)) : NULL;
	if (m->id != NULL && (m->number != NULL || !m->numbered))
		return true;
	free(m->id);
	free(m->number);
	return false;
}

static int
grow(struct idmap *m, struct err *e)
{
	struct idmap old = *m;
	size_t i, to;

	if (!make_table(m, old.bits + 1)) {
		*m = old;
		return err_nomem(e);
	}
	for (i = 0; i < (size_t)1 << old.bits; i++) {
		if (same(&old.id[i], &nothing))
			continue;
		to = place_of(m, &old.id[i]);
		m->id[to] = old.id[i];
		if (m->numbered)
			m->number[to] = old.number[i];
	}
	free(old.id);
	free(old.number);
	return 0;
}

struct idmap *
idmap_new(size_t max, bool numbers)
{
	struct idmap *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->max = max;
	m->numbered = numbers;
	rnd_bytes(&m->factor, sizeof(m->factor));
	m->factor |= 1;
	if (make_table(m, FIRST_BITS))
		return m;
	free(m);
	return NULL;
}

void
idmap_free(struct idmap *m)
{
	if (m == NULL)
		return;
	free(m->id);
	free(m->number);
	free(m);
}

void
idmap_clear(struct idmap *m)
{
	struct idmap old = *m;

	/* A large table would have to be wiped each time for the sake of the one who needed it. */
	if (m->bits > FIRST_BITS && make_table(m, FIRST_BITS)) {
		free(old.id);
		free(old.number);
	} else {
		*m = old;
		memset(m->id, 0, sizeof(*m->id) << m->bits);
	}
	m->n = 0;
	m->full = false;
}

int
idmap_add(struct idmap *m, const struct hash128 *id, uint64_t number, struct err *e)
{
	size_t i = place_of(m, id);

	if (!same(&m->id[i], &nothing))
		return 0;
	if (m->n == m->max) {
		m->full = true;
		return 1;
	}
	if ((m->n + 1) * 8 > ((size_t)7 << m->bits)) {
		if (grow(m, e) == -1)
			return -1;
		i = place_of(m, id);
	}
	m->id[i] = *id;
	if (m->numbered)
		m->number[i] = number;
	m->n++;
	return 1;
}

bool
idmap_get(const struct idmap *m, const struct hash128 *id, uint64_t *number)
{
	size_t i = place_of(m, id);

	if (same(&m->id[i], &nothing))
		return false;
	if (number != NULL)
		*number = m->numbered ? m->number[i] : 0;
	return true;
}

bool
idmap_full(const struct idmap *m)
{
	return m->full;
}
