// SPDX-License-Identifier: Apache-2.0
/* Network namespaces found through the processes in them and through their mounts. */
#include "see/procs/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/netns.h"
#include "see/procs/procs_private.h"

struct list_walk {
	struct procs_netns_list *list;
	struct map rows; /* inode -> row of the list */
	int proc_fd;
	uint64_t last_inode; /* most processes are in the same namespace as the one before */
};

void procs_netns_list_finish(struct procs_netns_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->items.n; i++)
		free(list->items.items[i].path);
	free(list->items.items);
	*list = (struct procs_netns_list){ 0 };
}

static int read_netns_link(int dirfd, const char *path, uint64_t *ret_inode)
{
	char link[64];
	ssize_t len = readlinkat(dirfd, path, link, sizeof(link));

	if (len < 0)
		return -errno;
	return procs_parse_link(link, (size_t)len, "net:[", ret_inode) ? 0 : -EBADMSG;
}

/* The row of the namespace, added if it is new; NULL when out of memory. */
static struct procs_netns *find_or_add(struct list_walk *w, uint64_t inode)
{
	uint32_t row = map_get(&w->rows, inode);

	if (row != MAP_NONE)
		return &w->list->items.items[row];
	row = (uint32_t)w->list->items.n;
	if (array_grow(&w->list->items, 1) || map_put(&w->rows, inode, row, NULL))
		return NULL;
	w->list->items.n++;
	w->list->items.items[row] = (struct procs_netns){ .inode = inode };
	return &w->list->items.items[row];
}

static int look_at_process(void *data, const char *name, uint32_t pid)
{
	struct list_walk *w = data;
	struct procs_netns *n;
	char path[PROCS_PATH_ROOM];
	uint64_t inode;
	int err;

	(void)name;
	procs_put_path(path, pid, "ns/net");
	err = read_netns_link(w->proc_fd, path, &inode);
	if (err == -EACCES || err == -EPERM) {
		/* The kernel's own threads are in the first namespace: nothing is missed. */
		w->list->denied += !procs_is_kernel_thread(w->proc_fd, pid);
		return 0;
	}
	/* Any other failure: it is gone, or a zombie, which is in no namespace. */
	if (err || inode == w->last_inode)
		return 0;
	n = find_or_add(w, inode);
	if (!n)
		return -ENOMEM;
	if (n->pid == 0)
		n->pid = pid;
	w->last_inode = inode;
	return 0;
}

/* Adds the namespace mounted at dir/name if it is one that no process was found in. */
static int look_at_mount(struct list_walk *w, int dirfd, const char *dir, const char *name)
{
	_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct procs_netns *n;
	struct stat st;

	/* Other kinds of namespaces can be mounted there, and a name may be left without a mount.
	 */
	if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET || fstat(fd, &st) < 0)
		return 0;
	n = find_or_add(w, st.st_ino);
	if (!n)
		return -ENOMEM;
	if (n->pid != 0 || n->path)
		return 0;
	n->path = malloc(strlen(dir) + strlen(name) + 2);
	if (!n->path)
		return -ENOMEM;
	stpcpy(stpcpy(stpcpy(n->path, dir), "/"), name);
	return 0;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int look_at_mounts(struct list_walk *w, const char *path)
{
	__attribute__((cleanup(close_dir))) DIR *dir = opendir(path);
	const struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			err = look_at_mount(w, dirfd(dir), path, entry->d_name);
	return err;
}

static int list_own(struct list_walk *w)
{
	struct procs_netns *own;
	uint64_t inode;
	int err = read_netns_link(AT_FDCWD, "/proc/thread-self/ns/net", &inode);

	if (err)
		return err;
	own = find_or_add(w, inode);
	if (!own)
		return -ENOMEM;
	own->own = 1;
	return 0;
}

static int list_all(struct list_walk *w)
{
	static const char *const dirs[] = { "/run/netns", "/run/docker/netns" };
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	int err;

	if (proc_fd < 0)
		return proc_fd;
	w->proc_fd = proc_fd;
	err = list_own(w);
	if (!err)
		err = procs_each_number(proc_fd, look_at_process, w);
	for (size_t i = 0; i < ARRAY_LEN(dirs) && !err; i++)
		err = look_at_mounts(w, dirs[i]);
	/* This thread itself is in its own namespace, if nobody else is. */
	if (!err && w->list->items.items[0].pid == 0)
		w->list->items.items[0].pid = (uint32_t)gettid();
	return err;
}

int procs_list_netns(struct procs_netns_list *ret)
{
	struct list_walk w = { .list = ret, .proc_fd = -1 };
	int err = list_all(&w);

	map_finish(&w.rows);
	return err;
}

int procs_list_own_netns(struct procs_netns_list *ret)
{
	struct list_walk w = { .list = ret, .proc_fd = -1 };
	int err = list_own(&w);

	if (!err)
		ret->items.items[0].pid = (uint32_t)getpid();
	map_finish(&w.rows);
	return err;
}

int procs_open_netns(const struct procs_netns *n)
{
	char path[PROCS_PATH_ROOM];
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	_close_ int fd = -1;
	struct stat st;

	if (n->own) {
		fd = netns_open_own();
	} else if (n->path) {
		fd = open(n->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} else {
		procs_put_path(path, n->pid, "ns/net");
		fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != n->inode)
		return -ESRCH;
	return take_fd(&fd);
}

int procs_netns_sockstat(uint32_t pid, struct sockstat *ret)
{
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	char path[PROCS_PATH_ROOM], text[1024];
	struct sockstat found = SOCKSTAT_UNKNOWN;
	ssize_t len;

	*ret = found;
	if (proc_fd < 0)
		return proc_fd;
	procs_put_path(path, pid, "net/sockstat");
	len = file_read_at(proc_fd, path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	sockstat_parse(text, (size_t)len, &found);
	procs_put_path(path, pid, "net/sockstat6");
	len = file_read_at(proc_fd, path, text, sizeof(text));
	if (len >= 0) {
		sockstat_parse(text, (size_t)len, &found);
	} else {
		/* Either a kernel without IPv6, or the process has just gone. */
		procs_put_path(path, pid, "net/sockstat");
		if (len != -ENOENT || faccessat(proc_fd, path, F_OK, 0) < 0)
			return (int)len;
		found.inuse6 = 0;
	}
	*ret = found;
	return 0;
}
