/* The turns and the ends of jobs: whose is next, cancelling and undoing, the dead, what is left on disk, and who is told. */
#include <pthread.h>

#include "queue.h"

#include "store/outbox.h"
#include "store/webhook.h"

static const struct job_counts counts = { .bytes_read = 9, .comments_read = 4, .created = 4 };

/* The lines of the audit log about a job behind the one of its upload, oldest first. */
static void
assert_audit(int64_t job_id, const char *expected)
{
	char *got = fixture_text("SELECT GROUP_CONCAT(CONCAT(account_id, ' ', action, IF(actor = '', '', ' by '), actor) "
	    "ORDER BY audit_id) FROM audit WHERE action <> 'uploaded' AND job_id = %" PRId64, job_id);

	assert_string_equal(got != NULL ? got : "", expected);
	free(got);
}

static void
assert_messages(const char *expected)
{
	char *got = fixture_text("SELECT GROUP_CONCAT(CONCAT(job_id, ' ', kind, ' ', recipient) ORDER BY job_id, kind, recipient) "
	    "FROM outbox");

	assert_string_equal(got != NULL ? got : "", expected);
	free(got);
}

static void
complete(int64_t job_id, const char *worker)
{
	struct err e;

	assert_ok(db_begin(queue_jobs, &e), &e);
	assert_ok(job_complete(queue_jobs, job_id, worker, &counts, "", &e), &e);
	assert_ok(db_commit(queue_jobs, &e), &e);
}

static int
cancel(int64_t account_id, int64_t job_id)
{
	struct err e;
	int r = job_cancel(queue_web, account_id, job_id, "ben@example.org", &e);

	assert_ok(r, &e);
	return r;
}

/* --- whose turn it is --- */

static void
an_account_with_many_jobs_keeps_nobody_waiting(void **state)
{
	int64_t many[100], other, newcomer;
	char name[20];
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		many[i] = queue_request(1, name);
	}
	other = queue_request(2, "other");
	assert_int_equal(queue_claim("w1"), many[0]);
	assert_int_equal(queue_claim("w2"), other);
	complete(many[0], "w1");
	newcomer = queue_request(3, "newcomer");
	assert_int_equal(queue_claim("w1"), newcomer);
	complete(other, "w2");
	other = queue_request(2, "other again");
	assert_int_equal(queue_claim("w2"), many[1]);
	complete(newcomer, "w1");
	assert_int_equal(queue_claim("w1"), other);
}

static void
each_machine_runs_the_jobs_whose_files_it_holds(void **state)
{
	int64_t there = queue_request_kind(1, "there", "a", JOB_IMPORT), here = queue_request(1, "b");
	struct job_claim c;
	struct err e;

	(void)state;
	assert_int_equal(queue_claim("w1"), here);
	assert_int_equal(job_claim(queue_jobs, "there", "w2", 30, &c, &e), 0);
	complete(here, "w1");
	assert_int_equal(queue_claim("w1"), 0);
	assert_int_equal(job_claim(queue_jobs, "there", "w2", 30, &c, &e), 1);
	assert_int_equal(c.job.job_id, there);
}

/* --- cancelling --- */

static void
a_job_that_waits_is_cancelled_at_once(void **state)
{
	int64_t id = queue_request(1, "a"), next = queue_request(1, "b");
	struct job j;

	(void)state;
	assert_int_equal(cancel(2, id), 0);
	assert_int_equal(queue_job(1, id).state, JOB_REQUESTED);
	assert_int_equal(cancel(1, id), 1);
	j = queue_job(1, id);
	assert_int_equal(j.state, JOB_CANCELLED);
	assert_false(j.undoing);
	assert_string_equal(j.message, "The job was cancelled by ben@example.org. Nothing was changed.");
	assert_int_equal(queue_keys(), 1);
	assert_audit(id, "1 cancelled by ben@example.org,1 key_destroyed");
	assert_int_equal(cancel(1, id), 0);
	assert_audit(id, "1 cancelled by ben@example.org,1 key_destroyed");
	assert_int_equal(queue_claim("w1"), next);
}

