// SPDX-License-Identifier: Apache-2.0
/* The table of system calls that wait, or that are often met. */
#include "see/procs/call.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/mem.h"

/* Which argument holds what is counted from 1; 0: none does. */
struct call_row {
	uint8_t call; /* enum thread_call; CALL_UNKNOWN: not in the table */
	uint8_t file;
	uint8_t limit; /* enum wait_limit */
	uint8_t limit_arg;
	uint8_t set; /* enum wait_set */
};

#define ON_FILE(nr, what)   [nr] = { .call = what, .file = 1 }
#define BY_ITSELF(nr, what) [nr] = { .call = what }

/* Arguments: man 2 of each. What only older machines have (poll, select, pause …) is missing where
 * the numbers are newer. */
static const struct call_row rows[] = {
	ON_FILE(SYS_accept, CALL_ACCEPT),
	ON_FILE(SYS_accept4, CALL_ACCEPT),
	ON_FILE(SYS_connect, CALL_CONNECT),
	ON_FILE(SYS_read, CALL_RECEIVE),
	ON_FILE(SYS_readv, CALL_RECEIVE),
	ON_FILE(SYS_pread64, CALL_RECEIVE),
	ON_FILE(SYS_preadv, CALL_RECEIVE),
	ON_FILE(SYS_preadv2, CALL_RECEIVE),
	ON_FILE(SYS_recvfrom, CALL_RECEIVE),
	ON_FILE(SYS_recvmsg, CALL_RECEIVE),
	[SYS_recvmmsg] = { CALL_RECEIVE, 1, LIMIT_SPAN, 5, SET_NONE },
	ON_FILE(SYS_write, CALL_SEND),
	ON_FILE(SYS_writev, CALL_SEND),
	ON_FILE(SYS_pwrite64, CALL_SEND),
	ON_FILE(SYS_pwritev, CALL_SEND),
	ON_FILE(SYS_pwritev2, CALL_SEND),
	ON_FILE(SYS_sendto, CALL_SEND),
	ON_FILE(SYS_sendmsg, CALL_SEND),
	ON_FILE(SYS_sendmmsg, CALL_SEND),
	ON_FILE(SYS_sendfile, CALL_SEND),
	ON_FILE(SYS_splice, CALL_SEND),
	ON_FILE(SYS_tee, CALL_SEND),
	ON_FILE(SYS_vmsplice, CALL_SEND),
#ifdef SYS_poll
	[SYS_poll] = { CALL_POLL, 0, LIMIT_MS, 3, SET_POLL },
#endif
	[SYS_ppoll] = { CALL_POLL, 0, LIMIT_SPAN, 3, SET_POLL },
#ifdef SYS_select
	[SYS_select] = { CALL_POLL, 0, LIMIT_SPAN_US, 5, SET_SELECT },
#endif
	[SYS_pselect6] = { CALL_POLL, 0, LIMIT_SPAN, 5, SET_SELECT },
#ifdef SYS_epoll_wait
	[SYS_epoll_wait] = { CALL_EPOLL, 1, LIMIT_MS, 4, SET_NONE },
#endif
	[SYS_epoll_pwait] = { CALL_EPOLL, 1, LIMIT_MS, 4, SET_NONE },
#ifdef SYS_epoll_pwait2
	[SYS_epoll_pwait2] = { CALL_EPOLL, 1, LIMIT_SPAN, 4, SET_NONE },
#endif
	ON_FILE(SYS_io_uring_enter, CALL_URING),
	BY_ITSELF(SYS_futex, CALL_FUTEX),
#ifdef SYS_futex_waitv
	BY_ITSELF(SYS_futex_waitv, CALL_FUTEX),
#endif
#ifdef SYS_futex_wait
	BY_ITSELF(SYS_futex_wait, CALL_FUTEX),
#endif
	[SYS_nanosleep] = { CALL_SLEEP, 0, LIMIT_SPAN, 1, SET_NONE },
	[SYS_clock_nanosleep] = { CALL_SLEEP, 0, LIMIT_SPAN, 3, SET_NONE },
	BY_ITSELF(SYS_wait4, CALL_CHILD),
	BY_ITSELF(SYS_waitid, CALL_CHILD),
	ON_FILE(SYS_flock, CALL_LOCK),
	ON_FILE(SYS_fcntl, CALL_OTHER),
	ON_FILE(SYS_fsync, CALL_SYNC),
	ON_FILE(SYS_fdatasync, CALL_SYNC),
	ON_FILE(SYS_syncfs, CALL_SYNC),
	ON_FILE(SYS_sync_file_range, CALL_SYNC),
	BY_ITSELF(SYS_sync, CALL_SYNC),
	BY_ITSELF(SYS_msync, CALL_SYNC),
#ifdef SYS_pause
	BY_ITSELF(SYS_pause, CALL_SIGNAL),
#endif
	BY_ITSELF(SYS_rt_sigsuspend, CALL_SIGNAL),
	[SYS_rt_sigtimedwait] = { CALL_SIGNAL, 0, LIMIT_SPAN, 3, SET_NONE },
	/* Known, and none of these kinds. */
	ON_FILE(SYS_ioctl, CALL_OTHER),
	ON_FILE(SYS_close, CALL_OTHER),
	ON_FILE(SYS_shutdown, CALL_OTHER),
	ON_FILE(SYS_getdents64, CALL_OTHER),
	ON_FILE(SYS_ftruncate, CALL_OTHER),
	ON_FILE(SYS_fallocate, CALL_OTHER),
	ON_FILE(SYS_fstat, CALL_OTHER),
	ON_FILE(SYS_copy_file_range, CALL_OTHER),
	ON_FILE(SYS_mq_timedreceive, CALL_OTHER),
	ON_FILE(SYS_mq_timedsend, CALL_OTHER),
	ON_FILE(SYS_io_getevents, CALL_OTHER),
	BY_ITSELF(SYS_semop, CALL_OTHER),
	BY_ITSELF(SYS_semtimedop, CALL_OTHER),
	BY_ITSELF(SYS_msgrcv, CALL_OTHER),
	BY_ITSELF(SYS_msgsnd, CALL_OTHER),
#ifdef SYS_open
	BY_ITSELF(SYS_open, CALL_OTHER),
	BY_ITSELF(SYS_stat, CALL_OTHER),
	BY_ITSELF(SYS_lstat, CALL_OTHER),
	BY_ITSELF(SYS_access, CALL_OTHER),
	BY_ITSELF(SYS_unlink, CALL_OTHER),
	BY_ITSELF(SYS_rename, CALL_OTHER),
	BY_ITSELF(SYS_mkdir, CALL_OTHER),
	BY_ITSELF(SYS_vfork, CALL_OTHER),
	BY_ITSELF(SYS_fork, CALL_OTHER),
#endif
	BY_ITSELF(SYS_openat, CALL_OTHER),
	BY_ITSELF(SYS_newfstatat, CALL_OTHER),
	BY_ITSELF(SYS_statx, CALL_OTHER),
	BY_ITSELF(SYS_faccessat, CALL_OTHER),
	BY_ITSELF(SYS_unlinkat, CALL_OTHER),
	BY_ITSELF(SYS_statfs, CALL_OTHER),
	BY_ITSELF(SYS_clone, CALL_OTHER),
	BY_ITSELF(SYS_execve, CALL_OTHER),
	BY_ITSELF(SYS_exit, CALL_OTHER),
	BY_ITSELF(SYS_exit_group, CALL_OTHER),
	BY_ITSELF(SYS_mmap, CALL_OTHER),
	BY_ITSELF(SYS_munmap, CALL_OTHER),
	BY_ITSELF(SYS_mprotect, CALL_OTHER),
	BY_ITSELF(SYS_madvise, CALL_OTHER),
	BY_ITSELF(SYS_brk, CALL_OTHER),
	BY_ITSELF(SYS_sched_yield, CALL_OTHER),
	BY_ITSELF(SYS_userfaultfd, CALL_OTHER),
};

