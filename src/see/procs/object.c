// SPDX-License-Identifier: Apache-2.0
/* From a descriptor's number to what it is, through the thread's own table: threads can have
 * another than their process. */
#include "see/procs/object.h"

#include <errno.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "see/procs/borrow.h"
#include "see/procs/epoll.h"
#include "see/procs/procs_private.h"
#include "see/procs/socket.h"

#define SET_FILES_MAX 64   /* looked at of one set */
#define SET_LINKS_MAX 4096 /* of all sets of a process */
#define SELECT_MAX    1024 /* descriptors of select() */

#define US_PER_S  1000000
#define NS_PER_US 1000
#define NS_PER_MS 1000000
#define NS_PER_S  1000000000

void objects_finish(struct objects *o)
{
	fd_close(o->pidfd);
	o->pidfd = -1;
	free(o->epolls.items);
	memset(&o->epolls, 0, sizeof(o->epolls));
}

/* Reads the program's memory. False when not all of it could be read. */
static bool read_memory(uint32_t tid, uint64_t at, void *buf, size_t len)
{
	const struct iovec local = { .iov_base = buf, .iov_len = len },
			   remote = { .iov_base = (void *)(uintptr_t)at, .iov_len = len };

	return process_vm_readv((pid_t)tid, &local, 1, &remote, 1, 0) == (ssize_t)len;
}

/* A time before now has passed: 0. What is none is not known: the program may have written over it
 * since. */
static uint32_t span_ms(int64_t s, int64_t ns)
{
	if (ns < 0 || ns >= NS_PER_S)
		return VALUE_UNKNOWN;
	if (s < 0)
		return 0;
	if (s >= UINT32_MAX / 1000)
		return VALUE_UNKNOWN - 1;
	return (uint32_t)(s * 1000 + ns / NS_PER_MS);
}

/* select() takes a second and more in the lower part, too (fs/select.c:kern_select()). */
static uint32_t span_us_ms(const struct timeval *limit)
{
	int64_t more_s = limit->tv_usec / US_PER_S, s;

	if (limit->tv_usec < 0 || __builtin_add_overflow(limit->tv_sec, more_s, &s))
		return VALUE_UNKNOWN;
	return span_ms(s, limit->tv_usec % US_PER_S * NS_PER_US);
}

/* How long it is until that moment. */
static uint32_t until_ms(const struct timespec *limit, const struct timespec *now)
{
	int64_t s, ns;

	if (limit->tv_nsec < 0 || limit->tv_nsec >= NS_PER_S || limit->tv_sec < 0)
		return VALUE_UNKNOWN;
	ns = limit->tv_nsec - now->tv_nsec;
	s = limit->tv_sec - now->tv_sec - (ns < 0);
	return span_ms(s, ns < 0 ? ns + NS_PER_S : ns);
}

static void take_limit(const struct procs_wait *w, struct thread *t)
{
	struct timespec limit, now;
	struct timeval limit_us;

	switch (w->limit) {
	case LIMIT_MS:
		t->timeout_ms = w->limit_ms;
		break;
	case LIMIT_SPAN:
		if (read_memory(t->tid, w->limit_at, &limit, sizeof(limit)))
			t->timeout_ms = span_ms(limit.tv_sec, limit.tv_nsec);
		break;
	case LIMIT_SPAN_US:
		if (read_memory(t->tid, w->limit_at, &limit_us, sizeof(limit_us)))
			t->timeout_ms = span_us_ms(&limit_us);
		break;
	case LIMIT_REAL:
	case LIMIT_MONOTONIC:
		if (!read_memory(t->tid, w->limit_at, &limit, sizeof(limit)) ||
		    clock_gettime(w->limit == LIMIT_REAL ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now))
			break;
		t->timeout_ms = until_ms(&limit, &now);
		break;
	}
}

/* Reads the link of a descriptor. Its length, or 0 when there is none. */
static size_t read_link(const struct objects *o, uint32_t tid, int32_t fd, char *ret, size_t size)
{
	char path[PROCS_PATH_ROOM];
	ssize_t len;

	procs_put_path(path, tid, "fd/");
	procs_put_path(path + strlen(path), (uint32_t)fd, "");
	len = readlinkat(o->task_fd, path, ret, size - 1);
	if (len <= 0)
		return 0;
	ret[len] = '\0';
	return (size_t)len;
}

/* What is told of a set when one more file of it is known. */
static void add_file(const struct snapshot *s, uint32_t conn, uint8_t *with_listener,
		     uint8_t *with_stuck)
{
	enum tcp_state state = conn == ROW_NONE ? TCP_STATE_UNKNOWN : snapshot_conn(s, conn)->state;

	if (state == TCP_STATE_LISTEN)
		*with_listener = FACT_YES;
	if (TCP_BIT(state) & TCP_BITS_CLOSING)
		*with_stuck = FACT_YES;
}

/* Whether the descriptor of the same number is the same file in both threads. Where the kernel does
 * not compare (no CONFIG_KCMP, a sandbox) it is taken for so: hardly a thread has a table of its
 * own. */
