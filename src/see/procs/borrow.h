/* SPDX-License-Identifier: Apache-2.0 */
/* Another process's open file, for a moment. */
#ifndef SEE_PROCS_BORROW_H
#define SEE_PROCS_BORROW_H

#include <stdint.h>

/* Opens a handle of the process or, where its first thread has ended, of one thread of it (tid;
 * Linux 6.9). An fd the caller owns, or -errno. */
int procs_open_pidfd(uint32_t pid, uint32_t tid);

/* Calls with(data, fd) while a copy of the process's descriptor `fd` is open here, and closes the
 * copy. Returns what it returned, or -errno: -EPERM (needs PTRACE_MODE_ATTACH), -EBADF (closed
 * meanwhile), -ENOSYS (before Linux 5.6).
 *
 * While the copy is open the file has one reference more: should the owner close its own just then,
 * the FIN goes out when the copy is closed (facts F74). So with() must not wait for anything, and
 * must not change the file: flags, options and position are shared. */
int procs_borrow_fd(int pidfd, int32_t fd, int (*with)(void *data, int fd), void *data);

#endif
