// SPDX-License-Identifier: Apache-2.0
/* Half-closed with the descriptor open, and the peer does not close. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* Never `certain`: a peer that takes its time over the answer looks the same; all the more so while
 * a thread sleeps in recv() for it. */
static enum confidence holds(const struct evidence *e)
{
	unsigned int timer = ev(e, EV_TIMER);

	if (ev(e, EV_FILE) != FACT_YES || ev(e, EV_UNREAD) != UNREAD_NOTHING ||
	    (timer != TIMER_NONE && timer != TIMER_KEEPALIVE))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_SHUTDOWN)) {
	case SHUT_SEND:
		return ev_is_awaited(e) ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
	case SHUT_UNKNOWN:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " has finished sending and keeps the ");
	buf_puts(b, by_count(a, "descriptor", "descriptors"));
	buf_puts(b, " open; the peer has acknowledged that and does not close.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "after shutdown(), wait only so long, then close(): then the kernel "
		    "ends it by itself");
}

static account_writer *const facts[] = {
	fact_shutdown, fact_receive_queue, fact_last_data, fact_last_heard, fact_leg, fact_timer,
	NULL
};

const struct cause cause_peer_never_closes = {
	.id = "peer-never-closes",
	.says = "Half-closed with the descriptor open; the peer does not close, no timer ends it.",
	.states = TCP_BIT(TCP_STATE_FIN_WAIT_2),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "peer-never-closes",
	.source = "facts F46; net/ipv4/tcp.c:__tcp_close",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "Once the descriptor is closed the kernel keeps FIN_WAIT_2 for "
		    "net.ipv4.tcp_fin_timeout (60 s) only; while it is open there is "
		    "no timer. Keepalive ends it only when the peer's host is gone.",
};
