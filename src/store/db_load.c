/* LOAD DATA LOCAL: the client library asks for the "file", we give the bytes, and the counts are checked. */
#include <mysql.h>

#include "store/db.h"

#include "util/log.h"

#include "store/db_private.h"

/* A server may ask for any file at any time; it gets one only inside db_load(). */
static int
load_open(void **handle, const char *name, void *userdata)
{
	struct db *db = userdata;

	(void)name;
	*handle = db->load;
	return db->load == NULL;
}

static int
load_read(void *handle, char *buf, unsigned int size)
{
	struct load *load = handle;
	size_t n = size;

	if (load->failed)
		return -1;
	if (load->fill(load->ctx, buf, &n, &load->why) == -1) {
		load->failed = true;
		return -1;
	}
	return (int)n;
}

static void
load_close(void *handle)
{
	(void)handle;
}

static int
load_error(void *handle, char *msg, unsigned int size)
{
	(void)handle;
	if (size > 0)
		snprintf(msg, size, "no local file is given away");
	return 2000;	/* CR_UNKNOWN_ERROR; db_load() knows the true one */
}

/* "Records: 3  Deleted: 0  Skipped: 0  Warnings: 0", in whatever language the server speaks. */
static bool
info_says_exactly(const char *info, int64_t rows)
{
	int64_t found[4] = { -1, -1, -1, -1 };
	size_t i;
	char *end;

	for (i = 0; info != NULL && i < ARRAY_LEN(found); i++) {
		info += strcspn(info, "0123456789");
		if (*info == '\0')
			break;
		found[i] = strtoll(info, &end, 10);
		info = end;
	}
	return found[0] == rows && found[1] == 0 && found[2] == 0 && found[3] == 0;
}

static void
log_warnings(struct db *db)
{
	char value[400];
	MYSQL_RES *res;
	MYSQL_ROW row;

	if (mysql_real_query(db->my, sql_constants[SQL_WARNINGS], strlen(sql_constants[SQL_WARNINGS])) != 0 ||
	    (res = mysql_store_result(db->my)) == NULL)
		return;
	while ((row = mysql_fetch_row(res)) != NULL) {
		unsigned number = row[1] != NULL ? (unsigned)strtoul(row[1], NULL, 10) : 0;

		log_warn("load_warning", "number=%u text=%s", number,
		    log_value(value, sizeof(value), db_safe_text(number, row[2] != NULL ? row[2] : "")));
	}
	mysql_free_result(res);
}

void
db_load_guard(struct db *db)
{
	mysql_set_local_infile_handler(db->my, load_open, load_read, load_close, load_error, db);
}

int
db_load(struct db *db, enum sql_load id, int (*fill)(void *, char *, size_t *, struct err *), void *ctx,
    const int64_t *rows, struct err *e)
{
	struct load load = { .fill = fill, .ctx = ctx };
	const char *info;
	int status;

	if (db_ready(db, "LOAD DATA", e) == -1)
		return -1;
	db->load = &load;
	status = mysql_real_query(db->my, sql_loads[id], strlen(sql_loads[id]));
	db->load = NULL;
	if (load.failed) {
		if (status != 0 && db_error_kind(mysql_errno(db->my)) == ERR_DB_LOST)
			db->lost = true;
		if (e != NULL)
			*e = load.why;
		return -1;
	}
	if (status != 0)
		return db_fail(db, "LOAD DATA", e);
	info = mysql_info(db->my);
	if (mysql_warning_count(db->my) == 0 && info_says_exactly(info, *rows))
		return 0;
	err_set(e, ERR_DB, "LOAD DATA: the server did not take all %" PRId64 " rows as they are: %s", *rows,
	    info != NULL ? info : "it gave no counts");
	log_warnings(db);
	return -1;
}

int
db_load_context(struct db *db, int64_t account_id, int64_t job_id, int lock_seconds, struct err *e)
{
	return db_run(db, SQL_LOAD_CONTEXT, DB_VALUES(db_int(account_id), db_int(job_id), db_int(lock_seconds)), NULL, NULL, e);
}
