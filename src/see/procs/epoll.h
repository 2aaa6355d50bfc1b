/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets stand in which epoll set, as /proc/PID/fdinfo/EPFD lists them. */
#ifndef SEE_PROCS_EPOLL_H
#define SEE_PROCS_EPOLL_H

#include "model/files.h"
#include "see/procs/parse.h"

struct epoll_reg {
	struct procs_epoll_target target;
	uint64_t epoll;
};

/* All zero is empty. */
struct epoll_regs {
	SNAPSHOT_ARRAY(struct epoll_reg) items;
};

void epoll_finish(struct epoll_regs *regs);

/* Adds the registrations of the set that thread tid has open as epoll_fd. 1 when that was read to
 * its end; 0 when it was not: it has gone meanwhile, or we may not; -ENOMEM. */
int epoll_read_set(struct epoll_regs *regs, int proc_fd, uint32_t tid, int32_t epoll_fd);

/* Gives every row of t that has none a watch: the registrations of its inode, or the one they share
 * that are in no set. Reorders *regs. The same registration read twice, through two processes that
 * share a set or two descriptors of it, counts once: by inode, fd, mask and data. 0 or -ENOMEM. */
int epoll_attach(struct epoll_regs *regs, struct file_table *t);

#endif
