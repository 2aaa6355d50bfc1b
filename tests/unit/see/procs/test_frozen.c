// SPDX-License-Identifier: Apache-2.0
/* Is a process in a frozen cgroup told from others, by cgroups that the test makes? */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "see/procs/describe.h"

/* One version of cgroups: where it is mounted, and how one is frozen. */
struct hierarchy {
	const char *root, *control, *freeze, *thaw;
};

static const struct hierarchy hierarchies[] = {
	{ "/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED" },
	{ "/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0" },
	{ "/sys/fs/cgroup", "cgroup.freeze", "1", "0" },
};

#define PATH_ROOM 256

static int put(const char *group, const char *name, const char *text)
{
	char path[PATH_ROOM * 2];
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", group, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int move(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return put(group, "cgroup.procs", text);
}

static void name_group(char *ret, const char *above, const char *name)
{
	int len = snprintf(ret, PATH_ROOM, "%s/linger-test-%s-%d", above, name, getpid());

	assert_in_range(len, 1, PATH_ROOM - 1);
}

/* Tried for real: a cgroup made below it can be frozen, and we may do it. */
static bool can_freeze(const struct hierarchy *h)
{
	char group[PATH_ROOM], file[PATH_ROOM * 2];
	bool can;

	name_group(group, h->root, "try");
	if (mkdir(group, 0755) < 0)
		return false;
	snprintf(file, sizeof(file), "%s/%s", group, h->control);
	can = access(file, W_OK) == 0;
	rmdir(group);
	return can;
}

/* Where no cgroup2 is mounted: the kernel has it, and this test a mount namespace of its own. */
static void mount_unified(void)
{
	if (access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0 ||
	    access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0)
		return;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
		print_message("# cgroup2 cannot be mounted: %s\n", strerror(errno));
}

static const struct hierarchy *next_freezable(const struct hierarchy *h)
{
	const struct hierarchy *end = hierarchies + ARRAY_LEN(hierarchies);

	for (h = h ? h + 1 : hierarchies; h < end; h++)
		if (can_freeze(h))
			return h;
	return NULL;
}

static pid_t start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(60);
		for (;;)
			pause();
	}
	return pid;
}

static void end(const struct hierarchy *h, const char *frozen, pid_t pid)
{
	assert_int_equal(put(frozen, h->control, h->thaw), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A cgroup lets go of its last process a moment after that was waited for. */
static void remove_group(const char *group)
{
	uint64_t end_ns = clock_mono_ns() + 5000000000ull;

	while (rmdir(group) < 0 && errno == EBUSY && clock_mono_ns() < end_ns)
		clock_sleep_until(clock_mono_ns() + 1000000);
	assert_int_equal(access(group, F_OK), -1);
}

static enum fact ask(pid_t pid)
{
	struct snapshot s;
	enum fact frozen;

	snapshot_init(&s);
	snapshot_process(&s, snapshot_add_process(&s))->pid = (uint32_t)pid;
	assert_int_equal(procs_describe(&s, 0), 0);
	frozen = snapshot_process(&s, 0)->frozen;
	snapshot_finish(&s);
	return frozen;
}

/* Freezing takes a moment. */
static enum fact wait_for(pid_t pid, enum fact wanted)
{
	uint64_t end_ns = clock_mono_ns() + 5000000000ull;
	enum fact frozen;

	do
		frozen = ask(pid);
	while (frozen != wanted && clock_mono_ns() < end_ns);
	return frozen;
}

static void a_frozen_process_is_told(void **state)
{
	(void)state;
	for (const struct hierarchy *h = NULL; (h = next_freezable(h));) {
		char group[PATH_ROOM];
		pid_t child = start();

		print_message("# %s\n", h->root);
		name_group(group, h->root, "one");
		assert_int_equal(mkdir(group, 0755), 0);
		assert_int_equal(move(group, child), 0);
		assert_int_not_equal(ask(child), FACT_YES);
		assert_int_equal(put(group, h->control, h->freeze), 0);
		assert_int_equal(wait_for(child, FACT_YES), FACT_YES);
		/* Not so one beside it. */
		assert_int_not_equal(ask(getpid()), FACT_YES);
		assert_int_equal(put(group, h->control, h->thaw), 0);
		assert_int_equal(wait_for(child, FACT_NO), FACT_NO);
		end(h, group, child);
		remove_group(group);
	}
}

static void a_process_below_a_frozen_cgroup_is_frozen(void **state)
{
	(void)state;
	for (const struct hierarchy *h = NULL; (h = next_freezable(h));) {
		char above[PATH_ROOM], group[PATH_ROOM];
		pid_t child = start();

		name_group(above, h->root, "above");
		name_group(group, above, "below");
		assert_int_equal(mkdir(above, 0755), 0);
		assert_int_equal(mkdir(group, 0755), 0);
		assert_int_equal(move(group, child), 0);
		assert_int_equal(put(above, h->control, h->freeze), 0);
		assert_int_equal(wait_for(child, FACT_YES), FACT_YES);
		end(h, above, child);
		remove_group(group);
		remove_group(above);
	}
}

/* From a cgroup namespace of its own: what it takes for its cgroup's path is another's here. */
static void ask_from_within(const struct hierarchy *h, const char *above, pid_t pid)
{
	pid_t asker = fork();
	int status = -1;

	assert_true(asker >= 0);
	if (asker == 0) {
		alarm(10);
		if (move(above, getpid()) || unshare(CLONE_NEWCGROUP) < 0)
			_exit(77);
		_exit(ask(pid) == FACT_YES);
	}
	assert_int_equal(waitpid(asker, &status, 0), asker);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		print_message("# no cgroup namespaces below %s\n", h->root);
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_namesake_is_not_taken_for_its_cgroup(void **state)
{
	(void)state;
	for (const struct hierarchy *h = NULL; (h = next_freezable(h));) {
		char above[PATH_ROOM], group[PATH_ROOM], namesake[PATH_ROOM];
		pid_t child = start();

		name_group(above, h->root, "space");
		name_group(group, above, "same");
		name_group(namesake, h->root, "same");
		assert_int_equal(mkdir(above, 0755), 0);
		assert_int_equal(mkdir(group, 0755), 0);
		assert_int_equal(mkdir(namesake, 0755), 0);
		assert_int_equal(move(group, child), 0);
		assert_int_equal(put(namesake, h->control, h->freeze), 0);
		ask_from_within(h, above, child);
		end(h, namesake, child);
		remove_group(namesake);
		remove_group(group);
		remove_group(above);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frozen_process_is_told),
		cmocka_unit_test(a_process_below_a_frozen_cgroup_is_frozen),
		cmocka_unit_test(a_namesake_is_not_taken_for_its_cgroup),
	};

	mount_unified();
	if (!next_freezable(NULL))
		unit_skip_all("no cgroup can be made and frozen: needs root and a mounted freezer");
	alarm(60);
	return unit_run("procs frozen", tests);
}
