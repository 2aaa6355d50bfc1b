// SPDX-License-Identifier: Apache-2.0
/* The normal end of a connection this host closed first. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	return ev(e, EV_PRESSURE) == PRESSURE_NONE ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static void why(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "This host closed first; the kernel keeps the pair of addresses for 60 s, so "
		    "that late segments harm nobody.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "nothing: TIME_WAIT is the normal end of a connection");
}

static account_writer *const facts[] = { fact_ports, NULL };

const struct cause cause_time_wait = {
	.id = "time-wait",
	.says = "Normal: the end that closed first waits 60 s for late segments.",
	.states = TCP_BIT(TCP_STATE_TIME_WAIT),
	.severity = SEVERITY_EXPECTED,
	.scene = "time-wait",
	.source = "facts F52, F53; RFC 9293 3.6.1",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
