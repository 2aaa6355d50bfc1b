// SPDX-License-Identifier: Apache-2.0
/* It still has something to send and cannot. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* `certain` only when a writer is known to wait: otherwise the program may have written its last
 * words long ago and forgotten the connection. */
static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_SENDING)) {
	case SENDING_SILENT:
	case SENDING_SHUT:
		return ev(e, EV_WRITE_FULL) == FACT_YES ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
	case SENDING_SLOW:
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
	put_owner(b, a);
	buf_puts(b, " still has ");
	buf_puts(b, account_is_many(a) ? "up to " : "");
	put_bytes(b, a->unsent.most);
	buf_puts(b, " to send");
	if (a->tries.most >= 2) {
		buf_puts(b, ", and the peer has not acknowledged ");
		put_counted(b, a->tries.most, "attempt.", "attempts in a row.");
	} else {
		buf_puts(b, ", and the peer takes nothing: its window is shut.");
	}
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "a time limit on writing (TCP_USER_TIMEOUT or a write timeout), then "
		    "close");
}

static account_writer *const facts[] = {
	fact_send_queue, fact_retransmits, fact_window, fact_receive_queue,
	fact_last_data,	 fact_last_heard,  NULL
};

const struct cause cause_send_blocked = {
	.id = "send-blocked",
	.says = "The program still sends and cannot: the peer is silent or does not read.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "send-blocked",
	.source = "facts F45, F81; net/ipv4/tcp_timer.c",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "TCP_USER_TIMEOUT (milliseconds, Linux 2.6.37) makes the kernel "
		    "end a connection whose peer acknowledges nothing, or keeps its "
		    "window shut, for so long; without it, with the descriptor open, "
		    "that is net.ipv4.tcp_retries2 (about 15 minutes), and for ever "
		    "with a shut window whose probes are answered.",
};
