/*
 * One connection to the database and its prepared statements.
 *
 * SQL exists in store/sql.c alone: an enum-indexed table that also says which
 * role may run what.  Opening a connection checks the schema version and
 * prepares every statement of its role, so that a typo, a missing grant or a
 * missing migration stops the program at its start with a clear line.
 *
 * There is no silent reconnect: a lost connection gives ERR_DB_LOST for every
 * call until db_reopen().  A connection belongs to one thread at a time.
 * Only what every libmysqlclient knows is used (MariaDB Connector/C and Oracle's).
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "util/err.h"
#include "util/hash.h"

#include "store/sql.h"

struct db;

struct db_config {
	const char	*socket;	/* NULL: by host and port */
	const char	*host;
	int		 port;
	const char	*name;		/* database */
	const char	*user, *password;
};

/*
 * Opens, sets UTC, strict mode, utf8mb4 and READ COMMITTED, checks the schema version and prepares every
 * statement of the role.  DB_ROLE_MIGRATE meets databases without a schema: it checks nothing and
 * prepares each statement at its first use.  The config must outlive the connection.  NULL with err set:
 * ERR_CONFIG for what an operator must put right, ERR_DB_LOST when no server answers.
 */
struct db *db_open(const struct db_config *, enum db_role, struct err *);
void db_close(struct db *);		/* NULL does nothing */

/* Closes and opens again after ERR_DB_LOST.  0 or -1. */
int db_reopen(struct db *, struct err *) MUST_CHECK;

/* True when the last call lost the connection. */
bool db_lost(const struct db *);

/* True when the last call failed because such a row is there already (a unique key). */
bool db_duplicate(const struct db *);

/* A value for a placeholder. */
struct db_value {
	enum { DB_NULL, DB_INT, DB_TEXT, DB_BYTES } type;
	int64_t		 i;
	const void	*p;
	size_t		 n;
};
static inline struct db_value
db_null(void)
{
	return (struct db_value){ .type = DB_NULL };
}

static inline struct db_value
db_int(int64_t i)
{
	return (struct db_value){ .type = DB_INT, .i = i };
}

static inline struct db_value
db_textn(const char *p, size_t n)
{
	return (struct db_value){ .type = DB_TEXT, .p = p, .n = n };
}

/* NULL for NULL. */
static inline struct db_value
db_text(const char *s)
{
	return s == NULL ? db_null() : db_textn(s, strlen(s));
}

static inline struct db_value
db_bytes(const void *p, size_t n)
{
	return (struct db_value){ .type = DB_BYTES, .p = p, .n = n };
}

/*
 * Runs a statement without rows.  Placeholders are filled in order: DB_RUN(db, SQL_X, e, db_int(7), db_text("a")).
 * The number of values must be the number of placeholders.  *affected and *insert_id may be NULL.
 */
int db_run(struct db *, enum sql, const struct db_value *, size_t n, int64_t *affected, int64_t *insert_id,
    struct err *) MUST_CHECK;
#define DB_VALUES(...)	((const struct db_value[]){ __VA_ARGS__ }), \
	(sizeof((const struct db_value[]){ __VA_ARGS__ }) / sizeof(struct db_value))

/*
 * Runs a statement with rows.  Then db_next() until it returns 0; leaving early needs db_done().
 *	if (db_query(db, SQL_X, DB_VALUES(db_int(id)), e) == -1) ...
 *	while ((r = db_next(db, e)) == 1) use(db_col_int(db, 0), db_col_text(db, 1));
 * Columns are valid until the next db_next/db_done.  One open result per connection.
 */
int db_query(struct db *, enum sql, const struct db_value *, size_t n, struct err *) MUST_CHECK;
int db_next(struct db *, struct err *) MUST_CHECK;	/* 1 a row, 0 the end, -1 an error (result closed) */
void db_done(struct db *);
bool db_col_null(const struct db *, int col);
int64_t db_col_int(const struct db *, int col);		/* of a number; 0 for NULL */
const char *db_col_text(const struct db *, int col);	/* "" for NULL; NUL-terminated */
const void *db_col_bytes(const struct db *, int col, size_t *n);

/* The row of a query that has at most one: 1 (columns valid until db_done), 0, -1. */
int db_row(struct db *, enum sql, const struct db_value *, size_t n, struct err *) MUST_CHECK;

/* Transactions.  ROLLBACK is always safe to call. */
int db_begin(struct db *, struct err *) MUST_CHECK;
int db_commit(struct db *, struct err *) MUST_CHECK;
void db_rollback(struct db *);

/* A transaction that sees the database as it is now, to its end, and in which nothing is written.  db_rollback() ends it. */
int db_begin_snapshot(struct db *, struct err *) MUST_CHECK;

/* From here on the server waits a day for a connection that takes its time over what it is sent. */
int db_read_slowly(struct db *, struct err *) MUST_CHECK;

/*
 * A short transaction: begin, fn, commit; rolled back when fn returns -1.  A deadlock or a cluster's certification
 * failure (ERR_DB_RETRY) starts it again, three times at most, so fn must be repeatable.  What fn returned, or -1.
 */
int db_transaction(struct db *, int (*fn)(struct db *, void *ctx, struct err *), void *ctx, struct err *) MUST_CHECK;

/*
 * LOAD DATA LOCAL from a callback that writes lines in the form of store/load.h.  fill is called with a
 * buffer of *n bytes and sets *n to what it wrote, 0 at the end; -1 aborts with err set.
 * Succeeds only when the server counted exactly *rows records and skipped and warned of none; the
 * caller's fill sets *rows.  Any failure leaves rows in the transaction: the caller must roll back.
 * The server's warnings go to the log.  Needs the role jobs; outside this call no server gets a byte of a local file.
 */
int db_load(struct db *, enum sql_load, int (*fill)(void *ctx, char *buf, size_t *n, struct err *), void *ctx,
    const int64_t *rows, struct err *) MUST_CHECK;

/*
 * Makes the session one that loads: sets the variables that the LOAD DATA constants use (@account_id, @job_id), and
 * says how long it waits for a lock: DB_LOCKS_DAY where behind a load that was killed the server may still take rows back.
 */
#define DB_LOCKS_DAY	86400
int db_load_context(struct db *, int64_t account_id, int64_t job_id, int lock_seconds, struct err *) MUST_CHECK;

#endif
