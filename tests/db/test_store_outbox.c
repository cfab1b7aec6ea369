/* Messages from the outbox to their delivery log, webhooks, and the audit log, as the headers of store/ promise. */
#include <pthread.h>

#include "queue.h"

#include "util/clock.h"

#include "store/audit.h"
#include "store/outbox.h"
#include "store/webhook.h"

/* A failed job of the account with a message to each of the operators. */
static int64_t
fail_job(int64_t account_id, const char *spool_name, const char *operators)
{
	int64_t id = queue_request(account_id, spool_name);
	const struct job_counts counts = { .bytes_read = 9, .comments_read = 4 };
	struct err e;

	fixture_sql("UPDATE job SET notify_admin = 0 WHERE job_id = %" PRId64, id);
	assert_int_equal(queue_claim("w1"), id);
	assert_int_equal(job_fail(queue_jobs, id, "w1", &counts, "Broken.", operators, &e), 1);
	return id;
}

static int
take(enum outbox_lane lane, struct outbox_message *m)
{
	struct err e;
	int r = outbox_take(queue_jobs, lane, (int64_t[OUTBOX_BUSY]){ 0 }, 60, m, &e);

	assert_ok(r, &e);
	return r;
}

static void
done(const struct outbox_message *m, enum outbox_outcome outcome, int seconds, int status, const char *said)
{
	struct err e;

	assert_ok(outbox_done(queue_jobs, m, outcome, seconds, status, said, &e), &e);
}

static void
a_message_comes_with_what_it_is_about(void **state)
{
	struct outbox_message m, n;
	struct err e;
	int64_t id;

	(void)state;
	assert_int_equal(take(OUTBOX_LANE_MAIL, &m), 0);
	fixture_sql("INSERT INTO account VALUES (1, 'Example', UTC_TIMESTAMP(3))");
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/x", "sea\0led", 7, &e), &e);
	id = fail_job(1, "a", "op@example.org");
	/* A line for mails, one for webhooks. */
	assert_int_equal(take(OUTBOX_LANE_MAIL, &m), 1);
	assert_int_equal(take(OUTBOX_LANE_MAIL, &n), 0);
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &n), 1);
	assert_int_equal(m.kind, OUTBOX_OPERATOR_MAIL);
	assert_string_equal(m.recipient, "op@example.org");
	assert_string_equal(m.account_name, "Example");
	assert_int_equal(m.attempts, 1);
	assert_int_equal(m.job.job_id, id);
	assert_int_equal(m.job.state, JOB_FAILED);
	assert_string_equal(m.job.message, "Broken.");
	assert_int_equal(n.kind, OUTBOX_WEBHOOK);
	assert_string_equal(n.recipient, "");
	assert_string_equal(n.url, "https://hook.example.org/x");
	assert_int_equal(n.sealed_secret_size, 7);
	assert_memory_equal(n.sealed_secret, "sea\0led", 7);
	assert_memory_not_equal(m.idempotency_id, n.idempotency_id, sizeof(m.idempotency_id));
	assert_int_equal(take(OUTBOX_LANE_MAIL, &m), 0);
}

static void
a_message_whose_webhook_was_removed_has_no_address(void **state)
{
	struct outbox_message m;
	struct err e;

	(void)state;
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/x", "sealed", 6, &e), &e);
	fail_job(1, "a", "");
	assert_ok(webhook_remove(queue_web, 1, &e), &e);
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &m), 1);
	assert_string_equal(m.url, "");
	assert_int_equal(m.sealed_secret_size, 0);
}

static void
a_message_put_off_comes_again_with_its_id(void **state)
{
	struct outbox_message first, again;

	(void)state;
	fail_job(1, "a", "op@example.org");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &first), 1);
	done(&first, OUTBOX_PUT_OFF, 50, 451, "later");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &again), 0);
	fixture_sql("UPDATE outbox SET due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &again), 1);
	assert_int_equal(again.attempts, 2);
	assert_memory_equal(again.idempotency_id, first.idempotency_id, sizeof(first.idempotency_id));
	done(&again, OUTBOX_SENT, 0, 250, "taken");
	fixture_sql("UPDATE outbox SET due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &again), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox_attempt"), 2);
	assert_int_equal(fixture_int("SELECT status FROM outbox_attempt WHERE delivered = 1"), 250);
	assert_int_equal(fixture_int("SELECT finished_at IS NOT NULL FROM outbox"), 1);
}

