// SPDX-License-Identifier: Apache-2.0
/* Does a thread go into a network namespace alone, and is it said when it may not? */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/netns.h"

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static ino_t own_inode(void)
{
	_close_ int fd = netns_open_own();

	assert_true(fd >= 0);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	return inode_of(fd);
}

/* What the other thread saw; `away` is 0 when it may not make a namespace, so not enter one either.
 */
struct journey {
	int home_fd;
	ino_t away, back;
	int err;
};

static void *go_and_return(void *arg)
{
	struct journey *j = arg;

	if (unshare(CLONE_NEWNET) == 0)
		j->away = own_inode();
	j->err = netns_enter(j->home_fd);
	j->back = own_inode();
	return NULL;
}

static void one_thread_goes_and_comes_back_and_the_others_stay(void **state)
{
	_close_ int home_fd = netns_open_own();
	struct journey j = { .home_fd = home_fd };
	ino_t home = own_inode();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, go_and_return, &j), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(own_inode(), home);
	assert_int_equal(j.back, home);
	assert_int_not_equal(j.away, home);
	assert_int_equal(j.err, j.away ? 0 : -EPERM);
}

static void what_is_no_namespace_is_refused(void **state)
{
	_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(netns_enter(fd), -EINVAL);
	assert_int_equal(netns_enter(-1), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_goes_and_comes_back_and_the_others_stay),
		cmocka_unit_test(what_is_no_namespace_is_refused),
	};

	return unit_run("netns", tests);
}
