/* SPDX-License-Identifier: Apache-2.0 */
/* Which two connections of a process are the two legs of one relayed conversation. */
#ifndef JUDGE_PAIRS_H
#define JUDGE_PAIRS_H

struct index;

/* A program that relays reads the end of file on one leg and half-closes the other at once: the two
 * last_ack_recv lay 44-48 ms apart on real ones. */
#define PAIRS_APART_MS 250

/* Pairs each CLOSE_WAIT whose input was read to its end with an owned, half-closed FIN_WAIT_2 of
 * the same process, nearest in time first, each at most once, and writes both rows into x->leg and
 * whether the relayed bytes agree into x->leg_bytes. A connection whose other end is held by the
 * same process is no leg: there the process talks to itself. O(n log n). 0 or -ENOMEM. */
int pairs_find(struct index *x);

#endif
