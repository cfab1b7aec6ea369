#include "app/cli.h"

#include "app/askpass.h"
#include "store/account.h"
#include "util/mailaddr.h"
#include "util/utf8.h"
#include "web/password.h"

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

int
cli_find_account(struct cli *cli, const char *name, int64_t *account_id, struct err *e)
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

int
cli_account_add(struct cli *cli, struct err *e)
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

int
cli_account_list(struct cli *cli, struct err *e)
{
	return account_each(cli->db, print_account, NULL, e);
}

int
cli_user_add(struct cli *cli, struct err *e)
{
	const char *email = cli->args[0];
	char hash[PASSWORD_HASH_SIZE];
	int64_t account_id;

	if (cli->account == NULL)
		return err_set(e, ERR_INPUT, "Say whose admin this is with --account NAME.");
	if (check_email(email, e) == -1 || cli_find_account(cli, cli->account, &account_id, e) == -1 ||
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

int
cli_user_list(struct cli *cli, struct err *e)
{
	int64_t account_id = 0;

	if (cli->n_args == 1 && cli_find_account(cli, cli->args[0], &account_id, e) == -1)
		return -1;
	return admin_each(cli->db, account_id, print_admin, NULL, e);
}

static int
no_such_admin(const char *email, struct err *e)
{
	return e->kind != ERR_NOTFOUND ? -1 :
	    err_set(e, ERR_NOTFOUND, "There is no admin with the address \"%.254s\".", email);
}

int
cli_user_passwd(struct cli *cli, struct err *e)
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

int
cli_user_remove(struct cli *cli, struct err *e)
{
	const char *email = cli->args[0];

	if (admin_remove(cli->db, email, e) == -1)
		return no_such_admin(email, e);
	printf("%s is no admin any more; all sessions were ended.\n", email);
	return 0;
}
