/*
 * trasloco-jobs: runs the background jobs of this machine.  Under the name
 * READER_CHILD_NAME it is the reader of a file that somebody uploaded.
 */
#include "util/base.h"

#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "util/log.h"
#include "util/rnd.h"

#include "app/config.h"
#include "jobs/reader_child.h"
#include "jobs/runner.h"

#define EXIT_USAGE	2

static const char usage[] =
	"Usage: trasloco-jobs [--config FILE]\n"
	"Runs the background jobs of this machine until it is told to stop (SIGTERM).\n"
	"\n"
	"  --config FILE  the configuration; else $TRASLOCO_CONFIG, else " SYSCONFDIR "/trasloco/trasloco.conf\n"
	"  --version      print the version and exit\n"
	"  --help         print this text and exit\n";

/* A descriptor below 3 that is closed would be given to the next file, and the reader would take it for its own. */
static int
open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/* No core file and no debugger shows what uploads and keys this process has in memory, and nothing that it
 * executes gains a right. */
static int
close_up(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, "cannot renounce new privileges");
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == -1)
		return err_sys(e, "cannot forbid core files");
#ifndef TRASLOCO_SANITIZERS	/* their leak check attaches to the process */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_sys(e, "cannot become undumpable");
#endif
	return 0;
}

static int
run(const char *config_path, struct err *e)
{
	static struct settings settings;
	static struct role_secret secret;
	struct db_config db;
	struct key_pair *keys;
	int result;

	if (close_up(e) == -1 || rnd_init(e) == -1 || config_load(config_path, &settings, e) == -1 ||
	    config_load_secret(settings.jobs_secret, &secret, e) == -1)
		return -1;
	config_complain(&settings);
	keys = key_pair_load(settings.spool_public_key, secret.spool_secret_key, e);
	explicit_bzero(secret.spool_secret_key, sizeof(secret.spool_secret_key));
	if (keys == NULL)
		return err_prefix(e, "spool_public_key, spool_secret_key");
	db = config_db(&settings, &secret);
	result = runner_main(&settings, &db, keys, secret.smtp_password, e);
	key_pair_free(keys);
	return result;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *config_path = NULL;
	struct err e;
	int c;

	if (argc > 0 && strcmp(argv[0], READER_CHILD_NAME) == 0)
		return reader_child_main();
	if (open_standard_files() == -1)
		return EXIT_FAILURE;
	log_init("trasloco-jobs");
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			config_path = optarg;
			break;
		case 'v':
			puts("trasloco-jobs " VERSION_TEXT);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (run(config_path, &e) == 0)
		return EXIT_SUCCESS;
	log_err("start", &e);
	return EXIT_FAILURE;
}
