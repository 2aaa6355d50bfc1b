// SPDX-License-Identifier: Apache-2.0
/* Cases and near misses: what the owner's threads do. */
#include "unit.h"

#include <linux/futex.h>
#include <string.h>

#include "base/mem.h"
#include "cases.h"

/* What the process is given in place of the one idle thread it has. */
static struct thread *only(struct snapshot *s, enum thread_call call, enum thread_object object)
{
	s->threads.n = 0;
	s->processes.items[0].n_thread_rows = 0;
	return build_thread(s, 0, call, object);
}

static struct thread *also(struct snapshot *s, enum thread_call call, enum thread_object object)
{
	return build_thread(s, 0, call, object);
}

/* Of a database that this program asked. */
static struct thread *asking(struct thread *t)
{
	t->object_text = "10.0.0.1:51034 -> 10.2.0.30:5432";
	return t;
}

static struct thread *mutex(struct thread *t)
{
	t->futex_op = FUTEX_WAIT;
	t->futex_value = 2;
	return t;
}

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
	struct thread *t = only(s, CALL_NONE, OBJECT_NONE);

	t->state = 'R';
	t->steady = FACT_NO;
	t->cpu_permille = 998;
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

/* ---- what it opened itself ---- */

static uint32_t writes_to_a_full_pipe(struct snapshot *s)
{
	uint32_t i = connected(s);

	only(s, CALL_SEND, OBJECT_PIPE);
	return i;
}

static uint32_t writes_to_a_full_pipe_and_has_two(struct snapshot *s)
{
	uint32_t i = writes_to_a_full_pipe(s);

	build_unread(s, 0, 40001, OLD);
	return i;
}

static uint32_t one_of_two_writes_to_a_full_pipe(struct snapshot *s)
{
	uint32_t i = writes_to_a_full_pipe(s);

	also(s, CALL_EPOLL, OBJECT_EPOLL);
	return i;
}

static uint32_t passes_data_to_a_full_connection(struct snapshot *s)
{
	uint32_t i = connected(s);

	row(s, i)->rqueue = 5000;
	only(s, CALL_SEND, OBJECT_TCP);
	return i;
}

static uint32_t writes_elsewhere_while_its_pool_ages(struct snapshot *s)
{
	uint32_t i = connected(s);

	only(s, CALL_SEND, OBJECT_TCP);
	return i;
}

static uint32_t pool_of_one_that_sleeps(struct snapshot *s)
{
	uint32_t i = connected(s);

	only(s, CALL_SLEEP, OBJECT_NONE);
	return i;
}

static uint32_t pool_of_one_that_reads_another(struct snapshot *s)
{
	uint32_t i = connected(s);

	asking(only(s, CALL_RECEIVE, OBJECT_TCP));
	return i;
}

static uint32_t pool_of_one_not_looked_at(struct snapshot *s)
{
	uint32_t i = connected(s);

	without_threads(s);
	return i;
}

static uint32_t more_of_them_than_threads(struct snapshot *s)
{
	uint32_t i = pool_of_one_not_looked_at(s);

	build_unread(s, 0, 40001, OLD);
	return i;
}

/* ---- watched ---- */

static uint32_t spent(struct snapshot *s)
{
	uint32_t i = accepted(s);

	build_reg(s, EPOLLONESHOT, FACT_NO, 1)->oneshot_spent = 1;
	only(s, CALL_EPOLL, OBJECT_EPOLL);
	return i;
}

static uint32_t spent_and_a_worker_in_a_lock(struct snapshot *s)
{
	uint32_t i = spent(s);

	mutex(also(s, CALL_FUTEX, OBJECT_NONE));
	return i;
}

static uint32_t spent_and_a_worker_perhaps(struct snapshot *s)
{
	uint32_t i = spent(s);

	also(s, CALL_FUTEX, OBJECT_NONE);
	return i;
}

static uint32_t spent_and_nobody_looked(struct snapshot *s)
{
	uint32_t i = spent(s);

	without_threads(s);
	return i;
}

static uint32_t edge(struct snapshot *s, uint32_t sleepers)
{
	uint32_t i = accepted(s);

	build_reg(s, READS | EDGE, FACT_NO, sleepers);
	return i;
}

static uint32_t edge_taken_by_the_one_that_sleeps(struct snapshot *s)
{
	uint32_t i = edge(s, 0);

	only(s, CALL_SLEEP, OBJECT_NONE);
	return i;
}

static uint32_t edge_taken_by_the_one_in_another_set(struct snapshot *s)
{
	uint32_t i = edge(s, 0);
	struct thread *t = only(s, CALL_EPOLL, OBJECT_EPOLL);

	t->with_listener = t->with_stuck = FACT_NO;
	return i;
}

static uint32_t edge_taken_by_a_busy_worker(struct snapshot *s)
{
	uint32_t i = edge(s, 1);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	asking(also(s, CALL_RECEIVE, OBJECT_TCP));
	return i;
}

