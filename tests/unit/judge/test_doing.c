// SPDX-License-Identifier: Apache-2.0
/* What is said of threads, and of those who do not accept. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/hash.h"
#include "base/mem.h"
#include "cases.h"
#include "judge/threads.h"

static const struct finding *judge(struct snapshot *s, struct judgement *ret_j)
{
	build_judge(s, ret_j);
	assert_int_equal(ret_j->findings.n, 1);
	return &ret_j->findings.items[0];
}

static void end(struct snapshot *s, struct judgement *j)
{
	judgement_finish(j);
	snapshot_finish(s);
}

static const char *value_of(const struct finding *f, const char *fact)
{
	for (size_t i = 0; i < f->evidence.n; i++)
		if (strcmp(f->evidence.items[i].fact, fact) == 0)
			return f->evidence.items[i].value;
	return "";
}

/* ---- threads ---- */

static void equal_threads_are_counted_together(void **state)
{
	struct snapshot s;
	struct judgement j;
	const struct finding *f;

	(void)state;
	connected(&s);
	only(&s, CALL_EPOLL, OBJECT_EPOLL);
	for (unsigned int i = 0; i < 7; i++)
		strcpy(also(&s, CALL_FUTEX, OBJECT_NONE)->comm, "pool-1-thread-1");
	computing(also(&s, CALL_NONE, OBJECT_NONE));
	f = judge(&s, &j);
	assert_string_equal(
		f->doing,
		"9 threads: 7 idle, 1 waiting for events, 1 running. Nothing is blocked.");
	assert_int_equal(f->thread_groups.n, 3);
	assert_string_equal(f->thread_groups.items[0].text, "1 thread runs at 99 %");
	assert_string_equal(f->thread_groups.items[0].kind, "compute");
	assert_string_equal(f->thread_groups.items[1].text, "7 threads are idle");
	assert_int_equal(f->thread_groups.items[1].count, 7);
	assert_int_equal(f->thread_groups.items[1].n_tids, 7);
	assert_int_equal(f->thread_groups.items[1].tids[0], 101);
	assert_string_equal(f->thread_groups.items[2].text,
			    "1 thread waits for events in epoll_wait");
	end(&s, &j);
}

/* Those that surely are elsewhere and those that may be are told apart in verdicts, not on screen.
 */
static void the_same_is_told_once(void **state)
{
	struct snapshot s;
	struct judgement j;
	const struct finding *f;

	(void)state;
	connected(&s);
	only(&s, CALL_EPOLL, OBJECT_EPOLL);
	computing(also(&s, CALL_NONE, OBJECT_NONE));
	computing(also(&s, CALL_NONE, OBJECT_NONE))->cpu_permille = 100;
	f = judge(&s, &j);
	assert_int_equal(f->thread_groups.n, 2);
	assert_string_equal(f->thread_groups.items[0].text, "2 threads run at up to 99 %");
	end(&s, &j);
}

static struct thread *in_another_set(struct thread *t)
{
	t->with_listener = t->with_stuck = FACT_NO;
	return t;
}

static void who_waits_on_another_set_is_told_so(void **state)
{
	struct snapshot s;
	struct judgement j;
	const struct finding *f;

	(void)state;
	accepted(&s);
	build_reg(&s, EPOLLIN, FACT_YES, 0);
	in_another_set(only(&s, CALL_EPOLL, OBJECT_EPOLL));
	f = judge(&s, &j);
	assert_string_equal(f->why, "The end of file is ready to be read, and no thread of "
				    "prog[100] waits on the epoll set that would tell: its only "
				    "thread waits on another set.");
	assert_string_equal(f->doing,
			    "Its only thread waits for events in epoll_wait, on another set.");
	assert_string_equal(value_of(f, "threads"), "on_another_set");
	end(&s, &j);
}

static void of_goroutines_threads_tell_nothing(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	connected(&s);
	s.processes.items[0].runtime = RUNTIME_GO;
	only(&s, CALL_EPOLL, OBJECT_EPOLL);
	also(&s, CALL_FUTEX, OBJECT_NONE);
	assert_string_equal(judge(&s, &j)->doing,
			    "2 threads: 1 waiting for events, 1 idle. No thread is blocked; "
			    "goroutines that wait are in none.");
	end(&s, &j);
}

