// SPDX-License-Identifier: Apache-2.0
/* What is to be said about stacks. */
#include "model/stack.h"

#include <errno.h>

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
