/* trasloco: accounts, admins, keys and the schema, for the people who run a server; files, for everybody. */
#include "jobs/reader_child.h"

#include <getopt.h>

#include "app/askpass.h"
#include "app/complain.h"
#include "app/config.h"
#include "app/convert.h"
#include "spool/key.h"
#include "store/account.h"
#include "store/migrate.h"
#include "util/log.h"
#include "util/mailaddr.h"
#include "util/rnd.h"
#include "util/utf8.h"
#include "web/password.h"

#define EXIT_USAGE	2

enum { OPT_ACCOUNT = 1, OPT_PASSWORD_STDIN = 2 };

struct cli {
	const char		*config_path, *account;
	bool			 password_stdin;
	int			 given;		/* OPT_ bits of the options that were given */
	char			**args;		/* what follows the command's words */
	int			 n_args;
	struct settings		 settings;
	struct role_secret	 secret;
	struct db_config	 db_config;
	struct db		*db;		/* open for commands that need it */
};

struct command {
	const char	*noun, *verb;		/* verb NULL: the noun is the command */
	int		 min_args, max_args, options;
	bool		 needs_db;
	int		(*run)(struct cli *, struct err *);	/* NULL: reads its own options, main() knows it */
	const char	*form, *purpose;
};

/* --- what a person types --- */

static int
check_email(const char *email, struct err *e)
{
	size_t len = strlen(email);

	if (len > MAILADDR_MAX)
		return err_set(e, ERR_INPUT, "An e-mail address may have %d bytes at most.", MAILADDR_MAX);
	if (!mailaddr_usable(email, len))
		return err_set(e, ERR_INPUT, "\"%.100s\" is not an e-mail address.", email);
	return 0;
}

static int
check_account_name(const char *name, struct err *e)
{
	const char *p;

	for (p = name; *p != '\0' && (unsigned char)*p >= ' ' && *p != 0x7f; p++)
		;
	if (*name == '\0' || *p != '\0' || strlen(name) > 255 || !utf8_valid(name, strlen(name)))
		return err_set(e, ERR_INPUT, "The name of an account is 1 to 255 bytes of text on one line.");
	return 0;
}

static int
find_account(struct cli *cli, const char *name, int64_t *account_id, struct err *e)
{
	int r = account_find(cli->db, name, account_id, e);

	if (r == 0)
		return err_set(e, ERR_NOTFOUND, "There is no account \"%.100s\"; `trasloco account list` shows all.", name);
	return r == 1 ? 0 : -1;
}

static int
new_password_hash(const struct cli *cli, char hash[PASSWORD_HASH_SIZE], struct err *e)
{
	char password[ASKPASS_SIZE];
	int result = cli->password_stdin ? askpass_stdin(password, e) : askpass_new(password, e);

	if (result == 0)
		result = password_hash(password, hash, e);
	explicit_bzero(password, sizeof(password));
	return result;
}

/* --- the commands --- */

static int
run_account_add(struct cli *cli, struct err *e)
{
	const char *name = cli->args[0];
	int64_t account_id;

	if (check_account_name(name, e) == -1)
		return -1;
	if (account_add(cli->db, name, &account_id, e) == -1)
		return e->kind != ERR_CONFLICT ? -1 :
		    err_set(e, ERR_CONFLICT, "There is an account \"%.255s\" already.", name);
	printf("Account %" PRId64 ", \"%s\", was added.\n", account_id, name);
	return 0;
}

static int
print_account(void *ctx, int64_t account_id, const char *name, int64_t admins)
{
	(void)ctx;
	printf("%" PRId64 "\t%s\t%" PRId64 "\n", account_id, name, admins);
	return 0;
}

static int
run_account_list(struct cli *cli, struct err *e)
{
	return account_each(cli->db, print_account, NULL, e);
}

