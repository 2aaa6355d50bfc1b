// SPDX-License-Identifier: Apache-2.0
/* TIME_WAIT, as every connection has that we close first; and so many of them that ports run out.
 * The peer sends its FIN again from time to time, as if our last acknowledgement had been lost,
 * which starts the 60 s anew (RFC 9293 3.10.7.4;
 * net/ipv4/tcp_minisocks.c:tcp_timewait_state_process): so the scene lasts. */
#include <stdio.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	REQUEST_BYTES = 20,
	FIN_AGAIN_MS = 20000,
	FIRST_PORT = 20000,
	PRESSURE_MIN = 30,
	PRESSURE_PERCENT = 60, /* of the range in use */
	COUNT_MAX = 10000,
};

static void play(struct actor *a)
{
	struct actor_conns conns;

	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_send(a, &conns, REQUEST_BYTES);
	actor_tell(a, WIRE_ANSWER_FIN, ACTOR_PEER_PORT, 0);
	actor_tell(a, WIRE_FIN_EVERY, ACTOR_PEER_PORT, FIN_AGAIN_MS);
	actor_close(a, &conns);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	actor_ready(a);
	actor_rest();
}

static int run(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play, SCENE_SHARE_MAX);
}

static int run_pressure(struct stage *stage)
{
	unsigned ports = stage->count * 100 / PRESSURE_PERCENT;
	char range[32];
	int err;

	snprintf(range, sizeof(range), "%d %u", FIRST_PORT, FIRST_PORT + ports - 1);
	err = stage_set(stage, "net/ipv4/ip_local_port_range", range);
	return err ? err : run(stage);
}

const struct scene scene_port_pressure = {
	.name = "port-pressure",
	.cause = "port-pressure",
	.state = "TIME_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "so many toward one server that 60 % of a narrow port range is taken",
	.min_count = PRESSURE_MIN,
	.max_count = COUNT_MAX,
	.run = run_pressure,
};

const struct scene scene_time_wait = {
	.name = "time-wait",
	.cause = "time-wait",
	.state = "TIME_WAIT",
	.severity = "expected",
	.role = "connected",
	.summary = "connections that we closed first, as it should be",
	.max_count = COUNT_MAX,
	.run = run,
};
