// SPDX-License-Identifier: Apache-2.0
/* Registers and stacks of threads that are stopped one after another, each for a moment. */
#include <elf.h>
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "see/stacks/gather.h"

#define NS_PER_US 1000ull

/* How long one thread is waited for, and all of them together. One in uninterruptible sleep does
 * not stop before that ends. */
#define STOP_LIMIT_NS	  (100000 * NS_PER_US)
#define STOP_LIMIT_ALL_NS (2000000 * NS_PER_US)
#define STOP_STEP_NS	  (20 * NS_PER_US)

/* What runs in a thread of its own: tracees belong to the thread that seized them, and are let go
 * when it ends, whatever they were doing. */
struct stopping {
	struct copied *copied;
	const struct stacks_options *options;
	uint64_t waited_ns;
	int err;
};

#ifdef __aarch64__
static bool take_registers(const struct user_regs_struct *from, size_t len, struct registers *to)
{
	if (len < sizeof(*from))
		return false;
	memcpy(to->general, from->regs, sizeof(from->regs));
	to->general[REGISTERS_SP] = from->sp;
	to->pc = from->pc;
	return true;
}
#else
static bool take_registers(const struct user_regs_struct *from, size_t len, struct registers *to)
{
	const uint64_t general[] = {
		from->rax, from->rdx, from->rcx, from->rbx, from->rsi, from->rdi,
		from->rbp, from->rsp, from->r8,	 from->r9,  from->r10, from->r11,
		from->r12, from->r13, from->r14, from->r15,
	};

	/* A 32-bit program has fewer. */
	if (len < sizeof(*from))
		return false;
	memcpy(to->general, general, sizeof(general));
	to->pc = from->rip;
	return true;
}
#endif

/* Waits until the thread has stopped. 0 with the signal that must be handed on when it is let go;
 * -ESRCH when it ended, -ETIME when it does not stop. */
static int await_stop(struct stopping *s, pid_t tid, int *ret_signal)
{
	uint64_t from_ns = clock_mono_ns(), now_ns;
	int status;

	for (;;) {
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

		if (got < 0 || (got == tid && !WIFSTOPPED(status)))
			return -ESRCH;
		if (got == tid)
			break;
		now_ns = clock_mono_ns();
		if (now_ns - from_ns > STOP_LIMIT_NS || s->waited_ns > STOP_LIMIT_ALL_NS) {
			s->waited_ns += now_ns - from_ns;
			return -ETIME;
		}
		clock_sleep_until(now_ns + STOP_STEP_NS);
	}
	/* A signal was just about to be delivered, which stops it too. */
	*ret_signal = status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
	return 0;
}

static int copy_stopped(struct copied *c, struct copied_thread *t, size_t most)
{
	struct user_regs_struct registers = { 0 };
	struct iovec io = { .iov_base = &registers, .iov_len = sizeof(registers) };
	pid_t tid = (pid_t)t->at.tid;

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io) < 0)
		return -errno;
	if (!take_registers(&registers, io.iov_len, &t->at.user))
		return -ENOEXEC;
	return copied_read(c, t, most);
}

/* Stops one thread, copies, and lets it go. */
static int stop_and_copy(struct stopping *s, struct copied_thread *t, size_t most)
{
	pid_t tid = (pid_t)t->at.tid;
	int signal = 0, err = copied_open(&s->copied->processes.items[t->process], t->at.tid);

	if (err)
		return err;
	/* No options: with PTRACE_O_EXITKILL the end of linger would be the end of the process. */
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0)
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0)
		return -errno;
	err = await_stop(s, tid, &signal);
	if (err)
		return err;
	err = copy_stopped(s->copied, t, most);
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)signal);
	return err;
}

static int list_threads(struct copied *c, uint32_t process, const struct stacks_options *options)
{
	struct copied_process *p = &c->processes.items[process];
	char path[32], comm[64];
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/task", p->pid);
	dir = opendir(path);
	if (!dir)
		p->err = errno == ENOENT ? -ESRCH : -errno;
	while (dir && !err && (entry = readdir(dir)) != NULL) {
		struct copied_thread t = { .process = process };
		ssize_t len;

		t.at.tid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		if (!t.at.tid)
			continue;
		if (c->threads.n >= options->threads_max) {
			p->more++;
			continue;
		}
		snprintf(path, sizeof(path), "%u/comm", t.at.tid);
		len = file_read_at(dirfd(dir), path, comm, sizeof(comm));
		if (len > 0)
			memcpy(t.at.comm, comm, strnlen(comm, sizeof(t.at.comm) - 1));
		t.at.comm[strcspn(t.at.comm, "\n")] = '\0';
		err = array_grow(&c->threads, 1);
		if (!err)
			c->threads.items[c->threads.n++] = t;
	}
	if (dir)
		closedir(dir);
	return err;
}

static void stop_one(struct stopping *s, struct copied_thread *t, size_t most)
{
	struct copied_process *p = &s->copied->processes.items[t->process];
	int err = p->err ? 0 : stop_and_copy(s, t, most);

	switch (err) {
	case 0:
		break;
	case -ESRCH:
		t->gone = true;
		break;
	case -ETIME:
		t->unstopped = true;
		break;
	case -ENOMEM:
		s->err = err;
		break;
	default:
		p->err = err;
	}
}

static void *stop_main(void *data)
{
	struct stopping *s = data;
	struct copied *c = s->copied;
	size_t most;

	for (uint32_t i = 0; !s->err && i < c->processes.n; i++)
		s->err = list_threads(c, i, s->options);
	most = c->threads.n > COPY_MANY ? COPY_BYTES_MANY : COPY_BYTES_MAX;
	for (size_t i = 0; !s->err && i < c->threads.n; i++)
		stop_one(s, &c->threads.items[i], most);
	for (size_t i = 0; i < c->threads.n; i++) {
		const struct copied_thread *t = &c->threads.items[i];

		if (t->unstopped && !c->processes.items[t->process].err)
			c->processes.items[t->process].err = -ETIME;
	}
	return NULL;
}

int gather_stopping(struct copied *c, const struct stacks_options *options)
{
	struct stopping stopping = { .copied = c, .options = options };
	pthread_t thread;
	int err = pthread_create(&thread, NULL, stop_main, &stopping);

	if (err)
		return -err;
	pthread_join(thread, NULL);
	return stopping.err;
}
