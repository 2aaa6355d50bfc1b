// SPDX-License-Identifier: Apache-2.0
/* Cases and near misses: what the owner's threads do. */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "cases.h"

/* ---- the one thread ---- */

static uint32_t one_reads_another(struct snapshot *s)
{
	uint32_t i = accepted(s);

	asking(only(s, CALL_RECEIVE, OBJECT_TCP));
	return i;
}

static uint32_t one_polls_another(struct snapshot *s)
{
	uint32_t i = accepted(s);

	asking(only(s, CALL_POLL, OBJECT_TCP));
	return i;
}

static uint32_t one_reads_seen_once(struct snapshot *s)
{
	uint32_t i = one_reads_another(s);

	s->threads.items[0].steady = FACT_UNKNOWN;
	return i;
}

static uint32_t one_reads_now_and_then(struct snapshot *s)
{
	uint32_t i = one_reads_another(s);

	s->threads.items[0].steady = FACT_NO;
	return i;
}

static uint32_t one_reads_without_bpf(struct snapshot *s)
{
	uint32_t i = one_reads_another(s);

	only_proc(s);
	return i;
}

/* Without BPF it is not seen that it asks for no input. */
static uint32_t one_polls_the_very_same_without_bpf(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_POLL, OBJECT_TCP)->conn = i;
	only_proc(s);
	return i;
}

static uint32_t one_reads_and_it_has_two(struct snapshot *s)
{
	uint32_t i = one_reads_another(s);

	build_hold(s, build_conn(s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000", "10.7.0.1:50001", OLD),
		   0);
	return i;
}

static uint32_t one_reads_and_the_other_is_polled(struct snapshot *s)
{
	uint32_t i = one_reads_and_it_has_two(s);

	s->watches.items[s->watches.n - 1].sleepers = 1;
	return i;
}

static uint32_t one_sleeps(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_SLEEP, OBJECT_NONE);
	return i;
}

static uint32_t one_in_epoll(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	return i;
}

static uint32_t one_polls_a_set(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_POLL, OBJECT_SET);
	return i;
}

static uint32_t one_polls_the_listener(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_POLL, OBJECT_LISTENER);
	return i;
}

static uint32_t one_accepts(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_ACCEPT, OBJECT_LISTENER);
	return i;
}

static uint32_t one_in_io_uring(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_URING, OBJECT_OTHER);
	return i;
}

static uint32_t one_waits_for_a_pipe(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_RECEIVE, OBJECT_PIPE);
	return i;
}

static uint32_t one_waits_for_a_child(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_CHILD, OBJECT_NONE);
	return i;
}

static uint32_t one_in_a_futex(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_FUTEX, OBJECT_NONE);
	return i;
}

static uint32_t one_on_the_disk(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_RECEIVE, OBJECT_FILE)->state = 'D';
	s->processes.items[0].state = 'D';
	return i;
}

static uint32_t one_computes(struct snapshot *s)
{
	uint32_t i = accepted(s);

	computing(only(s, CALL_NONE, OBJECT_NONE));
	return i;
}

static uint32_t one_runs_at_the_moment(struct snapshot *s)
{
	uint32_t i = one_computes(s);

	s->threads.items[0].cpu_permille = 120;
	return i;
}

static uint32_t one_not_readable(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_UNKNOWN, OBJECT_UNKNOWN)->nr = -2;
	return i;
}

static uint32_t threads_denied(struct snapshot *s)
{
	uint32_t i = one_reads_another(s);

	s->processes.items[0].threads_seen = THREADS_DENIED;
	return i;
}

static uint32_t threads_not_looked_at(struct snapshot *s)
{
	uint32_t i = accepted(s);

	without_threads(s);
	return i;
}

/* ---- several threads ---- */

static uint32_t handlers(struct snapshot *s, unsigned int n)
{
	uint32_t i = accepted(s);

	only(s, CALL_ACCEPT, OBJECT_LISTENER);
	for (unsigned int k = 0; k < n; k++) {
		asking(also(s, CALL_RECEIVE, OBJECT_TCP));
		if (k > 0)
			build_hold(s,
				   build_conn(s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000",
					      "10.7.0.2:50001", OLD),
				   0);
	}
	return i;
}

static uint32_t a_handler_each(struct snapshot *s)
{
	return handlers(s, 3);
}