static int
run_user_add(struct cli *cli, struct err *e)
{
	const char *email = cli->args[0];
	char hash[PASSWORD_HASH_SIZE];
	int64_t account_id;

	if (cli->account == NULL)
		return err_set(e, ERR_INPUT, "Say whose admin this is with --account NAME.");
	if (check_email(email, e) == -1 || find_account(cli, cli->account, &account_id, e) == -1 ||
	    new_password_hash(cli, hash, e) == -1)
		return -1;
	if (admin_add(cli->db, account_id, email, hash, e) == -1)
		return e->kind != ERR_CONFLICT ? -1 :
		    err_set(e, ERR_CONFLICT, "There is an admin with the address %s already.", email);
	printf("%s is now an admin of \"%s\".\n", email, cli->account);
	return 0;
}

static int
print_admin(void *ctx, const struct admin *admin)
{
	(void)ctx;
	printf("%s\t%s\n", admin->account_name, admin->email);
	return 0;
}

static int
run_user_list(struct cli *cli, struct err *e)
{
	int64_t account_id = 0;

	if (cli->n_args == 1 && find_account(cli, cli->args[0], &account_id, e) == -1)
		return -1;
	return admin_each(cli->db, account_id, print_admin, NULL, e);
}

static int
no_such_admin(const char *email, struct err *e)
{
	return e->kind != ERR_NOTFOUND ? -1 :
	    err_set(e, ERR_NOTFOUND, "There is no admin with the address \"%.254s\".", email);
}

static int
run_user_passwd(struct cli *cli, struct err *e)
{
	const char *email = cli->args[0];
	char hash[PASSWORD_HASH_SIZE];

	if (new_password_hash(cli, hash, e) == -1)
		return -1;
	if (admin_set_password(cli->db, email, hash, e) == -1)
		return no_such_admin(email, e);
	printf("%s has a new password; all sessions of this admin were ended.\n", email);
	return 0;
}

static int
run_user_remove(struct cli *cli, struct err *e)
{
	const char *email = cli->args[0];

	if (admin_remove(cli->db, email, e) == -1)
		return no_such_admin(email, e);
	printf("%s is no admin any more; all sessions were ended.\n", email);
	return 0;
}

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
	char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];

	(void)cli, (void)e;
	key_generate(public_hex, secret_hex);
	printf("spool_public_key = %s\nspool_secret_key = %s\n", public_hex, secret_hex);
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
	{ "account", "add", 1, 1, 0, true, run_account_add, "account add NAME", "Make an account." },
	{ "account", "list", 0, 0, 0, true, run_account_list, "account list",
	    "List the accounts: number, name, how many admins." },
	{ "user", "add", 1, 1, OPT_ACCOUNT | OPT_PASSWORD_STDIN, true, run_user_add,
	    "user add --account NAME EMAIL [--password-stdin]", "Make an admin; asks for the password." },
	{ "user", "list", 0, 1, 0, true, run_user_list, "user list [ACCOUNT]", "List the admins of an account, or of all." },
	{ "user", "passwd", 1, 1, OPT_PASSWORD_STDIN, true, run_user_passwd,
	    "user passwd EMAIL [--password-stdin]", "Give an admin a new password." },
	{ "user", "remove", 1, 1, 0, true, run_user_remove, "user remove EMAIL", "Remove an admin." },
	{ "migrate", NULL, 0, 1, 0, true, run_migrate, "migrate [DIRECTORY]",
	    "Bring the database to this version's schema." },
	{ "keygen", NULL, 0, 0, 0, false, run_keygen, "keygen",
	    "Print a new key pair: one line for the configuration, one for the jobs secret." },
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
	fputs("\nWithout --config it reads $TRASLOCO_CONFIG, else " SYSCONFDIR "/trasloco/trasloco.conf.\n"
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

/* False if there is an option that nobody knows. */
static bool
read_options(struct cli *cli, int argc, char **argv, bool *help, bool *version)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "account", required_argument, NULL, 'a' },
		{ "password-stdin", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'c':
			cli->config_path = optarg;
			break;
		case 'a':
			cli->account = optarg;
			cli->given |= OPT_ACCOUNT;
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
