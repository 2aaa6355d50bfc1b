// SPDX-License-Identifier: Apache-2.0
/* The life of a scene's process: to be ready, to fail, to have children and threads. */
#include "lab/actor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "lab/crew.h"

enum { WAIT_NS = 2 * 1000 * 1000 };

static void send_note(struct actor *a, const struct crew_note *note)
{
	/* Nobody to read it means that the lab is gone, and this process with it. */
	if (a->note_fd < 0 || write(a->note_fd, note, sizeof(*note)) < 0)
		_exit(EXIT_FAILURE);
}

_Noreturn void actor_fail(struct actor *a, int err, const char *format, ...)
{
	struct crew_note note = { .kind = CREW_FAILED, .value = err };
	va_list args;

	va_start(args, format);
	vsnprintf(note.text, sizeof(note.text), format, args);
	va_end(args);
	send_note(a, &note);
	_exit(EXIT_FAILURE);
}

int actor_must(struct actor *a, int r, const char *what)
{
	if (r < 0)
		actor_fail(a, r, "%s", what);
	return r;
}

int actor_check(struct actor *a, int r, const char *what)
{
	return actor_must(a, r < 0 ? -errno : r, what);
}

void actor_ready(struct actor *a)
{
	const struct crew_note note = { .kind = CREW_READY };

	a->wire_fd = fd_close(a->wire_fd);
	send_note(a, &note);
	a->note_fd = fd_close(a->note_fd);
}

pid_t actor_fork(struct actor *a, const char *role)
{
	struct crew_note note = { .kind = CREW_PROCESS };
	pid_t self = getpid();
	pid_t pid = actor_check(a, fork(), "start a process");

	if (pid == 0) {
		crew_bind(self, role);
		a->note_fd = fd_close(a->note_fd);
		a->wire_fd = fd_close(a->wire_fd);
		return 0;
	}
	note.value = pid;
	snprintf(note.text, sizeof(note.text), "%s", role);
	send_note(a, &note);
	return pid;
}

_Noreturn void actor_rest(void)
{
	for (;;)
		pause();
}

_Noreturn void actor_rest_in_epoll(int epoll_fd)
{
	struct epoll_event event;

	for (;;)
		epoll_wait(epoll_fd, &event, 1, -1);
}

void actor_thread(struct actor *a, void *(*run)(void *), void *arg)
{
	pthread_t thread;

	actor_must(a, -pthread_create(&thread, NULL, run, arg), "start a thread");
}

void actor_wait(struct actor *a, const char *what)
{
	uint64_t now = clock_mono_ns();

	if (now > a->deadline_ns)
		actor_fail(a, -ETIMEDOUT, "wait until %s", what);
	clock_sleep_until(now + WAIT_NS);
}

void actor_await_asleep(struct actor *a, pid_t tid)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	for (;;) {
		const char *state;

		actor_must(a, (int)file_read_at(-1, path, text, sizeof(text)), "look at a thread");
		state = strrchr(text, ')');
		if (state && strncmp(state, ") S", 3) == 0)
			return;
		actor_wait(a, "a thread sleeps");
	}
}

void actor_tell(struct actor *a, enum wire_verb verb, uint32_t leg, uint32_t value)
{
	actor_must(a, wire_tell(a->wire_fd, verb, leg, value), "tell the other host what to do");
}