static uint32_t more_threads_than_were_read(struct snapshot *s)
{
	uint32_t i = handlers(s, 3);

	s->processes.items[0].threads_seen = THREADS_SOME;
	return i;
}

static uint32_t one_handler_less(struct snapshot *s)
{
	uint32_t i = handlers(s, 3);

	s->threads.items[3].call = CALL_EPOLL;
	return i;
}

static uint32_t one_handler_less_of_more_than_were_read(struct snapshot *s)
{
	uint32_t i = one_handler_less(s);

	s->processes.items[0].threads_seen = THREADS_SOME;
	return i;
}

static uint32_t one_handler_untold(struct snapshot *s)
{
	uint32_t i = handlers(s, 3);

	s->threads.items[3].steady = FACT_UNKNOWN;
	return i;
}

/* Each waits for its own client's next request: none of them is this one's. */
static uint32_t handlers_of_other_clients(struct snapshot *s)
{
	uint32_t i = handlers(s, 1);

	s->threads.items[1].object_text = "10.0.0.1:8000 -> 10.7.0.9:40001";
	return i;
}

static uint32_t handlers_in_one_mutex(struct snapshot *s)
{
	uint32_t i = handlers(s, 3);

	for (unsigned int k = 1; k <= 3; k++) {
		s->threads.items[k].call = CALL_FUTEX;
		mutex(&s->threads.items[k])->address = 0x1000;
	}
	return i;
}

static uint32_t handlers_in_one_futex(struct snapshot *s)
{
	uint32_t i = handlers_in_one_mutex(s);

	for (unsigned int k = 1; k <= 3; k++)
		s->threads.items[k].futex_value = 0;
	return i;
}

static uint32_t handlers_of_python_in_one_futex(struct snapshot *s)
{
	uint32_t i = handlers_in_one_futex(s);

	s->processes.items[0].runtime = RUNTIME_PYTHON;
	return i;
}

static uint32_t handlers_each_in_a_futex(struct snapshot *s)
{
	uint32_t i = handlers_in_one_futex(s);

	for (unsigned int k = 1; k <= 3; k++)
		s->threads.items[k].address += 64 * k;
	return i;
}

static uint32_t named_pool_each_in_a_futex(struct snapshot *s)
{
	uint32_t i = handlers_each_in_a_futex(s);

	for (unsigned int k = 1; k <= 3; k++)
		snprintf(s->threads.items[k].comm, sizeof(s->threads.items[k].comm),
			 "pool-1-thread-%u", k);
	return i;
}

static uint32_t jvm_with_its_own_threads(struct snapshot *s)
{
	static const char *const names[] = { "GC Thread#0", "C2 CompilerThre", "Signal Dispatch",
					     "VM Periodic Tas" };
	uint32_t i = accepted(s);

	s->processes.items[0].runtime = RUNTIME_JVM;
	only(s, CALL_FUTEX, OBJECT_NONE)->futex_value = 101;
	for (size_t k = 0; k < ARRAY_LEN(names); k++)
		strcpy(also(s, CALL_FUTEX, OBJECT_NONE)->comm, names[k]);
	s->threads.items[2].state = 'R';
	s->threads.items[2].cpu_permille = 1000;
	return i;
}

static uint32_t go_with_parked_threads(struct snapshot *s)
{
	uint32_t i = accepted(s);

	s->processes.items[0].runtime = RUNTIME_GO;
	only(s, CALL_FUTEX, OBJECT_NONE);
	also(s, CALL_SLEEP, OBJECT_NONE);
	mutex(also(s, CALL_FUTEX, OBJECT_NONE));
	also(s, CALL_EPOLL, OBJECT_EPOLL);
	return i;
}

static uint32_t node_with_its_workers(struct snapshot *s)
{
	uint32_t i = accepted(s);

	s->processes.items[0].runtime = RUNTIME_NODE;
	only(s, CALL_EPOLL, OBJECT_EPOLL);
	for (unsigned int k = 0; k < 4; k++)
		also(s, CALL_FUTEX, OBJECT_NONE);
	return i;
}

static uint32_t node_in_a_child(struct snapshot *s)
{
	uint32_t i = node_with_its_workers(s);

	s->threads.items[0].call = CALL_CHILD;
	return i;
}

