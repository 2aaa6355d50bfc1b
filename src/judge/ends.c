// SPDX-License-Identifier: Apache-2.0
/* Prognoses. */
#include "judge/ends.h"

#include "model/text.h"

/* The kernel's model of its own retransmits (net/ipv4/tcp_timer.c:tcp_model_timeout, 6.18): each
 * wait twice the one before, from TCP_RTO_MIN up to TCP_RTO_MAX. */
#define RTO_MIN_MS    200u
#define RTO_MAX_MS    120000u
#define RTO_DOUBLINGS 9u /* ilog2(RTO_MAX / RTO_MIN) */

/* tcp_orphan_retries 0 stands for this many (tcp_timer.c:tcp_orphan_retries, facts F61). */
#define ORPHAN_RETRIES 8u

/* An orphan toward a shut window that answers: measured 342.7 s (facts F45). */
#define ORPHAN_SHUT_MS 343000u

static uint64_t retries_ms(uint32_t retries)
{
	if (retries <= RTO_DOUBLINGS)
		return ((2ull << retries) - 1) * RTO_MIN_MS;
	return ((2ull << RTO_DOUBLINGS) - 1) * RTO_MIN_MS +
	       (uint64_t)(retries - RTO_DOUBLINGS) * RTO_MAX_MS;
}

static const struct netns_settings *settings(const struct account *a)
{
	return &a->s->netns.items[a->f->netns].settings;
}

static void bounded(struct ending *end, uint64_t in_ms)
{
	end->when = ENDS_BOUNDED;
	end->in_ms = in_ms < VALUE_UNKNOWN ? (uint32_t)in_ms : VALUE_UNKNOWN;
}

/* Keepalive ends it only when the peer's host stops answering: a live peer, and for
 * tcp_fin_timeout even one that has closed, answers (facts F41). */
static void put_keepalive(const struct account *a, struct ending *end)
{
	end->when = ENDS_EVENT;
	buf_puts(&end->text, "SO_KEEPALIVE is on");
	if (a->sample->timer == TCP_TIMER_KEEPALIVE && span_is_known(&a->expires_ms)) {
		buf_puts(&end->text, " (next probe in ");
		text_put_duration(&end->text, a->expires_ms.least);
		buf_putc(&end->text, ')');
	}
	buf_puts(&end->text, ": the kernel ends ");
	buf_puts(&end->text, by_count(a, "it", "them"));
	buf_puts(&end->text, " only when the peer's host no longer answers probes, or answers with "
			     "a reset; otherwise when the program closes ");
	buf_puts(&end->text, by_count(a, "it.", "them."));
}

static void put_for_ever(const struct account *a, struct ending *end, const char *until)
{
	end->when = ENDS_NEVER;
	buf_puts(&end->text, "Never by ");
	buf_puts(&end->text, by_count(a, "itself: ", "themselves: "));
	buf_puts(&end->text, "SO_KEEPALIVE is off, so the kernel has no timer here (lowering "
			     "tcp_keepalive_time would not help). ");
	buf_puts(&end->text, until);
}

static uint64_t orphan_extra_ms(const struct account *a)
{
	uint32_t timeout_s = settings(a)->fin_timeout_s;

	/* The full socket's timer is followed by a minisocket's of the same length (facts F47). */
	if (a->f->state != TCP_STATE_FIN_WAIT_2 || a->sample->timer != TCP_TIMER_KEEPALIVE ||
	    timeout_s == VALUE_UNKNOWN || timeout_s <= 60)
		return 0;
	return (uint64_t)(timeout_s - 60) * 1000;
}

void ends_by_timer(const struct account *a, struct ending *ret_end)
{
	uint64_t most;

	if (!span_is_known(&a->expires_ms)) {
		buf_puts(&ret_end->text, "The kernel drops it by itself; when is not known.");
		return;
	}
	most = a->expires_ms.most + orphan_extra_ms(a);
	bounded(ret_end, most);
	buf_puts(&ret_end->text, by_count(a, "The kernel drops it by itself in ",
					  "The kernel drops them by itself, the last in "));
	text_put_duration(&ret_end->text, most);
	buf_putc(&ret_end->text, '.');
}

static void put_orphan_shut(const struct account *a, struct ending *end)
{
	bounded(end, ORPHAN_SHUT_MS);
	buf_puts(&end->text, "No program holds ");
	buf_puts(&end->text, by_count(a, "it", "them"));
	buf_puts(&end->text, ": the kernel gives up at most 6 min after the close, without telling "
			     "the peer.");
}

static void put_shut(const struct account *a, struct ending *end)
{
	end->when = ENDS_EVENT;
	buf_puts(&end->text, "When the peer reads again; as long as it answers probes the kernel "
			     "never gives up, while the program holds ");
	buf_puts(&end->text, by_count(a, "the descriptor.", "the descriptors."));
}

