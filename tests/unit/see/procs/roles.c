// SPDX-License-Identifier: Apache-2.0
/* The roles: each waits in its own way, and tells nobody. */
#include "roles.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

struct roles_world world = { .mutex = PTHREAD_MUTEX_INITIALIZER };

void roles_make_world(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct epoll_event event = { .events = EPOLLIN };
	int unix_listener = socket(AF_UNIX, SOCK_STREAM, 0);

	world.listener = net_listen(AF_INET, false, &world.port);
	world.peer = net_connect(world.listener, AF_INET, world.port);
	world.stuck = net_connect(world.listener, AF_INET, world.port);
	assert_int_equal(pipe(world.pipe), 0);
	world.event = eventfd(0, 0);
	world.timer = timerfd_create(CLOCK_MONOTONIC, 0);
	world.epoll = epoll_create1(0);
	event.data.fd = world.event;
	assert_int_equal(epoll_ctl(world.epoll, EPOLL_CTL_ADD, world.event, &event), 0);
	world.stuck_epoll = epoll_create1(0);
	event.events = EPOLLPRI;
	assert_int_equal(epoll_ctl(world.stuck_epoll, EPOLL_CTL_ADD, world.stuck.server, &event),
			 0);
	world.outer_epoll = epoll_create1(0);
	assert_int_equal(epoll_ctl(world.outer_epoll, EPOLL_CTL_ADD, world.stuck_epoll, &event), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world.unix_pair), 0);
	snprintf(world.unix_path, sizeof(world.unix_path), "/tmp/linger-test-%d", getpid());
	strcpy(name.sun_path, world.unix_path);
	assert_int_equal(bind(unix_listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(unix_listener, 1), 0);
	world.unix_client = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(world.unix_client, (struct sockaddr *)&name, sizeof(name)), 0);
	unlink(world.unix_path);
	world.locked = open("/proc/self/exe", O_RDONLY);
	assert_int_equal(flock(world.locked, LOCK_EX), 0);
}

static char byte[16];

/* Roles return only when something is wrong, or time is over. */
static long wait_accept(void)
{
	return accept(world.listener, NULL, NULL);
}

long roles_wait_receive(void)
{
	return read(world.peer.server, byte, 1);
}

static long wait_unix_pair(void)
{
	return recv(world.unix_pair[0], byte, 1, 0);
}

static long wait_unix_path(void)
{
	return recv(world.unix_client, byte, 1, 0);
}

static long wait_row(void)
{
	struct pollfd fd = { .fd = world.stuck.server, .events = POLLPRI };

	return poll(&fd, 1, 55000);
}

static long wait_set(void)
{
	struct pollfd fds[] = { { .fd = world.listener },
				{ .fd = -1 },
				{ .fd = world.event, .events = POLLIN } };

	return poll(fds, ARRAY_LEN(fds), -1);
}

static long wait_select(void)
{
	fd_set set;
	struct timeval limit = { .tv_sec = 50 };

	FD_ZERO(&set);
	FD_SET(world.stuck.server, &set);
	FD_SET(world.event, &set);
	return select(FD_SETSIZE, NULL, NULL, &set, &limit);
}

static long wait_epoll(void)
{
	struct epoll_event event;

	return epoll_wait(world.epoll, &event, 1, -1);
}

static long wait_outer_epoll(void)
{
	struct epoll_event event;

	return epoll_wait(world.outer_epoll, &event, 1, -1);
}

static long wait_stuck_epoll(void)
{
	struct epoll_event event;

	return epoll_wait(world.stuck_epoll, &event, 1, 40000);
}

static long wait_pipe(void)
{
	return read(world.pipe[0], byte, 1);
}

static long wait_event(void)
{
	return read(world.event, byte, 8);
}

static long wait_timer(void)
{
	return read(world.timer, byte, 8);
}

