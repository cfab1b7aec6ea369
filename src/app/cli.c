/* trasloco: accounts, admins, keys and the schema, for the people who run a server; files, for everybody. */
#include "jobs/reader_child.h"

#include <getopt.h>

#include "app/cli.h"
#include "app/complain.h"
#include "app/convert.h"
#include "model/job.h"
#include "spool/key.h"
#include "store/migrate.h"
#include "util/log.h"
#include "util/num.h"
#include "util/rnd.h"

#define EXIT_USAGE	2
#define LIMIT_MAX	1000000

enum { OPT_ACCOUNT = 1, OPT_PASSWORD_STDIN = 2, OPT_STATE = 4, OPT_LIMIT = 8, OPT_BEFORE = 16, OPT_WANTS = 32 };

struct command {
	const char	*noun, *verb;		/* verb NULL: the noun is the command */
	int		 min_args, max_args, options;
	bool		 needs_db;
	int		(*run)(struct cli *, struct err *);	/* NULL: reads its own options, main() knows it */
	const char	*form, *purpose;
};

static int
run_migrate(struct cli *cli, struct err *e)
{
	int applied;

	if (migrate_run(cli->db, cli->n_args == 1 ? cli->args[0] : PKGDATADIR "/sql", &applied, e) == -1)
		return -1;
	printf("The database has schema version %d; steps applied just now: %d.\n", SCHEMA_VERSION, applied);
	return 0;
}

static int
run_keygen(struct cli *cli, struct err *e)
{
	static const char *const names[] = { "spool", "export" };
	char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];
	size_t i;

	(void)cli, (void)e;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		key_generate(public_hex, secret_hex);
		printf("%s_public_key = %s\n%s_secret_key = %s\n", names[i], public_hex, names[i], secret_hex);
	}
	explicit_bzero(secret_hex, sizeof(secret_hex));
	return 0;
}

static int
run_formats(struct cli *cli, struct err *e)
{
	(void)cli, (void)e;
	convert_print_formats(stdout);
	return 0;
}

static int
run_version(struct cli *cli, struct err *e)
{
	(void)cli, (void)e;
	puts("trasloco " VERSION_TEXT);
	return 0;
}

static int run_help(struct cli *, struct err *);

static const struct command commands[] = {
	{ "account", "add", 1, 1, 0, true, cli_account_add, "account add NAME", "Make an account." },
	{ "account", "list", 0, 0, 0, true, cli_account_list, "account list",
	    "List the accounts: number, name, how many admins." },
	{ "user", "add", 1, 1, OPT_ACCOUNT | OPT_PASSWORD_STDIN, true, cli_user_add,
	    "user add --account NAME EMAIL [--password-stdin]", "Make an admin; asks for the password." },
	{ "user", "list", 0, 1, 0, true, cli_user_list, "user list [ACCOUNT]", "List the admins of an account, or of all." },
	{ "user", "passwd", 1, 1, OPT_PASSWORD_STDIN, true, cli_user_passwd,
	    "user passwd EMAIL [--password-stdin]", "Give an admin a new password." },
	{ "user", "remove", 1, 1, 0, true, cli_user_remove, "user remove EMAIL", "Remove an admin." },
	{ "job", "list", 0, 0, OPT_ACCOUNT | OPT_STATE | OPT_LIMIT, true, cli_job_list,
	    "job list [--account NAME] [--state STATE] [--limit N]", "List the newest jobs." },
	{ "job", "show", 1, 1, 0, true, cli_job_show, "job show ID", "Tell all that is known about a job." },
	{ "job", "cancel", 1, 1, 0, true, cli_job_cancel, "job cancel ID", "Cancel a job, whoever asked for it." },
	{ "audit", NULL, 0, 0, OPT_ACCOUNT | OPT_BEFORE | OPT_LIMIT, true, cli_audit,
	    "audit [--account NAME] [--before ID] [--limit N]", "Print the audit log, newest first." },
	{ "export", NULL, 0, 0, OPT_ACCOUNT | OPT_WANTS, false, cli_export, "export --account NAME --format FORMAT [OPTION]...",
	    "Write an account's comments to a file or to standard output." },
	{ "move", NULL, 0, 0, OPT_ACCOUNT | OPT_WANTS, true, cli_move,
	    "move --account NAME --from PLACE --to PLACE [OPTION]...", "Move comments to another domain, address or page id." },
	{ "copy", NULL, 0, 0, OPT_ACCOUNT | OPT_WANTS, true, cli_copy,
	    "copy --account NAME --from-page ID --to-page ID [--to-url URL]", "Copy a page's comments to another page." },
	{ "token", "add", 0, 0, OPT_ACCOUNT | OPT_WANTS, true, cli_token_add,
	    "token add --account NAME --name NAME --scope SCOPE[,SCOPE]...",
	    "Make a token for a program that uses the API, and print it: the only time." },
	{ "token", "list", 0, 0, OPT_ACCOUNT, true, cli_token_list, "token list [--account NAME]",
	    "List the tokens: number, account, name, scopes, by whom, when made, last used, revoked." },
	{ "token", "revoke", 1, 1, 0, true, cli_token_revoke, "token revoke ID", "End a token, at once." },
	{ "doctor", NULL, 0, 1, 0, false, cli_doctor, "doctor [DIRECTORY]",
	    "Look for what is wrong on this server, and say what mends it." },
	{ "migrate", NULL, 0, 1, 0, true, run_migrate, "migrate [DIRECTORY]",
	    "Bring the database to this version's schema." },
	{ "keygen", NULL, 0, 0, 0, false, run_keygen, "keygen",
	    "Print new key pairs: the public halves for the configuration, the secret ones for jobs and web." },
	{ "convert", NULL, 0, 0, 0, false, NULL, "convert [OPTION]... --to FORMAT [FILE|-]",
	    "Convert comments between file formats; `convert --help` tells more." },
	{ "formats", NULL, 0, 0, 0, false, run_formats, "formats", "List what is read and written." },
	{ "version", NULL, 0, 0, 0, false, run_version, "version", "Print the version." },
	{ "help", NULL, 0, 0, 0, false, run_help, "help", "Print this text." },
};

