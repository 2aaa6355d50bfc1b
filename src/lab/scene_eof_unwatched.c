// SPDX-License-Identifier: Apache-2.0
/* Connections this host opened, used once and kept: the peer has closed them, and nothing in the
 * program looks at them any more. As a list never emptied, or as a pool of which a part is still
 * good. */
#include <netinet/tcp.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 30, REPLY_BYTES = 200, SIBLINGS = 3, NOTICE_BYTES = 37 };

/* n connections to the peer, each used once. */
static void use(struct actor *a, unsigned n, struct actor_conns *ret)
{
	actor_connect(a, ACTOR_PEER_PORT, n, ret);
	actor_send(a, ret, REQUEST_BYTES);
	actor_tell(a, WIRE_SEND, ACTOR_PEER_PORT, REPLY_BYTES);
	actor_read(a, ret, REPLY_BYTES);
}

static void keep(struct actor *a, unsigned notice_bytes)
{
	struct actor_conns conns;

	use(a, a->count, &conns);
	actor_tell(a, WIRE_FIN, ACTOR_PEER_PORT, notice_bytes);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest();
}

static void play_plain(struct actor *a)
{
	keep(a, 0);
}

/* 37 bytes are what a close_notify of TLS 1.0 looks like from outside. */
static void play_data(struct actor *a)
{
	keep(a, NOTICE_BYTES);
}

static void play_pool(struct actor *a)
{
	struct actor_conns siblings;

	use(a, SIBLINGS, &siblings);
	actor_tell(a, WIRE_NEXT, 0, 0);
	keep(a, 0);
}

static int run_plain(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_plain, SCENE_SHARE_MAX);
}

static int run_data(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_data, SCENE_SHARE_MAX);
}

static int run_pool(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_pool, SCENE_SHARE_MAX - SIBLINGS);
}

const struct scene scene_eof_unwatched = {
	.name = "eof-unwatched",
	.cause = "eof-unwatched",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "used connections kept and looked at by nobody; the peer closed them",
	.run = run_plain,
};

const struct scene scene_eof_unwatched_data = {
	.name = "eof-unwatched-data",
	.cause = "eof-unwatched",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "kept connections with 37 unread bytes before the end: a TLS close_notify",
	.run = run_data,
};

const struct scene scene_eof_unwatched_pool = {
	.name = "eof-unwatched-pool",
	.cause = "eof-unwatched",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "kept connections beside three that are still good: a pool",
	.run = run_pool,
};
