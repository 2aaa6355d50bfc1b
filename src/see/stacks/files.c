// SPDX-License-Identifier: Apache-2.0
/* Files of processes that may be anywhere and mean no good: never followed out of their root, never
 * waited for, regular ones only. */
#include "see/stacks/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* How much of a file is compared with memory: its header and mostly its build id. */
#define COMPARED_BYTES 4096

/* fd if it is a regular file, else closes it. */
static int only_regular(int fd)
{
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	fd_close(fd);
	return -EACCES;
}

/* A path of the process, absolute, links in it taken as the process takes them. Found before it is
 * opened: a device does things when it is opened, and anybody can lay a link to one. */
static int open_in_root(const struct copied_process *p, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	_close_ int root = openat(p->dirfd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_close_ int found = -1;
	char name[32];

	if (root < 0)
		return -errno;
	found = only_regular((int)syscall(SYS_openat2, root, path, &how, sizeof(how)));
	if (found < 0)
		return found;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", found);
	return only_regular(open(name, OPEN_FLAGS));
}

/* fd if the file begins as the memory does, else closes it. */
static int only_same(const struct copied_process *p, const struct mapping *m, int fd)
{
	char here[COMPARED_BYTES], there[COMPARED_BYTES];
	size_t len = m->end - m->start < sizeof(here) ? (size_t)(m->end - m->start) : sizeof(here);
	long in_file, in_memory;

	if (fd < 0)
		return fd;
	in_file = pread(fd, here, len, 0);
	in_memory = copied_read_memory(p->tid, m->start, there, len);
	if (in_file > 0 && in_file <= in_memory && memcmp(here, there, (size_t)in_file) == 0)
		return fd;
	fd_close(fd);
	return -ENOENT;
}

int files_open_mapped(const struct copied_process *p, const struct mapping *m)
{
	struct stat st;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "map_files/%llx-%llx", (unsigned long long)m->start,
		 (unsigned long long)m->end);
	/* Found before it is opened, here too. */
	if (fstatat(p->dirfd, path, &st, 0) == 0) {
		if (!S_ISREG(st.st_mode))
			return -EACCES;
		fd = only_regular(openat(p->dirfd, path, OPEN_FLAGS));
		if (fd >= 0)
			return fd;
	}
	fd = only_same(p, m, only_regular(openat(p->dirfd, "exe", OPEN_FLAGS)));
	if (fd >= 0 || m->is_deleted)
		return fd;
	return only_same(p, m, open_in_root(p, m->path));
}

int files_open_debug(const struct copied_process *p, const uint8_t *id, size_t len)
{
	char path[256];
	int at;

	if (len < 2 || len > 64)
		return -EINVAL;
	at = snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (size_t i = 1; i < len; i++)
		at += snprintf(path + at, sizeof(path) - (size_t)at, "%02x", id[i]);
	snprintf(path + at, sizeof(path) - (size_t)at, ".debug");
	return open_in_root(p, path);
}

/* The process' number in its own pid namespace: the last one of NSpid. 0 unknown. */
static unsigned long find_inner_pid(const struct copied_process *p)
{
	char text[4096];
	unsigned long pid = 0;
	char *at;

	if (file_read_at(p->dirfd, "status", text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, "\nNStgid:");
	if (!at)
		return 0;
	at += strlen("\nNStgid:");
	while (*at == '\t' || *at == ' ') {
		char *end;

		pid = strtoul(at, &end, 10);
		if (end == at)
			break;
		at = end;
	}
	return pid;
}

int files_open_perf_map(const struct copied_process *p)
{
	unsigned long pid = find_inner_pid(p);
	struct stat file, process;
	char path[64];
	int fd;

	if (!pid)
		return -ENOENT;
	snprintf(path, sizeof(path), "/tmp/perf-%lu.map", pid);
	fd = open_in_root(p, path);
	if (fd < 0)
		return fd;
	if (fstat(fd, &file) == 0 && fstatat(p->dirfd, "maps", &process, 0) == 0 &&
	    (file.st_uid == 0 || file.st_uid == process.st_uid))
		return fd;
	fd_close(fd);
	return -EACCES;
}
