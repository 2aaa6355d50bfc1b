// SPDX-License-Identifier: Apache-2.0
/* Does what is read from the real /proc agree with processes the test itself made? */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "see/net.h"
#include "model/kin.h"
#include "see/procs/ancestors.h"
#include "see/procs/describe.h"
#include "see/procs/netns.h"
#include "see/procs/walk.h"

static void tell(int ready)
{
	if (write(ready, "x", 1) != 1)
		_exit(1);
}

static void wait_for_the_end(int ready)
{
	tell(ready);
	for (;;)
		pause();
}

/* A child that plays its part until it is killed. Returns when it has told that it is ready. */
static pid_t start(void (*play)(int ready))
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(60);
		play(ready[1]);
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const struct procs_netns *find_netns(const struct procs_netns_list *list, uint32_t pid)
{
	for (size_t i = 0; i < list->items.n; i++)
		if (list->items.items[i].pid == pid)
			return &list->items.items[i];
	return NULL;
}

static void play_in_another_namespace(int ready)
{
	if (net_enter_private())
		wait_for_the_end(ready);
}

static void a_namespace_is_found_by_the_process_in_it(void **state)
{
	struct procs_netns_list list = { 0 };
	pid_t child = start(play_in_another_namespace);
	const struct procs_netns *found;
	struct sockstat stat;
	struct procs_netns gone;
	uint16_t port;
	int fd, listener;

	(void)state;
	assert_int_equal(procs_list_netns(&list), 0);
	assert_true(list.items.n >= 2);
	assert_true(list.items.items[0].own);
	fd = procs_open_netns(&list.items.items[0]);
	assert_true(fd >= 0);
	net_close(&fd);

	found = find_netns(&list, (uint32_t)child);
	assert_non_null(found);
	assert_false(found->own);
	assert_int_equal(procs_netns_sockstat((uint32_t)child, &stat), 0);
	assert_true(sockstat_is_empty(&stat));
	fd = procs_open_netns(found);
	assert_true(fd >= 0);
	assert_int_equal(net_inode(fd), found->inode);
	net_close(&fd);

	listener = net_listen(AF_INET6, true, &port);
	assert_int_equal(procs_netns_sockstat((uint32_t)getpid(), &stat), 0);
	assert_int_equal(stat.inuse4, 0);
	assert_int_equal(stat.inuse6, 1);
	net_close(&listener);

	gone = *found;
	end(child);
	assert_int_equal(procs_open_netns(&gone), -ESRCH);
	assert_int_not_equal(procs_netns_sockstat((uint32_t)child, &stat), 0);
	assert_int_equal(stat.inuse4, VALUE_UNKNOWN);
	procs_netns_list_finish(&list);
}

static struct process describe(struct snapshot *s, pid_t pid, int expected)
{
	uint32_t row = snapshot_add_process(s);

	assert_int_not_equal(row, ROW_NONE);
	snapshot_process(s, row)->pid = (uint32_t)pid;
	assert_int_equal(procs_describe(s, row), expected);
	return *snapshot_process(s, row);
}

