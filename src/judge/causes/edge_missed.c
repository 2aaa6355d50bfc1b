// SPDX-License-Identifier: Apache-2.0
/* The one event of an edge-triggered registration was taken, and the input not read to its end. */
#include "judge/causes/cause.h"

#include "judge/doing.h"
#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	unsigned int watched, once;

	if (!ev_is_held(e) || !ev_is_unread(e))
		return CONFIDENCE_NONE;
	watched = ev(e, EV_WATCHED);
	if (watched != WATCHED_EDGE_TAKEN && watched != WATCHED_EDGE_UNTOLD)
		return CONFIDENCE_NONE;
	once = ev(e, EV_ONCE);
	if (once == ONCE_YES || ev_is_awaited(e))
		return CONFIDENCE_NONE;
	/* A worker that took the event may still come back to read on. */
	return watched == WATCHED_EDGE_TAKEN && once == ONCE_NO &&
			       ev(e, EV_DIRECT) != DIRECT_UNKNOWN &&
			       ev(e, EV_WORKERS) == WORKERS_NONE
		       ? CONFIDENCE_LIKELY
		       : CONFIDENCE_POSSIBLE;
}

static void why(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " took the one event of an edge-triggered registration and did not read to the "
		    "end; no further event will come.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "with EPOLLET, read until EAGAIN or 0 each time, and act on EPOLLRDHUP");
}

static account_writer *const facts[] = { fact_receive_queue, fact_epoll,
					 fact_waiters,	     fact_threads,
					 fact_last_data,     fact_holders,
					 fact_timer,	     NULL };

const struct cause cause_edge_missed = {
	.id = "edge-missed",
	.says = "Edge-triggered: the event was taken once and the input not read to its end.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "edge-missed",
	.source = "fs/eventpoll.c:ep_send_events; epoll(7)",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "An edge-triggered event comes once for all that has arrived. A "
		    "reader that stops before EAGAIN or 0 is not told again, and a FIN "
		    "that came with the data raises no event of its own.",
};
