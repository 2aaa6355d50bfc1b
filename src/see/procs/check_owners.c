// SPDX-License-Identifier: Apache-2.0
/* Of how many processes can the open files be listed? */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/pid_ns.h"
#include "model/check.h"
#include "see/procs/procs_private.h"

struct count {
	int proc_fd;
	unsigned int open, denied;
};

/* 1: the first file's name could be read; a directory that can be listed is no proof of that. */
static int read_link(void *data, const char *name, uint32_t number)
{
	char text[256];

	(void)number;
	return readlinkat(*(const int *)data, name, text, sizeof(text)) < 0 ? -errno : 1;
}

static int count_process(void *data, const char *name, uint32_t pid)
{
	struct count *c = data;
	char path[PROCS_PATH_ROOM];
	_close_ int fd = -1;
	int err;

	(void)name;
	if (procs_is_kernel_thread(c->proc_fd, pid))
		return 0;
	procs_put_path(path, pid, "fd");
	fd = procs_open_dir(c->proc_fd, path);
	err = fd < 0 ? fd : procs_each_number(fd, read_link, &fd);
	c->open += err >= 0;
	c->denied += err < 0 && !procs_is_gone(err);
	return 0;
}

/* Whether the mount of /proc hides the processes of others from us; adds how. */
static bool is_hidden(struct buf *b)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], *options;
	bool hidden = false;

	/* The last mount on a place is the one that is seen. */
	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (!strstr(line, " /proc ") || !(options = strstr(line, " - proc ")))
			continue;
		hidden = strstr(options, "hidepid=") && !strstr(options, "hidepid=0") &&
			 !strstr(options, "hidepid=off");
	}
	if (mounts)
		fclose(mounts);
	/* Whoever may trace everybody sees everybody (fs/proc/base.c:has_pid_permissions()). */
	hidden = hidden && !(capability_has(CAP_SYS_PTRACE) && capability_is_of_host());
	if (hidden)
		buf_puts(b, "; /proc is mounted with hidepid: others may be hidden");
	return hidden;
}

static bool is_first_pid_ns(void)
{
	uint32_t inode;

	return pid_ns_find_own(&inode) == 0 && inode == PID_NS_FIRST;
}

static void run(struct check_answer *a)
{
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	struct count count = { .proc_fd = proc_fd };
	int err = proc_fd < 0 ? proc_fd : procs_each_number(proc_fd, count_process, &count);
	bool hidden;

	if (err || count.open + count.denied == 0) {
		a->result = CHECK_NO;
		buf_printf(&a->found, "reading /proc: %s", err ? error_text(err) : "it is empty");
		buf_puts(&a->get, "mount -t proc proc /proc");
		return;
	}
	buf_printf(&a->found, "the open files of %u of %u processes can be listed", count.open,
		   count.open + count.denied);
	hidden = is_hidden(&a->found);
	a->result = count.denied || hidden ? CHECK_PARTLY : CHECK_YES;
	if (count.denied || hidden) {
		capability_put_advice(&a->get, CAPABILITY_BIT(CAP_SYS_PTRACE) |
						       CAPABILITY_BIT(CAP_DAC_READ_SEARCH));
		if (!a->get.len && count.denied)
			buf_puts(&a->get, "nothing: they are refused even to root (another user "
					  "namespace, or a security module)");
	}
	if (is_first_pid_ns())
		return;
	a->result = CHECK_PARTLY;
	buf_puts(&a->found, "; processes outside this pid namespace cannot be seen");
	buf_printf(&a->get,
		   "%srun it on the host itself, or in its pid namespace (docker run "
		   "--pid host)",
		   a->get.len ? "; " : "");
}

const struct check check_owners = {
	.id = "owners",
	.what = "the open files of processes",
	.lost = "sockets of the other processes seem to have no owner (BPF sees them all)",
	.run = run,
};
