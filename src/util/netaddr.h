/* Network addresses: which of them a stranger may make us talk to. */
#ifndef UTIL_NETADDR_H
#define UTIL_NETADDR_H

#include <sys/socket.h>

#include "util/base.h"

/*
 * True for an address of the public Internet.  False for loopback, private, link-local, multicast, documentation and
 * reserved ranges, those that hold another address (6to4, Teredo, NAT64; a mapped IPv4 address counts as
 * itself), and other families.  IANA special-purpose registries, RFC 6890.
 */
bool netaddr_public(const struct sockaddr *);

/* 127.0.0.0/8 and ::1. */
bool netaddr_loopback(const struct sockaddr *);

/* True if a host of an address is an IP address in any notation ([::1], 127.1, 0x7f000001). */
bool netaddr_literal(const char *host, size_t n);

/* True if a host of an address is an IP address in any notation ([::1], 127.1, 0x7f000001), and not a public one. */
bool netaddr_literal_private(const char *host, size_t n);

/* True if a host of an address is this machine by its name: localhost, an address 127.*, [::1]. */
bool netaddr_names_loopback(const char *host, size_t n);

#endif
