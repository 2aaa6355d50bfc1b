// SPDX-License-Identifier: Apache-2.0
/* Addresses compared and written in one spelling. */
#include "model/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/hash.h"

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

struct endpoint endpoint_make(int family, const void *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	if (family == AF_INET) {
		e.version = 4;
		memcpy(e.addr, addr, 4);
	} else if (family == AF_INET6) {
		const uint8_t *bytes = addr;

		if (memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
			e.version = 4;
			memcpy(e.addr, bytes + 12, 4);
		} else {
			e.version = 6;
			memcpy(e.addr, bytes, 16);
		}
	}
	return e;
}

bool endpoint_same_addr(const struct endpoint *a, const struct endpoint *b)
{
	return a->version == b->version && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && endpoint_same_addr(a, b);
}

bool endpoint_is_any(const struct endpoint *e)
{
	static const uint8_t zero[16];

	return e->version != 0 && memcmp(e->addr, zero, sizeof(zero)) == 0;
}

bool endpoint_is_loopback(const struct endpoint *e)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (e->version == 4)
		return e->addr[0] == 127;
	return e->version == 6 && memcmp(e->addr, one, sizeof(one)) == 0;
}

bool endpoint_in_net(const struct endpoint *e, const struct endpoint *net, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (e->version != net->version || bits > (e->version == 4 ? 32u : 128u))
		return false;
	if (memcmp(e->addr, net->addr, whole) != 0)
		return false;
	return rest == 0 || (e->addr[whole] ^ net->addr[whole]) >> (8 - rest) == 0;
}

uint64_t endpoint_hash(const struct endpoint *e, uint64_t seed)
{
	uint64_t words[2];

	memcpy(words, e->addr, sizeof(words));
	seed = hash_mix(seed ^ words[0]);
	seed = hash_mix(seed ^ words[1]);
	return hash_mix(seed ^ ((uint64_t)e->version << 16 | e->port));
}

void endpoint_format_addr(const struct endpoint *e, char ret_text[static ENDPOINT_TEXT_LEN])
{
	if (e->version == 4)
		inet_ntop(AF_INET, e->addr, ret_text, ENDPOINT_TEXT_LEN);
	else if (e->version == 6)
		inet_ntop(AF_INET6, e->addr, ret_text, ENDPOINT_TEXT_LEN);
	else
		snprintf(ret_text, ENDPOINT_TEXT_LEN, "?");
}

void endpoint_format(const struct endpoint *e, char ret_text[static ENDPOINT_TEXT_LEN])
{
	char addr[ENDPOINT_TEXT_LEN];

	endpoint_format_addr(e, addr);
	snprintf(ret_text, ENDPOINT_TEXT_LEN, e->version == 6 ? "[%.45s]:%u" : "%.45s:%u", addr,
		 e->port);
}
