// SPDX-License-Identifier: Apache-2.0
/* Closing a descriptor without losing the errno that is on its way up. */
#include "base/fd.h"

#include <errno.h>

int fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}
