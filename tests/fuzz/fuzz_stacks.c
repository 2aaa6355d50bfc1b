// SPDX-License-Identifier: Apache-2.0
/* Whatever the unwinding child, /proc/PID/maps or a perf map says: does every row name rows that
 * are there? The first byte says which of the three it is. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "see/stacks/maps.h"
#include "see/stacks/perf_map.h"
#include "see/stacks/wire.h"

#define THREADS 8

/* The text with a NUL behind it, as its reader gives it. */
static char *text_of(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	fuzz_check(text);
	memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

static void take_maps(const uint8_t *bytes, size_t len)
{
	struct mappings m;

	fuzz_check(mappings_parse(text_of(bytes, len), len, &m) == 0);
	for (size_t i = 0; i < m.items.n; i++) {
		const struct mapping *mapping = &m.items.items[i];

		fuzz_check(mapping->start < mapping->end);
		fuzz_check(i == 0 || mapping[-1].end <= mapping->start);
		fuzz_check(mappings_find(&m, mapping->start) == mapping);
		fuzz_check(mappings_find(&m, mapping->end - 1) == mapping);
		fuzz_check(strlen(mapping->path) <= len);
	}
	mappings_finish(&m);
}

static void take_perf_map(const uint8_t *bytes, size_t len)
{
	struct perf_map m;

	fuzz_check(perf_map_parse(text_of(bytes, len), len, &m) == 0);
	for (size_t i = 0; i < m.entries.n && i < 100; i++)
		perf_map_find(&m, m.entries.items[i].end - 1);
	perf_map_finish(&m);
}

static void take_wire(const uint8_t *bytes, size_t len)
{
	struct wire_told told[THREADS] = { 0 };
	struct snapshot s;
	struct wire w = { .snapshot = &s, .told = told, .n_threads = THREADS };

	snapshot_init(&s);
	fuzz_check(wire_take(&w, bytes, len) <= (long)len);
	for (size_t i = 0; i < THREADS; i++) {
		if (told[i].end == STACK_END_UNKNOWN)
			continue;
		fuzz_check((size_t)told[i].frames + told[i].n_frames <= s.stack_frames.n);
		fuzz_check(told[i].n_sure <= told[i].n_frames);
	}
	wire_finish(&w);
	snapshot_finish(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static void (*const takers[])(const uint8_t *bytes,
				      size_t len) = { take_maps, take_perf_map, take_wire };

	if (len)
		takers[bytes[0] % 3](bytes + 1, len - 1);
	return 0;
}
