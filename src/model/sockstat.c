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

/* The word number `at` of a line, from 0; NULL behind the last. */
static const char *find_word(const char *line, const char *end, size_t at, size_t *ret_len)
{
	for (const char *p = line; p < end;) {
		const char *space = memchr(p, ' ', (size_t)(end - p));
		const char *word_end = space ? space : end;

		if (at-- == 0) {
			*ret_len = (size_t)(word_end - p);
			return p;
		}
		p = space ? space + 1 : end;
	}
	return NULL;
}

static uint64_t to_number(const char *word, size_t len)
{
	uint64_t value = 0;

	if (len == 0 || len > 19)
		return UINT64_MAX;
	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return UINT64_MAX;
		value = value * 10 + (uint64_t)(word[i] - '0');
	}
	return value;
}

uint64_t netstat_parse(const char *text, size_t len, const char *name)
{
	const char *end = text + len, *names = NULL, *names_end = NULL, *word;
	size_t word_len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;
		bool is_ours = (size_t)(line_end - text) > 8 && memcmp(text, "TcpExt: ", 8) == 0;

		if (is_ours && !names) {
			names = text;
			names_end = line_end;
		} else if (is_ours) {
			for (size_t i = 1; (word = find_word(names, names_end, i, &word_len));
			     i++) {
				if (word_len != strlen(name) || memcmp(word, name, word_len) != 0)
					continue;
				word = find_word(text, line_end, i, &word_len);
				return word ? to_number(word, word_len) : UINT64_MAX;
			}
			return UINT64_MAX;
		}
		text = newline ? newline + 1 : end;
	}
	return UINT64_MAX;
}

bool sockstat_is_empty(const struct sockstat *s)
{
	return s->inuse4 == 0 && s->inuse6 == 0 && s->time_wait == 0;
}
