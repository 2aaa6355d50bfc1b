// SPDX-License-Identifier: Apache-2.0
/* A server that forks a child for each connection and closes its own copy, as PostgreSQL, sshd and
 * socat do: the only holder of a connection was born after it, and is nobody's heir, for it has
 * worked on it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

/* Births are told apart from data by their times, which are counted in ticks of 10 ms. */
enum { REQUEST_BYTES = 10, REPLY_BYTES = 20, PAUSE_MS = 50, CHILDREN_MAX = 500 };

static void answer(int fd)
{
	char chunk[512] = { 0 };

	if (recv(fd, chunk, sizeof(chunk), 0) <= 0 ||
	    send(fd, chunk, REPLY_BYTES, MSG_NOSIGNAL) != REPLY_BYTES)
		_exit(EXIT_SUCCESS);
}

/* Has answered once; now it waits for a pipe into which nobody writes. */
static _Noreturn void stay_elsewhere(int fd)
{
	int ends[2];
	char byte;

	(void)fd;
	if (pipe2(ends, O_CLOEXEC) < 0 || read(ends[0], &byte, 1) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* Has answered once, and waits for the next request. */
static _Noreturn void serve_on(int fd)
{
	for (;;)
		answer(fd);
}

/* Forks the children and returns when each has answered a request and sleeps. */
static int serve_by_children(struct actor *a, void (*after)(int fd))
{
	int listener = actor_listen(a, a->serve_port, CHILDREN_MAX), answered[2];
	pid_t *children = calloc(a->count, sizeof(*children));
	char byte;

	actor_must(a, children ? 0 : -ENOMEM, "make room for children");
	actor_check(a, pipe2(answered, O_CLOEXEC), "make a pipe");
	actor_tell(a, WIRE_OPEN, a->serve_port, a->count);
	for (unsigned i = 0; i < a->count; i++) {
		int fd = actor_accept(a, listener);

		children[i] = actor_fork(a, "lab-child");
		if (children[i] == 0) {
			close(listener);
			close(answered[0]);
			answer(fd);
			close(answered[1]);
			after(fd);
		}
		close(fd);
	}
	close(answered[1]);
	clock_sleep_until(clock_mono_ns() + PAUSE_MS * 1000000ull);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	/* The end comes when the last child has closed its end. */
	if (read(answered[0], &byte, 1) != 0)
		actor_fail(a, -EPROTO, "wait until every child has answered");
	close(answered[0]);
	for (unsigned i = 0; i < a->count; i++)
		actor_await_asleep(a, children[i]);
	actor_tell(a, WIRE_SETTLE, 0, 0); /* by when the answers are acknowledged too */
	free(children);
	return listener;
}

static _Noreturn void accept_for_ever(int listener)
{
	for (;;)
		if (accept(listener, NULL, NULL) < 0)
			_exit(EXIT_FAILURE);
}

static void play_stuck(struct actor *a)
{
	int listener = serve_by_children(a, stay_elsewhere);

	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_ready(a);
	accept_for_ever(listener);
}

static void play_healthy(struct actor *a)
{
	int listener = serve_by_children(a, serve_on);

	actor_ready(a);
	accept_for_ever(listener);
}

static int run_stuck(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_stuck, CHILDREN_MAX);
}

static int run_healthy(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_healthy, CHILDREN_MAX);
}

const struct scene scene_reader_stuck_forked = {
	.name = "reader-stuck-forked",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a child a connection; each has answered a request and waits for a pipe",
	.max_count = CHILDREN_MAX,
	.run = run_stuck,
};

const struct scene scene_forking_server = {
	.name = "forking-server",
	.cause = "",
	.state = "ESTABLISHED",
	.severity = "none",
	.role = "accepted",
	.summary = "a child a connection, each waiting for the next request; nothing is stuck",
	.max_count = CHILDREN_MAX,
	.run = run_healthy,
};
