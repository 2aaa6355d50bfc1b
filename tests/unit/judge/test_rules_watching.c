// SPDX-License-Identifier: Apache-2.0
/* Cases and near misses: how a connection is watched. */
#include "unit.h"

#include "base/mem.h"
#include "cases.h"

/* reader-stuck, edge-missed, eof-masked, and what is about to be served */

static uint32_t registered(struct snapshot *s, uint32_t events, enum fact ready, uint32_t sleepers)
{
	uint32_t i = accepted(s);

	build_reg(s, events, ready, sleepers);
	return i;
}

static uint32_t level_ready_alone(struct snapshot *s)
{
	return registered(s, READS, FACT_YES, 0);
}

static uint32_t level_ready_awaited(struct snapshot *s)
{
	return registered(s, READS, FACT_YES, 1);
}

static uint32_t level_not_ready(struct snapshot *s)
{
	return registered(s, READS, FACT_NO, 0);
}

static uint32_t level_by_masks(struct snapshot *s)
{
	uint32_t i = level_ready_alone(s);

	only_proc(s);
	return i;
}

static uint32_t level_two_sets(struct snapshot *s)
{
	uint32_t i = level_ready_alone(s);

	build_reg(s, READS, FACT_YES, 1);
	return i;
}

static uint32_t level_ready_but_read_directly(struct snapshot *s)
{
	uint32_t i = level_ready_alone(s);

	s->watches.items[s->watches.n - 1].sleepers = 1;
	return i;
}

static uint32_t oneshot_spent(struct snapshot *s)
{
	uint32_t i = registered(s, EPOLLONESHOT, FACT_NO, 1);

	s->regs.items[0].oneshot_spent = 1;
	return i;
}

static uint32_t edge_ready_alone(struct snapshot *s)
{
	return registered(s, READS | EDGE, FACT_YES, 0);
}

static uint32_t edge_gone_alone(struct snapshot *s)
{
	return registered(s, READS | EDGE, FACT_NO, 0);
}

static uint32_t edge_taken(struct snapshot *s)
{
	return registered(s, READS | EDGE, FACT_NO, 1);
}

static uint32_t edge_taken_by_an_unknown_runtime(struct snapshot *s)
{
	uint32_t i = edge_taken(s);

	s->processes.items[0].runtime = RUNTIME_UNKNOWN;
	return i;
}

static uint32_t edge_taken_mio_like(struct snapshot *s)
{
	return registered(s, READS | EPOLLOUT | EDGE, FACT_NO, 1);
}

static uint32_t edge_taken_by_go(struct snapshot *s)
{
	uint32_t i = edge_taken_mio_like(s);

	s->processes.items[0].runtime = RUNTIME_GO;
	return i;
}

static uint32_t edge_about_to_be_taken(struct snapshot *s)
{
	return registered(s, READS | EDGE, FACT_YES, 1);
}

static uint32_t edge_by_masks(struct snapshot *s)
{
	uint32_t i = edge_taken(s);

	only_proc(s);
	return i;
}

static uint32_t edge_taken_all_read(struct snapshot *s)
{
	uint32_t i = edge_taken(s);

	row(s, i)->rqueue = 0;
	return i;
}

static uint32_t masked(struct snapshot *s)
{
	return registered(s, EPOLLOUT, FACT_NO, 1);
}

static uint32_t masked_by_masks(struct snapshot *s)
{
	uint32_t i = masked(s);

	only_proc(s);
	return i;
}

static uint32_t masked_in_one_of_two(struct snapshot *s)
{
	uint32_t i = masked(s);

	build_reg(s, EPOLLRDHUP, FACT_YES, 0);
	return i;
}

static uint32_t masked_all_read(struct snapshot *s)
{
	uint32_t i = masked(s);

	row(s, i)->rqueue = 0;
	return i;
}

static uint32_t masked_rdnorm(struct snapshot *s)
{
	return registered(s, EPOLLRDNORM, FACT_YES, 0);
}

/* back-pressure */

static uint32_t add_blocked(struct snapshot *s)
{
	uint32_t i = build_conn(s, TCP_STATE_ESTABLISHED, "10.0.0.1:41000", "10.2.0.10:80", OLD);

	build_hold(s, i, 0);
	row(s, i)->wqueue = 300000;
	row(s, i)->timer = TCP_TIMER_PROBE;
	row(s, i)->last_data_sent_ms = OLD;
	return i;
}

static uint32_t paused(struct snapshot *s)
{
	uint32_t i = masked(s);

	row(s, i)->rqueue = 5000;
	add_blocked(s);
	return i;
}

static uint32_t paused_out_of_the_set(struct snapshot *s)
{
	uint32_t i = accepted(s);

	row(s, i)->rqueue = 5000;
	add_blocked(s);
	return i;
}

static uint32_t paused_for_one_that_moves(struct snapshot *s)
{
	uint32_t i = masked(s);

	row(s, add_blocked(s))->last_data_sent_ms = 100;
	return i;
}

static uint32_t paused_for_another_process(struct snapshot *s)
{
	uint32_t i = masked(s), other = add_blocked(s);

	build_process(s, "other", 101);
	s->holders.items[row(s, other)->holders].process = 1;
	return i;
}

