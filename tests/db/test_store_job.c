/* Jobs: request, claim, lease, progress, the ends, sweeps and reports, as store/job.h promises. */
#include <pthread.h>

#include "queue.h"

#include "util/clock.h"

#include "store/comment.h"

static void
a_requested_job_has_what_was_asked_for(void **state)
{
	int64_t id = queue_request(1, "s1");
	struct job j = queue_job(1, id);
	char options[JOB_OPTIONS_SIZE];
	struct err e;

	(void)state;
	assert_int_equal(j.account_id, 1);
	assert_int_equal(j.kind, JOB_IMPORT);
	assert_int_equal(j.state, JOB_REQUESTED);
	assert_string_equal(j.source, "disqus");
	assert_string_equal(j.format, "disqus");
	assert_string_equal(j.file_name, "export.xml.gz");
	assert_int_equal(j.file_size, 12345);
	assert_string_equal(j.requested_by, "ann@example.org");
	assert_true(llabs(j.requested_at - clock_now_ms()) < 100000);
	assert_true(j.started_at == CLOCK_UNKNOWN && j.finished_at == CLOCK_UNKNOWN);
	assert_string_equal(j.message, "");
	assert_int_equal(queue_keys(), 1);
	assert_int_equal(job_get(queue_web, 2, id, &j, &e), 0);
	assert_int_equal(job_get(queue_web, 1, id + 1, &j, &e), 0);
	assert_int_equal(job_get_options(queue_web, 1, id, options, &e), 1);
	assert_string_equal(options, "a=1\nb=2");
	assert_int_equal(job_get_options(queue_web, 2, id, options, &e), 0);
}