static uint32_t main_sleeps_and_another_polls(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_SLEEP, OBJECT_NONE);
	also(s, CALL_EPOLL, OBJECT_EPOLL);
	return i;
}

static uint32_t a_chore_sleeps_and_main_polls(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	also(s, CALL_SLEEP, OBJECT_NONE);
	return i;
}

static uint32_t main_joins_and_another_polls(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	also(s, CALL_EPOLL, OBJECT_EPOLL);
	also(s, CALL_FUTEX, OBJECT_NONE)->futex_value = 101;
	return i;
}

static uint32_t glib_beside_a_loop(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	strcpy(also(s, CALL_POLL, OBJECT_SOCKET)->comm, "gmain");
	also(s, CALL_POLL, OBJECT_EVENT);
	return i;
}

static const struct rule_case cases[] = {
	CASE(one_reads_another, "reader-stuck", LIKELY),
	CASE(one_polls_another, "reader-stuck", LIKELY),
	CASE(one_reads_seen_once, "eof-unwatched", POSSIBLE),
	CASE(one_reads_now_and_then, "reader-stuck", POSSIBLE),
	CASE(one_reads_without_bpf, "reader-stuck", POSSIBLE),
	CASE(one_polls_the_very_same_without_bpf, "eof-unwatched", POSSIBLE),
	CASE(one_reads_and_it_has_two, "eof-unwatched", POSSIBLE),
	CASE(one_reads_and_the_other_is_polled, "reader-stuck", LIKELY),
	CASE(one_sleeps, "reader-stuck", LIKELY),
	CASE(one_in_epoll, "eof-unwatched", LIKELY),
	CASE(one_polls_a_set, "eof-unwatched", LIKELY),
	CASE(one_polls_the_listener, "eof-unwatched", LIKELY),
	CASE(one_accepts, "eof-unwatched", LIKELY),
	CASE(one_in_io_uring, "eof-unwatched", LIKELY),
	CASE(one_waits_for_a_pipe, "reader-stuck", LIKELY),
	CASE(one_waits_for_a_child, "reader-stuck", LIKELY),
	CASE(one_in_a_futex, "reader-stuck", LIKELY),
	CASE(one_on_the_disk, "reader-stuck", LIKELY),
	CASE(one_computes, "reader-stuck", LIKELY),
	CASE(one_runs_at_the_moment, "reader-stuck", POSSIBLE),
	CASE(one_not_readable, "eof-unwatched", POSSIBLE),
	CASE(threads_denied, "eof-unwatched", POSSIBLE),
	CASE(threads_not_looked_at, "eof-unwatched", POSSIBLE),
	CASE(a_handler_each, "reader-stuck", LIKELY),
	CASE(more_threads_than_were_read, "reader-stuck", LIKELY),
	CASE(one_handler_less, "eof-unwatched", POSSIBLE),
	CASE(one_handler_less_of_more_than_were_read, "eof-unwatched", POSSIBLE),
	CASE(one_handler_untold, "eof-unwatched", POSSIBLE),
	CASE(handlers_of_other_clients, "reader-stuck", POSSIBLE),
	CASE(handlers_in_one_mutex, "reader-stuck", LIKELY),
	CASE(handlers_in_one_futex, "eof-unwatched", POSSIBLE),
	CASE(handlers_of_python_in_one_futex, "reader-stuck", POSSIBLE),
	CASE(handlers_each_in_a_futex, "reader-stuck", POSSIBLE),
	CASE(named_pool_each_in_a_futex, "eof-unwatched", LIKELY),
	CASE(jvm_with_its_own_threads, "eof-unwatched", LIKELY),
	CASE(go_with_parked_threads, "eof-unwatched", LIKELY),
	CASE(node_with_its_workers, "eof-unwatched", LIKELY),
	CASE(node_in_a_child, "reader-stuck", LIKELY),
	CASE(main_sleeps_and_another_polls, "eof-unwatched", POSSIBLE),
	CASE(a_chore_sleeps_and_main_polls, "reader-stuck", POSSIBLE),
	CASE(main_joins_and_another_polls, "eof-unwatched", LIKELY),
	CASE(glib_beside_a_loop, "eof-unwatched", LIKELY),
};

static void each_case_has_its_cause(void **state)
{
	(void)state;
	cases_run(cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_case_has_its_cause) };

	return unit_run("judge rules threads", tests);
}
