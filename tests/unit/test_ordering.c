/* What stands between reader and writer of a conversion: the set of ids, the sort, parents first, page by page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/idmap.h"
#include "util/rnd.h"

#include "jobs/by_page.h"
#include "jobs/extsort.h"
#include "jobs/parents_first.h"

#include "unit/damage.h"

#define MANY	3000
#define NONE	(-1)

static struct hash128
hash_of(const char *kind, uint64_t n)
{
	struct hash128 out;
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, kind);
	hash_u64(&h, n);
	hash_end(&h, out.b);
	return out;
}

static struct text
said(const char *s)
{
	return (struct text){ s, strlen(s), true };
}

/* Writes down the numbers that the comments carry as votes. */
struct list {
	struct sink	sink;
	int64_t		seen[MANY];
	size_t		n;
};

static int
note_down(struct sink *sink, const struct comment *c, struct err *e)
{
	struct list *l = (struct list *)sink;

	(void)e;
	assert_true(l->n < MANY);
	l->seen[l->n++] = c->number[CN_VOTES_UP].v;
	return 0;
}

/* --- the set of ids ------------------------------------------------------------------- */

static void
a_map_knows_exactly_what_was_added(void **state)
{
	struct idmap *m = idmap_new(MANY, true);
	struct hash128 id;
	uint64_t number;
	struct err e;
	int round, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY; i++) {
			id = hash_of("id", (uint64_t)i);
			assert_false(idmap_get(m, &id, &number));
			assert_int_equal(idmap_add(m, &id, (uint64_t)i * 3, &e), 1);
			assert_int_equal(idmap_add(m, &id, 7, &e), 0);
		}
		for (i = 0; i < MANY; i++) {
			id = hash_of("id", (uint64_t)i);
			assert_true(idmap_get(m, &id, &number));
			assert_int_equal(number, i * 3);
		}
		assert_false(idmap_full(m));
		idmap_clear(m);
	}
	idmap_free(m);
	idmap_free(NULL);
}

static void
a_full_map_calls_everything_new(void **state)
{
	struct idmap *m = idmap_new(100, false);
	struct hash128 id;
	struct err e;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		id = hash_of("id", (uint64_t)i);
		assert_int_equal(idmap_add(m, &id, 0, &e), 1);
	}
	assert_false(idmap_full(m));
	id = hash_of("id", 100);
	assert_int_equal(idmap_add(m, &id, 0, &e), 1);
	assert_int_equal(idmap_add(m, &id, 0, &e), 1);
	assert_true(idmap_full(m));
	id = hash_of("id", 5);
	assert_int_equal(idmap_add(m, &id, 0, &e), 0);
	idmap_free(m);
}

/* --- the sort --------------------------------------------------------------------------- */

static void
sort_numbers(uint64_t *random, size_t n, size_t memory)
{
	struct extsort *s;
	struct extsort_item item;
	uint8_t key[EXTSORT_KEY] = { 0 }, last[EXTSORT_KEY] = { 0 };
	char data[300];
	size_t i, count = 0, bytes = 0;
	struct err e;

	s = extsort_new(memory, &e);
	for (i = 0; i < n; i++) {
		size_t len = damage_below(random, sizeof(data));

		key[0] = (uint8_t)damage_random(random);
		key[EXTSORT_KEY - 1] = (uint8_t)damage_random(random);
		memset(data, key[0], sizeof(data));
		assert_int_equal(extsort_add(s, key, data, len, &e), 0);
		bytes += len;
	}
	assert_int_equal(extsort_sort(s, &e), 0);
	while (extsort_next(s, &item, &e) == 1) {
		assert_true(memcmp(last, item.key, sizeof(last)) <= 0);
		memcpy(last, item.key, sizeof(last));
		for (i = 0; i < item.n; i++)
			assert_int_equal(((const uint8_t *)item.data)[i], item.key[0]);
		count++;
		bytes -= item.n;
	}
	assert_int_equal(count, n);
	assert_int_equal(bytes, 0);
	extsort_free(s);
}

