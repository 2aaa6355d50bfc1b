/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor held for the threads of some processes when each last entered the kernel, and
 * by what it can be told whether a thread ran since. */
#ifndef MODEL_REGISTERS_H
#define MODEL_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"

#define REGISTERS_GENERAL 32

/* Which of them is the stack pointer. */
#ifdef __aarch64__
#define REGISTERS_SP 31
#else
#define REGISTERS_SP 7
#endif

/* *shape*: `general` in the order of DWARF's numbers: x86-64 rax rdx rcx rbx rsi rdi rbp rsp r8 …
 * r15 (System V ABI AMD64, figure 3.36), aarch64 x0 … x30 sp (ARM IHI 0057). */
struct registers {
	uint64_t general[REGISTERS_GENERAL];
	uint64_t pc;
};

struct thread_registers {
	struct registers user;
	uint64_t start_ns;   /* CLOCK_BOOTTIME when it began: with the tid its identity */
	uint64_t ran_ns;     /* CPU time so far, as of the last tick or switch */
	uint64_t switches;   /* how often it left a CPU so far */
	uint32_t pid, tid;   /* in our pid namespace */
	bool on_cpu;	     /* it is running: `user` is of some moment before */
	bool without_memory; /* it works for the kernel (io_uring): it has no user stack */
	char comm[16];
};

struct registers_table {
	SNAPSHOT_ARRAY(struct thread_registers) threads;
};

/* Where registers come from. read() fills *t (emptied before) with all threads of the processes it
 * was made for. 0 or -errno. */
struct registers_source {
	int (*read)(void *data, struct registers_table *t);
	void *data;
};

#endif
