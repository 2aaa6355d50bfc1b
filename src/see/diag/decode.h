/* SPDX-License-Identifier: Apache-2.0 */
/* What one sock_diag answer says. Pure: bytes in, a row out; replayed and fuzzed. */
#ifndef SEE_DIAG_DECODE_H
#define SEE_DIAG_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* Reads the payload of one inet_diag message (struct inet_diag_msg and its attributes, as
 * net/ipv4/inet_diag.c fills them, 6.18) into the columns that sock_diag knows and sets their bits
 * in ret->has; the other columns, netns among them, stay as they are. The kernel's NEW_SYN_RECV
 * becomes SYN_RECV, a state newer than this program TCP_STATE_UNKNOWN. Returns 0, or -EBADMSG when
 * the bytes are not such a message (*ret is then half-filled: drop it). */
int diag_decode(const void *buf, size_t len, struct conn *ret);

/* True for what is not a full socket: a TIME_WAIT or orphan FIN_WAIT_2 minisocket, or a request
 * socket in SYN_RECV. Only the kernel's full sockets tell their shutdown flags. */
static inline bool diag_is_mini(const struct conn *c)
{
	return !(c->has & CONN_HAS_SHUTDOWN);
}

/* What a buffer of netlink messages ended with. */
enum diag_end {
	DIAG_MORE = 0, /* another buffer must be received */
	DIAG_DONE,     /* the answer is complete */
};

/* One walk over received messages. *shape*: fill `sequence` and `port` with those of the request
 * and `row` with what shall be called for every inet_diag payload. After its first -errno, which is
 * kept in `err`, it is called no more, but the walk goes on to the end. `interrupted` is set when
 * the kernel says that the table changed meanwhile. */
struct diag_walk {
	uint32_t sequence;
	uint32_t port;
	int (*row)(void *data, const void *payload, size_t len);
	void *data;
	int err;
	bool interrupted;
};

/* Walks one received buffer of `len` bytes (aligned to 4). Messages of another sequence or port id
 * are skipped. Returns enum diag_end, the kernel's error as -errno, or -EBADMSG for a message that
 * claims to be longer than the buffer. */
int diag_walk_messages(struct diag_walk *walk, const void *buf, size_t len);

#endif
