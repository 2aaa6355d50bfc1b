// SPDX-License-Identifier: Apache-2.0
/* So many TIME_WAIT that ports, or the kernel's places for them, run out. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"
#include "model/text.h"

static enum confidence holds(const struct evidence *e)
{
	switch (ev(e, EV_PRESSURE)) {
	case PRESSURE_PORTS:
	case PRESSURE_BUCKETS:
	case PRESSURE_OVERFLOW:
		return CONFIDENCE_CERTAIN;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	const struct netns_settings *set = &a->s->netns.items[a->f->netns].settings;
	uint32_t range = index_port_range(a->x, a->f->netns);

	text_put_count(b, a->f->count);
	if (a->evidence.fact[EV_PRESSURE] != PRESSURE_PORTS) {
		buf_puts(b, " TIME_WAIT of ");
		text_put_count(b, a->x->tw_total[a->f->netns]);
		buf_puts(b, " in all; the kernel keeps at most ");
		text_put_count(b, set->max_tw_buckets);
		buf_puts(b, " (tcp_max_tw_buckets) and skips the rest.");
		return;
	}
	buf_puts(b, " TIME_WAIT hold local ports toward ");
	put_endpoint(b, &a->f->endpoint);
	if (range)
		buf_printf(
			b, ", %u %% of those there are.",
			(unsigned int)((uint64_t)index_ports_used(a->x, a->sample) * 100 / range));
	else
		buf_putc(b, '.');
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "reuse connections (keep-alive, a pool); meanwhile "
		    "net.ipv4.tcp_tw_reuse=1");
}

static account_writer *const facts[] = { fact_ports, NULL };

const struct cause cause_port_pressure = {
	.id = "port-pressure",
	.says = "So many TIME_WAIT that local ports, or the kernel's places for them, run out.",
	.states = TCP_BIT(TCP_STATE_TIME_WAIT),
	.severity = SEVERITY_STUCK,
	.scene = "port-pressure",
	.source = "facts F54-F56; net/ipv4/inet_hashtables.c:__inet_hash_connect",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "Every new connection to the same peer takes a port for 60 s after "
		    "it is closed first from here. tcp_tw_reuse lets connect() take "
		    "such a port again after one second; a wider "
		    "net.ipv4.ip_local_port_range only moves the limit.",
};
