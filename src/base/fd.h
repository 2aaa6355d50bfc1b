/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors that close themselves. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <unistd.h>

/* Closes fd if it is one; keeps errno. Always returns -1, so `fd = fd_close(fd)` forgets it. */
int fd_close(int fd);

/* Moves the fd out of *fd, which becomes -1: for returning what a _close_ variable holds. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void fd_close_p(int *fd)
{
	fd_close(*fd);
}

/* Declares an fd that is closed when it goes out of scope. Never mix with goto in one function. */
#define _close_ __attribute__((cleanup(fd_close_p)))

#endif
