#include <sodium.h>

#include "web/csrf.h"

#include "util/esc.h"
#include "util/rnd.h"

#define HASH_BYTES	32

static const unsigned char label[] = "trasloco form token";

static int
compute(const char *cookie_token, unsigned char out[HASH_BYTES])
{
	unsigned char key[32];

	if (unhex(key, sizeof(key), cookie_token) == -1)
		return -1;
	return crypto_generichash(out, HASH_BYTES, label, sizeof(label), key, sizeof(key));
}

void
csrf_token(const char *cookie_token, char out[CSRF_SIZE])
{
	unsigned char hash[HASH_BYTES];

	out[0] = '\0';
	if (compute(cookie_token, hash) == 0)
		sodium_bin2hex(out, CSRF_SIZE, hash, sizeof(hash));
}

bool
csrf_check(const char *cookie_token, const char *given)
{
	unsigned char expected[HASH_BYTES], hash[HASH_BYTES];

	return given != NULL && unhex(hash, sizeof(hash), given) == 0 && compute(cookie_token, expected) == 0 &&
	    rnd_equal(hash, expected, sizeof(hash));
}
