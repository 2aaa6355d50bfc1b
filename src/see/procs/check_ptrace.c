// SPDX-License-Identifier: Apache-2.0
/* May one look into other processes, and borrow their descriptors? Tried on a process of our own
 * that is no descendant any more, as the owner of a socket is none. */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "model/check.h"
#include "see/procs/borrow.h"

#define TRY_MS	  5000
#define STRANGE_S 10 /* the stranger's own limit */

static const char mark[] = "linger doctor";

/* What shall be looked into: it waits until the other end of the pipe is closed. */
static _Noreturn void be_stranger(int tell_fd, int wait_fd)
{
	pid_t self = getpid();
	char byte;

	alarm(STRANGE_S);
	if (write(tell_fd, &self, sizeof(self)) != sizeof(self))
		_exit(1);
	while (read(wait_fd, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Starts one by way of a process that ends at once, so that it is nobody's child here. Its pid or
 * -errno. */
static pid_t start_stranger(int tell[static 2], int wait[static 2])
{
	pid_t between = fork(), stranger = 0;

	if (between < 0)
		return -errno;
	if (between == 0) {
		close(wait[1]);
		if (fork() == 0)
			be_stranger(tell[1], wait[0]);
		_exit(0);
	}
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	close(tell[1]);
	tell[1] = -1;
	if (read(tell[0], &stranger, sizeof(stranger)) != sizeof(stranger))
		return -ECHILD;
	return stranger;
}

static int read_memory(pid_t pid)
{
	char copy[sizeof(mark)];
	struct iovec here = { copy, sizeof(copy) };
	struct iovec there = { (void *)(uintptr_t)mark, sizeof(mark) };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 ? -errno : 0;
}

static int drop(void *data, int fd)
{
	(void)data;
	(void)fd;
	return 0;
}

static int borrow_descriptor(pid_t pid, int its_fd)
{
	_close_ int pidfd = procs_open_pidfd((uint32_t)pid, 0);

	return pidfd < 0 ? pidfd : procs_borrow_fd(pidfd, its_fd, drop, NULL);
}

/* How many of the two are refused, or -errno. */
static int try_strange(void *data, struct buf *out)
{
	int tell[2] = { -1, -1 }, wait[2] = { -1, -1 }, memory, descriptor;
	pid_t pid;

	(void)data;
	if (pipe(tell) < 0 || pipe(wait) < 0)
		return -errno;
	pid = start_stranger(tell, wait);
	if (pid < 0)
		return (int)pid;
	memory = read_memory(pid);
	descriptor = borrow_descriptor(pid, wait[0]);
	buf_printf(out,
		   "reading the memory of a process of this user: %s; borrowing its descriptor: %s",
		   memory ? error_text(memory) : "done",
		   descriptor ? error_text(descriptor) : "done");
	return (memory != 0) + (descriptor != 0);
}

static void run(struct check_answer *a)
{
	int refused = child_try(try_strange, NULL, TRY_MS, &a->found);
	long scope = 0;

	if (refused < 0) {
		buf_printf(&a->found, "starting a process to look into: %s", error_text(refused));
		return;
	}
	file_read_long("/proc/sys/kernel/yama/ptrace_scope", &scope);
	if (scope > 0)
		buf_printf(&a->found, "; kernel.yama.ptrace_scope is %ld", scope);
	if (capability_has(CAP_SYS_PTRACE) && capability_is_of_host()) {
		a->result = refused == 0 ? CHECK_YES : refused == 1 ? CHECK_PARTLY : CHECK_NO;
	} else {
		buf_puts(&a->found, "; not of other users");
		a->result = refused == 2 ? CHECK_NO : CHECK_PARTLY;
		capability_put_advice(&a->get, CAPABILITY_BIT(CAP_SYS_PTRACE));
	}
	if (refused && scope > 1)
		buf_printf(&a->get,
			   "%ssysctl kernel.yama.ptrace_scope=1 (3 stays until the next start)",
			   a->get.len ? "; " : "");
	else if (refused && !a->get.len)
		buf_puts(&a->get, "Linux 5.6; a sandbox must allow process_vm_readv and "
				  "pidfd_getfd");
}

const struct check check_ptrace = {
	.id = "ptrace",
	.what = "looking into processes, borrowing their descriptors",
	.lost = "what the threads of an owner wait for, its program and call stacks are not told",
	.run = run,
};
