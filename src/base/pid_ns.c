// SPDX-License-Identifier: Apache-2.0
/* Our own pid namespace by its number. */
#include "base/pid_ns.h"

#include <errno.h>
#include <sys/stat.h>

int pid_ns_find_own(uint32_t *ret_inode)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0)
		return -errno;
	*ret_inode = (uint32_t)st.st_ino;
	return 0;
}