static bool same_file(uint32_t tid, uint32_t other, int32_t fd)
{
	return tid == other || syscall(SYS_kcmp, tid, other, KCMP_FILE, fd, fd) <= 0;
}

/* Not to be among those of a set that were looked at says nothing of the others. */
static uint8_t among(uint8_t seen, bool all)
{
	return seen == FACT_NO && !all ? FACT_UNKNOWN : seen;
}

/* Whether a set may hold another one, the files of which are not looked at. Files that have no
 * inode of their own share one (fs/anon_inodes.c), so only those are asked what they are. */
static bool may_hold_set(struct objects *o, const struct thread *t, const struct epoll_regs *regs)
{
	char path[PROCS_PATH_ROOM], link[64];
	struct stat st;

	procs_put_path(path, t->tid, "fd/");
	procs_put_path(path + strlen(path), (uint32_t)t->fd, "");
	if (fstatat(o->task_fd, path, &st, 0) < 0)
		return true;
	for (size_t i = 0; i < regs->items.n; i++) {
		const struct procs_epoll_target *target = &regs->items.items[i].target;
		uint32_t inode;
		size_t len;

		if (target->inode != st.st_ino)
			continue;
		if (o->links++ >= SET_LINKS_MAX)
			return true;
		len = read_link(o, t->tid, target->fd, link, sizeof(link));
		/* The number may be another file's by now: then it is not known. */
		if (len == 0 || strncmp(link, "anon_inode:", strlen("anon_inode:")) != 0 ||
		    procs_parse_object(link, len, &inode) == OBJECT_EPOLL)
			return true;
	}
	return false;
}

static void take_epoll(struct thread *t, const struct object_epoll *known)
{
	t->with_listener = known->with_listener;
	t->with_stuck = known->with_stuck;
}

/* Looks which files an epoll set has; many threads wait on few sets, so each is read once. */
static int look_at_epoll(struct objects *o, struct thread *t)
{
	struct object_epoll found = {
		.tid = t->tid, .fd = t->fd, .with_listener = FACT_NO, .with_stuck = FACT_NO
	};
	struct epoll_regs regs = { 0 };
	bool all;
	int got;

	if (o->skip_epolls)
		return 0;
	for (size_t i = 0; i < o->epolls.n; i++) {
		const struct object_epoll *known = &o->epolls.items[i];

		if (known->fd == t->fd && same_file(known->tid, t->tid, t->fd)) {
			take_epoll(t, known);
			return 0;
		}
	}
	got = epoll_read_set(&regs, o->proc_fd, t->tid, t->fd);
	for (size_t i = 0; got >= 0 && i < regs.items.n; i++) {
		uint64_t inode = regs.items.items[i].target.inode;

		if (inode <= UINT32_MAX)
			add_file(o->s, o->find(o->find_data, (uint32_t)inode), &found.with_listener,
				 &found.with_stuck);
	}
	all = got > 0 && !may_hold_set(o, t, &regs);
	found.with_listener = among(found.with_listener, all);
	found.with_stuck = among(found.with_stuck, all);
	epoll_finish(&regs);
	if (got < 0 || array_grow(&o->epolls, 1))
		return -ENOMEM;
	o->epolls.items[o->epolls.n++] = found;
	take_epoll(t, &found);
	return 0;
}

static int set_text(struct objects *o, struct thread *t, const char *text)
{
	if (!text[0])
		return 0;
	t->object_text = snapshot_string(o->s, text);
	return t->object_text ? 0 : -ENOMEM;
}

/* The name of the protocol, where the socket itself may not be borrowed. */
static void ask_protocol(const struct thread *t, struct procs_socket *ret)
{
	char path[PROCS_PATH_ROOM * 2] = "/proc/", name[16];
	ssize_t len;

	procs_put_path(path + strlen(path), t->tid, "fd/");
	procs_put_path(path + strlen(path), (uint32_t)t->fd, "");
	len = getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	if (len > 0) {
		name[len] = '\0';
		procs_socket_by_name(name, ret);
	}
}

/* A socket that is no row: an ESTABLISHED connection, or no TCP at all. */
static void look_at_socket(struct objects *o, const struct thread *t, uint32_t inode,
			   struct procs_socket *ret)
{
	int err;

	if (o->pidfd == -1)
		o->pidfd = procs_open_pidfd(o->pid, 0);
	err = o->pidfd < 0 ? o->pidfd : procs_read_socket(o->pidfd, t->fd, inode, ret);
	/* Of a thread with a table of its own, or of a process whose first thread has ended. */
	if (err == -EBADF || err == -ESTALE) {
		_close_ int pidfd = procs_open_pidfd(o->pid, t->tid);

		if (pidfd >= 0)
			err = procs_read_socket(pidfd, t->fd, inode, ret);
	}
	if (err)
		ask_protocol(t, ret);
}

