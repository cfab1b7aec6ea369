#include <idn2.h>
#include <strings.h>

#include "util/weburl.h"

#include "util/netaddr.h"
#include "util/num.h"
#include "util/utf8.h"

#define NAME_MAX_BYTES	1024	/* of a host in UTF-8 that may be an internationalised name: as a name of the DNS it has 255 */

/* RFC 3986, appendix A: what stands for itself in a path and in a query, beside letters, digits and - . _ ~ */
#define PATH_PLAIN	"/!$&'()*+,;=:@"
#define QUERY_PLAIN	PATH_PLAIN "?"

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

/* --- bytes ---------------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at the begin of s and the length of how it is written: 3 as %XX; 1 as itself, as a % that begins no %XX. */
static size_t
take_byte(struct span s, unsigned char *byte)
{
	*byte = (unsigned char)s.p[0];
	if (s.p[0] != '%' || s.n < 3 || hex_digit(s.p[1]) == -1 || hex_digit(s.p[2]) == -1)
		return 1;
	*byte = (unsigned char)(hex_digit(s.p[1]) << 4 | hex_digit(s.p[2]));
	return 3;
}

static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* RFC 3986, section 2.3. */
static bool
is_unreserved(unsigned char c)
{
	return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static void
add_escaped(struct sb *sb, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char escape[3] = { '%', digits[c >> 4], digits[c & 15] };

	sb_add(sb, escape, sizeof(escape));
}

/* Each byte in its only form (RFC 3986, section 6.2.2; RFC 3987, section 3.1, step 2). */
static void
add_normal(struct sb *sb, struct span s, const char *plain)
{
	while (s.n > 0) {
		unsigned char c;
		size_t n = take_byte(s, &c);

		if (is_unreserved(c) || (n == 1 && c < 0x80 && strchr(plain, c) != NULL))
			sb_char(sb, (char)c);
		else
			add_escaped(sb, c);
		s = skip(s, n);
	}
}

/* --- parts ---------------------------------------------------------------------------- */

/* Letters, digits, - . _ and what is not ASCII, this also percent-encoded. */
static bool
name_ok(struct span host)
{
	while (host.n > 0) {
		unsigned char c;
		size_t n = take_byte(host, &c);

		if (c < 0x80 && (n == 3 || c == '~' || !is_unreserved(c)))
			return false;
		host = skip(host, n);
	}
	return true;
}

static bool
host_ok(struct span host)
{
	size_t i;

	if (host.n == 0 || host.p[0] != '[')
		return host.n > 0 && host.p[0] != '.' && name_ok(host);
	if (host.n < 3 || host.p[host.n - 1] != ']')
		return false;
	for (i = 1; i < host.n - 1; i++)
		if (hex_digit(host.p[i]) == -1 && host.p[i] != ':' && host.p[i] != '.')
			return false;
	return true;
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

/* Of https: no server answers without encryption there, and the form has no scheme.  80 is of http alone. */
static bool
is_default_port(const struct parts *u)
{
	return (u->port.n == 3 && memcmp(u->port.p, "443", 3) == 0) ||
	    (u->port.n == 2 && memcmp(u->port.p, "80", 2) == 0 && !u->https);
}

static void
cut_back(struct sb *sb, size_t n)
{
	if (!sb_ok(sb))
		return;
	sb->n = n;
	sb->p[n] = '\0';
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

/* Without tracking parameters.  plain: each byte in its normal form, where these stand for themselves; NULL: as it is. */
static void
add_query(struct sb *sb, struct span query, const char *plain)
{
	char separator = '?';

	while (query.n > 0) {
		struct span rest, parameter = take_until(query, "&", &rest);
		size_t before = sb->n;

		sb_char(sb, separator);
		if (plain != NULL)
			add_normal(sb, parameter, plain);
		else
			sb_add(sb, parameter.p, parameter.n);
		if (parameter.n == 0 || (sb_ok(sb) && is_tracking((struct span){ sb->p + before + 1, sb->n - before - 1 })))
			cut_back(sb, before);
		else
			separator = '&';
		query = rest.n > 0 ? skip(rest, 1) : rest;
	}
}

/* --- the normal form ------------------------------------------------------------------ */

/*
 * The name as the DNS has it (A-labels; TR46, non-transitional), or NULL if it is ASCII already or none that IDNA
 * allows.  The mapping makes other characters of some, even a slash: what comes out must still be a name.
 */
static char *
idna_name(struct span host)
{
	char name[NAME_MAX_BYTES + 1];
	uint8_t *found = NULL;
	bool ascii = true;
	size_t n = 0;

	while (host.n > 0) {
		unsigned char c;

		if (n == NAME_MAX_BYTES)
			return NULL;
		host = skip(host, take_byte(host, &c));
		ascii &= c < 0x80;
		name[n++] = lower((char)c);
	}
	name[n] = '\0';
	if (ascii || idn2_lookup_u8((const uint8_t *)name, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	n = strlen((char *)found);
	if (memchr(found, '%', n) == NULL && host_ok((struct span){ (char *)found, n }))
		return (char *)found;
	idn2_free(found);
	return NULL;
}

static void
add_host(struct sb *sb, struct span host)
{
	char *name = idna_name(host);
	struct span s = name != NULL ? (struct span){ name, strlen(name) } : host;

	while (s.n > 4 && prefix_nocase(s, "www.") && s.p[4] != '.')
		s = skip(s, 4);
	while (s.n > 0) {
		unsigned char c;
		size_t n = take_byte(s, &c);

		if (c < 0x80)
			sb_char(sb, lower((char)c));
		else
			add_escaped(sb, c);
		s = skip(s, n);
	}
	idn2_free(name);
}

/* Cuts dot segments out of the path that begins at `start`, and slashes at its end (RFC 3986, section 5.2.4). */
static void
tidy_path(struct sb *sb, size_t start)
{
	size_t from, to = start, n;

	for (from = start; from < sb->n; from += n) {
		const char *segment = sb->p + from;

		for (n = 1; from + n < sb->n && segment[n] != '/'; n++)
			continue;
		if (n == 2 && segment[1] == '.')
			continue;
		if (n == 3 && segment[1] == '.' && segment[2] == '.') {
			while (to > start && sb->p[--to] != '/')
				continue;
			continue;
		}
		memmove(sb->p + to, segment, n);
		to += n;
	}
	while (to > start && sb->p[to - 1] == '/')
		to--;
	cut_back(sb, to);
}

bool
weburl_page(const char *s, size_t n, struct sb *sb)
{
	struct parts u;
	size_t path;

	if (!split((struct span){ s, n }, &u))
		return false;
	add_host(sb, u.host);
	while (u.port.n > 1 && u.port.p[0] == '0')
		u.port = skip(u.port, 1);
	if (u.port.n > 0 && !is_default_port(&u)) {
		sb_char(sb, ':');
		sb_add(sb, u.port.p, u.port.n);
	}
	path = sb->n;
	add_normal(sb, u.path, PATH_PLAIN);
	tidy_path(sb, path);
	add_query(sb, u.query, QUERY_PLAIN);
	return true;
}

bool
weburl_untracked(const char *s, size_t n, struct sb *sb)
{
	struct parts u;

	if (!split((struct span){ s, n }, &u))
		return false;
	sb_add(sb, s, (size_t)(u.path.p + u.path.n - s));
	add_query(sb, u.query, NULL);
	return true;
}

/* --- for people ----------------------------------------------------------------------- */

/* Bytes of the character that s begins with, percent-encoded or as it is, if people can read it; *c gets its bytes. */
static size_t
take_readable(struct span s, char c[4], size_t *size)
{
	size_t at = 0;
	uint8_t byte;

	for (*size = 0; *size < 4 && at < s.n;) {
		at += take_byte(skip(s, at), &byte);
		c[(*size)++] = (char)byte;
		if (utf8_sequence(c, *size) == *size)
			return utf8_invisible(c, *size) ? 0 : at;
	}
	return 0;
}

static void
add_readable(struct sb *sb, struct span s)
{
	while (s.n > 0) {
		unsigned char byte;
		char c[4];
		size_t size, n = take_readable(s, c, &size), one = take_byte(s, &byte);

		/* A digit would become one of a %XX behind a % that begins none. */
		if (n > 0 && (byte >= 0x80 || (is_unreserved(byte) && hex_digit((char)byte) == -1)))
			sb_add(sb, c, size);
		else if (n == 0 && one == 1)
			add_escaped(sb, byte);
		else
			sb_add(sb, s.p, one);
		s = skip(s, n > 0 ? n : one);
	}
}

/* The name as people write it, if it comes back to the same. */
static char *
readable_name(struct span host)
{
	char name[NAME_MAX_BYTES + 1], *found = NULL, *back;
	bool same;

	if (host.n > NAME_MAX_BYTES)
		return NULL;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	if (strcasestr(name, "xn--") == NULL || idn2_to_unicode_8z8z(name, &found, 0) != IDN2_OK)
		return NULL;
	back = idna_name((struct span){ found, strlen(found) });
	same = back != NULL && strcasecmp(back, name) == 0;
	idn2_free(back);
	if (same)
		return found;
	idn2_free(found);
	return NULL;
}

void
weburl_readable(const char *s, size_t n, struct sb *sb)
{
	struct span all = { s, n }, scheme = { s, 0 }, host, rest;
	char *name;

	if (prefix_nocase(all, "https://") || prefix_nocase(all, "http://"))
		scheme.n = prefix_nocase(all, "https://") ? 8 : 7;
	host = take_until(skip(all, scheme.n), ":/?#", &rest);
	if (!host_ok(host) || (scheme.n == 0 && memchr(host.p, '.', host.n) == NULL)) {
		sb_add(sb, s, n);
		return;
	}
	sb_add(sb, s, scheme.n);
	if ((name = readable_name(host)) != NULL)
		host = (struct span){ name, strlen(name) };
	add_readable(sb, host);
	add_readable(sb, rest);
	idn2_free(name);
}

/* --- webhooks ------------------------------------------------------------------------- */

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
		if ((unsigned char)url[i] >= 0x80 || strchr("\\\"<>^`{|}#", url[i]) != NULL ||
		    (url[i] == '%' && url + i < u.host.p + u.host.n))
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
