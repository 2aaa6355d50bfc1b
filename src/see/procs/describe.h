/* SPDX-License-Identifier: Apache-2.0 */
/* Who is this process? Everything a verdict or a reader wants to know of an owner. */
#ifndef SEE_PROCS_DESCRIBE_H
#define SEE_PROCS_DESCRIBE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"

/* Fills the columns of row `process` of s->processes from /proc/PID; a row without a pid stays as
 * it is. What cannot be read stays unknown (NULL, VALUE_UNKNOWN, FACT_UNKNOWN, RUNTIME_UNKNOWN),
 * and a comm or fds_open already there stands. The texts go to the snapshot's pool: so one thread
 * at a time.
 *
 * Everybody may read: comm, ppid, state, threads, start, limits, cmdline, cgroup, fds_open (Linux
 * 6.2; before, the owner). exe and the runtime need ptrace access. stopped looks at every thread,
 * and only where the first one does not run; frozen reads the cgroup's own file, where
 * /sys/fs/cgroup shows it.
 *
 * Returns 0; -ESRCH when the process has gone (what was read before stands); or -ENOMEM. */
int procs_describe(struct snapshot *s, uint32_t process);

/* Whether the process of this row is still there: false also where another has its number by now,
 * as far as start_ns is known. */
bool procs_is_still(const struct process *p);

#endif
