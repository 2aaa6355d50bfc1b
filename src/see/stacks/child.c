// SPDX-License-Identifier: Apache-2.0
/* The child that unwinds: what it reads was made by others, with a library that trusts them. */
#include "see/stacks/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "see/stacks/unwind.h"

#define MORE_BYTES   (2ull << 30)
#define READ_BYTES   65536u
#define NS_PER_MS    1000000ull
#define PAUSE_MAX_MS 1000

/* Exit status of the child: errno values that fit, else this. */
#define STATUS_MALFORMED 255

static int put(void *data, const void *record, size_t len)
{
	const char *at = record;
	int fd = *(int *)data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A crash shall end it, whatever handlers there are. */
static void reset_signals(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGINT };

	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		signal(crashes[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

/* A crash shall leave no core, which would hold other people's memory, and what grows without end
 * shall find it soon. RLIMIT_DATA counts all private memory that can be written (since Linux 4.7).
 */
static void limit_child(void)
{
	struct rlimit none = { 0 }, data;
	unsigned long pages = 0;
	char text[128];

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	if (file_read_at(AT_FDCWD, "/proc/self/statm", text, sizeof(text)) < 0 ||
	    sscanf(text, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		return;
	data.rlim_cur = data.rlim_max = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MORE_BYTES;
	setrlimit(RLIMIT_DATA, &data);
}

__attribute__((noreturn)) static void run_child(const struct copied *c, uint32_t process, int fd,
						pid_t parent)
{
	int err = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have ended before that. */
	if (getppid() != parent)
		_exit(0);
	reset_signals();
	limit_child();
	err = unwind_process(c, process, put, &fd);
	_exit(err < 0 && err > -STATUS_MALFORMED ? -err : err ? STATUS_MALFORMED : 0);
}

/* Takes what the child tells until it is done. 0, -ETIME, -ERR_MALFORMED, -ENOMEM. */
static int listen_to(int fd, struct wire *w, uint64_t until_ns)
{
	_buf_ struct buf b = { 0 };

	for (;;) {
		uint64_t now_ns = clock_mono_ns();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char bytes[READ_BYTES];
		ssize_t n;
		long used;

		if (now_ns >= until_ns)
			return -ETIME;
		if (poll(&p, 1,
			 PAUSE_MAX_MS < (until_ns - now_ns) / NS_PER_MS
				 ? PAUSE_MAX_MS
				 : (int)((until_ns - now_ns) / NS_PER_MS) + 1) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return b.len ? -ERR_MALFORMED : 0;
		buf_add(&b, bytes, (size_t)n);
		if (b.failed)
			return -ENOMEM;
		used = wire_take(w, b.data, b.len);
		if (used < 0)
			return (int)used;
		memmove(b.data, b.data + used, b.len - (size_t)used);
		b.len -= (size_t)used;
	}
}

/* What the child ended with, as an error. */
static int await_child(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == STATUS_MALFORMED)
		return -ERR_MALFORMED;
	return -WEXITSTATUS(status);
}

int child_unwind(const struct copied *c, uint32_t process, struct wire *w, uint64_t until_ns)
{
	_close_ int from = -1, to = -1;
	pid_t child, parent = getpid();
	int fds[2], err, ended;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	from = fds[0];
	to = fds[1];
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		run_child(c, process, to, parent);
	to = fd_close(to);
	err = listen_to(from, w, until_ns);
	/* Also where it told all: one that went wrong may have closed its end and go on. What ended
	 * by itself keeps its status. */
	kill(child, SIGKILL);
	ended = await_child(child);
	return err ? err : ended;
}
