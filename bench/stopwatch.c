// SPDX-License-Identifier: Apache-2.0
/* Runs one command and says what it took: a small process, so that neither the start of the command
 * nor its peak memory is that of an interpreter (exec keeps the peak of what called it).
 *
 * usage: stopwatch SECONDS OUTPUT COMMAND…
 *
 * The command runs before all that is not real-time, where that is allowed, so that what else runs
 * on this machine disturbs less. Its standard output goes to the file OUTPUT, its standard error to
 * ours. Prints "WALL_NS USER_US SYSTEM_US PEAK_KB STATUS" in one line; STATUS is the exit status,
 * 256 + signal when it was killed, as it is after SECONDS. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "stopwatch: %s: %s\n", what, strerror(errno));
	exit(125);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

__attribute__((noreturn)) static void become(const char *output, char **command)
{
	const struct sched_param first = { .sched_priority = 1 };
	int in = open("/dev/null", O_RDONLY);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		fail(output);
	close(in);
	close(out);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail("prctl");
	if (sched_setscheduler(0, SCHED_RR, &first) && errno != EPERM)
		fail("sched_setscheduler");
	execvp(command[0], command);
	fail(command[0]);
}

static long long microseconds(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv)
{
	struct rusage used;
	struct pollfd end = { .events = POLLIN };
	long long from, took;
	int status, seconds;
	pid_t pid;

	if (argc < 4) {
		fputs("usage: stopwatch SECONDS OUTPUT COMMAND...\n", stderr);
		return 125;
	}
	seconds = atoi(argv[1]);
	from = now_ns();
	pid = fork();
	if (pid < 0)
		fail("forking");
	if (pid == 0)
		become(argv[2], argv + 3);
	end.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (end.fd < 0)
		fail("watching the command");
	if (poll(&end, 1, seconds * 1000) == 0)
		kill(pid, SIGKILL);
	if (wait4(pid, &status, 0, &used) < 0)
		fail("waiting for the command");
	took = now_ns() - from;
	printf("%lld %lld %lld %ld %d\n", took, microseconds(used.ru_utime),
	       microseconds(used.ru_stime), used.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status));
	return 0;
}