static void
a_request_whose_key_cannot_be_stored_leaves_no_job(void **state)
{
	const struct job_request r = { .account_id = 1, .requested_by = "", .source = "", .format = "", .options = "",
	    .file_name = "", .node = "here", .spool_name = "s1", .sealed_key = queue_sealed_key, .sealed_key_size = 1 };
	struct err e;
	int64_t id;

	(void)state;
	queue_request(1, "s1");
	assert_int_equal(job_request_add(queue_web, &r, &id, &e), -1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job"), 1);
}

static void
a_long_file_name_is_cut_at_a_character(void **state)
{
	char name[601] = "";
	struct job_request r = { .account_id = 1, .requested_by = "", .source = "", .format = "", .options = "",
	    .file_name = name, .node = "here", .spool_name = "s1", .sealed_key = queue_sealed_key, .sealed_key_size = 1 };
	struct err e;
	int64_t id;
	int i;

	(void)state;
	for (i = 0; i < 600; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	assert_ok(job_request_add(queue_web, &r, &id, &e), &e);
	assert_int_equal(strlen(queue_job(1, id).file_name), 254);
}

struct seen {
	int	n, stop_at;
	int64_t	ids[10];
};

static int
see_job(void *ctx, const struct job *j, struct err *e)
{
	struct seen *s = ctx;

	s->ids[s->n++] = j->job_id;
	return s->n == s->stop_at ? err_set(e, ERR_LIMIT, "enough") : 0;
}

static void
an_account_sees_its_own_jobs_newest_first(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(1, "b"), c = queue_request(1, "c");
	struct seen s = { 0 };
	struct err e;

	(void)state;
	queue_request(2, "d");
	queue_request_kind(1, "here", "e", JOB_EXPORT);
	assert_ok(job_each(queue_web, 1, JOB_IMPORT, 0, 10, see_job, &s, &e), &e);
	assert_int_equal(s.n, 3);
	assert_true(s.ids[0] == c && s.ids[1] == b && s.ids[2] == a);
	s = (struct seen){ 0 };
	assert_ok(job_each(queue_web, 1, JOB_IMPORT, 0, 2, see_job, &s, &e), &e);
	assert_int_equal(s.n, 2);
	s = (struct seen){ .stop_at = 1 };
	assert_int_equal(job_each(queue_web, 1, JOB_IMPORT, 0, 10, see_job, &s, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_int_equal(s.n, 1);
	assert_int_equal(queue_job(1, a).job_id, a);
}

static void
a_claim_takes_the_oldest_job_of_its_node_with_its_key(void **state)
{
	struct job_claim c;
	struct err e;
	int64_t id;

	(void)state;
	assert_int_equal(job_claim(queue_jobs, "here", "w1", 30, &c, &e), 0);
	queue_request_kind(1, "elsewhere", "s0", JOB_IMPORT);
	id = queue_request(2, "s1");
	queue_request(3, "s2");
	assert_int_equal(job_claim(queue_jobs, "here", "w1", 30, &c, &e), 1);
	assert_int_equal(c.job.job_id, id);
	assert_int_equal(c.job.state, JOB_RUNNING);
	assert_int_equal(c.job.account_id, 2);
	assert_true(c.job.started_at != CLOCK_UNKNOWN);
	assert_string_equal(c.options, "a=1\nb=2");
	assert_string_equal(c.spool_name, "s1");
	assert_int_equal(c.sealed_key_size, sizeof(queue_sealed_key));
	assert_memory_equal(c.sealed_key, queue_sealed_key, sizeof(queue_sealed_key));
	assert_true(fixture_int("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), lease_until) FROM job WHERE job_id = "
	    "%" PRId64, id) > 0);
	assert_int_equal(queue_job(2, id).state, JOB_RUNNING);
}

static void
one_job_that_writes_runs_per_account(void **state)
{
	int64_t a = queue_request(1, "a"), b, c, d;
	struct job_counts counts = { 0 };
	struct err e;

	(void)state;
	b = queue_request(1, "b");
	c = queue_request(2, "c");
	assert_int_equal(queue_claim("w1"), a);
	assert_int_equal(queue_claim("w2"), c);
	assert_int_equal(queue_claim("w3"), 0);
	d = queue_request_kind(1, "here", "d", JOB_EXPORT);
	assert_int_equal(queue_claim("w3"), d);
	assert_int_equal(job_fail(queue_jobs, a, "w1", &counts, "Broken.", "", &e), 1);
	assert_int_equal(queue_claim("w4"), b);
}

struct claimer {
	char	 worker[20];
	int	 claimed;
	int64_t	 ids[20];
	struct err e;
};

static void *
claim_all(void *ctx)
{
	struct claimer *c = ctx;
	struct job_claim got;
	struct db *db = db_open(fixture_config(DB_ROLE_JOBS), DB_ROLE_JOBS, &c->e);
	int i, r = 0;

	for (i = 0; i < 40 && db != NULL && r != -1; i++)
		if ((r = job_claim(db, "here", c->worker, 30, &got, &c->e)) == 1)
			c->ids[c->claimed++] = got.job.job_id;
	if (db == NULL || r == -1)
		c->claimed = -1;
	db_close(db);
	return NULL;
}

static void
workers_that_claim_at_once_get_each_job_once(void **state)
{
	struct claimer c[4] = { { .worker = "w0" }, { .worker = "w1" }, { .worker = "w2" }, { .worker = "w3" } };
	pthread_t thread[4];
	int64_t account;
	char name[20];
	int i, claimed = 0;

	(void)state;
	/* Two jobs for each of ten accounts: one of each pair may run. */
	for (account = 1; account <= 10; account++)
		for (i = 0; i < 2; i++) {
			snprintf(name, sizeof(name), "s%d-%d", (int)account, i);
			queue_request(account, name);
		}
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, claim_all, &c[i]), 0);
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		if (c[i].claimed == -1)
			fail_msg("%s", c[i].e.msg);
		claimed += c[i].claimed;
	}
	/* What a lost race left is there for the next round. */
	while (queue_claim("last") != 0)
		claimed++;
	assert_int_equal(claimed, 10);
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT account_id) FROM job WHERE state = 'running'"), 10);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job WHERE state = 'running'"), 10);
}

