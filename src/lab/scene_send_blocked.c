// SPDX-License-Identifier: Apache-2.0
/* The peer has closed its side and no longer takes what we still send: its window is shut, or it is
 * gone altogether. The program has read the end of file and waits for room to write. */
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 20, REPLY_BYTES = 3000, RETRANSMITS = 2, BUFFER_BYTES = 2304 };

/* Takes the request and the peer's FIN. */
static int take_request(struct actor *a, struct actor_conns *ret)
{
	int epoll_fd = actor_epoll(a);

	actor_serve(a, ret);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_read_eof(a, ret);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	return epoll_fd;
}

static _Noreturn void finish(struct actor *a, const struct actor_conns *conns, int epoll_fd)
{
	actor_await_state(a, conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static void play_window(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = take_request(a, &conns);

	actor_tell(a, WIRE_WINDOW, a->serve_port, 0);
	actor_option(a, &conns, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
	actor_send(a, &conns, REPLY_BYTES);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLOUT);
	finish(a, &conns, epoll_fd);
}

static void play_silent(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = take_request(a, &conns);

	actor_tell(a, WIRE_SILENT, a->serve_port, 0);
	actor_option(a, &conns, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
	actor_send(a, &conns, REPLY_BYTES);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLOUT);
	actor_await_retransmits(a, &conns, RETRANSMITS);
	finish(a, &conns, epoll_fd);
}

static int run_window(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_window, SCENE_SHARE_MAX);
}

static int run_silent(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_silent, SCENE_SHARE_MAX);
}

const struct scene scene_send_blocked = {
	.name = "send-blocked",
	.cause = "send-blocked",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "still sending to a peer that closed its side and shut its window",
	.run = run_window,
};

const struct scene scene_send_blocked_silent = {
	.name = "send-blocked-silent",
	.cause = "send-blocked",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "still sending to a peer that closed its side and vanished",
	.run = run_silent,
};
