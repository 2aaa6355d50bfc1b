// SPDX-License-Identifier: Apache-2.0
/* Are a thread's texts read right: its system call, how long it ran, what its descriptor is? */
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "see/procs/call.h"

static struct procs_call parse(const char *text)
{
	struct procs_call call = { .nr = 77 };

	assert_int_equal(procs_parse_call(text, strlen(text), &call), 0);
	return call;
}

static void a_call_is_read_from_its_line(void **state)
{
	struct procs_call call;

	(void)state;
	/* Captured on 6.18, x86_64. */
	call = parse("202 0x7f06158a1340 0x189 0x0 0x7f0614fbfa50 0x0 0xffffffff 0x7f0614fbf950 "
		     "0x7f0615ea3f16\n");
	assert_int_equal(call.nr, 202);
	assert_false(call.running);
	assert_int_equal(call.args[0], 0x7f06158a1340);
	assert_int_equal(call.args[1], 0x189);
	assert_int_equal(call.args[5], 0xffffffff);
	call = parse("running\n");
	assert_true(call.running);
	assert_int_equal(call.nr, -1);
	call = parse("-1 0x7ffe6d993460 0x7f0615f162ec\n");
	assert_false(call.running);
	assert_int_equal(call.nr, -1);
}

static void what_is_no_call_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"walking\n",
		"-2 0x1 0x2\n",
		"0x1 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
		"4294967296 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
		"1 0x1 0x2 0x3 0x4 0x5",
		"1 1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
		"1 0x 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
		"1 0x10000000000000000 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct procs_call call = { .nr = 77 };

		assert_int_equal(procs_parse_call(texts[i], strlen(texts[i]), &call), -EBADMSG);
		assert_int_equal(call.nr, 77);
	}
}

static struct procs_wait decode(int nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
				const char *wchan)
{
	const struct procs_call call = { .nr = nr, .args = { a0, a1, a2, a3, 0x5000, 0x6000 } };

	return procs_decode_call(&call, wchan);
}

