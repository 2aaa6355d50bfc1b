// SPDX-License-Identifier: Apache-2.0
/* The peer is gone without a word, and our FIN is sent again and again. The descriptor stays open:
 * an orphan would be given up after 108 s, this goes on for about 15 minutes
 * (net/ipv4/tcp_timer.c:tcp_write_timeout, tcp_orphan_retries). */
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 20, RETRANSMITS = 2 };

static void finish(struct actor *a, const struct actor_conns *conns, int state)
{
	actor_await_state(a, conns, state);
	actor_await_retransmits(a, conns, RETRANSMITS);
	actor_ready(a);
	actor_rest();
}

static void ask(struct actor *a, struct actor_conns *ret)
{
	actor_connect(a, ACTOR_PEER_PORT, a->count, ret);
	actor_send(a, ret, REQUEST_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
}

static void play_fin_wait_1(struct actor *a)
{
	struct actor_conns conns;

	ask(a, &conns);
	actor_tell(a, WIRE_SILENT, ACTOR_PEER_PORT, 0);
	actor_shutdown(a, &conns, SHUT_WR);
	finish(a, &conns, TCP_FIN_WAIT1);
}

static void play_last_ack(struct actor *a)
{
	struct actor_conns conns;

	actor_serve(a, &conns);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_read_eof(a, &conns);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_tell(a, WIRE_SILENT, a->serve_port, 0);
	actor_shutdown(a, &conns, SHUT_WR);
	finish(a, &conns, TCP_LAST_ACK);
}

/* Both close at once, and the peer's side of the wire loses our FIN and every acknowledgement: what
 * it sends still arrives. */
static void play_closing(struct actor *a)
{
	struct actor_conns conns;

	ask(a, &conns);
	actor_tell(a, WIRE_DEAF, ACTOR_PEER_PORT, 0);
	actor_shutdown(a, &conns, SHUT_WR);
	actor_tell(a, WIRE_FIN, ACTOR_PEER_PORT, 0);
	finish(a, &conns, TCP_CLOSING);
}

static int run_fin_wait_1(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_fin_wait_1, SCENE_SHARE_MAX);
}

static int run_last_ack(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_last_ack, SCENE_SHARE_MAX);
}

static int run_closing(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_closing, SCENE_SHARE_MAX);
}

const struct scene scene_peer_silent = {
	.name = "peer-silent",
	.cause = "peer-silent",
	.state = "FIN_WAIT_1",
	.severity = "stuck",
	.role = "connected",
	.summary = "our FIN goes unanswered; the descriptor is open, so it goes on for 15 minutes",
	.run = run_fin_wait_1,
};

const struct scene scene_peer_silent_last_ack = {
	.name = "peer-silent-last-ack",
	.cause = "peer-silent",
	.state = "LAST_ACK",
	.severity = "stuck",
	.role = "accepted",
	.summary = "the peer closed first, then vanished before it acknowledged our FIN",
	.run = run_last_ack,
};

const struct scene scene_peer_silent_closing = {
	.name = "peer-silent-closing",
	.cause = "peer-silent",
	.state = "CLOSING",
	.severity = "stuck",
	.role = "connected",
	.summary = "both closed at once; the peer's FIN came, its acknowledgement of ours does not",
	.run = run_closing,
};
