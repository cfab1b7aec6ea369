/* The parts of src/store that need no database: lines for LOAD DATA, sets of seq. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/load.h"
#include "store/seqset.h"

static void
no_byte_of_a_field_ends_it(void **state)
{
	struct sb sb;

	(void)state;
	sb_init(&sb, 1000);
	load_bytes(&sb, "a\tb\nc\\d\re\0f", 11);
	load_bytes(&sb, "\\N", 2);
	load_bytes(&sb, "", 0);
	load_null(&sb);
	load_int(&sb, INT64_MIN);
	load_bytes(&sb, "\x00\xfe", 2);
	load_end(&sb);
	assert_true(sb_ok(&sb));
	assert_string_equal(sb_text(&sb), "a\\tb\\nc\\\\d\\re\\0f\t\\\\N\t\t\\N\t-9223372036854775808\t\\0\xfe\n");
	sb_free(&sb);
}

static void
a_line_over_its_cap_is_not_ended(void **state)
{
	struct sb sb;

	(void)state;
	sb_init(&sb, 4);
	load_bytes(&sb, "\n\n\n", 3);
	load_end(&sb);
	assert_false(sb_ok(&sb));
	sb_free(&sb);
}

static void
a_seqset_holds_what_was_added_in_order(void **state)
{
	static const int64_t members[] = { 0, 1, 63, 64, 4095, 4096, 4097, 1000000, 123456789 };
	struct seqset s = { 0 };
	struct err e;
	int64_t at = -1;
	size_t i;

	(void)state;
	assert_int_equal(seqset_next(&s, 0), -1);
	assert_false(seqset_has(&s, 5));
	for (i = ARRAY_LEN(members); i-- > 0;)
		assert_int_equal(seqset_add(&s, members[i], &e), 0);
	assert_int_equal(seqset_add(&s, 64, &e), 0);
	for (i = 0; i < ARRAY_LEN(members); i++) {
		assert_true(seqset_has(&s, members[i]));
		at = seqset_next(&s, at + 1);
		assert_int_equal(at, members[i]);
	}
	assert_int_equal(seqset_next(&s, at + 1), -1);
	assert_int_equal(seqset_next(&s, INT64_MAX), -1);
	assert_false(seqset_has(&s, 2));
	assert_false(seqset_has(&s, 999999));
	assert_false(seqset_has(&s, INT64_MAX));
	seqset_free(&s);
	assert_false(seqset_has(&s, 64));
	seqset_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_of_a_field_ends_it),
		cmocka_unit_test(a_line_over_its_cap_is_not_ended),
		cmocka_unit_test(a_seqset_holds_what_was_added_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
