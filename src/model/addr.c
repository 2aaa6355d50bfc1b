// SPDX-License-Identifier: Apache-2.0
/* Addresses compared and written in one spelling. */
#include "model/addr.h"

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

/* These write without printf: a list of 100,000 connections has 200,000 of them. Each returns where
 * the text ends. */
static char *put_number(char *p, unsigned int value)
{
	char digits[8];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n)
		*p++ = digits[--n];
	return p;
}

static char *put_v4(char *p, const uint8_t addr[static 4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_number(p, addr[i]);
	}
	return p;
}

static char *put_group(char *p, unsigned int group)
{
	for (int shift = 12; shift >= 0; shift -= 4)
		if (group >> shift || shift == 0)
			*p++ = "0123456789abcdef"[group >> shift & 0xf];
	return p;
}

/* RFC 5952 4: lower case, no leading zeros, "::" for the first longest run of two zeros or more. */
static char *put_v6(char *p, const uint8_t addr[static 16])
{
	int best = -1, best_len = 1, run = 0;

	for (int i = 0; i < 8; i++) {
		run = addr[2 * i] || addr[2 * i + 1] ? 0 : run + 1;
		if (run > best_len) {
			best = i - run + 1;
			best_len = run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			*p++ = ':';
			*p++ = ':';
			i += best_len - 1;
			continue;
		}
		if (i && i != best + best_len)
			*p++ = ':';
		p = put_group(p, (unsigned int)addr[2 * i] << 8 | addr[2 * i + 1]);
	}
	return p;
}

static char *put_addr(char *p, const struct endpoint *e)
{
	if (e->version == 4)
		return put_v4(p, e->addr);
	if (e->version == 6)
		return put_v6(p, e->addr);
	*p++ = '?';
	return p;
}

void endpoint_format(const struct endpoint *e, char ret_text[static ENDPOINT_TEXT_LEN])
{
	char *p = ret_text;

	if (e->version == 6)
		*p++ = '[';
	p = put_addr(p, e);
	if (e->version == 6)
		*p++ = ']';
	*p++ = ':';
	*put_number(p, e->port) = '\0';
}
