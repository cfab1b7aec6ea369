/* trasloco export: the comments of an account to a file, at once, with the rights of jobs and without a job. */
#include "app/cli.h"

#include <fcntl.h>
#include <signal.h>

#include "jobs/export_write.h"

/* Set by a signal.  A second one ends the program at once. */
static atomic_int stop;

static void
ask_to_stop(int sig)
{
	(void)sig;
	atomic_store(&stop, 1);
}

static void
set_signals(void)
{
	const struct sigaction ask = { .sa_handler = ask_to_stop, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &ask, NULL);
	sigaction(SIGTERM, &ask, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
read_options(const struct cli *cli, struct export_options *o, const struct writer **writer, struct err *e)
{
	int i;

	export_options_init(o);
	for (i = 0; i < cli->n_wants; i++)
		if (export_options_set(o, cli->wants[i].name, cli->wants[i].value, e) == -1)
			return -1;
	if (cli->account == NULL)
		return err_set(e, ERR_INPUT, "Say whose comments these are with --account NAME.");
	if ((*writer = writer_by_name(o->format)) == NULL)
		return err_set(e, ERR_INPUT, "Say what to write with --format FORMAT; `trasloco formats` lists what is written.");
	return export_options_check(o, e);
}

static int
open_database(struct cli *cli, struct err *e)
{
	if (config_load(cli->config_path, &cli->settings, e) == -1 ||
	    config_load_secret(cli->settings.jobs_secret, &cli->secret, e) == -1)
		return -1;
	cli->db_config = config_db(&cli->settings, &cli->secret);
	if ((cli->db = db_open(&cli->db_config, DB_ROLE_JOBS, e)) == NULL)
		return -1;
	return db_read_slowly(cli->db, e);
}

static int
write_to(const struct cli *cli, int64_t account_id, const struct export_options *o, const struct writer *writer, int fd,
    int64_t *written, struct err *e)
{
	struct output_fd out;
	const struct export_config config = {
		.db = cli->db,
		.account_id = account_id,
		.options = o,
		.writer = writer,
		.out = &out.out,
		.stop = &stop,
	};

	output_fd_init(&out, fd);
	if (export_write(&config, written, e) == -1)
		return e->kind != ERR_CANCELLED ? -1 : err_set(e, ERR_CONFLICT, "The export was stopped; what was written is not whole.");
	return output_fd_flush(&out, e);
}

/* A file that is not whole does not stay. */
static int
write_file(const struct cli *cli, int64_t account_id, const struct export_options *o, const struct writer *writer,
    int64_t *written, struct err *e)
{
	int fd, result;

	if (cli->output == NULL)
		return write_to(cli, account_id, o, writer, STDOUT_FILENO, written, e);
	if ((fd = open(cli->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) == -1)
		return errno == EEXIST ? err_set(e, ERR_CONFLICT, "There is a file %.200s already. Please name a new one.", cli->output) :
		    err_sys(e, "cannot create %.200s", cli->output);
	result = write_to(cli, account_id, o, writer, fd, written, e);
	if (close(fd) == -1 && result == 0)
		result = err_sys(e, "cannot write %.200s", cli->output);
	if (result == -1)
		unlink(cli->output);
	return result;
}

int
cli_export(struct cli *cli, struct err *e)
{
	const struct writer *writer = NULL;
	struct export_options options;
	int64_t account_id, written;

	set_signals();
	if (read_options(cli, &options, &writer, e) == -1 || open_database(cli, e) == -1 ||
	    cli_find_account(cli, cli->account, &account_id, e) == -1 ||
	    write_file(cli, account_id, &options, writer, &written, e) == -1)
		return -1;
	fprintf(stderr, "written=%" PRId64 "\n", written);
	return 0;
}
