// SPDX-License-Identifier: Apache-2.0
/* A relay between a client and an upstream server, both on the other host, and what becomes of one
 * leg when the other is stuck. */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	REQUEST_BYTES = 20,
	UPLOAD_BYTES = 60000, /* less than a fresh receive window; a send queue may grow by one skb
				 of 32 KB */
	CHUNK_BYTES = 4096,
	BUFFER_BYTES = 4096,
	PAIRS_MAX = SCENE_SHARE_MAX / 2,
};

static void make_legs(struct actor *a, struct actor_conns *ret_client,
		      struct actor_conns *ret_upstream)
{
	actor_serve(a, ret_client);
	actor_connect(a, ACTOR_PEER_PORT, a->count, ret_upstream);
}

/* The relay passes the client's end of file on and keeps both legs until upstream closes too. */
static void play_proxy_leg(struct actor *a)
{
	struct actor_conns client, upstream;
	int epoll_fd = actor_epoll(a);

	make_legs(a, &client, &upstream);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	actor_read(a, &client, REQUEST_BYTES);
	actor_send(a, &upstream, REQUEST_BYTES);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_read_eof(a, &client);
	actor_shutdown(a, &upstream, SHUT_WR);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &client, 0);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &upstream, EPOLLIN | EPOLLRDHUP);
	actor_await_state(a, &client, TCP_CLOSE_WAIT);
	actor_await_state(a, &upstream, TCP_FIN_WAIT2);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

/* Passes on what there is until upstream takes no more. */
static void pump(struct actor *a, int from, int to)
{
	char chunk[CHUNK_BYTES];

	for (;;) {
		ssize_t n = recv(from, chunk, sizeof(chunk), MSG_DONTWAIT), sent;

		actor_check(a, (int)n, "read from the client");
		if (n == 0)
			actor_fail(a, -ENOBUFS, "fill the upstream leg");
		sent = send(to, chunk, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < n && (sent >= 0 || errno == EAGAIN))
			return;
		actor_check(a, (int)sent, "send upstream");
	}
}

/* Upstream takes no more, so the relay stops reading the client: its FIN waits behind its data. */
static void play_back_pressure(struct actor *a)
{
	struct actor_conns client, upstream;
	int epoll_fd = actor_epoll(a);

	make_legs(a, &client, &upstream);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &client, EPOLLIN);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &upstream, EPOLLIN);
	actor_tell(a, WIRE_WINDOW, ACTOR_PEER_PORT, 0);
	actor_option(a, &upstream, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
	actor_tell(a, WIRE_FIN, a->serve_port, UPLOAD_BYTES);
	actor_await_state(a, &client, TCP_CLOSE_WAIT);
	for (unsigned i = 0; i < client.n; i++)
		pump(a, client.fd[i], upstream.fd[i]);
	actor_watch(a, epoll_fd, EPOLL_CTL_MOD, &client, 0);
	actor_watch(a, epoll_fd, EPOLL_CTL_MOD, &upstream, EPOLLIN | EPOLLOUT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static int run_proxy_leg(struct stage *stage)
{
	return stage_cast_all(stage, "lab-relay", play_proxy_leg, PAIRS_MAX);
}

static int run_back_pressure(struct stage *stage)
{
	return stage_cast_all(stage, "lab-relay", play_back_pressure, PAIRS_MAX);
}

const struct scene scene_proxy_leg = {
	.name = "proxy-leg",
	.cause = "proxy-leg",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "both",
	.summary = "a relay passed the client's end on; upstream (FIN_WAIT_2) never closes",
	.max_count = PAIRS_MAX,
	.run = run_proxy_leg,
};

const struct scene scene_back_pressure = {
	.name = "back-pressure",
	.cause = "back-pressure",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "both",
	.summary = "a relay stopped reading the client: upstream's window is shut",
	.max_count = PAIRS_MAX,
	.run = run_back_pressure,
};
