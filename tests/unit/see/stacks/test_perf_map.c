// SPDX-License-Identifier: Apache-2.0
/* Are names of generated code found, the latest where they overlap? */
#include "unit.h"

#include <string.h>

#include "see/stacks/perf_map.h"

static struct perf_map parse(const char *text)
{
	struct perf_map m;

	assert_int_equal(perf_map_parse(strdup(text), strlen(text), &m), 0);
	return m;
}

static void the_latest_that_holds_the_address_is_found(void **state)
{
	struct perf_map m = parse("3000 10 third\n"
				  "1000 100 JS:~handle server.js:12:3\n"
				  "0x2000 40 second\n"
				  "1080 20 newer\n"
				  "1000 10 newest");

	(void)state;
	assert_string_equal(perf_map_find(&m, 0x1050), "JS:~handle server.js:12:3");
	assert_string_equal(perf_map_find(&m, 0x1085), "newer");
	assert_string_equal(perf_map_find(&m, 0x10a0), "JS:~handle server.js:12:3");
	assert_string_equal(perf_map_find(&m, 0x1000), "newest");
	assert_string_equal(perf_map_find(&m, 0x203f), "second");
	assert_null(perf_map_find(&m, 0x2040));
	assert_null(perf_map_find(&m, 0xfff));
	assert_null(perf_map_find(&m, UINT64_MAX));
	perf_map_finish(&m);
}

static void nonsense_is_left_out(void **state)
{
	struct perf_map m = parse("\n\nx y z\n10\n10 20\n10 20 \n10 0 empty\n"
				  "ffffffffffffffff 2 over\n10 -1 minus\n");

	(void)state;
	assert_int_equal(m.entries.n, 0);
	assert_null(perf_map_find(&m, 0x10));
	perf_map_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_that_holds_the_address_is_found),
		cmocka_unit_test(nonsense_is_left_out),
	};

	return unit_run("perf_map", tests);
}