static void calls_are_told_apart_with_their_files(void **state)
{
	static const struct {
		int nr;
		enum thread_call call;
		int fd;
	} cases[] = {
		{ SYS_accept4, CALL_ACCEPT, 7 },
		{ SYS_connect, CALL_CONNECT, 7 },
		{ SYS_read, CALL_RECEIVE, 7 },
		{ SYS_recvmsg, CALL_RECEIVE, 7 },
		{ SYS_writev, CALL_SEND, 7 },
		{ SYS_sendfile, CALL_SEND, 7 },
		{ SYS_epoll_pwait, CALL_EPOLL, 7 },
		{ SYS_io_uring_enter, CALL_URING, 7 },
		{ SYS_futex, CALL_FUTEX, -1 },
		{ SYS_nanosleep, CALL_SLEEP, -1 },
		{ SYS_wait4, CALL_CHILD, -1 },
		{ SYS_flock, CALL_LOCK, 7 },
		{ SYS_fsync, CALL_SYNC, 7 },
		{ SYS_rt_sigtimedwait, CALL_SIGNAL, -1 },
		{ SYS_ioctl, CALL_OTHER, 7 },
		{ SYS_getpid, CALL_UNKNOWN, -1 },
		{ 100000, CALL_UNKNOWN, -1 },
		{ INT32_MAX, CALL_UNKNOWN, -1 },
		{ -1, CALL_NONE, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* What stands above the int of a descriptor means nothing. */
		struct procs_wait w = decode(cases[i].nr, 0xdead00000007, 0, 0, 0, NULL);

		assert_int_equal(w.call, cases[i].call);
		assert_int_equal(w.fd, cases[i].fd);
	}
}

static void one_number_can_be_two_calls(void **state)
{
	struct procs_wait w = decode(SYS_fcntl, 7, F_SETLKW, 0, 0, NULL);

	(void)state;
	assert_int_equal(w.call, CALL_LOCK);
	assert_int_equal(decode(SYS_fcntl, 7, F_GETFL, 0, 0, NULL).call, CALL_OTHER);
	w = decode(SYS_splice, 7, 0, 9, 0, NULL);
	assert_int_equal(w.fd, 7);
	assert_int_equal(w.other_fd, 9);
}

static void time_limits_are_found(void **state)
{
	struct procs_wait w = decode(SYS_epoll_pwait, 7, 0, 0, 1500, NULL);

	(void)state;
	assert_int_equal(w.limit, LIMIT_MS);
	assert_int_equal(w.limit_ms, 1500);
	w = decode(SYS_epoll_pwait, 7, 0, 0, 0xffffffff, NULL);
	assert_int_equal(w.limit, LIMIT_NONE);
	w = decode(SYS_ppoll, 0x1000, 3, 0x2000, 0, NULL);
	assert_int_equal(w.set, SET_POLL);
	assert_int_equal(w.set_at[0], 0x1000);
	assert_int_equal(w.files, 3);
	assert_int_equal(w.limit, LIMIT_SPAN);
	assert_int_equal(w.limit_at, 0x2000);
	w = decode(SYS_pselect6, 12, 0x1000, 0, 0x3000, NULL);
	assert_int_equal(w.set, SET_SELECT);
	assert_int_equal(w.files, 12);
	assert_int_equal(w.set_at[0], 0x1000);
	assert_int_equal(w.set_at[2], 0x3000);
	assert_int_equal(w.limit_at, 0x5000);
	w = decode(SYS_ppoll, 0x1000, 3, 0, 0, NULL);
	assert_int_equal(w.limit, LIMIT_NONE);
}

static void moments_are_told_from_spans(void **state)
{
	const uint64_t wait = FUTEX_WAIT_PRIVATE, moment = FUTEX_WAIT_BITSET_PRIVATE,
		       real = FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME;
	struct procs_wait w = decode(SYS_futex, 0x1000, wait, 2, 0x4000, NULL);

	(void)state;
	assert_int_equal(w.address, 0x1000);
	assert_int_equal(w.futex_op, FUTEX_WAIT);
	assert_int_equal(w.futex_value, 2);
	assert_int_equal(w.limit, LIMIT_SPAN);
	assert_int_equal(decode(SYS_futex, 0x1000, moment, 2, 0x4000, NULL).limit, LIMIT_MONOTONIC);
	assert_int_equal(decode(SYS_futex, 0x1000, real, 2, 0x4000, NULL).limit, LIMIT_REAL);
	assert_int_equal(decode(SYS_futex, 0x1000, real, 2, 0, NULL).limit, LIMIT_NONE);
	assert_int_equal(decode(SYS_clock_nanosleep, 0, 0, 0x3000, 0, NULL).limit, LIMIT_SPAN);
	assert_int_equal(decode(SYS_clock_nanosleep, 0, 1, 0x3000, 0, NULL).limit, LIMIT_REAL);
	assert_int_equal(decode(SYS_clock_nanosleep, 1, 1, 0x3000, 0, NULL).limit, LIMIT_MONOTONIC);
	/* The CPU time of a process: how long that is, nobody knows. */
	assert_int_equal(decode(SYS_clock_nanosleep, 2, 1, 0x3000, 0, NULL).limit, LIMIT_NONE);
}

static void what_goes_on_after_a_stop_is_told_by_its_sleep(void **state)
{
	const int nr = SYS_restart_syscall;
	struct procs_wait w = decode(nr, 0x1000, 2, 0x7530, 0, "poll_schedule_timeout.constprop.0");

	(void)state;
	assert_int_equal(w.call, CALL_POLL);
	assert_int_equal(w.set, SET_POLL);
	assert_int_equal(w.files, 2);
	w = decode(nr, 0x1000, 0x89, 2, 0x4000, "futex_do_wait");
	assert_int_equal(w.call, CALL_FUTEX);
	assert_int_equal(w.address, 0x1000);
	assert_int_equal(w.limit, LIMIT_NONE);
	assert_int_equal(decode(nr, 0, 0, 0, 0, "hrtimer_nanosleep").call, CALL_SLEEP);
	assert_int_equal(decode(nr, 0, 0, 0, 0, "do_syscall_64").call, CALL_SLEEP);
	assert_int_equal(decode(nr, 0, 0, 0, 0, NULL).call, CALL_OTHER);
}

static void running_is_counted(void **state)
{
	static const char off[] = "0 0 0\n", cut[] = "55620535 16773257",
			  text[] = "55620535 16773257 132\n";
	static const char status[] = "Name:\tjava\nState:\tS (sleeping)\n"
				     "voluntary_ctxt_switches:\t12\n"
				     "nonvoluntary_ctxt_switches:\t30\n";
	struct procs_run run = { 0 };
	uint64_t switches = 0;

	(void)state;
	assert_true(procs_parse_schedstat(text, strlen(text), &run));
	assert_int_equal(run.ran_ns, 55620535);
	assert_int_equal(run.runs, 132);
	assert_false(procs_parse_schedstat(off, strlen(off), &run));
	assert_false(procs_parse_schedstat(cut, strlen(cut), &run));
	assert_int_equal(run.runs, 132);
	assert_true(procs_parse_switches(status, strlen(status), &switches));
	assert_int_equal(switches, 42);
	assert_false(procs_parse_switches(status, strlen(status) - 6, &switches));
	assert_false(procs_parse_switches(text, strlen(text), &switches));
}

static void links_tell_what_they_lead_to(void **state)
{
	static const struct {
		const char *link;
		enum thread_object object;
		uint32_t inode;
	} cases[] = {
		{ "socket:[4807779]", OBJECT_SOCKET, 4807779 },
		{ "socket:[4294967296]", OBJECT_SOCKET, 0 },
		{ "anon_inode:[eventpoll]", OBJECT_EPOLL, 0 },
		{ "anon_inode:[eventfd]", OBJECT_EVENT, 0 },
		{ "anon_inode:inotify", OBJECT_EVENT, 0 },
		{ "pidfd:[12]", OBJECT_EVENT, 0 },
		{ "anon_inode:[io_uring]", OBJECT_OTHER, 0 },
		{ "pipe:[77]", OBJECT_PIPE, 0 },
		{ "/dev/pts/3", OBJECT_TERMINAL, 0 },
		{ "/dev/null", OBJECT_OTHER, 0 },
		{ "/var/lib/x (deleted)", OBJECT_FILE, 0 },
		{ "/socket:[1]", OBJECT_FILE, 0 },
		{ "mnt:[4026531841]", OBJECT_OTHER, 0 },
		{ "", OBJECT_OTHER, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t inode = 1;

		assert_int_equal(procs_parse_object(cases[i].link, strlen(cases[i].link), &inode),
				 cases[i].object);
		assert_int_equal(inode, cases[i].inode);
	}
}

static void a_program_of_another_machine_is_known(void **state)
{
	Elf64_Ehdr elf = { 0 };

	(void)state;
	memcpy(elf.e_ident, ELFMAG, SELFMAG);
	elf.e_ident[EI_CLASS] = ELFCLASS64;
#if defined(__x86_64__)
	elf.e_machine = EM_X86_64;
#else
	elf.e_machine = EM_AARCH64;
#endif
	assert_true(procs_elf_has_our_calls(&elf, sizeof(elf)));
	assert_false(procs_elf_has_our_calls(&elf, sizeof(elf) - 1));
	elf.e_ident[EI_CLASS] = ELFCLASS32;
	assert_false(procs_elf_has_our_calls(&elf, sizeof(elf)));
	elf.e_ident[EI_CLASS] = ELFCLASS64;
	elf.e_machine = EM_386;
	assert_false(procs_elf_has_our_calls(&elf, sizeof(elf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_read_from_its_line),
		cmocka_unit_test(what_is_no_call_is_refused),
		cmocka_unit_test(calls_are_told_apart_with_their_files),
		cmocka_unit_test(one_number_can_be_two_calls),
		cmocka_unit_test(time_limits_are_found),
		cmocka_unit_test(moments_are_told_from_spans),
		cmocka_unit_test(what_goes_on_after_a_stop_is_told_by_its_sleep),
		cmocka_unit_test(running_is_counted),
		cmocka_unit_test(links_tell_what_they_lead_to),
		cmocka_unit_test(a_program_of_another_machine_is_known),
	};

	return unit_run("procs call", tests);
}
