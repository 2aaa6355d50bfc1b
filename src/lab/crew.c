// SPDX-License-Identifier: Apache-2.0
/* Processes that hold nothing but what their scene gives them, and that cannot be left behind. */
#include "lab/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/stage.h"
#include "lab/wire/order.h"

enum {
	FIRST_FD = 3, /* where the fds to keep are put */
	PARK_FD = 10, /* where they wait until then */
	PATIENCE_S = 30,
	PATIENCE_PER_CONN_MS = 3,
	SPARE_FDS = 32,
	END_TRIES = 2000, /* of 5 ms */
};

#define S_NS  1000000000ull
#define MS_NS 1000000ull

static uint64_t deadline_for(unsigned count)
{
	return clock_mono_ns() + PATIENCE_S * S_NS + count * PATIENCE_PER_CONN_MS * MS_NS;
}

void crew_bind(pid_t parent, const char *role)
{
	prctl(PR_SET_NAME, role);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
}

static int close_from(unsigned first)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return 0;
	if (errno != ENOSYS || getrlimit(RLIMIT_NOFILE, &limit) < 0) /* before Linux 5.9 */
		return -errno;
	for (unsigned fd = first; fd < limit.rlim_cur; fd++)
		close((int)fd);
	return 0;
}

/* Keeps those three fds (each may be -1), as 3, 4 and 5, and nothing else: a descriptor too many
 * would be a second holder of what the scene is about. */
static int keep_fds(int *keep[3])
{
	for (int i = 0; i < 3; i++)
		if (*keep[i] >= 0 && (*keep[i] = fcntl(*keep[i], F_DUPFD_CLOEXEC, PARK_FD)) < 0)
			return -errno;
	for (int i = 0; i < 3; i++) {
		if (*keep[i] >= 0 && dup3(*keep[i], FIRST_FD + i, O_CLOEXEC) < 0)
			return -errno;
		if (*keep[i] >= 0)
			*keep[i] = FIRST_FD + i;
		else
			close(FIRST_FD + i);
	}
	return close_from(FIRST_FD + 3);
}

static int forget_terminal(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return -errno;
	for (int fd = 0; fd < FIRST_FD; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	if (null >= FIRST_FD)
		close(null);
	return setsid() < 0 ? -errno : 0;
}

static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

/* The life of a process of the scene. */
static _Noreturn void live(const struct stage *stage, const struct stage_part *part, int note_fd,
			   pid_t parent)
{
	struct actor actor = {
		.role = part->role,
		.count = part->count,
		.index = part->index,
		.family = stage->family,
		.serve_port = (uint16_t)(ACTOR_SERVE_PORT + part->index),
		.note_fd = note_fd,
		.wire_fd = part->wire_fd >= 0 ? part->wire_fd : stage->wire_fd,
		.log_fd = part->log_fd,
		.deadline_ns = deadline_for(part->count),
	};
	int *keep[3] = { &actor.note_fd, &actor.wire_fd, &actor.log_fd };
	int err;

	crew_bind(parent, part->role);
	reset_signals();
	err = keep_fds(keep);
	if (!err)
		err = forget_terminal();
	actor_must(&actor, err, "start a process of the scene");
	part->play(&actor);
	_exit(EXIT_SUCCESS);
}

static int add_process(struct stage *stage, pid_t pid, const char *role)
{
	struct stage_process *p;

	if (array_grow(&stage->processes, 1) < 0)
		return stage_fail(stage, -ENOMEM, "note a process");
	p = &stage->processes.items[stage->processes.n++];
	p->pid = pid;
	snprintf(p->role, sizeof(p->role), "%.*s", (int)sizeof(p->role) - 1, role);
	return 0;
}

/* What came over the pipe: 1 ready, 0 more to come, or -errno. */
static int take_note(struct stage *stage, int fd, const char *role)
{
	struct crew_note note;
	ssize_t n = read(fd, &note, sizeof(note));

	if (n != sizeof(note))
		return stage_fail(stage, -ECHILD, "wait for %s, which ended", role);
	note.text[sizeof(note.text) - 1] = '\0';
	switch ((enum crew_note_kind)note.kind) {
	case CREW_READY:
		return 1;
	case CREW_PROCESS:
		return add_process(stage, note.value, note.text);
	default:
		return stage_fail(stage, note.value < 0 ? note.value : -EPROTO, "%s", note.text);
	}
}

/* True when a signal other than SIGCHLD is there; it stays for the next to see. */
static bool must_end(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
		sigismember(&pending, SIGHUP));
}

