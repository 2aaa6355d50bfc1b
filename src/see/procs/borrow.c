// SPDX-License-Identifier: Apache-2.0
/* pidfd_getfd(2), and nothing that could forget the copy. */
#include "see/procs/borrow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* PIDFD_THREAD of <linux/pidfd.h>, which older headers lack. */
#define OF_THREAD O_EXCL

int procs_open_pidfd(uint32_t pid, uint32_t tid)
{
	long fd;

	if (tid && tid != pid)
		fd = syscall(SYS_pidfd_open, tid, OF_THREAD);
	else
		fd = syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : (int)fd;
}

int procs_borrow_fd(int pidfd, int32_t fd, int (*with)(void *data, int fd), void *data)
{
	_close_ int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return copy < 0 ? -errno : with(data, copy);
}
