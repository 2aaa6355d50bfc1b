// SPDX-License-Identifier: Apache-2.0
/* Programs whose threads are somewhere else while an end of file waits for them, each in another
 * way; and two that have forgotten a connection and only look so. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum {
	REQUEST_BYTES = 10,
	QUERY_BYTES = 30,
	REPLY_BYTES = 5000,
	TAKEN_BYTES = 4000,
	LONG_S = 100000,
	WORKERS_MAX = 500,
	SPARE_WORKERS = 2,
};

/* Accepts, takes a request of each, and sees the peers close. */
static void serve(struct actor *a, struct actor_conns *ret)
{
	actor_serve(a, ret);
	actor_tell(a, WIRE_SEND, a->serve_port, REQUEST_BYTES);
	actor_read(a, ret, REQUEST_BYTES);
}

static void end_clients(struct actor *a, const struct actor_conns *conns)
{
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_await_state(a, conns, TCP_CLOSE_WAIT);
}

/* ---- a handler each, and a server behind that does not answer ---- */

struct handler {
	int fd;
	atomic_int tid;
	bool polls; /* before it reads, as Java and Python with a timeout do */
};

static void *await_answer(void *arg)
{
	struct handler *h = arg;
	struct pollfd wait = { .fd = h->fd, .events = POLLIN };
	char byte;

	atomic_store(&h->tid, gettid());
	if (h->polls)
		poll(&wait, 1, -1);
	if (recv(h->fd, &byte, 1, 0) < 0)
		_exit(EXIT_FAILURE);
	return NULL;
}

static void await_asleep(struct actor *a, const atomic_int *tid)
{
	while (!atomic_load(tid))
		actor_wait(a, "a thread has started");
	actor_await_asleep(a, atomic_load(tid));
}

static void play_reading(struct actor *a)
{
	struct handler *handlers = calloc(a->count, sizeof(*handlers));
	struct actor_conns clients, backends;
	int epoll_fd = actor_epoll(a);

	actor_must(a, handlers ? 0 : -1, "make room for handlers");
	serve(a, &clients);
	actor_connect(a, ACTOR_PEER_PORT, a->count, &backends);
	actor_send(a, &backends, QUERY_BYTES);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	for (unsigned i = 0; i < a->count; i++) {
		handlers[i] = (struct handler){ .fd = backends.fd[i], .polls = i % 2 };
		actor_thread(a, await_answer, &handlers[i]);
		await_asleep(a, &handlers[i].tid);
	}
	end_clients(a, &clients);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

/* ---- one thread for everything ---- */

static void play_sleeping(struct actor *a)
{
	struct timespec span = { .tv_sec = LONG_S };
	struct actor_conns clients;

	serve(a, &clients);
	end_clients(a, &clients);
	actor_ready(a);
	nanosleep(&span, NULL);
}

/* Takes what of the CPU nobody else wants. */
static _Noreturn void compute(void)
{
	struct sched_param param = { 0 };

	sched_setscheduler(0, SCHED_IDLE, &param);
	for (volatile unsigned long n = 0;; n = n + 1)
		;
}

static void play_computing(struct actor *a)
{
	struct actor_conns clients;
	int epoll_fd = actor_epoll(a);

	serve(a, &clients);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &clients, EPOLLIN);
	end_clients(a, &clients);
	actor_ready(a);
	compute();
}

/* As curl into a pager that nobody scrolls. */
static void play_writing(struct actor *a)
{
	struct actor_conns server;
	char page[4096] = { 0 };
	int ends[2];

	actor_check(a, pipe2(ends, O_CLOEXEC | O_NONBLOCK), "make a pipe");
	actor_connect(a, ACTOR_PEER_PORT, 1, &server);
	actor_send(a, &server, QUERY_BYTES);
	actor_tell(a, WIRE_FIN, ACTOR_PEER_PORT, REPLY_BYTES);
	actor_read(a, &server, TAKEN_BYTES);
	actor_await_state(a, &server, TCP_CLOSE_WAIT);
	while (write(ends[1], page, sizeof(page)) > 0)
		;
	actor_check(a, fcntl(ends[1], F_SETFL, 0), "let a pipe block");
	actor_ready(a);
	if (write(ends[1], page, sizeof(page)) < 0)
		_exit(EXIT_FAILURE);
}

/* ---- forgotten ---- */

static void play_forgotten(struct actor *a)
{
	struct actor_conns clients;
	int epoll_fd = actor_epoll(a);

	serve(a, &clients);
	end_clients(a, &clients);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;
} pool = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER };

static void *await_work(void *arg)
{
	atomic_store((atomic_int *)arg, gettid());
	pthread_mutex_lock(&pool.lock);
	for (;;)
		pthread_cond_wait(&pool.work, &pool.lock);
	return NULL;
}

static void play_idle_pool(struct actor *a)
{
	unsigned workers = a->count + SPARE_WORKERS;
	atomic_int *tids = calloc(workers, sizeof(*tids));
	struct actor_conns clients;
	int epoll_fd = actor_epoll(a);

	actor_must(a, tids ? 0 : -1, "make room for workers");
	serve(a, &clients);
	for (unsigned i = 0; i < workers; i++) {
		actor_thread(a, await_work, &tids[i]);
		await_asleep(a, &tids[i]);
	}
	end_clients(a, &clients);
	actor_ready(a);
	actor_rest_in_epoll(epoll_fd);
}

static int run_reading(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_reading, WORKERS_MAX);
}

static int run_sleeping(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_sleeping, 1);
}

static int run_computing(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_computing, SCENE_SHARE_MAX);
}

static int run_writing(struct stage *stage)
{
	return stage_cast_all(stage, "lab-client", play_writing, 1);
}

static int run_forgotten(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_forgotten, SCENE_SHARE_MAX);
}

static int run_idle_pool(struct stage *stage)
{
	return stage_cast_all(stage, "lab-server", play_idle_pool, WORKERS_MAX);
}

const struct scene scene_reader_stuck_reading = {
	.name = "reader-stuck-reading",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a thread a connection, and each waits for another server that does not answer",
	.max_count = WORKERS_MAX,
	.run = run_reading,
};

const struct scene scene_reader_stuck_sleeping = {
	.name = "reader-stuck-sleeping",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "the one thread of a server took a request and sleeps",
	.max_count = 1,
	.run = run_sleeping,
};

const struct scene scene_reader_stuck_computing = {
	.name = "reader-stuck-computing",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "an epoll server whose one thread computes for ever",
	.run = run_computing,
};

const struct scene scene_reader_stuck_writing = {
	.name = "reader-stuck-writing",
	.cause = "reader-stuck",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "connected",
	.summary = "a download whose one thread waits for room in a full pipe",
	.max_count = 1,
	.run = run_writing,
};

const struct scene scene_eof_unwatched_accepted = {
	.name = "eof-unwatched-accepted",
	.cause = "eof-unwatched",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "an event loop that sleeps, and connections it took out of its set and forgot",
	.run = run_forgotten,
};

const struct scene scene_eof_unwatched_idle_pool = {
	.name = "eof-unwatched-idle-pool",
	.cause = "eof-unwatched",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "the same beside a pool of threads that wait for work",
	.max_count = WORKERS_MAX,
	.run = run_idle_pool,
};
