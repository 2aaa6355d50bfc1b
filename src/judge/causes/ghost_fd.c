// SPDX-License-Identifier: Apache-2.0
/* The TCP state is gone, the descriptor is not. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* A socket that was never connected is CLOSED as well, and normal: it has neither a peer nor a shut
 * direction. Only one whose connect() did not wait and was refused keeps both
 * (net/ipv4/tcp_input.c:tcp_reset), so one that was opened here is not `certain`; nor is one with
 * much unread, which the program may still be reading. */
static enum confidence holds(const struct evidence *e)
{
	unsigned int peer, shut;

	if (!ev_is_held(e))
		return CONFIDENCE_NONE;
	peer = ev(e, EV_PEER_SET);
	shut = ev(e, EV_SHUTDOWN);
	if (peer == FACT_NO || (shut != SHUT_BOTH && shut != SHUT_UNKNOWN))
		return CONFIDENCE_NONE;
	if (peer != FACT_YES || shut != SHUT_BOTH)
		return CONFIDENCE_POSSIBLE;
	switch (ev(e, EV_UNREAD)) {
	case UNREAD_NOTHING:
	case UNREAD_LITTLE:
		return ev(e, EV_ROLE) == ROLE_ACCEPTED ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
	default:
		return CONFIDENCE_LIKELY;
	}
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, by_count(a, "The connection is gone, but ", "The connections are gone, but "));
	put_owner(b, a);
	buf_puts(b, " still holds ");
	buf_puts(b, by_count(a, "its descriptor, which ss and netstat do not show.",
			     "their descriptors, which ss and netstat do not show."));
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "close() the descriptor when the connection fails or is reset, on every path");
}

static account_writer *const facts[] = { fact_shutdown, fact_epoll, fact_waiters,
					 fact_holders,	fact_idle,  NULL };

const struct cause cause_ghost_fd = {
	.id = "ghost-fd",
	.says = "The TCP state is gone but the descriptor is not; it still counts.",
	.states = TCP_BIT(TCP_STATE_CLOSED),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_RESTART,
	.scene = "ghost-fd",
	.source = "facts F76; net/ipv4/tcp.c:tcp_done",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_ghost,
	.fix = fix,
	.fix_more = "After a reset nothing is left in the kernel's tables, yet the "
		    "descriptor counts against the limit until close(); ss and netstat "
		    "do not show it.",
};
