/* The commands of trasloco, cli_NOUN_VERB() in cli_NOUN.c; the table of them and its options are in cli.c. */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "app/config.h"

#define CLI_WANTS_MAX	16

/* A command line as it was understood.  An option that was not given is NULL, false or 0. */
struct cli {
	const char		*config_path, *account, *state;
	int64_t			 limit, before;
	bool			 password_stdin;
	const char		*output;	/* of export: a path */
	struct {
		const char *name, *value;	/* what only some commands take; of export: as export_options_set() does */
	}			 wants[CLI_WANTS_MAX];
	int			 n_wants;
	int			 given;		/* bits of the options that were given */
	char			**args;		/* what follows the command's words */
	int			 n_args;
	struct settings		 settings;	/* these four only for commands that need the database */
	struct role_secret	 secret;
	struct db_config	 db_config;
	struct db		*db;		/* role migrate; of export: jobs */
};

int cli_account_add(struct cli *, struct err *);
int cli_account_list(struct cli *, struct err *);
int cli_user_add(struct cli *, struct err *);
int cli_user_list(struct cli *, struct err *);
int cli_user_passwd(struct cli *, struct err *);
int cli_user_remove(struct cli *, struct err *);

int cli_job_list(struct cli *, struct err *);
int cli_job_show(struct cli *, struct err *);
int cli_job_cancel(struct cli *, struct err *);
int cli_job_note(struct cli *, struct err *);
int cli_audit(struct cli *, struct err *);

int cli_export(struct cli *, struct err *);

int cli_move(struct cli *, struct err *);
int cli_copy(struct cli *, struct err *);
int cli_doctor(struct cli *, struct err *);

int cli_token_add(struct cli *, struct err *);
int cli_token_list(struct cli *, struct err *);
int cli_token_revoke(struct cli *, struct err *);

/* The value of an option out of wants; "" without it. */
const char *cli_wanted(const struct cli *, const char *name);

/* Only these of the wants may be there (the list ends with NULL), and --account, which is found.  ERR_INPUT, ERR_NOTFOUND. */
int cli_check_wants(struct cli *, const char *const *names, int64_t *account_id, struct err *) MUST_CHECK;

/* The account of a name or number; ERR_NOTFOUND with a sentence. */
int cli_find_account(struct cli *, const char *name, int64_t *account_id, struct err *) MUST_CHECK;

#endif
