/* Numbers and lists for those who run the service, as store/status.h promises. */
#include "fixture.h"

#include "store/status.h"

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

static void
add_job(const char *kind, const char *state, const char *node, int seconds_ago, int lease_in, int created)
{
	fixture_sql("INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, "
	    "node, worker, lease_until, created, updated, options) SELECT COALESCE(MAX(job_id), 0) + 1, '%s', 'disqus', 'disqus', "
	    "'%s', 'a.xml', 1, 'a@example.org', UTC_TIMESTAMP(3) - INTERVAL %d SECOND, '%s', 'w', UTC_TIMESTAMP(3) + INTERVAL %d "
	    "SECOND, %d, 1, 'a=b\\n' FROM job", kind, state, seconds_ago, node, lease_in, created);
}

static void
add_message(const char *kind, const char *state, int seconds_ago)
{
	fixture_sql("INSERT INTO outbox (account_id, job_id, kind, idempotency_id, state, created_at, due_at) "
	    "SELECT 1, COALESCE(MAX(message_id), 0) + 1, '%s', UNHEX(REPEAT('0', 32)), '%s', UTC_TIMESTAMP(3) - INTERVAL %d SECOND, "
	    "UTC_TIMESTAMP(3) FROM outbox", kind, state, seconds_ago);
}

static void
an_empty_database_has_zeros(void **state)
{
	struct status s, zeros = { .created = 0 };
	struct err e;

	(void)state;
	assert_ok(status_ping(web, &e), &e);
	assert_ok(status_read(web, &s, &e), &e);
	assert_memory_equal(&s, &zeros, sizeof(s));
}

static void
jobs_and_messages_are_counted(void **state)
{
	struct status s;
	struct err e;

	(void)state;
	add_job("import", "completed", "a", 9, 0, 10);
	add_job("import", "completed", "a", 9, 0, 20);
	add_job("export", "completed", "a", 9, 0, 400);
	add_job("import", "running", "a", 9, 60, 8000);
	add_job("import", "running", "a", 9, -60, 0);
	add_job("import", "requested", "b", 100, 0, 0);
	add_job("import", "requested", "b", 50, 0, 0);
	add_message("webhook", "waiting", 70);
	add_message("webhook", "waiting", 10);
	add_message("webhook", "given_up", 500);
	add_message("admin_mail", "sent", 500);
	assert_ok(status_read(web, &s, &e), &e);
	assert_int_equal(s.jobs[JOB_COMPLETED], 3);
	assert_int_equal(s.jobs[JOB_RUNNING], 2);
	assert_int_equal(s.jobs[JOB_REQUESTED], 2);
	/* What has not been completed may still come to nothing. */
	assert_int_equal(s.created, 30);
	assert_int_equal(s.updated, 2);
	assert_in_range(s.oldest_requested, 100, 1000);
	assert_int_equal(s.leases_over, 1);
	assert_int_equal(s.outbox[OUTBOX_WEBHOOK].waiting, 2);
	assert_int_equal(s.outbox[OUTBOX_WEBHOOK].given_up, 1);
	assert_in_range(s.outbox[OUTBOX_WEBHOOK].oldest, 70, 400);
	assert_int_equal(s.outbox[OUTBOX_ADMIN_MAIL].waiting, 0);
}

struct list {
	int	n;
	int64_t	ids[8];
	char	last[100];
};

static int
list_job(void *ctx, const struct status_job *j, struct err *e)
{
	struct list *l = ctx;

	(void)e;
	l->ids[l->n++] = j->job.job_id;
	snprintf(l->last, sizeof(l->last), "%s %s %s %s", j->account_name, j->node, j->worker, j->options);
	return 0;
}

static struct list
list(struct status_filter f)
{
	struct list l = { 0 };
	struct err e;

	assert_ok(status_job_each(cli, &f, list_job, &l, &e), &e);
	return l;
}

static void
jobs_are_listed_by_account_state_and_number(void **state)
{
	int64_t first;
	struct list l;

	(void)state;
	fixture_sql("INSERT INTO account (account_id, name, created_at) VALUES (1, 'One', UTC_TIMESTAMP(3))");
	add_job("import", "completed", "a", 9, 0, 10);
	add_job("export", "failed", "b", 9, 0, 0);
	first = fixture_int("SELECT MIN(job_id) FROM job");
	fixture_sql("UPDATE job SET account_id = 1 WHERE job_id = %" PRId64, first);
	l = list((struct status_filter){ .state = "", .limit = 10 });
	assert_int_equal(l.n, 2);
	assert_int_equal(l.ids[1], first);
	assert_string_equal(l.last, "One a w a=b\n");
	assert_int_equal(list((struct status_filter){ .state = "", .limit = 1 }).n, 1);
	assert_int_equal(list((struct status_filter){ .state = "completed", .limit = 10 }).n, 1);
	assert_int_equal(list((struct status_filter){ .state = "running", .limit = 10 }).n, 0);
	assert_int_equal(list((struct status_filter){ .state = "", .account_id = 1, .limit = 10 }).ids[0], first);
	assert_int_equal(list((struct status_filter){ .state = "", .job_id = first, .limit = 10 }).n, 1);
}

static int
list_node(void *ctx, const char *node, int64_t jobs, int64_t oldest, struct err *e)
{
	struct list *l = ctx;

	(void)e;
	l->n += (int)jobs;
	if (strcmp(node, "b") == 0)
		l->ids[0] = oldest;
	return 0;
}

static void
machines_are_listed_with_what_waits_for_them(void **state)
{
	struct list l = { 0 };
	struct err e;

	(void)state;
	add_job("import", "completed", "a", 900, 0, 10);
	add_job("import", "running", "b", 900, 60, 0);
	add_job("import", "requested", "b", 100, 0, 0);
	assert_ok(status_node_each(cli, list_node, &l, &e), &e);
	assert_int_equal(l.n, 2);
	assert_in_range(l.ids[0], 100, 800);
}

static int
find_right(void *ctx, const struct status_right *r, struct err *e)
{
	struct list *l = ctx;

	(void)e;
	assert_string_equal(r->user, "'trasloco_migrate'@'localhost'");
	assert_false(r->grantable);
	/* Another program of tests/db gives this user rights elsewhere. */
	l->n += *r->on == '\0';
	return 0;
}

static void
the_server_tells_its_settings_and_the_rights_of_who_asks(void **state)
{
	struct status_server s;
	struct list l = { 0 };
	struct err e;

	(void)state;
	assert_ok(status_server(cli, &s, &e), &e);
	assert_true(s.local_infile);
	assert_int_equal(s.buffer_pool, 48 * 1024 * 1024);
	/* The server's figure of the indexes is 0 until it has counted. */
	assert_true(s.max_packet > 0 && s.now_ms > 0 && s.indexes >= 0);
	assert_ok(status_right_each(cli, find_right, &l, &e), &e);
	assert_int_equal(l.n, 9);
}

int
main(void)
{
#define STATUS_TEST(t) cmocka_unit_test_setup(t, fixture_empty)
	const struct CMUnitTest tests[] = {
		STATUS_TEST(an_empty_database_has_zeros),
		STATUS_TEST(jobs_and_messages_are_counted),
		STATUS_TEST(jobs_are_listed_by_account_state_and_number),
		STATUS_TEST(machines_are_listed_with_what_waits_for_them),
		STATUS_TEST(the_server_tells_its_settings_and_the_rights_of_who_asks),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