/* Whoever took it died, or was slow: somebody else has it meanwhile, and only that one may say what became of it. */
static void
a_message_that_nobody_finished_is_taken_again(void **state)
{
	struct outbox_message slow, quick;

	(void)state;
	fail_job(1, "a", "op@example.org");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &slow), 1);
	fixture_sql("UPDATE outbox SET due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &quick), 1);
	done(&slow, OUTBOX_GIVEN_UP, 0, 0, "slow");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox WHERE state = 'waiting'"), 1);
	done(&quick, OUTBOX_SENT, 0, 250, "quick");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox WHERE state = 'sent'"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox_attempt WHERE said = 'quick'"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox_attempt"), 1);
}

struct taker {
	int		taken;
	struct err	e;
};

static void *
take_all(void *ctx)
{
	struct taker *t = ctx;
	struct db *db = db_open(fixture_config(DB_ROLE_JOBS), DB_ROLE_JOBS, &t->e);
	struct outbox_message m;
	int i, r = 0;

	for (i = 0; i < 40 && db != NULL && r != -1; i++)
		if ((r = outbox_take(db, OUTBOX_LANE_MAIL, (int64_t[OUTBOX_BUSY]){ 0 }, 60, &m, &t->e)) == 1)
			t->taken++;
	if (db == NULL || r == -1)
		t->taken = -1;
	db_close(db);
	return NULL;
}

static void
those_who_take_at_once_get_each_message_once(void **state)
{
	struct taker t[3] = { { 0 } };
	struct outbox_message m;
	pthread_t thread[3];
	int i, taken = 0;

	(void)state;
	for (i = 1; i <= 10; i++)
		fail_job(i, (char[]){ (char)('a' + i), '\0' }, "op@example.org, ops@example.org");
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, take_all, &t[i]), 0);
	for (i = 0; i < 3; i++) {
		pthread_join(thread[i], NULL);
		assert_ok(t[i].taken, &t[i].e);
		taken += t[i].taken;
	}
	while (take(OUTBOX_LANE_MAIL, &m) == 1)
		taken++;
	assert_int_equal(taken, 20);
	assert_int_equal(fixture_int("SELECT MAX(attempts) FROM outbox"), 1);
}

static int
see_entry(void *ctx, const struct outbox_entry *o, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, 200 - len, "%s %d %d %s%s;", o->state, o->attempts, o->last_status, o->last_said,
	    o->last_at == CLOCK_UNKNOWN ? "" : " tried");
	return 0;
}

static void
the_delivery_log_is_the_accounts_own_newest_first(void **state)
{
	struct outbox_message m;
	char text[200] = "";
	struct err e;

	(void)state;
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/1", "sealed", 6, &e), &e);
	assert_ok(webhook_set(queue_web, 2, "https://hook.example.org/2", "sealed", 6, &e), &e);
	fail_job(1, "a", "op@example.org");
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &m), 1);
	done(&m, OUTBOX_GIVEN_UP, 0, 410, "Gone");
	fail_job(1, "b", "");
	fail_job(2, "c", "");
	assert_ok(outbox_each(queue_web, 1, OUTBOX_WEBHOOK, 10, see_entry, text, &e), &e);
	assert_string_equal(text, "waiting 0 0 ;given_up 1 410 Gone tried;");
	text[0] = '\0';
	assert_ok(outbox_each(queue_web, 1, OUTBOX_WEBHOOK, 1, see_entry, text, &e), &e);
	assert_string_equal(text, "waiting 0 0 ;");
}

static void
the_delivery_log_tells_of_the_last_attempt_while_the_next_is_under_way(void **state)
{
	struct outbox_message m;
	char text[200] = "";
	struct err e;

	(void)state;
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/1", "sealed", 6, &e), &e);
	fail_job(1, "a", "");
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &m), 1);
	done(&m, OUTBOX_PUT_OFF, 0, 503, "Later");
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &m), 1);
	assert_ok(outbox_each(queue_web, 1, OUTBOX_WEBHOOK, 10, see_entry, text, &e), &e);
	assert_string_equal(text, "waiting 2 503 Later tried;");
}

static void
an_account_that_is_busy_lets_others_pass(void **state)
{
	const int64_t busy[OUTBOX_BUSY] = { 0, 1 };
	struct outbox_message m;
	struct err e;

	(void)state;
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/1", "sealed", 6, &e), &e);
	assert_ok(webhook_set(queue_web, 2, "https://hook.example.org/2", "sealed", 6, &e), &e);
	fail_job(1, "a", "");
	fail_job(1, "b", "");
	fail_job(2, "c", "");
	assert_int_equal(outbox_take(queue_jobs, OUTBOX_LANE_WEBHOOK, busy, 60, &m, &e), 1);
	assert_int_equal(m.job.account_id, 2);
	assert_int_equal(outbox_take(queue_jobs, OUTBOX_LANE_WEBHOOK, busy, 60, &m, &e), 0);
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &m), 1);
}