static void
the_next_job_waits_until_a_cancelled_one_is_undone(void **state)
{
	int64_t id = queue_request(1, "a"), next = queue_request(1, "b"), export;
	struct err e;

	(void)state;
	queue_claim("w1");
	assert_int_equal(job_undoing(queue_jobs, id, "w1", 30, &e), 0);
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 1);
	assert_int_equal(cancel(1, id), 1);
	assert_true(queue_job(1, id).undoing);
	assert_int_equal(queue_job(1, id).state, JOB_CANCELLED);
	assert_int_equal(queue_job(1, id).counts.created, 0);
	assert_int_equal(queue_keys(), 1);

	/* Its worker is told, whatever it tries. */
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 0);
	assert_int_equal(job_fail(queue_jobs, id, "w1", &counts, "", "", &e), 0);
	assert_int_equal(job_complete(queue_jobs, id, "w1", &counts, "", &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);

	assert_int_equal(queue_claim("w2"), 0);
	export = queue_request_kind(1, "here", "c", JOB_EXPORT);
	assert_int_equal(queue_claim("w2"), export);
	assert_int_equal(job_undoing(queue_jobs, id, "w1", 60, &e), 1);
	assert_int_equal(job_undoing(queue_jobs, id, "w2", 60, &e), 0);
	assert_ok(job_undone(queue_jobs, id, "w2", &e), &e);
	assert_int_equal(queue_claim("w3"), 0);
	assert_ok(job_undone(queue_jobs, id, "w1", &e), &e);
	assert_false(queue_job(1, id).undoing);
	assert_int_equal(queue_claim("w3"), next);
	assert_audit(id, "1 cancelled by ben@example.org,1 key_destroyed");
}

static void
an_export_that_is_cancelled_has_nothing_to_undo(void **state)
{
	int64_t id = queue_request_kind(1, "here", "a", JOB_EXPORT);

	(void)state;
	assert_int_equal(queue_claim("w1"), id);
	assert_int_equal(cancel(1, id), 1);
	assert_false(queue_job(1, id).undoing);
}

static void
a_finished_job_cannot_be_cancelled(void **state)
{
	int64_t id = queue_request(1, "a");

	(void)state;
	queue_claim("w1");
	complete(id, "w1");
	assert_int_equal(cancel(1, id), 0);
	assert_int_equal(queue_job(1, id).state, JOB_COMPLETED);
	assert_string_equal(queue_job(1, id).message, "");
}

struct canceller {
	int64_t		job_id;
	int		cancelled;
	struct err	e;
};

static void *
cancel_elsewhere(void *ctx)
{
	struct canceller *c = ctx;
	struct db *db = db_open(fixture_config(DB_ROLE_WEB), DB_ROLE_WEB, &c->e);

	c->cancelled = db == NULL ? -1 : job_cancel(db, 1, c->job_id, "ben@example.org", &c->e);
	db_close(db);
	return NULL;
}

static void
who_cancels_while_a_job_commits_is_told_that_it_ended(void **state)
{
	struct canceller c = { .job_id = queue_request(1, "a") };
	pthread_t thread;
	struct err e;

	(void)state;
	queue_claim("w1");
	assert_ok(db_begin(queue_jobs, &e), &e);
	assert_ok(job_complete(queue_jobs, c.job_id, "w1", &counts, "", &e), &e);
	assert_int_equal(pthread_create(&thread, NULL, cancel_elsewhere, &c), 0);
	/* Asked too often, the server shows the same picture again. */
	while (fixture_int("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") == 0)
		nanosleep(&(struct timespec){ 0, 200000000L }, NULL);
	assert_ok(db_commit(queue_jobs, &e), &e);
	pthread_join(thread, NULL);
	assert_ok(c.cancelled, &c.e);
	assert_int_equal(c.cancelled, 0);
	assert_int_equal(queue_job(1, c.job_id).state, JOB_COMPLETED);
	assert_audit(c.job_id, "1 job_completed,1 key_destroyed");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox"), 1);
}

