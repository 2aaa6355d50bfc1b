// SPDX-License-Identifier: Apache-2.0
/* The peer lives but takes nothing more: its window is shut. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	switch (ev(e, EV_SENDING)) {
	case SENDING_SHUT:
		return CONFIDENCE_CERTAIN;
	case SENDING_SHUT_ASKED:
		return CONFIDENCE_LIKELY;
	case SENDING_SHUT_UNTOLD:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, "The peer answers but its receive window is shut: ");
	if (a->unsent.most > 1) {
		buf_puts(b, account_is_many(a) ? "up to " : "");
		put_bytes(b, a->unsent.most - 1);
		buf_puts(b, " and ");
	}
	buf_puts(b, "the FIN cannot be sent.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "the peer's program must read or close; here a write time limit "
		    "(TCP_USER_TIMEOUT) ends the wait");
}

static account_writer *const facts[] = { fact_send_queue, fact_window, fact_last_data,
					 fact_last_heard, fact_file,   NULL };

const struct cause cause_peer_not_reading = {
	.id = "peer-not-reading",
	.says = "The peer lives but its window is shut: the FIN has not even been sent.",
	.states = TCP_BIT(TCP_STATE_FIN_WAIT_1) | TCP_BIT(TCP_STATE_LAST_ACK) |
		  TCP_BIT(TCP_STATE_CLOSING),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT,
	.scene = "peer-not-reading",
	.source = "facts F4, F45, F81; RFC 9293 3.8.6.1",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "TCP_USER_TIMEOUT (milliseconds, Linux 2.6.37), set before "
		    "close(), also counts while the window is shut; SO_LINGER with 0 s "
		    "drops what was not sent, with a reset.",
};
