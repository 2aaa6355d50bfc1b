// SPDX-License-Identifier: Apache-2.0
/* Are the kernel's own counts read right, and never made to say more than they do? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "see/diag/settings.h"

static const char sockstat_text[] = "sockets: used 294\n"
				    "TCP: inuse 7 orphan 2 tw 9 alloc 12 mem 3\n"
				    "UDP: inuse 4 mem 2\n";
static const char sockstat6_text[] = "TCP6: inuse 5\nUDP6: inuse 6\n";

static void both_files_are_read_by_one_reader(void **state)
{
	struct sockstat s = SOCKSTAT_UNKNOWN;

	(void)state;
	sockstat_parse(sockstat_text, strlen(sockstat_text), &s);
	assert_int_equal(s.inuse4, 7);
	assert_int_equal(s.time_wait, 9);
	assert_int_equal(s.inuse6, VALUE_UNKNOWN);
	sockstat_parse(sockstat6_text, strlen(sockstat6_text), &s);
	assert_int_equal(s.inuse4, 7);
	assert_int_equal(s.inuse6, 5);
}

static void a_text_that_does_not_say_leaves_the_count_unknown(void **state)
{
	static const char *const texts[] = {
		"",
		"TCP:",
		"TCP: inuse",
		"TCP: inuse ",
		"TCP: inuse x tw -1",
		"UDP: inuse 4",
		"TCP: xinuse 4",
		"TCP6:inuse 4",
		"XTCP: inuse 4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct sockstat s = SOCKSTAT_UNKNOWN;

		sockstat_parse(texts[i], strlen(texts[i]), &s);
		assert_int_equal(s.inuse4, VALUE_UNKNOWN);
		assert_int_equal(s.inuse6, VALUE_UNKNOWN);
		assert_int_equal(s.time_wait, VALUE_UNKNOWN);
	}
}

static void a_count_beyond_its_field_is_as_large_as_can_be(void **state)
{
	static const char text[] = "TCP: inuse 99999999999999999999 tw 0";
	struct sockstat s = SOCKSTAT_UNKNOWN;

	(void)state;
	sockstat_parse(text, strlen(text), &s);
	assert_int_equal(s.inuse4, VALUE_UNKNOWN - 1);
	assert_int_equal(s.time_wait, 0);
}

static void only_three_zeros_prove_a_namespace_empty(void **state)
{
	static const struct {
		struct sockstat stat;
		bool empty;
	} cases[] = {
		{ { 0, 0, 0 }, true },
		{ { 1, 0, 0 }, false },
		{ { 0, 1, 0 }, false },
		{ { 0, 0, 1 }, false },
		{ { VALUE_UNKNOWN, 0, 0 }, false },
		{ { 0, VALUE_UNKNOWN, 0 }, false },
		{ { 0, 0, VALUE_UNKNOWN }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(sockstat_is_empty(&cases[i].stat), cases[i].empty);
}

#define ALL_STATES TCP_BITS_ALL

static void established_is_what_the_others_leave(void **state)
{
	const struct diag_counts counts = {
		.by_state = { [TCP_STATE_LISTEN] = 2,
			      [TCP_STATE_CLOSE_WAIT] = 3,
			      [TCP_STATE_FIN_WAIT_2] = 5,
			      [TCP_STATE_SYN_RECV] = 4,
			      [TCP_STATE_TIME_WAIT] = 9,
			      [TCP_STATE_CLOSED] = 1 },
		.fin_wait_2_mini = 4,
		.syn_recv_requests = 4,
	};
	static const struct {
		struct sockstat stat;
		uint32_t states;
		uint32_t established, time_wait;
	} cases[] = {
		/* 20 + 6 in use; 2 + 3 + 1 full FIN_WAIT_2 are others. */
		{ { 20, 6, 9 }, ALL_STATES & ~TCP_BIT(TCP_STATE_TIME_WAIT), 20, 5 },
		{ { 6, 0, 4 }, ALL_STATES & ~TCP_BIT(TCP_STATE_TIME_WAIT), 0, 0 },
		/* The table moved between the two readings. */
		{ { 5, 0, 3 },
		  ALL_STATES & ~TCP_BIT(TCP_STATE_TIME_WAIT),
		  VALUE_UNKNOWN,
		  VALUE_UNKNOWN },
		/* Not all other states were counted. */
		{ { 20, 6, 9 }, TCP_BITS_CLOSING, VALUE_UNKNOWN, 5 },
		{ { 20, 6, 9 }, TCP_BIT(TCP_STATE_CLOSE_WAIT), VALUE_UNKNOWN, VALUE_UNKNOWN },
		{ { VALUE_UNKNOWN, 6, 9 },
		  ALL_STATES & ~TCP_BIT(TCP_STATE_TIME_WAIT),
		  VALUE_UNKNOWN,
		  5 },
		{ { 20, VALUE_UNKNOWN, VALUE_UNKNOWN },
		  ALL_STATES & ~TCP_BIT(TCP_STATE_TIME_WAIT),
		  VALUE_UNKNOWN,
		  VALUE_UNKNOWN },
		{ { VALUE_UNKNOWN - 1, VALUE_UNKNOWN - 1, 9 },
		  ALL_STATES & ~TCP_BIT(TCP_STATE_TIME_WAIT),
		  VALUE_UNKNOWN - 1,
		  5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct netns_row row = { 0 };

		diag_settle_counts(&cases[i].stat, &counts, cases[i].states, &row);
		assert_int_equal(row.counts[TCP_STATE_ESTABLISHED], cases[i].established);
		assert_int_equal(row.counts[TCP_STATE_TIME_WAIT], cases[i].time_wait);
		assert_int_equal(row.counted, 1);
	}
}

static void a_dumped_time_wait_is_not_computed(void **state)
{
	const struct diag_counts counts = { .by_state = { [TCP_STATE_TIME_WAIT] = 9 } };
	const struct sockstat stat = { 1, 0, 77 };
	struct netns_row row = { .counts = { [TCP_STATE_TIME_WAIT] = 9 } };

	(void)state;
	diag_settle_counts(&stat, &counts, ALL_STATES, &row);
	assert_int_equal(row.counts[TCP_STATE_TIME_WAIT], 9);
}

static void settings_of_this_namespace_are_plausible(void **state)
{
	struct netns_settings settings;

	(void)state;
	diag_read_settings(&settings);
	assert_true(settings.port_low < settings.port_high);
	assert_true(settings.port_high <= UINT16_MAX);
	assert_int_not_equal(settings.fin_timeout_s, VALUE_UNKNOWN);
	assert_int_not_equal(settings.keepalive_time_s, VALUE_UNKNOWN);
	assert_int_not_equal(settings.keepalive_interval_s, VALUE_UNKNOWN);
	assert_int_not_equal(settings.keepalive_probes, VALUE_UNKNOWN);
	assert_int_not_equal(settings.orphan_retries, VALUE_UNKNOWN);
	assert_int_not_equal(settings.retries2, VALUE_UNKNOWN);
	assert_int_not_equal(settings.max_tw_buckets, VALUE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_files_are_read_by_one_reader),
		cmocka_unit_test(a_text_that_does_not_say_leaves_the_count_unknown),
		cmocka_unit_test(a_count_beyond_its_field_is_as_large_as_can_be),
		cmocka_unit_test(only_three_zeros_prove_a_namespace_empty),
		cmocka_unit_test(established_is_what_the_others_leave),
		cmocka_unit_test(a_dumped_time_wait_is_not_computed),
		cmocka_unit_test(settings_of_this_namespace_are_plausible),
	};

	return unit_run("diag settings", tests);
}
