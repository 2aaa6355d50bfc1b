// SPDX-License-Identifier: Apache-2.0
/* Are small files read whole, and is each way they can disappoint told apart? */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"

/* *shape*: a folder of its own for each test. Owns dirfd. */
struct folder {
	char path[64];
	int dirfd;
};

static int folder_make(void **state)
{
	static struct folder f;

	f = (struct folder){ .path = "/tmp/test-file-XXXXXX" };
	if (!mkdtemp(f.path))
		return -1;
	f.dirfd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &f;
	return f.dirfd < 0 ? -1 : 0;
}

static int folder_remove(void **state)
{
	struct folder *f = *state;

	unlinkat(f->dirfd, "file", 0);
	f->dirfd = fd_close(f->dirfd);
	return rmdir(f->path);
}

static void put(const struct folder *f, const char *text)
{
	_close_ int fd = openat(f->dirfd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void a_file_is_read_whole(void **state)
{
	char text[16];

	put(*state, "hello\n");
	assert_int_equal(file_read_at(((struct folder *)*state)->dirfd, "file", text, sizeof(text)),
			 6);
	assert_string_equal(text, "hello\n");
}

static void an_empty_file_is_empty_text(void **state)
{
	char text[16] = "before";

	put(*state, "");
	assert_int_equal(file_read_at(((struct folder *)*state)->dirfd, "file", text, sizeof(text)),
			 0);
	assert_string_equal(text, "");
}

static void what_does_not_fit_is_left_out(void **state)
{
	char text[6] = "xxxxx";

	put(*state, "hello world");
	assert_int_equal(file_read_at(((struct folder *)*state)->dirfd, "file", text, 6), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(file_read_at(((struct folder *)*state)->dirfd, "file", text, 1), 0);
	assert_string_equal(text, "");
}

static void a_file_of_proc_that_has_no_size_is_read_whole(void **state)
{
	_free_ char *text = malloc(1 << 20);
	ssize_t len;

	(void)state;
	len = file_read_at(AT_FDCWD, "/proc/self/maps", text, 1 << 20);
	assert_true(len > 0);
	assert_int_equal(text[len - 1], '\n');
	assert_non_null(strstr(text, "[stack]"));
}

static void what_cannot_be_read_says_why(void **state)
{
	const struct folder *f = *state;
	char text[16] = "kept";

	assert_int_equal(file_read_at(f->dirfd, "none", text, sizeof(text)), -ENOENT);
	assert_int_equal(file_read_at(f->dirfd, ".", text, sizeof(text)), -EISDIR);
	assert_int_equal(file_read_at(AT_FDCWD, "/dev/null/x", text, sizeof(text)), -ENOTDIR);
	assert_int_equal(file_read_at(-1, "x", text, sizeof(text)), -EBADF);
}

static void a_number_is_read_and_anything_else_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
		long value;
	} cases[] = {
		{ "60\n", 0, 60 },
		{ "-1", 0, -1 },
		{ "9223372036854775807\n", 0, LONG_MAX },
		{ "", -EINVAL, 0 },
		{ "\n", -EINVAL, 0 },
		{ "many\n", -EINVAL, 0 },
		{ "12x\n", -EINVAL, 0 },
		{ "32768\t60999\n", -EINVAL, 0 },
		{ "9223372036854775808\n", -EINVAL, 0 },
	};
	const struct folder *f = *state;
	char path[96];

	snprintf(path, sizeof(path), "%s/file", f->path);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		long value = 0;

		put(f, cases[i].text);
		assert_int_equal(file_read_long(path, &value), cases[i].err);
		assert_int_equal(value, cases[i].value);
	}
	unlink(path);
	assert_int_equal(file_read_long(path, &(long){ 0 }), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)
		in_folder(a_file_is_read_whole),
		in_folder(an_empty_file_is_empty_text),
		in_folder(what_does_not_fit_is_left_out),
		cmocka_unit_test(a_file_of_proc_that_has_no_size_is_read_whole),
		in_folder(what_cannot_be_read_says_why),
		in_folder(a_number_is_read_and_anything_else_refused),
	};

	return unit_run("file", tests);
}
