#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/password.h"

#include "util/rnd.h"

static void
a_password_fits_its_own_hash_only(void **state)
{
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];
	struct err e;

	(void)state;
	assert_int_equal(password_hash("correct horse battery", one, &e), 0);
	assert_int_equal(password_hash("correct horse battery", two, &e), 0);
	assert_string_not_equal(one, two);
	assert_true(password_verify("correct horse battery", one));
	assert_false(password_verify("correct horse batterx", one));
	assert_false(password_verify("", one));
}

static void
the_stored_text_names_the_parameters(void **state)
{
	char hash[PASSWORD_HASH_SIZE];
	struct err e;

	(void)state;
	assert_int_equal(password_hash("correct horse battery", hash, &e), 0);
	assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
}

static void
nobody_has_no_password(void **state)
{
	(void)state;
	assert_false(password_verify("correct horse battery", NULL));
	assert_false(password_verify("", NULL));
	assert_false(password_verify("correct horse battery", "garbage"));
	assert_false(password_verify("correct horse battery", ""));
}

static void
lengths_have_their_limits_in_characters_and_bytes(void **state)
{
	char hash[PASSWORD_HASH_SIZE], longest[PASSWORD_MAX_BYTES + 2];
	struct err e;

	(void)state;
	assert_int_equal(password_hash("123456789", hash, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(password_hash("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", hash, &e), -1);
	assert_int_equal(password_hash("1234567890", hash, &e), 0);
	assert_int_equal(password_hash("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", hash, &e), -1);

	memset(longest, 'x', sizeof(longest));
	longest[PASSWORD_MAX_BYTES + 1] = '\0';
	assert_int_equal(password_hash(longest, hash, &e), -1);
	longest[PASSWORD_MAX_BYTES] = '\0';
	assert_int_equal(password_hash(longest, hash, &e), 0);
	assert_true(password_verify(longest, hash));
	/* One byte more is another password, although only so many bytes are hashed. */
	longest[PASSWORD_MAX_BYTES] = 'x';
	longest[PASSWORD_MAX_BYTES + 1] = '\0';
	assert_false(password_verify(longest, hash));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_fits_its_own_hash_only),
		cmocka_unit_test(the_stored_text_names_the_parameters),
		cmocka_unit_test(nobody_has_no_password),
		cmocka_unit_test(lengths_have_their_limits_in_characters_and_bytes),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
