#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>

#include "util/netaddr.h"

struct range {
	uint32_t	address;
	int		bits;
};

/* Not public, RFC 6890 and the registry that it made. */
static const struct range special[] = {
	{ 0x00000000, 8 },	/* 0.0.0.0: this network */
	{ 0x0a000000, 8 },	/* 10.0.0.0: private */
	{ 0x64400000, 10 },	/* 100.64.0.0: shared by carriers */
	{ 0x7f000000, 8 },	/* 127.0.0.0: loopback */
	{ 0xa9fe0000, 16 },	/* 169.254.0.0: link-local, metadata of clouds */
	{ 0xac100000, 12 },	/* 172.16.0.0: private */
	{ 0xc0000000, 24 },	/* 192.0.0.0: protocols */
	{ 0xc0000200, 24 },	/* 192.0.2.0: documentation */
	{ 0xc0586300, 24 },	/* 192.88.99.0: 6to4 relays */
	{ 0xc0a80000, 16 },	/* 192.168.0.0: private */
	{ 0xc6120000, 15 },	/* 198.18.0.0: measurements */
	{ 0xc6336400, 24 },	/* 198.51.100.0: documentation */
	{ 0xcb007100, 24 },	/* 203.0.113.0: documentation */
	{ 0xe0000000, 3 },	/* 224.0.0.0: multicast, reserved, broadcast */
};

static bool
public4(uint32_t address)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(special); i++)
		if (((address ^ special[i].address) >> (32 - special[i].bits)) == 0)
			return false;
	return true;
}

static uint32_t
four_bytes(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
public6(const struct in6_addr *a)
{
	uint32_t head = four_bytes(a->s6_addr);

	if (IN6_IS_ADDR_V4MAPPED(a))
		return public4(four_bytes(a->s6_addr + 12));
	/* Global unicast is 2000::/3; in it 2001::/23 protocols, 2001:db8::/32 and 3fff::/20 documentation, 2002::/16 6to4. */
	return head >> 29 == 1 && head >> 9 != 0x20010000 >> 9 && head != 0x20010db8 && head >> 12 != 0x3fff0 &&
	    head >> 16 != 0x2002;
}

bool
netaddr_public(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return public4(ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr));
	return sa->sa_family == AF_INET6 && public6(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

bool
netaddr_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24 == 127;
	return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

bool
netaddr_names_loopback(const char *host, size_t n)
{
	char text[16];
	struct in_addr a;

	if ((n == 9 && strncasecmp(host, "localhost", n) == 0) || (n == 5 && memcmp(host, "[::1]", n) == 0))
		return true;
	if (n >= sizeof(text))
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	return inet_pton(AF_INET, text, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

/* The IP address that a host is; NULL: it is a name.  To be freed with freeaddrinfo(). */
static struct addrinfo *
read_literal(const char *host, size_t n)
{
	const struct addrinfo want = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	bool brackets = n > 2 && host[0] == '[';
	struct addrinfo *found;
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)(brackets ? n - 2 : n), host + brackets);
	return n < sizeof(text) && getaddrinfo(text, NULL, &want, &found) == 0 ? found : NULL;
}

bool
netaddr_literal(const char *host, size_t n)
{
	struct addrinfo *found = read_literal(host, n);

	if (found == NULL)
		return false;
	freeaddrinfo(found);
	return true;
}

bool
netaddr_literal_private(const char *host, size_t n)
{
	struct addrinfo *found = read_literal(host, n);
	bool private;

	if (found == NULL)
		return false;
	private = !netaddr_public(found->ai_addr);
	freeaddrinfo(found);
	return private;
}
