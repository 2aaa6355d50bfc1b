// SPDX-License-Identifier: Apache-2.0
/* Walking /proc: directories whose entries are numbers. */
#include "see/procs/procs_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Fewer system calls than readdir()'s 32 KiB on directories of 10,000s of files. */
#define LIST_SIZE (64 * 1024)

void procs_put_path(char ret_path[static PROCS_PATH_ROOM], uint32_t pid, const char *name)
{
	char digits[10];
	size_t n = 0, len = strlen(name);

	do
		digits[n++] = (char)('0' + pid % 10);
	while (pid /= 10);
	while (n > 0)
		*ret_path++ = digits[--n];
	if (len > 0 && len < PROCS_PATH_ROOM - sizeof(digits) - 1) {
		*ret_path++ = '/';
		memcpy(ret_path, name, len);
		ret_path += len;
	}
	*ret_path = '\0';
}

int procs_open_dir(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool read_number(const char *name, uint32_t *ret)
{
	uint64_t value = 0;

	if (*name == '\0')
		return false;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || value > UINT32_MAX / 10)
			return false;
		value = value * 10 + (uint64_t)(*name - '0');
	}
	*ret = (uint32_t)value;
	return value <= UINT32_MAX;
}

int procs_each_number(int dirfd, int (*each)(void *data, const char *name, uint32_t number),
		      void *data)
{
	_Alignas(struct dirent64) char entries[LIST_SIZE];

	for (;;) {
		ssize_t len = getdents64(dirfd, entries, sizeof(entries));

		if (len < 0)
			return -errno;
		if (len == 0)
			return 0;
		for (ssize_t at = 0; at < len;) {
			const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
			uint32_t number;
			int r = 0;

			if (read_number(entry->d_name, &number))
				r = each(data, entry->d_name, number);
			if (r)
				return r;
			at += entry->d_reclen;
		}
	}
}

int procs_read_stat(int dirfd, const char *path, struct procs_stat *ret)
{
	char text[1024];
	ssize_t len = file_read_at(dirfd, path, text, sizeof(text));

	return len < 0 ? (int)len : procs_parse_stat(text, (size_t)len, ret);
}

uint64_t procs_start_ns(const struct procs_stat *stat)
{
	uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);

	return stat->start_ticks / per_second * 1000000000u +
	       stat->start_ticks % per_second * 1000000000u / per_second;
}

bool procs_is_kernel_thread(int proc_fd, uint32_t pid)
{
	char path[PROCS_PATH_ROOM];
	struct procs_stat stat;

	procs_put_path(path, pid, "stat");
	return procs_read_stat(proc_fd, path, &stat) == 0 && stat.flags & PROCS_FLAG_KERNEL_THREAD;
}
