// SPDX-License-Identifier: Apache-2.0
/* How a namespace of one's own is had, as root and as anybody. */
#include "lab/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "lab/crew.h"
#include "lab/wire/order.h"
#include "lab/wire/wire.h"

int stage_fail(struct stage *stage, int err, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(stage->error, sizeof(stage->error), format, args);
	va_end(args);
	len = strlen(stage->error);
	if (err != -EINTR)
		snprintf(stage->error + len, sizeof(stage->error) - len, ": %s", strerror(-err));
	return err;
}

int stage_advise(struct stage *stage, int err, const char *what_to_do)
{
	size_t len = strlen(stage->error);

	snprintf(stage->error + len, sizeof(stage->error) - len, "; %s", what_to_do);
	return err;
}

static int write_file(const char *path, const char *text)
{
	_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int stage_set(struct stage *stage, const char *path, const char *value)
{
	char file[128];
	int err;

	snprintf(file, sizeof(file), "/proc/sys/%s", path);
	err = write_file(file, value);
	return err ? stage_fail(stage, err, "write %s to %s", value, file) : 0;
}

/* The caller becomes root of its user namespace, and stays itself outside (user_namespaces(7)). */
static int enter_user_ns(struct stage *stage)
{
	unsigned uid = geteuid(), gid = getegid();
	char map[32];
	int err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return stage_fail(stage, -errno, "make a user and a network namespace");
	err = write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!err)
		err = write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	if (!err)
		err = write_file("/proc/self/gid_map", map);
	stage->has_user_ns = true;
	return err ? stage_fail(stage, err, "become root of a user namespace") : 0;
}

static int enter_namespaces(struct stage *stage)
{
	struct stat st;
	int err = 0;

	if (unshare(CLONE_NEWNET) < 0) {
		if (errno != EPERM)
			return stage_fail(stage, -errno, "make a network namespace");
		err = enter_user_ns(stage);
	}
	if (err)
		return stage_advise(stage, err,
				    "run it as root, or allow user namespaces (sysctl "
				    "user.max_user_namespaces, AppArmor, seccomp)");
	if (stat("/proc/self/ns/net", &st) < 0)
		return stage_fail(stage, -errno, "look at /proc/self/ns/net");
	stage->netns_inode = st.st_ino;
	return 0;
}

static int raise_loopback(struct stage *stage)
{
	_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return stage_fail(stage, -errno, "bring lo up in the new namespace");
	return 0;
}

/* Where these cannot be set, scenes of more than a few thousand connections fail, with a reason. */
static void widen_limits(void)
{
	struct rlimit limit;

	if (write_file("/proc/sys/net/core/somaxconn", "65535") < 0 ||
	    write_file("/proc/sys/net/ipv4/tcp_max_syn_backlog", "65535") < 0 ||
	    write_file("/proc/sys/net/ipv4/ip_local_port_range", "10000 65000") < 0)
		errno = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Signals that end the lab wait in signal_fd, so that they are seen in every wait of it and lost in
 * none. What a process leaves behind when it dies becomes ours, to be ended. */
static int catch_signals(struct stage *stage)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return stage_fail(stage, -errno, "prepare to be ended");
	stage->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return stage->signal_fd < 0 ? stage_fail(stage, -errno, "open a signal descriptor") : 0;
}

static int start_wire(struct stage *stage)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return stage_fail(stage, -errno, "make a socket pair");
	stage->wire_fd = ends[0];

	_close_ int far = ends[1];
	struct stage_part part = {
		.role = "lab-wire",
		.play = wire_play,
		.wire_fd = far,
		.log_fd = stage->log_fd,
	};

	int err = stage_cast(stage, &part);

	if (err && err != -EINTR)
		stage_advise(stage, err, "the kernel needs tun or veth, and IPv6 for --ipv6");
	return err;
}

int stage_open(struct stage *stage)
{
	int err;

	stage->signal_fd = -1;
	stage->wire_fd = -1;
	stage->error[0] = '\0';
	err = catch_signals(stage);
	if (!err)
		err = enter_namespaces(stage);
	if (!err)
		err = raise_loopback(stage);
	if (err)
		return err;
	widen_limits();
	return start_wire(stage);
}

void stage_close(struct stage *stage)
{
	crew_end(stage);
	stage->wire_fd = fd_close(stage->wire_fd);
	stage->signal_fd = fd_close(stage->signal_fd);
	free(stage->processes.items);
	stage->processes.items = NULL;
	stage->processes.n = stage->processes.cap = 0;
}

int stage_tell(struct stage *stage, unsigned verb, uint32_t leg, uint32_t value)
{
	int err = wire_tell(stage->wire_fd, (enum wire_verb)verb, leg, value);

	return err ? stage_fail(stage, err, "tell the other host what to do") : 0;
}
