// SPDX-License-Identifier: Apache-2.0
/* Connections this host opened, used once and kept: the peer has closed them, and nothing in the
 * program looks at them any more. As a list never emptied, or as a pool of which a part is still
 * good. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 30, REPLY_BYTES = 200, SIBLINGS = 3, NOTICE_BYTES = 37 };

/* One more each quarter of a second, in all so many of so many descriptors there are. */
enum { LEAK_EVERY_NS = 250 * 1000 * 1000, LEAK_MORE = 2000, LEAK_LIMIT = 2100 };

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

static void keep_one_more(struct actor *a)
{
	struct actor_conns one;

	actor_tell(a, WIRE_NEXT, 0, 0);
	use(a, 1, &one);
	actor_tell(a, WIRE_FIN, ACTOR_PEER_PORT, 0);
	actor_await_state(a, &one, TCP_CLOSE_WAIT);
}

/* The only one that goes on after it is ready, so it keeps its way to the other host. */
static void play_leak(struct actor *a)
{
	struct rlimit limit = { a->count + LEAK_LIMIT, a->count + LEAK_LIMIT };
	struct actor_conns conns;
	int wire_fd;

	actor_check(a, setrlimit(RLIMIT_NOFILE, &limit), "set the limit of descriptors");
	use(a, a->count, &conns);
	actor_tell(a, WIRE_FIN, ACTOR_PEER_PORT, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	wire_fd = actor_check(a, fcntl(a->wire_fd, F_DUPFD_CLOEXEC, 0), "copy a descriptor");
	actor_ready(a);
	a->wire_fd = wire_fd;
	a->deadline_ns = UINT64_MAX;
	for (unsigned i = 0; i < LEAK_MORE; i++) {
		clock_sleep_until(clock_mono_ns() + LEAK_EVERY_NS);
		keep_one_more(a);
	}
	actor_rest();
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

/* One process: the way to the other host is not for two. */
static int run_leak(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_leak, SCENE_SHARE_MAX);
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

const struct scene scene_eof_unwatched_leak = {
	.name = "eof-unwatched-leak",
	.cause = "eof-unwatched",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "kept connections, and four more each second: a leak",
	.max_count = 10000,
	.run = run_leak,
};
