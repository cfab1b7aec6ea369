/*
 * BLAKE2b (RFC 7693, through libsodium's crypto_generichash) over a list of
 * parts.  Each part is preceded by its length as 8 bytes little endian, so
 * that ("ab", "c") and ("a", "bc") differ.
 */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include "util/base.h"

#define HASH128_SIZE	16
#define HASH256_SIZE	32

struct hash128 {
	uint8_t b[HASH128_SIZE];
};

struct hash {
	_Alignas(64) unsigned char state[384];	/* crypto_generichash_state; checked in hash.c */
	size_t size;
};

/* Starts a hash of size bytes: HASH128_SIZE or HASH256_SIZE. */
void hash_begin(struct hash *, size_t size);

/* Adds one length-prefixed part. */
void hash_part(struct hash *, const void *, size_t n);
void hash_str(struct hash *, const char *);
void hash_u64(struct hash *, uint64_t);

/* Adds bytes as they are.  With nothing else the sum is that of the tool `b2sum -l 256`, however they were cut. */
void hash_bytes(struct hash *, const void *, size_t n);

/* Writes size bytes to out.  The hash is used up. */
void hash_end(struct hash *, void *out);

/* A keyed 64-bit hash (SipHash-2-4) for tables whose keys come from outside.  The key is random and stays in the
 * process. */
#define HASH_SHORT_KEY	16
uint64_t hash_short(const uint8_t key[HASH_SHORT_KEY], const void *, size_t n);

#endif
