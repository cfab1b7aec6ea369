/*
 * What the web program does with an upload, without a browser.
 *	enqueue keys		prints a key pair: public half, secret half
 *	enqueue CONFIG		makes the schema
 *	enqueue CONFIG FILE	makes a new account, an encrypted spool file and an import job; prints the
 *				account and the job
 */
#include "util/base.h"

#include <fcntl.h>

#include "util/input.h"
#include "util/log.h"
#include "util/rnd.h"

#include "app/config.h"
#include "spool/spool.h"
#include "store/account.h"
#include "store/job.h"
#include "store/migrate.h"

static struct settings settings;

static struct db *
open_db(const char *secret_path, enum db_role role, struct err *e)
{
	/* The connection keeps pointing to both for as long as it lives: one of each role. */
	static struct role_secret secrets[DB_ROLE__MAX];
	static struct db_config configs[DB_ROLE__MAX];

	if (config_load_secret(secret_path, &secrets[role], e) == -1)
		return NULL;
	configs[role] = config_db(&settings, &secrets[role]);
	return db_open(&configs[role], role, e);
}

/* The schema, if it is not there, and unless account_id is NULL a new account. */
static int
prepare(int64_t *account_id, struct err *e)
{
	const char *top = getenv("top_srcdir");
	char dir[4096], name[17];
	struct db *db = open_db(settings.migrate_secret, DB_ROLE_MIGRATE, e);
	int applied, result = -1;

	if (db == NULL)
		return -1;
	snprintf(dir, sizeof(dir), "%s/sql", top != NULL ? top : ".");
	rnd_hex(name, 8);
	if (migrate_run(db, dir, &applied, e) == 0 &&
	    (account_id == NULL || account_add(db, name, account_id, e) == 0))
		result = 0;
	db_close(db);
	return result;
}

static int
copy(int fd, struct spool_writer *w, int64_t *size, struct err *e)
{
	static char buf[256 * 1024];
	struct input_fd in;
	ssize_t got;

	input_fd_init(&in, fd);
	for (*size = 0; (got = input_read(&in.in, buf, sizeof(buf), e)) > 0; *size += got)
		if (spool_write(w, buf, (size_t)got, e) == -1)
			return -1;
	return got == -1 ? -1 : spool_finish(w, e);
}

static int
add_job(struct spool_writer *w, int64_t account_id, int64_t size, const uint8_t *sealed, int64_t *job_id, struct err *e)
{
	struct job_request request = {
		.account_id = account_id, .kind = JOB_IMPORT, .requested_by = "bench@site.example", .source = "disqus",
		.format = "disqus", .options = "", .file_name = "bench.xml", .file_size = size, .node = settings.node,
		.spool_name = spool_writer_name(w), .sealed_key = sealed, .sealed_key_size = KEY_SEALED_SIZE,
	};
	struct db *db = open_db(settings.web_secret, DB_ROLE_WEB, e);
	int result = db != NULL ? job_request_add(db, &request, job_id, e) : -1;

	db_close(db);
	return result;
}

static int
enqueue(const char *path, int64_t account_id, int64_t *job_id, struct err *e)
{
	uint8_t sealed[KEY_SEALED_SIZE];
	struct spool_dir *dir = spool_dir_open(settings.spool_dir, e);
	struct file_key *key = dir != NULL ? file_key_new(settings.spool_public_key, sealed, e) : NULL;
	struct spool_writer *w = key != NULL ? spool_create(dir, key, e) : NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;
	int64_t size;

	if (fd == -1)
		err_sys(e, "cannot open %s", path);
	else if (w != NULL && copy(fd, w, &size, e) == 0)
		result = add_job(w, account_id, size, sealed, job_id, e);
	spool_writer_close(w, result == 0);
	file_key_free(key);
	spool_dir_close(dir);
	if (fd != -1)
		close(fd);
	return result;
}

static void
print_keys(void)
{
	char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];

	key_generate(public_hex, secret_hex);
	printf("%s %s\n", public_hex, secret_hex);
}

static int
run(const char *config, const char *file, struct err *e)
{
	int64_t account_id, job_id;

	if (rnd_init(e) == -1)
		return -1;
	if (strcmp(config, "keys") == 0) {
		print_keys();
		return 0;
	}
	if (config_load(config, &settings, e) == -1)
		return -1;
	if (file == NULL)
		return prepare(NULL, e);
	if (prepare(&account_id, e) == -1 || enqueue(file, account_id, &job_id, e) == -1)
		return -1;
	printf("%" PRId64 " %" PRId64 "\n", account_id, job_id);
	return 0;
}

int
main(int argc, char **argv)
{
	struct err e;

	log_init("enqueue");
	if (argc < 2 || argc > 3) {
		fputs("Usage: enqueue keys | enqueue CONFIG [FILE]\n", stderr);
		return 2;
	}
	if (run(argv[1], argv[2], &e) == 0)
		return 0;
	log_err("enqueue", &e);
	return 1;
}