static void put_retransmits(const struct account *a, struct ending *end)
{
	bool orphan = a->orphans == a->f->count;
	uint32_t retries = orphan ? settings(a)->orphan_retries : settings(a)->retries2;
	uint64_t whole, done = 0;

	if (orphan && retries == 0)
		retries = ORPHAN_RETRIES;
	if (retries == VALUE_UNKNOWN) {
		end->when = ENDS_UNKNOWN;
		buf_puts(&end->text, "The kernel gives up after its last retransmission; when is "
				     "not known.");
		return;
	}
	whole = retries_ms(retries < 64 ? retries : 64);
	if (a->sample->user_timeout_ms && a->sample->has & CONN_HAS_OPTIONS &&
	    a->sample->user_timeout_ms < whole)
		whole = a->sample->user_timeout_ms;
	if (a->tries.most > 0 && a->f->oldest.at_least_ms != VALUE_UNKNOWN)
		done = a->f->oldest.at_least_ms;
	/* It gives up at a retransmission, not between two. */
	whole = whole > done ? whole - done : 0;
	if (span_is_known(&a->expires_ms) && whole < a->expires_ms.most)
		whole = a->expires_ms.most;
	bounded(end, whole);
	buf_puts(&end->text, a->tries.most > 0
				     ? "The kernel goes on retransmitting for about "
				     : "As soon as the peer acknowledges; without that the kernel "
				       "retransmits for about ");
	text_put_duration(&end->text, whole);
	buf_puts(&end->text,
		 orphan ? " (tcp_orphan_retries), then drops " : " (tcp_retries2), then ends ");
	buf_puts(&end->text, by_count(a, "it", "them"));
	buf_puts(&end->text, orphan ? "." : " with ETIMEDOUT.");
}

/* FIN_WAIT_1, LAST_ACK, CLOSING, and whatever waits for an acknowledgement. */
static void unacknowledged(const struct account *a, struct ending *ret_end)
{
	bool is_shut = a->sample->timer == TCP_TIMER_PROBE && a->tries.most <= 1;

	if (is_shut && a->orphans == a->f->count)
		put_orphan_shut(a, ret_end);
	else if (is_shut)
		put_shut(a, ret_end);
	else
		put_retransmits(a, ret_end);
}

void ends_ghost(const struct account *a, struct ending *ret_end)
{
	ret_end->when = ENDS_NEVER;
	buf_puts(&ret_end->text, "Never: only the program frees ");
	buf_puts(&ret_end->text, by_count(a, "a descriptor", "descriptors"));
	buf_puts(&ret_end->text, ", by close() or exit.");
}

void ends_vanished(const struct account *a, struct ending *ret_end)
{
	const struct conn *c = a->sample;
	uint64_t interval_s = settings(a)->keepalive_interval_s;
	uint64_t probes = settings(a)->keepalive_probes, left;

	if (c->timer != TCP_TIMER_KEEPALIVE) {
		put_retransmits(a, ret_end);
		return;
	}
	if (c->has & CONN_HAS_OPTIONS && c->keepalive_interval_s)
		interval_s = c->keepalive_interval_s;
	if (c->has & CONN_HAS_OPTIONS && c->keepalive_probes)
		probes = c->keepalive_probes;
	if (interval_s == VALUE_UNKNOWN || probes == VALUE_UNKNOWN) {
		buf_puts(&ret_end->text, "Keepalive ends it after its last probe.");
		return;
	}
	left = c->expires_ms;
	if (probes > c->retrans)
		left += (probes - c->retrans) * interval_s * 1000;
	bounded(ret_end, left);
	buf_printf(&ret_end->text, "Keepalive ends %s in about ", by_count(a, "it", "them"));
	text_put_duration(&ret_end->text, left);
	buf_puts(&ret_end->text, " with ETIMEDOUT unless the peer answers.");
}

/* No timer of TCP's own ends CLOSE_WAIT. */
static void close_wait(const struct account *a, struct ending *ret_end)
{
	if (a->sample->wqueue > 0)
		unacknowledged(a, ret_end);
	else if (a->keepalive > 0)
		put_keepalive(a, ret_end);
	else
		put_for_ever(a, ret_end, "It ends when the program closes or exits.");
}

/* FIN_WAIT_2 with the descriptor open: tcp_fin_timeout does not apply. */
static void half_closed(const struct account *a, struct ending *ret_end)
{
	if (a->keepalive > 0) {
		put_keepalive(a, ret_end);
		return;
	}
	ret_end->when = ENDS_EVENT;
	buf_puts(&ret_end->text, "When the peer closes, or the program closes the descriptor: "
				 "tcp_fin_timeout applies only to closed ones, and SO_KEEPALIVE is "
				 "off, so the kernel has no timer here.");
}

void ends_stopped(const struct account *a, struct ending *ret_end)
{
	(void)a;
	ret_end->when = ENDS_EVENT;
	buf_puts(&ret_end->text, "When the program runs again and closes, or is killed; the kernel "
				 "has no timer for what it waits for.");
}

void ends_with_leg(const struct account *a, struct ending *ret_end)
{
	if (a->sample->wqueue > 0 || a->keepalive > 0) {
		ends_by_state(a, ret_end);
		return;
	}
	ret_end->when = ENDS_EVENT;
	buf_puts(&ret_end->text, "When the other leg's peer closes, or the program gives up on it: "
				 "SO_KEEPALIVE is off, so the kernel has no timer here.");
}

void ends_by_state(const struct account *a, struct ending *ret_end)
{
	switch (a->f->state) {
	case TCP_STATE_CLOSE_WAIT:
		close_wait(a, ret_end);
		break;
	case TCP_STATE_FIN_WAIT_2:
		if (a->orphans == a->f->count)
			ends_by_timer(a, ret_end);
		else
			half_closed(a, ret_end);
		break;
	default:
		unacknowledged(a, ret_end);
		break;
	}
}
