#include <sodium.h>

#include "util/hash.h"

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(((struct hash *)0)->state),
    "struct hash has room for libsodium's state");

static crypto_generichash_state *
state(struct hash *h)
{
	return (crypto_generichash_state *)(void *)h->state;
}

void
hash_begin(struct hash *h, size_t size)
{
	h->size = size;
	crypto_generichash_init(state(h), NULL, 0, size);
}

void
hash_bytes(struct hash *h, const void *p, size_t n)
{
	if (n > 0)
		crypto_generichash_update(state(h), p, n);
}

void
hash_part(struct hash *h, const void *p, size_t n)
{
	unsigned char len[8];
	int i;

	for (i = 0; i < 8; i++)
		len[i] = (unsigned char)((uint64_t)n >> (8 * i));
	crypto_generichash_update(state(h), len, sizeof(len));
	hash_bytes(h, p, n);
}

void
hash_str(struct hash *h, const char *s)
{
	hash_part(h, s, strlen(s));
}

void
hash_u64(struct hash *h, uint64_t v)
{
	unsigned char b[8];
	int i;

	for (i = 0; i < 8; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	hash_part(h, b, sizeof(b));
}

void
hash_end(struct hash *h, void *out)
{
	crypto_generichash_final(state(h), out, h->size);
}

_Static_assert(HASH_SHORT_KEY == crypto_shorthash_KEYBYTES && crypto_shorthash_BYTES == sizeof(uint64_t),
    "hash_short is libsodium's crypto_shorthash");

uint64_t
hash_short(const uint8_t key[HASH_SHORT_KEY], const void *p, size_t n)
{
	uint64_t h;

	crypto_shorthash((unsigned char *)&h, p, n, key);
	return h;
}