static void
progress_is_for_the_worker_that_holds_the_job(void **state)
{
	const struct job_counts counts = { .bytes_read = 100, .comments_read = 7, .created = 4, .updated = 1,
	    .unchanged = 1, .skipped = 1 };
	int64_t id = queue_request(1, "a");
	struct job j;
	struct err e;

	(void)state;
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 0);
	queue_claim("w1");
	fixture_sql("UPDATE job SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR");
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 1);
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 1);
	assert_int_equal(fixture_int("SELECT lease_until > UTC_TIMESTAMP(3) FROM job"), 1);
	assert_int_equal(job_progress(queue_jobs, id, "w2", 30, &counts, &e), 0);
	j = queue_job(1, id);
	assert_int_equal(j.counts.bytes_read, 100);
	assert_int_equal(j.counts.comments_read, 7);
	assert_int_equal(j.counts.created, 4);
	fixture_sql("UPDATE job SET state = 'cancelled'");
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 0);
}

static void
completed_comes_with_the_callers_transaction(void **state)
{
	const struct job_counts counts = { .bytes_read = 100, .comments_read = 10, .created = 4, .updated = 3,
	    .unchanged = 2, .skipped = 1 };
	int64_t id = queue_request(1, "a");
	struct job j;
	struct err e;

	(void)state;
	queue_claim("w1");
	assert_ok(db_begin(queue_jobs, &e), &e);
	assert_ok(job_complete(queue_jobs, id, "w1", &counts, "Done.", &e), &e);
	db_rollback(queue_jobs);
	assert_int_equal(queue_job(1, id).state, JOB_RUNNING);
	assert_int_equal(queue_keys(), 1);
	assert_ok(db_begin(queue_jobs, &e), &e);
	assert_int_equal(job_complete(queue_jobs, id, "w2", &counts, "Done.", &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
	assert_ok(job_complete(queue_jobs, id, "w1", &counts, "Done.", &e), &e);
	assert_ok(db_commit(queue_jobs, &e), &e);
	j = queue_job(1, id);
	assert_int_equal(j.state, JOB_COMPLETED);
	assert_true(j.finished_at != CLOCK_UNKNOWN);
	assert_string_equal(j.message, "Done.");
	assert_int_equal(j.counts.created + j.counts.updated + j.counts.unchanged + j.counts.skipped,
	    j.counts.comments_read);
	assert_int_equal(queue_keys(), 0);
	assert_int_equal(job_complete(queue_jobs, id, "w1", &counts, "Done.", &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
	assert_int_equal(job_fail(queue_jobs, id, "w1", &counts, "Too late.", "", &e), 0);
	assert_int_equal(queue_job(1, id).state, JOB_COMPLETED);
}

static void
a_failed_job_says_how_far_it_came_and_created_nothing(void **state)
{
	const struct job_counts counts = { .bytes_read = 100, .comments_read = 10, .created = 4, .updated = 3,
	    .unchanged = 2, .skipped = 1 };
	int64_t id = queue_request(1, "a");
	char message[2000];
	struct job j;
	struct err e;

	(void)state;
	queue_claim("w1");
	assert_int_equal(job_progress(queue_jobs, id, "w1", 30, &counts, &e), 1);
	assert_int_equal(job_fail(queue_jobs, id, "w2", &counts, "Not mine.", "", &e), 0);
	memset(message, 'm', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	assert_int_equal(job_fail(queue_jobs, id, "w1", &counts, message, "", &e), 1);
	j = queue_job(1, id);
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.counts.bytes_read, 100);
	assert_int_equal(j.counts.comments_read, 10);
	assert_int_equal(j.counts.created + j.counts.updated + j.counts.unchanged + j.counts.skipped, 0);
	assert_true(j.finished_at != CLOCK_UNKNOWN);
	assert_int_equal(strlen(j.message), sizeof(j.message) - 1);
	assert_int_equal(queue_keys(), 0);
	assert_int_equal(job_fail(queue_jobs, id, "w1", &counts, "Again.", "", &e), 0);
}

struct dead {
	int	n;
	int64_t	ids[10];
};

static void
see_dead(void *ctx, int64_t job_id)
{
	struct dead *d = ctx;

	d->ids[d->n++] = job_id;
}

static void
a_job_whose_lease_is_over_is_failed_by_anyone(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(2, "b");
	struct dead d = { 0 };
	struct err e;

	(void)state;
	queue_claim("w1");
	queue_claim("w2");
	assert_int_equal(job_fail_dead(queue_jobs, NULL, NULL, false, "Interrupted.", "", see_dead, &d, &e), 0);
	fixture_sql("UPDATE job SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND, created = 5 WHERE job_id = "
	    "%" PRId64, b);
	assert_int_equal(job_fail_dead(queue_jobs, "elsewhere", NULL, false, "Interrupted.", "", see_dead, &d, &e), 0);
	assert_int_equal(job_fail_dead(queue_jobs, NULL, "w1", false, "Interrupted.", "", see_dead, &d, &e), 0);
	assert_int_equal(job_fail_dead(queue_jobs, NULL, NULL, false, "Interrupted.", "", see_dead, &d, &e), 1);
	assert_true(d.n == 1 && d.ids[0] == b);
	assert_int_equal(queue_job(1, a).state, JOB_RUNNING);
	assert_int_equal(queue_job(2, b).state, JOB_FAILED);
	assert_int_equal(queue_job(2, b).counts.created, 0);
	assert_string_equal(queue_job(2, b).message, "Interrupted.");
	assert_int_equal(queue_keys(), 1);
}

static void
a_dead_worker_or_a_whole_node_is_failed_by_force(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(2, "b"), c = queue_request(3, "c");
	struct dead d = { 0 };
	struct err e;

	(void)state;
	queue_request(4, "waiting");
	queue_claim("w1");
	queue_claim("w2");
	queue_claim("w3");
	assert_int_equal(job_fail_dead(queue_jobs, "here", "w2", true, "Interrupted.", "", see_dead, &d, &e), 1);
	assert_true(d.n == 1 && d.ids[0] == b);
	assert_int_equal(job_fail_dead(queue_jobs, "elsewhere", NULL, true, "Interrupted.", "", see_dead, &d, &e), 0);
	assert_int_equal(job_fail_dead(queue_jobs, "here", NULL, true, "Interrupted.", "", see_dead, &d, &e), 2);
	assert_true(d.n == 3 && d.ids[1] == a && d.ids[2] == c);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job WHERE state = 'requested'"), 1);
}

static int
exists_but_b(void *ctx, const char *spool_name)
{
	++*(int *)ctx;
	return strcmp(spool_name, "b") != 0;
}

static void
a_waiting_job_without_its_file_is_failed(void **state)
{
	int64_t a = queue_request(1, "a"), b = queue_request(1, "b");
	int asked = 0;
	struct err e;

	(void)state;
	queue_request_kind(1, "elsewhere", "c", JOB_IMPORT);
	assert_ok(job_fail_lost_files(queue_jobs, "here", "", exists_but_b, &asked, &e), &e);
	assert_int_equal(asked, 2);
	assert_int_equal(queue_job(1, a).state, JOB_REQUESTED);
	assert_int_equal(queue_job(1, b).state, JOB_FAILED);
	assert_int_equal(queue_keys(), 2);
}

static void
a_spool_file_is_owned_until_its_job_is_over(void **state)
{
	struct job_counts counts = { 0 };
	int64_t id = queue_request(1, "a");
	struct err e;

	(void)state;
	assert_int_equal(job_spool_owned(queue_jobs, "here", "a", &e), 1);
	assert_int_equal(job_spool_owned(queue_jobs, "elsewhere", "a", &e), 0);
	assert_int_equal(job_spool_owned(queue_jobs, "here", "b", &e), 0);
	queue_claim("w1");
	assert_int_equal(job_spool_owned(queue_jobs, "here", "a", &e), 1);
	assert_int_equal(job_fail(queue_jobs, id, "w1", &counts, "", "", &e), 1);
	assert_int_equal(job_spool_owned(queue_jobs, "here", "a", &e), 0);
}

static int
see_issue(void *ctx, const struct job_issue *i, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, 200 - len, "%s=%d%s ", issue_kinds[i->reason].name, (int)i->count, i->examples);
	return 0;
}

static void
issues_come_back_and_unknown_reasons_are_left_out(void **state)
{
	const struct job_issue missing = { ISSUE_PARENT_MISSING, 3, "[1]" }, duplicate = { ISSUE_DUPLICATE_ID, 2,
	    "[]" };
	char text[200] = "";
	struct err e;

	(void)state;
	assert_ok(job_issue_add(queue_jobs, 7, &missing, &e), &e);
	assert_ok(job_issue_add(queue_jobs, 7, &duplicate, &e), &e);
	assert_ok(job_issue_add(queue_jobs, 8, &duplicate, &e), &e);
	fixture_sql("INSERT INTO job_issue VALUES (7, 'from_the_future', 1, '[]')");
	assert_ok(job_issue_each(queue_web, 7, see_issue, text, &e), &e);
	assert_string_equal(text, "duplicate_id=2[] parent_missing=3[1] ");
}

static int
see_page(void *ctx, const struct job_page *p, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, 200 - len, "%s|%s|%s=%d ", p->page_id, p->page_url, p->page_title, (int)p->comments);
	return 0;
}

static void
the_pages_of_a_job_come_with_the_comments_it_created(void **state)
{
	char text[200] = "";
	struct err e;
	int64_t n;

	(void)state;
	fixture_sql("INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, "
	    "page_title) VALUES (1, REPEAT('a', 16), '', '', 'a', 'a', '/a', 'A'), (1, REPEAT('b', 16), '', '', 'b', "
	    "'b', '/b', 'B'), (2, REPEAT('b', 16), '', '', 'x', 'x', '/x', 'X')");
	fixture_sql("INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, "
	    "external_id, body_html, is_approved, is_spam, is_deleted, source_hash) SELECT 1, seq, LPAD(seq, 16, 'c'), "
	    "REPEAT(IF(seq IN (5, 7), 'a', 'b'), 16), 7, '', '', seq, '', 1, 0, 0, REPEAT('h', 16) FROM seq_1_to_9");
	assert_ok(job_page_fill(queue_jobs, 1, 7, 5, &e), &e);
	assert_ok(job_page_each(queue_web, 1, 7, 10, see_page, text, &e), &e);
	assert_string_equal(text, "b|/b|B=3 a|/a|A=2 ");
	text[0] = '\0';
	assert_ok(job_page_each(queue_web, 1, 7, 1, see_page, text, &e), &e);
	assert_string_equal(text, "b|/b|B=3 ");
	assert_ok(job_page_count(queue_web, 7, &n, &e), &e);
	assert_int_equal(n, 2);
	assert_ok(job_page_count(queue_web, 8, &n, &e), &e);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_requested_job_has_what_was_asked_for, fixture_empty),
		cmocka_unit_test_setup(a_request_whose_key_cannot_be_stored_leaves_no_job, fixture_empty),
		cmocka_unit_test_setup(a_long_file_name_is_cut_at_a_character, fixture_empty),
		cmocka_unit_test_setup(an_account_sees_its_own_jobs_newest_first, fixture_empty),
		cmocka_unit_test_setup(a_claim_takes_the_oldest_job_of_its_node_with_its_key, fixture_empty),
		cmocka_unit_test_setup(one_job_that_writes_runs_per_account, fixture_empty),
		cmocka_unit_test_setup(workers_that_claim_at_once_get_each_job_once, fixture_empty),
		cmocka_unit_test_setup(progress_is_for_the_worker_that_holds_the_job, fixture_empty),
		cmocka_unit_test_setup(completed_comes_with_the_callers_transaction, fixture_empty),
		cmocka_unit_test_setup(a_failed_job_says_how_far_it_came_and_created_nothing, fixture_empty),
		cmocka_unit_test_setup(a_job_whose_lease_is_over_is_failed_by_anyone, fixture_empty),
		cmocka_unit_test_setup(a_dead_worker_or_a_whole_node_is_failed_by_force, fixture_empty),
		cmocka_unit_test_setup(a_waiting_job_without_its_file_is_failed, fixture_empty),
		cmocka_unit_test_setup(a_spool_file_is_owned_until_its_job_is_over, fixture_empty),
		cmocka_unit_test_setup(issues_come_back_and_unknown_reasons_are_left_out, fixture_empty),
		cmocka_unit_test_setup(the_pages_of_a_job_come_with_the_comments_it_created, fixture_empty),
	};

	return cmocka_run_group_tests(tests, queue_start, queue_stop);
}
