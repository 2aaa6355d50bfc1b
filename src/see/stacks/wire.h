/* SPDX-License-Identifier: Apache-2.0 */
/* What the unwinding child tells its parent. The child may have gone wrong on what it read, so the
 * parent believes nothing that does not add up. */
#ifndef SEE_STACKS_WIRE_H
#define SEE_STACKS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "model/snapshot.h"

/* Texts are cut there. */
#define WIRE_TEXT_MAX 1023

/* Frames told of one thread, inlined ones counted. */
#define WIRE_FRAMES_MAX 96

/* One thread; n_frames struct wire_frame with their texts follow. */
struct wire_thread {
	uint32_t bytes; /* of all of it */
	uint32_t row;	/* of the thread, as the parent counts them */
	uint16_t n_frames;
	uint16_t n_sure; /* of them; what follows is behind code that does not tell its caller */
	uint8_t end;	 /* enum stack_end */
	uint8_t late;	 /* memory was read that was not copied: it is of a later moment */
	uint8_t pad[2];
};

_Static_assert(sizeof(struct wire_thread) == 16, "no hidden padding");

/* One frame; its texts follow, without NUL, then zeros up to a multiple of 8 bytes. */
struct wire_frame {
	uint64_t offset;
	uint32_t line;
	uint16_t function_len, file_len, module_len; /* 0: not known */
	uint8_t flags;				     /* enum frame_flag */
	uint8_t pad[5];
};

_Static_assert(sizeof(struct wire_frame) == 24, "no hidden padding");

/* Adds one frame to what will follow a struct wire_thread. Texts may be NULL. */
void wire_put_frame(struct buf *b, const struct stack_frame *frame);

/* What came of one thread. */
struct wire_told {
	uint64_t hash;	    /* of frames and end: equal for equal stacks */
	uint64_t sure_hash; /* of the frames that are sure; of all and the end where all are */
	uint32_t frames;
	uint16_t n_frames;
	uint16_t n_sure;
	uint8_t end; /* enum stack_end; STACK_END_UNKNOWN: nothing came */
	bool late;
};

/* *shape*: told has n_threads entries. Borrows all but the map. */
struct wire {
	struct snapshot *snapshot; /* gets frames and texts */
	struct wire_told *told;
	size_t n_threads;
	struct map known; /* hash → row of told */
};

void wire_finish(struct wire *w);

/* Takes the whole records in buf. How many bytes were used (give the rest again with more);
 * -ERR_MALFORMED, -ENOMEM. */
long wire_take(struct wire *w, const void *buf, size_t len);

#endif
