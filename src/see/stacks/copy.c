// SPDX-License-Identifier: Apache-2.0
/* Stacks copied with process_vm_readv(): the thread they belong to does not notice. */
#include "see/stacks/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

void copied_finish(struct copied *c)
{
	for (size_t i = 0; i < c->processes.n; i++) {
		mappings_finish(&c->processes.items[i].maps);
		fd_close(c->processes.items[i].dirfd);
	}
	for (size_t i = 0; i < c->threads.n; i++)
		free(c->threads.items[i].bytes);
	free(c->processes.items);
	free(c->threads.items);
	*c = (struct copied){ 0 };
}

int copied_begin(struct copied *c, const struct snapshot *s, const uint32_t *processes, size_t n)
{
	*c = (struct copied){ 0 };
	for (size_t i = 0; i < n; i++) {
		uint32_t pid = snapshot_process(s, processes[i])->pid;

		if (!pid || copied_find(c, pid) != ROW_NONE)
			continue;
		if (array_grow(&c->processes, 1))
			return -ENOMEM;
		c->processes.items[c->processes.n++] =
			(struct copied_process){ .row = processes[i], .pid = pid, .dirfd = -1 };
	}
	return 0;
}

uint32_t copied_find(const struct copied *c, uint32_t pid)
{
	for (uint32_t i = 0; i < c->processes.n; i++)
		if (c->processes.items[i].pid == pid)
			return i;
	return ROW_NONE;
}

int copied_open(struct copied_process *p, uint32_t tid)
{
	char path[32];
	int err;

	if (p->dirfd >= 0 || p->err)
		return p->err;
	snprintf(path, sizeof(path), "/proc/%u", tid);
	p->dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->dirfd < 0)
		return errno == ENOENT ? -ESRCH : (p->err = -errno);
	p->tid = tid;
	err = mappings_read(p->dirfd, &p->maps);
	if (err == -ESRCH) {
		mappings_finish(&p->maps);
		p->dirfd = fd_close(p->dirfd);
	} else {
		p->err = err;
	}
	return err;
}

long copied_read_memory(uint32_t tid, uint64_t address, void *ret_bytes, size_t len)
{
	struct iovec to = { .iov_base = ret_bytes, .iov_len = len };
	struct iovec from = { .iov_base = (void *)(uintptr_t)address, .iov_len = len };
	ssize_t n = process_vm_readv((pid_t)tid, &to, 1, &from, 1, 0);

	return n < 0 ? -errno : n;
}

int copied_read(struct copied *c, struct copied_thread *t, size_t most)
{
	struct copied_process *p = &c->processes.items[t->process];
	uint64_t sp = t->at.user.general[REGISTERS_SP];
	const struct mapping *m = mappings_find(&p->maps, sp);
	size_t len;
	long n;

	free(t->bytes);
	t->bytes = NULL;
	t->len = 0;
	if (!m)
		return 0;
	t->low = sp - m->start < COPY_BELOW ? m->start : sp - COPY_BELOW;
	len = m->end - t->low < most ? (size_t)(m->end - t->low) : most;
	t->bytes = malloc(len);
	if (!t->bytes)
		return -ENOMEM;
	n = copied_read_memory(t->at.tid, t->low, t->bytes, len);
	if (n > 0)
		t->len = (size_t)n;
	else if (n == -ESRCH)
		t->gone = true;
	else if (n < 0 && n != -EFAULT && !p->err)
		p->err = (int)n;
	return 0;
}
