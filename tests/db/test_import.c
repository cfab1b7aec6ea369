/*
 * Whole imports, from an encrypted file to rows, through the real reader
 * process and a private MariaDB.  This program is its own reader.
 */
#include "fixture.h"

#include <pthread.h>
#include <signal.h>

#include "util/rnd.h"
#include "util/sb.h"

#include "formats/format.h"
#include "jobs/import.h"
#include "jobs/reader_child.h"

#include "unit/zipping.h"

#define NODE	"test-node"
#define WORKER	"test-node:1:abc"
#define HEAD	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<disqus xmlns=\"http://disqus.com\" " \
		"xmlns:dsq=\"http://disqus.com/disqus-internals\">\n"
#define THREAD(id)	"<thread dsq:id=\"" id "\"><id>page-" id "</id><link>https://site.example/" id "</link>" \
		"<title>Page " id "</title></thread>\n"
#define TAIL	"</disqus>\n"

/* One post: id, its page, what stands for its parent ("" or a <parent> element), its text. */
#define POST(id, thread, parent, body)	"<post dsq:id=\"" id "\"><id/><message><![CDATA[" body "]]></message>" \
		"<createdAt>2020-01-02T03:04:05Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>" \
		"<author><name>Ann</name></author><thread dsq:id=\"" thread "\"/>" parent "</post>\n"
#define PARENT(id)	"<parent dsq:id=\"" id "\"/>"

static char spool_path[] = "/tmp/trasloco-import.XXXXXX";
static char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];
static struct settings settings = { .lease_seconds = 10, .max_unpacked = INT64_C(1) << 32, .reader_memory = 256 << 20 };
static atomic_int stop;
static struct job_context ctx = { .settings = &settings, .worker = WORKER, .stop = &stop };
static struct db *web;
static int64_t account_id;
static const char *options = "", *format = "disqus";	/* of the next job */

/* What the last import said. */
static struct job_counts counts;
static char message[JOB_MESSAGE_SIZE];
static struct err error;

static int
start(void **state)
{
	struct err e;

	if (fixture_start(state) == -1 || mkdtemp(spool_path) == NULL)
		return -1;
	key_generate(public_hex, secret_hex);
	ctx.keys = key_pair_load(public_hex, secret_hex, &e);
	ctx.spool = spool_dir_open(spool_path, &e);
	ctx.loader = fixture_open(DB_ROLE_JOBS);
	ctx.status = fixture_open(DB_ROLE_JOBS);
	web = fixture_open(DB_ROLE_WEB);
	return ctx.keys != NULL && ctx.spool != NULL ? 0 : -1;
}

static int
finish(void **state)
{
	db_close(web);
	db_close(ctx.status);
	db_close(ctx.loader);
	spool_dir_close(ctx.spool);
	key_pair_free((struct key_pair *)ctx.keys);
	rmdir(spool_path);
	return fixture_stop(state);
}

static int
setup(void **state)
{
	atomic_store(&stop, JOB_STOP_NONE);
	options = "";
	format = "disqus";
	assert_ok(db_reopen(ctx.loader, &error), &error);
	fixture_empty(state);
	fixture_sql("INSERT INTO account (name, created_at) VALUES ('test', UTC_TIMESTAMP(3))");
	account_id = fixture_int("SELECT account_id FROM account");
	return 0;
}

/* The file as web leaves it, with its job; claimed. */
static void
enqueue(const char *file, size_t n, struct job_claim *claim)
{
	uint8_t sealed[KEY_SEALED_SIZE];
	struct file_key *key = file_key_new(public_hex, sealed, &error);
	struct spool_writer *w = spool_create(ctx.spool, key, &error);
	struct job_request request = {
		.account_id = account_id, .user_id = 1, .kind = JOB_IMPORT, .requested_by = "ann@site.example",
		.source = format_by_name(format)->source, .format = format, .options = options, .file_name = "export.xml", .file_size = (int64_t)n,
		.node = NODE, .sealed_key = sealed, .sealed_key_size = sizeof(sealed),
	};
	int64_t job_id;

	assert_non_null(w);
	assert_ok(spool_write(w, file, n, &error), &error);
	assert_ok(spool_finish(w, &error), &error);
	request.spool_name = spool_writer_name(w);
	assert_ok(job_request_add(web, &request, &job_id, &error), &error);
	spool_writer_close(w, true);
	file_key_free(key);
	assert_int_equal(job_claim(ctx.status, NODE, WORKER, 10, claim, &error), 1);
	assert_int_equal(claim->job.job_id, job_id);
}

