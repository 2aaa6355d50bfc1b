// SPDX-License-Identifier: Apache-2.0
/* Memory that runs out, at whichever allocation, is said and leaves nothing behind. Linked with
 * --wrap for the four ways to allocate. */
#include "unit.h"

#include <errno.h>

#include "build.h"

/* More allocations than there are. */
#define ALLOCATIONS_MAX 100000

/* Counts down to the allocation that fails; below 0 none does. */
static long left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static bool is_out_of_memory(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return is_out_of_memory() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_out_of_memory() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return is_out_of_memory() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return is_out_of_memory() ? NULL : __real_strdup(text);
}

/* Something of each kind: many findings, legs, both ends, a listener, TIME_WAIT. */
static void make(struct snapshot *s)
{
	build_init(s);
	build_process(s, "app", 100);
	build_process(s, "other", 101);
	for (uint32_t i = 0; i < 4; i++)
		build_thread(s, 0, i < 2 ? CALL_FUTEX : CALL_RECEIVE, OBJECT_TCP)->object_text =
			i == 2 ? "10.0.0.1:40000 -> 10.0.0.9:2" : NULL;
	s->processes.items[0].unit = snapshot_string(s, "app.service");
	build_listener(s, "*:1", 200, 128);
	build_conn(s, TCP_STATE_TIME_WAIT, "10.0.0.1:40000", "10.0.0.9:2", 9000);
	for (uint16_t i = 0; i < 40; i++)
		snapshot_conn(s, build_unread(s, i % 2, (uint16_t)(40000 + i), 10000))
			->remote.port = (uint16_t)(1 + i % 20);
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t row = build_conn(s, i % 2 ? TCP_STATE_FIN_WAIT_2 : TCP_STATE_CLOSE_WAIT,
					  "10.0.0.1:1", "10.0.0.1:2", 9000 + i);

		snapshot_conn(s, row)->rqueue = 0;
		build_hold(s, row, 0);
	}
}

static void every_failed_allocation_is_said(void **state)
{
	struct snapshot s, before;
	const struct judge_options options = { .older_than_ms = JUDGE_OLDER_THAN_MS,
					       .expected = true,
					       .earlier = &before };
	long n;

	(void)state;
	make(&s);
	make(&before);
	s.taken_real_ms = 10000;
	for (n = 0; n < ALLOCATIONS_MAX; n++) {
		struct judgement j;
		bool failed;
		int err;

		left = n;
		err = judge_run(&s, &options, &j);
		failed = left < 0;
		left = -1;
		assert_int_equal(err, failed ? -ENOMEM : 0);
		if (failed) {
			assert_null(j.verdicts);
			assert_null(j.findings.items);
		} else {
			judgement_finish(&j);
			break;
		}
	}
	assert_in_range(n, 100, ALLOCATIONS_MAX - 1);
	snapshot_finish(&s);
	snapshot_finish(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_failed_allocation_is_said) };

	return unit_run("judge memory", tests);
}
