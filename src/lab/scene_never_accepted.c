// SPDX-License-Identifier: Apache-2.0
/* A server that listens and does not call accept(), for one reason or another: the kernel completes
 * the connections, takes the requests and the FINs, and nobody comes for them
 * (net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { SPARE_BACKLOG = 8, REQUEST_BYTES = 5, QUERY_BYTES = 30, LONG_S = 100000, FDS_MAX = 16 };

/* Returns the listening socket, where all have asked and closed. */
static int fill_queue(struct actor *a)
{
	int listener = actor_listen(a, a->serve_port, a->count + SPARE_BACKLOG);

	actor_tell(a, WIRE_OPEN, a->serve_port, a->count);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	return listener;
}

static void play(struct actor *a)
{
	fill_queue(a);
	actor_ready(a);
	actor_rest();
}

/* The one thread waits for a server of its own. */
static void play_busy(struct actor *a)
{
	struct actor_conns backend;
	char byte;

	actor_connect(a, ACTOR_PEER_PORT, 1, &backend);
	actor_send(a, &backend, QUERY_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	fill_queue(a);
	actor_ready(a);
	if (recv(backend.fd[0], &byte, 1, 0) < 0)
		_exit(EXIT_FAILURE);
}

/* Tries, is told that there are too many open files, and tries again a little later. */
static void play_full(struct actor *a)
{
	const struct rlimit limit = { FDS_MAX, FDS_MAX };
	const struct timespec later = { .tv_sec = 1 };
	int listener = fill_queue(a);

	actor_ready(a);
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		_exit(EXIT_FAILURE);
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		;
	while (accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EMFILE)
		nanosleep(&later, NULL);
}

static void play_stopped(struct actor *a)
{
	int listener = fill_queue(a);

	actor_ready(a);
	raise(SIGSTOP);
	for (;;)
		close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

/* A master and its worker; it is the worker that accepts, and it sleeps in a request. */
static void play_worker(struct actor *a)
{
	const struct timespec span = { .tv_sec = LONG_S };
	pid_t worker;

	fill_queue(a);
	worker = actor_fork(a, "lab-child");
	if (worker == 0) {
		nanosleep(&span, NULL);
		_exit(EXIT_SUCCESS);
	}
	actor_await_asleep(a, worker);
	actor_ready(a);
	waitpid(worker, NULL, 0);
}

static int run(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play, SCENE_SHARE_MAX);
}

static int run_busy(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_busy, SCENE_SHARE_MAX);
}

static int run_full(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_full, SCENE_SHARE_MAX);
}

static int run_stopped(struct stage *stage)
{
	int err = stage_cast_all(stage, "lab-server", play_stopped, SCENE_SHARE_MAX);

	return err ? err : stage_await_stop(stage);
}

static int run_worker(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_worker, SCENE_SHARE_MAX);
}

const struct scene scene_never_accepted = {
	.name = "never-accepted",
	.cause = "never-accepted",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server that listens and never accepts; the peer sent a request and closed",
	.run = run,
};

const struct scene scene_never_accepted_busy = {
	.name = "never-accepted-busy",
	.cause = "never-accepted",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server whose one thread waits for another server that does not answer",
	.run = run_busy,
};

const struct scene scene_never_accepted_full = {
	.name = "never-accepted-full",
	.cause = "never-accepted",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server that has no file descriptor left: accept() fails with EMFILE",
	.run = run_full,
};

const struct scene scene_never_accepted_stopped = {
	.name = "never-accepted-stopped",
	.cause = "never-accepted",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server under SIGSTOP; SIGCONT lets it accept them",
	.run = run_stopped,
};

const struct scene scene_never_accepted_worker = {
	.name = "never-accepted-worker",
	.cause = "never-accepted",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a master and its one worker, which sleeps in a request",
	.run = run_worker,
};
