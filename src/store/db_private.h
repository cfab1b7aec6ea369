/*
 * The inside of a connection, for store/db*.c and store/migrate.c only.
 * db.c opens, closes, judges errors and holds the transactions, db_stmt.c has
 * the prepared statements and their rows, db_load.c LOAD DATA LOCAL.
 */
#ifndef STORE_DB_PRIVATE_H
#define STORE_DB_PRIVATE_H

#include <mysql.h>

#include "store/db.h"

#include "store/lookup.h"

#define DB_COLUMNS_MAX	40
#define DB_PARAMS_MAX	(COMMENT_LOOKUP + LOOKUP_HEADS)	/* the widest statement: an account and its ids */

/* Server error numbers that callers tell apart; the rest is in db.c. */
enum {
	DB_E_DUPLICATE	= 1062,
	DB_E_NO_TABLE	= 1146
};

struct prepared {
	MYSQL_STMT	*stmt;		/* NULL: not prepared, or not of this role */
	unsigned	 columns;
	bool		 is_int[DB_COLUMNS_MAX];
};

struct column {
	int64_t	 i;
	char	*p;			/* size bytes, kept from statement to statement */
	size_t	 size;
};

/* A LOAD DATA LOCAL under way. */
struct load {
	int		(*fill)(void *ctx, char *buf, size_t *n, struct err *);
	void		*ctx;
	bool		 failed;
	struct err	 why;
};

struct db {
	const struct db_config	*config;
	enum db_role		 role;
	MYSQL			*my;
	unsigned		 last_error;
	bool			 lost;
	struct prepared		 prepared[SQL__MAX];
	struct prepared		*open;		/* whose rows are being read */
	enum sql		 open_id;
	struct column		 column[DB_COLUMNS_MAX];
	MYSQL_BIND		 result[DB_COLUMNS_MAX], param[DB_PARAMS_MAX];
	struct load		*load;		/* NULL: none */
};

/* --- db.c --- */

/* Fills e from the connection's or the statement's last error, notes a lost connection.  -1. */
int db_fail(struct db *, const char *what, struct err *);
int db_fail_statement(struct db *, enum sql, struct err *);

/* What a server's error number means. */
enum err_kind db_error_kind(unsigned number);

/* The server's text, unless it quotes a value of somebody's comment or address: errors reach the log. */
const char *db_safe_text(unsigned number, const char *text);

/* 0 if a command may be sent now: not lost, no rows open. */
int db_ready(struct db *, const char *what, struct err *) MUST_CHECK;

/* Runs one statement of sql/NNNN_name.sql as it stands.  what names it in messages. */
int db_script(struct db *, const char *sql, size_t n, const char *what, struct err *) MUST_CHECK;

/* The version of the schema in the database, 0 when there is none yet.  ERR_CONFIG: it is newer than ours, or of version 0.1. */
int db_schema_version(struct db *, int64_t *version, struct err *) MUST_CHECK;

/* --- db_stmt.c --- */

int db_prepare(struct db *, enum sql, struct err *) MUST_CHECK;
int db_prepare_role(struct db *, struct err *) MUST_CHECK;	/* what its role may run and is not prepared yet */

/* --- db_load.c --- */

/* Makes the connection give no local file but that of db_load().  Before connecting. */
void db_load_guard(struct db *);

#endif
