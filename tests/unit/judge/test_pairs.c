// SPDX-License-Identifier: Apache-2.0
/* Which legs belong together. */
#include "unit.h"

#include "base/mem.h"
#include "build.h"
#include "judge/index.h"
#include "judge/pairs.h"

#define NO_LEG ROW_NONE

/* One leg of a row: its process, kind, and when it last heard its peer. */
struct leg_row {
	uint32_t process;
	bool half_closed;
	uint32_t heard_ms;
	uint32_t wanted; /* the row it is paired with */
};

static void check(const struct leg_row *rows, size_t n)
{
	struct snapshot s;
	struct index x;

	build_init(&s);
	for (uint32_t i = 0; i < 3; i++)
		build_process(&s, "proxy", 100 + i);
	for (size_t i = 0; i < n; i++) {
		uint32_t row = build_conn(
			&s, rows[i].half_closed ? TCP_STATE_FIN_WAIT_2 : TCP_STATE_CLOSE_WAIT,
			"10.0.0.1:40000", "10.2.0.9:443", rows[i].heard_ms);

		snapshot_conn(&s, row)->rqueue = 0;
		snapshot_conn(&s, row)->local.port = (uint16_t)(40000 + i);
		build_hold(&s, row, rows[i].process);
	}
	assert_int_equal(index_init(&x, &s, JUDGE_OLDER_THAN_MS), 0);
	assert_int_equal(pairs_find(&x), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(x.leg[i], rows[i].wanted);
	index_finish(&x);
	snapshot_finish(&s);
}

#define CHECK(...)                                                                                 \
	do {                                                                                       \
		static const struct leg_row rows[] = { __VA_ARGS__ };                              \
		check(rows, ARRAY_LEN(rows));                                                      \
	} while (0)

static void legs_within_a_quarter_second_are_one_pair(void **state)
{
	(void)state;
	CHECK({ 0, false, 5045, 1 }, { 0, true, 5000, 0 });
	CHECK({ 0, false, 5000, 1 }, { 0, true, 5045, 0 });
	CHECK({ 0, false, 5000, 1 }, { 0, true, 5000, 0 });
	CHECK({ 0, false, 5250, 1 }, { 0, true, 5000, 0 });
	CHECK({ 0, false, 5251, NO_LEG }, { 0, true, 5000, NO_LEG });
}

static void only_one_process_and_opposite_kinds_pair(void **state)
{
	(void)state;
	CHECK({ 0, false, 5000, NO_LEG }, { 1, true, 5000, NO_LEG });
	CHECK({ 0, false, 5000, NO_LEG }, { 0, false, 5000, NO_LEG });
	CHECK({ 0, true, 5000, NO_LEG }, { 0, true, 5000, NO_LEG });
	CHECK({ 0, false, 5000, NO_LEG }, { 1, true, 5000, 2 }, { 1, false, 5100, 1 });
}

static void the_nearest_pair_first_and_each_once(void **state)
{
	(void)state;
	/* 5000-5010 are nearest; the outer two are then neighbours and near enough. */
	CHECK({ 0, false, 4900, 3 }, { 0, true, 5000, 2 }, { 0, false, 5010, 1 },
	      { 0, true, 5100, 0 });
	/* ... and here they are not. */
	CHECK({ 0, false, 4800, NO_LEG }, { 0, true, 5000, 2 }, { 0, false, 5010, 1 },
	      { 0, true, 5100, NO_LEG });
	/* One half-closed leg answers for one end of file only. */
	CHECK({ 0, false, 5000, NO_LEG }, { 0, false, 5020, 2 }, { 0, true, 5030, 1 });
}

static void many_at_once_all_pair(void **state)
{
	enum { MANY = 2000 };
	struct snapshot s;
	struct index x;
	uint32_t paired = 0;

	(void)state;
	build_init(&s);
	build_process(&s, "proxy", 100);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t row = build_conn(&s, i % 2 ? TCP_STATE_FIN_WAIT_2 : TCP_STATE_CLOSE_WAIT,
					  "10.0.0.1:40000", "10.2.0.9:443", 5000 + i / 100);

		snapshot_conn(&s, row)->rqueue = 0;
		snapshot_conn(&s, row)->local.port = (uint16_t)(40000 + i);
		build_hold(&s, row, 0);
	}
	assert_int_equal(index_init(&x, &s, JUDGE_OLDER_THAN_MS), 0);
	assert_int_equal(pairs_find(&x), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		if (x.leg[i] == ROW_NONE)
			continue;
		paired++;
		assert_int_equal(x.leg[x.leg[i]], i);
		assert_int_not_equal(snapshot_conn(&s, i)->state,
				     snapshot_conn(&s, x.leg[i])->state);
	}
	assert_int_equal(paired, MANY);
	index_finish(&x);
	snapshot_finish(&s);
}

/* Legs that closed in the same millisecond are told apart by what they relayed. */
static void equal_bytes_decide_between_equal_times(void **state)
{
	struct snapshot s;
	struct index x;

	(void)state;
	build_init(&s);
	build_process(&s, "proxy", 100);
	build_listener(&s, "*:80", 0, 128);
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t row = build_conn(&s, i < 3 ? TCP_STATE_CLOSE_WAIT : TCP_STATE_FIN_WAIT_2,
					  i < 3 ? "10.0.0.1:80" : "10.0.0.1:40000",
					  i < 3 ? "10.7.0.1:50000" : "10.2.0.9:443", 5000);
		struct conn *c = snapshot_conn(&s, row);

		c->rqueue = 0;
		/* 100, 200, 300 came in; 300, 200, 100 went out, with SYN and FIN. */
		c->bytes_received = i < 3 ? 100 * (i + 1) + 1 : 0;
		c->bytes_acked = i < 3 ? 0 : 100 * (6 - i) + 2;
		build_hold(&s, row, 0);
	}
	assert_int_equal(index_init(&x, &s, JUDGE_OLDER_THAN_MS), 0);
	assert_int_equal(pairs_find(&x), 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(x.leg[1 + i], 6 - i);
		assert_int_equal(x.leg_bytes[1 + i], 1);
	}
	index_finish(&x);
	snapshot_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(legs_within_a_quarter_second_are_one_pair),
		cmocka_unit_test(only_one_process_and_opposite_kinds_pair),
		cmocka_unit_test(the_nearest_pair_first_and_each_once),
		cmocka_unit_test(many_at_once_all_pair),
		cmocka_unit_test(equal_bytes_decide_between_equal_times),
	};

	return unit_run("judge pairs", tests);
}