static void nothing_is_blocked_is_not_said_of_who_should_read(void **state)
{
	struct snapshot s;
	struct judgement j;
	const struct finding *f;

	(void)state;
	accepted(&s);
	build_reg(&s, EPOLLIN, FACT_YES, 0);
	in_another_set(only(&s, CALL_EPOLL, OBJECT_EPOLL));
	strcpy(also(&s, CALL_FUTEX, OBJECT_NONE)->comm, "pool-1-thread-1");
	f = judge(&s, &j);
	assert_string_equal(f->doing, "2 threads: 1 waiting for events, 1 idle. None waits on the "
				      "epoll set in question.");
	end(&s, &j);

	accepted(&s);
	build_reg(&s, EPOLLIN, FACT_YES, 0);
	only(&s, CALL_EPOLL, OBJECT_EPOLL); /* on which set is not known */
	strcpy(also(&s, CALL_FUTEX, OBJECT_NONE)->comm, "pool-1-thread-1");
	f = judge(&s, &j);
	assert_string_equal(f->doing, "2 threads: 1 waiting for events, 1 idle.");
	end(&s, &j);
}

static void who_waits_for_whom_is_named(void **state)
{
	struct snapshot s;
	struct judgement j;
	const struct finding *f;

	(void)state;
	accepted(&s);
	only(&s, CALL_ACCEPT, OBJECT_LISTENER);
	asking(also(&s, CALL_RECEIVE, OBJECT_TCP))->quiet_ms = 40000;
	asking(also(&s, CALL_POLL, OBJECT_TCP))->quiet_ms = 50000;
	also(&s, CALL_SEND, OBJECT_TCP)->object_text = "10.0.0.1:51035 -> 10.2.0.31:80";
	f = judge(&s, &j);
	assert_string_equal(f->why, "prog[100] does not come back to read it: 2 of its 4 threads "
				    "read from 10.2.0.30:5432 (nothing has come for 40 s), 1 waits "
				    "to write to 10.2.0.31:80, which is full.");
	assert_string_equal(value_of(f, "threads"), "elsewhere");
	end(&s, &j);
}

static void one_thread_is_told_in_a_sentence(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	accepted(&s);
	only(&s, CALL_RECEIVE, OBJECT_FILE)->object_text = "/mnt/\x1b[1m";
	assert_string_equal(judge(&s, &j)->doing, "Its only thread waits for /mnt/\\x1b[1m.");
	end(&s, &j);
}

static void what_was_not_read_is_said(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	accepted(&s);
	assert_non_null(judge(&s, &j)->doing);
	judgement_finish(&j);
	s.processes.items[0].threads_seen = THREADS_SOME;
	s.processes.items[0].threads = 5000;
	assert_string_equal(judge(&s, &j)->doing,
			    "Of 5,000 threads the first 1 were looked at: 1 idle.");
	judgement_finish(&j);
	s.processes.items[0].threads_seen = THREADS_DENIED;
	assert_non_null(strstr(judge(&s, &j)->doing, "may not be read"));
	assert_int_equal(j.findings.items[0].thread_groups.n, 0);
	assert_string_equal(value_of(&j.findings.items[0], "threads"), "unknown");
	judgement_finish(&j);
	without_threads(&s);
	assert_null(judge(&s, &j)->doing);
	end(&s, &j);
}

static void check_doing(const struct finding *f, uint32_t threads)
{
	uint32_t n = 0;

	assert_int_equal(f->doing[strlen(f->doing) - 1], '.');
	for (size_t i = 0; i < f->thread_groups.n; i++) {
		const char *text = f->thread_groups.items[i].text;

		assert_null(strstr(text, "%s"));
		assert_null(strstr(text, "  "));
		assert_int_not_equal(text[strlen(text) - 1], ' ');
		n += f->thread_groups.items[i].count;
	}
	if (f->thread_groups.n < 12)
		assert_int_equal(n, threads);
}

