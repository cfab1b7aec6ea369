#include <mysql.h>

#include "fixture.h"

#include "util/rnd.h"

#include "store/migrate.h"

static MYSQL *root;
static struct db_config configs[DB_ROLE__MAX] = {
	[DB_ROLE_WEB] = { .name = "trasloco", .user = "trasloco_web", .password = "test" },
	[DB_ROLE_JOBS] = { .name = "trasloco", .user = "trasloco_jobs", .password = "test" },
	[DB_ROLE_MIGRATE] = { .name = "trasloco", .user = "trasloco_migrate", .password = "test" },
};

static void
run(const char *sql)
{
	if (mysql_query(root, sql) != 0)
		fail_msg("%s: %s", sql, mysql_error(root));
}

void
fixture_sql(const char *fmt, ...)
{
	char sql[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	run(sql);
}

static char *
one_text(const char *sql)
{
	char *text = NULL;
	MYSQL_RES *res;
	MYSQL_ROW row;

	run(sql);
	if ((res = mysql_store_result(root)) == NULL)
		fail_msg("%s: no result", sql);
	if ((row = mysql_fetch_row(res)) != NULL && row[0] != NULL)
		text = strdup(row[0]);
	mysql_free_result(res);
	return text;
}

char *
fixture_text(const char *fmt, ...)
{
	char sql[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	return one_text(sql);
}

int64_t
fixture_int(const char *fmt, ...)
{
	char sql[4096], *text;
	int64_t n = -1;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	if ((text = one_text(sql)) != NULL)
		n = strtoll(text, NULL, 10);
	free(text);
	return n;
}

const struct db_config *
fixture_config(enum db_role role)
{
	return &configs[role];
}

struct db *
fixture_open(enum db_role role)
{
	struct err e;
	struct db *db = db_open(&configs[role], role, &e);

	if (db == NULL)
		fail_msg("%s", e.msg);
	return db;
}

void
fixture_kill_connections(void)
{
	fixture_sql("KILL USER trasloco_web");
	fixture_sql("KILL USER trasloco_jobs");
	fixture_sql("KILL USER trasloco_migrate");
}

static const char *
schema_dir(void)
{
	static char dir[4096];
	const char *top = getenv("top_srcdir");

	snprintf(dir, sizeof(dir), "%s/sql", top != NULL ? top : ".");
	return dir;
}

int
fixture_start(void **state)
{
	const char *socket = getenv("TRASLOCO_TEST_SOCKET");
	struct err e;
	struct db *db;
	int applied, role;

	(void)state;
	if (socket == NULL) {
		fprintf(stderr, "run this through tests/db/with-mariadb\n");
		return -1;
	}
	for (role = 0; role < DB_ROLE__MAX; role++)
		configs[role].socket = socket;
	root = mysql_init(NULL);
	if (rnd_init(&e) == -1 || root == NULL ||
	    mysql_real_connect(root, NULL, "root", NULL, "trasloco", 0, socket, 0) == NULL)
		return -1;
	db = fixture_open(DB_ROLE_MIGRATE);
	assert_ok(migrate_run(db, schema_dir(), &applied, &e), &e);
	db_close(db);
	return 0;
}

int
fixture_stop(void **state)
{
	(void)state;
	mysql_close(root);
	return 0;
}

int
fixture_empty(void **state)
{
	static const char *const tables[] = { "account", "admin", "admin_choice", "session", "page", "comment",
	    "comment_waiting", "job", "spool_file", "job_issue", "job_page", "job_note", "webhook", "outbox", "outbox_attempt", "audit",
	    "integration", "integration_page", "integration_download", "comment_alias", "batch",
	    "move_pair", "move_page", "move_result", "move_example", "copy_order",
	    "api_token" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(tables); i++)
		fixture_sql("DELETE FROM %s", tables[i]);
	return 0;
}
