// SPDX-License-Identifier: Apache-2.0
/* One direction is shut, the other works. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"
#include "model/text.h"

static enum confidence holds(const struct evidence *e)
{
	if (ev(e, EV_FILE) != FACT_YES || ev(e, EV_UNREAD) != UNREAD_NOTHING)
		return CONFIDENCE_NONE;
	if (e->state == TCP_STATE_FIN_WAIT_2)
		return ev(e, EV_SHUTDOWN) == SHUT_SEND && (ev(e, EV_RECEIVED_LATELY) == FACT_YES ||
							   ev(e, EV_MOVED) == FACT_YES)
			       ? CONFIDENCE_LIKELY
			       : CONFIDENCE_NONE;
	if (ev(e, EV_SENT_LATELY) == FACT_YES || ev(e, EV_SENDING) == SENDING_MOVING ||
	    ev(e, EV_MOVED) == FACT_YES)
		return CONFIDENCE_LIKELY;
	return CONFIDENCE_NONE;
}

static void why(const struct account *a, struct buf *b)
{
	const struct conn *c = a->sample;

	if (a->f->state == TCP_STATE_FIN_WAIT_2) {
		buf_puts(b, "This side has finished sending, and the peer still sends.");
		return;
	}
	buf_puts(b, "The peer has finished sending; this side ");
	if (c->wqueue > 0 || c->last_data_sent_ms == VALUE_UNKNOWN) {
		buf_puts(b, "still sends.");
		return;
	}
	buf_puts(b, "sent something ");
	text_put_duration(b, c->last_data_sent_ms);
	buf_puts(b, " ago, and either goes on or is about to close.");
}

static void fix(const struct account *a, struct buf *b)
{
	buf_puts(b, "nothing while it is in use: look again in ");
	text_put_duration(b, a->x->older_than_ms + 1000);
	buf_puts(b, "; what then sends no more is judged anew");
}

static account_writer *const facts[] = { fact_last_data, fact_receive_queue, fact_send_queue,
					 fact_shutdown, NULL };

const struct cause cause_half_close_in_use = {
	.id = "half-close-in-use",
	.says = "Healthy: one direction is closed and the other still carries data.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT) | TCP_BIT(TCP_STATE_FIN_WAIT_2),
	.severity = SEVERITY_EXPECTED,
	.scene = "half-close-in-use",
	.source = "RFC 9293 3.6",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
