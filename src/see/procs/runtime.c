// SPDX-License-Identifier: Apache-2.0
/* Runtimes told by name, by file and by mapping. */
#include "see/procs/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "see/procs/go.h"
#include "see/procs/parse.h"

#define MAPS_MAX (1024 * 1024)

static ssize_t read_file_at(void *data, uint64_t offset, void *buf, size_t len)
{
	ssize_t n = offset <= INT64_MAX ? pread(*(int *)data, buf, len, (off_t)offset) : 0;

	return n < 0 ? -errno : n;
}

/* A line of maps ends with the path, which begins with the line's first '/'. */
static enum runtime runtime_of_line(const char *line, size_t len)
{
	const char *path = memchr(line, '/', len);

	return path ? procs_runtime_of_library(path, len - (size_t)(path - line)) : RUNTIME_UNKNOWN;
}

/* Takes whole lines from the front of buf (len bytes), and what is left to its beginning. */
static enum runtime take_lines(char *buf, size_t *len)
{
	const char *at = buf, *newline;
	size_t left = *len;

	while ((newline = memchr(at, '\n', left)) != NULL) {
		enum runtime found = runtime_of_line(at, (size_t)(newline - at));

		if (found != RUNTIME_UNKNOWN)
			return found;
		left -= (size_t)(newline + 1 - at);
		at = newline + 1;
	}
	memmove(buf, at, left);
	*len = left;
	return RUNTIME_UNKNOWN;
}

static enum runtime find_in_maps(int dirfd)
{
	_close_ int fd = openat(dirfd, "maps", O_RDONLY | O_CLOEXEC);
	char buf[16 * 1024];
	size_t len = 0;

	if (fd < 0)
		return RUNTIME_UNKNOWN;
	for (size_t total = 0; total < MAPS_MAX;) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - len);
		enum runtime found;

		if (n < 0)
			return RUNTIME_UNKNOWN;
		if (n == 0)
			return total > 0 ? RUNTIME_NATIVE : RUNTIME_UNKNOWN;
		total += (size_t)n;
		len += (size_t)n;
		found = take_lines(buf, &len);
		if (found != RUNTIME_UNKNOWN)
			return found;
		if (len == sizeof(buf)) /* no line of the kernel's is so long */
			return RUNTIME_UNKNOWN;
	}
	return RUNTIME_NATIVE;
}

enum runtime procs_find_runtime(int dirfd, const char *exe)
{
	enum runtime found = procs_runtime_of_exe(exe);
	_close_ int fd = -1;

	if (found != RUNTIME_UNKNOWN)
		return found;
	fd = openat(dirfd, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return RUNTIME_UNKNOWN;
	if (procs_elf_is_go(read_file_at, &fd))
		return RUNTIME_GO;
	return find_in_maps(dirfd);
}
