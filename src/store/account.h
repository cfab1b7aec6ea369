/* Accounts and their admins. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "util/mailaddr.h"

#include "store/db.h"

struct admin {
	int64_t	user_id, account_id;
	char	account_name[256];
	char	email[MAILADDR_MAX + 1];
	char	password_hash[128];	/* crypto_pwhash_str() form, parameters inside */
};

/* New account; its id in *account_id.  ERR_CONFLICT if the name is taken, ERR_INPUT if it has not 1 to 255 bytes. */
int account_add(struct db *, const char *name, int64_t *account_id, struct err *) MUST_CHECK;

/* 1 and *account_id, 0 if there is no account of that name or number, -1.  A name wins over a number. */
int account_find(struct db *, const char *name_or_id, int64_t *account_id, struct err *) MUST_CHECK;

/* Every account, by number; fn returns 0 to go on, else the rest is left out (no error).  fn must not use the db. */
int account_each(struct db *, int (*fn)(void *ctx, int64_t account_id, const char *name, int64_t admins), void *ctx,
    struct err *) MUST_CHECK;

/* New admin.  ERR_CONFLICT if the address is taken, ERR_NOTFOUND if there is no such account, ERR_INPUT for an
 * address that has not 1 to MAILADDR_MAX bytes. */
int admin_add(struct db *, int64_t account_id, const char *email, const char *password_hash, struct err *) MUST_CHECK;

/* By e-mail, letter case ignored.  1, 0, -1. */
int admin_by_email(struct db *, const char *email, struct admin *, struct err *) MUST_CHECK;

/* New password; ends all sessions of the admin.  ERR_NOTFOUND. */
int admin_set_password(struct db *, const char *email, const char *password_hash, struct err *) MUST_CHECK;

/* Removes an admin and all sessions; jobs keep the address as text.  ERR_NOTFOUND. */
int admin_remove(struct db *, const char *email, struct err *) MUST_CHECK;

/* All admins of an account (0: of all), ordered by account and address, without their password_hash ("").
 * fn as in account_each. */
int admin_each(struct db *, int64_t account_id, int (*fn)(void *ctx, const struct admin *), void *ctx,
    struct err *) MUST_CHECK;

/* For store/: the columns user_id, account_id, account name and email of the open row; password_hash becomes "". */
void admin_row(const struct db *, struct admin *);

#endif
