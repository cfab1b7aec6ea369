#include <strings.h>

#include "util/weburl.h"

#include "util/netaddr.h"
#include "util/num.h"

struct span {
	const char	*p;
	size_t		 n;
};

struct parts {
	bool		https;
	struct span	host, port, path, query;	/* without their separators; port and query may be empty */
};

/* Parameters that say where a visitor came from, not which page he sees.  formats/disqus.md, quirk 7. */
static const char *const tracking[] = {
	"fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "igshid",
	"mc_cid", "mc_eid", "_ga", "_gl", "ref", "ref_src", "from",
};

static bool
prefix_nocase(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

static struct span
skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

/* Splits off what stands before the first byte of set; *rest begins with that byte or is empty. */
static struct span
take_until(struct span s, const char *set, struct span *rest)
{
	size_t i = 0;

	while (i < s.n && strchr(set, s.p[i]) == NULL)
		i++;
	*rest = skip(s, i);
	return (struct span){ s.p, i };
}

static bool
host_ok(struct span host)
{
	size_t i;
	bool v6 = host.n > 2 && host.p[0] == '[';

	if (v6 && host.p[host.n - 1] != ']')
		return false;
	for (i = v6; i < host.n - v6; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (v6 ? strchr("0123456789abcdefABCDEF:.", c) == NULL :
		    !(c >= 0x80 || c == '-' || c == '.' || c == '_' || (c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
			return false;
	}
	return host.n > 0 && host.p[0] != '.';
}

static bool
port_ok(struct span port)
{
	size_t i;

	for (i = 0; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
	return port.n <= 5;
}

static bool
split(struct span s, struct parts *out)
{
	struct span rest, authority;
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	out->https = prefix_nocase(s, "https://");
	if (!out->https && !prefix_nocase(s, "http://"))
		return false;
	authority = take_until(skip(s, out->https ? 8 : 7), "/?#", &rest);
	if (authority.n > 0 && authority.p[0] == '[') {
		out->host = take_until(authority, "]", &out->port);
		if (out->port.n == 0)
			return false;
		out->host.n++;
		out->port = skip(out->port, 1);
	} else {
		out->host = take_until(authority, ":", &out->port);
	}
	if (out->port.n > 0) {
		if (out->port.p[0] != ':')
			return false;
		out->port = skip(out->port, 1);
	}
	out->path = take_until(rest, "?#", &rest);
	out->query = (struct span){ rest.p, 0 };
	if (rest.n > 0 && rest.p[0] == '?')
		out->query = take_until(skip(rest, 1), "#", &rest);
	return host_ok(out->host) && port_ok(out->port);
}

bool
weburl_usable(const char *s, size_t n)
{
	struct parts parts;

	return split((struct span){ s, n }, &parts);
}

bool
weburl_place(const char *s, size_t n, struct weburl_place *place)
{
	struct parts u;

	if (!split((struct span){ s, n }, &u))
		return false;
	*place = (struct weburl_place){ u.host.p, u.host.n, u.https, netaddr_literal(u.host.p, u.host.n) };
	return true;
}

static bool
is_tracking(struct span parameter)
{
	struct span rest, name = take_until(parameter, "=", &rest);
	size_t i;

	if (prefix_nocase(name, "utm_"))
		return true;
	for (i = 0; i < ARRAY_LEN(tracking); i++)
		if (name.n == strlen(tracking[i]) && prefix_nocase(name, tracking[i]))
			return true;
	return false;
}

static void
add_query(struct sb *sb, struct span query)
{
	char separator = '?';

	while (query.n > 0) {
		struct span rest, parameter = take_until(query, "&", &rest);

		if (parameter.n > 0 && !is_tracking(parameter)) {
			sb_char(sb, separator);
			sb_add(sb, parameter.p, parameter.n);
			separator = '&';
		}
		query = rest.n > 0 ? skip(rest, 1) : rest;
	}
}

bool
weburl_page(const char *s, size_t n, struct sb *sb)
{
	struct parts u;
	size_t i;

	if (!split((struct span){ s, n }, &u))
		return false;
	if (prefix_nocase(u.host, "www.") && u.host.n > 4)
		u.host = skip(u.host, 4);
	for (i = 0; i < u.host.n; i++)
		sb_char(sb, u.host.p[i] >= 'A' && u.host.p[i] <= 'Z' ? (char)(u.host.p[i] | 0x20) : u.host.p[i]);
	if (u.port.n > 0 && !(u.port.n == (u.https ? 3 : 2) && memcmp(u.port.p, u.https ? "443" : "80", u.port.n) == 0)) {
		sb_char(sb, ':');
		sb_add(sb, u.port.p, u.port.n);
	}
	while (u.path.n > 0 && u.path.p[u.path.n - 1] == '/')
		u.path.n--;
	sb_add(sb, u.path.p, u.path.n);
	add_query(sb, u.query);
	return true;
}

bool
weburl_untracked(const char *s, size_t n, struct sb *sb)
{
	struct parts u;

	if (!split((struct span){ s, n }, &u))
		return false;
	sb_add(sb, s, (size_t)(u.path.p + u.path.n - s));
	add_query(sb, u.query);
	return true;
}

static bool
webhook_port_ok(struct span port)
{
	char text[6];
	int64_t number;

	snprintf(text, sizeof(text), "%.*s", (int)port.n, port.p);
	return port.n == 0 || num_parse(text, 1, 65535, &number) == 0;
}

const char *
weburl_webhook_problem(const char *url, bool local_ok)
{
	struct parts u;
	size_t i;

	if (strlen(url) > WEBURL_WEBHOOK_MAX)
		return "This address is too long: it may have 2,048 bytes at most.";
	if (!split((struct span){ url, strlen(url) }, &u))
		return "This is not an address of the web. It begins with https:// and a host name, without a user name.";
	for (i = 0; url[i] != '\0'; i++)
		if ((unsigned char)url[i] >= 0x80 || strchr("\\\"<>^`{|}#", url[i]) != NULL)
			return "This address holds signs that must be written as % and two digits, or a part behind #.";
	if (!webhook_port_ok(u.port))
		return "The port of this address must be a number from 1 to 65535.";
	if (!local_ok && netaddr_names_loopback(u.host.p, u.host.n))
		return "Webhooks to the server's own machine are not allowed here.";
	if (!local_ok && netaddr_literal_private(u.host.p, u.host.n))
		return "This is a private address, and webhooks to such are not allowed here.";
	if (!u.https && !netaddr_names_loopback(u.host.p, u.host.n))
		return "The address must begin with https://, so that nobody on the way can read or alter what is sent.";
	return NULL;
}