static int take_socket(struct objects *o, struct thread *t, uint32_t inode)
{
	struct procs_socket socket = { .object = OBJECT_SOCKET, .quiet_ms = VALUE_UNKNOWN };

	t->conn = o->find(o->find_data, inode);
	if (t->conn != ROW_NONE)
		procs_socket_of_conn(snapshot_conn(o->s, t->conn), &socket);
	else
		look_at_socket(o, t, inode, &socket);
	t->object = socket.object;
	t->quiet_ms = socket.quiet_ms;
	return set_text(o, t, socket.text);
}

/* What the descriptor t->fd is. */
static int take_file(struct objects *o, struct thread *t)
{
	char link[PATH_MAX];
	size_t len = read_link(o, t->tid, t->fd, link, sizeof(link));
	uint32_t inode;

	t->object = OBJECT_UNKNOWN;
	if (len == 0)
		return 0;
	t->object = (uint8_t)procs_parse_object(link, len, &inode);
	switch (t->object) {
	case OBJECT_SOCKET:
		return take_socket(o, t, inode);
	case OBJECT_EPOLL:
		return look_at_epoll(o, t);
	case OBJECT_PIPE:
		return 0;
	case OBJECT_FILE:
		/* A named pipe's link is its path. */
		if (t->wchan && strstr(t->wchan, "pipe_"))
			t->object = OBJECT_PIPE;
		return set_text(o, t, link);
	default:
		return set_text(o, t, link);
	}
}

/* Looks at the n files of a set, of which `all` were not told when false. */
static int take_files(struct objects *o, struct thread *t, const int32_t *fds, size_t n, bool all)
{
	uint8_t listener = FACT_NO, stuck = FACT_NO;

	if (n == 0 && all) {
		t->object = OBJECT_NONE;
		return 0;
	}
	if (n == 1 && all) {
		t->fd = fds[0];
		return take_file(o, t);
	}
	t->object = OBJECT_SET;
	for (size_t i = 0; i < n; i++) {
		char link[64];
		size_t len;
		uint32_t inode;

		if (o->links++ >= SET_LINKS_MAX) {
			all = false;
			break;
		}
		len = read_link(o, t->tid, fds[i], link, sizeof(link));
		if (len && procs_parse_object(link, len, &inode) == OBJECT_SOCKET)
			add_file(o->s, o->find(o->find_data, inode), &listener, &stuck);
	}
	t->with_listener = among(listener, all);
	t->with_stuck = among(stuck, all);
	return 0;
}

/* poll() passes over negative descriptors. */
static int take_poll(struct objects *o, const struct procs_wait *w, struct thread *t)
{
	struct pollfd polled[SET_FILES_MAX];
	uint32_t told = w->files < SET_FILES_MAX ? w->files : SET_FILES_MAX;
	int32_t fds[SET_FILES_MAX];
	size_t n = 0;

	if (told && !read_memory(t->tid, w->set_at[0], polled, told * sizeof(*polled)))
		return 0;
	for (uint32_t i = 0; i < told; i++)
		if (polled[i].fd >= 0)
			fds[n++] = polled[i].fd;
	t->fds = w->files - told + (uint32_t)n;
	return take_files(o, t, fds, n, told == w->files);
}

static int take_select(struct objects *o, const struct procs_wait *w, struct thread *t)
{
	enum { WORD = 8 * sizeof(unsigned long) };
	unsigned long bits[SELECT_MAX / WORD] = { 0 }, one[SELECT_MAX / WORD];
	uint32_t told = w->files < SELECT_MAX ? w->files : SELECT_MAX;
	uint32_t words = (told + WORD - 1) / WORD;
	int32_t fds[SET_FILES_MAX];
	size_t n = 0;
	bool all = told == w->files;

	for (size_t set = 0; set < ARRAY_LEN(w->set_at); set++) {
		if (!w->set_at[set] || !words)
			continue;
		if (!read_memory(t->tid, w->set_at[set], one, words * sizeof(*one)))
			return 0;
		for (uint32_t i = 0; i < words; i++)
			bits[i] |= one[i];
	}
	for (uint32_t fd = 0; fd < told; fd++) {
		if (!(bits[fd / WORD] & 1ul << fd % WORD))
			continue;
		t->fds++;
		if (n < SET_FILES_MAX)
			fds[n++] = (int32_t)fd;
		else
			all = false;
	}
	return take_files(o, t, fds, n, all);
}

int objects_take(struct objects *o, const struct procs_wait *w, struct thread *t)
{
	int err;

	t->address = w->address;
	t->futex_value = w->futex_value;
	t->futex_op = w->futex_op;
	take_limit(w, t);
	if (w->set == SET_POLL)
		return take_poll(o, w, t);
	if (w->set == SET_SELECT)
		return take_select(o, w, t);
	if (w->fd < 0) {
		t->object = OBJECT_NONE;
		return 0;
	}
	t->fd = w->fd;
	err = take_file(o, t);
	/* Data is moved between a pipe and something else, which is what it waits for. */
	if (!err && w->other_fd >= 0 && (t->object == OBJECT_PIPE || t->object == OBJECT_FILE)) {
		t->fd = w->other_fd;
		err = take_file(o, t);
	}
	return err;
}
