/* trasloco token ...: what programs show that use the JSON API. */
#include "app/cli.h"

#include "app/cli_text.h"

#include "store/token.h"
#include "util/clock.h"
#include "util/num.h"

#define OPERATOR	"operator"

int
cli_token_add(struct cli *cli, struct err *e)
{
	static const char *const names[] = { "name", "scope", NULL };
	struct token_request r = { .name = cli_wanted(cli, "name"), .by = OPERATOR };
	char text[TOKEN_TEXT_SIZE];

	if (cli_check_wants(cli, names, &r.account_id, e) == -1 ||
	    token_scopes_parse(cli_wanted(cli, "scope"), &r.scopes, e) == -1 || token_add(cli->db, &r, text, e) == -1)
		return -1;
	puts(text);
	explicit_bzero(text, sizeof(text));
	fputs("This is the token; it cannot be shown again.\n", stderr);
	return 0;
}

static int
print_token(void *ctx, const struct token *t, struct err *e)
{
	char scopes[TOKEN_SCOPES_SIZE], created[CLOCK_TEXT_SIZE], used[CLOCK_TEXT_SIZE], revoked[CLOCK_TEXT_SIZE];

	(void)ctx, (void)e;
	token_scopes_write(t->scopes, scopes);
	clock_format(created, t->created_at);
	clock_format(used, t->last_used_at);
	clock_format(revoked, t->revoked_at);
	printf("%" PRId64, t->token_id);
	print_column(t->account_name);
	print_column(t->name);
	print_column(scopes);
	print_column(t->created_by);
	print_column(created);
	print_column(*used != '\0' ? used : "never used");
	print_column(*revoked != '\0' ? revoked : "in use");
	putchar('\n');
	return 0;
}

int
cli_token_list(struct cli *cli, struct err *e)
{
	int64_t account_id = 0;

	if (cli->account != NULL && cli_find_account(cli, cli->account, &account_id, e) == -1)
		return -1;
	return token_each(cli->db, account_id, print_token, NULL, e);
}

int
cli_token_revoke(struct cli *cli, struct err *e)
{
	int64_t token_id;
	int revoked;

	if (num_parse(cli->args[0], 1, INT64_MAX, &token_id) == -1)
		return err_set(e, ERR_INPUT, "\"%.40s\" is not the number of a token; `trasloco token list` shows them.", cli->args[0]);
	if ((revoked = token_revoke(cli->db, 0, token_id, OPERATOR, e)) == 0)
		return err_set(e, ERR_NOTFOUND, "There is no token %" PRId64 " that could be revoked; `trasloco token list` shows them.",
		    token_id);
	if (revoked == 1)
		printf("Token %" PRId64 " is revoked.\n", token_id);
	return revoked == 1 ? 0 : -1;
}
