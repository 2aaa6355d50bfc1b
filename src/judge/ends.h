/* SPDX-License-Identifier: Apache-2.0 */
/* How long it will last: from this finding's own timers and the namespace's settings (facts F40 to
 * F47). Each writes the ending of its kind of state. */
#ifndef JUDGE_ENDS_H
#define JUDGE_ENDS_H

#include "judge/account.h"

/* Orphan FIN_WAIT_2 and TIME_WAIT: their timer. */
void ends_by_timer(const struct account *a, struct ending *ret_end);

/* The TCP state has ended, the descriptor has not. */
void ends_ghost(const struct account *a, struct ending *ret_end);

/* ESTABLISHED with a silent peer. */
void ends_vanished(const struct account *a, struct ending *ret_end);

/* Nobody who holds it runs. */
void ends_stopped(const struct account *a, struct ending *ret_end);

/* The leg of a proxy that waits for the other one. */
void ends_with_leg(const struct account *a, struct ending *ret_end);

/* Whatever fits the state: CLOSE_WAIT, both FIN_WAIT, LAST_ACK, CLOSING. */
void ends_by_state(const struct account *a, struct ending *ret_end);

#endif
