// SPDX-License-Identifier: Apache-2.0
/* The program stopped reading on purpose: what it would pass on is not taken. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* In no set at all is how a leaked socket looks too: then one blocked connection must not explain
 * more than one of these. */
static enum confidence of_unwatched(const struct evidence *e)
{
	unsigned int direct = ev(e, EV_DIRECT);

	if (ev(e, EV_CULPRIT) != CULPRIT_OWN || direct > DIRECT_NONE)
		return CONFIDENCE_NONE;
	return direct == DIRECT_NONE && ev(e, EV_UNREAD) == UNREAD_MUCH ? CONFIDENCE_LIKELY
									: CONFIDENCE_POSSIBLE;
}

static enum confidence of_masked(const struct evidence *e)
{
	switch (ev(e, EV_CULPRIT)) {
	case CULPRIT_OWN:
		return ev(e, EV_DIRECT) == DIRECT_NONE ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	case CULPRIT_SHARED:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e) || !ev_is_unread(e) || ev_is_awaited(e))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_WATCHED)) {
	case WATCHED_NOTHING:
		return of_unwatched(e);
	case WATCHED_MASKED:
		return of_masked(e);
	case WATCHED_EDGE_TAKEN:
	case WATCHED_EDGE_GONE:
	case WATCHED_EDGE_UNTOLD:
		return ev(e, EV_ONCE) == ONCE_YES && ev(e, EV_UNREAD) == UNREAD_MUCH &&
				       ev(e, EV_CULPRIT) == CULPRIT_OWN
			       ? CONFIDENCE_POSSIBLE
			       : CONFIDENCE_NONE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " has stopped reading here, and has ");
	if (a->related) {
		put_bytes(b, a->related->wqueue);
		buf_puts(b, " for ");
		put_endpoint(b, &a->related->remote);
		buf_puts(b, ", which does not take them: that peer holds both up.");
	} else {
		buf_puts(b, "data for another peer that does not take it.");
	}
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "a time limit on writing to the peer that does not read, then close "
		    "both legs");
}

static account_writer *const facts[] = { fact_receive_queue, fact_epoll, fact_waiters,
					 fact_culprit,	     fact_timer, NULL };

const struct cause cause_back_pressure = {
	.id = "back-pressure",
	.says = "The program has stopped reading on purpose: its other leg takes nothing more.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "back-pressure",
	.source = "epoll(7); RFC 9293 3.8.6",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "Reading is stopped because what was read has nowhere to go. A "
		    "timer on the leg that does not move, or TCP_USER_TIMEOUT on it "
		    "(Linux 2.6.37; it also counts a shut window), lets both go.",
};