static void
print_usage(FILE *out)
{
	size_t i;

	fputs("Usage: trasloco [--config FILE] COMMAND\n\n", out);
	for (i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-50s %s\n", commands[i].form, commands[i].purpose);
	fputs("\nexport writes with the rights of jobs, at once and without a job: -o FILE, a new file, else standard output;\n"
	    "--gzip; --page ID-OR-ADDRESS; --site NAME; --from DATE and --to DATE (2026-01-31, or with a time; UTC);\n"
	    "--no-spam, --no-pending, --no-deleted leave such comments out.  `formats` lists what FORMAT can be.\n"
	    "\nmove: PLACE is a domain, an address, the begin of addresses with * behind it, or a page id, or what --kind says;\n"
	    "--csv FILE, lines \"old,new\", in place of --from and --to; --preview changes nothing; --merge makes one page of those that meet.\n"
	    "\ntoken: SCOPE is import, export or move; doc/API tells what each may do.\n"
	    "\nDIRECTORY holds the schema and the grants; it is " PKGDATADIR "/sql if none is given.\n"
	    "Without --config it reads $TRASLOCO_CONFIG, else " SYSCONFDIR "/trasloco/trasloco.conf.\n"
	    "Passwords are asked for on the terminal, or read from standard input with --password-stdin.\n"
	    "Exit status: 0 done, 1 not done, 2 wrong usage.\n", out);
}

static int
run_help(struct cli *cli, struct err *e)
{
	(void)cli, (void)e;
	print_usage(stdout);
	return 0;
}

/* --- from arguments to a command --- */

/* The command of these words, cli->args behind them; NULL if there is none or it does not take them. */
static const struct command *
find_command(struct cli *cli, int n, char **words)
{
	const struct command *c;
	int used;

	for (c = commands; c < commands + ARRAY_LEN(commands); c++) {
		used = c->verb != NULL ? 2 : 1;
		if (n < used || strcmp(words[0], c->noun) != 0 || (c->verb != NULL && strcmp(words[1], c->verb) != 0))
			continue;
		if (c->run == NULL)
			return NULL;
		cli->args = words + used;
		cli->n_args = n - used;
		if (cli->n_args < c->min_args || cli->n_args > c->max_args || (cli->given & ~c->options) != 0)
			return NULL;
		return c;
	}
	return NULL;
}

static int
open_database(struct cli *cli, struct err *e)
{
	if (config_load(cli->config_path, &cli->settings, e) == -1 ||
	    config_load_secret(cli->settings.migrate_secret, &cli->secret, e) == -1)
		return -1;
	cli->db_config = config_db(&cli->settings, &cli->secret);
	return (cli->db = db_open(&cli->db_config, DB_ROLE_MIGRATE, e)) != NULL ? 0 : -1;
}

static int
run_command(struct cli *cli, const struct command *c, struct err *e)
{
	int result = -1;

	if (rnd_init(e) == -1)
		return -1;
	if (!c->needs_db || open_database(cli, e) == 0)
		result = c->run(cli, e);
	db_close(cli->db);
	explicit_bzero(&cli->secret, sizeof(cli->secret));
	if (result == 0 && (fflush(stdout) == EOF || ferror(stdout)))
		return err_sys(e, "write to standard output");
	return result;
}

static bool
is_state(const char *name)
{
	int i;

	for (i = 0; i < JOB_STATE__MAX; i++)
		if (strcmp(job_state_names[i], name) == 0)
			return true;
	return false;
}

static bool
want(struct cli *cli, const char *name, const char *value)
{
	cli->given |= OPT_WANTS;
	if (cli->n_wants == CLI_WANTS_MAX)
		return false;
	cli->wants[cli->n_wants].name = name;
	cli->wants[cli->n_wants++].value = value;
	return true;
}

/* False if there is an option that nobody knows, or one with a value that it cannot have. */
static bool
read_options(struct cli *cli, int argc, char **argv, bool *help, bool *version)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "account", required_argument, NULL, 'a' },
		{ "state", required_argument, NULL, 's' },
		{ "limit", required_argument, NULL, 'l' },
		{ "before", required_argument, NULL, 'b' },
		{ "password-stdin", no_argument, NULL, 'p' },
		{ "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'w' },
		{ "page", required_argument, NULL, 'w' },
		{ "site", required_argument, NULL, 'w' },
		{ "from", required_argument, NULL, 'w' },
		{ "to", required_argument, NULL, 'w' },
		{ "gzip", no_argument, NULL, 'y' },
		/* moves and copies */
		{ "kind", required_argument, NULL, 'w' },
		{ "csv", required_argument, NULL, 'w' },
		{ "merge", no_argument, NULL, 'y' },
		{ "preview", no_argument, NULL, 'y' },
		{ "from-page", required_argument, NULL, 'w' },
		{ "to-page", required_argument, NULL, 'w' },
		{ "to-url", required_argument, NULL, 'w' },
		/* tokens */
		{ "name", required_argument, NULL, 'w' },
		{ "scope", required_argument, NULL, 'w' },
		{ "no-spam", no_argument, NULL, 'n' },
		{ "no-pending", no_argument, NULL, 'n' },
		{ "no-deleted", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c, which;

	while ((c = getopt_long(argc, argv, "o:", options, &which)) != -1)
		switch (c) {
		case 'c':
			cli->config_path = optarg;
			break;
		case 'a':
			cli->account = optarg;
			cli->given |= OPT_ACCOUNT;
			break;
		case 's':
			if (!is_state(optarg))
				return false;
			cli->state = optarg;
			cli->given |= OPT_STATE;
			break;
		case 'l':
			if (num_parse(optarg, 1, LIMIT_MAX, &cli->limit) == -1)
				return false;
			cli->given |= OPT_LIMIT;
			break;
		case 'b':
			if (num_parse(optarg, 1, INT64_MAX, &cli->before) == -1)
				return false;
			cli->given |= OPT_BEFORE;
			break;
		case 'o':
			cli->output = optarg;
			cli->given |= OPT_WANTS;
			break;
		case 'w':
			if (!want(cli, options[which].name, optarg))
				return false;
			break;
		case 'y':
			if (!want(cli, options[which].name, "yes"))
				return false;
			break;
		case 'n':
			if (!want(cli, options[which].name + 3, "no"))	/* behind "no-" */
				return false;
			break;
		case 'p':
			cli->password_stdin = true;
			cli->given |= OPT_PASSWORD_STDIN;
			break;
		case 'h':
			*help = true;
			break;
		case 'v':
			*version = true;
			break;
		default:
			return false;
		}
	return true;
}

int
main(int argc, char **argv)
{
	bool help = false, version = false;
	const struct command *c;
	struct cli cli = { .args = NULL };
	struct err e;

	if (argc > 0 && strcmp(argv[0], READER_CHILD_NAME) == 0)
		return reader_child_main();
	log_init("trasloco");
	if (argc > 1 && strcmp(argv[1], "convert") == 0)
		return convert_main(argc, argv);
	if (!read_options(&cli, argc, argv, &help, &version)) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (help)
		return run_help(&cli, &e);
	if (version)
		return run_version(&cli, &e);
	if ((c = find_command(&cli, argc - optind, argv + optind)) == NULL) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (run_command(&cli, c, &e) == -1) {
		complain(&e);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
