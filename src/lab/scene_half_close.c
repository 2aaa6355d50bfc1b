// SPDX-License-Identifier: Apache-2.0
/* Half-closed connections in good use: one side has said all it has to say, the other talks on. */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 20, PERIOD_MS = 500, COUNT_MAX = 2000 };

static _Noreturn void send_for_ever(struct actor *a, const struct actor_conns *conns)
{
	for (;;) {
		actor_send(a, conns, 1);
		clock_sleep_until(clock_mono_ns() + PERIOD_MS * 1000000ull);
	}
}

static void play_close_wait(struct actor *a)
{
	struct actor_conns conns;

	actor_serve(a, &conns);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_read_eof(a, &conns);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_send(a, &conns, 1);
	actor_ready(a);
	send_for_ever(a, &conns);
}

static _Noreturn void read_for_ever(int epoll_fd)
{
	struct epoll_event event;
	char chunk[512];

	for (;;)
		if (epoll_wait(epoll_fd, &event, 1, -1) == 1 &&
		    recv(event.data.fd, chunk, sizeof(chunk), 0) < 0)
			errno = 0;
}

static void play_fin_wait_2(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = actor_epoll(a);

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_send(a, &conns, REQUEST_BYTES);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN);
	actor_shutdown(a, &conns, SHUT_WR);
	actor_await_state(a, &conns, TCP_FIN_WAIT2);
	actor_tell(a, WIRE_SEND_EVERY, ACTOR_PEER_PORT, PERIOD_MS);
	actor_ready(a);
	read_for_ever(epoll_fd);
}

static int run_close_wait(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_close_wait, SCENE_SHARE_MAX);
}

static int run_fin_wait_2(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_fin_wait_2, SCENE_SHARE_MAX);
}

const struct scene scene_half_close_in_use = {
	.name = "half-close-in-use",
	.cause = "half-close-in-use",
	.state = "CLOSE_WAIT",
	.severity = "expected",
	.role = "accepted",
	.summary = "the peer half-closed, and we send it something twice a second",
	.max_count = COUNT_MAX,
	.run = run_close_wait,
};

const struct scene scene_half_close_in_use_fin_wait_2 = {
	.name = "half-close-in-use-fin-wait-2",
	.cause = "half-close-in-use",
	.state = "FIN_WAIT_2",
	.severity = "expected",
	.role = "connected",
	.summary = "we half-closed, and read what the peer sends twice a second",
	.max_count = COUNT_MAX,
	.run = run_fin_wait_2,
};
