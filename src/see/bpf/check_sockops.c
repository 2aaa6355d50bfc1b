// SPDX-License-Identifier: Apache-2.0
/* Can connections be given options as they are made, by cgroup? Tried on an empty cgroup of our
 * own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/error.h"
#include "base/fd.h"
#include "model/check.h"
#include "see/bpf/check_load.h"

/* Where the second version of cgroups is mounted. False when it is not. */
static bool find_cgroup2(char *ret_path, size_t size)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char line[4096], path[2048], type[64];
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %2047s %63s", path, type) != 2 ||
		    strcmp(type, "cgroup2") != 0)
			continue;
		found = (size_t)snprintf(ret_path, size, "%s", path) < size;
	}
	if (mounts)
		fclose(mounts);
	return found;
}

static const char attaching[] = "attaching to an empty cgroup";

static int attach(const char *cgroup, int program)
{
	_close_ int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = bpf_prog_attach(program, fd, BPF_CGROUP_SOCK_OPS, BPF_F_ALLOW_MULTI);
	if (err < 0)
		return -errno;
	bpf_prog_detach2(program, fd, BPF_CGROUP_SOCK_OPS);
	return 0;
}

/* 0 when it was attached and taken away again, or -errno with *ret_what the step that failed. */
static int try_attach(int program, const char **ret_what)
{
	char root[2048], path[2200];
	int err;

	*ret_what = "finding a mount of cgroup2";
	if (!find_cgroup2(root, sizeof(root)))
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/linger-doctor-%d", root, (int)getpid());
	*ret_what = "making an empty cgroup";
	if (mkdir(path, 0700) < 0)
		return -errno;
	*ret_what = attaching;
	err = attach(path, program);
	rmdir(path);
	return err;
}

static void run(struct check_answer *a)
{
	_close_ int program = check_load(BPF_PROG_TYPE_SOCK_OPS, 1, NULL);
	const char *what = "loading a program that does nothing";
	int err = program < 0 ? program : try_attach(program, &what);

	check_tell_load(a, err ? what : attaching, err,
			CAPABILITY_BIT(CAP_BPF) | CAPABILITY_BIT(CAP_NET_ADMIN));
	if (program >= 0 && err && what != attaching) {
		a->result = CHECK_PARTLY;
		a->get.len = 0;
		buf_puts(&a->get, "cgroup2 mounted where it can be written");
	}
}

const struct check check_sockops = {
	.id = "sockops",
	.what = "options for connections as they are made (cgroup sockops)",
	.lost = "programs cannot be given keepalive or a user timeout from outside",
	.run = run,
};
