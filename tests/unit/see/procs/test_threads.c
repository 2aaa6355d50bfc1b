// SPDX-License-Identifier: Apache-2.0
/* Is every thread of a real program said to do what the test made it do? */
#include "roles.h"

#include "unit.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "see/procs/describe.h"
#include "see/procs/threads.h"

static uint32_t find_conn(void *data, uint32_t inode)
{
	const struct snapshot *s = data;

	for (uint32_t i = 0; i < s->conns.n; i++)
		if (s->conns.items[i].inode == inode)
			return i;
	return ROW_NONE;
}

static void add_conn(struct snapshot *s, int fd, enum tcp_state state)
{
	const uint8_t address[] = { 127, 0, 0, 1 };
	struct conn *c = snapshot_conn(s, snapshot_add_conn(s));

	c->inode = (uint32_t)net_inode(fd);
	c->state = (uint8_t)state;
	c->local = endpoint_make(AF_INET, address, world.port);
	if (state != TCP_STATE_LISTEN)
		c->remote = endpoint_make(AF_INET, address, world.stuck.client_port);
}

static void begin(struct snapshot *s, pid_t pid)
{
	snapshot_init(s);
	add_conn(s, world.listener, TCP_STATE_LISTEN);
	add_conn(s, world.stuck.server, TCP_STATE_CLOSE_WAIT);
	snapshot_process(s, snapshot_add_process(s))->pid = (uint32_t)pid;
	procs_describe(s, 0);
}

static void look(struct snapshot *s, uint32_t over_ms)
{
	struct procs_marks marks = { 0 };

	assert_int_equal(procs_mark_threads(snapshot_process(s, 0)->pid, &marks), 0);
	clock_sleep_until(clock_mono_ns() + over_ms * 1000000ull);
	assert_int_equal(procs_read_threads(s, 0, &marks, find_conn, s), 0);
	procs_marks_finish(&marks);
}

static const struct thread *thread_named(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->threads.n; i++)
		if (strcmp(s->threads.items[i].comm, name) == 0)
			return &s->threads.items[i];
	return NULL;
}

/* Are all where they belong? They need a moment to get there. */
static bool all_settled(const struct snapshot *s)
{
	for (size_t i = 0; i < n_roles; i++) {
		const struct thread *t = thread_named(s, roles[i].name);

		if (!t || t->call != roles[i].call || t->object != roles[i].object)
			return false;
		if (!roles[i].runs && (t->state != 'S' || t->steady != FACT_YES))
			return false;
	}
	return true;
}

static void look_until_settled(struct snapshot *s, pid_t pid)
{
	uint64_t end_ns = clock_mono_ns() + 10000000000ull;

	for (;;) {
		begin(s, pid);
		look(s, 30);
		if (all_settled(s) || clock_mono_ns() > end_ns)
			return;
		snapshot_finish(s);
	}
}

static void each_does_what_it_was_told(const struct snapshot *s)
{
	const struct process *p = snapshot_process(s, 0);

	assert_int_equal(p->threads_seen, THREADS_ALL);
	assert_int_equal(p->n_thread_rows, n_roles + 1);
	assert_int_equal(p->thread_rows, 0);
	for (size_t i = 0; i < n_roles; i++) {
		const struct role *role = &roles[i];
		const struct thread *t = thread_named(s, role->name);

		print_message("# %s\n", role->name);
		assert_non_null(t);
		assert_int_equal(t->process, 0);
		assert_int_equal(t->call, role->call);
		assert_int_equal(t->object, role->object);
		assert_int_equal(t->steady, role->runs ? FACT_NO : FACT_YES);
		if (role->runs)
			assert_in_range(t->cpu_permille, 50, 1000);
		else
			assert_int_equal(t->cpu_permille, 0);
		if (role->most_ms)
			assert_in_range(t->timeout_ms, role->least_ms, role->most_ms);
		else
			assert_int_equal(t->timeout_ms, VALUE_UNKNOWN);
		/* The rows of snapshots made by hand have wchan where this kernel tells it. */
		assert_true(role->runs ? !t->wchan : t->wchan != NULL);
	}
}

