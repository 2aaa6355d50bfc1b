// SPDX-License-Identifier: Apache-2.0
/* What no rule fits: an honest answer. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	(void)e;
	return CONFIDENCE_POSSIBLE;
}

static void why(const struct account *a, struct buf *b)
{
	if (a->evidence.fact[EV_HOLDERS] >= HOLDERS_ONE &&
	    a->evidence.fact[EV_WATCHED] == WATCHED_UNKNOWN)
		buf_puts(b, "No rule fits: how the program watches this could not be seen.");
	else
		buf_puts(b, "No rule fits what is known; the evidence is listed.");
}

static void fix(const struct account *a, struct buf *b)
{
	if (a->s->can.bpf != FACT_YES)
		buf_puts(b, "look again as root, with BPF: then more can be told");
	else
		buf_puts(b, "look again in a few seconds; a moment's state passes");
}

static account_writer *const facts[] = { fact_file,	  fact_receive_queue,
					 fact_send_queue, fact_retransmits,
					 fact_window,	  fact_epoll,
					 fact_waiters,	  fact_holders,
					 fact_halted,	  fact_shutdown,
					 fact_last_data,  fact_last_heard,
					 fact_timer,	  NULL };

const struct cause cause_unexplained = {
	.id = "unexplained",
	.says = "The evidence is listed; no rule fits.",
	.states = TCP_BITS_CLOSING,
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "unexplained",
	.source = "",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