static void
records_come_sorted_from_memory_and_from_disk(void **state)
{
	uint64_t random = damage_seed("sort");

	(void)state;
	sort_numbers(&random, 0, 1000);
	sort_numbers(&random, 1, 1000);
	sort_numbers(&random, MANY, EXTSORT_MEMORY);
	sort_numbers(&random, MANY, 1000);	/* a run for a few records: several levels */
	sort_numbers(&random, MANY, 100000);
	extsort_free(NULL);
}

/* --- parents first ------------------------------------------------------------------------ */

/* Comments by number, each with the number of its parent; given in the order of their numbers. */
struct forest {
	int	parent[MANY];
	int	n;
};

static void
put_forest(const struct forest *f, size_t memory, struct list *out)
{
	struct idmap *came = idmap_new(MANY, false);
	struct err e;
	struct parents_first *pf = parents_first_new(&out->sink, came, memory, &e);
	int i;

	*out = (struct list){ .sink = { note_down } };
	for (i = 0; i < f->n; i++) {
		struct hash128 id = hash_of("id", (uint64_t)i), parent = hash_of("id", (uint64_t)f->parent[i]);
		struct comment c = { .ordinal = (uint64_t)i };

		c.text[CT_EXTERNAL_ID] = said("x");
		c.text[CT_BODY_HTML] = said("<p>Body</p>");
		c.number[CN_VOTES_UP] = (struct number){ i, true };
		assert_int_equal(idmap_add(came, &id, 0, &e), 1);
		assert_int_equal(parents_first_put(pf, &c, &id, f->parent[i] == NONE ? NULL : &parent, &e), 0);
	}
	assert_int_equal(parents_first_end(pf, &e), 0);
	parents_first_free(pf);
	idmap_free(came);
}

/* The same by the words of the header, without any thought of speed. */
static void
put_naively(const struct forest *f, int64_t *order)
{
	enum { NOT_COME, WAITS, OUT } *at = calloc((size_t)f->n + 1, sizeof(*at));
	size_t n = 0;
	int come, i;

	for (come = 0; come <= f->n; come++) {
		bool end = come == f->n, moved = true;

		if (!end)
			at[come] = WAITS;
		while (moved) {
			int first = NONE, ready = NONE;

			for (i = f->n - 1; i >= 0; i--) {
				int p = f->parent[i];
				bool known = p != NONE && p < f->n;

				if (at[i] != WAITS)
					continue;
				first = i;
				if (p == NONE || p == i || (known && at[p] == OUT) ||
				    (end && (!known || at[p] != WAITS)))
					ready = i;
			}
			if (ready == NONE && end)
				ready = first;
			if ((moved = ready != NONE)) {
				at[ready] = OUT;
				order[n++] = ready;
			}
		}
	}
	assert_int_equal(n, f->n);
	free(at);
}

static void
check_forest(const struct forest *f)
{
	static struct list got;
	static int64_t want[MANY];
	static bool seen[MANY];
	size_t i;

	put_forest(f, PARENTS_FIRST_MEMORY, &got);
	put_naively(f, want);
	assert_int_equal(got.n, f->n);
	assert_memory_equal(got.seen, want, got.n * sizeof(want[0]));
	/* With room for a few only, each still comes once. */
	put_forest(f, 1000, &got);
	assert_int_equal(got.n, f->n);
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < got.n; i++) {
		assert_false(seen[got.seen[i]]);
		seen[got.seen[i]] = true;
	}
}

static void
parents_come_before_their_replies(void **state)
{
	uint64_t random = damage_seed("parents first");
	struct forest *f = calloc(1, sizeof(*f));
	int round, i;

	(void)state;
	for (round = 0; round < 60; round++) {
		size_t kind = damage_below(&random, 4);

		f->n = 1 + (int)damage_below(&random, 120);
		for (i = 0; i < f->n; i++) {
			/* Any number: parents before and behind, missing, circles, oneself. */
			f->parent[i] = (int)damage_below(&random, (size_t)f->n + 5) - 1;
			if (kind == 1 && f->parent[i] >= i)
				f->parent[i] = NONE;
			if (kind == 2 && f->parent[i] <= i)
				f->parent[i] = NONE;
		}
		check_forest(f);
	}
	free(f);
}