static void
a_webhook_is_set_replaced_and_removed(void **state)
{
	struct webhook w;
	struct err e;

	(void)state;
	assert_int_equal(webhook_get(queue_web, 1, &w, &e), 0);
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/1", "sealed", 6, &e), &e);
	assert_ok(webhook_set(queue_web, 1, "https://hook.example.org/2", "again", 5, &e), &e);
	assert_int_equal(webhook_get(queue_web, 1, &w, &e), 1);
	assert_string_equal(w.url, "https://hook.example.org/2");
	assert_true(llabs(w.created_at - clock_now_ms()) < 100000);
	assert_int_equal(webhook_get(queue_web, 2, &w, &e), 0);
	assert_int_equal(fixture_int("SELECT LENGTH(sealed_secret) FROM webhook"), 5);
	assert_ok(webhook_remove(queue_web, 1, &e), &e);
	assert_int_equal(webhook_get(queue_web, 1, &w, &e), 0);
}

struct trail {
	char	text[300];
	int64_t	last;
};

static int
see_audit(void *ctx, const struct audit_entry *a, struct err *e)
{
	struct trail *t = ctx;
	size_t len = strlen(t->text);

	(void)e;
	snprintf(t->text + len, sizeof(t->text) - len, "%d %s %s %d %.20s;", (int)a->account_id, a->actor, a->action,
	    (int)a->job_id, a->detail);
	t->last = a->audit_id;
	return 0;
}

static void
the_audit_log_is_read_newest_first_in_pages(void **state)
{
	struct db *migrate = fixture_open(DB_ROLE_MIGRATE);
	struct trail t = { "", 0 };
	struct err e;

	(void)state;
	assert_ok(audit_add(queue_web, 1, "ann@example.org", AUDIT_SIGNED_IN, 0, "", &e), &e);
	assert_ok(audit_add(queue_web, 2, "ben@example.org", AUDIT_SIGNED_IN, 0, "", &e), &e);
	assert_ok(audit_add(queue_web, 1, "ann@example.org", AUDIT_UPLOADED, 7, "x.xml", &e), &e);
	assert_ok(audit_add(queue_jobs, 1, "", AUDIT_FILE_DESTROYED, 7, "", &e), &e);
	assert_ok(audit_each(queue_web, 1, 0, 2, see_audit, &t, &e), &e);
	assert_string_equal(t.text, "1  file_destroyed 7 ;1 ann@example.org uploaded 7 x.xml;");
	t.text[0] = '\0';
	assert_ok(audit_each(queue_web, 1, t.last, 2, see_audit, &t, &e), &e);
	assert_string_equal(t.text, "1 ann@example.org signed_in 0 ;");
	t.text[0] = '\0';
	assert_ok(audit_each(migrate, 0, 0, 100, see_audit, &t, &e), &e);
	assert_non_null(strstr(t.text, "2 ben@example.org signed_in"));
	assert_int_equal(audit_add_job(queue_jobs, 12345, AUDIT_JOB_FAILED, "no such job", &e), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit"), 4);
	db_close(migrate);
}

static void
long_details_of_the_audit_log_are_cut_at_a_character(void **state)
{
	char detail[1001] = "";
	struct err e;
	int i;

	(void)state;
	for (i = 0; i < 1000; i += 2)
		memcpy(detail + i, "\xc3\xa9", 2);
	assert_ok(audit_add(queue_web, 1, detail, AUDIT_UPLOADED, 0, detail, &e), &e);
	assert_int_equal(fixture_int("SELECT LENGTH(detail) FROM audit"), 600);
	assert_int_equal(fixture_int("SELECT LENGTH(actor) FROM audit"), 254);
}

/* --- notes --- */

struct read_notes {
	int	n;
	char	last[JOB_NOTE_BYTES + 1];
};

static int
read_note(void *ctx, int64_t at, const char *note, struct err *e)
{
	struct read_notes *r = ctx;

	(void)e;
	assert_true(llabs(at - clock_now_ms()) < 60000);
	r->n++;
	snprintf(r->last, sizeof(r->last), "%s", note);
	return 0;
}

/* Adds a note; whether it is mailed. */
static bool
note(struct db *cli, int64_t job_id, const char *text)
{
	struct job j = queue_job(1, job_id);
	struct err e;
	bool mailed;
	int r = job_note_add(cli, &j, text, &mailed, &e);

	assert_ok(r, &e);
	assert_int_equal(r, 1);
	return mailed;
}

static void
a_note_is_kept_told_of_and_mailed_to_the_admin_who_asked(void **state)
{
	struct db *cli = fixture_open(DB_ROLE_MIGRATE);
	char longest[JOB_NOTE_BYTES + 1] = "";
	struct read_notes notes = { 0 };
	struct outbox_message m;
	struct err e;
	int64_t id;
	size_t i;

	(void)state;
	fixture_sql("INSERT INTO account VALUES (1, 'Example', UTC_TIMESTAMP(3)), (2, 'Other', UTC_TIMESTAMP(3))");
	/* An admin of another account, even under the address of who asked, is nobody to this job; what was chosen about ends does not count. */
	fixture_sql("INSERT INTO admin (user_id, account_id, email, password_hash, created_at) VALUES "
	    "(9, 2, 'ann@example.org', '', UTC_TIMESTAMP(3))");
	id = queue_request(1, "a");
	fixture_sql("UPDATE job SET notify_admin = 0");
	assert_false(note(cli, id, "First."));
	fixture_sql("UPDATE admin SET account_id = 1, email = 'Ann@example.org'");
	for (i = 0; i < JOB_NOTE_BYTES; i += 4)
		memcpy(longest + i, "\xf0\x9f\x8e\x88", 4);
	assert_true(note(cli, id, longest));
	assert_true(note(cli, id, "Third,\nin lines."));
	assert_int_equal(queue_job(1, id).notes, 3);
	assert_ok(job_note_each(queue_web, id, read_note, &notes, &e), &e);
	assert_int_equal(notes.n, 3);
	assert_string_equal(notes.last, "Third,\nin lines.");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'noted' AND actor = 'operator' AND account_id = 1 "
	    "AND job_id = %" PRId64, id), 3);
	/* One mail for each, and nothing else. */
	assert_int_equal(take(OUTBOX_LANE_MAIL, &m), 1);
	assert_int_equal(m.kind, OUTBOX_NOTE_MAIL);
	assert_string_equal(m.recipient, "Ann@example.org");
	assert_string_equal(m.note, longest);
	assert_int_equal(m.job.job_id, id);
	assert_int_equal(take(OUTBOX_LANE_MAIL, &m), 1);
	assert_string_equal(m.note, "Third,\nin lines.");
	assert_int_equal(take(OUTBOX_LANE_MAIL, &m), 0);
	assert_int_equal(take(OUTBOX_LANE_WEBHOOK, &m), 0);
	db_close(cli);
}

