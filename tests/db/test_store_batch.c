/* A site's run from its first batch to its end, and each batch from its arrival to the answer. */
#include "site.h"

#include "util/clock.h"

#include "store/status.h"

static const struct job_counts two = { .comments_read = 2, .created = 1, .unchanged = 1 };

static struct batch
take(void)
{
	struct batch b;
	struct err e;

	assert_ok(batch_take(queue_jobs, "here", &b, &e), &e);
	return b;
}

static void
store(const struct job_counts *counts)
{
	struct batch b = take();
	struct err e;

	assert_true(b.batch_id > 0);
	assert_ok(batch_done(queue_jobs, &b, counts, "{\"7\":\"ab\"}", 3600, &e), &e);
	assert_ok(db_commit(queue_jobs, &e), &e);
}

static void
assert_result(int64_t batch_id, int status, const char *answer)
{
	char *got = NULL;
	int said = 0;
	struct err e;

	assert_int_equal(batch_result(queue_web, batch_id, false, &said, &got, &e), 1);
	assert_int_equal(said, status);
	assert_string_equal(got, answer);
	free(got);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM batch WHERE batch_id = %" PRId64, batch_id), 0);
}

static int64_t
run_of(const struct integration *site)
{
	return fixture_int("SELECT job_id FROM integration WHERE integration_id = %" PRId64, site->integration_id);
}

/* --- the run --- */

static void
a_run_is_one_job_that_is_running_and_holds_no_worker(void **state)
{
	struct integration site = site_connect("https://blog.example.com/a/", "blog.example.com/a");
	int64_t id = 0, again = 0;
	struct job j;
	struct err e;

	(void)state;
	assert_ok(run_start(queue_web, &site, 3, "ann@example.org", 3600, &id, &e), &e);
	assert_ok(run_start(queue_web, &site, 0, "", 3600, &again, &e), &e);
	assert_int_equal(again, id);
	j = queue_job(1, id);
	assert_int_equal(j.kind, JOB_IMPORT);
	assert_int_equal(j.state, JOB_RUNNING);
	assert_true(j.run);
	assert_string_equal(j.source, "wordpress");
	assert_string_equal(j.format, "wordpress-plugin");
	assert_string_equal(j.file_name, "blog.example.com/a");
	assert_string_equal(j.requested_by, "ann@example.org");
	assert_int_equal(j.integration_id, site.integration_id);
	assert_int_equal(j.comments_total, -1);
	assert_true(j.heard_at == CLOCK_UNKNOWN);
	assert_int_equal(run_of(&site), id);
	assert_int_equal(fixture_int("SELECT worker IS NULL AND lease_until IS NULL AND writing_account IS NULL FROM job"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'run_started' AND actor = 'ann@example.org' "
	    "AND detail = 'https://blog.example.com/a/' AND job_id = %" PRId64, id), 1);
	assert_int_equal(job_fail_dead(queue_jobs, NULL, NULL, true, "Dead.", "", NULL, NULL, &e), 0);
	assert_int_equal(queue_request(1, "file") == queue_claim("w1"), 1);
}

