/* SPDX-License-Identifier: Apache-2.0 */
/* Names of code made at run time, as runtimes write them for perf (node --perf-basic-prof, Java
 * with an agent): lines of "START SIZE NAME", both numbers hexadecimal
 * (tools/perf/Documentation/jit-interface.txt). */
#ifndef SEE_STACKS_PERF_MAP_H
#define SEE_STACKS_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

struct perf_entry {
	uint64_t start, end;
	const char *name;
	uint32_t order; /* a later line says what is there now */
};

/* Owns the text that the names lie in. */
struct perf_map {
	char *text;
	SNAPSHOT_ARRAY(struct perf_entry) entries;
};

void perf_map_finish(struct perf_map *m);

/* Takes `text` (len bytes and a NUL behind them, from malloc(); freed in any case) apart; lines
 * that make no sense are left out. 0 or -ENOMEM. Finish *m in both cases. */
int perf_map_parse(char *text, size_t len, struct perf_map *m);

/* Reads the file open at fd, its first 64 MiB. 0 or -errno; finish *m in both cases. */
int perf_map_read(int fd, struct perf_map *m);

/* What is called at this address, NULL not known. */
const char *perf_map_find(const struct perf_map *m, uint64_t address);

#endif
