/* UTF-8 as RFC 3629 defines it: no surrogates, nothing above U+10FFFF, no overlong forms. */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

#include "util/base.h"

/* Length (1..4) of the valid sequence at p, 0 if the bytes there are none.  n > 0. */
size_t utf8_sequence(const void *p, size_t n);

/* True if all n bytes are valid. */
bool utf8_valid(const char *, size_t n);

/* How many of the first of n bytes are valid.  *above grows by the number of characters above ASCII among them. */
size_t utf8_prefix(const char *, size_t n, uint64_t *above);

/* How many characters begin in n bytes, valid but for what is cut off at either end. */
size_t utf8_chars(const char *, size_t n);

/* The largest length <= max at which s (valid, n bytes) can be cut without splitting a character. */
size_t utf8_cut_bytes(const char *s, size_t n, size_t max);

/* The length in bytes of the first max characters of s (valid, n bytes), or n if it has fewer. */
size_t utf8_cut_chars(const char *s, size_t n, size_t max);

#endif