static void this_process_is_described(void **state)
{
	static const char hostile[] = "a) R 1 \n(\x1b[2J";
	struct snapshot s;
	struct process p;
	struct rlimit files;

	(void)state;
	snapshot_init(&s);
	assert_int_equal(prctl(PR_SET_NAME, hostile), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	p = describe(&s, getpid(), 0);
	assert_string_equal(p.comm, hostile);
	assert_non_null(strstr(p.exe, "test_procs_live"));
	assert_non_null(strstr(p.cmdline, "test_procs_live"));
	assert_int_equal(p.ppid, getppid());
	assert_int_equal(p.state, 'R');
	assert_int_equal(p.threads, 1);
	assert_int_equal(p.stopped, FACT_NO);
	assert_int_equal(p.fds_limit, files.rlim_cur);
	assert_true(p.fds_open >= 3 && p.fds_open < 100);
	assert_true(p.start_ns > 0);
	assert_true(p.age_ms < 60000);
	assert_int_equal(p.runtime, RUNTIME_NATIVE);
	snapshot_finish(&s);
}

static void its_parents_are_found_once(void **state)
{
	struct snapshot s;
	struct kin chain[KIN_MAX];
	size_t n;

	(void)state;
	snapshot_init(&s);
	describe(&s, getpid(), 0);
	describe(&s, getpid(), 0);
	assert_int_equal(procs_find_ancestors(&s), 0);
	n = kin_chain(&s, snapshot_process(&s, 0), chain, KIN_MAX);
	assert_true(n > 0);
	assert_int_equal(chain[0].pid, getppid());
	assert_int_equal(s.ancestors.n, n);
	assert_int_equal(snapshot_process(&s, 0)->session, getsid(0));
	snapshot_finish(&s);
}

/* Copies /bin/sleep to `path`. */
static void copy_sleep(const char *path)
{
	int from = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	char buf[4096];
	ssize_t n;

	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		assert_int_equal(write(to, buf, (size_t)n), n);
	assert_int_equal(n, 0);
	close(from);
	close(to);
}

/* Starts a program; by the time it returns, that one runs. */
static pid_t start_program(const char *path, const char *argument)
{
	int running[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(running, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(path, path, argument, (char *)NULL);
		_exit(1);
	}
	close(running[1]);
	assert_int_equal(read(running[0], &byte, 1), 0); /* exec has closed it */
	close(running[0]);
	return pid;
}

static void workers_that_look_the_same_are_read_once(void **state)
{
	char folder[] = "/tmp/linger-live-XXXXXX", path[64];
	struct snapshot s;
	struct process p;
	pid_t first, twin, other;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/python3", folder);
	copy_sleep(path);
	first = start_program(path, "100");
	twin = start_program(path, "100");
	other = start_program(path, "101");
	snapshot_init(&s);
	p = describe(&s, first, 0);
	assert_int_equal(p.runtime, RUNTIME_PYTHON);
	assert_int_equal(p.libraries, 0);
	/* What was read of the first is seen again in the second. */
	s.processes.items[0].libraries = LIBRARY_PQ;
	assert_int_equal(describe(&s, twin, 0).libraries, LIBRARY_PQ);
	assert_int_equal(describe(&s, other, 0).libraries, 0);
	snapshot_finish(&s);
	end(first);
	end(twin);
	end(other);
	unlink(path);
	rmdir(folder);
}

static void what_is_known_already_stays(void **state)
{
	struct snapshot s;
	struct process p;
	uint32_t row;

	(void)state;
	snapshot_init(&s);
	row = snapshot_add_process(&s);
	snapshot_process(&s, row)->comm = "outside";
	assert_int_equal(procs_describe(&s, row), 0);
	assert_string_equal(snapshot_process(&s, row)->comm, "outside");
	snapshot_process(&s, row)->pid = (uint32_t)getpid();
	snapshot_process(&s, row)->fds_open = 4711;
	assert_int_equal(procs_describe(&s, row), 0);
	assert_int_equal(snapshot_process(&s, row)->fds_open, 4711);
	p = describe(&s, 1 << 22, -ESRCH); /* beyond any pid */
	assert_null(p.comm);
	assert_int_equal(p.stopped, FACT_UNKNOWN);
	assert_int_equal(p.fds_open, VALUE_UNKNOWN);
	snapshot_finish(&s);
}

/* Waits until the process's state letter is this one, at most five seconds. */
static struct process describe_in_state(struct snapshot *s, pid_t pid, char wanted)
{
	struct process p = describe(s, pid, 0);

	for (int i = 0; i < 5000 && p.state != wanted; i++) {
		usleep(1000);
		p = describe(s, pid, 0);
	}
	assert_int_equal(p.state, wanted);
	return p;
}

static void *sleep_for_ever(void *data)
{
	for (;;)
		pause();
	return data;
}

/* Ends the first thread alone: the process goes on in another. */
static void play_without_first_thread(int ready)
{
	pthread_t other;

	if (pthread_create(&other, NULL, sleep_for_ever, NULL))
		return;
	tell(ready);
	syscall(SYS_exit, 0);
}

static void only_a_process_at_a_standstill_is_stopped(void **state)
{
	pid_t child = start(wait_for_the_end);
	struct snapshot s;

	(void)state;
	snapshot_init(&s);
	assert_int_equal(describe_in_state(&s, child, 'S').stopped, FACT_NO);
	assert_int_equal(kill(child, SIGSTOP), 0);
	assert_int_equal(describe_in_state(&s, child, 'T').stopped, FACT_YES);
	assert_int_equal(kill(child, SIGCONT), 0);
	assert_int_equal(describe_in_state(&s, child, 'S').stopped, FACT_NO);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(describe_in_state(&s, child, 'Z').stopped, FACT_NO);
	end(child);
	snapshot_finish(&s);
}

static void a_process_goes_on_without_its_first_thread(void **state)
{
	pid_t child = start(play_without_first_thread);
	struct snapshot s;

	(void)state;
	snapshot_init(&s);
	assert_int_equal(describe_in_state(&s, child, 'Z').stopped, FACT_NO);
	assert_int_equal(kill(child, SIGSTOP), 0);
	for (int i = 0; i < 5000 && describe(&s, child, 0).stopped != FACT_YES; i++)
		usleep(1000);
	assert_int_equal(describe(&s, child, 0).stopped, FACT_YES);
	end(child);
	snapshot_finish(&s);
}

static const struct file_row *find_row(const struct file_table *t, uint32_t pid, int fd)
{
	for (size_t i = 0; i < t->rows.n; i++)
		if (t->processes.items[t->rows.items[i].process].pid == pid &&
		    t->rows.items[i].fd == fd)
			return &t->rows.items[i];
	return NULL;
}

static struct file_table walk(const struct map *wanted, const struct map *known)
{
	const struct procs_wanted what = { .inodes = wanted, .known = known };
	struct file_table t = { 0 };

	assert_int_equal(procs_walk_files(&what, &t), 0);
	return t;
}

/* Two connections, one of them watched; a child has copies of everything. */
struct scene {
	struct net_pair watched, unwatched;
	int listener, epoll;
	struct map wanted;
};

static struct scene a_scene(void)
{
	struct scene s = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = 0x1122334455667788 };
	uint16_t port;

	s.listener = net_listen(AF_INET, false, &port);
	s.watched = net_connect(s.listener, AF_INET, port);
	s.unwatched = net_connect(s.listener, AF_INET, port);
	assert_int_equal(epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.watched.server, &event), 0);
	assert_int_equal(map_put(&s.wanted, net_inode(s.watched.server), 0, NULL), 0);
	assert_int_equal(map_put(&s.wanted, net_inode(s.unwatched.server), 1, NULL), 0);
	return s;
}

