// SPDX-License-Identifier: Apache-2.0
/* Does the iterator tell the truth about real sockets? In a network namespace of this test's own.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "see/bpf/collect.h"

#define STATES	(TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_LISTEN) | TCP_BIT(TCP_STATE_CLOSED))
#define WAIT_NS 5000000000ull

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static uint32_t own_netns;

static struct file_table collect(void)
{
	const struct bpf_collect_options options = { .states = STATES,
						     .detailed = true,
						     .addresses = true };
	struct file_table t = { 0 };

	assert_int_equal(bpf_collect_files(&options, &t), 0);
	return t;
}

static const struct file_row *find_fd(const struct file_table *t, uint32_t pid, int fd)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct file_row *row = &t->rows.items[i];

		if (row->fd == fd && t->processes.items[row->process].pid == pid)
			return row;
	}
	return NULL;
}

static const struct file_row *find_own(const struct file_table *t, int fd)
{
	return find_fd(t, (uint32_t)getpid(), fd);
}

static int tcp_state_of(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_state;
}

static void wait_for_state(int fd, int state)
{
	uint64_t until = clock_mono_ns() + WAIT_NS;

	while (tcp_state_of(fd) != state) {
		assert_true(clock_mono_ns() < until);
		sched_yield();
	}
}

struct pair {
	int listener, client, server;
};

static struct pair make_pair(int client_protocol)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	struct pair p = { .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	assert_true(p.listener >= 0);
	assert_int_equal(bind(p.listener, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(p.listener, 16), 0);
	assert_int_equal(getsockname(p.listener, (struct sockaddr *)&addr, &len), 0);
	p.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, client_protocol);
	assert_int_equal(connect(p.client, (struct sockaddr *)&addr, len), 0);
	p.server = accept4(p.listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(p.server >= 0);
	return p;
}

/* The peer closes; the server's end stays in CLOSE_WAIT. */
static struct pair make_close_wait(void)
{
	struct pair p = make_pair(0);

	p.client = fd_close(p.client);
	wait_for_state(p.server, TCP_CLOSE_WAIT);
	return p;
}

static void close_pair(struct pair *p)
{
	fd_close(p->listener);
	fd_close(p->client);
	fd_close(p->server);
}

static void an_unread_end_that_nobody_watches(void **state)
{
	struct pair p = make_close_wait();
	struct file_table t = collect();
	const struct file_row *row = find_own(&t, p.server);
	struct stat st;

	(void)state;
	assert_non_null(row);
	fstat(p.server, &st);
	assert_int_equal(row->inode, st.st_ino);
	assert_int_equal(row->netns, own_netns);
	assert_int_equal(row->state, TCP_STATE_CLOSE_WAIT);
	assert_int_equal(row->role, ROLE_ACCEPTED);
	assert_int_equal(row->watch, 0);
	assert_int_equal(t.sockets.items[row->socket].rqueue, 1);
	/* In a container the processes outside are not seen (include/linux/proc_ns.h:
	 * PROC_PID_INIT_INO). */
	assert_int_equal(stat("/proc/self/ns/pid", &st), 0);
	assert_int_equal(t.all_files, st.st_ino == 0xeffffffc ? FACT_YES : FACT_NO);
	file_table_finish(&t);
	close_pair(&p);
}

static void who_connected_has_the_role_connected_and_is_told_when_it_closed(void **state)
{
	struct pair p = make_pair(0);
	const struct file_row *row;
	struct file_table t;

	(void)state;
	shutdown(p.client, SHUT_WR);
	wait_for_state(p.client, TCP_FIN_WAIT2);
	t = collect();
	row = find_own(&t, p.client);
	assert_non_null(row);
	assert_int_equal(row->role, ROLE_CONNECTED);
	assert_int_equal(row->state, TCP_STATE_FIN_WAIT_2);
	assert_int_equal(t.sockets.items[row->socket].shutdown, TCP_SHUT_SEND);
	file_table_finish(&t);
	close_pair(&p);
}

static void healthy_established_and_never_connected_sockets_are_not_told(void **state)
{
	struct pair p = make_pair(0);
	int idle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct file_table t = collect();

	(void)state;
	assert_null(find_own(&t, p.server));
	assert_null(find_own(&t, p.client));
	assert_null(find_own(&t, idle));
	assert_non_null(find_own(&t, p.listener));
	file_table_finish(&t);
	fd_close(idle);
	close_pair(&p);
}

