// SPDX-License-Identifier: Apache-2.0
/* Cases and near misses: threads elsewhere, and connections that this program opened, that are
 * watched, read to the end, or held by nobody who runs. */
#include "unit.h"

#include "base/mem.h"
#include "cases.h"

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
	uint32_t i = accepted(s);

	build_reg(s, READS, FACT_YES, 0);
	computing(only(s, CALL_NONE, OBJECT_NONE));
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
	uint32_t i = accepted(s);

	only(s, CALL_RECEIVE, OBJECT_FILE)->state = 'D';
	s->processes.items[0].state = 'D';
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

	return unit_run("judge rules workers", tests);
}
