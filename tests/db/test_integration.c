/* Sites that ask, are approved, refused and revoked, as store/integration.h promises. */
#include "queue.h"

#include "store/account.h"
#include "store/integration.h"

#define TOKEN	"65f0c1d2a3b4c5.12345678"
#define HOURS	3600

static struct db *cli;

static int
start(void **state)
{
	if (queue_start(state) == -1)
		return -1;
	cli = fixture_open(DB_ROLE_MIGRATE);
	return 0;
}

static int
stop(void **state)
{
	db_close(cli);
	return queue_stop(state);
}

static int64_t
new_account(const char *name)
{
	struct err e;
	int64_t id;

	assert_ok(account_add(cli, name, &id, &e), &e);
	return id;
}

static struct integration_asking
asking(const char *token, const char *domain)
{
	return (struct integration_asking){ .token = token, .source = "wordpress", .domain = domain,
	    .source_site = domain + strlen("https://"), .from = "192.0.2.7", .max_from = 20, .max_all = 10000 };
}

static struct integration
ask(const char *token, const char *domain)
{
	const struct integration_asking a = asking(token, domain);
	struct integration n;
	struct err e;

	assert_ok(integration_ask(queue_web, &a, &n, &e), &e);
	return n;
}

static int
approve(const struct integration *n, int64_t account_id, const char *domain, struct err *e)
{
	const struct integration_approval p = { .integration_id = n->integration_id, .account_id = account_id, .user_id = 3,
	    .domain = domain, .by = "ann@example.org", .silence_seconds = 48 * HOURS };

	return integration_approve(queue_web, &p, e);
}

static struct integration
connected(int64_t account_id)
{
	struct integration n = ask(TOKEN, "https://blog.example.org");
	struct err e;

	assert_ok(approve(&n, account_id, "https://blog.example.org", &e), &e);
	assert_int_equal(integration_by_token(queue_web, TOKEN, &n, &e), 1);
	return n;
}

static void
asking_again_changes_nothing_but_what_the_site_says(void **state)
{
	struct integration first = ask(TOKEN, "https://blog.example.org"), again, found;
	struct integration_asking other = asking(TOKEN, "https://new.example.org/blog");
	struct err e;

	(void)state;
	assert_int_equal(first.state, INTEGRATION_ASKING);
	assert_int_equal(first.account_id, 0);
	assert_string_equal(first.source_site, "blog.example.org");
	assert_string_equal(first.asked_from, "192.0.2.7");
	again = ask(TOKEN, "https://blog.example.org");
	assert_int_equal(again.integration_id, first.integration_id);
	assert_int_equal(again.asked_at, first.asked_at);
	other.skip_initial = true;
	assert_ok(integration_ask(queue_web, &other, &again, &e), &e);
	assert_int_equal(again.integration_id, first.integration_id);
	assert_string_equal(again.domain, "https://new.example.org/blog");
	assert_string_equal(again.source_site, "new.example.org/blog");
	assert_true(again.skip_initial);
	assert_int_equal(integration_by_token(queue_web, TOKEN, &found, &e), 1);
	assert_int_equal(found.integration_id, first.integration_id);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM integration"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM integration WHERE INSTR(token_hash, '" TOKEN "')"), 0);
}

