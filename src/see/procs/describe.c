// SPDX-License-Identifier: Apache-2.0
/* /proc/PID of one owner, read through one directory fd: a process that takes over the pid
 * meanwhile is never mixed in. */
#include "see/procs/describe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "see/procs/cgroup.h"
#include "see/procs/parse.h"
#include "see/procs/procs_private.h"
#include "see/procs/runtime.h"
#include "see/procs/stopped.h"

#define CMDLINE_MAX 4096
#define DELETED	    " (deleted)"
#define TWINS_MAX   8 /* how many rows back a twin is looked for */

/* Sets *field to the pool's copy of text. 0 or -ENOMEM. */
static int set_text(struct snapshot *s, const char **field, const char *text)
{
	const char *copy;

	if (text[0] == '\0')
		return 0;
	copy = snapshot_string(s, text);
	if (!copy)
		return -ENOMEM;
	*field = copy;
	return 0;
}

static void set_times(struct process *p, const struct procs_stat *stat)
{
	uint64_t now = clock_boot_ns(), age_ms;

	p->start_ns = procs_start_ns(stat);
	age_ms = now > p->start_ns ? (now - p->start_ns) / 1000000 : 0;
	p->age_ms = age_ms < VALUE_UNKNOWN ? (uint32_t)age_ms : VALUE_UNKNOWN - 1;
}

static int read_stat(struct snapshot *s, struct process *p, int dirfd)
{
	struct procs_stat stat;
	int err = procs_read_stat(dirfd, "stat", &stat);

	if (err)
		return err;
	p->state = stat.state;
	p->ppid = stat.ppid;
	p->session = stat.session;
	p->threads = stat.threads;
	p->stopped = (uint8_t)procs_is_stopped(dirfd, &stat);
	set_times(p, &stat);
	return set_text(s, &p->comm, stat.comm);
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Workers of one parent that show the same command line have the same mapped: it need not be read
 * from each, of a Python or Java process hundreds of lines. They stand near each other. */
static const struct process *find_twin(const struct snapshot *s, const struct process *p)
{
	for (const struct process *q = p; q > s->processes.items && p - q < TWINS_MAX;) {
		q--;
		if (q->ppid == p->ppid && is_same(q->cmdline, p->cmdline) &&
		    is_same(q->exe, p->exe))
			return q;
	}
	return NULL;
}

/* What is told by libraries is read each time: a verdict may hang on it. */
static void read_runtime(const struct snapshot *s, struct process *p, int dirfd)
{
	enum runtime runtime = p->exe ? procs_runtime_of_exe(p->exe) : RUNTIME_UNKNOWN;
	const struct process *twin = runtime != RUNTIME_UNKNOWN ? find_twin(s, p) : NULL;

	if (twin) {
		p->runtime = (uint8_t)runtime;
		p->libraries = twin->libraries;
	} else if (p->exe) {
		p->runtime = (uint8_t)procs_find_runtime(dirfd, p->exe, &p->libraries);
	}
}

/* Takes " (deleted)" off, which the kernel appends when the file's name is gone. */
static int read_exe(struct snapshot *s, struct process *p, int dirfd)
{
	char path[4096];
	ssize_t len = readlinkat(dirfd, "exe", path, sizeof(path) - 1);
	size_t mark = strlen(DELETED);

	if (len <= 0)
		return 0;
	if ((size_t)len > mark && memcmp(path + len - mark, DELETED, mark) == 0)
		len -= (ssize_t)mark;
	path[len] = '\0';
	return set_text(s, &p->exe, path);
}

static int read_cmdline(struct snapshot *s, struct process *p, int dirfd)
{
	char text[CMDLINE_MAX + 1];
	ssize_t len = file_read_at(dirfd, "cmdline", text, sizeof(text));

	while (len > 0 && text[len - 1] == '\0')
		len--;
	if (len <= 0)
		return 0;
	for (ssize_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return set_text(s, &p->cmdline, text);
}

static int count_one(void *data, const char *name, uint32_t number)
{
	uint32_t *count = data;

	(void)name;
	(void)number;
	++*count;
	return 0;
}

/* Since Linux 6.2 the size of /proc/PID/fd is how many files are open (fs/proc/fd.c:
 * proc_fd_getattr()); before, it is 0 and they must be counted. */
static void read_fds_open(struct process *p, int dirfd)
{
	_close_ int fd = -1;
	struct stat st;
	uint32_t count = 0;

	if (fstatat(dirfd, "fd", &st, 0) == 0 && st.st_size > 0) {
		p->fds_open = st.st_size < VALUE_UNKNOWN ? (uint32_t)st.st_size : VALUE_UNKNOWN - 1;
		return;
	}
	fd = procs_open_dir(dirfd, "fd");
	if (fd >= 0 && procs_each_number(fd, count_one, &count) == 0)
		p->fds_open = count;
}

static void read_fds(struct process *p, int dirfd)
{
	char text[4096];
	ssize_t len = file_read_at(dirfd, "limits", text, sizeof(text));

	if (len >= 0)
		p->fds_limit = procs_parse_fds_limit(text, (size_t)len);
	if (p->fds_open == VALUE_UNKNOWN)
		read_fds_open(p, dirfd);
}

static int read_cgroup(struct snapshot *s, struct process *p, int dirfd)
{
	struct procs_cgroup cgroup;
	char text[16 * 1024];
	ssize_t len = file_read_at(dirfd, "cgroup", text, sizeof(text));
	int err;

	if (len < 0)
		return 0;
	procs_parse_cgroup(text, (size_t)len, &cgroup);
	p->is_user_unit = cgroup.is_user_unit;
	p->frozen = (uint8_t)procs_is_frozen(&cgroup, p->pid);
	err = set_text(s, &p->unit, cgroup.unit);
	if (!err)
		err = set_text(s, &p->container, cgroup.container);
	return err ? err : set_text(s, &p->pod, cgroup.pod);
}

int procs_describe(struct snapshot *s, uint32_t process)
{
	struct process *p = snapshot_process(s, process);
	_close_ int proc_fd = -1, dirfd = -1;
	char path[PROCS_PATH_ROOM];
	int err;

	if (p->pid == 0)
		return 0;
	proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	if (proc_fd < 0)
		return proc_fd;
	procs_put_path(path, p->pid, "");
	dirfd = procs_open_dir(proc_fd, path);
	if (dirfd < 0)
		return procs_is_gone(dirfd) ? -ESRCH : dirfd;
	err = read_stat(s, p, dirfd);
	if (procs_is_gone(err))
		return -ESRCH;
	if (err == -ENOMEM)
		return err;
	err = read_exe(s, p, dirfd);
	if (!err)
		err = read_cmdline(s, p, dirfd);
	if (!err)
		read_runtime(s, p, dirfd);
	if (!err)
		err = read_cgroup(s, p, dirfd);
	read_fds(p, dirfd);
	return err;
}

bool procs_is_still(const struct process *p)
{
	char path[PROCS_PATH_ROOM * 2] = "/proc/";
	struct procs_stat stat;

	procs_put_path(path + strlen(path), p->pid, "stat");
	return procs_read_stat(AT_FDCWD, path, &stat) == 0 &&
	       (p->start_ns == 0 || p->start_ns == procs_start_ns(&stat));
}
