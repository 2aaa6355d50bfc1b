// SPDX-License-Identifier: Apache-2.0
/* Reading a duration. */
#include "base/duration.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct {
	const char *unit;
	double ms;
} units[] = {
	{ "", 1000 },	  { "ms", 1 },	    { "s", 1000 },     { "m", 60000 },
	{ "min", 60000 }, { "h", 3600000 }, { "d", 86400000 },
};

int duration_parse(const char *text, uint32_t *ret_ms)
{
	double value, ms;
	char *end;

	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || !isfinite(value) || value < 0)
		return -EINVAL;
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		ms = value * units[i].ms;
		if (ms >= UINT32_MAX)
			return -ERANGE;
		*ret_ms = (uint32_t)ms;
		return 0;
	}
	return -EINVAL;
}
