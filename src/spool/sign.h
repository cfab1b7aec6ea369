/*
 * Signatures of webhooks: HMAC-SHA256 with a secret of the account's.  web makes the secret, shows it once and keeps it
 * sealed to the jobs role, which alone can sign (doc/WEBHOOK).
 */
#ifndef SPOOL_SIGN_H
#define SPOOL_SIGN_H

#include "spool/key.h"

#define SIGN_SECRET_SIZE	65			/* 64 hexadecimal digits and a NUL; the digits themselves are the key */
#define SIGN_SEALED_SIZE	(SIGN_SECRET_SIZE - 1 + KEY_SEAL_OVERHEAD)
#define SIGN_HEX_SIZE		65

/* A fresh secret as the admin is shown it, and itself sealed to public_hex.  The caller wipes secret. */
int sign_secret_new(const char *public_hex, char secret[SIGN_SECRET_SIZE], uint8_t sealed[SIGN_SEALED_SIZE],
    struct err *) MUST_CHECK;

/* The signature of "stamp.body" as lower-case hexadecimal.  ERR_CRYPTO if the secret was not sealed to this pair. */
int sign_message(const struct key_pair *, const void *sealed, size_t n_sealed, const char *stamp, const void *body,
    size_t n, char out[SIGN_HEX_SIZE], struct err *) MUST_CHECK;

#endif
