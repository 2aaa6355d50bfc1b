/* SPDX-License-Identifier: Apache-2.0 */
/* What a scene tells the other host to do. */
#ifndef LAB_WIRE_ORDER_H
#define LAB_WIRE_ORDER_H

#include <stdint.h>

/* Orders but OPEN, MSS, SETTLE and NEXT go to the connections of one leg: all that have the same
 * port on the serving side (this host's port for those the other host opened, else the other
 * host's), as far as they were opened since the last WIRE_NEXT. */
enum wire_verb {
	WIRE_UNKNOWN,
	WIRE_OPEN,	 /* open `value` connections to this host's port `leg`; answered at once */
	WIRE_SEND,	 /* send `value` bytes */
	WIRE_FIN,	 /* send a FIN, with `value` bytes of data before it in the same segment */
	WIRE_RESET,	 /* send a RST and forget the connection */
	WIRE_WINDOW,	 /* tell a receive window of `value` bytes from now on; 0 shuts it */
	WIRE_SILENT,	 /* drop what arrives and send nothing more, as a host that is gone */
	WIRE_DEAF,	 /* take acknowledgements, but never acknowledge anything from now on */
	WIRE_ANSWER_FIN, /* send a FIN as soon as one arrives, as a program that reads and closes */
	WIRE_SEND_EVERY, /* send a byte every `value` ms */
	WIRE_ACK_EVERY,	 /* acknowledge one segment every `value` ms, instead of all at once */
	WIRE_FIN_EVERY,	 /* send the FIN again every `value` ms */
	WIRE_MSS,	 /* offer a maximum segment of `value` bytes on connections to come */
	WIRE_SETTLE, /* answered when all is open, all that was sent is acknowledged, and what this
			host had sent by then is taken */
	WIRE_NEXT,   /* orders from here on mean connections from here on */
	WIRE_VERB_MAX,
};

/* *shape*: one SOCK_SEQPACKET message. The answer is one int32_t: 0 or -errno. */
struct wire_order {
	uint32_t verb;
	uint32_t leg;
	uint32_t value;
};

/* Gives an order over the socket `fd` and waits for the answer. One at a time: the socket may be
 * shared between processes, but not used by two at once. 0, -ETIMEDOUT after 60 s, -EPIPE when the
 * other host is gone, or -errno. */
int wire_tell(int fd, enum wire_verb verb, uint32_t leg, uint32_t value);

#endif
