/* What an import remembers, the report that it writes, and who is who. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"

#include "util/identity.h"
#include "jobs/issues.h"
#include "jobs/seen.h"

#define IDS	8192

static void
a_batch_finds_each_id_at_its_place(void **state)
{
	struct hash128 *id = calloc(IDS, sizeof(*id));
	struct batch_ids *b = batch_ids_new(IDS);
	size_t i;

	(void)state;
	/* All share the bytes that the table looks at, but for a counter in the last two. */
	for (i = 0; i < IDS; i++) {
		id[i].b[14] = (uint8_t)(i >> 8);
		id[i].b[15] = (uint8_t)i;
		id[i].b[0] = (uint8_t)(i % 3);
	}
	for (i = 0; i < IDS; i++)
		assert_true(batch_ids_add(b, &id[i], i));
	for (i = 0; i < IDS; i++) {
		assert_false(batch_ids_add(b, &id[i], 0));
		assert_int_equal(batch_ids_find(b, &id[i]), i);
	}
	batch_ids_clear(b);
	assert_int_equal(batch_ids_find(b, &id[0]), SIZE_MAX);
	assert_true(batch_ids_add(b, &id[0], 5));
	batch_ids_free(b);
	batch_ids_free(NULL);
	free(id);
}

static void
the_filter_never_denies_what_it_has(void **state)
{
	struct hash128 *id = calloc(IDS, sizeof(*id)), other;
	struct id_filter *f = id_filter_new();
	size_t i, wrong = 0;

	(void)state;
	rnd_bytes(id, IDS * sizeof(*id));
	for (i = 0; i < IDS; i++)
		id_filter_add(f, &id[i]);
	for (i = 0; i < IDS; i++) {
		assert_true(id_filter_maybe(f, &id[i]));
		rnd_bytes(&other, sizeof(other));
		wrong += id_filter_maybe(f, &other);
	}
	assert_true(wrong < 5);
	id_filter_free(f);
	id_filter_free(NULL);
	free(id);
}

static void
a_row_is_new_once(void **state)
{
	struct err e;
	struct row_set *r = row_set_new(9, &e);
	int64_t seq;

	(void)state;
	for (seq = 1; seq <= 9; seq++)
		assert_true(row_set_add(r, seq));
	for (seq = 1; seq <= 9; seq++)
		assert_false(row_set_add(r, seq));
	assert_false(row_set_add(r, 10));
	assert_false(row_set_add(r, -1));
	row_set_free(r);
	row_set_free(NULL);
	assert_null(row_set_new(INT64_C(8) * 64 * 1024 * 1024 + 8, &e));
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_null(row_set_new(INT64_MAX, &e));
}

static void
issues_keep_twenty_examples_as_json(void **state)
{
	struct issues is;
	int i, commas = 0;
	const char *p;

	(void)state;
	issues_init(&is);
	issues_example(&is, ISSUE_NAME_CUT, "a\"b", 3, 7);
	issues_example(&is, ISSUE_NAME_CUT, "c", 1, 0);
	assert_string_equal(sb_text(&is.of[ISSUE_NAME_CUT].json),
	    "{\"external_id\":\"a\\\"b\",\"line\":7},{\"external_id\":\"c\",\"line\":null}");
	for (i = 0; i < 100; i++)
		issues_example(&is, ISSUE_TITLE_CUT, "x", 1, 1);
	for (p = sb_text(&is.of[ISSUE_TITLE_CUT].json); (p = strstr(p, "},{")) != NULL; p++)
		commas++;
	assert_int_equal(commas, ISSUE_EXAMPLES_MAX - 1);
	issues_free(&is);
}

static struct text
said(const char *s)
{
	return (struct text){ s, strlen(s), true };
}

static void
identity_depends_on_each_part(void **state)
{
	struct text source = said("disqus"), other = said("muut");
	struct text site = said("s"), none = said(""), id = said("1"), longer = said("s1");
	struct hash128 a, b;

	(void)state;
	identity_comment(&a, 1, &source, &site, &id);
	identity_comment(&b, 1, &source, &site, &id);
	assert_memory_equal(&a, &b, sizeof(a));
	identity_page(&b, 1, &source, &site, &id);
	assert_memory_not_equal(&a, &b, sizeof(a));
	identity_comment(&b, 2, &source, &site, &id);
	assert_memory_not_equal(&a, &b, sizeof(a));
	identity_comment(&b, 1, &other, &site, &id);
	assert_memory_not_equal(&a, &b, sizeof(a));
	identity_comment(&b, 1, &source, &none, &longer);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_finds_each_id_at_its_place),
		cmocka_unit_test(the_filter_never_denies_what_it_has),
		cmocka_unit_test(a_row_is_new_once),
		cmocka_unit_test(issues_keep_twenty_examples_as_json),
		cmocka_unit_test(identity_depends_on_each_part),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
