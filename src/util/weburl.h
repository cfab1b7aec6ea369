/* Addresses of web pages: which ones can be used, which ones mean the same page, and how people read them. */
#ifndef UTIL_WEBURL_H
#define UTIL_WEBURL_H

#include "util/sb.h"

/*
 * True for http://host... and https://host..., scheme in any case, with a host that could be one (letters,
 * digits, - . _ and non-ASCII, this also percent-encoded, or an IPv6 address in brackets), a numeric port if any,
 * no user name, and no blanks or control characters.
 */
bool weburl_usable(const char *, size_t n);

/* What a person is told of where an address leads.  host: within the address, as it is written there, without a port. */
struct weburl_place {
	const char	*host;
	size_t		 host_size;
	bool		 https;
	bool		 literal;	/* the host is an IP address in any notation */
};

/* False, and *place not set, if the address is not usable. */
bool weburl_place(const char *, size_t n, struct weburl_place *place);

/*
 * Appends the normal form, by which addresses are compared and pages identified: without what does not tell pages apart,
 * and all else in its only spelling.  It never changes again, for identities are made of it.
 *  - Left out: scheme, "www.", default port, fragment, slashes at the end of the path, tracking parameters, parameters
 *    that are empty.
 *  - The host in lower case; a name that is not ASCII as IDNA writes it in the DNS (A-labels; UTS 46, non-transitional),
 *    or, where IDNA does not allow it, percent-encoded.
 *  - Path and query: unreserved characters (RFC 3986, section 2.3) as they are, %XX in capitals, everything else that is
 *    not allowed there by RFC 3986 percent-encoded, non-ASCII as the bytes that it has (RFC 3987, section 3.1); a % that
 *    begins no %XX is %25.  Dot segments are gone (RFC 3986, section 6.2.2.3).  What is reserved stays as it was written,
 *    encoded or not, and so does the order of the query.  Unicode is not normalised: a decomposed accent is another page.
 * The form of "https://" and a form is that form.  It is ASCII, of WEBURL_PAGE_ROOM(n) bytes at most; an sb that takes less
 * fails.  False, and nothing appended, if the address is not usable.
 */
#define WEBURL_PAGE_ROOM(n)	(3 * (n) + 256)
bool weburl_page(const char *, size_t n, struct sb *);

/*
 * Appends an address, with its scheme or as weburl_page() makes it, as people read and write it: what is percent-encoded
 * becomes the character if it is one that can be seen (no control, blank, or mark that reorders text) and is not
 * reserved; A-labels become the name.  weburl_page() of both is the same.  Text that is no address is appended as it is.
 */
void weburl_readable(const char *, size_t n, struct sb *);

/* Appends the address as it is, but for the fragment and tracking parameters.  False as weburl_page(). */
bool weburl_untracked(const char *, size_t n, struct sb *);

/*
 * Why an account's webhook can not go to this address: a sentence for a person, or NULL if it can.  https:// to
 * any host; with local_ok (settings.webhook_private) also http:// to this machine.  What a host name stands for is
 * looked at when it is resolved, at each delivery.
 */
#define WEBURL_WEBHOOK_MAX	2048
const char *weburl_webhook_problem(const char *url, bool local_ok);

#endif
