#include <sodium.h>

#include "util/rnd.h"

int
rnd_init(struct err *e)
{
	if (sodium_init() == -1)
		return err_set(e, ERR_CRYPTO, "libsodium cannot be initialised on this system");
	return 0;
}

void
rnd_bytes(void *p, size_t n)
{
	randombytes_buf(p, n);
}

void
rnd_hex(char *out, size_t n)
{
	unsigned char buf[64];
	size_t part;

	for (; n > 0; n -= part, out += 2 * part) {
		part = MIN(n, sizeof(buf));
		randombytes_buf(buf, part);
		sodium_bin2hex(out, 2 * part + 1, buf, part);
	}
	sodium_memzero(buf, sizeof(buf));
}

bool
rnd_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}
