// SPDX-License-Identifier: Apache-2.0
/* Sockets that a program does watch, in a way that cannot show it the end of file. */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 100, BITE_BYTES = 10, QUIET_MS = 100, EVENTS = 64 };

/* Watched, with an empty mask: the kernel reports only errors and a full hang-up. */
static void play_masked(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = actor_epoll(a);

	actor_serve(a, &conns);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, 0);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

/* The same, while a helper that was forked has copies of all descriptors and does not use them. */
static void play_masked_copied(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd;

	actor_serve(a, &conns);
	if (actor_fork(a, "lab-helper") == 0)
		actor_rest();
	epoll_fd = actor_epoll(a);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, 0);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

/* Takes every event there is, and of each socket only the first bytes. How many events came. */
static int take_events(struct actor *a, int epoll_fd)
{
	struct epoll_event events[EVENTS];
	char bite[BITE_BYTES];
	int n = actor_check(a, epoll_wait(epoll_fd, events, EVENTS, QUIET_MS), "wait for events");

	for (int i = 0; i < n; i++)
		actor_check(a, (int)recv(events[i].data.fd, bite, sizeof(bite), MSG_DONTWAIT),
			    "read a few bytes");
	return n;
}

/* Edge-triggered: there is no second event for what was not read the first time (epoll(7)). */
static void play_edge(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = actor_epoll(a);

	actor_serve(a, &conns);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN | EPOLLRDHUP | EPOLLET);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	while (take_events(a, epoll_fd) > 0)
		;
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

/* A thread asleep in poll(), which asks only for urgent data. No rule knows it. */
static void play_poll(struct actor *a)
{
	struct actor_conns conns;
	struct pollfd *wait;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	wait = calloc(conns.n, sizeof(*wait));
	actor_must(a, wait ? 0 : -ENOMEM, "make room for poll()");
	for (unsigned i = 0; i < conns.n; i++)
		wait[i] = (struct pollfd){ .fd = conns.fd[i], .events = POLLPRI };
	actor_tell(a, WIRE_FIN, ACTOR_PEER_PORT, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	for (;;)
		poll(wait, conns.n, -1);
}

static int run_masked(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_masked, SCENE_SHARE_MAX);
}

static int run_masked_copied(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_masked_copied, SCENE_SHARE_MAX);
}

static int run_edge(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_edge, SCENE_SHARE_MAX);
}

static int run_poll(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_poll, SCENE_SHARE_MAX);
}

const struct scene scene_eof_masked = {
	.name = "eof-masked",
	.cause = "eof-masked",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "in an epoll set with an empty mask; the loop sleeps on",
	.run = run_masked,
};

const struct scene scene_eof_masked_copied = {
	.name = "eof-masked-copied",
	.cause = "eof-masked",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "in an epoll set with an empty mask; a forked helper has unused copies",
	.run = run_masked_copied,
};

const struct scene scene_edge_missed = {
	.name = "edge-missed",
	.cause = "edge-missed",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "edge-triggered, read a few bytes, and asleep again before the end",
	.run = run_edge,
};

const struct scene scene_unexplained = {
	.name = "unexplained",
	.cause = "unexplained",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "a thread in poll() on it that asks for urgent data only",
	.run = run_poll,
};
