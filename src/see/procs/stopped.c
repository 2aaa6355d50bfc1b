// SPDX-License-Identifier: Apache-2.0
/* Stopped, stuck in the kernel, or frozen with its cgroup. */
#include "see/procs/stopped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "see/procs/procs_private.h"

/* A program with more threads that all stand still at once is left unknown: reading them would take
 * longer than the instant it is about. */
#define THREADS_MAX 4096

struct thread_walk {
	int task_fd;
	uint32_t seen;	  /* threads read */
	uint32_t stopped; /* of them */
};

static bool is_stopped_state(char state)
{
	return state == 'T' || state == 't' || state == 'D';
}

static bool is_dead_state(char state)
{
	return state == 'Z' || state == 'X';
}

/* 1 ends the walk: this thread runs. */
static int look_at_thread(void *data, const char *name, uint32_t tid)
{
	struct thread_walk *w = data;
	char path[PROCS_PATH_ROOM];
	struct procs_stat stat;

	(void)name;
	if (w->seen++ >= THREADS_MAX)
		return -E2BIG;
	procs_put_path(path, tid, "stat");
	if (procs_read_stat(w->task_fd, path, &stat) || is_dead_state(stat.state))
		return 0;
	if (!is_stopped_state(stat.state))
		return 1;
	w->stopped++;
	return 0;
}

enum fact procs_is_stopped(int dirfd, const struct procs_stat *first)
{
	struct thread_walk w = { 0 };
	_close_ int task_fd = -1;
	int r;

	if (!is_stopped_state(first->state) && !is_dead_state(first->state))
		return FACT_NO;
	if (first->threads <= 1)
		return is_stopped_state(first->state) ? FACT_YES : FACT_NO;
	task_fd = procs_open_dir(dirfd, "task");
	if (task_fd < 0)
		return FACT_UNKNOWN;
	w.task_fd = task_fd;
	r = procs_each_number(task_fd, look_at_thread, &w);
	if (r < 0)
		return FACT_UNKNOWN;
	return r == 0 && w.stopped > 0 ? FACT_YES : FACT_NO;
}

static ssize_t read_cgroup_file(const char *root, const char *path, const char *name,
				char *ret_text, size_t size)
{
	char full[PROCS_PATH_LEN + 128];

	if (snprintf(full, sizeof(full), "%s%s/%s", root, path, name) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	return file_read_at(AT_FDCWD, full, ret_text, size);
}

/* The kernel's root cgroup cannot be frozen and so has no file that says so; the root of a cgroup
 * namespace looks the same by name but has it. */
static enum fact root_is_frozen(const char *root, const char *path)
{
	char full[128];

	if (strcmp(path, "/") != 0)
		return FACT_UNKNOWN;
	snprintf(full, sizeof(full), "%s/cgroup.procs", root);
	return access(full, F_OK) == 0 ? FACT_NO : FACT_UNKNOWN;
}

/* Longer lists of processes are not read to their end. */
#define MEMBERS_SIZE (64 * 1024)

static bool has_member(const char *root, const char *path, uint32_t pid)
{
	_free_ char *text = malloc(MEMBERS_SIZE);
	ssize_t len;

	if (!text)
		return false;
	len = read_cgroup_file(root, path, "cgroup.procs", text, MEMBERS_SIZE);
	return len > 0 && procs_parse_has_pid(text, (size_t)len, pid);
}

/* A file of a hierarchy that tells whether a cgroup is frozen, and how to read it. */
struct freezer {
	const char *root, *name;
	enum fact (*parse)(const char *text, size_t len);
};

static enum fact look_at_cgroup(const struct freezer *f, const char *path, uint32_t pid)
{
	enum fact frozen;
	char text[512];
	ssize_t len;

	/* "/..": it lies outside of what our cgroup namespace can name. */
	if (path[0] != '/' || strncmp(path, "/..", 3) == 0)
		return FACT_UNKNOWN;
	len = read_cgroup_file(f->root, path, f->name, text, sizeof(text));
	if (len == -ENOENT)
		return root_is_frozen(f->root, path);
	if (len < 0)
		return FACT_UNKNOWN;
	frozen = f->parse(text, (size_t)len);
	return frozen == FACT_YES && !has_member(f->root, path, pid) ? FACT_UNKNOWN : frozen;
}

enum fact procs_is_frozen(const struct procs_cgroup *cgroup, uint32_t pid)
{
	static const struct freezer old = { "/sys/fs/cgroup/freezer", "freezer.state",
					    procs_parse_freezer_state },
				    unified = { "/sys/fs/cgroup", "cgroup.events",
						procs_parse_cgroup_events },
				    /* Beside v1 it is mounted one level below. */
		beside = { "/sys/fs/cgroup/unified", "cgroup.events", procs_parse_cgroup_events };
	enum fact v1 = FACT_UNKNOWN, v2 = FACT_UNKNOWN;

	if (cgroup->freezer_path[0])
		v1 = look_at_cgroup(&old, cgroup->freezer_path, pid);
	if (cgroup->v2_path[0])
		v2 = look_at_cgroup(&unified, cgroup->v2_path, pid);
	if (cgroup->v2_path[0] && v2 == FACT_UNKNOWN)
		v2 = look_at_cgroup(&beside, cgroup->v2_path, pid);
	if (v1 == FACT_YES || v2 == FACT_YES)
		return FACT_YES;
	/* Each hierarchy that the process is in must have said no. */
	if ((cgroup->freezer_path[0] && v1 == FACT_UNKNOWN) ||
	    (cgroup->v2_path[0] && v2 == FACT_UNKNOWN))
		return FACT_UNKNOWN;
	return cgroup->freezer_path[0] || cgroup->v2_path[0] ? FACT_NO : FACT_UNKNOWN;
}
