// SPDX-License-Identifier: Apache-2.0
/* Reading the kernel's own count of TCP sockets. */
#include "model/sockstat.h"

#include <string.h>

/* Finds the number after the word `name` in one line. False when there is none. */
static bool read_number(const char *line, const char *end, const char *name, uint32_t *ret_value)
{
	size_t name_len = strlen(name);

	for (const char *p = line; p < end;) {
		const char *space = memchr(p, ' ', (size_t)(end - p));
		const char *word_end = space ? space : end;
		bool found = (size_t)(word_end - p) == name_len && memcmp(p, name, name_len) == 0;
		uint64_t value = 0;

		p = space ? space + 1 : end;
		if (!found)
			continue;
		if (p == end || *p < '0' || *p > '9')
			return false;
		for (; p < end && *p >= '0' && *p <= '9' && value < UINT32_MAX; p++)
			value = value * 10 + (uint64_t)(*p - '0');
		*ret_value = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX - 1;
		return true;
	}
	return false;
}

void sockstat_parse(const char *text, size_t len, struct sockstat *s)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;
		size_t line_len = (size_t)(line_end - text);

		if (line_len > 5 && memcmp(text, "TCP: ", 5) == 0) {
			read_number(text + 5, line_end, "inuse", &s->inuse4);
			read_number(text + 5, line_end, "tw", &s->time_wait);
		} else if (line_len > 6 && memcmp(text, "TCP6: ", 6) == 0) {
			read_number(text + 6, line_end, "inuse", &s->inuse6);
		}
		text = newline ? newline + 1 : end;
	}
}

bool sockstat_is_empty(const struct sockstat *s)
{
	return s->inuse4 == 0 && s->inuse6 == 0 && s->time_wait == 0;
}
