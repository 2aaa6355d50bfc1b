// SPDX-License-Identifier: Apache-2.0
/* Up the chains of parents, each step read once. */
#include "see/procs/ancestors.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/kin.h"
#include "see/procs/procs_private.h"

#define ANCESTORS_MAX 512

/* Who is known: pid → row of processes, or (with FAR set) row of ancestors. */
#define FAR 0x80000000u

static uint32_t parent_of(const struct snapshot *s, uint32_t row)
{
	if (row & FAR)
		return s->ancestors.items[row & ~FAR].ppid;
	return snapshot_process(s, row)->ppid;
}

/* Reads one; *ret_row is MAP_NONE when it has gone. */
static int read_one(struct snapshot *s, struct map *known, int proc_fd, uint32_t pid,
		    uint32_t *ret_row)
{
	char path[PROCS_PATH_ROOM];
	struct procs_stat stat;
	const char *comm;

	*ret_row = MAP_NONE;
	procs_put_path(path, pid, "stat");
	if (procs_read_stat(proc_fd, path, &stat))
		return 0;
	comm = snapshot_string(s, stat.comm);
	if (!comm || array_grow(&s->ancestors, 1))
		return -ENOMEM;
	*ret_row = (uint32_t)s->ancestors.n | FAR;
	s->ancestors.items[s->ancestors.n++] =
		(struct ancestor){ .comm = comm, .pid = pid, .ppid = stat.ppid };
	return map_put(known, pid, *ret_row, NULL);
}

static int climb(struct snapshot *s, struct map *known, int proc_fd, uint32_t row)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < KIN_MAX; i++) {
		uint32_t pid = parent_of(s, row);

		if (pid == 0 || s->ancestors.n >= ANCESTORS_MAX)
			return 0;
		row = map_get(known, pid);
		if (row == MAP_NONE)
			err = read_one(s, known, proc_fd, pid, &row);
		if (row == MAP_NONE)
			return err;
	}
	return err;
}

int procs_find_ancestors(struct snapshot *s)
{
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	_map_ struct map known = { 0 };
	int err = proc_fd < 0 ? proc_fd : 0;

	for (uint32_t i = 0; !err && i < s->processes.n; i++)
		if (snapshot_process(s, i)->pid && snapshot_process(s, i)->start_ns)
			err = map_put(&known, snapshot_process(s, i)->pid, i, NULL);
	for (uint32_t i = 0; !err && i < s->processes.n; i++)
		if (snapshot_process(s, i)->ppid)
			err = climb(s, &known, proc_fd, i);
	return err;
}
