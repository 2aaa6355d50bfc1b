// SPDX-License-Identifier: Apache-2.0
/* It is watched, but not for reading. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e) || !ev_is_unread(e) || ev(e, EV_WATCHED) != WATCHED_MASKED)
		return CONFIDENCE_NONE;
	switch (ev(e, EV_DIRECT)) {
	case DIRECT_NONE:
	case DIRECT_DEAF:
		return CONFIDENCE_LIKELY;
	case DIRECT_UNKNOWN:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " watches ");
	buf_puts(b, by_count(a, "it", "them"));
	buf_puts(b, ", but not for reading: it cannot notice that the peer has closed.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "keep EPOLLRDHUP (or EPOLLIN) in the mask, also while only writing or paused");
}

static account_writer *const facts[] = {
	fact_receive_queue, fact_epoll, fact_waiters, fact_last_data, fact_holders, fact_timer, NULL
};

const struct cause cause_eof_masked = {
	.id = "eof-masked",
	.says = "It is watched, but not for reading: nobody can see the end of file.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "eof-masked",
	.source = "net/ipv4/tcp.c:tcp_poll; epoll_ctl(2)",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "A FIN raises EPOLLIN and EPOLLRDHUP, never EPOLLOUT, and EPOLLHUP "
		    "only when both sides have closed: a mask without the first two "
		    "does not see it. EPOLLRDHUP (Linux 2.6.17) wakes for the end "
		    "alone, so that pausing costs nothing.",
};
