// SPDX-License-Identifier: Apache-2.0
/* A closed connection that the kernel drops by itself. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

static enum confidence holds(const struct evidence *e)
{
	unsigned int timer;

	if (ev(e, EV_FILE) != FACT_NO)
		return CONFIDENCE_NONE;
	timer = ev(e, EV_TIMER);
	return timer == TIMER_MINISOCKET || timer == TIMER_KEEPALIVE ? CONFIDENCE_CERTAIN
								     : CONFIDENCE_NONE;
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, by_count(a, "It was", "They were"));
	buf_puts(b, " closed here; the kernel waits for the peer's FIN only for tcp_fin_timeout.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "nothing: the kernel ends these by itself");
}

static account_writer *const facts[] = { fact_file, NULL };

const struct cause cause_fin_timeout_pending = {
	.id = "fin-timeout-pending",
	.says = "Closed here, not yet by the peer; the kernel drops it by itself.",
	.states = TCP_BIT(TCP_STATE_FIN_WAIT_2),
	.severity = SEVERITY_EXPECTED,
	.scene = "fin-timeout-pending",
	.source = "facts F46-F48; net/ipv4/tcp_minisocks.c:tcp_time_wait",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
