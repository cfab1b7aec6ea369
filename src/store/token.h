/* Tokens of programs that use the JSON API (doc/API): each belongs to an account and may do what its scopes say. */
#ifndef STORE_TOKEN_H
#define STORE_TOKEN_H

#include "store/db.h"

/* In the order of the database's set. */
enum token_scope { TOKEN_SCOPE_IMPORT, TOKEN_SCOPE_EXPORT, TOKEN_SCOPE_MOVE, TOKEN_SCOPE__MAX };
extern const char *const token_scope_names[TOKEN_SCOPE__MAX];	/* "import", ...; in store/token.c */
#define TOKEN_MAY(scope)	(1u << (scope))

#define TOKEN_NAME_MAX		100	/* bytes */
#define TOKEN_TEXT_SIZE		48	/* "trl_", 32 random bytes in base64url, NUL */
#define TOKEN_SCOPES_SIZE	32

struct token {
	int64_t		token_id, account_id;
	char		account_name[256];
	char		name[TOKEN_NAME_MAX + 1];
	unsigned	scopes;				/* TOKEN_MAY() of each */
	char		created_by[255];		/* an admin's address, or "operator" */
	int64_t		created_at, last_used_at, revoked_at;	/* ms UTC, CLOCK_UNKNOWN: never; used: to the minute */
};

/* "import,export"; and from there, blanks around the names allowed: ERR_INPUT for one that is none, and for none. */
void token_scopes_write(unsigned scopes, char out[TOKEN_SCOPES_SIZE]);
int token_scopes_parse(const char *, unsigned *scopes, struct err *) MUST_CHECK;

/* --- roles web and migrate --- */

struct token_request {
	int64_t		 account_id;
	const char	*name;
	unsigned	 scopes;
	const char	*by;		/* who asks */
};

/*
 * A new token, with a line in the audit log.  text: the token itself, which nobody can read later; the caller wipes
 * it.  ERR_INPUT with a sentence for a name that is not 1 to TOKEN_NAME_MAX bytes of text on one line, and for no scope.
 */
int token_add(struct db *, const struct token_request *, char text[TOKEN_TEXT_SIZE], struct err *) MUST_CHECK;

/* Ends it, with a line in the audit log.  account_id 0: whoever's it is (role migrate).  1, 0 when there is none or it
 * has ended, -1. */
int token_revoke(struct db *, int64_t account_id, int64_t token_id, const char *by, struct err *) MUST_CHECK;

/* The account's (0: all; role migrate), newest first, revoked ones too; fn as in store/job.h. */
int token_each(struct db *, int64_t account_id, int (*fn)(void *ctx, const struct token *, struct err *), void *ctx,
    struct err *) MUST_CHECK;

/* --- role web --- */

/* Whose is it?  1, and its use is noted; 0: nobody's, or revoked.  -1. */
int token_by_text(struct db *, const char *text, struct token *, struct err *) MUST_CHECK;

#endif