static int await_ready(struct stage *stage, int fd, const struct stage_part *part)
{
	uint64_t deadline = deadline_for(part->count) + S_NS;
	int r = 0;

	while (r == 0) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		if (must_end())
			return stage_fail(stage, -EINTR, "ended before %s was ready", part->role);
		if (clock_mono_ns() > deadline)
			return stage_fail(stage, -ETIMEDOUT, "wait for %s", part->role);
		/* A signal to end is blocked and wakes nobody: it is looked for now and then. */
		if (poll(&wait, 1, 100) > 0)
			r = take_note(stage, fd, part->role);
	}
	return r < 0 ? r : 0;
}

int stage_cast(struct stage *stage, const struct stage_part *part)
{
	pid_t self = getpid(), pid;
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return stage_fail(stage, -errno, "make a pipe");

	_close_ int notes = ends[0];
	_close_ int far = ends[1];

	pid = fork();
	if (pid < 0)
		return stage_fail(stage, -errno, "start a process");
	if (pid == 0)
		live(stage, part, far, self);
	far = fd_close(far);
	err = add_process(stage, pid, part->role);
	return err ? err : await_ready(stage, notes, part);
}

/* A share that the limit on descriptors allows; a few are needed besides. */
static unsigned allowed_share(unsigned share_max)
{
	struct rlimit limit;
	uint64_t allowed;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= SCENE_SHARE_MAX + SPARE_FDS)
		return share_max;
	allowed = limit.rlim_cur > 2 * SPARE_FDS ? limit.rlim_cur - SPARE_FDS : SPARE_FDS;
	return (unsigned)(share_max * allowed / SCENE_SHARE_MAX) + 1;
}

int stage_cast_all(struct stage *stage, const char *role, void (*play)(struct actor *actor),
		   unsigned share_max)
{
	unsigned left = stage->count, share = allowed_share(share_max);

	for (unsigned i = 0; left > 0; i++) {
		struct stage_part part = {
			.role = role,
			.play = play,
			.count = left < share ? left : share,
			.index = i,
			.wire_fd = -1,
			.log_fd = -1,
		};
		int err = stage_tell(stage, WIRE_NEXT, 0, 0);

		if (!err)
			err = stage_cast(stage, &part);
		if (err)
			return err;
		left -= part.count;
	}
	return 0;
}

static bool is_stopped(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

int stage_await_stop(struct stage *stage)
{
	uint64_t deadline = deadline_for(0);
	size_t i = 1; /* after the other host */

	while (i < stage->processes.n && !must_end() && clock_mono_ns() < deadline) {
		if (is_stopped(stage->processes.items[i].pid))
			i++;
		else
			clock_sleep_until(clock_mono_ns() + 2 * MS_NS);
	}
	if (i < stage->processes.n)
		return stage_fail(stage, must_end() ? -EINTR : -ETIMEDOUT,
				  "wait for a process to stop");
	return 0;
}

/* Kills whatever is a child of this process: also what a process of ours, or a command run on the
 * stage, left behind. Without CONFIG_PROC_CHILDREN only those known die, which is all but such a
 * rest. */
static void kill_children(void)
{
	char path[64], text[4096];
	char *at = text, *end;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	if (file_read_at(-1, path, text, sizeof(text)) < 0)
		return;
	for (;;) {
		long pid = strtol(at, &end, 10);

		/* The last number may have been cut; its turn comes on the next reading. */
		if (end == at || *end != ' ')
			return;
		kill((pid_t)pid, SIGKILL);
		at = end;
	}
}

void crew_end(struct stage *stage)
{
	for (size_t i = stage->processes.n; i-- > 0;) {
		siginfo_t info = { 0 };

		/* Only a child's pid cannot have become somebody else's. */
		if (waitid(P_PID, (id_t)stage->processes.items[i].pid, &info,
			   WEXITED | WNOHANG | WNOWAIT) == 0)
			kill(stage->processes.items[i].pid, SIGKILL);
	}
	for (int i = 0; i < END_TRIES; i++) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return;
		if (pid > 0)
			continue;
		kill_children();
		clock_sleep_until(clock_mono_ns() + 5 * MS_NS);
	}
}