/* Each call on each object, of a program of each runtime, in each state. */
static void whatever_threads_do_is_in_good_words(void **state)
{
	static const char states[] = "RSDTtZI";
	uint64_t seed = 5;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		struct snapshot s;
		struct judgement j;
		uint32_t n = 1 + i % 7;

		accepted(&s);
		s.processes.items[0].runtime = (uint8_t)(i % RUNTIME_MAX);
		s.threads.n = s.processes.items[0].n_thread_rows = 0;
		for (uint32_t k = 0; k < n; k++) {
			struct thread *t;

			seed = hash_mix(seed + 0x9e3779b97f4a7c15ull);
			t = also(&s, (enum thread_call)(seed % CALL_MAX),
				 (enum thread_object)((seed >> 8) % OBJECT_MAX));
			t->steady = (uint8_t)((seed >> 16) % 3);
			t->state = states[(seed >> 20) % (sizeof(states) - 1)];
			t->conn = seed >> 24 & 1 ? 1 : ROW_NONE;
			t->nr = (int16_t)((seed >> 25) % 300) - 2;
			t->address = seed >> 40 & 1;
		}
		build_judge(&s, &j);
		for (size_t k = 0; k < j.findings.n; k++)
			check_doing(&j.findings.items[k], n);
		end(&s, &j);
	}
}

static void names_of_services_and_pools_are_known(void **state)
{
	(void)state;
	assert_true(threads_is_service(RUNTIME_JVM, "G1 Young RemSet"));
	assert_true(threads_is_service(RUNTIME_JVM, "C2 CompilerThre"));
	assert_false(threads_is_service(RUNTIME_NATIVE, "VM Thread"));
	assert_true(threads_is_service(RUNTIME_NATIVE, "gmain"));
	assert_false(threads_is_service(RUNTIME_JVM, "main"));
	assert_true(threads_is_pool_name("pool-12-thread-"));
	assert_true(threads_is_pool_name("http-nio-8080-e"));
	assert_true(threads_is_pool_name("tokio-runtime-w"));
	assert_true(threads_is_pool_name("ForkJoinPool.co"));
	assert_false(threads_is_pool_name("Thread-7"));
	assert_false(threads_is_pool_name(""));
}

/* ---- accepting ---- */

static void ignored(struct snapshot *s)
{
	queued(s);
}

static void busy(struct snapshot *s)
{
	queued(s);
	asking(only(s, CALL_RECEIVE, OBJECT_TCP))->quiet_ms = 40000;
}

static void busy_seen_once(struct snapshot *s)
{
	busy(s);
	s->threads.items[0].steady = FACT_UNKNOWN;
}

static void awaited(struct snapshot *s)
{
	queued(s);
	only(s, CALL_SLEEP, OBJECT_NONE);
	also(s, CALL_ACCEPT, OBJECT_LISTENER);
}

static void awaited_in_epoll(struct snapshot *s)
{
	queued(s);
	only(s, CALL_EPOLL, OBJECT_EPOLL)->with_listener = FACT_YES;
}

static void awaited_perhaps(struct snapshot *s)
{
	queued(s);
	only(s, CALL_EPOLL, OBJECT_EPOLL);
}

static void not_in_its_set(struct snapshot *s)
{
	queued(s);
	only(s, CALL_EPOLL, OBJECT_EPOLL)->with_listener = FACT_NO;
}

static void full(struct snapshot *s)
{
	awaited_in_epoll(s);
	s->processes.items[0].fds_open = s->processes.items[0].fds_limit;
}

static void nearly_full(struct snapshot *s)
{
	awaited_in_epoll(s);
	s->processes.items[0].fds_open = s->processes.items[0].fds_limit - 1;
}

static void halted(struct snapshot *s)
{
	busy(s);
	s->processes.items[0].stopped = FACT_YES;
}

static void frozen(struct snapshot *s)
{
	busy(s);
	s->processes.items[0].frozen = FACT_YES;
}

static void not_looked_at(struct snapshot *s)
{
	queued(s);
	without_threads(s);
}

