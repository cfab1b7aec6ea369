/* UTF-8 as RFC 3629 defines it: no surrogates, nothing above U+10FFFF, no overlong forms. */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

#include "util/base.h"

#define UTF8_REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

/* Length (1..4) of the valid sequence at p, 0 if the bytes there are none.  n > 0. */
size_t utf8_sequence(const void *p, size_t n);

/*
 * True if a reader of the text does not see the character at p (a valid sequence of n bytes), or sees others in another
 * order for it: controls, blanks, Unicode's format characters and fillers, variation selectors, and what is for private
 * use or no character.  For addresses and names that somebody is to recognise.
 */
bool utf8_invisible(const char *p, size_t n);

/* True if all n bytes are valid. */
bool utf8_valid(const char *, size_t n);

/* How many of the first of n bytes are valid.  *above grows by the number of characters above ASCII among them. */
size_t utf8_prefix(const char *, size_t n, uint64_t *above);

/* How many characters begin in n bytes, valid but for what is cut off at either end. */
size_t utf8_chars(const char *, size_t n);
/* How often this character (a NUL-terminated sequence) is in s (valid, n bytes). */
size_t utf8_count(const char *s, size_t n, const char *character);

/* The largest length <= max at which s (valid, n bytes) can be cut without splitting a character. */
size_t utf8_cut_bytes(const char *s, size_t n, size_t max);

/* The length in bytes of the first max characters of s (valid, n bytes), or n if it has fewer. */
size_t utf8_cut_chars(const char *s, size_t n, size_t max);

/* The UTF-8 of what Windows-1252 has at a byte from 0x80 to 0x9f (WHATWG Encoding Standard); "" where it has nothing. */
const char *utf8_windows_1252(unsigned char);

#endif