static int
import_bytes(const char *file, size_t n)
{
	struct job_claim claim;
	int result;

	enqueue(file, n, &claim);
	result = import_run(&ctx, &claim, &counts, message, &error);
	if (result == -1)
		assert_true(job_fail(ctx.status, claim.job.job_id, WORKER, &counts, message, "", &error) >= 0);
	assert_ok(spool_unlink(ctx.spool, claim.spool_name, &(struct err){ 0 }), &error);
	return result;
}

static int
import(const char *file)
{
	return import_bytes(file, strlen(file));
}

static void
assert_counts(int64_t created, int64_t updated, int64_t unchanged, int64_t skipped)
{
	if (counts.created != created || counts.updated != updated || counts.unchanged != unchanged ||
	    counts.skipped != skipped || counts.comments_read != created + updated + unchanged + skipped)
		fail_msg("read %d: created %d, updated %d, unchanged %d, skipped %d", (int)counts.comments_read,
		    (int)counts.created, (int)counts.updated, (int)counts.unchanged, (int)counts.skipped);
}

static void
assert_sql(int64_t expected, const char *sql)
{
	int64_t got = fixture_int("%s", sql);

	if (got != expected)
		fail_msg("%s: %" PRId64 " instead of %" PRId64, sql, got, expected);
}

