// SPDX-License-Identifier: Apache-2.0
/* ESTABLISHED, and the peer no longer answers. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* Never `certain`: a path that fails for a while looks the same as a host that is gone. */
static enum confidence holds(const struct evidence *e)
{
	unsigned int tries = ev(e, EV_TRIES);

	switch (ev(e, EV_TIMER)) {
	case TIMER_RETRANSMIT:
	case TIMER_PROBE:
		return tries == TRIES_MANY ? CONFIDENCE_LIKELY : CONFIDENCE_NONE;
	case TIMER_KEEPALIVE:
		return tries >= TRIES_TWO ? CONFIDENCE_LIKELY : CONFIDENCE_NONE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, "The peer no longer answers: ");
	buf_puts(b, account_is_many(a) ? "up to " : "");
	if (a->sample->timer == TCP_TIMER_KEEPALIVE)
		put_counted(b, a->tries.most, "keepalive probe", "keepalive probes");
	else if (a->sample->timer == TCP_TIMER_PROBE)
		put_counted(b, a->tries.most, "probe of its shut window",
			    "probes of its shut window");
	else
		put_counted(b, a->tries.most, "retransmission", "retransmissions");
	buf_puts(b, " without an acknowledgement.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "keepalive together with TCP_USER_TIMEOUT, so that a silent peer is given up "
		    "in time");
}

static account_writer *const facts[] = { fact_retransmits, fact_window, fact_send_queue,
					 fact_last_heard,  fact_timer,	NULL };

const struct cause cause_peer_vanished = {
	.id = "peer-vanished",
	.says = "ESTABLISHED, and the peer no longer answers.",
	.states = TCP_BIT(TCP_STATE_ESTABLISHED),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "peer-vanished",
	.source = "facts F41, F45; net/ipv4/tcp_timer.c",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "SO_KEEPALIVE with TCP_KEEPIDLE finds a peer that is gone while "
		    "nothing is sent (by default only after two hours); while data is "
		    "on its way only TCP_USER_TIMEOUT (Linux 2.6.37) shortens "
		    "net.ipv4.tcp_retries2, about 15 minutes.",
};