static uint32_t leaked_beside_a_slow_peer(struct snapshot *s)
{
	uint32_t i = connected(s);

	build_unread(s, 0, 40001, OLD);
	build_unread(s, 0, 40002, OLD);
	add_blocked(s);
	return i;
}

/* eof-unwatched, eof-ignored, unexplained */

static uint32_t accepted_unwatched(struct snapshot *s)
{
	return accepted(s);
}

static uint32_t connected_with_an_answer(struct snapshot *s)
{
	uint32_t i = connected(s);

	row(s, i)->rqueue = 5000;
	return i;
}

static uint32_t connected_close_notify(struct snapshot *s)
{
	uint32_t i = connected(s);

	row(s, i)->rqueue = 32;
	return i;
}

static uint32_t connected_by_masks(struct snapshot *s)
{
	uint32_t i = connected(s);

	only_proc(s);
	return i;
}

static uint32_t accepted_by_masks(struct snapshot *s)
{
	uint32_t i = accepted(s);

	only_proc(s);
	return i;
}

static uint32_t connected_not_all_files(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->can.all_files = FACT_NO;
	return i;
}

static uint32_t connected_of_unknown_age(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->processes.items[0].age_ms = VALUE_UNKNOWN;
	return i;
}

static uint32_t connected_subflow(struct snapshot *s)
{
	uint32_t i = connected(s);

	row(s, i)->flags |= CONN_MPTCP;
	return i;
}

static uint32_t polled_without_pollin(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->watches.items[0].deaf_sleepers = 1;
	return i;
}

static uint32_t watched_by_io_uring(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->watches.items[0].uring = 1;
	return i;
}

static uint32_t watch_not_seen(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->holders.items[0].watch = ROW_NONE;
	return i;
}

static uint32_t watch_truncated(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->watches.items[0].truncated = 1;
	return i;
}

static uint32_t all_read(struct snapshot *s)
{
	uint32_t i = accepted(s);

	row(s, i)->rqueue = 0;
	return i;
}

static uint32_t queue_unknown(struct snapshot *s)
{
	uint32_t i = all_read(s);

	row(s, i)->has = 0;
	return i;
}

static const struct rule_case cases[] = {
	CASE(level_ready_alone, "reader-stuck", LIKELY),
	CASE(level_by_masks, "reader-stuck", POSSIBLE),
	CASE(level_ready_awaited, "unexplained", POSSIBLE),
	CASE(level_not_ready, "unexplained", POSSIBLE),
	CASE(level_two_sets, "unexplained", POSSIBLE),
	CASE(level_ready_but_read_directly, "unexplained", POSSIBLE),
	CASE(oneshot_spent, "unexplained", POSSIBLE),
	CASE(edge_ready_alone, "reader-stuck", LIKELY),
	CASE(edge_gone_alone, "unexplained", POSSIBLE),
	CASE(edge_taken, "edge-missed", LIKELY),
	CASE(edge_taken_by_an_unknown_runtime, "edge-missed", POSSIBLE),
	CASE(edge_taken_mio_like, "edge-missed", POSSIBLE),
	CASE(edge_by_masks, "edge-missed", POSSIBLE),
	CASE(edge_taken_by_go, "eof-unwatched", POSSIBLE),
	CASE(edge_about_to_be_taken, "unexplained", POSSIBLE),
	CASE(edge_taken_all_read, "eof-ignored", LIKELY),
	CASE(masked, "eof-masked", LIKELY),
	CASE(masked_by_masks, "eof-masked", POSSIBLE),
	CASE(masked_in_one_of_two, "reader-stuck", LIKELY),
	CASE(masked_rdnorm, "reader-stuck", LIKELY),
	CASE(masked_all_read, "eof-ignored", LIKELY),
	CASE(paused, "back-pressure", LIKELY),
	CASE(paused_out_of_the_set, "back-pressure", LIKELY),
	CASE(paused_for_one_that_moves, "eof-masked", LIKELY),
	CASE(paused_for_another_process, "eof-masked", LIKELY),
	CASE(leaked_beside_a_slow_peer, "eof-unwatched", LIKELY),
	CASE(connected, "eof-unwatched", LIKELY),
	CASE(connected_close_notify, "eof-unwatched", LIKELY),
	CASE(connected_with_an_answer, "eof-unwatched", LIKELY),
	CASE(connected_not_all_files, "eof-unwatched", LIKELY),
	CASE(connected_of_unknown_age, "eof-unwatched", LIKELY),
	CASE(connected_subflow, "eof-unwatched", LIKELY),
	CASE(connected_by_masks, "eof-unwatched", POSSIBLE),
	CASE(accepted_by_masks, "eof-unwatched", POSSIBLE),
	CASE(accepted_unwatched, "eof-unwatched", LIKELY),
	CASE(polled_without_pollin, "unexplained", POSSIBLE),
	CASE(watched_by_io_uring, "unexplained", POSSIBLE),
	CASE(watch_not_seen, "unexplained", POSSIBLE),
	CASE(watch_truncated, "unexplained", POSSIBLE),
	CASE(all_read, "eof-ignored", LIKELY),
	CASE(queue_unknown, "unexplained", POSSIBLE),
};

static void each_case_has_its_cause(void **state)
{
	(void)state;
	cases_run(cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_case_has_its_cause) };

	return unit_run("judge rules watching", tests);
}
