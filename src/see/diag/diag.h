/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's table of TCP sockets (sock_diag), one network namespace at a time. */
#ifndef SEE_DIAG_DIAG_H
#define SEE_DIAG_DIAG_H

#include <stdint.h>

#include "model/snapshot.h"

/* A sock_diag socket. It stays in the network namespace in which it was opened, whatever its thread
 * does later. Not for two threads at once. */
struct diag;

/* Opens one in the calling thread's network namespace. 0 or -errno: -EPROTONOSUPPORT when the
 * kernel has no sock_diag. The caller owns *ret. Needs no privilege. */
int diag_open(struct diag **ret);

/* Closes d (NULL is well). Always returns NULL. */
struct diag *diag_close(struct diag *d);

enum diag_want {
	/* Ask for tcp_info: CONN_HAS_INFO. The kernel locks every socket for it: a third of what a
	 * dump costs (100,000 CLOSE_WAIT on 6.18: 108 ms with it, 71 without). */
	DIAG_WANT_INFO = 1 << 0,
	/* What its buffers take: CONN_HAS_MEMORY. 40 bytes more a row. */
	DIAG_WANT_MEMORY = 1 << 1,
};

/* What to dump. The kernel filters by state, and by the byte code if there is any. */
struct diag_query {
	uint32_t states;      /* set of TCP_BIT(): listed and counted */
	uint32_t keep;	      /* subset of states that become rows; the others are only counted */
	uint32_t want;	      /* enum diag_want */
	const void *bytecode; /* INET_DIAG_BC_* program, NULL for none; borrowed during the call */
	size_t bytecode_len;
};

/* Sockets counted by one dump. Minisockets and request sockets stand in by_state too. */
struct diag_counts {
	uint32_t by_state[TCP_STATE_MAX];
	uint32_t fin_wait_2_mini;   /* orphan FIN_WAIT_2 that are minisockets (facts F48) */
	uint32_t syn_recv_requests; /* SYN_RECV that are request sockets */
};

/* Dumps both address families (an IPv4 connection of a [::] socket is stored as IPv4, each socket
 * once) into new rows of s->conns, of namespace row `netns`; fills that row's `seen` and, for every
 * state in q->states but ESTABLISHED, its counts[]. Rows carry what diag_decode() tells.
 *
 * The table may change while it is read. Where the kernel says so, the dump is repeated, three
 * times in all; then the last one stands and `seen` becomes NETNS_INTERRUPTED. (Linux up to 6.18
 * never says so for TCP: it walks bucket by bucket, and a socket that comes or goes meanwhile may
 * be missing, as in every other tool.)
 *
 * Returns the number of rows added; or -errno, with no row added, `seen` NETNS_FAILED and its `err`
 * set: -ENOMEM, -EBADMSG (not the answer of this kernel interface), or what the kernel said.
 * ret_counts may be NULL. */
int diag_dump(struct diag *d, const struct diag_query *q, struct snapshot *s, uint32_t netns,
	      struct diag_counts *ret_counts);

/* Looks one socket up again by addresses and cookie, with tcp_info; where the cookie is not known
 * yet (0), key->inode must be and is compared instead. Returns 0 and *ret_now (netns, listener and
 * holders taken over from key), -ENOENT when it is gone or another socket has its place, -EINVAL
 * with neither, or another -errno. *ret_now is untouched on failure. The kernel finds it through
 * the hash: no walk, some microseconds. */
int diag_get(struct diag *d, const struct conn *key, struct conn *ret_now);

/* Whether SOCK_DESTROY would be permitted in d's namespace (CAP_NET_ADMIN over it) and is built in
 * (CONFIG_INET_DIAG_DESTROY). Touches no socket. */
enum fact diag_can_destroy(struct diag *d);

#endif
