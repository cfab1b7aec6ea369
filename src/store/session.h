/* Sessions: only a hash of the cookie's token is stored. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/account.h"

#define SESSION_SECONDS	(14 * 24 * 3600)

/* Starts a session; the database computes the end.  Also removes sessions that are over.  ERR_NOTFOUND if the
 * admin was removed meanwhile. */
int session_add(struct db *, const uint8_t token_hash[HASH256_SIZE], int64_t user_id, struct err *) MUST_CHECK;

/* The admin of a session that is not over, without the password_hash ("").  1, 0, -1. */
int session_admin(struct db *, const uint8_t token_hash[HASH256_SIZE], struct admin *, struct err *) MUST_CHECK;

/* Ends a session; one that is over already is no error. */
int session_remove(struct db *, const uint8_t token_hash[HASH256_SIZE], struct err *) MUST_CHECK;

#endif
