/* The options that only some commands take. */
#include "app/cli.h"

const char *
cli_wanted(const struct cli *cli, const char *name)
{
	int i;

	for (i = cli->n_wants - 1; i >= 0; i--)
		if (strcmp(cli->wants[i].name, name) == 0)
			return cli->wants[i].value;
	return "";
}

int
cli_check_wants(struct cli *cli, const char *const *names, int64_t *account_id, struct err *e)
{
	const char *const *name;
	int i;

	for (i = 0; i < cli->n_wants; i++) {
		for (name = names; *name != NULL && strcmp(*name, cli->wants[i].name) != 0; name++)
			;
		if (*name == NULL)
			return err_set(e, ERR_INPUT, "The option --%s belongs to another command.", cli->wants[i].name);
	}
	if (cli->account == NULL)
		return err_set(e, ERR_INPUT, "Say whose account it is with --account NAME.");
	return cli_find_account(cli, cli->account, account_id, e);
}
