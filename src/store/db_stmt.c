/* Prepared statements: values in, rows out. */
#include <mysql.h>

#include "store/db.h"

#include "store/db_private.h"

#define TEXT_START	1024	/* first size of a text column's buffer; it grows */

static bool
is_integer(enum enum_field_types type)
{
	switch (type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
		return true;
	default:
		return false;
	}
}

/* Notes which columns are numbers, so that db_query() need not ask again. */
static int
describe(struct prepared *p, enum sql id, struct err *e)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(p->stmt);
	MYSQL_FIELD *field;
	unsigned i;

	if (meta == NULL)
		return 0;
	p->columns = mysql_num_fields(meta);
	if (p->columns > DB_COLUMNS_MAX) {
		mysql_free_result(meta);
		return err_set(e, ERR_BUG, "%s has more columns than DB_COLUMNS_MAX", sql_statements[id].name);
	}
	field = mysql_fetch_fields(meta);
	for (i = 0; i < p->columns; i++)
		p->is_int[i] = is_integer(field[i].type);
	mysql_free_result(meta);
	return 0;
}

int
db_prepare(struct db *db, enum sql id, struct err *e)
{
	struct prepared *p = &db->prepared[id];
	const struct sql_statement *s = &sql_statements[id];

	if ((p->stmt = mysql_stmt_init(db->my)) == NULL)
		return err_nomem(e);
	if (mysql_stmt_prepare(p->stmt, s->text, strlen(s->text)) != 0) {
		db_fail_statement(db, id, e);
		if (e != NULL && e->kind == ERR_DB)
			e->kind = ERR_CONFIG;
		goto close_stmt;
	}
	if (mysql_stmt_param_count(p->stmt) > DB_PARAMS_MAX) {
		err_set(e, ERR_BUG, "%s has more placeholders than DB_PARAMS_MAX", s->name);
		goto close_stmt;
	}
	if (describe(p, id, e) == 0)
		return 0;
close_stmt:
	mysql_stmt_close(p->stmt);
	memset(p, 0, sizeof(*p));
	return -1;
}

int
db_prepare_role(struct db *db, struct err *e)
{
	int id;

	for (id = 0; id < SQL__MAX; id++)
		if ((sql_statements[id].roles & 1u << db->role) != 0 && db->prepared[id].stmt == NULL &&
		    db_prepare(db, (enum sql)id, e) == -1)
			return -1;
	return 0;
}

static void
bind_value(MYSQL_BIND *bind, const struct db_value *v)
{
	memset(bind, 0, sizeof(*bind));
	switch (v->type) {
	case DB_NULL:
		bind->buffer_type = MYSQL_TYPE_NULL;
		break;
	case DB_INT:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = (void *)(uintptr_t)&v->i;
		break;
	case DB_TEXT:
	case DB_BYTES:
		bind->buffer_type = v->type == DB_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
		bind->buffer = (void *)(uintptr_t)(v->n > 0 ? v->p : "");
		bind->buffer_length = v->n;
		break;
	}
}

static int
execute(struct db *db, enum sql id, const struct db_value *values, size_t n, struct err *e)
{
	struct prepared *p = &db->prepared[id];
	const char *name = sql_statements[id].name;
	size_t i;

	if (db_ready(db, name, e) == -1)
		return -1;
	if (p->stmt == NULL) {
		if (db->role != DB_ROLE_MIGRATE || (sql_statements[id].roles & 1u << db->role) == 0)
			return err_set(e, ERR_BUG, "%s is not a statement of this role", name);
		if (db_prepare(db, id, e) == -1)
			return -1;
	}
	if (n != mysql_stmt_param_count(p->stmt))
		return err_set(e, ERR_BUG, "%s has %lu placeholders, not %zu", name,
		    mysql_stmt_param_count(p->stmt), n);
	for (i = 0; i < n; i++)
		bind_value(&db->param[i], &values[i]);
	if (n > 0 && mysql_stmt_bind_param(p->stmt, db->param) != 0)
		return db_fail_statement(db, id, e);
	if (mysql_stmt_execute(p->stmt) != 0)
		return db_fail_statement(db, id, e);
	return 0;
}

int
db_run(struct db *db, enum sql id, const struct db_value *values, size_t n, int64_t *affected, int64_t *insert_id,
    struct err *e)
{
	if (execute(db, id, values, n, e) == -1)
		return -1;
	if (affected != NULL)
		*affected = (int64_t)mysql_stmt_affected_rows(db->prepared[id].stmt);
	if (insert_id != NULL)
		*insert_id = (int64_t)mysql_stmt_insert_id(db->prepared[id].stmt);
	return 0;
}

