// SPDX-License-Identifier: Apache-2.0
/* Copies of descriptors in processes that never use them: the last close() does not come from whom
 * it is expected of (close(2); net/socket.c:sock_close() runs for the last copy only). */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

/* The heir is born clearly after the last data, also for one who reads the clocks of sockets and
 * the start times of processes, which come in ticks of 10 ms, a while apart. */
enum { REQUEST_BYTES = 20, PAUSE_MS = 400 };

static void use(struct actor *a, const struct actor_conns *conns)
{
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	actor_read(a, conns, REQUEST_BYTES);
	actor_send(a, conns, REQUEST_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	clock_sleep_until(clock_mono_ns() + PAUSE_MS * 1000000ull);
}

/* Starts a program that inherits the connections; it runs as soon as exec() has closed the pipe. */
static void start_heir(struct actor *a, const struct actor_conns *conns)
{
	int ends[2];
	char byte;

	for (unsigned i = 0; i < conns->n; i++)
		actor_check(a, fcntl(conns->fd[i], F_SETFD, 0), "let a descriptor be inherited");
	actor_check(a, pipe2(ends, O_CLOEXEC), "make a pipe");
	if (actor_fork(a, "sleep") == 0) {
		execlp("sleep", "sleep", "1000000", (char *)NULL);
		if (write(ends[1], "x", 1) < 0)
			errno = 0;
		_exit(1);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 0)
		actor_fail(a, -ENOENT, "run the program sleep");
	close(ends[0]);
}

static void play_heir(struct actor *a)
{
	struct actor_conns conns, listener = { .n = 1 };
	int epoll_fd = actor_epoll(a), fd = actor_serve(a, &conns);

	listener.fd = &fd;
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &listener, EPOLLIN);
	use(a, &conns);
	start_heir(a, &conns);
	actor_close(a, &conns);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static void play_two(struct actor *a)
{
	struct actor_conns conns;

	actor_serve(a, &conns);
	use(a, &conns);
	if (actor_fork(a, "lab-helper") == 0)
		actor_rest();
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest();
}

static int run_heir(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_heir, SCENE_SHARE_MAX);
}

static int run_two(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_two, SCENE_SHARE_MAX);
}

const struct scene scene_inherited = {
	.name = "inherited",
	.cause = "inherited",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server closed its connections; a program it started still has copies",
	.run = run_heir,
};

const struct scene scene_inherited_two = {
	.name = "inherited-two",
	.cause = "inherited",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server and its forked helper both have copies, and neither looks at them",
	.run = run_two,
};
