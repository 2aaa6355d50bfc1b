// SPDX-License-Identifier: Apache-2.0
/* Network namespaces belong to threads, not to processes. */
#include "base/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

int netns_enter(int netns_fd)
{
	return setns(netns_fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int netns_open_own(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}
