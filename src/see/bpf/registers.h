/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The record the task iterator writes. Shapes only: the includer brings the __u types. */
#ifndef SEE_BPF_REGISTERS_H
#define SEE_BPF_REGISTERS_H

#define REGISTERS_RECORD_GENERAL 32

enum registers_flag {
	REGISTERS_ON_CPU = 1 << 0,	   /* it runs: the registers are of its last entry */
	REGISTERS_WITHOUT_MEMORY = 1 << 1, /* an io_uring or other worker of the kernel */
};

/* One thread. General registers in the order of DWARF's numbers: x86-64 16 of them, aarch64 31 and
 * sp. All numbers in host order. */
struct registers_record {
	__u64 general[REGISTERS_RECORD_GENERAL];
	__u64 pc;
	__u64 start_ns; /* task->start_boottime */
	__u64 ran_ns;	/* task->se.sum_exec_runtime */
	__u64 switches; /* task->nvcsw + task->nivcsw */
	__u32 pid, tid; /* in our pid namespace */
	__u32 flags;	/* enum registers_flag */
	__u32 pad;
	char comm[16];
};

_Static_assert(sizeof(struct registers_record) == 8 * (REGISTERS_RECORD_GENERAL + 4) + 32,
	       "no hidden padding");

#endif
