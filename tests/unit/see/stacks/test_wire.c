// SPDX-License-Identifier: Apache-2.0
/* Is what the unwinding child tells taken as it is, and refused where it does not add up? */
#include "unit.h"

#include <string.h>

#include "base/error.h"
#include "see/stacks/wire.h"

#define THREADS 4

static const struct stack_frame frames[] = {
	{ .function = "inner", .file = "a.c", .module = "/bin/x", .offset = 0x10, .line = 3 },
	{ .function = "outer", .module = "/bin/x", .offset = 0x20, .flags = FRAME_GUESSED },
};

/* One thread's record with the first n of these frames. */
static void put_thread(struct buf *b, uint32_t row, uint16_t n, uint16_t n_sure)
{
	struct wire_thread head = {
		.row = row, .n_frames = n, .n_sure = n_sure, .end = STACK_END_WHOLE
	};
	_buf_ struct buf all = { 0 };

	for (uint16_t i = 0; i < n; i++)
		wire_put_frame(&all, &frames[i]);
	head.bytes = (uint32_t)(sizeof(head) + all.len);
	buf_add(b, &head, sizeof(head));
	buf_add(b, all.data, all.len);
}

static void equal_stacks_are_kept_once(void **state)
{
	struct wire_told told[THREADS] = { 0 };
	struct snapshot s;
	struct wire w = { .snapshot = &s, .told = told, .n_threads = THREADS };
	_buf_ struct buf b = { 0 };
	size_t used = 0;

	(void)state;
	snapshot_init(&s);
	put_thread(&b, 2, 2, 2);
	put_thread(&b, 0, 2, 2);
	put_thread(&b, 1, 1, 1);
	put_thread(&b, 3, 2, 1);
	/* Byte for byte, as a pipe may bring it. */
	for (size_t have = 0; have <= b.len; have++) {
		long n = wire_take(&w, b.data + used, have - used);

		assert_true(n >= 0);
		used += (size_t)n;
	}
	assert_int_equal(used, b.len);
	assert_int_equal(s.stack_frames.n, 3);
	assert_int_equal(told[0].frames, told[2].frames);
	assert_int_equal(told[0].hash, told[2].hash);
	assert_int_equal(told[3].hash, told[2].hash);
	assert_int_equal(told[3].sure_hash != told[2].sure_hash, 1);
	assert_int_equal(told[1].n_frames, 1);
	assert_string_equal(s.stack_frames.items[1].function, "outer");
	assert_null(s.stack_frames.items[1].file);
	assert_string_equal(s.stack_frames.items[0].file, "a.c");
	assert_int_equal(s.stack_frames.items[1].flags, FRAME_GUESSED);
	/* A thread is told once. */
	assert_int_equal(wire_take(&w, b.data, b.len), -ERR_MALFORMED);
	wire_finish(&w);
	snapshot_finish(&s);
}

static void whatever_is_spoiled_is_refused_or_makes_sense(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	put_thread(&b, 2, 2, 1);
	put_thread(&b, 0, 1, 1);
	for (size_t i = 0; i < b.len * 8; i++) {
		struct wire_told told[THREADS] = { 0 };
		struct snapshot s;
		struct wire w = { .snapshot = &s, .told = told, .n_threads = THREADS };
		char *copy = malloc(b.len);
		long used;

		snapshot_init(&s);
		memcpy(copy, b.data, b.len);
		copy[i / 8] ^= (char)(1 << i % 8);
		used = wire_take(&w, copy, b.len);
		assert_true(used == -ERR_MALFORMED || (used >= 0 && (size_t)used <= b.len));
		for (size_t k = 0; k < THREADS; k++)
			if (told[k].end != STACK_END_UNKNOWN)
				assert_true(told[k].frames + told[k].n_frames <= s.stack_frames.n &&
					    told[k].n_sure <= told[k].n_frames);
		wire_finish(&w);
		snapshot_finish(&s);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_kept_once),
		cmocka_unit_test(whatever_is_spoiled_is_refused_or_makes_sense),
	};

	return unit_run("wire", tests);
}