static void
assert_sql_text(const char *expected, const char *sql)
{
	char *got = fixture_text("%s", sql);

	if (got == NULL || strcmp(got, expected) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", sql, got != NULL ? got : "NULL", expected);
	free(got);
}

static void
assert_answers(const char *child, const char *parent)
{
	assert_int_equal(fixture_int("SELECT c.parent_id = p.comment_id FROM comment c, comment p "
	    "WHERE c.external_id = '%s' AND p.external_id = '%s'", child, parent), 1);
}

static const char two_pages[] = HEAD THREAD("1") THREAD("2") THREAD("3") POST("10", "1", "", "first")
    POST("11", "1", PARENT("10"), "answer \xf0\x9f\x98\x80") POST("12", "2", "", "tab\there\\N") TAIL;

static void
an_import_stores_comments_pages_threads_and_report(void **state)
{
	(void)state;
	assert_ok(import(two_pages), &error);
	assert_counts(3, 0, 0, 0);
	assert_int_equal(counts.bytes_read, sizeof(two_pages) - 1);
	assert_sql(3, "SELECT COUNT(*) FROM comment WHERE job_id = (SELECT job_id FROM job)");
	assert_sql_text("10,11,12", "SELECT GROUP_CONCAT(external_id ORDER BY seq) FROM comment");
	assert_answers("11", "10");
	assert_sql_text("answer \xf0\x9f\x98\x80", "SELECT body_html FROM comment WHERE external_id = '11'");
	assert_sql_text("tab\there\\N", "SELECT body_html FROM comment WHERE external_id = '12'");
	assert_sql_text("page-1,page-2", "SELECT GROUP_CONCAT(page_id ORDER BY page_id) FROM page");
	assert_sql_text("completed", "SELECT state FROM job");
	assert_sql_text("3,0,0,0,3",
	    "SELECT CONCAT_WS(',', created, updated, unchanged, skipped, comments_read) FROM job");
	assert_sql(3, "SELECT SUM(comments) FROM job_page");
	assert_sql(0, "SELECT COUNT(*) FROM job_issue");
	assert_sql(0, "SELECT COUNT(*) FROM spool_file");
}

static void
the_same_file_again_changes_nothing(void **state)
{
	(void)state;
	assert_ok(import(two_pages), &error);
	assert_ok(import(two_pages), &error);
	assert_counts(0, 0, 3, 0);
	assert_sql(3, "SELECT COUNT(*) FROM comment");
	assert_sql(0, "SELECT COUNT(*) FROM job_page WHERE job_id = (SELECT MAX(job_id) FROM job)");
}

static void
a_changed_comment_is_updated_and_a_new_one_follows(void **state)
{
	(void)state;
	assert_ok(import(two_pages), &error);
	assert_ok(import(HEAD THREAD("1") THREAD("2") POST("10", "1", "", "edited") POST("13", "2", PARENT("12"), "new")
	    POST("12", "2", "", "tab\there\\N") TAIL), &error);
	assert_counts(1, 1, 1, 0);
	assert_sql_text("edited", "SELECT body_html FROM comment WHERE external_id = '10'");
	assert_sql_text("10,11,12,13", "SELECT GROUP_CONCAT(external_id ORDER BY seq) FROM comment");
	assert_answers("13", "12");
}

static void
the_first_of_two_with_one_id_counts_in_every_import(void **state)
{
	static const char file[] = HEAD THREAD("1") POST("10", "1", "", "first") POST("10", "1", "", "second") TAIL;

	(void)state;
	assert_ok(import(file), &error);
	assert_counts(1, 0, 0, 1);
	assert_sql_text("first", "SELECT body_html FROM comment");
	assert_sql_text("duplicate_id,1", "SELECT CONCAT_WS(',', reason, count) FROM job_issue");
	assert_sql_text("10", "SELECT JSON_VALUE(examples, '$[0].external_id') FROM job_issue");
	assert_ok(import(file), &error);
	assert_counts(0, 0, 1, 1);
	assert_sql_text("first", "SELECT body_html FROM comment");
}

/* More than one batch, every 9,000th post of it the repetition of the first. */
static void
a_repetition_is_found_across_batches(void **state)
{
	struct sb sb;
	int i, repeats = 0;

	(void)state;
	sb_init(&sb, 64 << 20);
	sb_str(&sb, HEAD THREAD("1"));
	for (i = 0; i < 20000; i++) {
		bool repeat = i > 0 && i % 9000 == 0;

		repeats += repeat;
		sb_printf(&sb, "<post dsq:id=\"%d\"><message>m</message><author><name>Ann</name></author>"
		    "<thread dsq:id=\"1\"/></post>\n", repeat ? 100 : 100 + i);
	}
	sb_str(&sb, TAIL);
	assert_true(sb_ok(&sb));
	assert_ok(import_bytes(sb.p, sb.n), &error);
	assert_counts(20000 - repeats, 0, 0, repeats);
	assert_ok(import_bytes(sb.p, sb.n), &error);
	assert_counts(0, 0, 20000 - repeats, repeats);
	assert_sql(20000 - repeats, "SELECT COUNT(*) FROM comment");
	sb_free(&sb);
}

static void
posts_before_their_page_fall_into_their_place(void **state)
{
	(void)state;
	assert_ok(import(HEAD POST("10", "1", "", "early") THREAD("1")
	    POST("11", "1", PARENT("10"), "late") TAIL), &error);
	assert_counts(2, 0, 0, 0);
	assert_sql_text("10,11", "SELECT GROUP_CONCAT(external_id ORDER BY seq) FROM comment");
	assert_sql(1, "SELECT COUNT(*) FROM page");
	assert_sql(1, "SELECT COUNT(*) FROM comment WHERE parent_id IS NOT NULL");
}

static void
missing_parents_are_reported_and_attached_when_they_come(void **state)
{
	(void)state;
	assert_ok(import(HEAD THREAD("1") POST("11", "1", PARENT("10"), "orphan") TAIL), &error);
	assert_sql_text("parent_missing,1", "SELECT CONCAT_WS(',', reason, count) FROM job_issue");
	assert_sql_text("11", "SELECT JSON_VALUE(examples, '$[0].external_id') FROM job_issue");
	assert_sql_text("10", "SELECT parent_external_id FROM comment WHERE parent_id IS NULL");
	assert_ok(import(HEAD THREAD("1") POST("10", "1", "", "parent") TAIL), &error);
	assert_counts(1, 0, 0, 0);
	assert_sql(1, "SELECT COUNT(*) FROM comment WHERE parent_id IS NOT NULL");
}

static void
assert_nothing_left(void)
{
	assert_sql(0, "SELECT COUNT(*) FROM comment");
	assert_sql(0, "SELECT COUNT(*) FROM page");
	assert_sql(0, "SELECT COUNT(*) FROM job_issue");
	assert_sql(0, "SELECT COUNT(*) FROM spool_file");
	assert_sql_text("failed", "SELECT state FROM job");
	assert_sql_text("0,0,0,0", "SELECT CONCAT_WS(',', created, updated, unchanged, skipped) FROM job");
}

static void
a_cut_file_fails_and_says_where_and_imports_nothing(void **state)
{
	(void)state;
	assert_int_equal(import(HEAD THREAD("1") POST("10", "1", "", "x") POST("11", "1", "", "y")
	    "<post dsq:id=\"12\"><mess"), -1);
	assert_int_equal(error.kind, ERR_INPUT);
	assert_nothing_left();
	assert_non_null(strstr(message, "line 6"));
	assert_non_null(strstr(message, "2 complete comments came before that place. Nothing was imported."));
	assert_sql(2, "SELECT comments_read FROM job");
}

static void
what_is_complete_of_a_cut_file_is_imported_if_that_was_asked_for(void **state)
{
	static const char cut[] = HEAD THREAD("1") POST("10", "1", "", "x") POST("11", "1", PARENT("10"), "y")
	    POST("11", "1", "", "again") "<post dsq:id=\"12\"><mess";

	(void)state;
	options = "page_key=identifier\npartial=no\n";
	assert_int_equal(import(cut), -1);
	assert_nothing_left();
	fixture_sql("DELETE FROM job");
	options = "page_key=identifier\npartial=yes\n";
	assert_ok(import(cut), &error);
	assert_counts(2, 0, 0, 1);
	assert_non_null(strstr(message, "line 7"));
	assert_non_null(strstr(message, " 2 complete comments stood before that place and were imported."));
	assert_answers("11", "10");
	assert_sql_text("completed", "SELECT state FROM job");
	assert_sql(1, "SELECT message LIKE '%were imported.' FROM job");
	assert_sql_text("1,11,6", "SELECT CONCAT_WS(',', count, JSON_VALUE(examples, '$[0].external_id'), "
	    "JSON_VALUE(examples, '$[0].line')) FROM job_issue WHERE reason = 'file_broken'");
	assert_ok(import(cut), &error);
	assert_counts(0, 0, 2, 1);
}

#define LINE(source, id, more)	"{\"source\":\"" source "\",\"source_site\":\"\",\"external_id\":\"" id "\"," more \
		"\"page_id\":\"page-1\",\"body_html\":\"from " source "\"}\n"

static void
records_that_say_their_source_keep_it(void **state)
{
	static const char file[] = "{\"trasloco\":1,\"type\":\"header\"}\n" LINE("disqus", "10", "")
	    LINE("muut", "10", "\"extra\":{\"pinned\":true},") LINE("muut", "11", "\"parent_external_id\":\"10\",")
	    LINE("disqus", "10", "");

	(void)state;
	assert_ok(import(two_pages), &error);
	format = "jsonl";
	assert_ok(import(file), &error);
	assert_counts(2, 1, 0, 1);
	assert_sql_text("from disqus", "SELECT body_html FROM comment WHERE source = 'disqus' AND external_id = '10'");
	assert_sql_text("{\"pinned\":true}", "SELECT extra FROM comment WHERE source = 'muut' AND external_id = '10'");
	assert_sql(1, "SELECT c.parent_id = p.comment_id FROM comment c, comment p WHERE c.source = 'muut' AND "
	    "c.external_id = '11' AND p.source = 'muut' AND p.external_id = '10'");
	assert_sql_text("disqus,muut", "SELECT GROUP_CONCAT(source ORDER BY source) FROM page WHERE page_id = 'page-1'");
	assert_ok(import(file), &error);
	assert_counts(0, 0, 3, 1);
}

static void
an_archive_of_several_exports_is_one_import(void **state)
{
	struct sb sb;

	(void)state;
	sb_init(&sb, 1 << 20);
	zip_text(&sb, "1.xml", HEAD POST("10", "1", "", "early") THREAD("1") POST("11", "1", PARENT("20"), "late") TAIL);
	zip_text(&sb, "2.xml", HEAD THREAD("2") POST("20", "2", "", "in the second") POST("10", "2", "", "again") TAIL);
	zip_end(&sb);
	assert_ok(import_bytes(sb.p, sb.n), &error);
	assert_counts(3, 0, 0, 1);
	assert_sql_text("10,11,20", "SELECT GROUP_CONCAT(external_id ORDER BY seq) FROM comment");
	assert_answers("11", "20");
	assert_ok(import_bytes(sb.p, sb.n), &error);
	assert_counts(0, 0, 3, 1);
	sb_free(&sb);
}

static void
a_whole_file_asked_for_in_part_says_nothing(void **state)
{
	(void)state;
	options = "partial=yes\n";
	assert_ok(import(two_pages), &error);
	assert_counts(3, 0, 0, 0);
	assert_string_equal(message, "");
	assert_sql(0, "SELECT COUNT(*) FROM job_issue");
}

static void
nothing_complete_is_nothing_to_import(void **state)
{
	(void)state;
	options = "partial=yes\n";
	assert_int_equal(import(HEAD THREAD("1") "<post dsq:id=\"12\"><mess"), -1);
	assert_nothing_left();
}

static void
a_limit_is_no_broken_file(void **state)
{
	const int64_t max = settings.max_unpacked;
	struct sb sb;
	int i;

	(void)state;
	options = "partial=yes\n";
	sb_init(&sb, 1 << 20);
	sb_str(&sb, HEAD THREAD("1"));
	for (i = 0; i < 2000; i++)
		sb_printf(&sb, "<post dsq:id=\"%d\"><message>m</message><thread dsq:id=\"1\"/></post>\n", i);
	settings.max_unpacked = (int64_t)sb.n - 100;
	assert_int_equal(import_bytes(sb.p, sb.n), -1);
	settings.max_unpacked = max;
	assert_int_equal(error.kind, ERR_LIMIT);
	assert_true(counts.comments_read > 0);
	assert_nothing_left();
	sb_free(&sb);
}

static void
a_file_that_breaks_at_once_speaks_of_no_comments(void **state)
{
	(void)state;
	assert_int_equal(import("<rss></rss>"), -1);
	assert_nothing_left();
	assert_null(strstr(message, "complete"));
	assert_non_null(strstr(message, "Nothing was imported."));
}

static void
a_job_that_was_cancelled_changes_nothing_more(void **state)
{
	struct job_claim claim;

	(void)state;
	enqueue(two_pages, sizeof(two_pages) - 1, &claim);
	fixture_sql("UPDATE job SET state = 'cancelled'");
	assert_int_equal(import_run(&ctx, &claim, &counts, message, &error), -1);
	assert_int_equal(error.kind, ERR_CANCELLED);
	assert_sql(0, "SELECT COUNT(*) FROM comment");
	assert_int_equal(job_fail(ctx.status, claim.job.job_id, WORKER, &counts, message, "", &error), 0);
	assert_sql_text("cancelled", "SELECT state FROM job");
	assert_ok(spool_unlink(ctx.spool, claim.spool_name, &error), &error);
}

static void
a_stop_is_said_in_a_sentence(void **state)
{
	(void)state;
	atomic_store(&stop, JOB_STOP_SHUTDOWN);
	assert_int_equal(import(two_pages), -1);
	assert_non_null(strstr(message, "restart of the service"));
	/* The service ends: the server rolls back when the connection goes. */
	assert_ok(db_reopen(ctx.loader, &error), &error);
	assert_nothing_left();
}

/* The setup opened the loader's connection last: it has the highest number. */
static void
kill_loader(void)
{
	fixture_sql("KILL %" PRId64,
	    fixture_int("SELECT MAX(id) FROM information_schema.processlist WHERE user = 'trasloco_jobs'"));
}

static void
a_connection_that_was_idle_too_long_is_opened_again(void **state)
{
	(void)state;
	kill_loader();
	assert_ok(import(two_pages), &error);
	assert_counts(3, 0, 0, 0);
}

static void
a_damaged_spool_file_fails_the_job(void **state)
{
	struct job_claim claim;
	char path[300];
	FILE *f;

	(void)state;
	enqueue(two_pages, sizeof(two_pages) - 1, &claim);
	snprintf(path, sizeof(path), "%s/%s", spool_path, claim.spool_name);
	assert_non_null(f = fopen(path, "r+b"));
	assert_int_equal(fseek(f, -3, SEEK_END), 0);
	fputc('x', f);
	fputc('x', f);
	fclose(f);
	assert_int_equal(import_run(&ctx, &claim, &counts, message, &error), -1);
	assert_int_equal(error.kind, ERR_CRYPTO);
	assert_int_equal(job_fail(ctx.status, claim.job.job_id, WORKER, &counts, message, "", &error), 1);
	assert_nothing_left();
	assert_ok(spool_unlink(ctx.spool, claim.spool_name, &error), &error);
}

/* --- behind another transaction --- */

static void
pause_a_moment(void)
{
	nanosleep(&(struct timespec){ 0, 200000000L }, NULL);
}

/* A load of many rows of the account that never commits, as a worker leaves it that dies.  Its connection's number. */
static int64_t
leave_a_load(void)
{
	char command[1000];
	int64_t id;

	snprintf(command, sizeof(command), "mariadb --no-defaults --socket=%s --user=root trasloco -e \"START TRANSACTION; "
	    "INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, external_id, body_html, "
	    "is_approved, is_spam, is_deleted, source_hash) SELECT %" PRId64 ", seq, LPAD(seq, 16, 'c'), REPEAT('p', 16), 1, '', '', "
	    "seq, '', 1, 0, 0, REPEAT('h', 16) FROM seq_1_to_100000; SELECT SLEEP(1000)\" >/dev/null 2>&1 &",
	    getenv("TRASLOCO_TEST_SOCKET"), account_id);
	assert_int_equal(system(command), 0);
	while ((id = fixture_int("SELECT MAX(id) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%%'")) == -1)
		pause_a_moment();
	return id;
}

static void
a_killed_load_that_the_server_takes_back_is_waited_out(void **state)
{
	(void)state;
	fixture_sql("SET GLOBAL innodb_lock_wait_timeout = 1");
	assert_ok(db_reopen(ctx.loader, &error), &error);
	fixture_sql("KILL %" PRId64, leave_a_load());
	assert_ok(import(two_pages), &error);
	fixture_sql("SET GLOBAL innodb_lock_wait_timeout = 50");
	assert_counts(3, 0, 0, 0);
	assert_sql(3, "SELECT COUNT(*) FROM comment");
}

struct canceller {
	int64_t		load, job_id;
	int		cancelled;
	char		state[20];
	int64_t		undoing;
	struct err	e;
};

/* While the import waits; meanwhile nobody else uses these connections. */
static void *
cancel_the_waiting(void *arg)
{
	struct canceller *c = arg;
	char *state;

	while (fixture_int("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") == 0)
		pause_a_moment();
	c->cancelled = job_cancel(web, account_id, c->job_id, "ann@site.example", &c->e);
	state = fixture_text("SELECT state FROM job");
	snprintf(c->state, sizeof(c->state), "%s", state);
	free(state);
	c->undoing = fixture_int("SELECT undoing FROM job");
	fixture_sql("KILL %" PRId64, c->load);
	return NULL;
}

static void
a_job_that_waits_for_a_lock_is_cancelled_at_once_and_undone_later(void **state)
{
	struct canceller c = { .load = leave_a_load() };
	struct job_claim claim;
	pthread_t thread;

	(void)state;
	enqueue(two_pages, sizeof(two_pages) - 1, &claim);
	c.job_id = claim.job.job_id;
	assert_int_equal(pthread_create(&thread, NULL, cancel_the_waiting, &c), 0);
	assert_int_equal(import_run(&ctx, &claim, &counts, message, &error), -1);
	pthread_join(thread, NULL);
	assert_int_equal(error.kind, ERR_CANCELLED);
	assert_int_equal(c.cancelled, 1);
	assert_string_equal(c.state, "cancelled");
	assert_int_equal(c.undoing, 1);
	assert_sql(0, "SELECT COUNT(*) FROM comment");
	assert_sql(0, "SELECT COUNT(*) FROM job_page");
	assert_sql(1, "SELECT undoing FROM job");
	assert_int_equal(job_fail(ctx.status, claim.job.job_id, WORKER, &counts, message, "", &error), 0);
	assert_ok(job_undone(ctx.status, claim.job.job_id, WORKER, &error), &error);
	assert_ok(spool_unlink(ctx.spool, claim.spool_name, &error), &error);
	atomic_store(&stop, JOB_STOP_NONE);
	assert_ok(import(two_pages), &error);
	assert_counts(3, 0, 0, 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_import_stores_comments_pages_threads_and_report, setup),
		cmocka_unit_test_setup(the_same_file_again_changes_nothing, setup),
		cmocka_unit_test_setup(a_changed_comment_is_updated_and_a_new_one_follows, setup),
		cmocka_unit_test_setup(the_first_of_two_with_one_id_counts_in_every_import, setup),
		cmocka_unit_test_setup(a_repetition_is_found_across_batches, setup),
		cmocka_unit_test_setup(posts_before_their_page_fall_into_their_place, setup),
		cmocka_unit_test_setup(missing_parents_are_reported_and_attached_when_they_come, setup),
		cmocka_unit_test_setup(a_cut_file_fails_and_says_where_and_imports_nothing, setup),
		cmocka_unit_test_setup(what_is_complete_of_a_cut_file_is_imported_if_that_was_asked_for, setup),
		cmocka_unit_test_setup(records_that_say_their_source_keep_it, setup),
		cmocka_unit_test_setup(an_archive_of_several_exports_is_one_import, setup),
		cmocka_unit_test_setup(a_whole_file_asked_for_in_part_says_nothing, setup),
		cmocka_unit_test_setup(nothing_complete_is_nothing_to_import, setup),
		cmocka_unit_test_setup(a_limit_is_no_broken_file, setup),
		cmocka_unit_test_setup(a_file_that_breaks_at_once_speaks_of_no_comments, setup),
		cmocka_unit_test_setup(a_job_that_was_cancelled_changes_nothing_more, setup),
		cmocka_unit_test_setup(a_stop_is_said_in_a_sentence, setup),
		cmocka_unit_test_setup(a_connection_that_was_idle_too_long_is_opened_again, setup),
		cmocka_unit_test_setup(a_damaged_spool_file_fails_the_job, setup),
		cmocka_unit_test_setup(a_killed_load_that_the_server_takes_back_is_waited_out, setup),
		cmocka_unit_test_setup(a_job_that_waits_for_a_lock_is_cancelled_at_once_and_undone_later, setup),
	};

	if (argc > 0 && strcmp(argv[0], READER_CHILD_NAME) == 0)
		return reader_child_main();
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start, finish);
}
