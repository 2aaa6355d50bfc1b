// SPDX-License-Identifier: Apache-2.0
/* Do arrays grow without losing, mixing up or leaking what they hold? */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"

struct point {
	int x, y, z;
};

struct points {
	struct point *items;
	size_t n, cap;
};

static void what_an_array_holds_survives_growing(void **state)
{
	struct points a = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(array_grow(&a, 1), 0);
		assert_true(a.cap > a.n);
		a.items[a.n++] = (struct point){ i, -i, 2 * i };
	}
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(a.items[i].x, i);
		assert_int_equal(a.items[i].z, 2 * i);
	}
	free(a.items);
}

static void new_elements_are_zero(void **state)
{
	struct points a = { 0 };

	(void)state;
	assert_int_equal(array_grow(&a, 10), 0);
	a.items[0].x = 1;
	a.n = 10;
	assert_int_equal(array_grow(&a, 100), 0);
	assert_int_equal(a.items[0].x, 1);
	for (size_t i = 1; i < a.cap; i++)
		assert_int_equal(a.items[i].x | a.items[i].y | a.items[i].z, 0);
	free(a.items);
}

static void room_for_none_needs_no_memory(void **state)
{
	struct points a = { 0 };

	(void)state;
	assert_int_equal(array_grow(&a, 0), 0);
	assert_null(a.items);
}

static void growing_is_seldom(void **state)
{
	struct points a = { 0 };
	size_t times = 0;

	(void)state;
	for (a.n = 0; a.n < 100000; a.n++) {
		size_t before = a.cap;

		assert_int_equal(array_grow(&a, 1), 0);
		times += a.cap != before;
	}
	assert_true(times < 30);
	free(a.items);
}

static void an_impossible_size_leaves_the_array_as_it_was(void **state)
{
	struct points a = { 0 };
	struct point *items;

	(void)state;
	assert_int_equal(array_grow(&a, 1), 0);
	a.items[0].x = 7;
	a.n = 1;
	items = a.items;
	assert_int_equal(array_grow(&a, SIZE_MAX / sizeof(*a.items)), -ENOMEM);
	assert_ptr_equal(a.items, items);
	assert_int_equal(a.cap, 16);
	assert_int_equal(a.items[0].x, 7);
	free(a.items);
}

static void a_scoped_fd_is_closed_and_a_taken_one_is_not(void **state)
{
	int closed, kept;

	(void)state;
	{
		_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		_close_ int other = open("/dev/null", O_RDONLY | O_CLOEXEC);

		closed = fd;
		kept = take_fd(&other);
		assert_int_equal(other, -1);
	}
	assert_int_equal(fcntl(closed, F_GETFD), -1);
	assert_int_not_equal(fcntl(kept, F_GETFD), -1);
	errno = ENOENT;
	assert_int_equal(fd_close(kept), -1);
	assert_int_equal(fd_close(-1), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_array_holds_survives_growing),
		cmocka_unit_test(new_elements_are_zero),
		cmocka_unit_test(room_for_none_needs_no_memory),
		cmocka_unit_test(growing_is_seldom),
		cmocka_unit_test(an_impossible_size_leaves_the_array_as_it_was),
		cmocka_unit_test(a_scoped_fd_is_closed_and_a_taken_one_is_not),
	};

	return unit_run("mem", tests);
}
