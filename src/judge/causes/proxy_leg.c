// SPDX-License-Identifier: Apache-2.0
/* The end of file was passed on to another connection, which does not end. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* Never `certain`: with a peer that takes its time over the answer both legs look the same, however
 * many bytes they relayed. */
static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e) || ev(e, EV_UNREAD) != UNREAD_NOTHING)
		return CONFIDENCE_NONE;
	return ev(e, EV_LEG) >= LEG_NEAR ? CONFIDENCE_LIKELY : CONFIDENCE_NONE;
}

static void why(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " read the end of file and passed it on");
	if (a->related) {
		buf_puts(b, " to ");
		put_endpoint(b, &a->related->remote);
	}
	buf_puts(b, ", which has not closed: both legs wait for that peer, which hangs or is still "
		    "at its answer.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "a time limit on half-closed connections in the proxy, and repair the peer "
		    "that does not close");
}

static account_writer *const facts[] = { fact_receive_queue, fact_leg, fact_last_heard, fact_timer,
					 NULL };

const struct cause cause_proxy_leg = {
	.id = "proxy-leg",
	.says = "The program read the end of file and passed it on; it waits for the other leg.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "proxy-leg",
	.source = "facts F79, F80; RFC 9293 3.6",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_with_leg,
	.fix = fix,
	.fix_more = "A relay that passes an end of file on by shutdown() must bound how long it "
		    "waits for the other end: no timer of the kernel runs for a half-closed "
		    "connection whose descriptor is open (tcp_fin_timeout does not apply). A "
		    "timer that closes both legs is enough.",
};
