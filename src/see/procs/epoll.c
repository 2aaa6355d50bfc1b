// SPDX-License-Identifier: Apache-2.0
/* Reading epoll sets, and joining them to the rows of the files they watch. */
#include "see/procs/epoll.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"
#include "see/procs/procs_private.h"

void epoll_finish(struct epoll_regs *regs)
{
	free(regs->items.items);
	*regs = (struct epoll_regs){ 0 };
}

static int take_line(struct epoll_regs *regs, uint64_t epoll, const char *line, size_t len)
{
	struct epoll_reg reg = { .epoll = epoll };

	if (!procs_parse_epoll_line(line, len, &reg.target))
		return 0;
	if (array_grow(&regs->items, 1))
		return -ENOMEM;
	regs->items.items[regs->items.n++] = reg;
	return 0;
}

/* Takes the whole lines of buf and moves what is left to its beginning. */
static int take_lines(struct epoll_regs *regs, uint64_t epoll, char *buf, size_t *len)
{
	const char *at = buf, *newline;
	size_t left = *len;
	int err = 0;

	while (!err && (newline = memchr(at, '\n', left)) != NULL) {
		err = take_line(regs, epoll, at, (size_t)(newline - at));
		left -= (size_t)(newline + 1 - at);
		at = newline + 1;
	}
	memmove(buf, at, left);
	*len = left;
	return err;
}

int epoll_read_set(struct epoll_regs *regs, int proc_fd, uint32_t tid, int32_t epoll_fd)
{
	char path[PROCS_PATH_ROOM], buf[32 * 1024];
	uint64_t epoll = (uint64_t)tid << 32 | (uint32_t)epoll_fd;
	_close_ int fd = -1;
	size_t len = 0;

	procs_put_path(path, tid, "fdinfo/");
	procs_put_path(path + strlen(path), (uint32_t)epoll_fd, "");
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	for (;;) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - len);
		int err;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		len += (size_t)n;
		err = take_lines(regs, epoll, buf, &len);
		if (err)
			return err;
		if (len == sizeof(buf)) /* no line of the kernel's is so long */
			return 0;
	}
}

#define COMPARE(field)                                                                             \
	do {                                                                                       \
		if (a->field != b->field)                                                          \
			return a->field < b->field ? -1 : 1;                                       \
	} while (0)

static int compare_targets(const struct epoll_reg *a, const struct epoll_reg *b)
{
	COMPARE(target.inode);
	COMPARE(target.fd);
	COMPARE(target.events);
	COMPARE(target.data);
	return 0;
}

static int compare_regs(const void *left, const void *right)
{
	const struct epoll_reg *a = left, *b = right;
	int order = compare_targets(a, b);

	if (order)
		return order;
	COMPARE(epoll);
	return 0;
}

/* A taken EPOLLONESHOT leaves the private bits alone, without even the ERR and HUP that every mask
 * has (fs/eventpoll.c:EP_PRIVATE_BITS, ep_send_events; Linux 6.18). */
static bool is_spent(uint32_t events)
{
	return events & EPOLLONESHOT && !(events & (EPOLLERR | EPOLLHUP));
}

/* Adds the watch of the sorted registrations from `first` on that are of the same inode. Returns
 * its row or ROW_NONE when out of memory. */
static uint32_t add_watch(const struct epoll_regs *regs, size_t first, struct file_table *t)
{
	struct watch watch = { .regs = (uint32_t)t->regs.n };

	if (array_grow(&t->watches, 1))
		return ROW_NONE;
	for (size_t i = first; i < regs->items.n; i++) {
		const struct epoll_reg *reg = &regs->items.items[i];

		if (reg->target.inode != regs->items.items[first].target.inode)
			break;
		if (i > first && compare_targets(reg, reg - 1) == 0)
			continue;
		if (watch.n_regs == UINT16_MAX) {
			watch.truncated = 1;
			break;
		}
		if (array_grow(&t->regs, 1))
			return ROW_NONE;
		t->regs.items[t->regs.n++] =
			(struct watch_reg){ .epoll = reg->epoll,
					    .events = reg->target.events,
					    .sleepers = VALUE_UNKNOWN,
					    .ready = FACT_UNKNOWN,
					    .oneshot_spent = is_spent(reg->target.events) };
		watch.n_regs++;
	}
	t->watches.items[t->watches.n] = watch;
	return (uint32_t)t->watches.n++;
}

static size_t find_first(const struct epoll_regs *regs, uint64_t inode)
{
	size_t low = 0, high = regs->items.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (regs->items.items[middle].target.inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The watch of one row; watches already made are found in `made`, inode -> watch. */
static uint32_t watch_of(const struct epoll_regs *regs, uint64_t inode, struct map *made,
			 struct file_table *t)
{
	size_t first = find_first(regs, inode);
	/* No file has inode 0: it stands for those that no set holds. */
	uint64_t key =
		first < regs->items.n && regs->items.items[first].target.inode == inode ? inode : 0;
	uint32_t row = map_get(made, key);

	if (row != MAP_NONE)
		return row;
	row = add_watch(regs, key ? first : regs->items.n, t);
	if (row != ROW_NONE && map_put(made, key, row, NULL))
		return ROW_NONE;
	return row;
}

int epoll_attach(struct epoll_regs *regs, struct file_table *t)
{
	_map_ struct map made = { 0 };

	if (regs->items.n > 0)
		qsort(regs->items.items, regs->items.n, sizeof(*regs->items.items), compare_regs);
	for (size_t i = 0; i < t->rows.n; i++) {
		struct file_row *row = &t->rows.items[i];

		if (row->watch != ROW_NONE)
			continue;
		row->watch = watch_of(regs, row->inode, &made, t);
		if (row->watch == ROW_NONE)
			return -ENOMEM;
	}
	return 0;
}
