/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at an address of a program: function, line, what the compiler inlined there. Many
 * threads stand at the same few places, so each is looked up once. */
#ifndef SEE_STACKS_PLACES_H
#define SEE_STACKS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "see/stacks/modules.h"
#include "see/stacks/perf_map.h"

/* One address. Its frames, innermost first, lie encoded in places.frames. */
struct place {
	size_t at, len;
	uint32_t n_frames;
	bool is_code;	 /* executable memory */
	bool after_call; /* the instruction before it is a call */
	bool tells;	 /* there is call frame information for it */
	bool is_unnamed; /* generated code of which nothing is known */
};

/* Owns all but the two it borrows. */
struct places {
	const struct copied_process *process;
	struct modules *modules;
	struct perf_map perf; /* read when first needed */
	bool asked_perf;
	SNAPSHOT_ARRAY(struct place) items;
	struct map by_address;
	struct buf frames; /* struct wire_frame with texts */
};

void places_finish(struct places *p);

/* The place of a program counter; `exact` when it is where the thread stands, else it is where a
 * call will return to. NULL when out of memory. Good until the next call. */
const struct place *places_find(struct places *p, uint64_t pc, bool exact);

#endif
