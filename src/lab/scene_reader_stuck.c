// SPDX-License-Identifier: Apache-2.0
/* A program that means to read and does not get round to it: its worker took one request and waits
 * for a lock that is never given back. */
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 10, SECOND_BYTES = 11, ANSWER_BYTES = 200, WORKERS_MAX = 500 };

/* What a worker and the rest of its process share. */
struct desk {
	int epoll_fd; /* -1 where each worker has one connection of its own */
	int conn_fd;
	atomic_int tid; /* 0 until the worker has served once and turns to the lock */
	pthread_mutex_t lock;
};

static void take_one(int fd)
{
	char chunk[512];

	if (recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) < 0)
		_exit(1);
}

/* Serves the first request that comes, and is then stuck. */
static void *work(void *arg)
{
	struct desk *desk = arg;
	struct epoll_event event = { .data.fd = desk->conn_fd };

	if (desk->epoll_fd >= 0 && epoll_wait(desk->epoll_fd, &event, 1, -1) != 1)
		_exit(1);
	take_one(event.data.fd);
	atomic_store(&desk->tid, gettid());
	pthread_mutex_lock(&desk->lock);
	pthread_mutex_unlock(&desk->lock);
	return NULL;
}

static void await_stuck(struct actor *a, struct desk *desk)
{
	while (!atomic_load(&desk->tid))
		actor_wait(a, "a worker has served its first request");
	actor_await_asleep(a, atomic_load(&desk->tid));
}

/* One worker for all, over epoll. The calling thread keeps the lock. */
static void play_epoll(struct actor *a, uint32_t events)
{
	struct desk desk = { .epoll_fd = actor_epoll(a), .lock = PTHREAD_MUTEX_INITIALIZER };
	struct actor_conns conns;

	pthread_mutex_lock(&desk.lock);
	actor_serve(a, &conns);
	actor_watch(a, desk.epoll_fd, EPOLL_CTL_ADD, &conns, events);
	actor_thread(a, work, &desk);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	await_stuck(a, &desk);
	actor_tell(a, WIRE_FIN, a->serve_port, SECOND_BYTES);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest();
}

static void play_level(struct actor *a)
{
	play_epoll(a, EPOLLIN);
}

static struct desk *make_desks(struct actor *a, unsigned n)
{
	struct desk *desks = calloc(n, sizeof(*desks));

	actor_must(a, desks ? 0 : -ENOMEM, "make room for workers");
	for (unsigned i = 0; i < n; i++) {
		desks[i].epoll_fd = -1;
		pthread_mutex_init(&desks[i].lock, NULL);
		pthread_mutex_lock(&desks[i].lock);
	}
	return desks;
}

/* A thread a connection, in no epoll: all wait for the same lock. */
static void play_threads(struct actor *a)
{
	struct desk *desks;
	struct actor_conns conns;

	actor_serve(a, &conns);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	actor_await_unread(a, &conns, REQUEST_BYTES);
	desks = make_desks(a, conns.n);
	for (unsigned i = 0; i < conns.n; i++) {
		desks[i].conn_fd = conns.fd[i];
		actor_thread(a, work, &desks[i]);
		await_stuck(a, &desks[i]);
	}
	actor_tell(a, WIRE_FIN, a->serve_port, SECOND_BYTES);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest();
}

/* The calling thread hands each connection, watched for one event only, to a worker of its own,
 * which would have to watch it again. */
static void play_oneshot(struct actor *a)
{
	struct actor_conns conns;
	struct desk *desks;
	int epoll_fd = actor_epoll(a);

	actor_serve(a, &conns);
	desks = make_desks(a, conns.n);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN | EPOLLONESHOT);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	for (unsigned i = 0; i < conns.n; i++) {
		struct epoll_event event;

		while (epoll_wait(epoll_fd, &event, 1, 1000) != 1)
			actor_wait(a, "a request is there");
		desks[i].conn_fd = event.data.fd;
		actor_thread(a, work, &desks[i]);
		await_stuck(a, &desks[i]);
	}
	actor_tell(a, WIRE_FIN, a->serve_port, SECOND_BYTES);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static void play_fin_wait_2(struct actor *a)
{
	struct desk desk = { .epoll_fd = actor_epoll(a), .lock = PTHREAD_MUTEX_INITIALIZER };
	struct actor_conns conns;

	pthread_mutex_lock(&desk.lock);
	actor_connect(a, ACTOR_PEER_PORT, a->count, &conns);
	actor_send(a, &conns, REQUEST_BYTES);
	actor_shutdown(a, &conns, SHUT_WR);
	actor_await_state(a, &conns, TCP_FIN_WAIT2);
	actor_watch(a, desk.epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN);
	actor_thread(a, work, &desk);
	actor_tell(a, WIRE_SEND, ACTOR_PEER_PORT, ANSWER_BYTES);
	await_stuck(a, &desk);
	actor_tell(a, WIRE_SEND, ACTOR_PEER_PORT, ANSWER_BYTES);
	actor_await_unread(a, &conns, ANSWER_BYTES);
	actor_ready(a);
	actor_rest();
}

static int run_level(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_level, SCENE_SHARE_MAX);
}

static int run_threads(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_threads, WORKERS_MAX);
}

static int run_oneshot(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_oneshot, WORKERS_MAX);
}

static int run_fin_wait_2(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_fin_wait_2, SCENE_SHARE_MAX);
}

const struct scene scene_reader_stuck = {
	.name = "reader-stuck",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "an epoll server whose one worker waits for a lock for ever",
	.run = run_level,
};

const struct scene scene_reader_stuck_threads = {
	.name = "reader-stuck-threads",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a thread a connection, and all of them wait for a lock for ever",
	.max_count = WORKERS_MAX,
	.run = run_threads,
};

const struct scene scene_reader_stuck_oneshot = {
	.name = "reader-stuck-oneshot",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "EPOLLONESHOT, taken by workers that wait for a lock and never watch it again",
	.max_count = WORKERS_MAX,
	.run = run_oneshot,
};

const struct scene scene_reader_stuck_fin_wait_2 = {
	.name = "reader-stuck-fin-wait-2",
	.cause = "reader-stuck",
	.state = "FIN_WAIT_2",
	.severity = "stuck",
	.role = "connected",
	.summary = "half-closed; the peer answered, and the one worker waits for a lock for ever",
	.run = run_fin_wait_2,
};
