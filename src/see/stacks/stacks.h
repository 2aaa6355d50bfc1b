/* SPDX-License-Identifier: Apache-2.0 */
/* Call stacks of the threads of some processes.
 *
 * A thread's stack is copied out of its memory and unwound afterwards, by the call frame
 * information of the files it has mapped; these are opened as the process itself sees them.
 * Unwinding reads files that others made, with a library that trusts them: so it is done in a child
 * process with limits of its own, and what comes back is checked. */
#ifndef SEE_STACKS_STACKS_H
#define SEE_STACKS_STACKS_H

#include <stddef.h>
#include <stdint.h>

#include "model/registers.h"
#include "model/snapshot.h"

struct stacks_options {
	/* NULL: each thread is stopped for some 100 µs instead (PTRACE_SEIZE, PTRACE_INTERRUPT),
	 * which makes its system call return early or begin anew. No thread stays stopped: what is
	 * still held when the tracing thread ends, or linger is killed, the kernel lets go
	 * (kernel/ptrace.c:exit_ptrace()). */
	const struct registers_source *source;
	uint32_t threads_max;  /* in all; the others are counted */
	uint32_t deadline_ms;  /* for unwinding; what is not done then stays without stacks */
	const uint32_t *first; /* tids of the n_first threads that matter most */
	size_t n_first;
};

/* Adds a stack_set for each of the n processes (rows of s->processes; those without a pid are left
 * out) and their stacks. Needs to be who runs them, or CAP_SYS_PTRACE; the child is made with
 * fork(), so no other thread may run meanwhile. What fails for one process stands in its set.
 * 0; -ENOMEM, -EAGAIN (no further process), -ERR_NOT_BUILT. */
int stacks_take(const struct stacks_options *options, struct snapshot *s, const uint32_t *processes,
		size_t n);

#endif
