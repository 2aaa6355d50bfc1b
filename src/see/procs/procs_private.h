/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: paths below /proc without printf, directories of numbers. */
#ifndef SEE_PROCS_PROCS_PRIVATE_H
#define SEE_PROCS_PROCS_PRIVATE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/file.h"
#include "see/procs/parse.h"

/* Room for "4294967295/" and a file's name. */
#define PROCS_PATH_ROOM 64

/* Writes "PID/name" (name may be ""). */
void procs_put_path(char ret_path[static PROCS_PATH_ROOM], uint32_t pid, const char *name);

/* Opens a directory; dirfd may be AT_FDCWD. An fd the caller owns, or -errno. */
int procs_open_dir(int dirfd, const char *path);

/* Calls each() for every entry of the open directory whose name is a number, until it returns
 * something else than 0. Returns what it returned, 0 at the end, or -errno. */
int procs_each_number(int dirfd, int (*each)(void *data, const char *name, uint32_t number),
		      void *data);

/* Reads and parses `path` (a stat file) below dirfd. 0 or -errno. */
int procs_read_stat(int dirfd, const char *path, struct procs_stat *ret);

/* When it started, on CLOCK_BOOTTIME. */
uint64_t procs_start_ns(const struct procs_stat *stat);

/* True for what the kernel runs by itself: it has no files and no program. */
bool procs_is_kernel_thread(int proc_fd, uint32_t pid);

/* True for an error that says "gone meanwhile", which is no error here. */
static inline bool procs_is_gone(int err)
{
	return err == -ENOENT || err == -ESRCH;
}

#endif
