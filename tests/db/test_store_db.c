/* The connection: roles and grants, rows, lost connections, transactions, migration. */
#include <pthread.h>

#include "fixture.h"

#include "store/account.h"
#include "store/migrate.h"

#define FIRST_FILE	"0008_x.sql"	/* of SCHEMA_FIRST */
#define SECOND_NAME	"0008_y.sql"	/* of the same version */

/* --- opening --- */

static void
each_role_prepares_all_its_statements(void **state)
{
	static const struct db_value nulls[300];
	struct err e;
	struct db *db;
	int id;

	(void)state;
	db_close(fixture_open(DB_ROLE_WEB));
	db_close(fixture_open(DB_ROLE_JOBS));
	/* The third role prepares at first use: with a wrong number of values nothing runs, but it is prepared. */
	db = fixture_open(DB_ROLE_MIGRATE);
	for (id = 0; id < SQL__MAX; id++) {
		if ((sql_statements[id].roles & 1u << DB_ROLE_MIGRATE) == 0)
			continue;
		assert_int_equal(db_run(db, (enum sql)id, nulls, ARRAY_LEN(nulls), NULL, NULL, &e), -1);
		if (e.kind != ERR_BUG || strstr(e.msg, "placeholders") == NULL)
			fail_msg("%s", e.msg);
	}
	db_close(db);
}

