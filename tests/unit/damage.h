/* Random damage for tests: a small seeded generator and what it does to a text. */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include "util/sb.h"

/* xorshift64*: the same on every machine.  state is never 0. */
static inline uint64_t
damage_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* 0 .. n - 1 */
static inline size_t
damage_below(uint64_t *state, size_t n)
{
	return (size_t)(damage_random(state) >> 11) % n;
}

/* The seed of this run: $SEED or the time; printed, so that a failure can be run again. */
static inline uint64_t
damage_seed(const char *test)
{
	const char *given = getenv("SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2 + 1;

	printf("%s: SEED=%" PRIu64 "\n", test, seed);
	return seed | 1;
}

/* Flips, cuts, repeats or swaps something in the n (> 0) bytes at p; the result in sb. */
static inline void
damage(uint64_t *state, const char *p, size_t n, struct sb *sb)
{
	size_t a = damage_below(state, n), b = damage_below(state, n), c;

	if (a > b) {
		c = a;
		a = b;
		b = c;
	}
	sb_reset(sb);
	switch (damage_below(state, 4)) {
	case 0:
		sb_add(sb, p, n);
		sb->p[a] = (char)damage_random(state);
		break;
	case 1:
		sb_add(sb, p, a);
		break;
	case 2:
		sb_add(sb, p, b);
		sb_add(sb, p + a, n - a);
		break;
	default:
		sb_add(sb, p + b, n - b);
		sb_add(sb, p + a, b - a);
		sb_add(sb, p, a);
		break;
	}
}

#endif
