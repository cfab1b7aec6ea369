#include "util/arena.h"

#define BLOCK_SIZE	(32 * 1024)
#define ALIGN		_Alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 size, used;
	max_align_t	 data[];
};

struct arena {
	struct block	*first, *current;
	size_t		 cap, used;
};

struct arena *
arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a != NULL)
		a->cap = cap;
	return a;
}

static void
free_blocks(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	free_blocks(a->first);
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct block **link = &a->first;

	/* Blocks made for one large value would pin its size for good: only standard ones stay. */
	while (*link != NULL) {
		struct block *b = *link;

		if (b->size > BLOCK_SIZE) {
			*link = b->next;
			free(b);
		} else {
			b->used = 0;
			link = &b->next;
		}
	}
	a->current = a->first;
	a->used = 0;
}

static struct block *
block_for(struct arena *a, size_t n)
{
	struct block *b;
	size_t size = MAX(n, (size_t)BLOCK_SIZE);

	while (a->current != NULL && a->current->next != NULL) {
		a->current = a->current->next;
		if (a->current->size - a->current->used >= n)
			return a->current;
	}
	if ((b = malloc(sizeof(*b) + size)) == NULL)
		return NULL;
	b->next = NULL;
	b->size = size;
	b->used = 0;
	if (a->current != NULL)
		a->current->next = b;
	else
		a->first = b;
	a->current = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->current;
	void *p;

	if (n > a->cap - a->used)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->size - b->used < n)
		if ((b = block_for(a, n)) == NULL)
			return NULL;
	p = (char *)b->data + b->used;
	b->used += n;
	a->used = MIN(a->used + n, a->cap);
	return p;
}

void *
arena_zalloc(struct arena *a, size_t n, size_t size)
{
	size_t total;
	void *p;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	if ((p = arena_alloc(a, total)) != NULL)
		memset(p, 0, total);
	return p;
}

char *
arena_memdup(struct arena *a, const void *src, size_t n)
{
	char *p;

	if (n == SIZE_MAX || (p = arena_alloc(a, n + 1)) == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, src, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_memdup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_alloc(a, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
