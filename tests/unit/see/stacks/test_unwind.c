// SPDX-License-Identifier: Apache-2.0
/* Does unwinding end, whatever stands on the stack and in the registers? */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "see/stacks/child.h"
#include "see/stacks/unwind.h"
#include "see/stacks/wire.h"

#define STACK_BYTES 65536
#define TURNS	    400
#define LIMIT_NS    20000000000ull

/* Not that of the C library, so that a failure can be repeated. */
static uint64_t next_random(uint64_t *state)
{
	*state = hash_mix(*state + 0x9e3779b97f4a7c15ull);
	return *state;
}

/* Random bytes, of which many are addresses: of code, of the stack itself, of what is near. */
static void fill(uint8_t *bytes, uint64_t low, const struct mappings *maps, uint64_t *state)
{
	for (size_t i = 0; i < STACK_BYTES; i += 8) {
		const struct mapping *m = &maps->items.items[next_random(state) % maps->items.n];
		uint64_t value = next_random(state);

		switch (value % 4) {
		case 0:
			value = m->start + value / 4 % (m->end - m->start);
			break;
		case 1:
			value = low + value / 4 % STACK_BYTES;
			break;
		case 2:
			value = value / 4 % 256;
			break;
		default:
			break;
		}
		memcpy(bytes + i, &value, sizeof(value));
	}
}

static int take_record(void *data, const void *record, size_t len)
{
	assert_int_equal(wire_take(data, record, len), len);
	return 0;
}

/* Registers and stack of thread `turn`; mostly it stands in real code. */
static void make_thread(struct copied_thread *t, uint32_t turn, const struct mappings *maps,
			uint64_t *random)
{
	t->low = 0x7f1234560000;
	t->len = STACK_BYTES;
	t->bytes = malloc(STACK_BYTES);
	t->at.tid = (uint32_t)getpid();
	fill(t->bytes, t->low, maps, random);
	memcpy(t->at.user.general, t->bytes, sizeof(t->at.user.general));
	memcpy(&t->at.user.pc, t->bytes + 512, 8);
	t->at.user.general[REGISTERS_SP] = t->low + *random % STACK_BYTES;
	if (turn % 4)
		t->at.user.pc = (uint64_t)(uintptr_t)(turn % 2 ? (void *)malloc : (void *)fill) +
				*random % 64;
}

static void random_stacks_are_unwound_in_bounded_time(void **state)
{
	struct copied_process process = { .pid = (uint32_t)getpid(), .dirfd = -1 };
	struct copied_thread *threads = calloc(TURNS, sizeof(*threads));
	struct wire_told *told = calloc(TURNS, sizeof(*told));
	struct copied c = { .processes = { .items = &process, .n = 1 },
			    .threads = { .items = threads, .n = TURNS } };
	uint64_t random = 4711, start_ns = clock_mono_ns();
	struct snapshot s;
	struct wire w = { .snapshot = &s, .told = told, .n_threads = TURNS };

	(void)state;
	snapshot_init(&s);
	assert_int_equal(copied_open(&process, process.pid), 0);
	for (uint32_t i = 0; i < TURNS; i++)
		make_thread(&threads[i], i, &process.maps, &random);
	assert_int_equal(unwind_process(&c, 0, take_record, &w), 0);
	assert_true(clock_mono_ns() - start_ns < LIMIT_NS);
	for (uint32_t i = 0; i < TURNS; i++) {
		assert_int_not_equal(told[i].end, STACK_END_UNKNOWN);
		free(threads[i].bytes);
	}
	wire_finish(&w);
	snapshot_finish(&s);
	free(threads);
	free(told);
	mappings_finish(&process.maps);
	close(process.dirfd);
}

static void a_child_that_takes_too_long_is_ended(void **state)
{
	struct copied_process process = { .pid = (uint32_t)getpid(), .dirfd = -1 };
	struct copied_thread thread = { 0 };
	struct copied c = { .processes = { .items = &process, .n = 1 },
			    .threads = { .items = &thread, .n = 1 } };
	struct wire_told told[1] = { 0 };
	struct snapshot s;
	struct wire w = { .snapshot = &s, .told = told, .n_threads = 1 };

	(void)state;
	snapshot_init(&s);
	assert_int_equal(copied_open(&process, process.pid), 0);
	assert_int_equal(child_unwind(&c, 0, &w, clock_mono_ns()), -ETIME);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	wire_finish(&w);
	snapshot_finish(&s);
	mappings_finish(&process.maps);
	close(process.dirfd);
}

static void a_child_that_crashes_is_told(void **state)
{
	struct copied_process process = { .pid = (uint32_t)getpid(), .dirfd = -1 };
	struct copied_thread thread = { .bytes = (uint8_t *)8, .len = 4096, .low = 0x7f0000000000 };
	struct copied c = { .processes = { .items = &process, .n = 1 },
			    .threads = { .items = &thread, .n = 1 } };
	struct wire_told told[1] = { 0 };
	struct snapshot s;
	struct wire w = { .snapshot = &s, .told = told, .n_threads = 1 };

	(void)state;
	snapshot_init(&s);
	assert_int_equal(copied_open(&process, process.pid), 0);
	thread.at.tid = process.pid;
	thread.at.user.pc = (uint64_t)(uintptr_t)malloc;
	thread.at.user.general[REGISTERS_SP] = thread.low + 8;
	assert_int_equal(child_unwind(&c, 0, &w, clock_mono_ns() + LIMIT_NS), -ERR_MALFORMED);
	assert_int_equal(told[0].end, STACK_END_UNKNOWN);
	wire_finish(&w);
	snapshot_finish(&s);
	mappings_finish(&process.maps);
	close(process.dirfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_stacks_are_unwound_in_bounded_time),
		cmocka_unit_test(a_child_that_takes_too_long_is_ended),
		cmocka_unit_test(a_child_that_crashes_is_told),
	};

	return unit_run("unwind", tests);
}
