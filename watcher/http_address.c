/*
 * http_address.c - which network addresses are not the public Internet.
 *
 * A post or a redirect must never make the program talk to the machine itself or to its neighbours (server-side request
 * forgery), so the check is on the address that is about to be connected to, whatever name led to it. The ranges are
 * those of the IANA special-purpose registries (RFC 6890 and successors); of IPv6 only 2000::/3 is public at all, so
 * that list is short, and addresses that carry an IPv4 address inside are judged by that.
 */
#include "watcher/http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "attr.h"

struct range4 {
	uint32_t net;
	int bits;
};

static const struct range4 private4[] = {
	{0x00000000, 8},  /* 0.0.0.0/8 this host */
	{0x0a000000, 8},  /* 10/8 */
	{0x64400000, 10}, /* 100.64/10 carrier-grade NAT */
	{0x7f000000, 8},  /* 127/8 loopback */
	{0xa9fe0000, 16}, /* 169.254/16 link-local, cloud metadata */
	{0xac100000, 12}, /* 172.16/12 */
	{0xc0000000, 24}, /* 192.0.0/24 protocol assignments */
	{0xc0000200, 24}, /* 192.0.2/24 documentation */
	{0xc0586300, 24}, /* 192.88.99/24 6to4 relays, withdrawn */
	{0xc0a80000, 16}, /* 192.168/16 */
	{0xc6120000, 15}, /* 198.18/15 benchmarks */
	{0xc6336400, 24}, /* 198.51.100/24 documentation */
	{0xcb007100, 24}, /* 203.0.113/24 documentation */
	{0xe0000000, 3},  /* 224/4 multicast, 240/4 reserved, broadcast */
};

static bool ip4_private(uint32_t ip)
{
	for (size_t i = 0; i < ARRAY_LEN(private4); i++) {
		if (((ip ^ private4[i].net) >> (32 - private4[i].bits)) == 0)
			return true;
	}
	return false;
}

static uint32_t ip4_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool ip6_private(const uint8_t ip[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};

	if (memcmp(ip, mapped, sizeof(mapped)) == 0 || memcmp(ip, nat64, sizeof(nat64)) == 0)
		return ip4_private(ip4_at(ip + 12));
	if ((ip[0] & 0xe0) != 0x20) /* not 2000::/3: loopback, link-local, unique local, multicast, ... */
		return true;
	if (ip[0] == 0x20 && ip[1] == 0x02) /* 2002::/16 6to4 */
		return true;
	if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] < 0x02) /* 2001::/23 Teredo, ORCHID and others */
		return true;
	if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] == 0x0d && ip[3] == 0xb8) /* documentation */
		return true;
	return ip[0] == 0x3f && ip[1] == 0xff && ip[2] < 0x10; /* 3fff::/20 documentation */
}

bool address_private(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		return ip4_private(ntohl(in.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		return ip6_private(in6.sin6_addr.s6_addr);
	}
	return true;
}

bool address_text_private(const char *text, bool *known_r)
{
	char plain[INET6_ADDRSTRLEN];
	uint8_t ip[16];
	size_t len = strcspn(text, "%"); /* a zone index follows it */

	*known_r = false;
	if (len >= sizeof(plain))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET, plain, ip) == 1) {
		*known_r = true;
		return ip4_private(ip4_at(ip));
	}
	if (inet_pton(AF_INET6, plain, ip) == 1) {
		*known_r = true;
		return ip6_private(ip);
	}
	return false;
}

bool address_name_private(const char *host)
{
	static const char *const names[] = {"localhost", "local", "internal", "home.arpa"};
	size_t len = strlen(host);

	if (len > 0 && host[len - 1] == '.')
		len--;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n = strlen(names[i]);

		if (len < n || strncasecmp(host + len - n, names[i], n) != 0)
			continue;
		if (len == n ? i == 0 : host[len - n - 1] == '.')
			return true;
	}
	return false;
}
