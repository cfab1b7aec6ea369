/*
 * The token that a form carries so that no other site can send it: a keyed hash under the secret of the
 * reader's cookie.  Whoever does not know the cookie can neither make nor
 * guess it, and it says nothing about the cookie.
 */
#ifndef WEB_CSRF_H
#define WEB_CSRF_H

#include "util/base.h"

#define CSRF_FIELD	"csrf"
#define CSRF_SIZE	(2 * 32 + 1)

/* cookie_token: 64 hexadecimal digits; anything else gives "", which no check accepts. */
void csrf_token(const char *cookie_token, char out[CSRF_SIZE]);

/* True if given belongs to the cookie; constant time.  given may be NULL. */
bool csrf_check(const char *cookie_token, const char *given) MUST_CHECK;

#endif