static void
a_statement_of_another_role_is_refused(void **state)
{
	struct db *db = fixture_open(DB_ROLE_WEB);
	struct err e;

	(void)state;
	assert_int_equal(db_run(db, SQL_COMMENT_MAX_SEQ, DB_VALUES(db_int(1)), NULL, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	assert_int_equal(db_run(db, SQL_SESSION_REMOVE_OVER, DB_VALUES(db_int(1)), NULL, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	db_close(db);
}

/* Runs what the users themselves could send, past all our tables. */
static void
assert_denied(const char *user, const char *sql)
{
	char command[1000];

	snprintf(command, sizeof(command), "mariadb --no-defaults --socket=%s --user=%s --password=test trasloco -e "
	    "'%s' 2>&1 | grep -q 'command denied'", getenv("TRASLOCO_TEST_SOCKET"), user, sql);
	if (system(command) != 0)
		fail_msg("%s may run: %s", user, sql);
}

static void
the_grants_keep_each_role_to_its_own(void **state)
{
	(void)state;
	assert_denied("trasloco_web", "INSERT INTO comment (seq) VALUES (1)");
	assert_denied("trasloco_web", "UPDATE comment SET body_html = 1");
	assert_denied("trasloco_web", "DELETE FROM comment");
	assert_denied("trasloco_web", "UPDATE page SET page_title = 1");
	assert_denied("trasloco_web", "DELETE FROM job");
	assert_denied("trasloco_web", "UPDATE spool_file SET name = 1");
	assert_denied("trasloco_web", "UPDATE outbox SET state = 2");
	assert_denied("trasloco_web", "DELETE FROM audit");
	assert_denied("trasloco_web", "UPDATE admin SET password_hash = 1");
	assert_denied("trasloco_web", "DELETE FROM api_token");
	assert_denied("trasloco_jobs", "SELECT token_hash FROM api_token");
	assert_denied("trasloco_web", "CREATE TABLE page (a INT)");
	assert_denied("trasloco_jobs", "SELECT password_hash FROM admin");
	assert_denied("trasloco_jobs", "SELECT * FROM session");
	assert_denied("trasloco_jobs", "UPDATE account SET name = 1");
	assert_denied("trasloco_jobs", "SELECT * FROM audit");
	assert_denied("trasloco_jobs", "UPDATE webhook SET url = 1");
	assert_denied("trasloco_jobs", "DELETE FROM comment");
	assert_denied("trasloco_jobs", "DROP TABLE comment_waiting");
	assert_denied("trasloco_jobs", "CREATE TABLE comment (a INT)");
}

static void
assert_config_error(const struct db_config *c, enum db_role role, const char *says)
{
	struct err e;

	assert_null(db_open(c, role, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	if (strstr(e.msg, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.msg, says);
}

static void
what_an_operator_must_put_right_stops_the_start_with_a_clear_line(void **state)
{
	struct db_config c = *fixture_config(DB_ROLE_WEB);
	struct err e;

	(void)state;
	c.password = "wrong";
	assert_config_error(&c, DB_ROLE_WEB, "Access denied");
	c = *fixture_config(DB_ROLE_WEB);
	c.socket = "/nonexistent/sock";
	assert_null(db_open(&c, DB_ROLE_WEB, &e));
	assert_int_equal(e.kind, ERR_DB_LOST);
	/* a missing grant: the web's user in the place of the jobs' */
	assert_config_error(fixture_config(DB_ROLE_WEB), DB_ROLE_JOBS, "SQL_");
	fixture_sql("UPDATE schema_version SET version = version + 100");
	assert_config_error(fixture_config(DB_ROLE_WEB), DB_ROLE_WEB, "newer program");
	fixture_sql("UPDATE schema_version SET version = 7");
	assert_config_error(fixture_config(DB_ROLE_JOBS), DB_ROLE_JOBS, "made by version 0.1");
	fixture_sql("UPDATE schema_version SET version = %d", SCHEMA_VERSION);
	fixture_sql("RENAME TABLE schema_version TO away");
	assert_config_error(fixture_config(DB_ROLE_JOBS), DB_ROLE_JOBS, "trasloco migrate");
	fixture_sql("RENAME TABLE away TO schema_version");
}

/* --- rows --- */

static int
count_text(void *ctx, int64_t account_id, const char *name, int64_t admins)
{
	(void)account_id;
	(void)admins;
	*(size_t *)ctx += strlen(name);
	return 0;
}

static void
a_column_longer_than_its_buffer_comes_whole(void **state)
{
	struct db *db = fixture_open(DB_ROLE_WEB);
	char *got;
	struct err e;

	(void)state;
	fixture_sql("INSERT INTO job_issue (job_id, reason, count, examples) VALUES (7, 'a', 1, 'short')");
	fixture_sql("INSERT INTO job_issue (job_id, reason, count, examples) VALUES (7, 'b', 2, REPEAT('x', 60000))");
	fixture_sql("INSERT INTO job_issue (job_id, reason, count, examples) VALUES (7, 'c', 3, REPEAT('y', 50000))");
	assert_ok(db_query(db, SQL_ISSUE_EACH, DB_VALUES(db_int(7)), &e), &e);
	assert_int_equal(db_next(db, &e), 1);
	assert_string_equal(db_col_text(db, 2), "short");
	assert_int_equal(db_next(db, &e), 1);
	got = strdup(db_col_text(db, 2));
	assert_int_equal(strlen(got), 60000);
	assert_int_equal(strspn(got, "x"), 60000);
	assert_int_equal(db_col_int(db, 1), 2);
	assert_int_equal(db_next(db, &e), 1);
	assert_int_equal(strspn(db_col_text(db, 2), "y"), 50000);
	assert_int_equal(strlen(db_col_text(db, 2)), 50000);
	assert_int_equal(db_next(db, &e), 0);
	free(got);
	db_close(db);
}

static void
one_result_is_open_at_a_time(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	size_t n = 0;
	struct err e;
	int64_t id;

	(void)state;
	assert_ok(account_add(db, "one", &id, &e), &e);
	assert_ok(account_add(db, "two", &id, &e), &e);
	assert_ok(db_query(db, SQL_ACCOUNT_EACH, NULL, 0, &e), &e);
	assert_int_equal(db_next(db, &e), 1);
	assert_int_equal(account_add(db, "three", &id, &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	db_done(db);
	db_done(db);
	assert_int_equal(db_next(db, &e), -1);
	assert_ok(account_each(db, count_text, &n, &e), &e);
	assert_int_equal(n, 6);
	db_close(db);
}

static void
no_error_message_quotes_a_value(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	struct err e;

	(void)state;
	assert_ok(db_run(db, SQL_ACCOUNT_ADD, DB_VALUES(db_text("secret@example.com")), NULL, NULL, &e), &e);
	assert_int_equal(db_run(db, SQL_ACCOUNT_ADD, DB_VALUES(db_text("secret@example.com")), NULL, NULL, &e), -1);
	assert_true(db_duplicate(db));
	assert_null(strstr(e.msg, "secret"));
	assert_int_equal(db_run(db, SQL_ACCOUNT_ADD, DB_VALUES(db_text("secret\xff")), NULL, NULL, &e), -1);
	assert_false(db_duplicate(db));
	assert_int_equal(e.kind, ERR_DB);
	assert_null(strstr(e.msg, "xFF"));
	db_close(db);
}

/* --- lost connections --- */

static void
a_killed_connection_is_lost_until_it_is_opened_again(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	struct err e;
	int64_t id;

	(void)state;
	assert_ok(db_begin(db, &e), &e);
	assert_ok(account_add(db, "lost with the connection", &id, &e), &e);
	fixture_kill_connections();
	assert_int_equal(account_add(db, "second", &id, &e), -1);
	assert_int_equal(e.kind, ERR_DB_LOST);
	assert_true(db_lost(db));
	assert_int_equal(account_add(db, "third", &id, &e), -1);
	assert_int_equal(e.kind, ERR_DB_LOST);
	assert_int_equal(db_commit(db, &e), -1);
	assert_int_equal(e.kind, ERR_DB_LOST);
	db_rollback(db);
	assert_ok(db_reopen(db, &e), &e);
	assert_false(db_lost(db));
	assert_int_equal(account_find(db, "lost with the connection", &id, &e), 0);
	assert_ok(account_add(db, "after", &id, &e), &e);
	db_close(db);
}

static void
a_connection_killed_between_its_rows_is_lost(void **state)
{
	struct db *db = fixture_open(DB_ROLE_WEB);
	struct err e;
	int r;

	(void)state;
	/* More than the socket's buffers hold, so that the server is still at it. */
	fixture_sql("INSERT INTO job_issue (job_id, reason, count, examples) SELECT 7, seq, 1, REPEAT('x', 60000) "
	    "FROM seq_1_to_200");
	assert_ok(db_query(db, SQL_ISSUE_EACH, DB_VALUES(db_int(7)), &e), &e);
	assert_int_equal(db_next(db, &e), 1);
	fixture_kill_connections();
	while ((r = db_next(db, &e)) == 1)
		;
	assert_int_equal(r, -1);
	if (e.kind != ERR_DB_LOST)
		fail_msg("%s", e.msg);
	assert_true(db_lost(db));
	assert_ok(db_reopen(db, &e), &e);
	db_close(db);
}

/* --- transactions --- */

struct locker {
	pthread_barrier_t	*barrier;
	const char		*first, *second;
	int			 tries, result;
	struct err		 e;
};

static int
lock_both(struct db *db, void *ctx, struct err *e)
{
	struct locker *l = ctx;

	if (db_row(db, SQL_ADMIN_LOCK, DB_VALUES(db_text(l->first)), e) == -1)
		return -1;
	db_done(db);
	if (l->tries++ == 0)
		pthread_barrier_wait(l->barrier);
	if (db_row(db, SQL_ADMIN_LOCK, DB_VALUES(db_text(l->second)), e) == -1)
		return -1;
	db_done(db);
	return 5;
}

static void *
lock_in_thread(void *ctx)
{
	struct locker *l = ctx;
	struct db *db = db_open(fixture_config(DB_ROLE_MIGRATE), DB_ROLE_MIGRATE, &l->e);

	l->result = db == NULL ? -1 : db_transaction(db, lock_both, l, &l->e);
	db_close(db);
	return NULL;
}

static void
a_short_transaction_survives_a_deadlock(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	pthread_barrier_t barrier;
	struct locker a = { .barrier = &barrier, .first = "a@example.com", .second = "b@example.com" };
	struct locker b = { .barrier = &barrier, .first = "b@example.com", .second = "a@example.com" };
	pthread_t thread;
	struct err e;
	int64_t id;

	(void)state;
	assert_ok(account_add(db, "A", &id, &e), &e);
	assert_ok(admin_add(db, id, a.first, "", &e), &e);
	assert_ok(admin_add(db, id, b.first, "", &e), &e);
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, lock_in_thread, &a), 0);
	lock_in_thread(&b);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(a.result, 5);
	assert_int_equal(b.result, 5);
	assert_int_equal(a.tries + b.tries, 3);
	db_close(db);
}

static int
add_and_fail(struct db *db, void *ctx, struct err *e)
{
	int64_t id;

	++*(int *)ctx;
	if (account_add(db, "never", &id, e) == -1)
		return -1;
	return err_set(e, ERR_LIMIT, "no more");
}

static void
a_transaction_that_fails_leaves_nothing_and_is_not_repeated(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	int tries = 0;
	struct err e;

	(void)state;
	assert_int_equal(db_transaction(db, add_and_fail, &tries, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_int_equal(tries, 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM account"), 0);
	db_close(db);
}

static void
a_session_is_strict_and_in_utc(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	struct err e;
	char name[1200];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(db_run(db, SQL_ACCOUNT_ADD, DB_VALUES(db_textn(name, sizeof(name))), NULL, NULL, &e), -1);
	fixture_sql("SET GLOBAL time_zone = '+05:00'");
	assert_ok(db_reopen(db, &e), &e);
	assert_ok(db_run(db, SQL_ACCOUNT_ADD, DB_VALUES(db_text("now")), NULL, NULL, &e), &e);
	assert_true(fixture_int("SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP())) FROM account") < 100);
	fixture_sql("SET GLOBAL time_zone = 'SYSTEM'");
	db_close(db);
}

/* --- migration --- */

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
remove_file(const char *dir, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

/* NNNN_x.sql for each version after the first. */
static void
write_files(const char *dir, const char *text)
{
	char name[30];
	int version;

	for (version = SCHEMA_FIRST + 1; version <= SCHEMA_VERSION; version++) {
		snprintf(name, sizeof(name), "%04d_x.sql", version);
		write_file(dir, name, text);
	}
}

static void
remove_files(const char *dir)
{
	char name[30];
	int version;

	for (version = SCHEMA_FIRST; version <= SCHEMA_VERSION; version++) {
		snprintf(name, sizeof(name), "%04d_x.sql", version);
		remove_file(dir, name);
	}
}

static void
migrate_again_applies_nothing(void **state)
{
	struct db *db = fixture_open(DB_ROLE_MIGRATE);
	char dir[] = "/tmp/trasloco-migrate.XXXXXX";
	int applied = -1;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_files(dir, "this is never read;\n");
	write_file(dir, FIRST_FILE, "this is never read;\n");
	assert_ok(migrate_run(db, dir, &applied, &e), &e);
	assert_int_equal(applied, 0);
	remove_files(dir);
	rmdir(dir);
	db_close(db);
}

static void
migrate_applies_the_statements_of_a_file_and_says_where_one_fails(void **state)
{
	struct db_config c = *fixture_config(DB_ROLE_MIGRATE);
	char dir[] = "/tmp/trasloco-migrate.XXXXXX";
	struct err e;
	struct db *db;
	int applied;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fixture_sql("CREATE DATABASE other");
	fixture_sql("GRANT ALL ON other.* TO 'trasloco_migrate'@'localhost'");
	c.name = "other";
	db = db_open(&c, DB_ROLE_MIGRATE, &e);
	assert_non_null(db);
	write_file(dir, "notes.txt", "not a migration");
	assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	write_files(dir, "");
	write_file(dir, "0001_schema.sql", "left there by an older version;\n");
	assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
	assert_non_null(strstr(e.msg, "lacks the migration"));
	write_file(dir, FIRST_FILE, "-- a comment; with a semicolon;\n\nCREATE TABLE a (\n\tx INT -- one; "
	    "two\n);\nCREATE TABEL b;\n");
	assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
	assert_non_null(strstr(e.msg, FIRST_FILE ", statement 2"));
	assert_non_null(strstr(e.msg, "half way"));
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM other.a"), 0);
	write_file(dir, FIRST_FILE, "CREATE TABLE schema_version (version INT, name TEXT, applied_at "
	    "DATETIME(3));\nCREATE TABLE b (y INT)");
	write_file(dir, SECOND_NAME, "");
	assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	remove_file(dir, SECOND_NAME);
	write_file(dir, "0099_y.sql", "");
	assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	remove_file(dir, "0099_y.sql");
	assert_ok(migrate_run(db, dir, &applied, &e), &e);
	assert_int_equal(applied, SCHEMA_FILES);
	assert_int_equal(fixture_int("SELECT MAX(version) FROM other.schema_version"), SCHEMA_VERSION);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM other.b"), 0);
	fixture_sql("UPDATE other.schema_version SET version = 77");
	assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	remove_files(dir);
	remove_file(dir, "notes.txt");
	remove_file(dir, "0001_schema.sql");
	rmdir(dir);
	db_close(db);
	fixture_sql("DROP DATABASE other");
}

/* What 0.1 left there: its own table of versions, at any of its seven. */
static void
a_database_of_version_0_1_is_refused_and_left_as_it_is(void **state)
{
	struct db_config c = *fixture_config(DB_ROLE_MIGRATE);
	const char *top = getenv("top_srcdir");
	int applied, version;
	char dir[4096];
	struct err e;
	struct db *db;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/sql", top != NULL ? top : ".");
	fixture_sql("CREATE DATABASE other");
	fixture_sql("GRANT ALL ON other.* TO 'trasloco_migrate'@'localhost'");
	fixture_sql("CREATE TABLE other.schema_version AS SELECT * FROM schema_version");
	c.name = "other";
	db = db_open(&c, DB_ROLE_MIGRATE, &e);
	assert_non_null(db);
	for (version = 1; version < SCHEMA_FIRST; version++) {
		fixture_sql("UPDATE other.schema_version SET version = %d", version);
		assert_int_equal(migrate_run(db, dir, &applied, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.msg, "made by version 0.1"));
		assert_non_null(strstr(e.msg, "Make a new database"));
		assert_int_equal(applied, 0);
	}
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'other'"), 1);
	db_close(db);
	fixture_sql("DROP DATABASE other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_role_prepares_all_its_statements, fixture_empty),
		cmocka_unit_test_setup(a_statement_of_another_role_is_refused, fixture_empty),
		cmocka_unit_test_setup(the_grants_keep_each_role_to_its_own, fixture_empty),
		cmocka_unit_test_setup(what_an_operator_must_put_right_stops_the_start_with_a_clear_line,
		    fixture_empty),
		cmocka_unit_test_setup(a_column_longer_than_its_buffer_comes_whole, fixture_empty),
		cmocka_unit_test_setup(one_result_is_open_at_a_time, fixture_empty),
		cmocka_unit_test_setup(no_error_message_quotes_a_value, fixture_empty),
		cmocka_unit_test_setup(a_killed_connection_is_lost_until_it_is_opened_again, fixture_empty),
		cmocka_unit_test_setup(a_connection_killed_between_its_rows_is_lost, fixture_empty),
		cmocka_unit_test_setup(a_short_transaction_survives_a_deadlock, fixture_empty),
		cmocka_unit_test_setup(a_transaction_that_fails_leaves_nothing_and_is_not_repeated, fixture_empty),
		cmocka_unit_test_setup(a_session_is_strict_and_in_utc, fixture_empty),
		cmocka_unit_test_setup(migrate_again_applies_nothing, fixture_empty),
		cmocka_unit_test_setup(migrate_applies_the_statements_of_a_file_and_says_where_one_fails,
		    fixture_empty),
		cmocka_unit_test_setup(a_database_of_version_0_1_is_refused_and_left_as_it_is, fixture_empty),
	};

	return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