static void each_registration_is_told_by_itself(void **state)
{
	struct pair p = make_close_wait();
	int one = epoll_create1(EPOLL_CLOEXEC), two = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event in = { .events = EPOLLIN }, edge = { .events = EPOLLOUT | EPOLLET };
	const struct file_row *row;
	const struct watch *w;
	struct file_table t;
	unsigned int seen = 0;

	(void)state;
	epoll_ctl(one, EPOLL_CTL_ADD, p.server, &in);
	epoll_ctl(two, EPOLL_CTL_ADD, p.server, &edge);
	t = collect();
	row = find_own(&t, p.server);
	assert_non_null(row);
	w = &t.watches.items[row->watch];
	assert_int_equal(w->n_regs, 2);
	assert_int_equal(w->sleepers + w->deaf_sleepers + w->uring, 0);
	for (unsigned int i = 0; i < 2; i++) {
		const struct watch_reg *reg = &t.regs.items[w->regs + i];

		assert_int_equal(reg->sleepers, 0);
		if (reg->events == (EPOLLIN | EPOLLERR | EPOLLHUP))
			seen |= 1;
		else if (reg->events == (EPOLLOUT | EPOLLET | EPOLLERR | EPOLLHUP))
			seen |= 2;
		assert_int_equal(reg->ready, FACT_YES);
	}
	assert_int_equal(seen, 3);
	file_table_finish(&t);
	fd_close(one);
	fd_close(two);
	close_pair(&p);
}

struct sleeper {
	pthread_t thread;
	int fd;
	short events; /* of poll(); 0: epoll_wait() on fd */
	_Atomic int tid;
};

static void *sleeper_main(void *data)
{
	struct sleeper *s = data;
	struct pollfd fd = { .fd = s->fd, .events = s->events };
	struct epoll_event event;

	s->tid = (int)syscall(SYS_gettid);
	if (s->events)
		poll(&fd, 1, 20000);
	else
		epoll_wait(s->fd, &event, 1, 20000);
	return NULL;
}

/* Returns once the thread is asleep in its system call. */
static void start_sleeper(struct sleeper *s)
{
	uint64_t until = clock_mono_ns() + WAIT_NS;
	char path[64], text[64] = "";
	int fd;

	assert_int_equal(pthread_create(&s->thread, NULL, sleeper_main, s), 0);
	while (!s->tid)
		sched_yield();
	snprintf(path, sizeof(path), "/proc/self/task/%d/wchan", s->tid);
	while (!strstr(text, "poll") && !strstr(text, "schedule_hrtimeout")) {
		ssize_t n;

		assert_true(clock_mono_ns() < until);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		fd_close(fd);
		sched_yield();
	}
}

static void reset_from(int *fd)
{
	const struct linger off = { .l_onoff = 1 };

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
	*fd = fd_close(*fd);
}

