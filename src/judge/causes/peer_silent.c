// SPDX-License-Identifier: Apache-2.0
/* Our packets are not acknowledged. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* Two in a row may be a bad moment of the network; without a probe's answer the local firewall may
 * be the one that drops (facts F81). */
static enum confidence holds(const struct evidence *e)
{
	switch (ev(e, EV_SENDING)) {
	case SENDING_SILENT:
		return ev(e, EV_TIMER) == TIMER_RETRANSMIT ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
	case SENDING_SLOW:
		return CONFIDENCE_LIKELY;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, "What was sent (the FIN, or data before it) has not been acknowledged");
	if (span_is_known(&a->tries)) {
		buf_puts(b, account_is_many(a) ? " after up to " : " after ");
		put_counted(b, a->tries.most, "repetition", "repetitions");
	}
	if (a->evidence.fact[EV_SENDING] == SENDING_SLOW &&
	    a->evidence.fact[EV_TRIES] == TRIES_MANY && a->sample->has & CONN_HAS_INFO)
		buf_puts(b, ", though the peer is heard: a firewall drops our packets, or it "
			    "refuses them.");
	else
		buf_puts(b, ": the peer's host is gone, or a firewall drops the packets.");
}

static void fix(const struct account *a, struct buf *b)
{
	if (a->orphans == a->f->count)
		buf_puts(b, "nothing in the program: it has closed. Find what drops the packets "
			    "between the two hosts");
	else
		buf_puts(b, "TCP_USER_TIMEOUT in the program gives a silent peer up in time; find "
			    "what drops the packets");
}

static account_writer *const facts[] = { fact_send_queue, fact_retransmits, fact_window,
					 fact_last_heard, fact_file,	    NULL };

const struct cause cause_peer_silent = {
	.id = "peer-silent",
	.says = "Our packets are not acknowledged: the host is gone, or a firewall drops them.",
	.states = TCP_BIT(TCP_STATE_FIN_WAIT_1) | TCP_BIT(TCP_STATE_LAST_ACK) |
		  TCP_BIT(TCP_STATE_CLOSING),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT,
	.scene = "peer-silent",
	.source = "facts F45, F81; net/ipv4/tcp_timer.c:tcp_write_timeout",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "TCP_USER_TIMEOUT (milliseconds, Linux 2.6.37) also counts after "
		    "close(). Without it the kernel repeats an orphan's packets "
		    "net.ipv4.tcp_orphan_retries times (0 means 8).",
};
