/* Cookies (RFC 6265). */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "util/base.h"

#include "http/resp.h"

/*
 * The value of a cookie out of a Cookie header, into out (size bytes).  True if the cookie is there,
 * fits and is the only one of its name: of two we could not know which one is ours.
 */
bool cookie_get(const char *header, const char *name, char *out, size_t size) MUST_CHECK;

/* Sets a cookie for the whole site: HttpOnly, SameSite=Lax; secure adds Secure.  max_age in seconds, 0 removes it,
 * -1 ends with the browser.  Name and value are tokens of ours. */
void cookie_set(struct resp *, const char *name, const char *value, int max_age, bool secure);

#endif