/* --- rows --- */

/* The bind's own members serve as indicators, since their type differs between the two clients (a char, a bool). */
static void
bind_column(struct db *db, unsigned i, bool is_int)
{
	MYSQL_BIND *bind = &db->result[i];
	struct column *c = &db->column[i];

	memset(bind, 0, sizeof(*bind));
	bind->is_null = &bind->is_null_value;
	bind->error = &bind->error_value;
	bind->length = &bind->length_value;
	if (is_int) {
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &c->i;
	} else {
		bind->buffer_type = MYSQL_TYPE_STRING;
		bind->buffer = c->p;
		bind->buffer_length = c->size - 1;
	}
}

static int
grow(struct column *c, size_t n, struct err *e)
{
	char *p;

	if (n < c->size)
		return 0;
	if ((p = realloc(c->p, n + 1)) == NULL)
		return err_nomem(e);
	c->p = p;
	c->size = n + 1;
	return 0;
}

int
db_query(struct db *db, enum sql id, const struct db_value *values, size_t n, struct err *e)
{
	struct prepared *p = &db->prepared[id];
	unsigned i;

	if (execute(db, id, values, n, e) == -1)
		return -1;
	db->open = p;
	db->open_id = id;
	for (i = 0; i < p->columns; i++) {
		if (grow(&db->column[i], TEXT_START, e) == -1)
			goto done;
		bind_column(db, i, p->is_int[i]);
	}
	if (mysql_stmt_bind_result(p->stmt, db->result) == 0)
		return 0;
	db_fail_statement(db, id, e);
done:
	db_done(db);
	return -1;
}

/* Fetches again what did not fit, and leaves the larger buffers for the rows that follow. */
static int
fetch_long_columns(struct db *db, struct err *e)
{
	MYSQL_STMT *stmt = db->open->stmt;
	unsigned i;

	for (i = 0; i < db->open->columns; i++) {
		size_t n = db->result[i].length_value;

		if (db->open->is_int[i] || db->result[i].is_null_value || n < db->column[i].size)
			continue;
		if (grow(&db->column[i], n, e) == -1)
			return -1;
		bind_column(db, i, false);
		if (mysql_stmt_fetch_column(stmt, &db->result[i], i, 0) != 0)
			return db_fail_statement(db, db->open_id, e);
	}
	if (mysql_stmt_bind_result(stmt, db->result) != 0)
		return db_fail_statement(db, db->open_id, e);
	return 0;
}

int
db_next(struct db *db, struct err *e)
{
	unsigned i;
	int status;

	if (db->open == NULL)
		return err_set(e, db->lost ? ERR_DB_LOST : ERR_BUG, "no rows are open");
	status = mysql_stmt_fetch(db->open->stmt);
	if (status == MYSQL_NO_DATA) {
		db_done(db);
		return 0;
	}
	if (status != 0 && status != MYSQL_DATA_TRUNCATED) {
		db_fail_statement(db, db->open_id, e);
		db_done(db);
		return -1;
	}
	if (status == MYSQL_DATA_TRUNCATED && fetch_long_columns(db, e) == -1) {
		db_done(db);
		return -1;
	}
	for (i = 0; i < db->open->columns; i++)
		if (!db->open->is_int[i] && !db->result[i].is_null_value)
			db->column[i].p[db->result[i].length_value] = '\0';
	return 1;
}

void
db_done(struct db *db)
{
	if (db->open == NULL)
		return;
	mysql_stmt_free_result(db->open->stmt);
	db->open = NULL;
}

bool
db_col_null(const struct db *db, int col)
{
	return db->result[col].is_null_value;
}

/* The servers do not agree which expressions are integers and which DECIMAL, and that comes as text. */
int64_t
db_col_int(const struct db *db, int col)
{
	if (db_col_null(db, col))
		return 0;
	return db->prepared[db->open_id].is_int[col] ? db->column[col].i : strtoll(db->column[col].p, NULL, 10);
}

const char *
db_col_text(const struct db *db, int col)
{
	return db_col_null(db, col) ? "" : db->column[col].p;
}

const void *
db_col_bytes(const struct db *db, int col, size_t *n)
{
	*n = db_col_null(db, col) ? 0 : db->result[col].length_value;
	return db_col_text(db, col);
}

int
db_row(struct db *db, enum sql id, const struct db_value *values, size_t n, struct err *e)
{
	if (db_query(db, id, values, n, e) == -1)
		return -1;
	return db_next(db, e);
}
