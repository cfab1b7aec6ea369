/* The configuration: what a file may say, and how a mistake in it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/config.h"

#include <fcntl.h>
#include <sys/stat.h>

#define NEEDED "base_url = https://comments.example\nspool_public_key = 00ff\n"

static char path[] = "/tmp/test_config.XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd == -1 ? -1 : 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
say(const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static int
load(const char *text, struct settings *s, struct err *e)
{
	say(text, strlen(text));
	return config_load(path, s, e);
}

static void
assert_refused(const char *text, const char *reason)
{
	struct settings s;
	struct err e;

	assert_int_equal(load(text, &s, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	if (strstr(e.msg, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.msg, reason);
}

static void
what_is_not_said_has_sensible_values(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load(NEEDED, &s, &e), 0);
	assert_string_equal(s.base_url, "https://comments.example");
	assert_string_equal(s.db_socket, "/run/mysqld/mysqld.sock");
	assert_string_equal(s.db_name, "trasloco");
	assert_int_equal(s.socket_mode, 0660);
	assert_int_equal(s.pages_workers, 4);
	assert_int_equal(s.transfer_threads, 160);
	assert_int_equal(s.max_upload, (int64_t)4 << 30);
	assert_int_equal(s.max_unpacked, (int64_t)64 << 30);
	assert_int_equal(s.max_ratio, 200);
	assert_int_equal(s.reader_memory, 256 << 20);
	assert_int_equal(s.reader_patience, 120);
	assert_int_equal(s.jobs_parallel, 2);
	assert_int_equal(s.lease_seconds, 10);
	assert_true(s.jobs_spawn);
	assert_true(strlen(s.node) > 0);
	assert_string_equal(strrchr(s.jobs_program, '/'), "/trasloco-jobs");
	assert_string_equal(s.web_user, "");
	assert_string_equal(s.operators, "");
	assert_false(s.smtp_tls_required);
	assert_false(s.webhook_private);
	assert_int_equal(s.notify_retry_seconds, 30);
}

static void
every_kind_of_value_is_understood(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load("# a comment\n\n  base_url=http://[::1]:8080  \r\n" "spool_public_key = 0\n"
	    "max_upload = 500M\nsocket_mode = 600\njobs\t=\texternal\njobs_parallel = 7\n"
	    "db_host = db.example\nnode = a # b = c", &s, &e), 0);
	assert_string_equal(s.base_url, "http://[::1]:8080");
	assert_int_equal(s.max_upload, 500 << 20);
	assert_int_equal(s.socket_mode, 0600);
	assert_false(s.jobs_spawn);
	assert_int_equal(s.jobs_parallel, 7);
	assert_string_equal(s.node, "a # b = c");
	assert_string_equal(s.db_socket, "");
}

static void
a_mistake_names_file_line_and_key(void **state)
{
	char where[64];

	(void)state;
	snprintf(where, sizeof(where), "%s, line 3: ", path);
	assert_refused(NEEDED "speed = 9\n", where);
	assert_refused(NEEDED "speed = 9\n", "\"speed\"");
	assert_refused(NEEDED "base_url = http://x\n", "base_url is said a second time");
	assert_refused(NEEDED "just words\n", "`key = value`");
	assert_refused(NEEDED "pages_workers = 0\n", "pages_workers must be a whole number from 1 to 256");
	assert_refused(NEEDED "pages_workers = 4x\n", "pages_workers");
	assert_refused(NEEDED "max_upload = lots\n", "max_upload must be a size");
	assert_refused(NEEDED "socket_mode = 0980\n", "socket_mode must be octal");
	assert_refused(NEEDED "socket_mode = 06600\n", "socket_mode must be octal");
	assert_refused(NEEDED "jobs = maybe\n", "\"external\" or \"spawn\"");
}

static void
needed_keys_and_contradictions_are_noticed(void **state)
{
	(void)state;
	assert_refused("base_url = http://x\n", "spool_public_key is missing");
	assert_refused("spool_public_key = 0\n", "base_url is missing");
	assert_refused("spool_public_key = 0\nbase_url = ftp://x\n", "base_url must be");
	assert_refused("spool_public_key = 0\nbase_url = https://x/\n", "base_url must be");
	assert_refused(NEEDED "db_socket = /a\ndb_host = b\n", "cannot both");
	assert_refused(NEEDED "web_user = a\n", "web_user and jobs_user");
	assert_refused(NEEDED "pages_socket = /a\ntransfer_socket = /a\n", "must differ");
}

static void
mail_settings_are_checked_together(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load(NEEDED "operators = ops@example.org, a@b.example b@c.example\nmail_from = t@example.org\n"
	    "smtp_url = smtp://mail.example:587\nsmtp_user = t\nsmtp_tls = required\nwebhook_private = yes\n", &s, &e), 0);
	assert_string_equal(s.operators, "ops@example.org, a@b.example b@c.example");
	assert_true(s.operators_said && s.smtp_tls_required && s.webhook_private);
	assert_int_equal(load(NEEDED "mail_from = t@example.org\nsmtp_url = smtp://[::1]:25\nsmtp_user = t\n", &s, &e), 0);
	assert_int_equal(load(NEEDED "mail_from = t@example.org\nsmtp_url = smtps://mail.example\nsmtp_user = t\n", &s, &e), 0);
	assert_refused(NEEDED "operators = ops@example.org, ops\n", "\"ops\" is not an e-mail address");
	assert_refused(NEEDED "mail_from = a@b.example, c@d.example\n", "1 address only");
	assert_refused(NEEDED "smtp_tls = maybe\n", "\"opportunistic\" or \"required\"");
	assert_refused(NEEDED "smtp_url = http://x\nmail_from = a@b.example\n", "smtp_url must be");
	assert_refused(NEEDED "smtp_url = smtp://x/y\nmail_from = a@b.example\n", "smtp_url must be");
	assert_refused(NEEDED "smtp_url = smtp://x\n", "mail_from is missing");
	assert_refused(NEEDED "smtp_url = smtp://x\nmail_from = a@b.example\nsmtp_user = t\n", "smtp_tls = required");
	assert_refused(NEEDED "smtp_url = smtp://127.0.0.1.example\nmail_from = a@b.example\nsmtp_user = t\n", "smtp_tls = required");
	assert_refused(NEEDED "smtp_url = smtp://x\nsendmail = /x\nmail_from = a@b.example\n", "cannot both");
	assert_refused(NEEDED "sendmail = mail\nmail_from = a@b.example\n", "whole path");
}

static void
operators_are_named_or_there_are_none_or_nobody_has_said(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load(NEEDED, &s, &e), 0);
	assert_false(s.operators_said);
	assert_int_equal(load(NEEDED "operators =\n", &s, &e), 0);
	assert_false(s.operators_said);
	assert_int_equal(load(NEEDED "operators = none\n", &s, &e), 0);
	assert_true(s.operators_said);
	assert_string_equal(s.operators, "");
	assert_refused(NEEDED "operators = none, ops@example.org\n", "\"none\" is not an e-mail address");
}

static void
a_contact_is_an_address_that_an_admin_can_use(void **state)
{
	static const char *const good[] = { "help@example.org", "https://example.org/help?a=b", "http://localhost:80" };
	static const char *const bad[] = { "help", "ftp://example.org", "https://", "https:///x", "https://a b", "javascript:alert(1)",
	    "https://ex\303\244mple.org", "a@b.example, c@d.example" };
	char text[200];
	struct settings s;
	struct err e;
	size_t i;

	(void)state;
	assert_int_equal(load(NEEDED "contact =\n", &s, &e), 0);
	assert_string_equal(s.contact, "");
	for (i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(text, sizeof(text), NEEDED "contact = %s\n", good[i]);
		assert_int_equal(load(text, &s, &e), 0);
		assert_string_equal(s.contact, good[i]);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), NEEDED "contact = %s\n", bad[i]);
		assert_refused(text, "contact must be an e-mail address, or a web address");
	}
}

static void
values_too_long_for_their_place_are_refused(void **state)
{
	char text[4096];
	struct settings s;
	struct err e;

	(void)state;
	snprintf(text, sizeof(text), NEEDED "db_socket = /%0106d\n", 0);
	assert_int_equal(load(text, &s, &e), 0);
	snprintf(text, sizeof(text), NEEDED "db_socket = /%0107d\n", 0);
	assert_refused(text, "107 bytes at most");
	snprintf(text, sizeof(text), NEEDED "node = %03000d\n", 0);
	assert_refused(text, "longer than");
	say(NEEDED "node = a\0b\nnode = c\n", sizeof(NEEDED) - 1 + 20);
	assert_int_equal(config_load(path, &s, &e), -1);
	assert_non_null(strstr(e.msg, "NUL byte"));
}

static void
the_environment_names_the_file_when_nobody_else_does(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	say(NEEDED, strlen(NEEDED));
	assert_int_equal(setenv("TRASLOCO_CONFIG", path, 1), 0);
	assert_int_equal(config_load(NULL, &s, &e), 0);
	assert_int_equal(setenv("TRASLOCO_CONFIG", "/nowhere/at/all", 1), 0);
	assert_int_equal(config_load(NULL, &s, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.msg, "/nowhere/at/all"));
	assert_int_equal(unsetenv("TRASLOCO_CONFIG"), 0);
	assert_int_equal(config_load("/tmp", &s, &e), -1);
	assert_non_null(strstr(e.msg, "not a regular file"));
}

static void
a_secret_that_others_can_read_is_refused(void **state)
{
	static const char text[] = "db_user = u\ndb_password = p = #w\n";
	static const mode_t open_modes[] = { 0640, 0604, 0620, 0610 };
	struct role_secret secret;
	struct err e;
	size_t i;

	(void)state;
	say(text, strlen(text));
	for (i = 0; i < ARRAY_LEN(open_modes); i++) {
		assert_int_equal(chmod(path, open_modes[i]), 0);
		assert_int_equal(config_load_secret(path, &secret, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.msg, "chmod 600"));
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(config_load_secret(path, &secret, &e), 0);
	assert_string_equal(secret.db_user, "u");
	assert_string_equal(secret.db_password, "p = #w");
	assert_string_equal(secret.spool_secret_key, "");
}

static void
database_access_goes_by_socket_or_by_host(void **state)
{
	struct role_secret secret = { .db_user = "u", .db_password = "p" };
	struct db_config db;
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load(NEEDED "db_socket = /run/x.sock\n", &s, &e), 0);
	db = config_db(&s, &secret);
	assert_string_equal(db.socket, "/run/x.sock");
	assert_string_equal(db.user, "u");
	assert_int_equal(load(NEEDED "db_host = h\ndb_port = 3307\n", &s, &e), 0);
	db = config_db(&s, &secret);
	assert_null(db.socket);
	assert_string_equal(db.host, "h");
	assert_int_equal(db.port, 3307);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_has_sensible_values),
		cmocka_unit_test(every_kind_of_value_is_understood),
		cmocka_unit_test(a_mistake_names_file_line_and_key),
		cmocka_unit_test(needed_keys_and_contradictions_are_noticed),
		cmocka_unit_test(mail_settings_are_checked_together),
		cmocka_unit_test(operators_are_named_or_there_are_none_or_nobody_has_said),
		cmocka_unit_test(a_contact_is_an_address_that_an_admin_can_use),
		cmocka_unit_test(values_too_long_for_their_place_are_refused),
		cmocka_unit_test(the_environment_names_the_file_when_nobody_else_does),
		cmocka_unit_test(a_secret_that_others_can_read_is_refused),
		cmocka_unit_test(database_access_goes_by_socket_or_by_host),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
