// SPDX-License-Identifier: Apache-2.0
/* /tmp/perf-PID.map read. */
#include "see/stacks/perf_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define TEXT_MAX (64u << 20)

/* How many entries before the nearest one may still reach over an address: they overlap where code
 * was thrown away and its place used anew. */
#define OVERLAP_MAX 64

void perf_map_finish(struct perf_map *m)
{
	free(m->text);
	free(m->entries.items);
	*m = (struct perf_map){ 0 };
}

static bool parse_line(char *line, struct perf_entry *ret)
{
	uint64_t size;
	char *at, *from;

	ret->start = strtoull(line, &at, 16);
	if (at == line || *at != ' ')
		return false;
	from = at + 1;
	size = strtoull(from, &at, 16);
	if (at == from || *at != ' ' || size == 0 || size > UINT64_MAX - ret->start)
		return false;
	ret->end = ret->start + size;
	ret->name = at + 1;
	return ret->name[0] != '\0';
}

static int compare(const void *left, const void *right)
{
	const struct perf_entry *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

int perf_map_parse(char *text, size_t len, struct perf_map *m)
{
	*m = (struct perf_map){ .text = text };
	for (char *line = text, *end; line < text + len; line = end + 1) {
		struct perf_entry entry = { 0 };

		end = memchr(line, '\n', (size_t)(text + len - line));
		if (!end)
			end = text + len;
		*end = '\0';
		if (!parse_line(line, &entry))
			continue;
		if (array_grow(&m->entries, 1))
			return -ENOMEM;
		entry.order = (uint32_t)m->entries.n;
		m->entries.items[m->entries.n++] = entry;
	}
	if (m->entries.n)
		qsort(m->entries.items, m->entries.n, sizeof(*m->entries.items), compare);
	return 0;
}

int perf_map_read(int fd, struct perf_map *m)
{
	_free_ char *text = NULL;
	size_t len = 0, size;
	struct stat st;
	char *given;

	*m = (struct perf_map){ 0 };
	if (fstat(fd, &st) < 0)
		return -errno;
	size = st.st_size < TEXT_MAX ? (size_t)st.st_size : TEXT_MAX;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	given = text;
	text = NULL;
	return perf_map_parse(given, len, m);
}

const char *perf_map_find(const struct perf_map *m, uint64_t address)
{
	const struct perf_entry *best = NULL;
	size_t low = 0, high = m->entries.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->entries.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i > 0 && low - i < OVERLAP_MAX; i--) {
		const struct perf_entry *e = &m->entries.items[i - 1];

		if (address < e->end && (!best || e->order > best->order))
			best = e;
	}
	return best ? best->name : NULL;
}
