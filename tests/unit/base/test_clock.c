// SPDX-License-Identifier: Apache-2.0
/* Are times written as RFC 3339 says, and do the clocks go forward? */
#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"

static void times_are_written_as_rfc_3339(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 1795171320123, "2026-11-20T10:42:00.123Z" },
		{ 2147483648000, "2038-01-19T03:14:08.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[CLOCK_RFC3339_LEN];

		clock_format_rfc3339(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void the_zone_of_the_process_does_not_matter(void **state)
{
	char text[CLOCK_RFC3339_LEN];

	(void)state;
	setenv("TZ", "Pacific/Auckland", 1);
	clock_format_rfc3339(1795171320123, text);
	assert_string_equal(text, "2026-11-20T10:42:00.123Z");
}

static void a_time_out_of_any_calendar_stays_inside_its_buffer(void **state)
{
	char text[CLOCK_RFC3339_LEN + 1];

	(void)state;
	text[CLOCK_RFC3339_LEN] = 'x';
	clock_format_rfc3339(UINT64_MAX, text);
	assert_int_equal(text[CLOCK_RFC3339_LEN], 'x');
}

static void sleeping_ends_not_before_its_time(void **state)
{
	uint64_t until = clock_mono_ns() + 20000000;

	(void)state;
	clock_sleep_until(until);
	assert_true(clock_mono_ns() >= until);
	clock_sleep_until(0);
}

static void the_clocks_go_and_are_of_our_time(void **state)
{
	uint64_t mono_ns = clock_mono_ns(), boot_ns = clock_boot_ns();

	(void)state;
	assert_true(clock_mono_ns() >= mono_ns);
	assert_true(clock_boot_ns() >= boot_ns);
	assert_true(clock_real_ms() > 1577836800000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_as_rfc_3339),
		cmocka_unit_test(the_zone_of_the_process_does_not_matter),
		cmocka_unit_test(a_time_out_of_any_calendar_stays_inside_its_buffer),
		cmocka_unit_test(sleeping_ends_not_before_its_time),
		cmocka_unit_test(the_clocks_go_and_are_of_our_time),
	};

	return unit_run("clock", tests);
}
