/* What the database tests share: connections of each role, and the server's root to look and to meddle. */
#ifndef TESTS_DB_FIXTURE_H
#define TESTS_DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/db.h"

/* Group setup and teardown: schema in place, root connected. */
int fixture_start(void **state);
int fixture_stop(void **state);

/* Test setup: every table empty but schema_version. */
int fixture_empty(void **state);

/* A connection of a role; fails the test with the reason. */
struct db *fixture_open(enum db_role);

/* The configuration of a role, for tests that open by themselves. */
const struct db_config *fixture_config(enum db_role);

/* SQL as root.  fixture_sql: no result.  fixture_int: one number (-1 for NULL).  fixture_text: one text, for free(). */
void fixture_sql(const char *fmt, ...) PRINTF(1, 2);
int64_t fixture_int(const char *fmt, ...) PRINTF(1, 2);
char *fixture_text(const char *fmt, ...) PRINTF(1, 2);

/* Ends all connections of Trasloco's users. */
void fixture_kill_connections(void);

/* Fails the test with the message of e unless result is not -1. */
#define assert_ok(result, e) do { \
	if ((result) == -1) \
		fail_msg("%s", (e)->msg); \
} while (0)

#endif