static void end_scene(struct scene *s)
{
	net_close(&s->watched.client);
	net_close(&s->watched.server);
	net_close(&s->unwatched.client);
	net_close(&s->unwatched.server);
	net_close(&s->listener);
	net_close(&s->epoll);
	map_finish(&s->wanted);
}

static void every_holder_is_found_and_how_it_is_watched(void **state)
{
	struct scene s = a_scene();
	pid_t child = start(wait_for_the_end);
	struct file_table t = walk(&s.wanted, NULL);
	const struct file_row *ours, *copy, *other;
	const struct watch *watch;

	(void)state;
	assert_int_equal(t.rows.n, 4);
	assert_int_equal(t.processes.n, 2);
	ours = find_row(&t, (uint32_t)getpid(), s.watched.server);
	copy = find_row(&t, (uint32_t)child, s.watched.server);
	other = find_row(&t, (uint32_t)getpid(), s.unwatched.server);
	assert_non_null(ours);
	assert_non_null(copy);
	assert_non_null(other);
	assert_int_equal(ours->inode, net_inode(s.watched.server));
	assert_int_equal(ours->state, TCP_STATE_UNKNOWN);
	assert_int_equal(ours->socket, ROW_NONE);

	/* The set is shared by both processes, so it is one registration. */
	assert_int_equal(ours->watch, copy->watch);
	watch = &t.watches.items[ours->watch];
	assert_int_equal(watch->n_regs, 1);
	assert_int_equal(watch->sleepers_known, 0);
	assert_int_equal(t.regs.items[watch->regs].events, EPOLLIN | EPOLLET | EPOLLERR | EPOLLHUP);
	assert_int_equal(t.regs.items[watch->regs].sleepers, VALUE_UNKNOWN);
	assert_int_equal(t.regs.items[watch->regs].ready, FACT_UNKNOWN);
	assert_int_equal(t.watches.items[other->watch].n_regs, 0);
	assert_true(t.processes.items[ours->process].fds_open >= 6);
	assert_true(t.processes.items[ours->process].comm[0] != '\0');
	file_table_finish(&t);
	end(child);
	end_scene(&s);
}

static void two_sets_are_two_registrations(void **state)
{
	struct scene s = a_scene();
	int second = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLOUT | EPOLLONESHOT, .data.fd = 5 };
	struct file_table t;
	const struct file_row *row;
	const struct watch *watch;

	(void)state;
	assert_int_equal(epoll_ctl(second, EPOLL_CTL_ADD, s.watched.server, &event), 0);
	t = walk(&s.wanted, NULL);
	row = find_row(&t, (uint32_t)getpid(), s.watched.server);
	assert_non_null(row);
	watch = &t.watches.items[row->watch];
	assert_int_equal(watch->n_regs, 2);
	assert_int_not_equal(t.regs.items[watch->regs].epoll, t.regs.items[watch->regs + 1].epoll);
	file_table_finish(&t);
	net_close(&second);
	end_scene(&s);
}

