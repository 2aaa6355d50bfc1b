/* SPDX-License-Identifier: Apache-2.0 */
/* When the kernel's own timers end one connection: computed as net/ipv4/tcp_timer.c does it
 * (checked in 6.18), from this socket's clocks and the settings of its namespace. What the peer or
 * the program may do meanwhile is not in it: that is what the kind says. */
#ifndef JUDGE_OUTLOOK_H
#define JUDGE_OUTLOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"

enum outlook_kind {
	OUTLOOK_UNKNOWN = 0,  /* its timer was not read */
	OUTLOOK_NEVER,	      /* no timer runs that could end it */
	OUTLOOK_EXPIRES,      /* a minisocket or a closed FIN_WAIT_2: the kernel drops it */
	OUTLOOK_SILENT,	      /* what it sends again and again is not answered: given up in time */
	OUTLOOK_ACK,	      /* waits for an acknowledgement that may come; given up without one */
	OUTLOOK_SHUT,	      /* the peer's window is shut; given up only if it stops answering */
	OUTLOOK_SHUT_BOUNDED, /* the same, but given up also if the peer answers */
	OUTLOOK_PROBED,	      /* keepalive asks; given up only if the peer stops answering */
	OUTLOOK_PROBED_SILENT, /* keepalive has asked more than once in vain: given up in time */
	OUTLOOK_MAX,
};

/* A kernel timer fires late by up to an eighth of what it was set to (kernel/time/timer.c:
 * calc_index()), so every time is a bracket. at_least: before it no timer of the kernel ends the
 * connection. about and at_most: by then one has, if the peer is not heard any more
 * (OUTLOOK_SHUT_BOUNDED: even if it is). VALUE_UNKNOWN: no bound, e.g. because the socket's own
 * settings were not read. */
struct outlook {
	uint8_t kind; /* enum outlook_kind */
	uint32_t at_least_ms, about_ms, at_most_ms;
};

/* Pure. For a connection in any closing state, TIME_WAIT, CLOSED or ESTABLISHED. */
struct outlook outlook_of(const struct snapshot *s, const struct conn *c);

/* Nobody has it open any more (SOCK_DEAD): other limits apply. What waits to be accepted is none of
 * these. */
bool outlook_is_orphan(const struct conn *c);

/* How often keepalive asks: the socket's own settings, else the namespace's. *ret_own tells whether
 * the socket's were read. */
struct keepalive {
	uint32_t idle_s, interval_s, probes;
	bool is_own;
};
struct keepalive outlook_keepalive(const struct snapshot *s, const struct conn *c);

/* In how long keepalive asks next, for one whose keepalive timer runs: a timer that fires before it
 * was idle for long enough is only set again (net/ipv4/tcp_timer.c:tcp_keepalive_timer()). Where
 * the socket's own settings were not read, that is when the timer fires. */
uint32_t outlook_next_probe_ms(const struct snapshot *s, const struct conn *c);

#endif
