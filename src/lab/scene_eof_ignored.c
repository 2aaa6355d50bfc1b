// SPDX-License-Identifier: Apache-2.0
/* A server that reads the end of file, takes the socket out of its loop, and forgets close(). */
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 20, REPLY_BYTES = 40 };

static void play(struct actor *a)
{
	struct actor_conns conns, listener = { .n = 1 };
	int fd = actor_serve(a, &conns), epoll_fd = actor_epoll(a);

	listener.fd = &fd;
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &listener, EPOLLIN);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	actor_read(a, &conns, REQUEST_BYTES);
	actor_send(a, &conns, REPLY_BYTES);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_read_eof(a, &conns);
	actor_watch(a, epoll_fd, EPOLL_CTL_DEL, &conns, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static int run(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play, SCENE_SHARE_MAX);
}

const struct scene scene_eof_ignored = {
	.name = "eof-ignored",
	.cause = "eof-ignored",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server that has read the end of file and does not call close()",
	.run = run,
};
