/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers of processes as our own pid namespace counts them; for BPF programs only. */
#ifndef SEE_BPF_PIDS_BPF_H
#define SEE_BPF_PIDS_BPF_H

#include "see/bpf/kernel.h"

#include <bpf/bpf_core_read.h>

/* PID_NS levels the kernel allows (MAX_PID_NS_LEVEL). */
#define PID_LEVELS 32

/* Functions that are not static are verified once by themselves, not anew at each call: with loops
 * in them that is the difference between 5 ms and 150 ms of loading. They take addresses as
 * numbers. */
#define GLOBAL __attribute__((noinline))

/* Inode number of our pid namespace; set before loading. */
const volatile __u32 our_pid_ns;

/* The number of a struct pid in our pid namespace, 0 when it has none there. */
GLOBAL int pid_in_our_ns(__u64 pid_addr)
{
	struct pid *pid = (void *)pid_addr;
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	for (__u32 i = 0; i < PID_LEVELS; i++) {
		if (i > level)
			break;
		if (bpf_core_read(&upid, sizeof(upid),
				  (void *)pid + bpf_core_field_offset(struct pid, numbers) +
					  i * sizeof(struct upid)))
			break;
		if (BPF_CORE_READ(upid.ns, ns.inum) == our_pid_ns)
			return upid.nr;
	}
	return 0;
}

#endif