static void
deep_wide_and_circular_threads_end(void **state)
{
	struct forest *f = calloc(1, sizeof(*f));
	static struct list got;
	int i;

	(void)state;
	/* Newest first, each a reply to the next. */
	f->n = MANY;
	for (i = 0; i < MANY; i++)
		f->parent[i] = i + 1 < MANY ? i + 1 : NONE;
	put_forest(f, PARENTS_FIRST_MEMORY, &got);
	for (i = 0; i < MANY; i++)
		assert_int_equal(got.seen[i], MANY - 1 - i);
	/* All are replies to the last. */
	for (i = 0; i < MANY - 1; i++)
		f->parent[i] = MANY - 1;
	put_forest(f, PARENTS_FIRST_MEMORY, &got);
	assert_int_equal(got.seen[0], MANY - 1);
	for (i = 1; i < MANY; i++)
		assert_int_equal(got.seen[i], i - 1);
	/* One circle: its first comes first, and behind it round the circle. */
	for (i = 0; i < MANY; i++)
		f->parent[i] = (i + 1) % MANY;
	put_forest(f, PARENTS_FIRST_MEMORY, &got);
	assert_int_equal(got.n, MANY);
	assert_int_equal(got.seen[0], 0);
	assert_int_equal(got.seen[1], MANY - 1);
	/* No parent is in the file: its order stays. */
	for (i = 0; i < MANY; i++)
		f->parent[i] = MANY + i;
	put_forest(f, PARENTS_FIRST_MEMORY, &got);
	for (i = 0; i < MANY; i++)
		assert_int_equal(got.seen[i], i);
	free(f);
}

/* --- page by page -------------------------------------------------------------------------- */

static void
check_pages(uint64_t *random, int n, int pages, size_t memory)
{
	static struct list got = { .sink = { note_down } };
	static int page_of[MANY];
	int i, from, to, last;
	struct by_page *b;
	struct err e;

	got.n = 0;
	b = by_page_new(&got.sink, memory, &e);
	for (i = 0; i < n; i++) {
		struct comment c = { .ordinal = (uint64_t)i };
		char page[30];

		page_of[i] = (int)damage_below(random, (size_t)pages);
		snprintf(page, sizeof(page), "page-%d", page_of[i]);
		c.text[CT_EXTERNAL_ID] = said("x");
		c.text[CT_SOURCE] = said("disqus");
		c.text[CT_PAGE_ID] = said(page);
		c.number[CN_VOTES_UP] = (struct number){ i, true };
		assert_int_equal(sink_put(by_page_sink(b), &c, &e), 0);
	}
	assert_int_equal(got.n, 0);
	assert_int_equal(by_page_end(b, &e), 0);
	assert_int_equal(got.n, n);
	for (from = 0, last = NONE; from < n; from = to) {
		int page = page_of[got.seen[from]];

		/* The first of a page tells when it appeared, and there is no other group of it before. */
		assert_true(got.seen[from] > last);
		for (i = 0; i < got.seen[from]; i++)
			assert_int_not_equal(page_of[i], page);
		last = (int)got.seen[from];
		for (to = from + 1; to < n && page_of[got.seen[to]] == page; to++)
			assert_true(got.seen[to] > got.seen[to - 1]);
	}
	by_page_free(b);
}

static void
pages_come_whole_in_the_order_of_their_first_comments(void **state)
{
	uint64_t random = damage_seed("by page");

	(void)state;
	check_pages(&random, 0, 1, EXTSORT_MEMORY);
	check_pages(&random, 1, 1, EXTSORT_MEMORY);
	check_pages(&random, MANY, 1, 2000);
	check_pages(&random, MANY, 40, EXTSORT_MEMORY);
	check_pages(&random, MANY, 40, 2000);
	check_pages(&random, MANY, MANY, 2000);
	by_page_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_knows_exactly_what_was_added),
		cmocka_unit_test(a_full_map_calls_everything_new),
		cmocka_unit_test(records_come_sorted_from_memory_and_from_disk),
		cmocka_unit_test(parents_come_before_their_replies),
		cmocka_unit_test(deep_wide_and_circular_threads_end),
		cmocka_unit_test(pages_come_whole_in_the_order_of_their_first_comments),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
