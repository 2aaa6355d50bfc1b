// SPDX-License-Identifier: Apache-2.0
/* Is an heir told from who worked on a connection, however late /proc is read? */
#include "unit.h"

#include "build.h"
#include "judge/causes/table.h"

/* An hour after boot. */
#define DUMPED_NS 3600000000000ull
#define MS	  1000000ull

/* One CLOSE_WAIT on which data last moved `data_ms` ago, whose only holder was born `born_ms` ago,
 * its /proc read `later_ms` after the dump. */
static const char *cause_of_heir(uint32_t data_ms, uint32_t born_ms, uint32_t later_ms)
{
	struct judgement j;
	struct snapshot s;
	const char *cause;
	uint32_t process, conn;

	build_init(&s);
	s.netns.items[0].dumped_ns = DUMPED_NS;
	process = build_process(&s, "heir", 100);
	s.processes.items[process].start_ns = DUMPED_NS - born_ms * MS;
	s.processes.items[process].age_ms = born_ms + later_ms;
	conn = build_unread(&s, process, 50000, 5000);
	s.conns.items[conn].last_data_recv_ms = s.conns.items[conn].last_data_sent_ms = data_ms;
	build_judge(&s, &j);
	cause = cause_id(j.verdicts[conn].cause);
	judgement_finish(&j);
	snapshot_finish(&s);
	return cause;
}

static void one_born_after_the_last_data_inherited_it(void **state)
{
	(void)state;
	assert_string_equal(cause_of_heir(9000, 8800, 0), "inherited");
}

static void births_are_compared_with_the_time_of_the_dump(void **state)
{
	(void)state;
	assert_string_equal(cause_of_heir(9000, 8800, 5000), "inherited");
}

static void one_born_before_the_last_data_did_not(void **state)
{
	(void)state;
	assert_string_equal(cause_of_heir(9000, 8990, 0), "eof-unwatched");
	assert_string_equal(cause_of_heir(9000, 9200, 0), "eof-unwatched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_born_after_the_last_data_inherited_it),
		cmocka_unit_test(births_are_compared_with_the_time_of_the_dump),
		cmocka_unit_test(one_born_before_the_last_data_did_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
