/* SPDX-License-Identifier: Apache-2.0 */
/* Which system call is it, and on what does it wait? By the numbers of the machine this is built
 * for; pure but for the table, fuzzed. */
#ifndef SEE_PROCS_CALL_H
#define SEE_PROCS_CALL_H

#include "see/procs/parse.h"

/* How long the call waits at most, and where that stands. */
enum wait_limit {
	LIMIT_NONE = 0, /* for ever, or not told by its arguments */
	LIMIT_MS,	/* limit_ms */
	LIMIT_SPAN,	/* a struct timespec at limit_at */
	LIMIT_SPAN_US,	/* a struct timeval at limit_at */
	LIMIT_REAL,	/* a struct timespec at limit_at: when CLOCK_REALTIME gets there */
	LIMIT_MONOTONIC,
};

/* How the files are told when there may be several. */
enum wait_set {
	SET_NONE = 0,
	SET_POLL,   /* `files` struct pollfd at set_at[0] */
	SET_SELECT, /* `files` bits in each of the up to three fd_sets at set_at[] (0: not given) */
};

/* *shape*: addresses are the looked-at program's own. */
struct procs_wait {
	uint64_t address;     /* of the futex */
	uint32_t futex_value; /* what it held; 0 also for calls that do not say */
	uint64_t limit_at;
	uint64_t set_at[3];
	uint32_t limit_ms;
	uint32_t files;
	int32_t fd;	  /* the file it works on, -1 none */
	int32_t other_fd; /* splice(): the other one, -1 none */
	uint8_t futex_op; /* without flags */
	uint8_t call;	  /* enum thread_call */
	uint8_t limit;	  /* enum wait_limit */
	uint8_t set;	  /* enum wait_set */
};

/* Decodes a call. wchan, the kernel function it sleeps in (NULL not known), is asked where the
 * kernel has made restart_syscall() of it (after a stop), which is no call of its own. */
struct procs_wait procs_decode_call(const struct procs_call *call, const char *wchan);

/* Whether a program's ELF file is of the machine whose numbers the table has: the calls of another
 * one, like those of a 32-bit program, cannot be decoded. `head` is what the file begins with. */
bool procs_elf_has_our_calls(const void *head, size_t len);

#endif
