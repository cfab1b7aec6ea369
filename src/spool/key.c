#include <sodium.h>

#include "spool/key.h"

#include "util/esc.h"

_Static_assert(KEY_PUBLIC_SIZE == crypto_box_PUBLICKEYBYTES, "public half");
_Static_assert(KEY_SECRET_SIZE == crypto_box_SECRETKEYBYTES, "secret half");
_Static_assert(FILE_KEY_SIZE == crypto_secretstream_xchacha20poly1305_KEYBYTES, "file key");
_Static_assert(KEY_SEAL_OVERHEAD == crypto_box_SEALBYTES, "what sealing adds");
_Static_assert(KEY_SEALED_SIZE == FILE_KEY_SIZE + KEY_SEAL_OVERHEAD, "sealed file key");

/* Both live in sodium_malloc memory as a whole: guard pages, never swapped, wiped when freed. */
struct file_key {
	uint8_t b[FILE_KEY_SIZE];
};

struct key_pair {
	uint8_t pub[KEY_PUBLIC_SIZE], sec[KEY_SECRET_SIZE];
};

void
key_generate(char public_hex[KEY_HEX_SIZE], char secret_hex[KEY_HEX_SIZE])
{
	uint8_t pub[KEY_PUBLIC_SIZE], sec[KEY_SECRET_SIZE];

	crypto_box_keypair(pub, sec);
	sodium_bin2hex(public_hex, KEY_HEX_SIZE, pub, sizeof(pub));
	sodium_bin2hex(secret_hex, KEY_HEX_SIZE, sec, sizeof(sec));
	sodium_memzero(sec, sizeof(sec));
}

struct key_pair *
key_pair_load(const char *public_hex, const char *secret_hex, struct err *e)
{
	struct key_pair *pair = sodium_malloc(sizeof(*pair));
	uint8_t proof[KEY_PUBLIC_SIZE];

	if (pair == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (unhex(pair->pub, sizeof(pair->pub), public_hex) == -1) {
		err_set(e, ERR_CONFIG, "the public key is none: it must be 64 hexadecimal digits");
		goto free_pair;
	}
	if (unhex(pair->sec, sizeof(pair->sec), secret_hex) == -1) {
		err_set(e, ERR_CONFIG, "the secret key is none: it must be 64 hexadecimal digits");
		goto free_pair;
	}
	if (crypto_scalarmult_base(proof, pair->sec) != 0 ||
	    sodium_memcmp(proof, pair->pub, sizeof(proof)) != 0) {
		err_set(e, ERR_CONFIG, "the public and the secret key do not belong together");
		goto free_pair;
	}
	return pair;

free_pair:
	sodium_free(pair);
	return NULL;
}

void
key_pair_free(struct key_pair *pair)
{
	sodium_free(pair);
}

int
key_seal(const char *public_hex, const void *p, size_t n, uint8_t *sealed, struct err *e)
{
	uint8_t pub[KEY_PUBLIC_SIZE];

	if (unhex(pub, sizeof(pub), public_hex) == -1)
		return err_set(e, ERR_CONFIG, "the public key is none: it must be 64 hexadecimal digits");
	/* libsodium refuses points of small order, for which the "secret" would be public. */
	if (crypto_box_seal(sealed, p, n, pub) != 0)
		return err_set(e, ERR_CONFIG, "the public key is not a usable one");
	return 0;
}

int
key_open(const struct key_pair *pair, const uint8_t *sealed, size_t n, void *out, struct err *e)
{
	if (n < KEY_SEAL_OVERHEAD || crypto_box_seal_open(out, sealed, n, pair->pub, pair->sec) != 0)
		return err_set(e, ERR_CRYPTO, "this was not sealed to this key pair");
	return 0;
}

struct file_key *
file_key_random(struct err *e)
{
	struct file_key *key = sodium_malloc(sizeof(*key));

	if (key == NULL)
		err_nomem(e);
	else
		crypto_secretstream_xchacha20poly1305_keygen(key->b);
	return key;
}

struct file_key *
file_key_new(const char *public_hex, uint8_t sealed[KEY_SEALED_SIZE], struct err *e)
{
	struct file_key *key = file_key_random(e);

	if (key == NULL)
		return NULL;
	if (key_seal(public_hex, key->b, sizeof(key->b), sealed, e) == -1) {
		sodium_free(key);
		return NULL;
	}
	return key;
}

struct file_key *
file_key_open(const struct key_pair *pair, const uint8_t sealed[KEY_SEALED_SIZE], struct err *e)
{
	struct file_key *key = file_key_random(e);

	if (key == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (key_open(pair, sealed, KEY_SEALED_SIZE, key->b, e) == -1) {
		err_prefix(e, "the file's key");
		sodium_free(key);
		return NULL;
	}
	return key;
}

void
file_key_free(struct file_key *key)
{
	sodium_free(key);
}

const uint8_t *
file_key_bytes(const struct file_key *key)
{
	return key->b;
}
