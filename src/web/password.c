#include <sodium.h>

#include "web/password.h"

#include "util/utf8.h"

#include "web/i18n.h"

#define OPSLIMIT	2
#define MEMLIMIT	((size_t)19 * 1024 * 1024)

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "the stored text fits");

/* The hash, with the parameters above, of a password that nobody knows. */
static const char nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$bvs/gIMo1U+Ex7C0X6w2Zg$5qLdVth0c6qvDNQZmevH1zggqOqMNsFDVGJW7RxuQbQ";

static size_t
count_chars(const char *s)
{
	size_t n = 0;

	/* Bytes that continue a character do not count. */
	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int
password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct err *e)
{
	size_t n = strlen(password);

	if (!utf8_valid(password, n))
		return err_set(e, ERR_INPUT, "%s", tr("The password is not valid text (UTF-8)."));
	if (count_chars(password) < PASSWORD_MIN_CHARS)
		return err_set(e, ERR_INPUT, tr("The password is too short: it needs %d characters or more."),
		    PASSWORD_MIN_CHARS);
	if (n > PASSWORD_MAX_BYTES)
		return err_set(e, ERR_INPUT, tr("The password is too long: %d bytes is the limit."), PASSWORD_MAX_BYTES);
	if (crypto_pwhash_str_alg(out, password, n, OPSLIMIT, MEMLIMIT, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_nomem(e);
	return 0;
}

bool
password_verify(const char *password, const char *hash)
{
	size_t n = strlen(password);
	bool fits = crypto_pwhash_str_verify(hash != NULL ? hash : nobody, password, MIN(n, (size_t)PASSWORD_MAX_BYTES)) == 0;

	return fits && hash != NULL && n <= PASSWORD_MAX_BYTES;
}