static uint32_t edge_taken_by_a_worker_perhaps(struct snapshot *s)
{
	uint32_t i = edge(s, 1);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	also(s, CALL_FUTEX, OBJECT_NONE);
	return i;
}

static uint32_t edge_taken_and_nobody_looked(struct snapshot *s)
{
	uint32_t i = edge(s, 1);

	without_threads(s);
	return i;
}

static uint32_t level_in_postgres(struct snapshot *s)
{
	uint32_t i = accepted(s);
	struct thread *t = only(s, CALL_EPOLL, OBJECT_EPOLL);

	build_reg(s, READS, FACT_YES, 0);
	t->with_listener = t->with_stuck = FACT_NO;
	return i;
}

static uint32_t level_while_it_computes(struct snapshot *s)
{
	uint32_t i = one_computes(s);

	build_reg(s, READS, FACT_YES, 0);
	return i;
}

/* ---- read to the end ---- */

static uint32_t all_read(struct snapshot *s)
{
	uint32_t i = accepted(s);

	row(s, i)->rqueue = 0;
	return i;
}

static uint32_t all_read_and_idle(struct snapshot *s)
{
	uint32_t i = all_read(s);

	only(s, CALL_EPOLL, OBJECT_EPOLL);
	return i;
}

static uint32_t all_read_and_busy(struct snapshot *s)
{
	uint32_t i = all_read(s);

	asking(only(s, CALL_RECEIVE, OBJECT_TCP));
	return i;
}

static uint32_t all_read_and_an_idle_pool(struct snapshot *s)
{
	uint32_t i = all_read_and_idle(s);

	also(s, CALL_FUTEX, OBJECT_NONE)->address = 0x1000;
	also(s, CALL_FUTEX, OBJECT_NONE)->address = 0x1000;
	return i;
}

static uint32_t all_read_and_nobody_looked(struct snapshot *s)
{
	uint32_t i = all_read(s);

	without_threads(s);
	return i;
}

/* ---- held ---- */

static uint32_t in_deep_sleep(struct snapshot *s)
{
	uint32_t i = one_on_the_disk(s);

	s->processes.items[0].stopped = FACT_YES;
	return i;
}

static uint32_t in_deep_sleep_at_the_moment(struct snapshot *s)
{
	uint32_t i = in_deep_sleep(s);

	s->threads.items[0].steady = FACT_NO;
	return i;
}

static uint32_t traced(struct snapshot *s)
{
	uint32_t i = in_deep_sleep(s);

	s->processes.items[0].state = s->threads.items[0].state = 't';
	return i;
}

static uint32_t traced_and_seen_once(struct snapshot *s)
{
	uint32_t i = traced(s);

	s->threads.items[0].steady = FACT_UNKNOWN;
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
	CASE(writes_to_a_full_pipe, "reader-stuck", LIKELY),
	CASE(writes_to_a_full_pipe_and_has_two, "eof-unwatched", LIKELY),
	CASE(one_of_two_writes_to_a_full_pipe, "eof-unwatched", LIKELY),
	CASE(passes_data_to_a_full_connection, "reader-stuck", LIKELY),
	CASE(writes_elsewhere_while_its_pool_ages, "eof-unwatched", LIKELY),
	CASE(pool_of_one_that_sleeps, "eof-unwatched", LIKELY),
	CASE(pool_of_one_that_reads_another, "eof-unwatched", LIKELY),
	CASE(pool_of_one_not_looked_at, "eof-unwatched", POSSIBLE),
	CASE(more_of_them_than_threads, "eof-unwatched", LIKELY),
	CASE(spent, "unexplained", POSSIBLE),
	CASE(spent_and_a_worker_in_a_lock, "reader-stuck", LIKELY),
	CASE(spent_and_a_worker_perhaps, "reader-stuck", POSSIBLE),
	CASE(spent_and_nobody_looked, "reader-stuck", POSSIBLE),
	CASE(edge_taken_by_the_one_that_sleeps, "reader-stuck", LIKELY),
	CASE(edge_taken_by_the_one_in_another_set, "reader-stuck", POSSIBLE),
	CASE(edge_taken_by_a_busy_worker, "reader-stuck", LIKELY),
	CASE(edge_taken_by_a_worker_perhaps, "edge-missed", POSSIBLE),
	CASE(edge_taken_and_nobody_looked, "edge-missed", POSSIBLE),
	CASE(level_in_postgres, "reader-stuck", LIKELY),
	CASE(level_while_it_computes, "reader-stuck", LIKELY),
	CASE(all_read_and_idle, "eof-ignored", LIKELY),
	CASE(all_read_and_busy, "eof-ignored", POSSIBLE),
	CASE(all_read_and_an_idle_pool, "eof-ignored", LIKELY),
	CASE(all_read_and_nobody_looked, "eof-ignored", POSSIBLE),
	CASE(in_deep_sleep, "process-stopped", LIKELY),
	CASE(in_deep_sleep_at_the_moment, "process-stopped", POSSIBLE),
	CASE(traced, "process-stopped", LIKELY),
	CASE(traced_and_seen_once, "process-stopped", POSSIBLE),
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