static void
a_token_is_what_the_page_of_the_protocol_allows(void **state)
{
	static const char *const bad[] = { "", "1234567", "with blank", "with/slash", "with%percent", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4" };
	char longest[INTEGRATION_TOKEN_MAX + 2];
	struct integration_asking a = asking(longest, "https://blog.example.org");
	struct integration n;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		a.token = bad[i];
		assert_int_equal(integration_ask(queue_web, &a, &n, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_int_equal(integration_by_token(queue_web, bad[i], &n, &e), 0);
	}
	memset(longest, 'x', sizeof(longest));
	longest[INTEGRATION_TOKEN_MAX + 1] = '\0';
	a.token = longest;
	assert_int_equal(integration_ask(queue_web, &a, &n, &e), -1);
	longest[INTEGRATION_TOKEN_MAX] = '\0';
	assert_ok(integration_ask(queue_web, &a, &n, &e), &e);
	assert_int_equal(integration_by_token(queue_web, longest, &n, &e), 1);
	ask("a-B_9.xy", "https://blog.example.org");
	assert_int_equal(integration_by_token(queue_web, "a-b_9.xy", &n, &e), 0);
}

static void
only_so_many_ask_at_a_time(void **state)
{
	struct integration_asking a = asking("token-3.00", "https://blog.example.org");
	struct integration n;
	struct err e;

	(void)state;
	ask("token-1.00", "https://blog.example.org");
	ask("token-2.00", "https://blog.example.org");
	a.max_from = 2;
	assert_int_equal(integration_ask(queue_web, &a, &n, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	a.token = "token-2.00";
	assert_ok(integration_ask(queue_web, &a, &n, &e), &e);
	a.token = "token-3.00";
	a.from = "2001:db8::1";
	a.max_all = 2;
	assert_int_equal(integration_ask(queue_web, &a, &n, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	/* Those that are approved do not ask any more. */
	fixture_sql("UPDATE integration SET state = 'approved'");
	assert_ok(integration_ask(queue_web, &a, &n, &e), &e);
}

static void
approval_begins_a_run_and_seeds_what_is_known(void **state)
{
	int64_t account = new_account("A"), other = new_account("B");
	struct integration n = ask(TOKEN, "https://blog.example.org");
	struct err e;

	(void)state;
	fixture_sql("INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, address) VALUES "
	    "(%d, '1', 'wordpress', 'blog.example.org', '12', '12', 'https://blog.example.org/a/', 'blog.example.org/a'),"
	    "(%d, '2', 'wordpress', 'blog.example.org', '13', '13', '', ''),"
	    "(%d, '4', 'wordpress', 'blog.example.org', '1x', '1x', 'https://blog.example.org/b', 'blog.example.org/b'),"
	    "(%d, '5', 'wordpress', 'blog.example.org/en', '15', '15', 'https://blog.example.org/c', 'blog.example.org/c'),"
	    "(%d, '6', 'disqus', 'blog.example.org', '16', '16', 'https://blog.example.org/d', 'blog.example.org/d'),"
	    "(%d, '7', 'wordpress', 'blog.example.org', '17', '17', 'https://blog.example.org/e', 'blog.example.org/e')",
	    (int)account, (int)account, (int)account, (int)account, (int)account, (int)other);
	fixture_sql("INSERT INTO comment (account_id, seq, comment_id, page_key, source_hash, source, source_site, external_id, body_html, "
	    "is_approved, is_spam, is_deleted, job_id, changed) VALUES (%d, 1, '1', '1', '1', 'disqus', '', '1', '', 1, 0, 0, 1, 4711), (%d, 1, '1', '1', '1', 'disqus', '', '1', '', 1, 0, 0, 1, 9999)",
	    (int)account, (int)other);
	assert_ok(approve(&n, account, "https://blog.example.org", &e), &e);
	assert_int_equal(integration_get(queue_web, account, n.integration_id, &n, &e), 1);
	assert_int_equal(n.state, INTEGRATION_APPROVED);
	assert_true(n.wants_comments);
	assert_false(n.cancelled);
	assert_int_equal(n.events_from, 4711);
	assert_int_equal(fixture_int("SELECT told_from FROM integration"), 4711);
	assert_string_equal(n.approved_by, "ann@example.org");
	assert_int_equal(queue_job(account, n.job_id).integration_id, n.integration_id);
	assert_int_equal(fixture_int("SELECT SUM(post_id) FROM integration_page WHERE address = 'blog.example.org/a'"), 12);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM integration_page"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'integration_approved' AND account_id = %d AND "
	    "actor = 'ann@example.org' AND detail = 'https://blog.example.org'", (int)account), 1);
	/* Pressed twice: one approval, one run. */
	assert_ok(approve(&n, account, "https://blog.example.org", &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'integration_approved'"), 1);
}

static void
what_was_not_shown_is_not_approved(void **state)
{
	int64_t account = new_account("A"), other = new_account("B");
	struct integration n = ask(TOKEN, "https://blog.example.org");
	struct err e;

	(void)state;
	ask(TOKEN, "https://evil.example.org");
	assert_int_equal(approve(&n, account, "https://blog.example.org", &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_ok(approve(&n, account, "https://evil.example.org", &e), &e);
	assert_int_equal(approve(&n, other, "https://evil.example.org", &e), -1);
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	n.integration_id += 1000;
	assert_int_equal(approve(&n, account, "https://evil.example.org", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
}

static void
an_approved_site_that_moves_stays_the_same_site(void **state)
{
	struct integration n = connected(new_account("A"));

	(void)state;
	assert_string_equal(n.source_site, "blog.example.org");
	n = ask(TOKEN, "https://moved.example.org");
	assert_int_equal(n.state, INTEGRATION_APPROVED);
	assert_string_equal(n.source_site, "blog.example.org");
	assert_string_equal(n.domain, "https://blog.example.org");
	assert_string_equal(n.domain_said, "https://moved.example.org");
}

static void
a_site_that_skips_the_first_time_is_asked_for_nothing(void **state)
{
	int64_t account = new_account("A");
	struct integration_asking a = asking(TOKEN, "https://blog.example.org");
	struct integration n;
	struct err e;

	(void)state;
	a.skip_initial = true;
	assert_ok(integration_ask(queue_web, &a, &n, &e), &e);
	assert_ok(approve(&n, account, "https://blog.example.org", &e), &e);
	assert_int_equal(integration_get(queue_web, account, n.integration_id, &n, &e), 1);
	assert_false(n.wants_comments);
	assert_int_equal(n.job_id, 0);
	assert_int_equal(integration_resync(queue_web, account, 3, n.integration_id, "ann@example.org", 48 * HOURS, &e), 1);
	assert_int_equal(integration_get(queue_web, account, n.integration_id, &n, &e), 1);
	assert_true(n.wants_comments);
	assert_int_equal(queue_job(account, n.job_id).state, JOB_RUNNING);
}

static void
a_refused_site_can_ask_anew(void **state)
{
	int64_t account = new_account("A");
	struct integration n = ask(TOKEN, "https://blog.example.org");
	struct err e;

	(void)state;
	assert_int_equal(integration_refuse(queue_web, n.integration_id, account, "ann@example.org", &e), 1);
	assert_int_equal(integration_refuse(queue_web, n.integration_id, account, "ann@example.org", &e), 0);
	assert_int_equal(integration_by_token(queue_web, TOKEN, &n, &e), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'integration_refused'"), 1);
	n = connected(account);
	assert_int_equal(integration_refuse(queue_web, n.integration_id, account, "ann@example.org", &e), 0);
}

static void
a_revoked_site_is_silent_until_its_account_approves_again(void **state)
{
	int64_t account = new_account("A"), other = new_account("B");
	struct integration n = connected(account), again;
	struct err e;

	(void)state;
	assert_int_equal(integration_revoke(queue_web, other, n.integration_id, "eve@example.org", &e), 0);
	assert_int_equal(integration_resync(queue_web, other, 9, n.integration_id, "eve@example.org", 1, &e), 0);
	assert_int_equal(integration_revoke(queue_web, account, n.integration_id, "ann@example.org", &e), 1);
	assert_int_equal(integration_revoke(queue_web, account, n.integration_id, "ann@example.org", &e), 0);
	assert_int_equal(integration_resync(queue_web, account, 3, n.integration_id, "ann@example.org", 1, &e), 0);
	assert_int_equal(queue_job(account, n.job_id).state, JOB_CANCELLED);
	again = ask(TOKEN, "https://moved.example.org");
	assert_int_equal(again.state, INTEGRATION_REVOKED);
	assert_string_equal(again.domain_said, "https://blog.example.org");
	assert_int_equal(approve(&n, other, "https://blog.example.org", &e), -1);
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	fixture_sql("UPDATE integration SET events_from = 5, told_from = 3");
	assert_ok(approve(&n, account, "https://blog.example.org", &e), &e);
	assert_int_equal(integration_get(queue_web, account, n.integration_id, &again, &e), 1);
	assert_int_equal(again.state, INTEGRATION_APPROVED);
	assert_int_equal(again.events_from, 5);
	assert_int_equal(fixture_int("SELECT told_from FROM integration"), 3);
	assert_true(again.wants_comments);
	assert_false(again.cancelled);
	assert_true(again.job_id > n.job_id);
}

static void
a_token_of_an_account_that_is_gone_is_nobodys(void **state)
{
	int64_t account = new_account("A"), other = new_account("B");
	struct integration n = connected(account), again;
	struct err e;

	(void)state;
	fixture_sql("DELETE FROM account WHERE account_id = %d", (int)account);
	assert_int_equal(integration_by_token(queue_web, TOKEN, &again, &e), 0);
	assert_int_equal(approve(&n, other, "https://blog.example.org", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	again = ask(TOKEN, "https://blog.example.org");
	assert_int_equal(again.state, INTEGRATION_ASKING);
	assert_int_equal(again.account_id, 0);
	assert_ok(approve(&again, other, "https://blog.example.org", &e), &e);
}

struct list {
	int64_t	ids[4];
	int	n;
};

static int
keep(void *ctx, const struct integration *n, struct err *e)
{
	struct list *l = ctx;

	(void)e;
	l->ids[l->n++] = n->integration_id;
	return 0;
}

static void
an_account_lists_its_own_newest_first(void **state)
{
	int64_t account = new_account("A"), other = new_account("B");
	struct integration first = connected(account), second = ask("token-2.00", "https://b.example.org"), got;
	struct list l = { .n = 0 };
	struct err e;

	(void)state;
	ask("token-3.00", "https://c.example.org");
	assert_ok(approve(&second, account, "https://b.example.org", &e), &e);
	assert_int_equal(integration_revoke(queue_web, account, second.integration_id, "ann@example.org", &e), 1);
	assert_ok(integration_each(queue_web, account, keep, &l, &e), &e);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.ids[0], second.integration_id);
	assert_int_equal(l.ids[1], first.integration_id);
	assert_int_equal(integration_get(queue_web, other, first.integration_id, &got, &e), 0);
}

static void
a_site_is_noted_as_heard_every_ten_seconds_at_most(void **state)
{
	struct integration n = connected(new_account("A"));
	struct err e;

	(void)state;
	fixture_sql("UPDATE integration SET heard_at = '2020-01-01'");
	fixture_sql("UPDATE job SET heard_at = '2020-01-01'");
	assert_ok(integration_heard(queue_web, &n, &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM integration AS n JOIN job AS j ON j.job_id = n.job_id "
	    "WHERE n.heard_at > '2020-01-02' AND j.heard_at > '2020-01-02'"), 1);
	fixture_sql("UPDATE job SET heard_at = '2020-01-01'");
	assert_ok(integration_heard(queue_web, &n, &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job WHERE heard_at = '2020-01-01'"), 1);
	/* A run that is over has heard what it has heard. */
	fixture_sql("UPDATE integration SET heard_at = NULL");
	fixture_sql("UPDATE job SET state = 'cancelled'");
	assert_ok(integration_heard(queue_web, &n, &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job WHERE heard_at = '2020-01-01'"), 1);
}

static void
who_asks_in_vain_is_forgotten(void **state)
{
	struct integration n;
	struct err e;

	(void)state;
	connected(new_account("A"));
	ask("token-2.00", "https://b.example.org");
	fixture_sql("UPDATE integration SET asked_at = asked_at - INTERVAL 25 HOUR");
	ask("token-3.00", "https://c.example.org");
	assert_int_equal(integration_expire(queue_jobs, 26, &e), 0);
	assert_int_equal(integration_expire(queue_jobs, 24, &e), 1);
	assert_int_equal(integration_by_token(queue_web, "token-2.00", &n, &e), 0);
	assert_int_equal(integration_by_token(queue_web, TOKEN, &n, &e), 1);
	assert_int_equal(integration_by_token(queue_web, "token-3.00", &n, &e), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(asking_again_changes_nothing_but_what_the_site_says, fixture_empty),
		cmocka_unit_test_setup(a_token_is_what_the_page_of_the_protocol_allows, fixture_empty),
		cmocka_unit_test_setup(only_so_many_ask_at_a_time, fixture_empty),
		cmocka_unit_test_setup(approval_begins_a_run_and_seeds_what_is_known, fixture_empty),
		cmocka_unit_test_setup(what_was_not_shown_is_not_approved, fixture_empty),
		cmocka_unit_test_setup(an_approved_site_that_moves_stays_the_same_site, fixture_empty),
		cmocka_unit_test_setup(a_site_that_skips_the_first_time_is_asked_for_nothing, fixture_empty),
		cmocka_unit_test_setup(a_refused_site_can_ask_anew, fixture_empty),
		cmocka_unit_test_setup(a_revoked_site_is_silent_until_its_account_approves_again, fixture_empty),
		cmocka_unit_test_setup(a_token_of_an_account_that_is_gone_is_nobodys, fixture_empty),
		cmocka_unit_test_setup(an_account_lists_its_own_newest_first, fixture_empty),
		cmocka_unit_test_setup(a_site_is_noted_as_heard_every_ten_seconds_at_most, fixture_empty),
		cmocka_unit_test_setup(who_asks_in_vain_is_forgotten, fixture_empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
