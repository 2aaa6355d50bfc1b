// SPDX-License-Identifier: Apache-2.0
/* What looks like a fault and is none: the near misses of many rules in one place. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	REQUEST_BYTES = 20,
	QUEUED_BYTES = 3000,
	KEEPALIVE_S = 1,
	SHUT_PORT = 444, /* the peer's window is shut there */
	EDGE_PORT = 445,
	QUEUE_PORT = 8090, /* nobody has accepted yet, and no peer has closed */
	REFUSED_PORT = 9,  /* nobody listens */
	COUNT_MAX = 1000,
};

/* Sockets in CLOSE that never were connections: new, bound, and refused. */
static void make_fresh(struct actor *a)
{
	struct sockaddr_in nobody = {
		.sin_family = AF_INET,
		.sin_port = htons(REFUSED_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in any = { .sin_family = AF_INET };
	int bound = actor_check(a, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket");
	int refused =
		actor_check(a, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket");

	actor_check(a, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket");
	actor_check(a, bind(bound, (struct sockaddr *)&any, sizeof(any)), "bind a socket");
	if (connect(refused, (struct sockaddr *)&nobody, sizeof(nobody)) == 0)
		actor_fail(a, -EISCONN, "be refused");
}

/* Idle connections whose peer answers every keepalive probe. */
static void make_probed(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_option(a, &conns, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S);
	actor_option(a, &conns, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_S);
	actor_option(a, &conns, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* Data waits for a window, and the connection is open on both sides. */
static void make_waiting(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, SHUT_PORT, a->count, &conns);
	actor_tell(a, WIRE_WINDOW, SHUT_PORT, 0);
	actor_send(a, &conns, QUEUED_BYTES);
}

/* Edge-triggered and spent one-shot registrations of connections with nothing to read. */
static int make_registered(struct actor *a)
{
	struct actor_conns edge, once;
	struct epoll_event event;
	int epoll_fd = actor_epoll(a);

	actor_connect(a, EDGE_PORT, a->count, &edge);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &edge, EPOLLIN | EPOLLRDHUP | EPOLLET);
	actor_connect(a, EDGE_PORT, a->count, &once);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &once, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
	actor_tell(a, WIRE_SEND, EDGE_PORT, REQUEST_BYTES);
	actor_read(a, &edge, REQUEST_BYTES);
	actor_await_unread(a, &once, REQUEST_BYTES);
	while (epoll_wait(epoll_fd, &event, 1, 0) > 0)
		; /* the one-shot ones are spent now */
	actor_read(a, &once, REQUEST_BYTES);
	return epoll_fd;
}

/* Requests that are about to be accepted. */
static void make_queued(struct actor *a)
{
	actor_listen(a, QUEUE_PORT, a->count + 1);
	actor_tell(a, WIRE_OPEN, QUEUE_PORT, a->count);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_tell(a, WIRE_SEND, QUEUE_PORT, REQUEST_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
}

static void play(struct actor *a)
{
	int epoll_fd;

	make_fresh(a);
	make_probed(a);
	make_waiting(a);
	epoll_fd = make_registered(a);
	make_queued(a);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static int run(struct stage *stage)
{
	return stage_cast_all(stage, "lab-odd", play, COUNT_MAX);
}

const struct scene scene_healthy_odd = {
	.name = "healthy-odd",
	.cause = "",
	.state = "ESTABLISHED",
	.severity = "none",
	.role = "both",
	.summary = "new, refused, probed, waiting and queued sockets that look worse than they are",
	.max_count = COUNT_MAX,
	.run = run,
};
