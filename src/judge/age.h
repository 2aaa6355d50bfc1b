/* SPDX-License-Identifier: Apache-2.0 */
/* How long a connection has been in its state: a bracket from its own clocks, never one made-up
 * number. */
#ifndef JUDGE_AGE_H
#define JUDGE_AGE_H

#include "model/snapshot.h"
#include "model/verdict.h"

/* The bracket, by state (VALUE_UNKNOWN where there is no bound):
 * - CLOSE_WAIT: last_ack_recv ≤ age ≤ last_data_recv, since a bare FIN moves the first clock and
 *   not the second (facts F79). With the peer's window shut its probes move the first clock too:
 *   then at least since data last moved either way, the time without progress.
 * - FIN_WAIT_2 with a file: last_ack_recv ≤ age ≤ last_data_sent: the peer's ACK of our FIN moved
 *   the first, and our FIN came after our last data.
 * - minisockets: what their timer has run off, of 60 s (TIME_WAIT; at least, for a repeated FIN
 *   starts it anew, facts F52), or of tcp_fin_timeout (facts F47).
 * - FIN_WAIT_1, LAST_ACK, CLOSING: how long nothing was acknowledged: the retransmits' sum (facts
 *   F81), or, with the peer's window shut, since the last data left. Data that was already in
 *   trouble before the close makes this longer than the state has lasted: it is the time without
 *   progress that makes it stuck.
 * - ESTABLISHED: the peer's silence: from the retransmits or probes it left unanswered up to the
 *   last time it was heard.
 * - CLOSED: every death of a socket in the kernel handles a segment, a timer or a request and so
 *   sets its clock (tcp_mstamp); measured on Linux 6.18 for a reset, an acknowledged FIN, TIME_WAIT
 *   taking over, SOCK_DESTROY. After that only reading what was left unread sets it again
 *   (net/ipv4/tcp_input.c:tcp_rcv_space_adjust), and a program that reads has not forgotten:
 * idle_ms is how long it has, and at least the age. Rows without tcp_info fall back on idle_ms as
 * the lower bound. */
struct age age_bracket(const struct snapshot *s, const struct conn *c);

/* Old, young, or not to be told: the lower bound reached older_than_ms, or it did not and nothing
 * can have set its clock anew since, or something may have. */
enum standing age_standing(const struct conn *c, struct age age, uint32_t older_than_ms);

#endif