static uint64_t argument(const struct procs_call *call, unsigned int counted_from_1)
{
	return counted_from_1 ? call->args[counted_from_1 - 1] : 0;
}

/* Descriptors and milliseconds are ints: the upper half of the register may hold anything. */
static int32_t argument_int(const struct procs_call *call, unsigned int counted_from_1)
{
	return (int32_t)(uint32_t)argument(call, counted_from_1);
}

static void take_limit(const struct procs_call *call, const struct call_row *row,
		       struct procs_wait *w)
{
	int32_t ms = argument_int(call, row->limit_arg);

	if (row->limit == LIMIT_MS) {
		w->limit = ms >= 0 ? LIMIT_MS : LIMIT_NONE;
		w->limit_ms = ms >= 0 ? (uint32_t)ms : 0;
		return;
	}
	w->limit_at = argument(call, row->limit_arg);
	w->limit = w->limit_at ? row->limit : LIMIT_NONE;
}

/* futex(2): FUTEX_WAIT has a span, the other waits have a moment. */
static void take_futex(const struct procs_call *call, struct procs_wait *w)
{
	int op = argument_int(call, 2);

	w->address = call->args[0];
	if (call->nr != SYS_futex)
		return;
	w->futex_op = (uint8_t)(op & FUTEX_CMD_MASK);
	w->futex_value = (uint32_t)call->args[2];
	w->limit_at = call->args[3];
	if (!w->limit_at)
		return;
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		w->limit = LIMIT_SPAN;
		break;
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
		w->limit = op & FUTEX_CLOCK_REALTIME ? LIMIT_REAL : LIMIT_MONOTONIC;
		break;
	case FUTEX_LOCK_PI:
		w->limit = LIMIT_REAL;
		break;
	}
}

