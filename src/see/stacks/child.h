/* SPDX-License-Identifier: Apache-2.0 */
/* Unwinding where it can do no harm. */
#ifndef SEE_STACKS_CHILD_H
#define SEE_STACKS_CHILD_H

#include "see/stacks/copy.h"
#include "see/stacks/wire.h"

/* Unwinds the threads of one process in a child of ours, which ends with us, at clock_mono_ns()
 * until_ns, and where it takes 2 GiB more memory. What it tells goes to *w. 0; what
 * unwind_process() failed with; -ETIME; -ERR_MALFORMED (the files made it crash); -ENOMEM, -EAGAIN,
 * -EMFILE. No other thread of ours may run. */
int child_unwind(const struct copied *c, uint32_t process, struct wire *w, uint64_t until_ns);

#endif
