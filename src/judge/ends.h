/* SPDX-License-Identifier: Apache-2.0 */
/* How long it will last, in words: from the outlook of each of a finding's connections (facts F40
 * to F47). */
#ifndef JUDGE_ENDS_H
#define JUDGE_ENDS_H

#include "judge/account.h"

/* What the kernel's timers, the peer and the program can do in its state. */
void ends_by_state(const struct account *a, struct ending *ret_end);

/* The TCP state has ended, the descriptor has not. */
void ends_ghost(const struct account *a, struct ending *ret_end);

/* Nobody who holds it runs. */
void ends_stopped(const struct account *a, struct ending *ret_end);

/* The leg of a proxy that waits for the other one. */
void ends_with_leg(const struct account *a, struct ending *ret_end);

#endif
