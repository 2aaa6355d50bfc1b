/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where is each thread of the wanted processes in its program? Reads only; no thread is stopped or
 * woken by it. */
#include "see/bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "see/bpf/pids.bpf.h"
#include "see/bpf/registers.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* include/linux/sched.h: PF_IO_WORKER, PF_USER_WORKER (since 6.4), PF_KTHREAD */
#define FLAGS_WORKER 0x4010
#define FLAG_KTHREAD 0x200000

/* The processes wanted, by their number in our pid namespace. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} wanted SEC(".maps");

/* One pass has one reader, so plain globals do. */
static struct registers_record record;
static struct {
	__u32 tgid; /* the process asked about last */
	__u32 pid;  /* its number in our pid namespace if it is wanted, 0 if not */
} last;

/* Threads of a process come one after another mostly, so its number is looked up once. */
static __always_inline __u32 wanted_pid(struct task_struct *task)
{
	__u32 pid;

	if (last.tgid == (__u32)task->tgid)
		return last.pid;
	pid = pid_in_our_ns((__u64)BPF_CORE_READ(task, group_leader, thread_pid));
	last.tgid = task->tgid;
	last.pid = pid && bpf_map_lookup_elem(&wanted, &pid) ? pid : 0;
	return last.pid;
}

/* What the entry into the kernel saved at the top of the kernel stack: all general registers, by
 * system calls too (arch/x86/entry/calling.h:PUSH_AND_CLEAR_REGS, arch/arm64/kernel/entry.S). */
static __always_inline void tell_general(struct task_struct *task)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

#ifdef __TARGET_ARCH_arm64
	bpf_core_read(&record.general, sizeof(regs->regs), &regs->regs);
	record.general[31] = BPF_CORE_READ(regs, sp);
	record.pc = BPF_CORE_READ(regs, pc);
#else
	record.general[0] = BPF_CORE_READ(regs, ax);
	record.general[1] = BPF_CORE_READ(regs, dx);
	record.general[2] = BPF_CORE_READ(regs, cx);
	record.general[3] = BPF_CORE_READ(regs, bx);
	record.general[4] = BPF_CORE_READ(regs, si);
	record.general[5] = BPF_CORE_READ(regs, di);
	record.general[6] = BPF_CORE_READ(regs, bp);
	record.general[7] = BPF_CORE_READ(regs, sp);
	record.general[8] = BPF_CORE_READ(regs, r8);
	record.general[9] = BPF_CORE_READ(regs, r9);
	record.general[10] = BPF_CORE_READ(regs, r10);
	record.general[11] = BPF_CORE_READ(regs, r11);
	record.general[12] = BPF_CORE_READ(regs, r12);
	record.general[13] = BPF_CORE_READ(regs, r13);
	record.general[14] = BPF_CORE_READ(regs, r14);
	record.general[15] = BPF_CORE_READ(regs, r15);
	record.pc = BPF_CORE_READ(regs, ip);
#endif
}

SEC("iter/task")
int tell_registers(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 pid;

	/* Where a pass begins the map may have changed. */
	if (ctx->meta->seq_num == 0)
		last.tgid = 0;
	if (!task || task->flags & FLAG_KTHREAD || !task->mm)
		return 0;
	pid = wanted_pid(task);
	if (!pid)
		return 0;
	__builtin_memset(&record, 0, sizeof(record));
	record.pid = pid;
	record.tid = pid_in_our_ns((__u64)BPF_CORE_READ(task, thread_pid));
	record.start_ns = task->start_boottime;
	record.ran_ns = task->se.sum_exec_runtime;
	record.switches = task->nvcsw + task->nivcsw;
	if (bpf_core_field_exists(task->on_cpu) && task->on_cpu)
		record.flags |= REGISTERS_ON_CPU;
	if (task->flags & FLAGS_WORKER)
		record.flags |= REGISTERS_WITHOUT_MEMORY;
	BPF_CORE_READ_INTO(&record.comm, task, comm);
	tell_general(task);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
