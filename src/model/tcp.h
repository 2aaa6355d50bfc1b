/* SPDX-License-Identifier: Apache-2.0 */
/* TCP's states: their numbers, their names, who must act in them. */
#ifndef MODEL_TCP_H
#define MODEL_TCP_H

#include <stddef.h>
#include <stdint.h>

/* The kernel's numbers (include/net/tcp_states.h), so that a state read from sock_diag, tcp_info or
 * sk_state is one of these as it stands. The names differ from <netinet/tcp.h>'s on purpose. */
enum tcp_state {
	TCP_STATE_UNKNOWN = 0,
	TCP_STATE_ESTABLISHED = 1,
	TCP_STATE_SYN_SENT = 2,
	TCP_STATE_SYN_RECV = 3, /* the kernel's NEW_SYN_RECV (12) is dumped as this one too */
	TCP_STATE_FIN_WAIT_1 = 4,
	TCP_STATE_FIN_WAIT_2 = 5,
	TCP_STATE_TIME_WAIT = 6,
	TCP_STATE_CLOSED = 7,
	TCP_STATE_CLOSE_WAIT = 8,
	TCP_STATE_LAST_ACK = 9,
	TCP_STATE_LISTEN = 10,
	TCP_STATE_CLOSING = 11,
	TCP_STATE_MAX,
};

/* A set of states, bit (1 << state): also the kernel's idiag_states. Bit 13 (BOUND_INACTIVE) must
 * never be in it: it makes the kernel ignore the port filter (facts F73). */
#define TCP_BIT(state) (1u << (state))
#define TCP_BITS_ALL   0x0ffeu
#define TCP_BITS_CLOSING                                                                           \
	(TCP_BIT(TCP_STATE_FIN_WAIT_1) | TCP_BIT(TCP_STATE_FIN_WAIT_2) |                           \
	 TCP_BIT(TCP_STATE_CLOSE_WAIT) | TCP_BIT(TCP_STATE_LAST_ACK) | TCP_BIT(TCP_STATE_CLOSING))

/* idiag_timer (net/ipv4/tcp_diag.c, inet_diag.c; facts F82). */
enum tcp_timer {
	TCP_TIMER_NONE = 0,
	TCP_TIMER_RETRANSMIT = 1,
	TCP_TIMER_KEEPALIVE =
		2, /* keepalive, or a full orphan FIN_WAIT_2 where tcp_fin_timeout > 60 */
	TCP_TIMER_MINISOCKET = 3, /* TIME_WAIT, and an orphan FIN_WAIT_2 */
	TCP_TIMER_PROBE = 4,	  /* zero window (or a local output drop, facts F81) */
};

/* INET_DIAG_SHUTDOWN: which directions are shut. */
#define TCP_SHUT_RECEIVE 1u
#define TCP_SHUT_SEND	 2u

/* The name as RFC 9293 and this project's JSON have it ("FIN_WAIT_2"); "UNKNOWN" for no state. */
const char *tcp_state_name(enum tcp_state state);

/* The state named by len characters: RFC, ss or netstat spelling, any case, '-' or '_' or neither
 * ("close-wait", "FIN_WAIT1", "ESTAB", "syn-recv"). TCP_STATE_UNKNOWN when it is none. */
enum tcp_state tcp_state_parse(const char *name, size_t len);

/* Which end sent the first FIN, as the state alone tells. */
enum tcp_closer { TCP_CLOSER_UNKNOWN, TCP_CLOSER_REMOTE, TCP_CLOSER_LOCAL, TCP_CLOSER_BOTH };
enum tcp_closer tcp_state_closer(enum tcp_state state);

#endif
