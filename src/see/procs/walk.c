// SPDX-License-Identifier: Apache-2.0
/* Every /proc/PID/fd, read with as few and small system calls as there are. */
#include "see/procs/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/pid_ns.h"
#include "see/procs/epoll.h"
#include "see/procs/procs_private.h"

#define EPOLL_LINK "anon_inode:[eventpoll]"

struct walk {
	const struct procs_wanted *wanted;
	struct file_table *t;
	struct epoll_regs regs;
	int proc_fd;
	/* The process being read. */
	uint32_t pid;
	uint32_t tid; /* whose files: another than pid where the first thread has ended */
	int fd_dir;
	uint32_t n_files;
	size_t first_row;
	SNAPSHOT_ARRAY(int32_t) epolls;
};

static bool is_tcp(const struct walk *w, const char *name)
{
	char path[PROCS_PATH_ROOM * 2] = "/proc/", protocol[16];
	ssize_t len;

	procs_put_path(path + strlen(path), w->tid, "fd/");
	strcat(path, name);
	len = getxattr(path, "system.sockprotoname", protocol, sizeof(protocol) - 1);
	if (len <= 0)
		return false;
	protocol[len] = '\0';
	return strcmp(protocol, "TCP") == 0 || strcmp(protocol, "TCPv6") == 0 ||
	       strcmp(protocol, "MPTCP") == 0 || strcmp(protocol, "MPTCPv6") == 0;
}

static int add_row(struct walk *w, uint32_t inode, uint32_t fd, enum tcp_state state)
{
	if (array_grow(&w->t->rows, 1))
		return -ENOMEM;
	w->t->rows.items[w->t->rows.n++] = (struct file_row){
		.inode = inode,
		.process = (uint32_t)w->t->processes.n,
		.fd = (int32_t)fd,
		.watch = ROW_NONE,
		.socket = ROW_NONE,
		.clocks = ROW_NONE,
		.idle_ms = VALUE_UNKNOWN,
		.user_timeout_ms = VALUE_UNKNOWN,
		.keepalive_idle_s = VALUE_UNKNOWN,
		.keepalive_interval_s = VALUE_UNKNOWN,
		.state = (uint8_t)state,
	};
	return 0;
}

static int look_at_socket(struct walk *w, const char *name, uint32_t fd, uint64_t inode)
{
	if (inode > UINT32_MAX)
		return 0;
	if (map_get(w->wanted->inodes, inode) != MAP_NONE)
		return add_row(w, (uint32_t)inode, fd, TCP_STATE_UNKNOWN);
	if (w->wanted->known && map_get(w->wanted->known, inode) == MAP_NONE && is_tcp(w, name))
		return add_row(w, (uint32_t)inode, fd, TCP_STATE_CLOSED);
	return 0;
}

static int look_at_file(void *data, const char *name, uint32_t fd)
{
	struct walk *w = data;
	char link[64];
	ssize_t len = readlinkat(w->fd_dir, name, link, sizeof(link));
	uint64_t inode;

	w->n_files++;
	/* Closed meanwhile, or a path. */
	if (len <= 0 || fd > INT32_MAX)
		return 0;
	if (link[0] == 's' && procs_parse_link(link, (size_t)len, "socket:[", &inode))
		return look_at_socket(w, name, fd, inode);
	if (link[0] != 'a' || (size_t)len != strlen(EPOLL_LINK) ||
	    memcmp(link, EPOLL_LINK, (size_t)len) != 0)
		return 0;
	if (array_grow(&w->epolls, 1))
		return -ENOMEM;
	w->epolls.items[w->epolls.n++] = (int32_t)fd;
	return 0;
}

static int add_process(struct walk *w)
{
	struct file_process *p;
	char path[PROCS_PATH_ROOM];
	ssize_t len;

	if (array_grow(&w->t->processes, 1))
		return -ENOMEM;
	p = &w->t->processes.items[w->t->processes.n++];
	*p = (struct file_process){ .key = w->pid, .pid = w->pid, .fds_open = w->n_files };
	procs_put_path(path, w->pid, "comm");
	len = file_read_at(w->proc_fd, path, p->comm, sizeof(p->comm));
	if (len > 0 && p->comm[len - 1] == '\n')
		p->comm[len - 1] = '\0';
	return 0;
}

