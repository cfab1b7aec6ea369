/* Addresses of web pages: which ones can be used, and which ones mean the same page. */
#ifndef UTIL_WEBURL_H
#define UTIL_WEBURL_H

#include "util/sb.h"

/*
 * True for http://host... and https://host..., scheme in any case, with a host that could be one (letters,
 * digits, - . _ and non-ASCII, or an IPv6 address in brackets), a numeric port if any, no user name,
 * and no blanks or control characters.
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
 * Appends the address without what does not tell pages apart: scheme, "www.", default port, fragment, trailing
 * slash of the path, and tracking parameters; host in lower case; the rest of the query kept, in its order.
 * False, and nothing appended, if the address is not usable.
 */
bool weburl_page(const char *, size_t n, struct sb *);

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
