/* Tokens of programs: what store/token.h promises. */
#include "fixture.h"

#include "store/account.h"
#include "store/token.h"
#include "util/clock.h"

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
new_token(struct db *db, int64_t account_id, const char *name, unsigned scopes, char text[TOKEN_TEXT_SIZE])
{
	const struct token_request r = { .account_id = account_id, .name = name, .scopes = scopes, .by = "anna@example.com" };
	struct err e;

	assert_ok(token_add(db, &r, text, &e), &e);
}

struct seen {
	struct token	token[8];
	int		n;
};

static int
see(void *ctx, const struct token *t, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	s->token[s->n++] = *t;
	return 0;
}

static void
a_token_is_known_by_its_text_and_kept_as_its_hash(void **state)
{
	int64_t account_id = new_account("First");
	char text[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE];
	struct token t;
	struct err e;

	(void)state;
	new_token(web, account_id, "nightly", TOKEN_MAY(TOKEN_SCOPE_IMPORT) | TOKEN_MAY(TOKEN_SCOPE_MOVE), text);
	new_token(cli, account_id, "nightly", TOKEN_MAY(TOKEN_SCOPE_EXPORT), other);
	assert_int_equal(strlen(text), TOKEN_TEXT_SIZE - 1);
	assert_int_equal(strncmp(text, "trl_", 4), 0);
	assert_int_equal(strspn(text + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
	assert_string_not_equal(text, other);
	assert_int_equal(token_by_text(web, text, &t, &e), 1);
	assert_int_equal(t.account_id, account_id);
	assert_string_equal(t.account_name, "First");
	assert_string_equal(t.name, "nightly");
	assert_int_equal(t.scopes, TOKEN_MAY(TOKEN_SCOPE_IMPORT) | TOKEN_MAY(TOKEN_SCOPE_MOVE));
	assert_string_equal(t.created_by, "anna@example.com");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM api_token WHERE CONCAT(name, token_hash, created_by) LIKE '%%%s%%'",
	    text + 4), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'token_added' AND actor = 'anna@example.com' "
	    "AND detail IN ('import,move: nightly', 'export: nightly')"), 2);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE detail LIKE '%%trl%%'"), 0);
}

static void
what_is_no_token_is_nobodys(void **state)
{
	int64_t account_id = new_account("First");
	char text[TOKEN_TEXT_SIZE], wrong[TOKEN_TEXT_SIZE + 1];
	struct token t;
	struct err e;

	(void)state;
	new_token(web, account_id, "x", TOKEN_MAY(TOKEN_SCOPE_IMPORT), text);
	snprintf(wrong, sizeof(wrong), "%s", text);
	wrong[TOKEN_TEXT_SIZE - 2] = wrong[TOKEN_TEXT_SIZE - 2] == 'A' ? 'B' : 'A';
	assert_int_equal(token_by_text(web, wrong, &t, &e), 0);
	snprintf(wrong, sizeof(wrong), "%sA", text);
	assert_int_equal(token_by_text(web, wrong, &t, &e), 0);
	assert_int_equal(token_by_text(web, text + 4, &t, &e), 0);
	assert_int_equal(token_by_text(web, "", &t, &e), 0);
	/* Its account is gone. */
	fixture_sql("DELETE FROM account");
	assert_int_equal(token_by_text(web, text, &t, &e), 0);
}