/* A master that waits for a pipe, and its worker. */
static void worker(struct snapshot *s, enum thread_call call)
{
	uint32_t child;

	queued(s);
	only(s, CALL_POLL, OBJECT_PIPE);
	child = build_process(s, "worker", 200);
	s->processes.items[child].ppid = 100;
	build_hold(s, 0, child);
	build_thread(s, child, call, OBJECT_LISTENER);
}

static void worker_busy(struct snapshot *s)
{
	worker(s, CALL_SLEEP);
}

static void worker_accepts(struct snapshot *s)
{
	worker(s, CALL_ACCEPT);
}

static void worker_stopped(struct snapshot *s)
{
	worker(s, CALL_ACCEPT);
	s->processes.items[1].stopped = FACT_YES;
}

static void worker_not_looked_at(struct snapshot *s)
{
	worker(s, CALL_SLEEP);
	s->processes.items[1].threads_seen = THREADS_DENIED;
}

#define REASON(make, value, said)                                                                  \
	{                                                                                          \
		make, #make, value, said                                                           \
	}

static const struct {
	void (*make)(struct snapshot *s);
	const char *name;
	const char *value; /* of the fact "accepting", "" none */
	const char *said;  /* how the sentence ends */
} reasons[] = {
	REASON(ignored, "not_asked",
	       "accept(), and none of its threads waits for new connections."),
	REASON(busy, "elsewhere",
	       "accept(): its only thread reads from 10.2.0.30:5432 (nothing has come for 40 s)."),
	REASON(busy_seen_once, "", "has not called accept()."),
	REASON(awaited, "awaited", "has not called accept()."),
	REASON(awaited_in_epoll, "awaited", "has not called accept()."),
	REASON(awaited_perhaps, "", "has not called accept()."),
	REASON(not_in_its_set, "not_asked", "waits for new connections."),
	REASON(full, "no_descriptors", "for it has no file descriptor left (1,024 of 1,024)."),
	REASON(nearly_full, "awaited", "has not called accept()."),
	REASON(halted, "halted", "for it does not run."),
	REASON(frozen, "halted", "for it does not run."),
	REASON(not_looked_at, "", "has not called accept()."),
	REASON(worker_busy, "elsewhere",
	       "prog[100] has not called accept(), nor has worker[200]: its only thread sleeps."),
	REASON(worker_accepts, "awaited", "has not called accept()."),
	REASON(worker_stopped, "elsewhere",
	       "accept(): its only thread waits for input from a pipe."),
	REASON(worker_not_looked_at, "", "has not called accept()."),
};

static bool ends_with(const char *text, const char *tail)
{
	size_t len = strlen(text), n = strlen(tail);

	return len >= n && strcmp(text + len - n, tail) == 0;
}

static void each_reason_not_to_accept_is_told(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct snapshot s;
		struct judgement j;
		const struct finding *f;

		reasons[i].make(&s);
		f = judge(&s, &j);
		if (strcmp(value_of(f, "accepting"), reasons[i].value) != 0 ||
		    !ends_with(f->why, reasons[i].said)) {
			print_message("# %s: %s: %s\n", reasons[i].name, value_of(f, "accepting"),
				      f->why);
			wrong++;
		}
		end(&s, &j);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_threads_are_counted_together),
		cmocka_unit_test(the_same_is_told_once),
		cmocka_unit_test(who_waits_on_another_set_is_told_so),
		cmocka_unit_test(of_goroutines_threads_tell_nothing),
		cmocka_unit_test(nothing_is_blocked_is_not_said_of_who_should_read),
		cmocka_unit_test(who_waits_for_whom_is_named),
		cmocka_unit_test(one_thread_is_told_in_a_sentence),
		cmocka_unit_test(what_was_not_read_is_said),
		cmocka_unit_test(whatever_threads_do_is_in_good_words),
		cmocka_unit_test(names_of_services_and_pools_are_known),
		cmocka_unit_test(each_reason_not_to_accept_is_told),
	};

	return unit_run("judge doing", tests);
}
