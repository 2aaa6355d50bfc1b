// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/maps (fs/proc/task_mmu.c:show_map_vma()). */
#include "see/stacks/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

/* sysctl vm.max_map_count is 65,530 by default and a line seldom longer than 200 bytes. */
#define TEXT_MAX (64u << 20)
#define DELETED	 " (deleted)"

/* Takes a number off *at, which must end in `end`. */
static bool take_number(char **at, int base, char end, uint64_t *ret)
{
	char *from = *at;

	errno = 0;
	*ret = strtoull(from, at, base);
	return *at != from && !errno && *(*at)++ == end;
}

/* "55d0c0a00000-55d0c0a28000 r-xp 00002000 fe:00 1234    /usr/bin/x (deleted)" */
static bool parse_line(char *line, struct mapping *ret)
{
	uint64_t major, minor;
	size_t len;
	char *at = line;

	if (!take_number(&at, 16, '-', &ret->start) || !take_number(&at, 16, ' ', &ret->end))
		return false;
	if (strnlen(at, 5) < 5 || at[4] != ' ')
		return false;
	ret->is_executable = at[2] == 'x';
	at += 5;
	if (!take_number(&at, 16, ' ', &ret->offset) || !take_number(&at, 16, ':', &major) ||
	    !take_number(&at, 16, ' ', &minor))
		return false;
	ret->device_major = (uint32_t)major;
	ret->device_minor = (uint32_t)minor;
	ret->inode = strtoull(at, &at, 10);
	ret->path = at + strspn(at, " ");
	len = strlen(ret->path);
	if (ret->path[0] == '/' && len > strlen(DELETED)) {
		char *mark = at + strspn(at, " ") + len - strlen(DELETED);

		ret->is_deleted = strcmp(mark, DELETED) == 0;
		if (ret->is_deleted)
			*mark = '\0';
	}
	return ret->start < ret->end;
}

int mappings_parse(char *text, size_t len, struct mappings *m)
{
	uint64_t behind = 0;

	*m = (struct mappings){ .text = text };
	for (char *line = text, *end; line < text + len; line = end + 1) {
		struct mapping mapping = { 0 };

		end = memchr(line, '\n', (size_t)(text + len - line));
		if (!end)
			end = text + len;
		*end = '\0';
		if (!parse_line(line, &mapping) || mapping.start < behind)
			continue;
		if (array_grow(&m->items, 1))
			return -ENOMEM;
		m->items.items[m->items.n++] = mapping;
		behind = mapping.end;
	}
	return 0;
}

void mappings_finish(struct mappings *m)
{
	free(m->text);
	free(m->items.items);
	*m = (struct mappings){ 0 };
}

int mappings_read(int dirfd, struct mappings *m)
{
	_close_ int fd = openat(dirfd, "maps", O_RDONLY | O_CLOEXEC);
	size_t len = 0, room = 0;
	_free_ char *text = NULL;
	char *given;

	*m = (struct mappings){ 0 };
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	for (;;) {
		ssize_t n;

		if (room - len < 4096) {
			if (len > TEXT_MAX)
				return -E2BIG;
			if (array_reserve(&text, &room, room + 65536, 1))
				return -ENOMEM;
		}
		n = read(fd, text + len, room - len - 1);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	/* A process that has ended maps nothing. */
	if (len == 0)
		return -ESRCH;
	text[len] = '\0';
	given = text;
	text = NULL;
	return mappings_parse(given, len, m);
}

const struct mapping *mappings_find(const struct mappings *m, uint64_t address)
{
	size_t low = 0, high = m->items.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->items.items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == m->items.n || m->items.items[low].start > address)
		return NULL;
	return &m->items.items[low];
}
