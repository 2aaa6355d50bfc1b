/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways to come by registers and stacks. */
#ifndef SEE_STACKS_GATHER_H
#define SEE_STACKS_GATHER_H

#include "see/stacks/copy.h"
#include "see/stacks/stacks.h"

/* Fills c->threads while all of them go on: registers, copies, registers again; what ran between is
 * copied anew a few times, and torn if it ran each time. 0; -ENOMEM, or what the source failed
 * with. */
int gather_running(struct copied *c, const struct stacks_options *options);

/* Marks torn those that are `late` and ran since they were copied, or ended; all of them where that
 * cannot be told, as without a source (NULL). */
void gather_check(struct copied *c, const struct registers_source *source);

/* Fills c->threads by stopping each of them for a moment. Returns when none is held any more. 0;
 * -ENOMEM, -EAGAIN. */
int gather_stopping(struct copied *c, const struct stacks_options *options);

#endif