static void what_they_wait_on_is_named(const struct snapshot *s)
{
	char text[128];

	assert_int_equal(thread_named(s, "accept")->conn, 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", world.port);
	assert_string_equal(thread_named(s, "accept")->object_text, text);

	assert_int_equal(thread_named(s, "receive")->conn, ROW_NONE);
	assert_in_range(thread_named(s, "receive")->quiet_ms, 0, 60000);
	assert_int_equal(thread_named(s, "receive")->fd, world.peer.server);
	snprintf(text, sizeof(text), "127.0.0.1:%u -> 127.0.0.1:%u", world.port,
		 world.peer.client_port);
	assert_string_equal(thread_named(s, "receive")->object_text, text);

	assert_int_equal(thread_named(s, "row")->conn, 1);
	assert_int_equal(thread_named(s, "row")->fd, world.stuck.server);
	snprintf(text, sizeof(text), "127.0.0.1:%u -> 127.0.0.1:%u", world.port,
		 world.stuck.client_port);
	assert_string_equal(thread_named(s, "row")->object_text, text);

	assert_string_equal(thread_named(s, "unix pair")->object_text, "unix");
	snprintf(text, sizeof(text), "unix %s", world.unix_path);
	assert_string_equal(thread_named(s, "unix path")->object_text, text);
	assert_string_equal(thread_named(s, "own table")->object_text, text);
	assert_int_equal(thread_named(s, "own table")->fd, world.event);
	assert_string_equal(thread_named(s, "event")->object_text, "anon_inode:[eventfd]");
	assert_non_null(strstr(thread_named(s, "lock")->object_text, "test_procs_threads"));
	assert_int_equal(thread_named(s, "futex")->address, (uintptr_t)&world.futex);
	assert_int_equal(thread_named(s, "mutex")->address, (uintptr_t)&world.mutex);
}

static void sets_tell_what_is_in_them(const struct snapshot *s)
{
	const struct thread *t = thread_named(s, "set");

	assert_int_equal(t->fds, 2);
	assert_int_equal(t->with_listener, FACT_YES);
	assert_int_equal(t->with_stuck, FACT_NO);
	t = thread_named(s, "select");
	assert_int_equal(t->fds, 2);
	assert_int_equal(t->with_listener, FACT_NO);
	assert_int_equal(t->with_stuck, FACT_YES);
	t = thread_named(s, "epoll");
	assert_int_equal(t->fd, world.epoll);
	assert_int_equal(t->with_listener, FACT_NO);
	assert_int_equal(t->with_stuck, FACT_NO);
	t = thread_named(s, "stuck epoll");
	assert_int_equal(t->with_listener, FACT_NO);
	assert_int_equal(t->with_stuck, FACT_YES);
	t = thread_named(s, "outer epoll");
	assert_int_equal(t->with_listener, FACT_UNKNOWN);
	assert_int_equal(t->with_stuck, FACT_UNKNOWN);
}

static pid_t start(void (*play)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		play();
		_exit(1);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void what_threads_do_is_told(void **state)
{
	pid_t child = start(roles_play_all);
	struct snapshot s;

	(void)state;
	look_until_settled(&s, child);
	each_does_what_it_was_told(&s);
	what_they_wait_on_is_named(&s);
	sets_tell_what_is_in_them(&s);
	snapshot_finish(&s);
	end(child);
}

static void one_that_was_stopped_is_told_by_its_sleep(void **state)
{
	pid_t child = start(roles_play_all);
	struct snapshot s;

	(void)state;
	look_until_settled(&s, child);
	snapshot_finish(&s);
	assert_int_equal(kill(child, SIGSTOP), 0);
	assert_int_equal(waitpid(child, NULL, WUNTRACED), child);
	assert_int_equal(kill(child, SIGCONT), 0);
	/* poll() and nanosleep() are now restart_syscall(). */
	look_until_settled(&s, child);
	assert_int_equal(thread_named(&s, "nothing")->call, CALL_POLL);
	assert_int_equal(thread_named(&s, "row")->call, CALL_POLL);
	assert_int_equal(thread_named(&s, "row")->conn, 1);
	assert_int_equal(thread_named(&s, "sleep")->call, CALL_SLEEP);
	assert_int_equal(thread_named(&s, "condition")->call, CALL_FUTEX);
	snapshot_finish(&s);
	end(child);
}

static void *end_alone(void *data)
{
	(void)data;
	prctl(PR_SET_NAME, "receive");
	roles_wait_receive();
	_exit(1);
}

static void play_without_first_thread(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(50);
	if (pthread_create(&thread, NULL, end_alone, NULL))
		_exit(1);
	syscall(SYS_exit, 0);
}

static void a_first_thread_that_ended_is_left_out(void **state)
{
	pid_t child = start(play_without_first_thread);
	uint64_t end_ns = clock_mono_ns() + 5000000000ull;
	const struct thread *t;
	struct snapshot s;

	(void)state;
	for (;;) {
		begin(&s, child);
		look(&s, 5);
		t = thread_named(&s, "receive");
		if ((s.threads.n == 1 && t && t->steady == FACT_YES) || clock_mono_ns() > end_ns)
			break;
		snapshot_finish(&s);
	}
	assert_int_equal(snapshot_process(&s, 0)->threads_seen, THREADS_ALL);
	assert_int_equal(s.threads.n, 1);
	assert_int_equal(t->object, OBJECT_TCP);
	assert_int_equal(t->steady, FACT_YES);
	snapshot_finish(&s);
	end(child);
}

static void one_that_has_gone_is_gone(void **state)
{
	pid_t child = start(play_without_first_thread);
	struct snapshot s;

	(void)state;
	begin(&s, child);
	end(child);
	look(&s, 0);
	assert_int_equal(snapshot_process(&s, 0)->threads_seen, THREADS_GONE);
	assert_int_equal(s.threads.n, 0);
	snapshot_finish(&s);

	/* Another process has got the number. */
	begin(&s, getpid());
	snapshot_process(&s, 0)->start_ns++;
	look(&s, 0);
	assert_int_equal(snapshot_process(&s, 0)->threads_seen, THREADS_GONE);
	snapshot_finish(&s);
}

static void without_a_look_nothing_is_told(void **state)
{
	struct snapshot s;

	(void)state;
	begin(&s, 0);
	assert_int_equal(procs_read_threads(&s, 0, NULL, find_conn, &s), 0);
	assert_int_equal(snapshot_process(&s, 0)->threads_seen, THREADS_NOT_LOOKED);
	snapshot_finish(&s);

	begin(&s, getpid());
	assert_int_equal(procs_read_threads(&s, 0, NULL, find_conn, &s), 0);
	assert_int_equal(snapshot_process(&s, 0)->threads_seen, THREADS_ALL);
	assert_int_equal(s.threads.n, 1);
	assert_int_equal(s.threads.items[0].steady, FACT_UNKNOWN);
	assert_int_equal(s.threads.items[0].cpu_permille, VALUE_UNKNOWN);
	/* And not a second time. */
	assert_int_equal(procs_read_threads(&s, 0, NULL, find_conn, &s), 0);
	assert_int_equal(s.threads.n, 1);
	snapshot_finish(&s);
}

static void *sleep_main(void *data)
{
	(void)data;
	pause();
	return NULL;
}

static void play_a_crowd(void)
{
	pthread_attr_t attr;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(50);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
	for (int i = 0; i < PROCS_THREADS_MAX + 100; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &attr, sleep_main, NULL))
			_exit(1);
	}
	prctl(PR_SET_NAME, "crowd");
	for (;;)
		pause();
}

