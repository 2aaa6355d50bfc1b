// SPDX-License-Identifier: Apache-2.0
/* Is /proc/PID/maps taken apart, and nonsense in it left out? */
#include "unit.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "see/stacks/maps.h"

static struct mappings parse(const char *text)
{
	struct mappings m;

	assert_int_equal(mappings_parse(strdup(text), strlen(text), &m), 0);
	return m;
}

static void a_line_is_a_mapping(void **state)
{
	struct mappings m = parse(
		"55d0c0a00000-55d0c0a28000 r--p 00002000 fe:1f 1234                 /usr/bin/a b\n"
		"55d0c0a28000-55d0c0a29000 r-xp 00028000 00:00 0 \n"
		"7f0000000000-7f0000001000 r-xp 00000000 fe:00 77 /tmp/gone (deleted)\n"
		"7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    [vsyscall]");

	(void)state;
	assert_int_equal(m.items.n, 5);
	assert_int_equal(m.items.items[0].start, 0x55d0c0a00000);
	assert_int_equal(m.items.items[0].offset, 0x2000);
	assert_int_equal(m.items.items[0].device_major, 0xfe);
	assert_int_equal(m.items.items[0].device_minor, 0x1f);
	assert_int_equal(m.items.items[0].inode, 1234);
	assert_string_equal(m.items.items[0].path, "/usr/bin/a b");
	assert_false(m.items.items[0].is_executable);
	assert_false(m.items.items[0].is_deleted);
	assert_true(m.items.items[1].is_executable);
	assert_string_equal(m.items.items[1].path, "");
	assert_true(m.items.items[2].is_deleted);
	assert_string_equal(m.items.items[2].path, "/tmp/gone");
	assert_string_equal(m.items.items[3].path, "[vdso]");
	assert_int_equal(m.items.items[4].start, 0xffffffffff600000);
	assert_ptr_equal(mappings_find(&m, 0x55d0c0a27fff), &m.items.items[0]);
	assert_ptr_equal(mappings_find(&m, 0x55d0c0a28000), &m.items.items[1]);
	assert_null(mappings_find(&m, 0x55d0c0a29000));
	assert_null(mappings_find(&m, 0));
	assert_null(mappings_find(&m, UINT64_MAX));
	mappings_finish(&m);
}

static void what_makes_no_sense_is_left_out(void **state)
{
	struct mappings m = parse("\n"
				  "10-20\n"
				  "10-20 r-x\n"
				  "zz-20 r-xp 0 0:0 0\n"
				  "20-10 r-xp 0 0:0 0 \n"
				  "100-200 r-xp 0 0:0 0 /a\n"
				  "50-60 r-xp 0 0:0 0 /backwards\n"
				  "180-300 r-xp 0 0:0 0 /over\n"
				  "99999999999999999999-20 r-xp 0 0:0 0\n"
				  "200-300 r-xp 0 0:0 0 (deleted)\n");

	(void)state;
	assert_int_equal(m.items.n, 2);
	assert_string_equal(m.items.items[0].path, "/a");
	assert_false(m.items.items[1].is_deleted);
	mappings_finish(&m);
}

static void our_own_are_read(void **state)
{
	_close_ int dirfd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct mapping *here;
	struct mappings m;

	(void)state;
	assert_int_equal(mappings_read(dirfd, &m), 0);
	here = mappings_find(&m, (uint64_t)(uintptr_t)our_own_are_read);
	assert_non_null(here);
	assert_true(here->is_executable);
	assert_non_null(strstr(here->path, "maps"));
	mappings_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_mapping),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(our_own_are_read),
	};

	return unit_run("maps", tests);
}
