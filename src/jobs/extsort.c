#include "jobs/extsort.h"

#include "util/arena.h"

#include "spool/scratch.h"

#define FAN		32	/* so many runs of one level become one of the next */
#define LEVELS		8
#define RUNS_MAX	(FAN * LEVELS)

/* A record in memory. */
struct held {
	uint8_t		key[EXTSORT_KEY];
	size_t		n;
	uint8_t		data[];
};

/* A sorted file: key, length (u64 of this machine), bytes of each record. */
struct run {
	struct scratch	*file;
	int		 level;

	/* while it is read */
	uint8_t		 key[EXTSORT_KEY];	/* of the record at hand */
	uint64_t	 n;
	uint8_t		*data;
	size_t		 size;
	bool		 ended;
};

struct extsort {
	size_t			 memory;
	struct arena		*arena;
	const struct held	**held;
	size_t			 n, size;

	struct run		 run[RUNS_MAX];		/* levels never rise towards the end */
	int			 runs;

	size_t			 next;			/* of those in memory */
	struct run		*given;			/* its record was handed out: read on at the next call */
};

struct extsort *
extsort_new(size_t memory, struct err *e)
{
	struct extsort *s = calloc(1, sizeof(*s));

	if (s != NULL && (s->arena = arena_new(memory)) != NULL) {
		s->memory = memory;
		return s;
	}
	free(s);
	err_nomem(e);
	return NULL;
}

/* The runs from the first-th on. */
static void
drop_runs(struct extsort *s, int first)
{
	while (s->runs > first) {
		struct run *r = &s->run[--s->runs];

		scratch_close(r->file);
		free(r->data);
		memset(r, 0, sizeof(*r));
	}
}

void
extsort_free(struct extsort *s)
{
	if (s == NULL)
		return;
	drop_runs(s, 0);
	free(s->held);
	arena_free(s->arena);
	free(s);
}

/* --- runs --- */

static int
write_record(struct scratch *file, const uint8_t *key, const void *data, uint64_t n, struct err *e)
{
	if (scratch_write(file, key, EXTSORT_KEY, e) == -1 || scratch_write(file, &n, sizeof(n), e) == -1)
		return -1;
	return scratch_write(file, data, (size_t)n, e);
}

/* The next record of a run, or its end. */
static int
read_on(struct run *r, struct err *e)
{
	struct input *in = scratch_input(r->file);
	ssize_t got = input_read_full(in, r->key, EXTSORT_KEY, e);

	if (got == 0)
		r->ended = true;
	if (got <= 0)
		return (int)got;
	if (input_read_full(in, &r->n, sizeof(r->n), e) == -1)
		return -1;
	if (r->n > r->size) {
		free(r->data);
		r->size = 0;
		if ((r->data = malloc((size_t)r->n)) == NULL)
			return err_nomem(e);
		r->size = (size_t)r->n;
	}
	return input_read_full(in, r->data, (size_t)r->n, e) == -1 ? -1 : 0;
}

static int
start_reading(struct extsort *s, int first, struct err *e)
{
	int i;

	for (i = first; i < s->runs; i++)
		if (scratch_rewind(s->run[i].file, e) == -1 || read_on(&s->run[i], e) == -1)
			return -1;
	return 0;
}

/* The run with the least record, from the first-th on; NULL when all have ended. */
static struct run *
least(struct extsort *s, int first)
{
	struct run *best = NULL, *r;

	for (r = s->run + first; r < s->run + s->runs; r++)
		if (!r->ended && (best == NULL || memcmp(r->key, best->key, EXTSORT_KEY) < 0))
			best = r;
	return best;
}

/* The runs from the first-th on become one of the next level. */
static int
merge(struct extsort *s, int first, struct err *e)
{
	struct scratch *file = scratch_open(e);
	int level = s->run[first].level + 1;
	struct run *r;

	if (file == NULL)
		return -1;
	if (start_reading(s, first, e) == -1)
		goto close_file;
	while ((r = least(s, first)) != NULL)
		if (write_record(file, r->key, r->data, r->n, e) == -1 || read_on(r, e) == -1)
			goto close_file;
	drop_runs(s, first);
	s->run[s->runs++] = (struct run){ .file = file, .level = level };
	return 0;

close_file:
	scratch_close(file);
	return -1;
}

/* Merges while there is a full set of one level. */
static int
merge_levels(struct extsort *s, struct err *e)
{
	while (s->runs >= FAN && s->run[s->runs - FAN].level == s->run[s->runs - 1].level)
		if (merge(s, s->runs - FAN, e) == -1)
			return -1;
	return s->runs < RUNS_MAX ? 0 : err_set(e, ERR_LIMIT, "There is too much to sort.");
}

/* --- memory --- */

static int
compare(const void *a, const void *b)
{
	const struct held *const *x = a, *const *y = b;

	return memcmp((*x)->key, (*y)->key, EXTSORT_KEY);
}

static void
sort_held(struct extsort *s)
{
	if (s->n > 1)
		qsort(s->held, s->n, sizeof(*s->held), compare);
}

/* What is in memory becomes a run. */
static int
spill(struct extsort *s, struct err *e)
{
	struct scratch *file = scratch_open(e);
	size_t i;

	if (file == NULL)
		return -1;
	sort_held(s);
	for (i = 0; i < s->n; i++)
		if (write_record(file, s->held[i]->key, s->held[i]->data, s->held[i]->n, e) == -1) {
			scratch_close(file);
			return -1;
		}
	s->run[s->runs++].file = file;
	s->n = 0;
	arena_reset(s->arena);
	return merge_levels(s, e);
}

/* Room for one more pointer. */
static int
room(struct extsort *s, struct err *e)
{
	size_t size = s->size > 0 ? 2 * s->size : 1024;
	const struct held **held;

	if (s->n < s->size)
		return 0;
	if ((held = realloc(s->held, size * sizeof(*held))) == NULL)
		return err_nomem(e);
	s->held = held;
	s->size = size;
	return 0;
}

int
extsort_add(struct extsort *s, const uint8_t key[EXTSORT_KEY], const void *p, size_t n, struct err *e)
{
	struct held *h;

	if (arena_used(s->arena) + sizeof(*h) + n > s->memory && s->n > 0 && spill(s, e) == -1)
		return -1;
	if (room(s, e) == -1)
		return -1;
	if ((h = arena_alloc(s->arena, sizeof(*h) + n)) == NULL)
		return err_nomem(e);
	memcpy(h->key, key, EXTSORT_KEY);
	h->n = n;
	if (n > 0)
		memcpy(h->data, p, n);
	s->held[s->n++] = h;
	return 0;
}

/* --- the end --- */

int
extsort_sort(struct extsort *s, struct err *e)
{
	if (s->runs == 0) {
		sort_held(s);
		return 0;
	}
	if (s->n > 0 && spill(s, e) == -1)
		return -1;
	arena_free(s->arena);
	s->arena = NULL;
	return start_reading(s, 0, e);
}

int
extsort_next(struct extsort *s, struct extsort_item *item, struct err *e)
{
	struct run *r;

	if (s->runs == 0 && s->next < s->n) {
		const struct held *h = s->held[s->next++];

		memcpy(item->key, h->key, EXTSORT_KEY);
		item->data = h->data;
		item->n = h->n;
		return 1;
	}
	if (s->given != NULL && read_on(s->given, e) == -1)
		return -1;
	if ((s->given = r = least(s, 0)) == NULL)
		return 0;
	memcpy(item->key, r->key, EXTSORT_KEY);
	item->data = r->data;
	item->n = (size_t)r->n;
	return 1;
}
