#include <mysql.h>
#include <pthread.h>

#include "store/db.h"

#include "util/log.h"

#include "store/db_private.h"
#include "store/migrate.h"

#define CONNECT_SECONDS	5
#define PAGE_SECONDS	20	/* longest answer to a statement of role web; nginx gives up after 30 */
#define TRIES_MAX	3			/* of a short transaction */

/* Error numbers of server and client, from their manuals: the two clients' headers do not name the same ones. */
enum {
	E_BAD_VALUE	= 1366,
	E_BAD_DATE	= 1292,
	E_BAD_ARGUMENT	= 1411,
	E_DUPLICATE_KEY	= 1586
};

/* What a number means for the caller; every other one is ERR_DB. */
static const struct {
	unsigned	number;
	enum err_kind	kind;
} error_kinds[] = {
	/* gone away, lost, lost (extended); cannot connect */
	{ 2006, ERR_DB_LOST }, { 2013, ERR_DB_LOST }, { 2055, ERR_DB_LOST },
	{ 2002, ERR_DB_LOST }, { 2003, ERR_DB_LOST }, { 2004, ERR_DB_LOST }, { 2005, ERR_DB_LOST },
	/* killed, silent for too long (MySQL), shutdown, forced close; broken network as the server sees it */
	{ 1927, ERR_DB_LOST }, { 4031, ERR_DB_LOST }, { 1053, ERR_DB_LOST }, { 1080, ERR_DB_LOST },
	{ 1158, ERR_DB_LOST }, { 1159, ERR_DB_LOST }, { 1160, ERR_DB_LOST }, { 1161, ERR_DB_LOST },
	/* deadlock, lock wait over */
	{ 1213, ERR_DB_RETRY }, { 1205, ERR_DB_RETRY },
	/* write error, disk full, disk full, table full; write error, transaction larger than the binary log's cache
	 * may become, temporary file */
	{ 3, ERR_FULL }, { 20, ERR_FULL }, { 1021, ERR_FULL }, { 1114, ERR_FULL },
	{ 1026, ERR_FULL }, { 1197, ERR_FULL }, { 1878, ERR_FULL },
	{ 2008, ERR_MEMORY }, { 1037, ERR_MEMORY }, { 1038, ERR_MEMORY }, { 1041, ERR_MEMORY },
	/* user, password, database; authentication plugin */
	{ 1044, ERR_CONFIG }, { 1045, ERR_CONFIG }, { 1698, ERR_CONFIG }, { 1049, ERR_CONFIG },
	{ 2058, ERR_CONFIG }, { 2059, ERR_CONFIG },
};

/* --- errors --- */

enum err_kind
db_error_kind(unsigned number)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(error_kinds); i++)
		if (error_kinds[i].number == number)
			return error_kinds[i].kind;
	return ERR_DB;
}

const char *
db_safe_text(unsigned number, const char *text)
{
	switch (number) {
	case DB_E_DUPLICATE:
	case E_DUPLICATE_KEY:
		return "such a row is there already";
	case E_BAD_VALUE:
	case E_BAD_DATE:
	case E_BAD_ARGUMENT:
		return "a value does not fit its column";
	default:
		return text;
	}
}

static int
fail(struct db *db, unsigned number, const char *text, const char *what, struct err *e)
{
	enum err_kind kind = db_error_kind(number);

	db->last_error = number;
	if (kind == ERR_DB_LOST)
		db->lost = true;
	err_set(e, kind, "%s: database error %u: %s", what, number, db_safe_text(number, text));
	if (e != NULL)
		e->sys = (int)number;
	return -1;
}

int
db_fail(struct db *db, const char *what, struct err *e)
{
	return fail(db, mysql_errno(db->my), mysql_error(db->my), what, e);
}

int
db_fail_statement(struct db *db, enum sql id, struct err *e)
{
	MYSQL_STMT *stmt = db->prepared[id].stmt;

	/* MariaDB's client tells only the connection when it goes between two rows. */
	if (mysql_stmt_errno(stmt) == 0)
		return db_fail(db, sql_statements[id].name, e);
	return fail(db, mysql_stmt_errno(stmt), mysql_stmt_error(stmt), sql_statements[id].name, e);
}

bool
db_lost(const struct db *db)
{
	return db->lost;
}

bool
db_duplicate(const struct db *db)
{
	return db->last_error == DB_E_DUPLICATE;
}

int
db_ready(struct db *db, const char *what, struct err *e)
{
	db->last_error = 0;
	if (db->lost)
		return err_set(e, ERR_DB_LOST, "%s: the connection to the database is lost", what);
	if (db->open != NULL)
		return err_set(e, ERR_BUG, "%s: the rows of %s are still being read", what,
		    sql_statements[db->open_id].name);
	return 0;
}

static int
run_constant(struct db *db, enum sql_constant id, struct err *e)
{
	const char *text = sql_constants[id];

	if (db_ready(db, text, e) == -1)
		return -1;
	if (mysql_real_query(db->my, text, strlen(text)) != 0)
		return db_fail(db, text, e);
	return 0;
}

/* --- transactions --- */

int
db_begin(struct db *db, struct err *e)
{
	return run_constant(db, SQL_BEGIN, e);
}

int
db_begin_snapshot(struct db *db, struct err *e)
{
	if (run_constant(db, SQL_SNAPSHOT_NEXT, e) == -1)
		return -1;
	return run_constant(db, SQL_SNAPSHOT_BEGIN, e);
}

int
db_read_slowly(struct db *db, struct err *e)
{
	return run_constant(db, SQL_READ_SLOWLY, e);
}

int
db_commit(struct db *db, struct err *e)
{
	return run_constant(db, SQL_COMMIT, e);
}

