#include <mysql.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "store/migrate.h"

#include "util/log.h"
#include "util/num.h"

#include "store/db_private.h"

#define FILE_MAX	(1024 * 1024)

/* "0008_schema.sql" is version 8; 0 for a file that is no migration of this version on: `make install` leaves older ones there. */
static int64_t
file_version(const char *name)
{
	size_t n = strlen(name);
	char digits[5];
	int64_t version;

	if (n < 10 || name[4] != '_' || strcmp(name + n - 4, ".sql") != 0)
		return 0;
	memcpy(digits, name, 4);
	digits[4] = '\0';
	return num_parse(digits, SCHEMA_FIRST, 9999, &version) == 0 ? version : 0;
}

/* The names of the migrations, names[version - SCHEMA_FIRST]; each version up to ours exactly once. */
static int
list_files(const char *dir, char names[SCHEMA_FILES][256], struct err *e)
{
	struct dirent *entry;
	int64_t version;
	int i, result = -1;
	DIR *d;

	memset(names, 0, SCHEMA_FILES * sizeof(names[0]));
	if ((d = opendir(dir)) == NULL)
		return err_sys(e, "cannot read %s", dir);
	while ((entry = readdir(d)) != NULL) {
		if ((version = file_version(entry->d_name)) == 0)
			continue;
		if (version > SCHEMA_VERSION) {
			err_set(e, ERR_CONFIG, "%s/%s is of a newer program; this one ends at version %d.", dir,
			    entry->d_name, SCHEMA_VERSION);
			goto close_dir;
		}
		if (names[version - SCHEMA_FIRST][0] != '\0') {
			err_set(e, ERR_CONFIG, "%s holds two migrations to version %" PRId64 ".", dir, version);
			goto close_dir;
		}
		snprintf(names[version - SCHEMA_FIRST], sizeof(names[0]), "%s", entry->d_name);
	}
	for (i = 0; i < SCHEMA_FILES; i++)
		if (names[i][0] == '\0') {
			err_set(e, ERR_CONFIG, "%s lacks the migration to version %d.", dir, SCHEMA_FIRST + i);
			goto close_dir;
		}
	result = 0;
close_dir:
	closedir(d);
	return result;
}

/* The whole file, NUL-terminated, for the caller to free. */
static char *
read_file(const char *path, struct err *e)
{
	size_t n = 0;
	ssize_t got;
	char *text;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		err_sys(e, "cannot open %s", path);
		return NULL;
	}
	if ((text = malloc(FILE_MAX + 1)) == NULL) {
		err_nomem(e);
		goto close_file;
	}
	while (n < FILE_MAX && (got = read(fd, text + n, FILE_MAX - n)) != 0) {
		if (got == -1) {
			err_sys(e, "cannot read %s", path);
			goto free_text;
		}
		n += (size_t)got;
	}
	if (n == FILE_MAX) {
		err_set(e, ERR_CONFIG, "%s is larger than a migration may be.", path);
		goto free_text;
	}
	text[n] = '\0';
	close(fd);
	return text;

free_text:
	free(text);
close_file:
	close(fd);
	return NULL;
}

/* The next statement of *at: up to a semicolon at the end of a line, lines of comment blanked.  False at the end. */
static bool
next_statement(char **at, char **statement, size_t *n)
{
	char *line = *at, *end;

	*statement = NULL;
	for (; *line != '\0'; line = *end == '\0' ? end : end + 1) {
		end = line + strcspn(line, "\n");
		if (strncmp(line, "--", 2) == 0 || (*statement == NULL && line == end)) {
			memset(line, ' ', (size_t)(end - line));
			continue;
		}
		if (*statement == NULL)
			*statement = line;
		if (end > line && end[-1] == ';') {
			*n = (size_t)(end - 1 - *statement);
			*at = *end == '\0' ? end : end + 1;
			return true;
		}
	}
	*at = line;
	if (*statement == NULL)
		return false;
	*n = (size_t)(line - *statement);
	return true;
}

static int
apply(struct db *db, const char *dir, const char *name, int version, struct err *e)
{
	char path[4096], what[300], *text, *at, *statement;
	int done = 0, result = -1;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((text = read_file(path, e)) == NULL)
		return -1;
	for (at = text; next_statement(&at, &statement, &n); done++) {
		snprintf(what, sizeof(what), "%s, statement %d", name, done + 1);
		if (db_script(db, statement, n, what, e) == 0)
			continue;
		/* DDL commits as it goes: nothing takes the first statements back. */
		if (done > 0)
			err_prefix(e, "the schema stands half way, put the backup back");
		goto free_text;
	}
	if (db_run(db, SQL_MIGRATE_ADD, DB_VALUES(db_int(version), db_text(name)), NULL, NULL, e) == -1)
		goto free_text;
	log_info("migrated", "version=%d", version);
	result = 0;
free_text:
	free(text);
	return result;
}

static int
apply_missing(struct db *db, const char *dir, char names[SCHEMA_FILES][256], int *applied, struct err *e)
{
	int64_t version;
	int i;

	if (db_schema_version(db, &version, e) == -1)
		return -1;
	for (i = version == 0 ? 0 : (int)version - SCHEMA_FIRST + 1; i < SCHEMA_FILES; i++, (*applied)++)
		if (apply(db, dir, names[i], SCHEMA_FIRST + i, e) == -1)
			return -1;
	return 0;
}

int
migrate_run(struct db *db, const char *dir, int *applied, struct err *e)
{
	char names[SCHEMA_FILES][256];
	int64_t locked;
	struct err ignored;
	int result;

	*applied = 0;
	if (list_files(dir, names, e) == -1 || db_row(db, SQL_MIGRATE_LOCK, NULL, 0, e) == -1)
		return -1;
	locked = db_col_int(db, 0);
	db_done(db);
	if (locked != 1)
		return err_set(e, ERR_CONFLICT, "Another migration of this database is running. Please try again "
		    "when it is over.");
	result = apply_missing(db, dir, names, applied, e);
	/* The lock ends with the connection at the latest. */
	if (db_row(db, SQL_MIGRATE_UNLOCK, NULL, 0, &ignored) == -1)
		log_err("migrate_unlock", &ignored);
	db_done(db);
	return result;
}
