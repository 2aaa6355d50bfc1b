/* SPDX-License-Identifier: Apache-2.0 */
/* One end of a connection: address and port. */
#ifndef MODEL_ADDR_H
#define MODEL_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *shape*: addr in network order, 4 bytes used for v4 (the rest zero), 16 for v6. An IPv4 address
 * that came mapped (::ffff:a.b.c.d, what a [::] socket holds, facts F73) is stored as v4: one
 * connection has one spelling. port in host order, 0 = any. version 4 or 6, 0 = no address known.
 */
struct endpoint {
	uint8_t addr[16];
	uint16_t port;
	uint8_t version;
	uint8_t pad;
};

/* Builds an endpoint from raw bytes (4 or 16 of them by family AF_INET / AF_INET6). */
struct endpoint endpoint_make(int family, const void *addr, uint16_t port);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool endpoint_same_addr(const struct endpoint *a, const struct endpoint *b);

/* True for 0.0.0.0 and [::]. */
bool endpoint_is_any(const struct endpoint *e);

/* True for 127.0.0.0/8 and [::1]. */
bool endpoint_is_loopback(const struct endpoint *e);

/* True when the address's first `bits` bits are those of net (same version). */
bool endpoint_in_net(const struct endpoint *e, const struct endpoint *net, unsigned int bits);

uint64_t endpoint_hash(const struct endpoint *e, uint64_t seed);

/* "10.0.0.1:80" or "[2001:db8::1]:80"; "*:80" never: an unknown address is "?". */
#define ENDPOINT_TEXT_LEN 64
void endpoint_format(const struct endpoint *e, char ret_text[static ENDPOINT_TEXT_LEN]);

#endif
