// SPDX-License-Identifier: Apache-2.0
/* A server that listens and never calls accept(): the kernel completes the connections, takes the
 * requests and the FINs, and nobody comes for them (net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock). */
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { SPARE_BACKLOG = 8, REQUEST_BYTES = 5 };

static void play(struct actor *a)
{
	actor_listen(a, a->serve_port, a->count + SPARE_BACKLOG);
	actor_tell(a, WIRE_OPEN, a->serve_port, a->count);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_ready(a);
	actor_rest();
}

static int run(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play, SCENE_SHARE_MAX);
}

const struct scene scene_never_accepted = {
	.name = "never-accepted",
	.cause = "never-accepted",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a server that listens and never accepts; the peer sent a request and closed",
	.run = run,
};