static void of_a_crowd_the_first_are_read(void **state)
{
	pid_t child = start(play_a_crowd);
	uint64_t end_ns = clock_mono_ns() + 20000000000ull;
	struct snapshot s;

	(void)state;
	for (;;) {
		begin(&s, child);
		if (strcmp(snapshot_process(&s, 0)->comm, "crowd") == 0 || clock_mono_ns() > end_ns)
			break;
		snapshot_finish(&s);
	}
	look(&s, 0);
	assert_int_equal(snapshot_process(&s, 0)->threads, PROCS_THREADS_MAX + 101);
	assert_int_equal(snapshot_process(&s, 0)->threads_seen, THREADS_SOME);
	assert_int_equal(snapshot_process(&s, 0)->n_thread_rows, PROCS_THREADS_MAX);
	assert_int_equal(s.threads.n, PROCS_THREADS_MAX);
	snapshot_finish(&s);
	end(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_threads_do_is_told),
		cmocka_unit_test(one_that_was_stopped_is_told_by_its_sleep),
		cmocka_unit_test(a_first_thread_that_ended_is_left_out),
		cmocka_unit_test(one_that_has_gone_is_gone),
		cmocka_unit_test(without_a_look_nothing_is_told),
		cmocka_unit_test(of_a_crowd_the_first_are_read),
	};

	if (!net_enter_private())
		unit_skip_all("no network namespace of its own: needs root or user namespaces");
	alarm(100);
	roles_make_world();
	return unit_run("procs threads", tests);
}
