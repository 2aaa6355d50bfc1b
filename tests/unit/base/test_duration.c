// SPDX-License-Identifier: Apache-2.0
/* Are durations read as they are typed, and nothing else as one? */
#include "unit.h"

#include <errno.h>

#include "base/duration.h"
#include "base/mem.h"

static const struct {
	const char *text;
	int err;
	uint32_t ms;
} cases[] = {
	{ "0", 0, 0 },		{ "3", 0, 3000 },      { "3s", 0, 3000 },
	{ "1.5s", 0, 1500 },	{ "500ms", 0, 500 },   { "2m", 0, 120000 },
	{ "2 min", 0, 120000 }, { "1h", 0, 3600000 },  { "7d", 0, 604800000 },
	{ "50d", -ERANGE, 0 },	{ "", -EINVAL, 0 },    { "s", -EINVAL, 0 },
	{ "-3s", -EINVAL, 0 },	{ "nan", -EINVAL, 0 }, { "inf", -EINVAL, 0 },
	{ "3w", -EINVAL, 0 },	{ "3s3", -EINVAL, 0 }, { "1e999", -EINVAL, 0 },
};

static void a_duration_has_a_number_and_perhaps_a_unit(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t ms = 77;
		int err = duration_parse(cases[i].text, &ms);

		if (err != cases[i].err || ms != (err ? 77 : cases[i].ms))
			fail_msg("'%s' gives %d and %u", cases[i].text, err, ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_has_a_number_and_perhaps_a_unit),
	};

	return unit_run("duration", tests);
}
