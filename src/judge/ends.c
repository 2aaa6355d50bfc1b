// SPDX-License-Identifier: Apache-2.0
/* Prognoses. */
#include "judge/ends.h"

#include "model/text.h"

/* A bracket is said as one number unless its ends are further apart than this share. */
#define NARROW_PERCENT 30

typedef void ends_writer(const struct account *a, const struct outlook_tally *t, struct buf *b);

static const struct netns_settings *settings(const struct account *a)
{
	return &a->s->netns.items[a->f->netns].settings;
}

static const char *them(const struct account *a)
{
	return by_count(a, "it", "them");
}

/* "about 45 s", "1 min 40 s to 2 min 10 s", or nothing that is known. */
static void put_time(struct buf *b, const struct outlook_tally *t)
{
	uint32_t least = t->at_least_ms, most = t->at_most_ms;

	if (t->about_ms == VALUE_UNKNOWN) {
		buf_puts(b, "a time that cannot be told");
		return;
	}
	if (most == VALUE_UNKNOWN ||
	    (uint64_t)(most - least) * 100 <= (uint64_t)most * NARROW_PERCENT || most < 5000) {
		buf_puts(b, "about ");
		text_put_duration(b, t->about_ms);
		return;
	}
	text_put_duration(b, least);
	buf_puts(b, " to ");
	text_put_duration(b, most);
}

/* Which setting limits it, where that could be read. */
static void put_limit(const struct account *a, struct buf *b)
{
	const struct conn *c = a->sample;
	bool orphan = outlook_is_orphan(c);
	uint32_t retries = orphan ? settings(a)->orphan_retries : settings(a)->retries2;

	if (c->has & CONN_HAS_OPTIONS && c->user_timeout_ms) {
		buf_puts(b, " (TCP_USER_TIMEOUT ");
		text_put_duration(b, c->user_timeout_ms);
		buf_putc(b, ')');
	} else if (retries != VALUE_UNKNOWN) {
		buf_printf(b, orphan ? " (tcp_orphan_retries %u" : " (tcp_retries2 %u", retries);
		buf_puts(b, orphan && retries == 0 ? ", which means 8)" : ")");
	}
}

static void put_never(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	(void)t;
	if (a->f->state == TCP_STATE_FIN_WAIT_2) {
		buf_puts(b, "When the peer closes, or the program closes the descriptor: "
			    "tcp_fin_timeout applies only to closed ones, and SO_KEEPALIVE is off, "
			    "so the kernel has no timer here.");
		return;
	}
	buf_puts(b, by_count(a, "Never by itself: ", "Never by themselves: "));
	buf_puts(b, "SO_KEEPALIVE is off, so the kernel has no timer here (lowering "
		    "tcp_keepalive_time would not help");
	if (a->sample->has & CONN_HAS_OPTIONS && a->sample->user_timeout_ms)
		buf_puts(b, "; TCP_USER_TIMEOUT does nothing while nothing is sent");
	buf_puts(b, "). ");
	buf_puts(b, by_count(a, "It ends", "They end"));
	buf_puts(b, a->orphans == a->f->count
			    ? " when the program accepts and closes, or stops listening."
			    : " when the program closes or exits.");
}

static void put_expires(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	uint32_t timeout_s = settings(a)->fin_timeout_s;

	buf_puts(b, by_count(a, "The kernel drops it by itself in ",
			     "The kernel drops them by themselves, the last in "));
	text_put_duration(b, t->about_ms);
	if (a->f->state == TCP_STATE_FIN_WAIT_2 && timeout_s != VALUE_UNKNOWN) {
		buf_printf(b, " (tcp_fin_timeout %u", timeout_s);
		buf_puts(b, timeout_s > 60 ? ", which means twice what is beyond 60 s)" : ")");
	}
	buf_putc(b, '.');
}

static void put_silent(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	buf_puts(b, a->sample->timer == TCP_TIMER_PROBE ? "The kernel goes on probing for "
							: "The kernel goes on retransmitting for ");
	put_time(b, t);
	put_limit(a, b);
	buf_puts(b, outlook_is_orphan(a->sample) ? ", then drops " : ", then ends ");
	buf_puts(b, them(a));
	buf_puts(b, outlook_is_orphan(a->sample) ? "." : " with ETIMEDOUT.");
}

static void put_ack(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	buf_puts(b, "As soon as the peer acknowledges; without that the kernel retransmits for ");
	put_time(b, t);
	put_limit(a, b);
	buf_printf(b, ", then ends %s.", them(a));
}

static void put_shut(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	buf_puts(b, "When the peer reads again; as long as it answers probes the kernel never "
		    "gives up, while the program holds ");
	buf_puts(b, by_count(a, "the descriptor", "the descriptors"));
	if (t->about_ms != VALUE_UNKNOWN) {
		buf_puts(b, ". If the peer falls silent: after ");
		put_time(b, t);
		if (a->sample->timer == TCP_TIMER_PROBE)
			put_limit(a, b);
	}
	buf_putc(b, '.');
}

static void put_shut_bounded(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	if (outlook_is_orphan(a->sample)) {
		buf_puts(b, "No program holds ");
		buf_printf(b, "%s: the kernel gives up in ", them(a));
		put_time(b, t);
		buf_puts(b, ", even if the peer answers, and does not tell it.");
		return;
	}
	buf_puts(b, "In ");
	put_time(b, t);
	put_limit(a, b);
	buf_puts(b, ", even if the peer answers probes, unless it reads again.");
}

