/* Passwords: Argon2id through libsodium, 19 MiB and t = 2, parameters inside the stored text. */
#ifndef WEB_PASSWORD_H
#define WEB_PASSWORD_H

#include "util/err.h"

#define PASSWORD_HASH_SIZE	128
#define PASSWORD_MIN_CHARS	10
#define PASSWORD_MAX_BYTES	1024

/* ERR_INPUT with a sentence if it is too short or too long. */
int password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct err *) MUST_CHECK;

/* Takes the same time whether the admin exists: hash may be NULL, and the answer is then false. */
bool password_verify(const char *password, const char *hash);

#endif
