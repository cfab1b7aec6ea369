#include "util/mailaddr.h"

#include "util/utf8.h"

bool
mailaddr_usable(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n), *end = s + n, *p;

	if (n > MAILADDR_MAX || at == NULL || at == s || !utf8_valid(s, n))
		return false;
	for (p = s; p < end; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>()[]\\,;:\"", *p) != NULL || (*p == '@' && p != at))
			return false;
	/* Dots between the labels of the domain only. */
	for (p = at + 1; p < end; p++)
		if (*p == '.' && (p[-1] == '@' || p[-1] == '.'))
			return false;
	return at + 1 < end && end[-1] != '.';
}
