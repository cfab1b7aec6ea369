/* Accounts, admins and sessions: what store/account.h and store/session.h promise. */
#include "fixture.h"

#include "store/session.h"

static struct db *cli, *web;

static int
start(void **state)
{
	if (fixture_start(state) == -1)
		return -1;
	cli = fixture_open(DB_ROLE_MIGRATE);
	web = fixture_open(DB_ROLE_WEB);
	return 0;
}

static int
stop(void **state)
{
	db_close(cli);
	db_close(web);
	return fixture_stop(state);
}

static int64_t
new_account(const char *name)
{
	struct err e;
	int64_t id;

	assert_ok(account_add(cli, name, &id, &e), &e);
	return id;
}

static void
new_admin(int64_t account_id, const char *email)
{
	struct err e;

	assert_ok(admin_add(cli, account_id, email, "hash", &e), &e);
}

static void
an_account_is_found_by_name_and_by_number(void **state)
{
	int64_t first = new_account("First"), second, found;
	char number[32];
	struct err e;

	(void)state;
	snprintf(number, sizeof(number), "%" PRId64, first);
	second = new_account("tre \xf0\x9f\x8c\xbb");
	assert_int_equal(account_find(cli, "tre \xf0\x9f\x8c\xbb", &found, &e), 1);
	assert_int_equal(found, second);
	assert_int_equal(account_find(cli, number, &found, &e), 1);
	assert_int_equal(found, first);
	assert_int_equal(account_find(cli, "first", &found, &e), 0);
	assert_int_equal(account_find(cli, "999999999", &found, &e), 0);
	assert_int_equal(account_find(cli, "99999999999999999999", &found, &e), 0);
	second = new_account(number);
	assert_int_equal(account_find(cli, number, &found, &e), 1);
	assert_int_equal(found, second);
}

