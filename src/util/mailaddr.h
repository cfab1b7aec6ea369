/* Mail addresses. */
#ifndef UTIL_MAILADDR_H
#define UTIL_MAILADDR_H

#include "util/base.h"

#define MAILADDR_MAX	254	/* bytes, RFC 5321 section 4.5.3.1.3 without the brackets */

/*
 * True for local@domain that may stand as it is in a header, in an SMTP command and in a list with commas: UTF-8, one
 * @, no blanks, control characters, quotes or brackets, no empty label in the domain.  Whether mail
 * arrives there only mail can tell.
 */
bool mailaddr_usable(const char *, size_t n);

#endif
