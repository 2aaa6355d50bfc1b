// SPDX-License-Identifier: Apache-2.0
/* Good servers of three kinds with busy and idle connections, and connections that come and go:
 * nothing of it may ever be called stuck. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	EPOLL_INDEX = 0, /* of the process, and so of its port */
	THREADS_INDEX = 1,
	PREFORK_INDEX = 2,
	FEW = 3, /* connections of the threaded and the preforking server */
	BUSY_MS = 200,
	STEP_MS = 100,
	REQUEST_BYTES = 10,
	BACKLOG = 1024,
	COUNT_MAX = 2000,
};

/* ---- an event loop ---- */

static void echo_event(int epoll_fd, int listener, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
	char chunk[4096];
	ssize_t n;

	if (fd == listener) {
		event.data.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (event.data.fd >= 0)
			epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event.data.fd, &event);
		return;
	}
	n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n <= 0 || send(fd, chunk, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		close(fd);
}

static void play_epoll(struct actor *a)
{
	int listener = actor_listen(a, a->serve_port, BACKLOG), epoll_fd = actor_epoll(a);
	struct actor_conns set = { .fd = &listener, .n = 1 };
	struct epoll_event event;

	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &set, EPOLLIN);
	actor_ready(a);
	for (;;)
		if (epoll_wait(epoll_fd, &event, 1, -1) == 1)
			echo_event(epoll_fd, listener, event.data.fd);
}

/* ---- blocking calls ---- */

static void echo_to_the_end(int fd)
{
	char chunk[4096];
	ssize_t n;

	do {
		n = recv(fd, chunk, sizeof(chunk), 0);
	} while (n > 0 && send(fd, chunk, (size_t)n, MSG_NOSIGNAL) == n);
	close(fd);
}

static void *echo_thread(void *arg)
{
	echo_to_the_end((int)(intptr_t)arg);
	return NULL;
}

static void play_threads(struct actor *a)
{
	int listener = actor_listen(a, a->serve_port, BACKLOG);

	actor_ready(a);
	for (;;) {
		pthread_t thread;
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 &&
		    pthread_create(&thread, NULL, echo_thread, (void *)(intptr_t)fd) != 0)
			close(fd);
	}
}

static _Noreturn void accept_and_echo(int listener)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			echo_to_the_end(fd);
	}
}

static void play_prefork(struct actor *a)
{
	int listener = actor_listen(a, a->serve_port, BACKLOG);

	/* One more than there are connections: the last waits in accept(). */
	for (int i = 0; i < FEW + 1; i++)
		if (actor_fork(a, "lab-prefork") == 0)
			accept_and_echo(listener);
	actor_ready(a);
	actor_rest();
}

/* ---- who comes and goes ---- */

/* Opens, asks, closes, again and again, each step a while after the one before. */
static void play_visitor(struct actor *a)
{
	static const enum wire_verb steps[] = { WIRE_NEXT, WIRE_OPEN, WIRE_SEND, WIRE_FIN };
	static const uint32_t values[] = { 0, 1, REQUEST_BYTES, 0 };
	int orders = a->wire_fd;

	a->wire_fd = -1; /* stays open: the visits go on */
	actor_ready(a);
	for (unsigned i = 0;; i = (i + 1) % 4) {
		if (wire_tell(orders, steps[i], ACTOR_SERVE_PORT, values[i]) < 0)
			return;
		clock_sleep_until(clock_mono_ns() + STEP_MS * 1000000ull);
	}
}

/* ---- all together ---- */

static int cast(struct stage *stage, const char *role, void (*play)(struct actor *a),
		unsigned index)
{
	struct stage_part part = {
		.role = role,
		.play = play,
		.index = index,
		.wire_fd = -1,
		.log_fd = -1,
	};

	return stage_cast(stage, &part);
}

/* Opens n connections to the server of that index; busy ones send a byte now and then. */
static int visit(struct stage *stage, unsigned index, unsigned n, bool is_busy)
{
	uint32_t port = ACTOR_SERVE_PORT + index;
	int err = stage_tell(stage, WIRE_NEXT, 0, 0);

	if (!err)
		err = stage_tell(stage, WIRE_OPEN, port, n);
	if (!err)
		err = stage_tell(stage, WIRE_SETTLE, 0, 0);
	if (!err)
		err = stage_tell(stage, WIRE_SEND, port, REQUEST_BYTES);
	if (!err && is_busy)
		err = stage_tell(stage, WIRE_SEND_EVERY, port, BUSY_MS);
	return err;
}

static int run(struct stage *stage)
{
	unsigned busy = stage->count / 2;
	int err = cast(stage, "lab-epoll", play_epoll, EPOLL_INDEX);

	if (!err)
		err = cast(stage, "lab-threads", play_threads, THREADS_INDEX);
	if (!err)
		err = cast(stage, "lab-prefork", play_prefork, PREFORK_INDEX);
	if (!err)
		err = visit(stage, EPOLL_INDEX, busy, true);
	if (!err)
		err = visit(stage, EPOLL_INDEX, stage->count - busy, false);
	if (!err)
		err = visit(stage, THREADS_INDEX, FEW, true);
	if (!err)
		err = visit(stage, PREFORK_INDEX, FEW, true);
	return err ? err : cast(stage, "lab-visitor", play_visitor, EPOLL_INDEX);
}

const struct scene scene_healthy = {
	.name = "healthy",
	.cause = "",
	.state = "ESTABLISHED",
	.severity = "none",
	.role = "accepted",
	.summary = "good servers with busy, idle, and passing connections; nothing is stuck",
	.min_count = 2,
	.max_count = COUNT_MAX,
	.run = run,
};
