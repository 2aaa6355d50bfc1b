// SPDX-License-Identifier: Apache-2.0
/* Our FIN waits behind data: the peer takes none of it, or takes it slowly. Linux counts the
 * connection as FIN_WAIT_1 or LAST_ACK from close() or shutdown() on, sent or not
 * (net/ipv4/tcp.c:__tcp_close). */
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	REQUEST_BYTES = 20,
	REPLY_BYTES = 5000,
	LONG_REPLY_BYTES = 260000,
	SLOW_SEGMENT_BYTES = 50,
	SLOW_WINDOW_BYTES = 2 * SLOW_SEGMENT_BYTES,
	SLOW_ACK_MS = 120, /* well below the shortest retransmission timeout, 200 ms */
	SLOW_COUNT_MAX = 500,
};

/* The descriptor stays open: an orphan would be dropped after about 6 minutes
 * (net/ipv4/tcp_timer.c:tcp_probe_timer). */
static _Noreturn void finish(struct actor *a, const struct actor_conns *conns, int state)
{
	int epoll_fd = actor_epoll(a);

	actor_shutdown(a, conns, SHUT_WR);
	if (state == TCP_FIN_WAIT1)
		actor_watch(a, epoll_fd, EPOLL_CTL_ADD, conns, EPOLLIN | EPOLLRDHUP);
	actor_await_state(a, conns, state);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static void play_fin_wait_1(struct actor *a)
{
	struct actor_conns conns;

	actor_serve(a, &conns);
	actor_tell(a, WIRE_WINDOW, a->serve_port, 0);
	/* Before Linux 6.7 a smaller window is believed only with something new
	 * (net/ipv4/tcp_input.c:tcp_may_update_window). */
	actor_tell(a, WIRE_SEND, a->serve_port, 1);
	actor_read(a, &conns, 1);
	actor_send(a, &conns, REPLY_BYTES);
	finish(a, &conns, TCP_FIN_WAIT1);
}

static void play_last_ack(struct actor *a)
{
	struct actor_conns conns;

	actor_serve(a, &conns);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_read_eof(a, &conns);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_tell(a, WIRE_WINDOW, a->serve_port, 0);
	actor_send(a, &conns, REPLY_BYTES);
	finish(a, &conns, TCP_LAST_ACK);
}

/* Two small segments in flight, one acknowledged at a time: ten minutes for the whole. */
static void reply_slowly(struct actor *a, const struct actor_conns *conns)
{
	actor_tell(a, WIRE_WINDOW, a->serve_port, SLOW_WINDOW_BYTES);
	actor_tell(a, WIRE_ACK_EVERY, a->serve_port, SLOW_ACK_MS);
	actor_send(a, conns, LONG_REPLY_BYTES);
}

static void play_slow(struct actor *a)
{
	struct actor_conns conns;

	actor_tell(a, WIRE_MSS, 0, SLOW_SEGMENT_BYTES);
	actor_serve(a, &conns);
	reply_slowly(a, &conns);
	finish(a, &conns, TCP_FIN_WAIT1);
}

/* The peer has closed its side, and still takes what we have to say. */
static void play_slow_close_wait(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = actor_epoll(a);

	actor_tell(a, WIRE_MSS, 0, SLOW_SEGMENT_BYTES);
	actor_serve(a, &conns);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_read_eof(a, &conns);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	reply_slowly(a, &conns);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLOUT);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static int run_fin_wait_1(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_fin_wait_1, SCENE_SHARE_MAX);
}

static int run_last_ack(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_last_ack, SCENE_SHARE_MAX);
}

/* The whole long reply must find room in the send buffer at once; SO_SNDBUF gives an ordinary user
 * too little. */
static int cast_slow(struct stage *stage, void (*play)(struct actor *a))
{
	int err = stage_set(stage, "net/ipv4/tcp_wmem", "4096 4000000 4000000");

	return err ? err : stage_cast_all(stage, "lab-server", play, SCENE_SHARE_MAX);
}

static int run_slow(struct stage *stage)
{
	return cast_slow(stage, play_slow);
}

static int run_slow_close_wait(struct stage *stage)
{
	return cast_slow(stage, play_slow_close_wait);
}

const struct scene scene_peer_not_reading = {
	.name = "peer-not-reading",
	.cause = "peer-not-reading",
	.state = "FIN_WAIT_1",
	.severity = "stuck",
	.role = "accepted",
	.summary = "our FIN waits behind data for which the peer's window is shut",
	.run = run_fin_wait_1,
};

const struct scene scene_peer_not_reading_last_ack = {
	.name = "peer-not-reading-last-ack",
	.cause = "peer-not-reading",
	.state = "LAST_ACK",
	.severity = "stuck",
	.role = "accepted",
	.summary = "the peer closed; our FIN waits behind data for which its window is shut",
	.run = run_last_ack,
};

const struct scene scene_draining = {
	.name = "draining",
	.cause = "draining",
	.state = "FIN_WAIT_1",
	.severity = "expected",
	.role = "accepted",
	.summary = "our FIN waits behind data that a slow peer takes bit by bit, for ten minutes",
	.max_count = SLOW_COUNT_MAX,
	.run = run_slow,
};

const struct scene scene_half_close_in_use_draining = {
	.name = "half-close-in-use-draining",
	.cause = "half-close-in-use",
	.state = "CLOSE_WAIT",
	.severity = "expected",
	.role = "accepted",
	.summary = "the peer half-closed and takes our long reply bit by bit, for ten minutes",
	.max_count = SLOW_COUNT_MAX,
	.run = run_slow_close_wait,
};
