#include "jobs/parents_first.h"

#include "util/rnd.h"

#include "jobs/packed.h"

#define BUCKETS		65536	/* of replies that wait: about as many as the memory holds */

/* A reply that waits: in the buckets of its id and of its parent's (until it is in the heap), and in the list of
 * all. */
struct waiting {
	struct hash128	 id, parent;
	struct waiting	*next_of_id, *next_of_parent;
	struct waiting	*before, *behind;	/* in the list, which is in file order */
	uint64_t	 place;			/* in the file */
	size_t		 n;
	uint8_t		 packed[];
};

/* Replies in the order in which they came. */
struct bucket {
	struct waiting *first, *last;
};

struct parents_first {
	struct sink		*next;
	const struct idmap	*came;
	size_t			 memory, used;
	uint64_t		 place;		/* of the next comment */
	uint64_t		 factor;	/* random: who searches for ids that share some bits gains nothing */
	struct waiting		*first, *last;
	struct waiting		*of_id[BUCKETS];
	struct bucket		 of_parent[BUCKETS];

	struct waiting		**heap;		/* whose parent is out: in its bucket no more; first on top */
	size_t			 ready, heap_size;
	struct sb		 packed;
};

struct parents_first *
parents_first_new(struct sink *next, const struct idmap *came, size_t memory, struct err *e)
{
	struct parents_first *pf = calloc(1, sizeof(*pf));

	if (pf == NULL) {
		err_nomem(e);
		return NULL;
	}
	pf->next = next;
	pf->came = came;
	pf->memory = memory;
	rnd_bytes(&pf->factor, sizeof(pf->factor));
	pf->factor |= 1;
	sb_init(&pf->packed, PACKED_MAX);
	return pf;
}

void
parents_first_free(struct parents_first *pf)
{
	if (pf == NULL)
		return;
	while (pf->first != NULL) {
		struct waiting *w = pf->first;

		pf->first = w->behind;
		free(w);
	}
	free(pf->heap);
	sb_free(&pf->packed);
	free(pf);
}

/* --- the heap --- */

static int
push(struct parents_first *pf, struct waiting *w, struct err *e)
{
	size_t size = pf->heap_size > 0 ? 2 * pf->heap_size : 64, i;
	struct waiting **heap;

	if (pf->ready == pf->heap_size) {
		if ((heap = realloc(pf->heap, size * sizeof(*heap))) == NULL)
			return err_nomem(e);
		pf->heap = heap;
		pf->heap_size = size;
	}
	for (i = pf->ready++; i > 0 && pf->heap[(i - 1) / 2]->place > w->place; i = (i - 1) / 2)
		pf->heap[i] = pf->heap[(i - 1) / 2];
	pf->heap[i] = w;
	return 0;
}

static struct waiting *
pop(struct parents_first *pf)
{
	struct waiting *top = pf->heap[0], *w = pf->heap[--pf->ready];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < pf->ready) {
		if (child + 1 < pf->ready && pf->heap[child + 1]->place < pf->heap[child]->place)
			child++;
		if (pf->heap[child]->place > w->place)
			break;
		pf->heap[i] = pf->heap[child];
		i = child;
	}
	pf->heap[i] = w;
	return top;
}

/* --- buckets and list --- */

static size_t
bucket_of(const struct parents_first *pf, const struct hash128 *id)
{
	uint64_t v;

	memcpy(&v, id, sizeof(v));
	return (size_t)(v * pf->factor >> 48);
}