static void
a_revoked_token_is_nobodys_and_stays_listed(void **state)
{
	int64_t mine = new_account("Mine"), other = new_account("Other");
	char text[TOKEN_TEXT_SIZE], second[TOKEN_TEXT_SIZE];
	struct seen s = { .n = 0 };
	struct token t;
	struct err e;

	(void)state;
	new_token(web, mine, "first", TOKEN_MAY(TOKEN_SCOPE_IMPORT), text);
	new_token(web, mine, "second", TOKEN_MAY(TOKEN_SCOPE_EXPORT), second);
	assert_int_equal(token_by_text(web, text, &t, &e), 1);
	assert_int_equal(token_revoke(web, other, t.token_id, "bert@example.com", &e), 0);
	assert_int_equal(token_by_text(web, text, &t, &e), 1);
	assert_int_equal(token_revoke(web, mine, t.token_id, "bert@example.com", &e), 1);
	assert_int_equal(token_revoke(web, mine, t.token_id, "bert@example.com", &e), 0);
	assert_int_equal(token_revoke(cli, 0, 999999, "operator", &e), 0);
	assert_int_equal(token_by_text(web, text, &t, &e), 0);
	assert_int_equal(token_by_text(web, second, &t, &e), 1);
	assert_int_equal(token_revoke(cli, 0, t.token_id, "operator", &e), 1);
	assert_int_equal(token_by_text(web, second, &t, &e), 0);
	assert_ok(token_each(web, mine, see, &s, &e), &e);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.token[0].name, "second");
	assert_true(s.token[0].revoked_at != CLOCK_UNKNOWN && s.token[1].revoked_at != CLOCK_UNKNOWN);
	assert_ok(token_each(web, other, see, &s, &e), &e);
	assert_int_equal(s.n, 2);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'token_revoked' AND account_id = %" PRId64, mine), 2);
}

static void
a_use_is_noted_once_a_minute(void **state)
{
	char text[TOKEN_TEXT_SIZE];
	int64_t first;
	struct token t;
	struct err e;

	(void)state;
	new_token(web, new_account("First"), "x", TOKEN_MAY(TOKEN_SCOPE_IMPORT), text);
	assert_int_equal(fixture_int("SELECT last_used_at IS NULL FROM api_token"), 1);
	assert_int_equal(token_by_text(web, text, &t, &e), 1);
	assert_int_equal(fixture_int("SELECT last_used_at IS NULL FROM api_token"), 0);
	fixture_sql("UPDATE api_token SET last_used_at = UTC_TIMESTAMP(3) - INTERVAL 30 SECOND");
	first = fixture_int("SELECT CAST(UNIX_TIMESTAMP(last_used_at) * 1000 AS INT) FROM api_token");
	assert_int_equal(token_by_text(web, text, &t, &e), 1);
	assert_int_equal(fixture_int("SELECT CAST(UNIX_TIMESTAMP(last_used_at) * 1000 AS INT) FROM api_token"), first);
	fixture_sql("UPDATE api_token SET last_used_at = UTC_TIMESTAMP(3) - INTERVAL 61 SECOND");
	assert_int_equal(token_by_text(web, text, &t, &e), 1);
	assert_true(fixture_int("SELECT CAST(UNIX_TIMESTAMP(last_used_at) * 1000 AS INT) FROM api_token") > first);
}

static void
a_token_has_a_name_and_may_do_something(void **state)
{
	static const char *const names[] = { "", "two\nlines", "\xff", "12345678901234567890123456789012345678901234567890"
	    "123456789012345678901234567890123456789012345678901" };
	struct token_request r = { .account_id = 1, .scopes = TOKEN_MAY(TOKEN_SCOPE_IMPORT), .by = "operator" };
	char text[TOKEN_TEXT_SIZE];
	unsigned scopes;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		r.name = names[i];
		assert_int_equal(token_add(web, &r, text, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
	}
	r.name = "good";
	r.scopes = 0;
	assert_int_equal(token_add(web, &r, text, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(token_scopes_parse("", &scopes, &e), -1);
	assert_int_equal(token_scopes_parse("import,delete", &scopes, &e), -1);
	assert_non_null(strstr(e.msg, "\"delete\""));
	assert_int_equal(token_scopes_parse(" move, import ", &scopes, &e), 0);
	assert_int_equal(scopes, TOKEN_MAY(TOKEN_SCOPE_IMPORT) | TOKEN_MAY(TOKEN_SCOPE_MOVE));
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM api_token"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_token_is_known_by_its_text_and_kept_as_its_hash, fixture_empty),
		cmocka_unit_test_setup(what_is_no_token_is_nobodys, fixture_empty),
		cmocka_unit_test_setup(a_revoked_token_is_nobodys_and_stays_listed, fixture_empty),
		cmocka_unit_test_setup(a_use_is_noted_once_a_minute, fixture_empty),
		cmocka_unit_test_setup(a_token_has_a_name_and_may_do_something, fixture_empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