static void a_thread_in_poll_is_told_from_one_that_polls_for_something_else(void **state)
{
	static const struct {
		short events;
		uint32_t sleepers, deaf;
	} cases[] = { { POLLRDHUP, 1, 0 }, { POLLPRI, 0, 1 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pair p = make_pair(0);
		struct sleeper s = { .fd = p.server, .events = cases[i].events };
		const struct file_row *row;
		const struct watch *w;
		struct file_table t;

		/* FIN_WAIT_2: this side has closed, and nothing has come that would wake the
		 * thread. */
		shutdown(p.server, SHUT_WR);
		wait_for_state(p.server, TCP_FIN_WAIT2);
		start_sleeper(&s);
		t = collect();
		row = find_own(&t, p.server);
		assert_non_null(row);
		w = &t.watches.items[row->watch];
		assert_int_equal(w->sleepers, cases[i].sleepers);
		assert_int_equal(w->deaf_sleepers, cases[i].deaf);
		assert_int_equal(w->sleeper_tid, s.tid);
		assert_int_equal(w->n_regs, 0);
		file_table_finish(&t);
		/* A reset wakes whoever polls, whatever for. */
		reset_from(&p.client);
		pthread_join(s.thread, NULL);
		close_pair(&p);
	}
}

static void a_thread_asleep_on_the_set_is_seen_also_through_an_outer_set(void **state)
{
	(void)state;
	for (int nested = 0; nested < 2; nested++) {
		struct pair p = make_close_wait();
		int inner = epoll_create1(EPOLL_CLOEXEC), outer = epoll_create1(EPOLL_CLOEXEC);
		/* Masked, so that the unread end wakes nobody. */
		struct epoll_event none = { .events = 0 };
		struct sleeper s = { .fd = nested ? outer : inner };
		const struct watch *w;
		struct file_table t;

		epoll_ctl(inner, EPOLL_CTL_ADD, p.server, &none);
		epoll_ctl(outer, EPOLL_CTL_ADD, inner, &(struct epoll_event){ .events = EPOLLIN });
		start_sleeper(&s);
		t = collect();
		assert_non_null(find_own(&t, p.server));
		w = &t.watches.items[find_own(&t, p.server)->watch];
		assert_int_equal(w->n_regs, 1);
		assert_int_equal(t.regs.items[w->regs].events, EPOLLERR | EPOLLHUP);
		assert_int_equal(t.regs.items[w->regs].ready, FACT_NO);
		assert_int_equal(t.regs.items[w->regs].sleepers, 1);
		file_table_finish(&t);
		epoll_ctl(inner, EPOLL_CTL_MOD, p.server,
			  &(struct epoll_event){ .events = EPOLLIN });
		pthread_join(s.thread, NULL);
		fd_close(inner);
		fd_close(outer);
		close_pair(&p);
	}
}

static void the_accept_queue_is_told_connection_by_connection(void **state)
{
	struct pair p = make_pair(0);
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	int waiting[3];
	struct file_table t;
	size_t found = 0;

	(void)state;
	getsockname(p.listener, (struct sockaddr *)&addr, &len);
	for (int i = 0; i < 3; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(waiting[i], (struct sockaddr *)&addr, sizeof(addr)), 0);
	}
	t = collect();
	for (size_t i = 0; i < t.children.n; i++)
		for (int k = 0; k < 3; k++) {
			struct sockaddr_in mine;

			len = sizeof(mine);
			getsockname(waiting[k], (struct sockaddr *)&mine, &len);
			found += t.children.items[i].netns == own_netns &&
				 t.children.items[i].remote.port == ntohs(mine.sin_port) &&
				 t.children.items[i].local.port == ntohs(addr.sin_port);
		}
	assert_int_equal(found, 3);
	assert_true(find_own(&t, p.listener)->flags & FILE_QUEUE_WHOLE);
	file_table_finish(&t);
	for (int i = 0; i < 3; i++)
		fd_close(waiting[i]);
	close_pair(&p);
}

static void a_reset_connection_whose_descriptor_is_kept_is_a_ghost(void **state)
{
	struct pair p = make_pair(0);
	const struct file_row *row;
	struct file_table t;

	(void)state;
	reset_from(&p.client);
	wait_for_state(p.server, TCP_CLOSE);
	t = collect();
	row = find_own(&t, p.server);
	assert_non_null(row);
	assert_true(row->flags & FILE_GHOST);
	assert_int_equal(row->state, TCP_STATE_CLOSED);
	file_table_finish(&t);
	close_pair(&p);
}

static void a_refused_connection_is_no_ghost(void **state)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct file_table t;

	(void)state;
	connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	wait_for_state(fd, TCP_CLOSE);
	t = collect();
	assert_null(find_own(&t, fd));
	file_table_finish(&t);
	fd_close(fd);
}