static void take_set(const struct procs_call *call, struct procs_wait *w)
{
	if (w->set == SET_POLL) {
		w->set_at[0] = call->args[0];
		w->files = (uint32_t)call->args[1];
	} else {
		w->files = (uint32_t)call->args[0];
		memcpy(w->set_at, call->args + 1, sizeof(w->set_at));
	}
}

/* What is not told by number alone. */
static void take_special(const struct procs_call *call, struct procs_wait *w)
{
	int command = argument_int(call, 2);

	if (call->nr == SYS_splice || call->nr == SYS_sendfile)
		w->other_fd = argument_int(call, call->nr == SYS_splice ? 3 : 2);
	else if (call->nr == SYS_fcntl && (command == F_SETLKW || command == F_OFD_SETLKW))
		w->call = CALL_LOCK;
	else if (call->nr == SYS_clock_nanosleep && w->limit &&
		 argument_int(call, 2) & TIMER_ABSTIME)
		w->limit = (clockid_t)call->args[0] == CLOCK_REALTIME	 ? LIMIT_REAL
			   : (clockid_t)call->args[0] == CLOCK_MONOTONIC ? LIMIT_MONOTONIC
									 : LIMIT_NONE;
}

/* restart_syscall() has the registers of the call it goes on with (kernel/signal.c: restart blocks
 * of poll(), nanosleep() and futex()). */
static const struct call_row *restarted(const char *wchan)
{
	static const struct call_row sleeping = { .call = CALL_SLEEP },
				     locked = { .call = CALL_FUTEX },
				     polling = { CALL_POLL, 0, LIMIT_NONE, 0, SET_POLL },
				     other = { .call = CALL_OTHER };

	/* A nanosleep() that goes on sleeps in no function of its own. */
	if (wchan && (strstr(wchan, "nanosleep") || strstr(wchan, "syscall")))
		return &sleeping;
	if (wchan && strncmp(wchan, "futex", 5) == 0)
		return &locked;
	if (wchan && (strncmp(wchan, "poll_", 5) == 0 || strncmp(wchan, "do_sys_poll", 11) == 0 ||
		      strncmp(wchan, "do_poll", 7) == 0))
		return &polling;
	return &other;
}

struct procs_wait procs_decode_call(const struct procs_call *call, const char *wchan)
{
	struct procs_wait w = { .fd = -1, .other_fd = -1 };
	const struct call_row *row;

	if (call->nr < 0) {
		w.call = CALL_NONE;
		return w;
	}
	if ((size_t)call->nr >= ARRAY_LEN(rows))
		return w;
	row = call->nr == SYS_restart_syscall ? restarted(wchan) : &rows[call->nr];
	w.call = row->call;
	w.set = row->set;
	if (row->file)
		w.fd = argument_int(call, row->file);
	if (row->limit)
		take_limit(call, row, &w);
	if (w.call == CALL_FUTEX)
		take_futex(call, &w);
	if (w.set)
		take_set(call, &w);
	take_special(call, &w);
	return w;
}

bool procs_elf_has_our_calls(const void *head, size_t len)
{
	Elf64_Ehdr elf;

	if (len < sizeof(elf))
		return false;
	memcpy(&elf, head, sizeof(elf));
	return memcmp(elf.e_ident, ELFMAG, SELFMAG) == 0 && elf.e_ident[EI_CLASS] == ELFCLASS64 &&
#if defined(__x86_64__)
	       elf.e_machine == EM_X86_64;
#elif defined(__aarch64__)
	       elf.e_machine == EM_AARCH64;
#else
	       false;
#endif
}
