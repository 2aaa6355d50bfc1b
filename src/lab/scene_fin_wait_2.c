// SPDX-License-Identifier: Apache-2.0
/* The peer has acknowledged our FIN and never sends its own. Whether a timer runs depends on
 * whether the descriptor is still open (net/ipv4/tcp_input.c:tcp_rcv_state_process, case
 * TCP_FIN_WAIT1). */
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 20 };

static void ask(struct actor *a, struct actor_conns *ret)
{
	actor_connect(a, ACTOR_PEER_PORT, a->count, ret);
	actor_send(a, ret, REQUEST_BYTES);
}

static void play_both_shut(struct actor *a)
{
	struct actor_conns conns;

	ask(a, &conns);
	actor_shutdown(a, &conns, SHUT_RDWR);
	actor_await_state(a, &conns, TCP_FIN_WAIT2);
	actor_ready(a);
	actor_rest();
}

static void play_half_shut(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = actor_epoll(a);

	ask(a, &conns);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN | EPOLLRDHUP);
	actor_shutdown(a, &conns, SHUT_WR);
	actor_await_state(a, &conns, TCP_FIN_WAIT2);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static void play_closed(struct actor *a)
{
	struct actor_conns conns;

	ask(a, &conns);
	actor_close(a, &conns);
	/* The FINs are in the other host's queue, and it takes packets before orders. */
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_ready(a);
	actor_rest();
}

static int run_both_shut(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_both_shut, SCENE_SHARE_MAX);
}

static int run_half_shut(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_half_shut, SCENE_SHARE_MAX);
}

static int run_closed(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_closed, SCENE_SHARE_MAX);
}

/* Above 60 s the kernel keeps a whole orphan first, for 2 * (400 - 60) s in all
 * (net/ipv4/tcp.c:__tcp_close, tcp_timer.c:tcp_keepalive_timer; Linux 6.18). */
static int run_closed_long(struct stage *stage)
{
	int err = stage_set(stage, "net/ipv4/tcp_fin_timeout", "400");

	return err ? err : run_closed(stage);
}

const struct scene scene_shutdown_not_closed = {
	.name = "shutdown-not-closed",
	.cause = "shutdown-not-closed",
	.state = "FIN_WAIT_2",
	.severity = "stuck",
	.role = "connected",
	.summary = "both directions shut, the descriptor kept, and the peer does not close",
	.run = run_both_shut,
};

const struct scene scene_peer_never_closes = {
	.name = "peer-never-closes",
	.cause = "peer-never-closes",
	.state = "FIN_WAIT_2",
	.severity = "stuck",
	.role = "connected",
	.summary = "half-closed and watched for the peer's end, which does not come",
	.run = run_half_shut,
};

const struct scene scene_fin_timeout_pending = {
	.name = "fin-timeout-pending",
	.cause = "fin-timeout-pending",
	.state = "FIN_WAIT_2",
	.severity = "expected",
	.role = "connected",
	.summary =
		"closed by us and not by the peer; the kernel ends it after 60 s, and so the scene",
	.run = run_closed,
};

const struct scene scene_fin_timeout_pending_long = {
	.name = "fin-timeout-pending-long",
	.cause = "fin-timeout-pending",
	.state = "FIN_WAIT_2",
	.severity = "expected",
	.role = "connected",
	.summary = "closed by us and not by the peer; with tcp_fin_timeout at 400 it lasts 680 s",
	.run = run_closed_long,
};
