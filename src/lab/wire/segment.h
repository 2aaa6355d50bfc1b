/* SPDX-License-Identifier: Apache-2.0 */
/* One TCP segment as it stands in an IP packet between this host and the lab's other host. */
#ifndef LAB_WIRE_SEGMENT_H
#define LAB_WIRE_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#define SEGMENT_FIN 0x01
#define SEGMENT_SYN 0x02
#define SEGMENT_RST 0x04
#define SEGMENT_PSH 0x08
#define SEGMENT_ACK 0x10

/* The longest packet a link carries: a GSO packet of a veth pair, or one we build. */
#define SEGMENT_PACKET_MAX 65536

/* *shape*: ports, numbers and window in host order, window unscaled (no option but MSS is ever
 * offered, so none is in use). `mss` is 0 when the option is absent. RFC 9293 3.1. */
struct segment {
	uint32_t seq;
	uint32_t ack;
	uint32_t payload_bytes;
	uint16_t src_port;
	uint16_t dst_port;
	uint16_t window;
	uint16_t mss;
	uint8_t flags; /* SEGMENT_… */
	int family;    /* AF_INET or AF_INET6 */
};

/* Takes a packet of this host apart. 0, or -EBADMSG when it is no TCP segment from the lab's own
 * address to the other host's (neighbour discovery, multicast reports). Checksums are not looked
 * at: a veth pair leaves them to be filled in later. */
int segment_parse(const void *packet, size_t len, struct segment *ret_segment);

/* Builds the packet of a segment that the other host sends, with `payload_bytes` of filler.
 * Returns its length, or -EMSGSIZE. */
int segment_build(const struct segment *segment, void *ret_packet, size_t size);

#endif