static void
a_job_has_so_many_notes_and_no_more(void **state)
{
	struct db *cli = fixture_open(DB_ROLE_MIGRATE);
	int64_t id = queue_request(1, "a"), other = queue_request(1, "b");
	struct err e;
	struct job j;
	bool mailed;
	int i;

	(void)state;
	for (i = 0; i < JOB_NOTES_MAX; i++)
		note(cli, id, "One more.");
	j = queue_job(1, id);
	assert_int_equal(job_note_add(cli, &j, "Too many.", &mailed, &e), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM job_note"), JOB_NOTES_MAX);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM audit WHERE action = 'noted'"), JOB_NOTES_MAX);
	assert_false(note(cli, other, "Of another."));
	db_close(cli);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_message_comes_with_what_it_is_about, fixture_empty),
		cmocka_unit_test_setup(a_message_whose_webhook_was_removed_has_no_address, fixture_empty),
		cmocka_unit_test_setup(a_message_put_off_comes_again_with_its_id, fixture_empty),
		cmocka_unit_test_setup(a_message_that_nobody_finished_is_taken_again, fixture_empty),
		cmocka_unit_test_setup(those_who_take_at_once_get_each_message_once, fixture_empty),
		cmocka_unit_test_setup(the_delivery_log_is_the_accounts_own_newest_first, fixture_empty),
		cmocka_unit_test_setup(the_delivery_log_tells_of_the_last_attempt_while_the_next_is_under_way, fixture_empty),
		cmocka_unit_test_setup(an_account_that_is_busy_lets_others_pass, fixture_empty),
		cmocka_unit_test_setup(a_webhook_is_set_replaced_and_removed, fixture_empty),
		cmocka_unit_test_setup(the_audit_log_is_read_newest_first_in_pages, fixture_empty),
		cmocka_unit_test_setup(a_note_is_kept_told_of_and_mailed_to_the_admin_who_asked, fixture_empty),
		cmocka_unit_test_setup(a_job_has_so_many_notes_and_no_more, fixture_empty),
		cmocka_unit_test_setup(long_details_of_the_audit_log_are_cut_at_a_character, fixture_empty),
	};

	return cmocka_run_group_tests(tests, queue_start, queue_stop);
}