/* Its mask is left without interest, but it is not one that never had any. */
static void a_taken_oneshot_is_told_from_an_empty_mask(void **state)
{
	struct scene s = a_scene();
	int second = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLOUT | EPOLLONESHOT, .data.fd = 5 };
	unsigned int spent = 0;
	struct file_table t;
	const struct file_row *row;
	const struct watch *watch;

	(void)state;
	assert_int_equal(epoll_ctl(second, EPOLL_CTL_ADD, s.watched.server, &event), 0);
	assert_int_equal(epoll_wait(second, &event, 1, 5000), 1);
	t = walk(&s.wanted, NULL);
	row = find_row(&t, (uint32_t)getpid(), s.watched.server);
	assert_non_null(row);
	watch = &t.watches.items[row->watch];
	assert_int_equal(watch->n_regs, 2);
	for (uint32_t i = 0; i < watch->n_regs; i++)
		spent += t.regs.items[watch->regs + i].oneshot_spent;
	assert_int_equal(spent, 1);
	file_table_finish(&t);
	net_close(&second);
	end_scene(&s);
}

/* A set of many needs more than one read of its fdinfo, and lines cut between two reads. */
static void a_large_set_is_read_whole(void **state)
{
	enum { MANY = 700 };
	struct map wanted = { 0 };
	int set = epoll_create1(EPOLL_CLOEXEC), fds[MANY];
	struct file_table t;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = i };

		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(fds[i] >= 0);
		assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event), 0);
		assert_int_equal(map_put(&wanted, net_inode(fds[i]), 0, NULL), 0);
	}
	t = walk(&wanted, NULL);
	assert_int_equal(t.rows.n, MANY);
	assert_int_equal(t.regs.n, MANY);
	for (size_t i = 0; i < t.rows.n; i++)
		assert_int_equal(t.watches.items[t.rows.items[i].watch].n_regs, 1);
	file_table_finish(&t);
	for (int i = 0; i < MANY; i++)
		net_close(&fds[i]);
	net_close(&set);
	map_finish(&wanted);
}

static void sockets_that_no_dump_lists_come_only_when_asked_for(void **state)
{
	struct scene s = a_scene();
	int fresh = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct file_table t = walk(&s.wanted, &s.wanted);
	const struct file_row *row = find_row(&t, (uint32_t)getpid(), fresh);

	(void)state;
	assert_non_null(row);
	assert_int_equal(row->state, TCP_STATE_CLOSED);
	assert_int_equal(row->flags, 0);
	assert_null(find_row(&t, (uint32_t)getpid(), datagram));
	file_table_finish(&t);
	t = walk(&s.wanted, NULL);
	assert_null(find_row(&t, (uint32_t)getpid(), fresh));
	file_table_finish(&t);
	net_close(&fresh);
	net_close(&datagram);
	end_scene(&s);
}

static void files_of_a_process_without_its_first_thread_are_found(void **state)
{
	struct scene s = a_scene();
	pid_t child = start(play_without_first_thread);
	struct snapshot snapshot;
	struct file_table t;

	(void)state;
	snapshot_init(&snapshot);
	describe_in_state(&snapshot, child, 'Z');
	snapshot_finish(&snapshot);
	t = walk(&s.wanted, NULL);
	assert_non_null(find_row(&t, (uint32_t)child, s.watched.server));
	assert_int_equal(t.rows.n, 4);
	file_table_finish(&t);
	end(child);
	end_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_namespace_is_found_by_the_process_in_it),
		cmocka_unit_test(this_process_is_described),
		cmocka_unit_test(its_parents_are_found_once),
		cmocka_unit_test(workers_that_look_the_same_are_read_once),
		cmocka_unit_test(what_is_known_already_stays),
		cmocka_unit_test(only_a_process_at_a_standstill_is_stopped),
		cmocka_unit_test(a_process_goes_on_without_its_first_thread),
		cmocka_unit_test(every_holder_is_found_and_how_it_is_watched),
		cmocka_unit_test(two_sets_are_two_registrations),
		cmocka_unit_test(a_taken_oneshot_is_told_from_an_empty_mask),
		cmocka_unit_test(a_large_set_is_read_whole),
		cmocka_unit_test(sockets_that_no_dump_lists_come_only_when_asked_for),
		cmocka_unit_test(files_of_a_process_without_its_first_thread_are_found),
	};

	if (!net_enter_private())
		unit_skip_all("no network namespace of its own: needs root or user namespaces");
	alarm(60);
	return unit_run("procs live", tests);
}
