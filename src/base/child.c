// SPDX-License-Identifier: Apache-2.0
/* One child, one pipe, one deadline. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"

#define NS_PER_MS 1000000ull

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

static _Noreturn void be_child(int (*try)(void *data, struct buf *out), void *data, int fd,
			       pid_t parent)
{
	struct buf out = { 0 };
	int result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	result = try(data, &out);
	write_all(fd, (const char *)&result, sizeof(result));
	write_all(fd, buf_text(&out), out.len);
	_exit(0);
}

/* Reads until the child closes its end. 0, -ETIMEDOUT or -errno. */
static int read_answer(int fd, uint64_t end_ns, struct buf *answer)
{
	for (;;) {
		uint64_t now = clock_mono_ns();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char bytes[4096];
		ssize_t n;

		if (now >= end_ns)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)((end_ns - now) / NS_PER_MS + 1)) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		buf_add(answer, bytes, (size_t)n);
	}
}

int child_try(int (*try)(void *data, struct buf *out), void *data, unsigned int timeout_ms,
	      struct buf *b)
{
	uint64_t end_ns = clock_mono_ns() + timeout_ms * NS_PER_MS;
	_buf_ struct buf answer = { 0 };
	pid_t pid, self = getpid();
	int ends[2], result, err;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		be_child(try, data, ends[1], self);
	err = pid < 0 ? -errno : 0;
	fd_close(ends[1]);
	if (!err)
		err = read_answer(ends[0], end_ns, &answer);
	fd_close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (err)
		return err;
	if (answer.len < sizeof(result))
		return buf_error(&answer) ? -ENOMEM : -ECHILD;
	result = *(const int *)(const void *)answer.data;
	buf_add(b, answer.data + sizeof(result), answer.len - sizeof(result));
	return result;
}
