// SPDX-License-Identifier: Apache-2.0
/* Data or the FIN is on its way. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	return ev(e, EV_SENDING) == SENDING_UNKNOWN ? CONFIDENCE_NONE : CONFIDENCE_LIKELY;
}

static void why(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "Data or the FIN is on its way to the peer.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "nothing: this passes");
}

static account_writer *const facts[] = { fact_send_queue, fact_file, NULL };

const struct cause cause_draining = {
	.id = "draining",
	.says = "Data or the FIN is on its way.",
	.states = TCP_BIT(TCP_STATE_FIN_WAIT_1) | TCP_BIT(TCP_STATE_LAST_ACK) |
		  TCP_BIT(TCP_STATE_CLOSING),
	.severity = SEVERITY_EXPECTED,
	.scene = "draining",
	.source = "RFC 9293 3.6",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
