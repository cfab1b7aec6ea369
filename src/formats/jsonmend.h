/*
 * A record that json-c refuses, made acceptable to it: what is wrong in a member that nobody reads is no reason to lose
 * the comment.  Only what is no JSON changes, and no text is lost.
 *
 * - An escape that JSON does not know (\q, \x41, \u12) is a backslash and what follows; \' is a quote.
 * - undefined, None, NaN and Infinity are null; True and FALSE are true and false.
 * - Another word that is no number (+1, .5, 0x1F, 2020-01-02) is a string.
 */
#ifndef FORMATS_JSONMEND_H
#define FORMATS_JSONMEND_H

#include "util/sb.h"

/* record: tokens with all their brackets, colons and commas (formats/jsonsrc).  Added to out. */
void jsonmend(const char *record, size_t n, struct sb *out);

#endif
