#include <sodium.h>

#include "spool/sign.h"

_Static_assert(SIGN_HEX_SIZE == 2 * crypto_auth_hmacsha256_BYTES + 1, "signature");

int
sign_secret_new(const char *public_hex, char secret[SIGN_SECRET_SIZE], uint8_t sealed[SIGN_SEALED_SIZE], struct err *e)
{
	uint8_t random[(SIGN_SECRET_SIZE - 1) / 2];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(secret, SIGN_SECRET_SIZE, random, sizeof(random));
	sodium_memzero(random, sizeof(random));
	return key_seal(public_hex, secret, SIGN_SECRET_SIZE - 1, sealed, e);
}

int
sign_message(const struct key_pair *pair, const void *sealed, size_t n_sealed, const char *stamp, const void *body,
    size_t n, char out[SIGN_HEX_SIZE], struct err *e)
{
	uint8_t secret[SIGN_SECRET_SIZE - 1], mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	if (n_sealed != SIGN_SEALED_SIZE)
		return err_set(e, ERR_CRYPTO, "a sealed webhook secret has %zu bytes", n_sealed);
	if (key_open(pair, sealed, n_sealed, secret, e) == -1)
		return -1;
	crypto_auth_hmacsha256_init(&state, secret, sizeof(secret));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)stamp, strlen(stamp));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
	crypto_auth_hmacsha256_update(&state, body, n);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(out, SIGN_HEX_SIZE, mac, sizeof(mac));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(&state, sizeof(state));
	return 0;
}
