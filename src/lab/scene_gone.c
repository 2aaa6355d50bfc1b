// SPDX-License-Identifier: Apache-2.0
/* Connections of which only one side is left: the kernel knows it (CLOSED, with the descriptor
 * still open), or is about to find out (ESTABLISHED, and no answer any more). */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	REQUEST_BYTES = 100,
	RETRANSMITS = 3,
	PROBES = 2,
	WINDOW_PROBES = 3,
	PROBE_FIRST_S = 1,
	PROBE_LATER_S = 600, /* so that the kernel does not give up while somebody looks */
	PROBES_MAX = 127,    /* what TCP_KEEPCNT takes */
};

static void play_ghost(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_send(a, &conns, REQUEST_BYTES);
	actor_tell(a, WIRE_RESET, ACTOR_PEER_PORT, 0);
	actor_await_state(a, &conns, TCP_CLOSE);
	actor_ready(a);
	actor_rest();
}

static void play_vanished(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_tell(a, WIRE_SILENT, ACTOR_PEER_PORT, 0);
	actor_send(a, &conns, REQUEST_BYTES);
	actor_await_retransmits(a, &conns, RETRANSMITS);
	actor_ready(a);
	actor_rest();
}

static void play_vanished_keepalive(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_tell(a, WIRE_SILENT, ACTOR_PEER_PORT, 0);
	actor_option(a, &conns, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_FIRST_S);
	actor_option(a, &conns, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_FIRST_S);
	actor_option(a, &conns, IPPROTO_TCP, TCP_KEEPCNT, PROBES_MAX);
	actor_option(a, &conns, SOL_SOCKET, SO_KEEPALIVE, 1);
	actor_await_probes(a, &conns, PROBES);
	actor_option(a, &conns, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_LATER_S);
	actor_ready(a);
	actor_rest();
}

/* The last that is heard of the peer is that it takes nothing more. */
static void play_vanished_window(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_tell(a, WIRE_WINDOW, ACTOR_PEER_PORT, 0);
	actor_tell(a, WIRE_SILENT, ACTOR_PEER_PORT, 0);
	actor_send(a, &conns, REQUEST_BYTES);
	actor_await_probes(a, &conns, WINDOW_PROBES);
	actor_ready(a);
	actor_rest();
}

static int run_ghost(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_ghost, SCENE_SHARE_MAX);
}

static int run_vanished(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_vanished, SCENE_SHARE_MAX);
}

static int run_vanished_keepalive(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_vanished_keepalive, SCENE_SHARE_MAX);
}

static int run_vanished_window(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_vanished_window, SCENE_SHARE_MAX);
}

const struct scene scene_ghost_fd = {
	.name = "ghost-fd",
	.cause = "ghost-fd",
	.state = "CLOSED",
	.severity = "stuck",
	.role = "connected",
	.summary = "reset by the peer, and the descriptor kept: ss shows nothing",
	.run = run_ghost,
};

const struct scene scene_peer_vanished = {
	.name = "peer-vanished",
	.cause = "peer-vanished",
	.state = "ESTABLISHED",
	.severity = "stuck",
	.role = "connected",
	.summary = "data sent and sent again; the peer is gone; the kernel tries for 15 minutes",
	.run = run_vanished,
};

const struct scene scene_peer_vanished_keepalive = {
	.name = "peer-vanished-keepalive",
	.cause = "peer-vanished",
	.state = "ESTABLISHED",
	.severity = "stuck",
	.role = "connected",
	.summary = "idle with keepalive, and two probes or more went unanswered",
	.run = run_vanished_keepalive,
};

const struct scene scene_peer_vanished_window = {
	.name = "peer-vanished-window",
	.cause = "peer-vanished",
	.state = "ESTABLISHED",
	.severity = "stuck",
	.role = "connected",
	.summary = "the peer shut its window, then vanished; three probes or more went unanswered",
	.run = run_vanished_window,
};