/* Reads the files of thread w->tid as those of process w->pid. 0, -ESRCH when it has none, -EACCES
 * when it may not be read, or another -errno. */
static int read_files(struct walk *w)
{
	char path[PROCS_PATH_ROOM];
	_close_ int fd_dir = -1;
	int err;

	procs_put_path(path, w->tid, "fd");
	fd_dir = procs_open_dir(w->proc_fd, path);
	if (fd_dir < 0)
		return fd_dir == -EPERM ? -EACCES : fd_dir == -ENOENT ? -ESRCH : fd_dir;
	w->fd_dir = fd_dir;
	w->n_files = 0;
	w->epolls.n = 0;
	w->first_row = w->t->rows.n;
	err = procs_each_number(fd_dir, look_at_file, w);
	if (err || w->t->rows.n == w->first_row)
		return err ? err : w->n_files ? 0 : -ESRCH;
	err = add_process(w);
	for (size_t i = 0; i < w->epolls.n && err >= 0; i++)
		err = epoll_read_set(&w->regs, w->proc_fd, w->tid, w->epolls.items[i]);
	return err < 0 ? err : 0;
}

/* 1 ends the walk: this thread had the files. */
static int try_thread(void *data, const char *name, uint32_t tid)
{
	struct walk *w = data;
	int err;

	(void)name;
	w->tid = tid;
	err = read_files(w);
	if (err == -ENOMEM)
		return err;
	return err == 0;
}

/* A program may end its first thread and go on in others: /proc/PID/fd is empty then, and belongs
 * to root. 1 when another thread had the files, else 0 or -errno. */
static int read_files_of_threads(struct walk *w)
{
	char path[PROCS_PATH_ROOM];
	struct procs_stat stat;
	_close_ int task_fd = -1;
	int r;

	procs_put_path(path, w->pid, "stat");
	if (procs_read_stat(w->proc_fd, path, &stat) || stat.state != 'Z' || stat.threads <= 1)
		return 0;
	procs_put_path(path, w->pid, "task");
	task_fd = procs_open_dir(w->proc_fd, path);
	if (task_fd < 0)
		return 0;
	r = procs_each_number(task_fd, try_thread, w);
	return r < 0 && r != -ENOMEM ? 0 : r;
}

static int look_at_process(void *data, const char *name, uint32_t pid)
{
	struct walk *w = data;
	int err;

	(void)name;
	w->pid = w->tid = pid;
	err = read_files(w);
	if (err == -EACCES || err == -ESRCH) {
		int r = read_files_of_threads(w);

		if (r == 0 && err == -EACCES)
			w->t->denied_processes += !procs_is_kernel_thread(w->proc_fd, pid);
		return r < 0 ? r : 0;
	}
	if (err == 0 || err == -ENOMEM || err == -EMFILE || err == -ENFILE)
		return err;
	/* Whatever else: this one could not be read, and the others can. */
	w->t->denied_processes++;
	return 0;
}

/* /proc shows every process only in the first pid namespace, and not where it is mounted with
 * hidepid: then pid 1 cannot even be looked up by others. */
static enum fact sees_all_processes(void)
{
	uint32_t inode;

	if (pid_ns_find_own(&inode))
		return FACT_UNKNOWN;
	return inode == PID_NS_FIRST && access("/proc/1/stat", F_OK) == 0 ? FACT_YES : FACT_NO;
}

static int walk_all(struct walk *w)
{
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	int err;

	if (proc_fd < 0)
		return proc_fd;
	w->proc_fd = proc_fd;
	err = procs_each_number(proc_fd, look_at_process, w);
	if (err)
		return err;
	w->t->all_files = (uint8_t)(w->t->denied_processes ? FACT_NO : sees_all_processes());
	return epoll_attach(&w->regs, w->t);
}

int procs_walk_files(const struct procs_wanted *wanted, struct file_table *t)
{
	struct walk w = { .wanted = wanted, .t = t, .proc_fd = -1, .fd_dir = -1 };
	int err = walk_all(&w);

	free(w.epolls.items);
	epoll_finish(&w.regs);
	return err;
}