static void
two_admins_who_cancel_at_once_cancel_once(void **state)
{
	struct canceller c[4];
	pthread_t thread[4];
	int i, cancelled = 0;

	(void)state;
	c[0] = (struct canceller){ .job_id = queue_request(1, "a") };
	for (i = 0; i < 4; i++) {
		c[i] = c[0];
		assert_int_equal(pthread_create(&thread[i], NULL, cancel_elsewhere, &c[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_ok(c[i].cancelled, &c[i].e);
		cancelled += c[i].cancelled;
	}
	assert_int_equal(cancelled, 1);
	assert_audit(c[0].job_id, "1 cancelled by ben@example.org,1 key_destroyed");
}

/* --- the dead --- */

static void
what_a_dead_worker_had_to_undo_ends_with_its_lease_or_by_name(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(2, "b");
	struct err e;

	(void)state;
	queue_claim("w1");
	queue_claim("w2");
	cancel(1, a);
	cancel(2, b);
	assert_int_equal(job_undone_dead(queue_jobs, NULL, NULL, false, &e), 0);
	assert_int_equal(job_undone_dead(queue_jobs, "there", "w1", true, &e), 0);
	assert_int_equal(job_undone_dead(queue_jobs, "here", "w1", true, &e), 1);
	assert_false(queue_job(1, a).undoing);
	assert_true(queue_job(2, b).undoing);
	fixture_sql("UPDATE job SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE undoing = 1");
	assert_int_equal(job_undone_dead(queue_jobs, NULL, NULL, false, &e), 1);
	assert_int_equal(job_fail_dead(queue_jobs, NULL, NULL, true, "Dead.", "", NULL, NULL, &e), 0);
	assert_int_equal(queue_job(2, b).state, JOB_CANCELLED);
}

/* As when its worker was killed at its commit: the server takes back what it wrote, its own row with it. */
static void
a_dead_job_whose_row_is_locked_keeps_no_other_waiting(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(2, "b");
	struct db *loader = fixture_open(DB_ROLE_JOBS);
	struct err e;

	(void)state;
	queue_claim("w1");
	queue_claim("w2");
	assert_ok(db_begin(loader, &e), &e);
	assert_ok(job_complete(loader, a, "w1", &counts, "", &e), &e);
	assert_int_equal(job_fail_dead(queue_jobs, NULL, NULL, true, "Dead.", "", NULL, NULL, &e), 1);
	assert_int_equal(queue_job(1, a).state, JOB_RUNNING);
	assert_int_equal(queue_job(2, b).state, JOB_FAILED);
	db_rollback(loader);
	assert_int_equal(job_fail_dead(queue_jobs, NULL, NULL, true, "Dead.", "", NULL, NULL, &e), 1);
	assert_int_equal(queue_job(1, a).state, JOB_FAILED);
	assert_audit(a, "1 job_failed,1 key_destroyed");
	db_close(loader);
}

static void
undoing_that_ends_waits_for_no_row_of_another_job(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(2, "b");
	struct db *loader = fixture_open(DB_ROLE_JOBS);
	struct err e;

	(void)state;
	queue_claim("w1");
	queue_claim("w2");
	assert_int_equal(cancel(2, b), 1);
	assert_ok(db_begin(loader, &e), &e);
	assert_ok(job_complete(loader, a, "w1", &counts, "", &e), &e);
	fixture_sql("SET GLOBAL innodb_lock_wait_timeout = 1");
	assert_ok(db_reopen(queue_jobs, &e), &e);
	fixture_sql("SET GLOBAL innodb_lock_wait_timeout = 50");
	assert_int_equal(job_undone_dead(queue_jobs, NULL, NULL, true, &e), 1);
	assert_false(queue_job(2, b).undoing);
	db_close(loader);
}

static void
who_cancels_a_job_whose_row_stays_locked_does_not_wait_for_it(void **state)
{
	int64_t id = queue_request(1, "a");
	struct db *loader = fixture_open(DB_ROLE_JOBS);
	struct err e;

	(void)state;
	queue_claim("w1");
	assert_ok(db_begin(loader, &e), &e);
	assert_ok(job_complete(loader, id, "w1", &counts, "", &e), &e);
	assert_int_equal(job_cancel(queue_web, 1, id, "ben@example.org", &e), -1);
	assert_int_equal(e.kind, ERR_DB_RETRY);
	db_rollback(loader);
	assert_int_equal(cancel(1, id), 1);
	db_close(loader);
}

/* --- files --- */

static int
destroy_but_b(void *ctx, const char *spool_name)
{
	char *seen = ctx;
	size_t len = strlen(seen);

	snprintf(seen + len, 20 - len, "%s", spool_name);
	return strcmp(spool_name, "b") == 0 ? -1 : 0;
}

static void
the_file_of_an_ended_job_is_destroyed_once(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(1, "b"), c = queue_request(3, "c");
	char seen[20] = "";
	struct err e;

	(void)state;
	cancel(1, a);
	cancel(1, b);
	assert_int_equal(cancel(3, queue_request_kind(3, "there", "d", JOB_IMPORT)), 1);
	assert_ok(job_destroy_files(queue_jobs, "here", destroy_but_b, seen, &e), &e);
	assert_string_equal(seen, "ab");
	assert_audit(a, "1 cancelled by ben@example.org,1 key_destroyed,1 file_destroyed");
	assert_audit(b, "1 cancelled by ben@example.org,1 key_destroyed");
	assert_ok(job_destroy_files(queue_jobs, "here", destroy_but_b, seen, &e), &e);
	assert_string_equal(seen, "abb");
	assert_ok(job_file_destroyed(queue_jobs, b, &e), &e);
	assert_ok(job_file_destroyed(queue_jobs, b, &e), &e);
	assert_audit(b, "1 cancelled by ben@example.org,1 key_destroyed,1 file_destroyed");
	assert_audit(c, "");
}

/* --- who is told --- */

static void
every_end_is_told_once_to_whom_it_concerns(void **state)
{
	int64_t done = queue_request(1, "a"), failed = queue_request(2, "b"), cancelled = queue_request(3, "c");
	char expected[500];
	struct err e;

	(void)state;
	fixture_sql("UPDATE job SET notify_admin = 1");
	fixture_sql("INSERT INTO account VALUES (1, 'one', UTC_TIMESTAMP(3)), (2, 'two', UTC_TIMESTAMP(3))");
	assert_ok(webhook_set(queue_web, 2, "https://hook.example.org/", "sealed", 6, &e), &e);
	queue_claim("w1");
	queue_claim("w2");
	complete(done, "w1");
	assert_int_equal(job_fail(queue_jobs, failed, "w2", &counts, "Broken.", "op@example.org, op@example.org,\tops@example.org ",
	    &e), 1);
	assert_int_equal(job_fail(queue_jobs, failed, "w2", &counts, "Broken.", "op@example.org", &e), 0);
	assert_int_equal(cancel(3, cancelled), 1);
	snprintf(expected, sizeof(expected), "%" PRId64 " admin_mail ann@example.org,%" PRId64 " operator_mail op@example.org,"
	    "%" PRId64 " operator_mail ops@example.org,%" PRId64 " admin_mail ann@example.org,%" PRId64 " webhook ,"
	    "%" PRId64 " admin_mail ann@example.org", done, failed, failed, failed, failed, cancelled);
	assert_messages(expected);
	assert_audit(done, "1 job_completed,1 key_destroyed");
	assert_audit(failed, "2 job_failed,2 key_destroyed");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'job_failed' AND detail = 'Broken.'"), 1);
}

static void
an_end_that_was_rolled_back_is_told_to_nobody(void **state)
{
	int64_t id = queue_request(1, "a");
	struct err e;

	(void)state;
	queue_claim("w1");
	assert_ok(db_begin(queue_jobs, &e), &e);
	assert_ok(job_complete(queue_jobs, id, "w1", &counts, "", &e), &e);
	db_rollback(queue_jobs);
	assert_messages("");
	assert_audit(id, "");
}

static void
an_admin_who_wants_no_mail_gets_none(void **state)
{
	bool wanted = false;
	struct err e;

	(void)state;
	fixture_sql("INSERT INTO admin (user_id, account_id, email, password_hash, created_at) "
	    "VALUES (3, 1, 'ann@example.org', '', UTC_TIMESTAMP(3))");
	assert_ok(admin_notify_get(queue_web, 3, &wanted, &e), &e);
	assert_true(wanted);
	assert_ok(admin_notify_set(queue_web, 3, false, &e), &e);
	assert_ok(admin_notify_get(queue_web, 3, &wanted, &e), &e);
	assert_false(wanted);
	assert_int_equal(cancel(1, queue_request(1, "a")), 1);
	assert_messages("");
	assert_ok(admin_notify_set(queue_web, 3, true, &e), &e);
	assert_int_equal(cancel(1, queue_request(1, "b")), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox"), 1);
	assert_int_equal(admin_notify_get(queue_web, 4, &wanted, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_account_with_many_jobs_keeps_nobody_waiting, fixture_empty),
		cmocka_unit_test_setup(each_machine_runs_the_jobs_whose_files_it_holds, fixture_empty),
		cmocka_unit_test_setup(a_job_that_waits_is_cancelled_at_once, fixture_empty),
		cmocka_unit_test_setup(the_next_job_waits_until_a_cancelled_one_is_undone, fixture_empty),
		cmocka_unit_test_setup(an_export_that_is_cancelled_has_nothing_to_undo, fixture_empty),
		cmocka_unit_test_setup(a_finished_job_cannot_be_cancelled, fixture_empty),
		cmocka_unit_test_setup(who_cancels_while_a_job_commits_is_told_that_it_ended, fixture_empty),
		cmocka_unit_test_setup(two_admins_who_cancel_at_once_cancel_once, fixture_empty),
		cmocka_unit_test_setup(what_a_dead_worker_had_to_undo_ends_with_its_lease_or_by_name, fixture_empty),
		cmocka_unit_test_setup(a_dead_job_whose_row_is_locked_keeps_no_other_waiting, fixture_empty),
		cmocka_unit_test_setup(undoing_that_ends_waits_for_no_row_of_another_job, fixture_empty),
		cmocka_unit_test_setup(who_cancels_a_job_whose_row_stays_locked_does_not_wait_for_it, fixture_empty),
		cmocka_unit_test_setup(the_file_of_an_ended_job_is_destroyed_once, fixture_empty),
		cmocka_unit_test_setup(every_end_is_told_once_to_whom_it_concerns, fixture_empty),
		cmocka_unit_test_setup(an_end_that_was_rolled_back_is_told_to_nobody, fixture_empty),
		cmocka_unit_test_setup(an_admin_who_wants_no_mail_gets_none, fixture_empty),
	};

	return cmocka_run_group_tests(tests, queue_start, queue_stop);
}