static void
a_run_counts_its_batches_and_ends_with_the_last_one(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t first = site_sends(&site, "a", 3), last;
	char *answer = NULL;
	int status;
	struct job j;
	struct err e;

	(void)state;
	assert_int_equal(batch_result(queue_web, first, false, &status, &answer, &e), 0);
	store(&two);
	assert_result(first, 200, "{\"7\":\"ab\"}");
	j = queue_job(1, run_of(&site));
	assert_int_equal(j.state, JOB_RUNNING);
	assert_int_equal(j.counts.comments_read, 2);
	assert_int_equal(j.comments_total, 5);
	assert_true(j.heard_at != CLOCK_UNKNOWN);
	last = site_sends(&site, "b", 0);
	assert_int_equal(fixture_int("SELECT wants_comments FROM integration"), 1);
	store(&(struct job_counts){ .comments_read = 3, .updated = 1, .unchanged = 1, .skipped = 1 });
	assert_result(last, 200, "{\"7\":\"ab\"}");
	j = queue_job(1, run_of(&site));
	assert_int_equal(j.state, JOB_COMPLETED);
	assert_int_equal(j.counts.comments_read, 5);
	assert_int_equal(j.comments_total, 5);
	assert_int_equal(j.counts.created, 1);
	assert_int_equal(j.counts.updated, 1);
	assert_int_equal(j.counts.unchanged, 2);
	assert_int_equal(j.counts.skipped, 1);
	assert_string_equal(j.message, "");
	assert_int_equal(fixture_int("SELECT received FROM integration"), 5);
	assert_int_equal(fixture_int("SELECT wants_comments FROM integration"), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'job_completed'"), 1);
	assert_int_equal(site_sends(&site, "c", 1) > 0, 1);
	assert_true(run_of(&site) > j.job_id);
}

static void
a_site_without_comments_completes_its_run_and_says_so(void **state)
{
	static const struct job_counts none;
	struct integration site = site_connect("https://a.example", "a.example");

	(void)state;
	site_sends(&site, "a", -1);
	store(&none);
	assert_int_equal(queue_job(1, run_of(&site)).state, JOB_COMPLETED);
	assert_string_equal(queue_job(1, run_of(&site)).message, "The site has no comments.");
	site_sends(&site, "b", 0);
	store(&two);
	site_sends(&site, "c", 0);
	store(&none);
	assert_string_equal(queue_job(1, run_of(&site)).message, "The site had no comments to send that it had not sent before.");
}

static void
a_cancelled_run_keeps_what_came_and_the_site_is_asked_no_more(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	const struct batch_request r = { .integration = &site, .node = "here", .spool_name = "c", .sealed_key = queue_sealed_key,
	    .sealed_key_size = sizeof(queue_sealed_key), .patience_ms = 20000, .silence_seconds = 3600 };
	int64_t waiting, id;
	struct batch b;
	struct job j;
	struct err e;

	(void)state;
	site_sends(&site, "a", 9);
	store(&two);
	waiting = site_sends(&site, "b", 7);
	assert_int_equal(job_cancel(queue_web, 2, run_of(&site), "ben@example.org", &e), 0);
	assert_int_equal(job_cancel(queue_web, 1, run_of(&site), "ben@example.org", &e), 1);
	assert_int_equal(job_cancel(queue_web, 1, run_of(&site), "ben@example.org", &e), 0);
	j = queue_job(1, run_of(&site));
	assert_int_equal(j.state, JOB_CANCELLED);
	assert_false(j.undoing);
	assert_int_equal(j.counts.created, 1);
	assert_string_equal(j.message, "The import was cancelled by ben@example.org. The 2 comments that had come until then were kept.");
	assert_int_equal(fixture_int("SELECT cancelled = 1 AND wants_comments = 0 FROM integration"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'cancelled' AND actor = 'ben@example.org'"), 1);

	assert_int_equal(batch_take(queue_jobs, "here", &b, &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
	assert_int_equal(b.batch_id, waiting);
	assert_string_equal(b.spool_name, "b");
	assert_int_equal(batch_add(queue_web, &r, &id, &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
}

static void
a_run_whose_site_is_silent_fails_and_a_later_batch_has_a_new_one(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	struct job j;
	struct err e;

	(void)state;
	site_sends(&site, "a", 9);
	store(&two);
	assert_int_equal(run_expire(queue_jobs, 48, "", NULL, NULL, &e), 0);
	fixture_sql("UPDATE job SET run_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_int_equal(run_expire(queue_jobs, 48, "op@example.org", NULL, NULL, &e), 1);
	assert_int_equal(run_expire(queue_jobs, 48, "", NULL, NULL, &e), 0);
	j = queue_job(1, run_of(&site));
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.counts.created, 1);
	assert_string_equal(j.message, "The site has sent nothing for 48 hours. The 2 comments that had come until then were kept. "
	    "The next batch that it sends is taken in a new import.");
	assert_int_equal(fixture_int("SELECT wants_comments FROM integration"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox WHERE kind = 'operator_mail'"), 1);
	site_sends(&site, "b", 0);
	store(&two);
	assert_true(run_of(&site) > j.job_id);
	assert_int_equal(queue_job(1, run_of(&site)).state, JOB_COMPLETED);
}

static void
what_a_failed_run_kept_stays_in_the_sum_of_all_imports(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	struct status s;
	struct err e;

	(void)state;
	site_sends(&site, "a", 9);
	store(&two);
	fixture_sql("UPDATE job SET run_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_int_equal(run_expire(queue_jobs, 48, "", NULL, NULL, &e), 1);
	assert_ok(status_read(queue_web, &s, &e), &e);
	assert_int_equal(s.created, 1);
	assert_int_equal(s.leases_over, 0);
}

/* --- the account's one writer --- */

static void
a_batch_and_another_job_of_the_account_never_write_at_once(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t batch = site_sends(&site, "a", 9), file = queue_request(1, "file");
	struct batch b;
	struct err e;

	(void)state;
	assert_int_equal(queue_claim("w1"), file);
	assert_int_equal(batch_take(queue_jobs, "here", &b, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(b.batch_id, batch);
	assert_int_equal(fixture_int("SELECT in_batch FROM job WHERE run_until IS NOT NULL"), 0);
	assert_ok(batch_refuse(queue_jobs, &b, 503, "Later.", &e), &e);
	assert_result(batch, 503, "Later.");
	assert_int_equal(queue_job(1, run_of(&site)).state, JOB_RUNNING);

	fixture_sql("UPDATE job SET state = 'failed' WHERE job_id = %" PRId64, file);
	batch = site_sends(&site, "b", 9);
	store(&two);
	assert_result(batch, 200, "{\"7\":\"ab\"}");
}

static void
batches_of_two_sites_of_an_account_are_stored_one_after_the_other(void **state)
{
	struct integration a = site_connect("https://a.example", "a.example"), b = site_connect("https://b.example", "b.example");
	struct db *second = fixture_open(DB_ROLE_JOBS);
	struct job_writer writer;
	struct batch first, other;
	struct err e;
	int64_t theirs;

	(void)state;
	site_sends(&a, "a", 9);
	theirs = site_sends(&b, "b", 8);
	first = take();
	assert_int_equal(batch_take(second, "here", &other, &e), 0);
	assert_ok(job_writer_get(queue_web, 1, &writer, &e), &e);
	assert_int_equal(writer.job_id, 0);
	assert_ok(batch_done(queue_jobs, &first, &two, "{}", 3600, &e), &e);
	assert_ok(db_commit(queue_jobs, &e), &e);
	assert_int_equal(batch_take(second, "here", &other, &e), 1);
	assert_int_equal(other.batch_id, theirs);
	db_rollback(second);
	db_close(second);
}

static void
two_batches_of_one_run_are_stored_one_after_the_other(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example"), other;
	struct db *second = fixture_open(DB_ROLE_JOBS);
	struct batch b, c;
	struct err e;
	int64_t theirs;

	(void)state;
	site_sends(&site, "a", 9);
	site_sends(&site, "b", 8);
	b = take();
	assert_int_equal(batch_take(second, "here", &c, &e), 0);
	other = site_connect("https://b.example", "b.example");
	fixture_sql("UPDATE integration SET account_id = 2 WHERE integration_id = %" PRId64, other.integration_id);
	other.account_id = 2;
	theirs = site_sends(&other, "c", 0);
	assert_int_equal(batch_take(second, "here", &c, &e), 1);
	assert_int_equal(c.batch_id, theirs);
	assert_int_equal(c.integration.account_id, 2);
	db_rollback(second);
	assert_ok(batch_done(queue_jobs, &b, &two, "{}", 3600, &e), &e);
	assert_ok(db_commit(queue_jobs, &e), &e);
	db_close(second);
}

/* --- the batch --- */

static void
a_batch_is_taken_with_all_that_is_needed_to_store_it(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t batch = site_sends(&site, "a", 7);
	struct batch b = take();
	struct err e;

	(void)state;
	assert_int_equal(b.batch_id, batch);
	assert_int_equal(b.job_id, run_of(&site));
	assert_int_equal(b.remaining, 7);
	assert_int_equal(b.run_read, 0);
	assert_true(b.patience_ms > 0 && b.patience_ms <= 20000);
	assert_string_equal(b.spool_name, "a");
	assert_int_equal(b.sealed_key_size, sizeof(queue_sealed_key));
	assert_memory_equal(b.sealed_key, queue_sealed_key, sizeof(queue_sealed_key));
	assert_int_equal(b.integration.integration_id, site.integration_id);
	assert_int_equal(b.integration.account_id, 1);
	assert_string_equal(b.integration.source, "wordpress");
	assert_string_equal(b.integration.source_site, "a.example");
	db_rollback(queue_jobs);
	assert_int_equal(batch_waits(queue_jobs, "here", &e), 1);
	assert_int_equal(batch_waits(queue_jobs, "there", &e), 0);
	assert_int_equal(job_spool_owned(queue_jobs, "here", "a", &e), 1);
	assert_int_equal(job_spool_owned(queue_jobs, "here", "b", &e), 0);
}

static void
a_batch_whose_time_is_over_is_never_stored(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t batch = site_sends(&site, "a", 7);
	struct batch b = take();
	char *answer = NULL;
	int status;
	struct err e;

	(void)state;
	/* Too late while it is being stored: whoever asks is not kept waiting. */
	assert_int_equal(batch_result(queue_web, batch, true, &status, &answer, &e), 2);
	db_rollback(queue_jobs);
	fixture_sql("UPDATE batch SET give_up_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_ok(db_begin(queue_jobs, &e), &e);
	assert_int_equal(db_run(queue_jobs, SQL_RUN_ENTER, DB_VALUES(db_int(b.job_id)), NULL, NULL, &e), 0);
	assert_int_equal(batch_done(queue_jobs, &b, &two, "{}", 3600, &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
	db_rollback(queue_jobs);
	assert_int_equal(batch_waits(queue_jobs, "here", &e), 0);
	assert_int_equal(take().batch_id, 0);
	assert_int_equal(batch_result(queue_web, batch, true, &status, &answer, &e), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM batch"), 0);
	assert_int_equal(batch_result(queue_web, batch, false, &status, &answer, &e), 0);
	assert_int_equal(queue_job(1, run_of(&site)).counts.comments_read, 0);
}

static void
what_was_stored_in_the_last_moment_is_answered_as_stored(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t batch = site_sends(&site, "a", 7);
	char *answer = NULL;
	int status;
	struct err e;

	(void)state;
	store(&two);
	assert_int_equal(batch_result(queue_web, batch, true, &status, &answer, &e), 1);
	assert_int_equal(status, 200);
	assert_string_equal(answer, "{\"7\":\"ab\"}");
	free(answer);
}

static void
a_batch_of_a_process_that_died_is_there_for_the_next_one(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	struct db *dying = fixture_open(DB_ROLE_JOBS);
	int64_t batch = site_sends(&site, "a", 7), file = queue_request(1, "file");
	struct batch b;
	struct err e;

	(void)state;
	assert_int_equal(batch_take(dying, "here", &b, &e), 1);
	assert_int_equal(take().batch_id, 0);
	assert_int_equal(queue_claim("w1"), 0);
	assert_ok(batch_leave_dead(queue_jobs, &e), &e);
	assert_int_equal(queue_claim("w1"), 0);
	db_close(dying);
	while (fixture_int("SELECT COUNT(*) FROM information_schema.innodb_trx") > 0)
		nanosleep(&(struct timespec){ 0, 200000000L }, NULL);
	assert_int_equal(queue_claim("w1"), 0);
	store(&two);
	assert_result(batch, 200, "{\"7\":\"ab\"}");
	assert_int_equal(queue_claim("w1"), file);
}

static void
a_process_that_died_in_a_batch_keeps_no_other_job_waiting(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t file = queue_request(1, "file");
	struct err e;

	(void)state;
	site_sends(&site, "a", 7);
	take();
	db_rollback(queue_jobs);
	assert_int_equal(queue_claim("w1"), 0);
	assert_ok(batch_leave_dead(queue_jobs, &e), &e);
	assert_int_equal(queue_claim("w1"), file);
}

static void
a_batch_that_is_being_stored_keeps_no_job_of_another_account_waiting(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t theirs;

	(void)state;
	site_sends(&site, "a", 7);
	assert_true(take().batch_id > 0);
	fixture_sql("SET SESSION innodb_lock_wait_timeout = 1");
	fixture_sql("INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, "
	    "started_at, node) VALUES (2, 'import', 'disqus', 'disqus', 'requested', '', 0, '', UTC_TIMESTAMP(3), NULL, 'here')");
	theirs = fixture_int("SELECT MAX(job_id) FROM job");
	fixture_sql("UPDATE job SET state = 'running' WHERE job_id = %" PRId64, theirs);
	db_rollback(queue_jobs);
}

static int
note_name(void *ctx, const char *spool_name)
{
	char *names = ctx;
	size_t n = strlen(names);

	snprintf(names + n, 20 - n, "%s", spool_name);
	return 0;
}

/* In a batch of its own the site says where its page 7 is. */
static void
say_page(const struct integration *site, const char *address)
{
	struct batch b;
	struct err e;

	site_sends(site, "p", 7);
	b = take();
	assert_ok(batch_page(queue_jobs, &b, "7", address, &e), &e);
	assert_ok(batch_done(queue_jobs, &b, &two, "{}", 3600, &e), &e);
	assert_ok(db_commit(queue_jobs, &e), &e);
	fixture_sql("DELETE FROM batch");
}

static void
a_page_that_others_have_commented_on_is_news_once(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");

	(void)state;
	fixture_sql("INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, address) VALUES "
	    "(1, UNHEX(LPAD(1, 32, '0')), 'wordpress', 'a.example', '7', '7', '', 'a.example/own'), "
	    "(1, UNHEX(LPAD(2, 32, '0')), 'disqus', 'forum', 'x', 'x', '', 'a.example/both'), "
	    "(2, UNHEX(LPAD(3, 32, '0')), 'disqus', 'forum', 'x', 'x', '', 'a.example/own')");
	fixture_sql("UPDATE integration SET quiet_from = 1, quiet_until = 2");
	say_page(&site, "a.example/own");
	assert_int_equal(fixture_int("SELECT quiet_until FROM integration"), 2);
	say_page(&site, "a.example/both");
	assert_int_equal(fixture_int("SELECT quiet_from + quiet_until FROM integration"), 0);
	fixture_sql("UPDATE integration SET quiet_from = 1, quiet_until = 2");
	say_page(&site, "a.example/both");
	assert_int_equal(fixture_int("SELECT quiet_until FROM integration"), 2);
}

static void
batches_that_nobody_asked_about_any_more_are_forgotten(void **state)
{
	struct integration site = site_connect("https://a.example", "a.example");
	int64_t old = site_sends(&site, "a", 7);
	char names[20] = "";
	struct err e;

	(void)state;
	site_sends(&site, "b", 7);
	fixture_sql("UPDATE batch SET give_up_at = UTC_TIMESTAMP(3) - INTERVAL 61 SECOND WHERE batch_id = %" PRId64, old);
	assert_ok(batch_sweep(queue_jobs, "there", note_name, names, &e), &e);
	assert_string_equal(names, "");
	assert_ok(batch_sweep(queue_jobs, "here", note_name, names, &e), &e);
	assert_string_equal(names, "a");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM batch"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_run_is_one_job_that_is_running_and_holds_no_worker, fixture_empty),
		cmocka_unit_test_setup(a_run_counts_its_batches_and_ends_with_the_last_one, fixture_empty),
		cmocka_unit_test_setup(a_site_without_comments_completes_its_run_and_says_so, fixture_empty),
		cmocka_unit_test_setup(a_cancelled_run_keeps_what_came_and_the_site_is_asked_no_more, fixture_empty),
		cmocka_unit_test_setup(a_run_whose_site_is_silent_fails_and_a_later_batch_has_a_new_one, fixture_empty),
		cmocka_unit_test_setup(what_a_failed_run_kept_stays_in_the_sum_of_all_imports, fixture_empty),
		cmocka_unit_test_setup(a_batch_and_another_job_of_the_account_never_write_at_once, fixture_empty),
		cmocka_unit_test_setup(batches_of_two_sites_of_an_account_are_stored_one_after_the_other, fixture_empty),
		cmocka_unit_test_setup(two_batches_of_one_run_are_stored_one_after_the_other, fixture_empty),
		cmocka_unit_test_setup(a_batch_is_taken_with_all_that_is_needed_to_store_it, fixture_empty),
		cmocka_unit_test_setup(a_batch_whose_time_is_over_is_never_stored, fixture_empty),
		cmocka_unit_test_setup(what_was_stored_in_the_last_moment_is_answered_as_stored, fixture_empty),
		cmocka_unit_test_setup(a_batch_of_a_process_that_died_is_there_for_the_next_one, fixture_empty),
		cmocka_unit_test_setup(a_process_that_died_in_a_batch_keeps_no_other_job_waiting, fixture_empty),
		cmocka_unit_test_setup(a_batch_that_is_being_stored_keeps_no_job_of_another_account_waiting, fixture_empty),
		cmocka_unit_test_setup(a_page_that_others_have_commented_on_is_news_once, fixture_empty),
		cmocka_unit_test_setup(batches_that_nobody_asked_about_any_more_are_forgotten, fixture_empty),
	};

	return cmocka_run_group_tests(tests, queue_start, queue_stop);
}
