// SPDX-License-Identifier: Apache-2.0
/* A copy of the descriptor outlives its user. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"
#include "model/kin.h"

static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e) || ev(e, EV_WATCHED) != WATCHED_NOTHING)
		return CONFIDENCE_NONE;
	if (ev(e, EV_HOLDERS) != HOLDERS_SEVERAL && ev(e, EV_LATE_HOLDER) != LATE_YES)
		return CONFIDENCE_NONE;
	switch (ev(e, EV_DIRECT)) {
	case DIRECT_NONE:
		return CONFIDENCE_LIKELY;
	case DIRECT_UNKNOWN:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

/* Who of them has it from another. */
static void put_heir(const struct account *a, struct buf *b)
{
	uint32_t row = (uint32_t)(a->sample - a->s->conns.items);

	for (uint32_t i = 0; i < a->sample->n_holders; i++) {
		uint32_t at = a->s->holders.items[a->sample->holders + i].process;
		const struct process *p = snapshot_process(a->s, at);

		if (!kin_has_heirloom(a->s, p, row))
			continue;
		buf_puts(b, "; ");
		put_process(b, p);
		put_descent(b, a, at);
		buf_puts(b, " inherited one");
		return;
	}
}

static void why(const struct account *a, struct buf *b)
{
	if (a->shared == 0) {
		put_owner(b, a);
		put_descent(b, a, a->process);
		buf_puts(b, " was started after the last data moved here, and does not watch ");
		buf_puts(b, by_count(a, "it: it", "them: it"));
		buf_puts(b, " inherited the ");
		buf_puts(b, by_count(a, "descriptor.", "descriptors."));
		return;
	}
	buf_puts(b, "Several processes hold ");
	buf_puts(b, by_count(a, "it", "them"));
	buf_puts(b, " and none of them watches ");
	buf_puts(b, by_count(a, "it", "them"));
	buf_puts(b, ": a copy outlives its user");
	put_heir(a, b);
	buf_putc(b, '.');
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(
		b,
		"open sockets with SOCK_CLOEXEC, and close in a forked child what it does not use");
}

static account_writer *const facts[] = { fact_holders,	     fact_born,
					 fact_epoll,	     fact_waiters,
					 fact_receive_queue, fact_last_data,
					 fact_timer,	     NULL };

const struct cause cause_inherited = {
	.id = "inherited",
	.says = "A copy of the descriptor outlives its user.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_KILL | RELEASE_RESTART,
	.scene = "inherited",
	.source = "facts F28; close(2), fork(2)",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "A connection lasts until the last copy of its descriptor is "
		    "closed. socket(… | SOCK_CLOEXEC), accept4(SOCK_CLOEXEC), "
		    "fcntl(FD_CLOEXEC) keep it out of programs that are started; after "
		    "a bare fork() only close() does, or close_range() (Linux 5.9).",
};
