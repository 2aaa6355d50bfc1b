// SPDX-License-Identifier: Apache-2.0
/* Reading /proc and /sys files, which have no size and may end at any moment. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"

ssize_t file_read_at(int dirfd, const char *path, char *ret_text, size_t size)
{
	_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		ssize_t n = read(fd, ret_text + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	ret_text[len] = '\0';
	return (ssize_t)len;
}

int file_read_long(const char *path, long *ret_value)
{
	char text[64], *end;
	ssize_t len = file_read_at(AT_FDCWD, path, text, sizeof(text));
	long value;

	if (len < 0)
		return (int)len;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || (*end != '\0' && *end != '\n'))
		return -EINVAL;
	*ret_value = value;
	return 0;
}