/* Keeps last_error: callers ask for it after the rollback. */
void
db_rollback(struct db *db)
{
	unsigned last_error = db->last_error;
	struct err e;

	db_done(db);
	if (!db->lost && run_constant(db, SQL_ROLLBACK, &e) == -1) {
		log_err("rollback_failed", &e);
		db->lost = true;	/* closing the connection ends the transaction */
	}
	db->last_error = last_error;
}

int
db_transaction(struct db *db, int (*fn)(struct db *, void *, struct err *), void *ctx, struct err *e)
{
	int result, tries;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		if (db_begin(db, e) == -1)
			return -1;
		result = fn(db, ctx, e);
		if (result != -1 && db_commit(db, e) == 0)
			return result;
		db_rollback(db);
		if (db_error_kind(db->last_error) != ERR_DB_RETRY)
			break;
	}
	return -1;
}

/* --- opening and closing --- */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* mysql_init() would do it, but not safely in two threads at once. */
static void
library_init(void)
{
	mysql_library_init(0, NULL, NULL);
}

static int
connect_server(struct db *db, struct err *e)
{
	const struct db_config *c = db->config;
	const char *socket = c->socket != NULL && c->socket[0] != '\0' ? c->socket : NULL;
	unsigned seconds = CONNECT_SECONDS, patience = PAGE_SECONDS, local_infile = db->role == DB_ROLE_JOBS;

	pthread_once(&library_once, library_init);
	if ((db->my = mysql_init(NULL)) == NULL)
		return err_nomem(e);
	mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mysql_options(db->my, MYSQL_OPT_LOCAL_INFILE, &local_infile);
	/* A page must not wait for a server that hangs; an import's statements may take as long as they take. */
	if (db->role == DB_ROLE_WEB)
		mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, &patience);
	mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	db_load_guard(db);
	if (mysql_real_connect(db->my, socket != NULL ? NULL : c->host, c->user, c->password, c->name,
	    (unsigned)c->port, socket, 0) == NULL)
		return db_fail(db, "connecting to the database", e);
	return 0;
}

int
db_schema_version(struct db *db, int64_t *version, struct err *e)
{
	int found;

	*version = 0;
	if ((found = db_row(db, SQL_SCHEMA_VERSION, NULL, 0, e)) == -1)
		return db->last_error == DB_E_NO_TABLE ? 0 : -1;
	if (found == 1)
		*version = db_col_int(db, 0);
	db_done(db);
	if (*version > SCHEMA_VERSION)
		return err_set(e, ERR_CONFIG, "The database has schema version %" PRId64 ", this program knows "
		    "version %d. Install the newer program.", *version, SCHEMA_VERSION);
	if (*version > 0 && *version < SCHEMA_FIRST)
		return err_set(e, ERR_CONFIG, "This database was made by version 0.1, of which there was no release; its comments "
		    "have other identities. Make a new database (doc/INSTALL, section 4), run `trasloco migrate`, and import "
		    "the files again.");
	return 0;
}

static int
check_schema(struct db *db, struct err *e)
{
	int64_t version = 0;

	if (db_prepare(db, SQL_SCHEMA_VERSION, e) == -1) {
		if (db->last_error != DB_E_NO_TABLE)
			return -1;
	} else if (db_schema_version(db, &version, e) == -1)
		return -1;
	if (version == SCHEMA_VERSION)
		return 0;
	return err_set(e, ERR_CONFIG, "The database has schema version %" PRId64 ", this program needs version %d. "
	    "Run `trasloco migrate` first.", version, SCHEMA_VERSION);
}

static int
open_session(struct db *db, struct err *e)
{
	enum sql_constant wait = db->role == DB_ROLE_JOBS ? SQL_WAIT_SHORT : SQL_WAIT_LONG;

	if (connect_server(db, e) == -1 || run_constant(db, SQL_SESSION, e) == -1 ||
	    run_constant(db, SQL_ISOLATION, e) == -1 || run_constant(db, wait, e) == -1)
		return -1;
	if (db->role == DB_ROLE_WEB && run_constant(db, SQL_LOCKS_SHORT, e) == -1)
		return -1;
	if (db->role == DB_ROLE_MIGRATE)
		return 0;
	if (check_schema(db, e) == -1)
		return -1;
	return db_prepare_role(db, e);
}

static void
close_session(struct db *db)
{
	int id;

	db_done(db);
	for (id = 0; id < SQL__MAX; id++)
		if (db->prepared[id].stmt != NULL)
			mysql_stmt_close(db->prepared[id].stmt);
	memset(db->prepared, 0, sizeof(db->prepared));
	if (db->my != NULL)
		mysql_close(db->my);
	db->my = NULL;
}

struct db *
db_open(const struct db_config *config, enum db_role role, struct err *e)
{
	struct db *db;

	if ((db = calloc(1, sizeof(*db))) == NULL) {
		err_nomem(e);
		return NULL;
	}
	db->config = config;
	db->role = role;
	if (open_session(db, e) == 0)
		return db;
	db_close(db);
	return NULL;
}

int
db_reopen(struct db *db, struct err *e)
{
	close_session(db);
	db->lost = false;
	if (open_session(db, e) == 0)
		return 0;
	db->lost = true;	/* half open is not open */
	return -1;
}

void
db_close(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	close_session(db);
	for (i = 0; i < DB_COLUMNS_MAX; i++)
		free(db->column[i].p);
	free(db);
}

int
db_script(struct db *db, const char *sql, size_t n, const char *what, struct err *e)
{
	if (db_ready(db, what, e) == -1)
		return -1;
	if (mysql_real_query(db->my, sql, n) != 0)
		return db_fail(db, what, e);
	return 0;
}
