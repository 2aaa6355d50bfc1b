/* SPDX-License-Identifier: Apache-2.0 */
/* Small files read whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Reads at most size - 1 bytes of the file `path` (relative to the directory dirfd, or AT_FDCWD)
 * and ends them with NUL. Returns the bytes read (what does not fit is left out), or -errno. */
ssize_t file_read_at(int dirfd, const char *path, char *ret_text, size_t size);

/* Reads one whole decimal number, as sysctl files hold it. 0 or -errno; -EINVAL if it is none. */
int file_read_long(const char *path, long *ret_value);

#endif
