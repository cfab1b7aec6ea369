/* Unpredictable bytes (libsodium). */
#ifndef UTIL_RND_H
#define UTIL_RND_H

#include "util/err.h"

/* Prepares libsodium; every program calls it first.  0, or -1 if the system has no randomness. */
int rnd_init(struct err *) MUST_CHECK;

void rnd_bytes(void *, size_t n);

/* 2 * n hexadecimal digits and a NUL into out. */
void rnd_hex(char *out, size_t n);

/* Compares n secret bytes in constant time. */
bool rnd_equal(const void *, const void *, size_t n);

#endif