static void
an_account_name_is_unique_and_has_1_to_255_bytes(void **state)
{
	char name[300];
	struct err e;
	int64_t id;

	(void)state;
	new_account("One");
	assert_int_equal(account_add(cli, "One", &id, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(account_add(cli, "", &id, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	assert_int_equal(account_add(cli, name, &id, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	name[255] = '\0';
	new_account(name);
}

struct seen {
	int	n, stop_after;
	char	text[1000];
};

static int
see_account(void *ctx, int64_t account_id, const char *name, int64_t admins)
{
	struct seen *s = ctx;
	size_t len = strlen(s->text);

	(void)account_id;
	snprintf(s->text + len, sizeof(s->text) - len, "%s=%d ", name, (int)admins);
	return ++s->n == s->stop_after ? -1 : 0;
}

static int
see_admin(void *ctx, const struct admin *a)
{
	struct seen *s = ctx;
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "%s:%s:%s ", a->account_name, a->email, a->password_hash);
	return ++s->n == s->stop_after ? -1 : 0;
}

static void
lists_are_ordered_and_can_be_left_early(void **state)
{
	int64_t a = new_account("A"), b = new_account("B");
	struct seen s = { 0 };
	struct err e;

	(void)state;
	new_admin(b, "z@example.com");
	new_admin(b, "Y@example.com");
	new_admin(a, "x@example.com");
	assert_ok(account_each(cli, see_account, &s, &e), &e);
	assert_string_equal(s.text, "A=1 B=2 ");
	s = (struct seen){ .stop_after = 1 };
	assert_ok(account_each(cli, see_account, &s, &e), &e);
	assert_string_equal(s.text, "A=1 ");
	s = (struct seen){ 0 };
	assert_ok(admin_each(cli, 0, see_admin, &s, &e), &e);
	assert_string_equal(s.text, "A:x@example.com: B:Y@example.com: B:z@example.com: ");
	s = (struct seen){ .stop_after = 1 };
	assert_ok(admin_each(cli, b, see_admin, &s, &e), &e);
	assert_string_equal(s.text, "B:Y@example.com: ");
}

static void
an_address_ignores_case_but_not_accents(void **state)
{
	int64_t a = new_account("A");
	struct admin admin;
	struct err e;

	(void)state;
	new_admin(a, "Maria@Example.com");
	assert_int_equal(admin_add(cli, a, "maria@example.COM", "other", &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	new_admin(a, "mari\xc3\xa1@example.com");
	assert_int_equal(admin_by_email(web, "MARIA@EXAMPLE.COM", &admin, &e), 1);
	assert_string_equal(admin.email, "Maria@Example.com");
	assert_string_equal(admin.password_hash, "hash");
	assert_string_equal(admin.account_name, "A");
	assert_int_equal(admin.account_id, a);
	assert_int_equal(admin_by_email(web, "nobody@example.com", &admin, &e), 0);
}

static void
an_admin_needs_an_account_and_a_fitting_address(void **state)
{
	int64_t a = new_account("A");
	char email[300];
	struct err e;

	(void)state;
	assert_int_equal(admin_add(cli, a + 1000, "x@example.com", "hash", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(admin_add(cli, a, "", "hash", &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	memset(email, 'x', sizeof(email));
	email[255] = '\0';
	assert_int_equal(admin_add(cli, a, email, "hash", &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
}

static void
a_session_begins_and_ends_with_a_line_of_the_audit_log(void **state)
{
	static const uint8_t token[HASH256_SIZE] = "token";
	int64_t account = new_account("A");
	struct admin admin;
	struct err e;

	(void)state;
	new_admin(account, "x@example.com");
	assert_int_equal(admin_by_email(web, "x@example.com", &admin, &e), 1);
	assert_int_equal(session_add(web, token, admin.user_id + 1000, &e), -1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit"), 0);
	assert_ok(session_add(web, token, admin.user_id, &e), &e);
	assert_ok(session_remove(web, token, &e), &e);
	/* There is nothing left that could end. */
	assert_ok(session_remove(web, token, &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE actor = 'x@example.com'"), 2);
	assert_int_equal(fixture_int("SELECT account_id FROM audit WHERE action = 'signed_in'"), account);
	assert_int_equal(fixture_int("SELECT account_id FROM audit WHERE action = 'signed_out'"), account);
}

static void
a_session_leads_to_its_admin_until_it_is_over(void **state)
{
	static const uint8_t token[HASH256_SIZE] = "token\0with a zero in it", other[HASH256_SIZE] = "token";
	struct admin admin;
	struct err e;

	(void)state;
	new_admin(new_account("A"), "x@example.com");
	assert_int_equal(admin_by_email(web, "x@example.com", &admin, &e), 1);
	assert_ok(session_add(web, token, admin.user_id, &e), &e);
	memset(&admin, 0, sizeof(admin));
	assert_int_equal(session_admin(web, token, &admin, &e), 1);
	assert_string_equal(admin.email, "x@example.com");
	assert_string_equal(admin.password_hash, "");
	assert_int_equal(session_admin(web, other, &admin, &e), 0);
	assert_int_equal(fixture_int("SELECT TIMESTAMPDIFF(SECOND, created_at, expires_at) FROM session"),
	    SESSION_SECONDS);
	fixture_sql("UPDATE session SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_int_equal(session_admin(web, token, &admin, &e), 0);
	assert_ok(session_add(web, other, admin.user_id, &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM session"), 1);
	assert_ok(session_remove(web, other, &e), &e);
	assert_ok(session_remove(web, other, &e), &e);
	assert_int_equal(session_admin(web, other, &admin, &e), 0);
	assert_int_equal(session_add(web, other, admin.user_id + 1000, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
}

static void
a_new_password_and_a_removal_end_the_sessions_of_that_admin_only(void **state)
{
	static const uint8_t mine[HASH256_SIZE] = "mine", theirs[HASH256_SIZE] = "theirs";
	int64_t a = new_account("A");
	struct admin x, y;
	struct err e;

	(void)state;
	new_admin(a, "x@example.com");
	new_admin(a, "y@example.com");
	assert_int_equal(admin_by_email(web, "x@example.com", &x, &e), 1);
	assert_int_equal(admin_by_email(web, "y@example.com", &y, &e), 1);
	assert_ok(session_add(web, mine, x.user_id, &e), &e);
	assert_ok(session_add(web, theirs, y.user_id, &e), &e);
	assert_ok(admin_set_password(cli, "X@example.com", "new", &e), &e);
	assert_int_equal(session_admin(web, mine, &x, &e), 0);
	assert_int_equal(session_admin(web, theirs, &y, &e), 1);
	assert_int_equal(admin_by_email(web, "x@example.com", &x, &e), 1);
	assert_string_equal(x.password_hash, "new");
	assert_int_equal(admin_by_email(web, "y@example.com", &y, &e), 1);
	assert_string_equal(y.password_hash, "hash");
	assert_ok(admin_remove(cli, "y@example.com", &e), &e);
	assert_int_equal(session_admin(web, theirs, &y, &e), 0);
	assert_int_equal(admin_by_email(web, "y@example.com", &y, &e), 0);
	assert_int_equal(admin_remove(cli, "y@example.com", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(admin_set_password(cli, "y@example.com", "new", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_account_is_found_by_name_and_by_number, fixture_empty),
		cmocka_unit_test_setup(an_account_name_is_unique_and_has_1_to_255_bytes, fixture_empty),
		cmocka_unit_test_setup(lists_are_ordered_and_can_be_left_early, fixture_empty),
		cmocka_unit_test_setup(an_address_ignores_case_but_not_accents, fixture_empty),
		cmocka_unit_test_setup(an_admin_needs_an_account_and_a_fitting_address, fixture_empty),
		cmocka_unit_test_setup(a_session_begins_and_ends_with_a_line_of_the_audit_log, fixture_empty),
		cmocka_unit_test_setup(a_session_leads_to_its_admin_until_it_is_over, fixture_empty),
		cmocka_unit_test_setup(a_new_password_and_a_removal_end_the_sessions_of_that_admin_only, fixture_empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
