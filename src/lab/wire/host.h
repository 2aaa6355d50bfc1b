/* SPDX-License-Identifier: Apache-2.0 */
/* The other host: a TCP of its own that keeps to RFC 9293 until a scene tells it not to. */
#ifndef LAB_WIRE_HOST_H
#define LAB_WIRE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "lab/wire/link.h"
#include "lab/wire/order.h"

enum host_state { HOST_FREE, HOST_SYN_SENT, HOST_SYN_RECEIVED, HOST_OPEN };

/* What a connection does again and again. */
enum host_beat { HOST_BEAT_NONE, HOST_BEAT_SEND, HOST_BEAT_ACK, HOST_BEAT_FIN };

/* *shape*: one connection. Numbers in host order. What has been sent and not acknowledged needs no
 * buffer: it is filler, and can be made again. */
struct host_conn {
	uint64_t retry_ns; /* CLOCK_MONOTONIC when what is not acknowledged is sent again */
	uint64_t beat_ns;  /* CLOCK_MONOTONIC of the next beat */
	uint32_t epoch;
	uint32_t snd_una, snd_nxt;
	uint32_t fin_seq; /* of our FIN, valid when has_sent_fin */
	uint32_t rcv_nxt; /* all before it has arrived */
	uint32_t told;	  /* the acknowledgement last sent: lags behind rcv_nxt only with a beat */
	uint32_t beat_ms;
	uint16_t kernel_port, peer_port;
	uint16_t leg;
	uint16_t window;
	uint16_t mss; /* what we offered */
	uint8_t state;
	uint8_t beat;
	bool is_v6;
	bool is_settled; /* open, and all we sent is acknowledged */
	bool has_sent_fin, has_got_fin;
	bool is_silent, is_deaf, answers_fin;
};

/* *shape*: borrows link; owns the rest. */
struct host {
	const struct link *link;
	struct {
		struct host_conn *items;
		size_t n, cap;
	} conns;
	struct {
		uint32_t *items; /* free places in conns */
		size_t n, cap;
	} free;
	struct map by_ports;
	uint64_t start_ns;
	uint32_t epoch;
	uint32_t unsettled;	  /* connections of this epoch that are not settled */
	uint32_t unsettled_older; /* and of those before */
	uint32_t beating;	  /* connections with a beat */
	uint32_t to_open;	  /* still to be opened, to open_port */
	uint32_t opening;	  /* SYN sent and not answered */
	uint16_t open_port;
	uint16_t next_port;
	uint16_t mss;
	int family;
	int log_fd; /* segments are printed there; -1 for none */
};

void host_init(struct host *h, const struct link *link, int family, int log_fd);
void host_finish(struct host *h);

/* Takes one packet from this host's kernel and does what TCP and the script say. 0 or -ENOMEM. */
int host_take(struct host *h, const void *packet, size_t len);

/* Carries out an order, WIRE_SETTLE excepted. 0, -EINVAL for an unknown verb, or -errno. */
int host_obey(struct host *h, const struct wire_order *order);

/* All is open, and all that was sent since WIRE_NEXT is acknowledged. */
bool host_is_settled(const struct host *h);

/* Does what is due; call it whenever host_next_ms() ran out, and after packets. */
int host_tick(struct host *h);

/* Milliseconds until host_tick() is needed; -1 for never. */
int host_next_ms(const struct host *h);

#endif