static void put_keepalive_settings(const struct account *a, struct buf *b)
{
	struct keepalive k = outlook_keepalive(a->s, a->sample);

	if (k.idle_s == VALUE_UNKNOWN || k.interval_s == VALUE_UNKNOWN || k.probes == VALUE_UNKNOWN)
		return;
	buf_puts(b, k.is_own ? " (after " : " (by tcp_keepalive_*, or the socket's own: after ");
	text_put_duration(b, (uint64_t)k.idle_s * 1000);
	buf_puts(b, ", then every ");
	text_put_duration(b, (uint64_t)k.interval_s * 1000);
	buf_printf(b, ", %u in all)", k.probes);
}

/* Keepalive ends it only when the peer's host no longer answers, or has forgotten it: a live peer,
 * and for tcp_fin_timeout even one that has closed, answers (facts F41). */
static void put_probed(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	buf_puts(b, "SO_KEEPALIVE is on");
	put_keepalive_settings(a, b);
	buf_puts(b, by_count(a, ": the next probe goes in ", ": the next probes go in "));
	text_put_duration(b, t->at_least_ms);
	buf_puts(b, " or later. A peer that has forgotten ");
	buf_printf(b, "%s ends %s with a reset; one that is silent, after ", them(a), them(a));
	put_time(b, t);
	buf_puts(b, "; as long as the peer answers, only the program does.");
}

static void put_probed_silent(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	buf_printf(b, "Keepalive ends %s in ", them(a));
	put_time(b, t);
	buf_puts(b, " with ETIMEDOUT unless the peer answers.");
}

static void put_unknown(const struct account *a, const struct outlook_tally *t, struct buf *b)
{
	(void)t;
	buf_puts(b, by_count(a, "Its timers", "Their timers"));
	buf_puts(b, " could not be read: how long it lasts cannot be told.");
}

/* Gravest first: what a finding of several kinds is called by. */
static const struct {
	uint8_t kind;
	uint8_t when;
	ends_writer *write;
} kinds[] = {
	{ OUTLOOK_NEVER, ENDS_NEVER, put_never },
	{ OUTLOOK_UNKNOWN, ENDS_UNKNOWN, put_unknown },
	{ OUTLOOK_SHUT, ENDS_EVENT, put_shut },
	{ OUTLOOK_PROBED, ENDS_EVENT, put_probed },
	{ OUTLOOK_ACK, ENDS_EVENT, put_ack },
	{ OUTLOOK_SHUT_BOUNDED, ENDS_BOUNDED, put_shut_bounded },
	{ OUTLOOK_SILENT, ENDS_BOUNDED, put_silent },
	{ OUTLOOK_PROBED_SILENT, ENDS_BOUNDED, put_probed_silent },
	{ OUTLOOK_EXPIRES, ENDS_BOUNDED, put_expires },
};

/* The numbers: none of the members before, all of those of the gravest kind by then. */
static void set_times(const struct account *a, const struct outlook_tally *gravest,
		      struct ending *end)
{
	end->at_least_ms = VALUE_UNKNOWN;
	for (size_t i = 0; i < OUTLOOK_MAX; i++)
		if (a->outlook[i].n && a->outlook[i].at_least_ms < end->at_least_ms)
			end->at_least_ms = a->outlook[i].at_least_ms;
	end->at_most_ms = gravest->at_most_ms;
	if (end->when == ENDS_BOUNDED)
		end->in_ms = gravest->about_ms;
}

void ends_by_state(const struct account *a, struct ending *ret_end)
{
	const struct outlook_tally *gravest = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct outlook_tally *t = &a->outlook[kinds[i].kind];

		if (t->n == 0)
			continue;
		if (!gravest) {
			gravest = t;
			ret_end->when = (enum ends_when)kinds[i].when;
		} else {
			buf_putc(&ret_end->text, ' ');
		}
		if (t->n < a->f->count) {
			text_put_count(&ret_end->text, t->n);
			buf_puts(&ret_end->text, " of ");
			text_put_count(&ret_end->text, a->f->count);
			buf_puts(&ret_end->text, ": ");
		}
		kinds[i].write(a, t, &ret_end->text);
	}
	if (ret_end->when == ENDS_NEVER && a->f->state == TCP_STATE_FIN_WAIT_2)
		ret_end->when = ENDS_EVENT;
	set_times(a, gravest, ret_end);
}

void ends_ghost(const struct account *a, struct ending *ret_end)
{
	ret_end->when = ENDS_NEVER;
	buf_puts(&ret_end->text, "Never: only the program frees ");
	buf_puts(&ret_end->text, by_count(a, "a descriptor", "descriptors"));
	buf_puts(&ret_end->text, ", by close() or exit.");
}

/* Only the program can end what no timer of the kernel ends. */
static bool is_left_to_program(const struct account *a)
{
	return a->outlook[OUTLOOK_NEVER].n == a->f->count;
}

void ends_stopped(const struct account *a, struct ending *ret_end)
{
	if (!is_left_to_program(a)) {
		ends_by_state(a, ret_end);
		return;
	}
	ret_end->when = ENDS_EVENT;
	buf_puts(&ret_end->text, "When the program runs again and closes, or is killed; the kernel "
				 "has no timer for what it waits for.");
}

void ends_with_leg(const struct account *a, struct ending *ret_end)
{
	if (!is_left_to_program(a)) {
		ends_by_state(a, ret_end);
		return;
	}
	ret_end->when = ENDS_EVENT;
	buf_puts(&ret_end->text, "When the other leg's peer closes, or the program gives up on it: "
				 "SO_KEEPALIVE is off, so the kernel has no timer here.");
}