static bool
same(const struct hash128 *a, const struct hash128 *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool
waits(const struct parents_first *pf, const struct hash128 *id)
{
	const struct waiting *w = pf->of_id[bucket_of(pf, id)];

	while (w != NULL && !same(&w->id, id))
		w = w->next_of_id;
	return w != NULL;
}

static void
enter(struct parents_first *pf, struct waiting *w)
{
	struct waiting **of_id = &pf->of_id[bucket_of(pf, &w->id)];
	struct bucket *b = &pf->of_parent[bucket_of(pf, &w->parent)];

	w->next_of_id = *of_id;
	*of_id = w;
	*(b->first != NULL ? &b->last->next_of_parent : &b->first) = w;
	b->last = w;
	w->before = pf->last;
	*(pf->last != NULL ? &pf->last->behind : &pf->first) = w;
	pf->last = w;
	pf->used += sizeof(*w) + w->n;
}

/* Takes it out of everything but the buckets of parents. */
static void
leave(struct parents_first *pf, struct waiting *w)
{
	struct waiting **of_id = &pf->of_id[bucket_of(pf, &w->id)];

	while (*of_id != w)
		of_id = &(*of_id)->next_of_id;
	*of_id = w->next_of_id;
	*(w->before != NULL ? &w->before->behind : &pf->first) = w->behind;
	*(w->behind != NULL ? &w->behind->before : &pf->last) = w->before;
	pf->used -= sizeof(*w) + w->n;
}

/* Moves from the bucket of its parent to the heap what waits for this parent: all, or the one alone. */
static int
make_ready(struct parents_first *pf, const struct hash128 *parent, const struct waiting *alone, struct err *e)
{
	struct bucket *b = &pf->of_parent[bucket_of(pf, parent)];
	struct waiting **link = &b->first, *last = NULL, *w;

	while ((w = *link) != NULL) {
		if (alone != NULL ? w == alone : same(&w->parent, parent)) {
			*link = w->next_of_parent;
			w->next_of_parent = NULL;
			if (b->last == w)
				b->last = last;
			if (push(pf, w, e) == -1)
				return -1;
			if (alone != NULL)
				break;
		} else {
			last = w;
			link = &w->next_of_parent;
		}
	}
	return 0;
}

/* --- out --- */

static int
put_waiting(struct parents_first *pf, struct waiting *w, struct err *e)
{
	struct comment c;
	int result = -1;

	leave(pf, w);
	if (unpack_comment(w->packed, w->n, &c, e) == 0 && sink_put(pf->next, &c, e) == 0)
		result = make_ready(pf, &w->id, NULL, e);
	free(w);
	return result;
}

static int
put_ready(struct parents_first *pf, struct err *e)
{
	while (pf->ready > 0)
		if (put_waiting(pf, pop(pf), e) == -1)
			return -1;
	return 0;
}

int
parents_first_end(struct parents_first *pf, struct err *e)
{
	struct waiting *w;

	for (w = pf->first; w != NULL; w = w->behind)
		if (!waits(pf, &w->parent) && make_ready(pf, &w->parent, w, e) == -1)
			return -1;
	if (put_ready(pf, e) == -1)
		return -1;
	/* Circles are left, and what hangs on them. */
	while ((w = pf->first) != NULL)
		if (make_ready(pf, &w->parent, w, e) == -1 || put_ready(pf, e) == -1)
			return -1;
	return 0;
}

/* --- in --- */

static bool
must_wait(const struct parents_first *pf, const struct hash128 *parent)
{
	return parent != NULL && (!idmap_get(pf->came, parent, NULL) || waits(pf, parent));
}

static int
keep(struct parents_first *pf, const struct hash128 *id, const struct hash128 *parent, struct err *e)
{
	struct waiting *w = calloc(1, sizeof(*w) + pf->packed.n);

	if (w == NULL)
		return err_nomem(e);
	w->id = *id;
	w->parent = *parent;
	w->place = pf->place;
	w->n = pf->packed.n;
	memcpy(w->packed, pf->packed.p, w->n);
	enter(pf, w);
	return 0;
}

int
parents_first_put(struct parents_first *pf, const struct comment *c, const struct hash128 *id,
    const struct hash128 *parent, struct err *e)
{
	pf->place++;
	if (must_wait(pf, parent)) {
		if (pack_comment(&pf->packed, c, e) == -1)
			return -1;
		if (pf->used + sizeof(struct waiting) + pf->packed.n > pf->memory && parents_first_end(pf, e) == -1)
			return -1;
		if (must_wait(pf, parent))
			return keep(pf, id, parent, e);
	}
	if (sink_put(pf->next, c, e) == -1 || make_ready(pf, id, NULL, e) == -1)
		return -1;
	return put_ready(pf, e);
}
