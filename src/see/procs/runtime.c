// SPDX-License-Identifier: Apache-2.0
/* Runtimes told by name, by file and by mapping. */
#include "see/procs/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "see/procs/go.h"
#include "see/procs/parse.h"
#include "see/procs/rust.h"

#define MAPS_MAX (1024 * 1024)

static ssize_t read_file_at(void *data, uint64_t offset, void *buf, size_t len)
{
	ssize_t n = offset <= INT64_MAX ? pread(*(int *)data, buf, len, (off_t)offset) : 0;

	return n < 0 ? -errno : n;
}

/* What the list of mappings tells so far. */
struct mapped {
	enum runtime runtime;
	uint32_t libraries;
	size_t last_len; /* of the path before: a file is mapped several times in a row */
	char last[256];
};

/* A line of maps ends with the path, which begins with the line's first '/'. */
static void take_line(struct mapped *m, const char *line, size_t len)
{
	const char *path = memchr(line, '/', len);
	size_t path_len;

	if (!path)
		return;
	path_len = len - (size_t)(path - line);
	if (path_len == m->last_len && memcmp(path, m->last, path_len) == 0)
		return;
	m->last_len = 0;
	if (path_len <= sizeof(m->last)) {
		memcpy(m->last, path, path_len);
		m->last_len = path_len;
	}
	if (m->runtime == RUNTIME_UNKNOWN)
		m->runtime = procs_runtime_of_library(path, path_len);
	m->libraries |= procs_library_of(path, path_len);
}

/* Takes whole lines from the front of buf (len bytes), and what is left to its beginning. */
static void take_lines(struct mapped *m, char *buf, size_t *len)
{
	const char *at = buf, *newline;
	size_t left = *len;

	while ((newline = memchr(at, '\n', left)) != NULL) {
		take_line(m, at, (size_t)(newline - at));
		left -= (size_t)(newline + 1 - at);
		at = newline + 1;
	}
	memmove(buf, at, left);
	*len = left;
}

/* True when the list was read to its end, or to as much of it as is read. */
static bool read_maps(struct mapped *m, int dirfd)
{
	_close_ int fd = openat(dirfd, "maps", O_RDONLY | O_CLOEXEC);
	char buf[16 * 1024];
	size_t len = 0;

	if (fd < 0)
		return false;
	for (size_t total = 0; total < MAPS_MAX;) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - len);

		if (n < 0)
			return false;
		if (n == 0)
			return total > 0;
		total += (size_t)n;
		len += (size_t)n;
		take_lines(m, buf, &len);
		if (len == sizeof(buf)) /* no line of the kernel's is so long */
			return false;
	}
	return true;
}

/* Programs that are what they are whatever they have mapped, and bring no library of interest. */
static bool is_told_by_exe(enum runtime runtime)
{
	return runtime == RUNTIME_NGINX || runtime == RUNTIME_HAPROXY ||
	       runtime == RUNTIME_POSTGRES || runtime == RUNTIME_REDIS || runtime == RUNTIME_ERLANG;
}

enum runtime procs_find_runtime(int dirfd, const char *exe, uint32_t *ret_libraries)
{
	struct mapped m = { .runtime = procs_runtime_of_exe(exe) };
	_close_ int fd = -1;
	bool whole;

	if (is_told_by_exe(m.runtime))
		return m.runtime;
	if (m.runtime == RUNTIME_UNKNOWN) {
		fd = openat(dirfd, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return RUNTIME_UNKNOWN;
		if (procs_elf_is_go(read_file_at, &fd))
			return RUNTIME_GO;
		if (procs_elf_has_rust(read_file_at, &fd))
			m.libraries = LIBRARY_RUST;
	}
	whole = read_maps(&m, dirfd);
	*ret_libraries = m.libraries;
	if (m.runtime == RUNTIME_UNKNOWN && whole)
		return RUNTIME_NATIVE;
	return m.runtime;
}
