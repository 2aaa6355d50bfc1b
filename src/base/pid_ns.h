/* SPDX-License-Identifier: Apache-2.0 */
/* Which pid namespace are we in? In any but the first, /proc and the iterators of BPF show only the
 * processes in it. */
#ifndef BASE_PID_NS_H
#define BASE_PID_NS_H

#include <stdint.h>

/* The inode number of the first one (include/linux/proc_ns.h:PROC_PID_INIT_INO, ABI). */
#define PID_NS_FIRST 0xeffffffcu

/* The inode number of our own. 0, or -errno where /proc is not there. */
int pid_ns_find_own(uint32_t *ret_inode);

#endif
