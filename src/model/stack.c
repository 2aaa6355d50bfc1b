// SPDX-License-Identifier: Apache-2.0
/* What is to be said about stacks. */
#include "model/stack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/snapshot.h"

const struct stack_set *stack_find_set(const struct snapshot *s, uint32_t process)
{
	for (size_t i = 0; i < s->stack_sets.n; i++)
		if (s->stack_sets.items[i].process == process)
			return &s->stack_sets.items[i];
	return NULL;
}

/* How far what a thread does is from mere waiting for work: 0 it computes. */
static int rank_of(const struct thread *t)
{
	switch ((enum thread_call)t->call) {
	case CALL_NONE:
		return 0;
	case CALL_UNKNOWN:
	case CALL_EPOLL:
	case CALL_POLL:
	case CALL_ACCEPT:
	case CALL_URING:
	case CALL_SIGNAL:
		return t->state == 'R' ? 0 : 2;
	case CALL_FUTEX:
		return t->state == 'R' ? 0 : 3;
	default:
		return 1;
	}
}

#define RANK_UNKNOWN 2

static const struct thread *find_thread(const struct snapshot *s, uint32_t process, uint32_t tid)
{
	const struct process *p = snapshot_process(s, process);

	for (uint32_t i = 0; i < p->n_thread_rows; i++)
		if (s->threads.items[p->thread_rows + i].tid == tid)
			return &s->threads.items[p->thread_rows + i];
	return NULL;
}

/* That of its first thread: all of them stand at the same place. */
static int stack_rank(const struct snapshot *s, uint32_t process, const struct stack *stack)
{
	const struct thread *t =
		find_thread(s, process, s->stack_threads.items[stack->threads].tid);

	return t ? rank_of(t) : RANK_UNKNOWN;
}

struct sorting {
	const struct snapshot *snapshot;
	uint32_t process;
};

static int compare(const void *left, const void *right, void *data)
{
	const struct sorting *sorting = data;
	const struct stack *a = left, *b = right;
	int x = stack_rank(sorting->snapshot, sorting->process, a);
	int y = stack_rank(sorting->snapshot, sorting->process, b);

	if (x != y)
		return x - y;
	if (a->n_threads != b->n_threads)
		return a->n_threads > b->n_threads ? -1 : 1;
	return (a->threads > b->threads) - (a->threads < b->threads);
}

void stack_sort_set(struct snapshot *s, const struct stack_set *set)
{
	struct sorting sorting = { .snapshot = s, .process = set->process };

	if (set->n_stacks)
		qsort_r(&s->stacks.items[set->stacks], set->n_stacks, sizeof(*s->stacks.items),
			compare, &sorting);
}

static void put_registers_err(struct buf *b, int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		buf_puts(b, "Stacks need CAP_BPF and CAP_PERFMON");
		break;
	case -ERR_NOT_BUILT:
		buf_puts(b, "This build has no BPF, by which registers are read");
		break;
	case -EOPNOTSUPP:
		buf_puts(b, "Without BPF no registers can be read");
		break;
	case -EINVAL:
		buf_puts(b, "Registers are read by BPF since Linux 5.15");
		break;
	default:
		buf_printf(b, "Registers could not be read (%s)", error_text(err));
	}
	buf_puts(b, "; --stacks=stop does without, and interrupts system calls of the program.");
}

static void put_err(struct buf *b, const struct stack_set *set)
{
	const char *some =
		set->n_stacks ? "Not all stacks could be read" : "No stack could be read";

	switch (set->err) {
	case -EPERM:
	case -EACCES:
		buf_printf(b, "%s: that needs to be who runs it, or CAP_SYS_PTRACE.", some);
		break;
	case -ESRCH:
		buf_puts(b, "It ended meanwhile.");
		break;
	case -ETIME:
		buf_printf(b, "%s in time.", some);
		break;
	case -E2BIG:
		buf_printf(b, "%s: only the first owners are looked at.", some);
		break;
	case -ENOEXEC:
		buf_printf(b, "%s: it is a program for another kind of processor.", some);
		break;
	case -ERR_MALFORMED:
		buf_printf(b, "%s: its files cannot be read as programs.", some);
		break;
	case -ERR_NOT_BUILT:
		buf_puts(b, "This build cannot unwind stacks (elfutils was missing).");
		break;
	default:
		buf_printf(b, "%s (%s).", some, error_text(set->err));
	}
}

/* Which code has no native frames, and what tells of it. */
static void put_runtime(struct buf *b, const struct process *p)
{
	switch ((enum runtime)p->runtime) {
	case RUNTIME_PYTHON:
		buf_printf(b,
			   "Native frames only: Python code is not shown; py-spy dump --pid %u "
			   "tells it.",
			   p->pid);
		break;
	case RUNTIME_JVM:
		buf_printf(b, "Native frames only: Java code is not shown; jstack %u tells it.",
			   p->pid);
		break;
	case RUNTIME_NODE:
		buf_puts(b, "Native frames only: JavaScript is shown where node was started with "
			    "--perf-basic-prof.");
		break;
	case RUNTIME_GO:
		buf_puts(b, "Threads only: goroutines that wait are not shown; "
			    "/debug/pprof/goroutine?debug=2 tells them where the program serves "
			    "it.");
		break;
	case RUNTIME_RUBY:
		buf_printf(b,
			   "Native frames only: Ruby code is not shown; rbspy dump --pid %u tells "
			   "it.",
			   p->pid);
		break;
	case RUNTIME_PHP:
		buf_printf(b, "Native frames only: PHP code is not shown; phpspy -p %u tells it.",
			   p->pid);
		break;
	case RUNTIME_ERLANG:
		buf_puts(b, "Native frames only: Erlang processes are no threads and are not "
			    "shown; observer_cli tells them.");
		break;
	case RUNTIME_DOTNET:
		buf_printf(b,
			   "Native frames only: managed code is not shown; dotnet-stack report -p "
			   "%u tells it.",
			   p->pid);
		break;
	default:
		break;
	}
}

void stack_put_note(struct buf *b, const struct snapshot *s, const struct stack_set *set)
{
	size_t from = b->len;

	if (set->registers_err)
		put_registers_err(b, set->registers_err);
	else if (set->err)
		put_err(b, set);
	if (set->more) {
		buf_printf(b, "%s%u more thread%s not read.", b->len > from ? " " : "", set->more,
			   set->more == 1 ? " was" : "s were");
	}
	if (!set->n_stacks)
		return;
	if (set->how == STACKS_STOP)
		buf_printf(b,
			   "%sEach thread was stopped for a moment: system calls were interrupted.",
			   b->len > from ? " " : "");
	if (b->len > from)
		buf_putc(b, ' ');
	put_runtime(b, snapshot_process(s, set->process));
	while (b->len > from && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}
