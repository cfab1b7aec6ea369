/*
 * Keys.  The jobs role owns an X25519 key pair; its public half stands in the
 * common configuration, so that web can seal the key of each upload to
 * jobs and nobody else (libsodium sealed box).  The web role owns another one,
 * to which jobs seal the keys of exports.  Secret halves live in
 * sodium_malloc memory and are never logged or dumped.
 */
#ifndef SPOOL_KEY_H
#define SPOOL_KEY_H

#include "util/err.h"

#define KEY_PUBLIC_SIZE		32
#define KEY_SECRET_SIZE		32
#define KEY_SEAL_OVERHEAD	48		/* crypto_box_SEALBYTES */
#define KEY_SEALED_SIZE		(32 + KEY_SEAL_OVERHEAD)	/* a file key */
#define KEY_HEX_SIZE		(2 * 32 + 1)
#define FILE_KEY_SIZE		32

/* The key of one spool file: guarded memory, opaque. */
struct file_key;

/* A role's pair. */
struct key_pair;

/* A new pair as hexadecimal text, for `trasloco keygen`. */
void key_generate(char public_hex[KEY_HEX_SIZE], char secret_hex[KEY_HEX_SIZE]);

/* From the two halves as hexadecimal; ERR_CONFIG if they are malformed or do not belong together. */
struct key_pair *key_pair_load(const char *public_hex, const char *secret_hex, struct err *);
void key_pair_free(struct key_pair *);		/* wipes; NULL does nothing */

/* Seals n bytes to public_hex: n + KEY_SEAL_OVERHEAD bytes at sealed.  ERR_CONFIG for a public_hex that is no usable key. */
int key_seal(const char *public_hex, const void *, size_t n, uint8_t *sealed, struct err *) MUST_CHECK;

/* Opens n bytes that key_seal made: n - KEY_SEAL_OVERHEAD bytes at out.  ERR_CRYPTO if they are not for this pair. */
int key_open(const struct key_pair *, const uint8_t *sealed, size_t n, void *out, struct err *) MUST_CHECK;

/* A fresh random file key, and itself sealed to public_hex. */
struct file_key *file_key_new(const char *public_hex, uint8_t sealed[KEY_SEALED_SIZE], struct err *);

/* A fresh random file key that is sealed to nobody: its file ends with this process. */
struct file_key *file_key_random(struct err *);

/* Opens what file_key_new sealed.  ERR_CRYPTO if it is not for this pair. */
struct file_key *file_key_open(const struct key_pair *, const uint8_t sealed[KEY_SEALED_SIZE], struct err *);
void file_key_free(struct file_key *);		/* wipes; NULL does nothing */

/* The FILE_KEY_SIZE bytes themselves, for spool.c alone; they stay in guarded memory. */
const uint8_t *file_key_bytes(const struct file_key *);

#endif
