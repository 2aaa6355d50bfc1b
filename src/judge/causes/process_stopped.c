// SPDX-License-Identifier: Apache-2.0
/* Nobody who holds it runs. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* That it is stopped is one thing, that it would close the connection if it ran another: `certain`
 * only where the end of file waits, ready to be delivered, in an epoll set of the program. */
static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_HALTED)) {
	case HALTED_STOPPED:
		return ev_is_unread(e) && ev(e, EV_WATCHED) == WATCHED_LEVEL_ALONE &&
				       ev(e, EV_ALL_FILES) == FACT_YES
			       ? CONFIDENCE_CERTAIN
			       : CONFIDENCE_LIKELY;
	case HALTED_HELD:
		return CONFIDENCE_LIKELY;
	case HALTED_DEEP:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	const struct process *p = a->owner;

	put_owner(b, a);
	if (p && p->frozen == FACT_YES)
		buf_puts(b, " is frozen (its cgroup)");
	else if (p && p->state == 't')
		buf_puts(b, " is held by a debugger");
	else if (p && p->state == 'T')
		buf_puts(b, " is stopped");
	else
		buf_puts(b, " hangs in uninterruptible sleep");
	buf_puts(b, ", so nobody can read the end of file and close ");
	buf_puts(b, by_count(a, "this connection.", "these connections."));
}

static void fix(const struct account *a, struct buf *b)
{
	const struct process *p = a->owner;

	if (p && p->frozen == FACT_YES)
		buf_puts(b, "thaw its cgroup, or take it out of service before freezing it");
	else if (p && (p->state == 'T' || p->state == 't'))
		buf_puts(b, "let it run again (kill -CONT, or detach the debugger)");
	else
		buf_puts(b, "find what it waits for in the kernel: a dead disk or network mount");
}

static account_writer *const facts[] = { fact_halted,  fact_receive_queue, fact_epoll,
					 fact_holders, fact_timer,	   NULL };

const struct cause cause_process_stopped = {
	.id = "process-stopped",
	.says = "The processes that hold it do not run.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_CONTINUE | RELEASE_ABORT | RELEASE_RESTART,
	.scene = "process-stopped",
	.source = "proc(5) state; kernel/cgroup/freezer.c",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_stopped,
	.fix = fix,
};