static void keepalive_and_user_timeout_are_those_that_were_set(void **state)
{
	struct pair p = make_close_wait();
	int on = 1, idle = 77, interval = 8, count = 5, timeout = 12345;
	const struct file_row *row;
	struct file_table t;

	(void)state;
	setsockopt(p.server, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(p.server, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(p.server, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(p.server, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(p.server, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
	t = collect();
	row = find_own(&t, p.server);
	assert_non_null(row);
	assert_true(row->flags & FILE_KEEPALIVE);
	if (row->keepalive_idle_s != VALUE_UNKNOWN) {
		assert_int_equal(row->keepalive_idle_s, idle);
		assert_int_equal(row->keepalive_interval_s, interval);
	}
	assert_int_equal(row->keepalive_probes, count);
	assert_int_equal(row->user_timeout_ms, timeout);
	file_table_finish(&t);
	close_pair(&p);
}

/* Toward a peer without MPTCP the subflow is an ordinary connection, but the file is the MPTCP
 * socket's. */
static void the_file_of_an_mptcp_socket_holds_its_subflow(void **state)
{
	int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	uint64_t until = clock_mono_ns() + WAIT_NS;
	struct file_table t = { 0 };
	const struct file_row *row;
	struct stat st;
	struct pair p;

	(void)state;
	if (probe < 0) {
		print_message("# this kernel has no MPTCP\n");
		return;
	}
	fd_close(probe);
	p = make_pair(IPPROTO_MPTCP);
	p.server = fd_close(p.server);
	do {
		file_table_finish(&t);
		t = collect();
		row = find_own(&t, p.client);
		assert_true(clock_mono_ns() < until);
	} while (!row);
	fstat(p.client, &st);
	assert_true(row->flags & FILE_MPTCP);
	assert_int_equal(row->inode, st.st_ino);
	assert_int_equal(row->state, TCP_STATE_CLOSE_WAIT);
	assert_int_equal(row->role, ROLE_CONNECTED);
	file_table_finish(&t);
	close_pair(&p);
}

static void every_holder_of_a_shared_socket_is_told(void **state)
{
	struct pair p = make_close_wait();
	int copy = dup(p.server);
	struct file_table t;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	t = collect();
	assert_non_null(find_own(&t, p.server));
	assert_non_null(find_own(&t, copy));
	assert_non_null(find_fd(&t, (uint32_t)child, p.server));
	file_table_finish(&t);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	fd_close(copy);
	close_pair(&p);
}

/* Runs in a pid namespace of its own: its pid there is 1. */
static int look_from_inside(int fd)
{
	const struct bpf_collect_options options = { .states = STATES };
	struct file_table t = { 0 };
	bool inside = false;

	if (getpid() != 1 || bpf_collect_files(&options, &t))
		return 1;
	for (size_t i = 0; i < t.rows.n; i++) {
		const struct file_row *row = &t.rows.items[i];
		uint32_t pid = t.processes.items[row->process].pid;

		if (row->netns != own_netns || row->fd != fd)
			continue;
		inside |= pid == 1;
	}
	/* The parents hold the socket too, but the kernel shows them to nobody in here. */
	return inside && t.all_files == FACT_NO ? 0 : 2;
}

static void pids_are_those_of_our_own_pid_namespace(void **state)
{
	struct pair p = make_close_wait();
	int status = -1;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWPID))
			_exit(3);
		child = fork();
		if (child == 0)
			_exit(look_from_inside(p.server));
		waitpid(child, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close_pair(&p);
}

static void raise_loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &lo);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unread_end_that_nobody_watches),
		cmocka_unit_test(who_connected_has_the_role_connected_and_is_told_when_it_closed),
		cmocka_unit_test(healthy_established_and_never_connected_sockets_are_not_told),
		cmocka_unit_test(each_registration_is_told_by_itself),
		cmocka_unit_test(a_thread_in_poll_is_told_from_one_that_polls_for_something_else),
		cmocka_unit_test(a_thread_asleep_on_the_set_is_seen_also_through_an_outer_set),
		cmocka_unit_test(the_accept_queue_is_told_connection_by_connection),
		cmocka_unit_test(a_reset_connection_whose_descriptor_is_kept_is_a_ghost),
		cmocka_unit_test(a_refused_connection_is_no_ghost),
		cmocka_unit_test(keepalive_and_user_timeout_are_those_that_were_set),
		cmocka_unit_test(the_file_of_an_mptcp_socket_holds_its_subflow),
		cmocka_unit_test(every_holder_of_a_shared_socket_is_told),
		cmocka_unit_test(pids_are_those_of_our_own_pid_namespace),
	};
	const struct bpf_collect_options options = { .states = STATES };
	struct file_table t = { 0 };
	struct stat st;
	int err;

	if (unshare(CLONE_NEWNET))
		unit_skip_all("needs root for a network namespace of its own");
	raise_loopback();
	stat("/proc/thread-self/ns/net", &st);
	own_netns = (uint32_t)st.st_ino;
	err = bpf_collect_files(&options, &t);
	file_table_finish(&t);
	if (err == -ERR_NOT_BUILT)
		unit_skip_all("built without BPF");
	if (err == -EPERM || err == -ERR_NO_BTF)
		unit_skip_all("this kernel does not let us load BPF programs");
	return unit_run("see/bpf collect", tests);
}
