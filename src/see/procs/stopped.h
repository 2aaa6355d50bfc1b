/* SPDX-License-Identifier: Apache-2.0 */
/* Does this process run at all? */
#ifndef SEE_PROCS_STOPPED_H
#define SEE_PROCS_STOPPED_H

#include <stdint.h>

#include "see/procs/cgroup.h"
#include "see/procs/parse.h"

/* FACT_YES when every living thread of the process at the open directory /proc/PID is stopped (T,
 * t) or in uninterruptible sleep (D) at this instant. `first` is its first thread's stat; where
 * that one runs or sleeps otherwise, no other thread is read. FACT_UNKNOWN when the threads cannot
 * be listed or are too many to look at. */
enum fact procs_is_stopped(int dirfd, const struct procs_stat *first);

/* FACT_YES when the process's cgroup, or one above it, is frozen (v1 freezer or v2); such a process
 * shows state D or S. FACT_UNKNOWN when no hierarchy's file can be seen at /sys/fs/cgroup and none
 * says yes; also when one says so that the process is not in: from a cgroup namespace of our own, a
 * path of ours can be another cgroup's at that mount. */
enum fact procs_is_frozen(const struct procs_cgroup *cgroup, uint32_t pid);

#endif