static long wait_futex(void)
{
	return syscall(SYS_futex, &world.futex, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long wait_mutex(void)
{
	return pthread_mutex_lock(&world.mutex);
}

static long wait_condition(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 50;
	pthread_mutex_lock(&mutex);
	return pthread_cond_timedwait(&condition, &mutex, &limit);
}

static long wait_sleep(void)
{
	struct timespec limit = { .tv_sec = 52 };

	return nanosleep(&limit, NULL);
}

static long wait_nothing(void)
{
	return poll(NULL, 0, 51000);
}

static long wait_child(void)
{
	return waitpid(-1, NULL, 0);
}

static long wait_lock(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	return flock(fd, LOCK_EX);
}

static long wait_signal(void)
{
	return pause();
}

/* The same number is another file in this thread's own table. */
static long wait_own_table(void)
{
	if (unshare(CLONE_FILES) < 0 || dup2(world.unix_client, world.event) < 0)
		return -1;
	return read(world.event, byte, 8);
}

static long spin(void)
{
	volatile long turns = 0;

	while (turns >= 0)
		turns = turns + 1;
	return turns;
}

const struct role roles[] = {
	{ "accept", wait_accept, CALL_ACCEPT, OBJECT_LISTENER, 0, 0, false },
	{ "receive", roles_wait_receive, CALL_RECEIVE, OBJECT_TCP, 0, 0, false },
	{ "unix pair", wait_unix_pair, CALL_RECEIVE, OBJECT_SOCKET, 0, 0, false },
	{ "unix path", wait_unix_path, CALL_RECEIVE, OBJECT_SOCKET, 0, 0, false },
	{ "row", wait_row, CALL_POLL, OBJECT_TCP, 55000, 55000, false },
	{ "set", wait_set, CALL_POLL, OBJECT_SET, 0, 0, false },
	{ "select", wait_select, CALL_POLL, OBJECT_SET, 50000, 50000, false },
	{ "epoll", wait_epoll, CALL_EPOLL, OBJECT_EPOLL, 0, 0, false },
	{ "stuck epoll", wait_stuck_epoll, CALL_EPOLL, OBJECT_EPOLL, 40000, 40000, false },
	{ "outer epoll", wait_outer_epoll, CALL_EPOLL, OBJECT_EPOLL, 0, 0, false },
	{ "pipe", wait_pipe, CALL_RECEIVE, OBJECT_PIPE, 0, 0, false },
	{ "event", wait_event, CALL_RECEIVE, OBJECT_EVENT, 0, 0, false },
	{ "timer", wait_timer, CALL_RECEIVE, OBJECT_EVENT, 0, 0, false },
	{ "futex", wait_futex, CALL_FUTEX, OBJECT_NONE, 0, 0, false },
	{ "mutex", wait_mutex, CALL_FUTEX, OBJECT_NONE, 0, 0, false },
	{ "condition", wait_condition, CALL_FUTEX, OBJECT_NONE, 20000, 50000, false },
	{ "sleep", wait_sleep, CALL_SLEEP, OBJECT_NONE, 52000, 52000, false },
	{ "nothing", wait_nothing, CALL_POLL, OBJECT_NONE, 51000, 51000, false },
	{ "child", wait_child, CALL_CHILD, OBJECT_NONE, 0, 0, false },
	{ "lock", wait_lock, CALL_LOCK, OBJECT_FILE, 0, 0, false },
	{ "signal", wait_signal, CALL_SIGNAL, OBJECT_NONE, 0, 0, false },
	{ "own table", wait_own_table, CALL_RECEIVE, OBJECT_SOCKET, 0, 0, false },
	{ "spin", spin, CALL_NONE, OBJECT_NONE, 0, 0, true },
};

const size_t n_roles = ARRAY_LEN(roles);

static void *role_main(void *data)
{
	const struct role *role = data;

	prctl(PR_SET_NAME, role->name);
	/* A stop ends epoll_wait() with EINTR (signal(7)). */
	while (role->play() < 0 && errno == EINTR)
		;
	_exit(1);
}

void roles_play_all(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(50);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	pthread_mutex_lock(&world.mutex);
	for (size_t i = 0; i < n_roles; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, role_main, (void *)&roles[i]))
			_exit(1);
	}
	for (;;)
		pause();
}
