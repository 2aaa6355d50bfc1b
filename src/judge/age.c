// SPDX-License-Identifier: Apache-2.0
/* Reading ages off clocks and timers. */
#include "judge/age.h"

#include "judge/evidence.h"

/* TCP_TIMEWAIT_LEN (include/net/tcp.h): fixed, whatever tcp_fin_timeout says (facts F52). */
#define TIME_WAIT_MS 60000

/* TCP_RTO_MIN (include/net/tcp.h), for rows that do not tell their own timeout. */
#define RTO_LEAST_MS 200

/* TCP_RTO_MAX: no backoff goes beyond it. */
#define RTO_MOST_MS 120000

/* How much later than our data its ACK may come and still be that ACK (delayed ACK, slow path). */
#define ACK_DELAY_MS 1000

static struct age age_make(uint64_t at_least, uint64_t at_most)
{
	struct age age = { VALUE_UNKNOWN, VALUE_UNKNOWN };

	if (at_least < VALUE_UNKNOWN)
		age.at_least_ms = (uint32_t)at_least;
	/* Clocks of one socket are read one after the other: let them not contradict. */
	if (at_most < VALUE_UNKNOWN)
		age.at_most_ms =
			(uint32_t)(at_least < VALUE_UNKNOWN && at_most < at_least ? at_least
										  : at_most);
	return age;
}

static bool has_info(const struct conn *c)
{
	return c->has & CONN_HAS_INFO;
}

/* What a timer that runs `whole` ms has run off; unknown when it cannot have been armed so. */
static uint64_t run_off(uint64_t whole, uint32_t expires_ms)
{
	return expires_ms <= whole ? whole - expires_ms : VALUE_UNKNOWN;
}

static struct age age_idle(const struct conn *c)
{
	return age_make(c->idle_ms, VALUE_UNKNOWN);
}

/* Toward a shut window the peer is heard at each probe, so its last ACK tells nothing; what does is
 * how long nothing could be sent, as far back as the FIN can have come. */
static struct age age_close_wait(const struct conn *c)
{
	uint32_t at_least = c->last_ack_recv_ms, blocked;

	if (!has_info(c))
		return age_idle(c);
	if (c->wqueue > 0 && c->timer == TCP_TIMER_PROBE) {
		blocked = c->last_data_sent_ms < c->last_data_recv_ms ? c->last_data_sent_ms
								      : c->last_data_recv_ms;
		if (blocked != VALUE_UNKNOWN && blocked > at_least)
			at_least = blocked;
	}
	return age_make(at_least, c->last_data_recv_ms);
}

/* An orphan lives tcp_fin_timeout; where that is above 60 s, the time beyond 60 s twice: once as a
 * full socket on the keepalive timer, once as a minisocket (net/ipv4/tcp.c:__tcp_close,
 * tcp_timer.c:tcp_keepalive_timer; facts F47). */
static struct age age_orphan(const struct snapshot *s, const struct conn *c)
{
	uint32_t timeout_s = s->netns.items[c->netns].settings.fin_timeout_s;
	uint64_t whole_ms, before_ms = 0, age;

	if (timeout_s == VALUE_UNKNOWN || timeout_s == 0)
		return age_make(VALUE_UNKNOWN, VALUE_UNKNOWN);
	whole_ms = (uint64_t)timeout_s * 1000;
	if (timeout_s > 60) {
		whole_ms -= TIME_WAIT_MS;
		before_ms = c->timer == TCP_TIMER_MINISOCKET ? whole_ms : 0;
	}
	age = run_off(whole_ms, c->expires_ms);
	if (age < VALUE_UNKNOWN)
		age += before_ms;
	return age_make(age, age);
}

static struct age age_fin_wait_2(const struct snapshot *s, const struct conn *c)
{
	if (c->timer == TCP_TIMER_MINISOCKET || (c->inode == 0 && c->n_holders == 0))
		return age_orphan(s, c);
	if (!has_info(c))
		return age_idle(c);
	return age_make(c->last_ack_recv_ms, c->last_data_sent_ms);
}

/* How long ago the oldest unacknowledged segment was first sent: the waits behind it, each twice
 * the one before, and what has run off of the present one. Retransmits without backoff (linear
 * timeouts, an ICMP error took it back) count the shortest wait. */
static uint64_t unanswered_ms(const struct conn *c)
{
	uint64_t rto = has_info(c) && c->rto_ms ? c->rto_ms : 0, first, sum = 0;
	unsigned int tries = evidence_tries(c);
	unsigned int backoff = c->backoff < tries ? c->backoff : tries;

	if (tries == 0)
		return 0;
	first = rto ? rto >> (c->backoff < 31 ? c->backoff : 31) : RTO_LEAST_MS;
	sum = (tries - backoff) * first;
	for (unsigned int i = 0; i < backoff; i++) {
		uint64_t wait = first << (i < 31 ? i : 31);

		sum += wait < RTO_MOST_MS ? wait : RTO_MOST_MS;
	}
	if (rto > c->expires_ms)
		sum += rto - c->expires_ms;
	return sum;
}

static struct age age_unacknowledged(const struct conn *c)
{
	uint64_t at_most = VALUE_UNKNOWN;

	if (c->timer == TCP_TIMER_PROBE)
		return has_info(c) ? age_make(c->last_data_sent_ms, VALUE_UNKNOWN) : age_idle(c);
	/* With the FIN alone outstanding, the last data left before it. */
	if (has_info(c) && c->wqueue == 1)
		at_most = c->last_data_sent_ms;
	return age_make(unanswered_ms(c), at_most);
}

/* n probes: the first left n - 1 intervals before the last one. */
static uint64_t unanswered_probes_ms(const struct snapshot *s, const struct conn *c)
{
	uint64_t interval_s = s->netns.items[c->netns].settings.keepalive_interval_s;

	if (c->has & CONN_HAS_OPTIONS && c->keepalive_interval_s)
		interval_s = c->keepalive_interval_s;
	if (interval_s == VALUE_UNKNOWN || c->retrans == 0)
		return 0;
	if (interval_s * 1000 < c->expires_ms)
		return (c->retrans - 1) * interval_s * 1000;
	return c->retrans * interval_s * 1000 - c->expires_ms;
}

/* The same for probes of a shut window: the timeout stays, and the waits double from one to the
 * next (include/net/tcp.h:tcp_probe0_when). */
static uint64_t unanswered_window_ms(const struct conn *c)
{
	uint64_t base = has_info(c) && c->rto_ms > RTO_LEAST_MS ? c->rto_ms : RTO_LEAST_MS;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < c->retrans && i <= c->backoff; i++) {
		unsigned int doublings = c->backoff - i;
		uint64_t wait = base << (doublings < 31 ? doublings : 31);

		wait = wait < RTO_MOST_MS ? wait : RTO_MOST_MS;
		if (i > 0)
			sum += wait;
		else if (wait > c->expires_ms)
			sum += wait - c->expires_ms;
	}
	return sum;
}

static uint64_t silent_ms(const struct snapshot *s, const struct conn *c)
{
	switch (c->timer) {
	case TCP_TIMER_KEEPALIVE:
		return unanswered_probes_ms(s, c);
	case TCP_TIMER_PROBE:
		return unanswered_window_ms(c);
	default:
		return unanswered_ms(c);
	}
}

static struct age age_established(const struct snapshot *s, const struct conn *c)
{
	uint64_t heard = has_info(c) ? c->last_ack_recv_ms : VALUE_UNKNOWN;
	uint64_t silent = silent_ms(s, c);

	return age_make(silent < heard ? silent : heard, heard);
}

struct age age_bracket(const struct snapshot *s, const struct conn *c)
{
	switch (c->state) {
	case TCP_STATE_CLOSE_WAIT:
		return age_close_wait(c);
	case TCP_STATE_FIN_WAIT_2:
		return age_fin_wait_2(s, c);
	case TCP_STATE_TIME_WAIT:
		return age_make(run_off(TIME_WAIT_MS, c->expires_ms), VALUE_UNKNOWN);
	case TCP_STATE_FIN_WAIT_1:
	case TCP_STATE_LAST_ACK:
	case TCP_STATE_CLOSING:
		return age_unacknowledged(c);
	case TCP_STATE_ESTABLISHED:
		return age_established(s, c);
	case TCP_STATE_CLOSED:
		return age_idle(c);
	default:
		return age_make(VALUE_UNKNOWN, VALUE_UNKNOWN);
	}
}

/* May the peer have been heard after the state was entered? Answered keepalives, ACKs of what we
 * sent since, its data in FIN_WAIT_2. */
static bool is_refreshed(const struct conn *c)
{
	uint32_t since = c->last_ack_recv_ms;

	if (c->wqueue > 0 || c->timer == TCP_TIMER_KEEPALIVE ||
	    (c->has & CONN_HAS_OPTIONS && c->flags & CONN_KEEPALIVE))
		return true;
	if (c->state == TCP_STATE_FIN_WAIT_2)
		return c->bytes_received > 0 && c->last_data_recv_ms <= since;
	return c->bytes_acked > 1 && c->last_data_sent_ms != VALUE_UNKNOWN &&
	       c->last_data_sent_ms <= (uint64_t)since + ACK_DELAY_MS;
}

enum standing age_standing(const struct conn *c, struct age age, uint32_t older_than_ms)
{
	if (age.at_least_ms != VALUE_UNKNOWN && age.at_least_ms >= older_than_ms)
		return STANDING_OLD;
	if (age.at_most_ms < older_than_ms)
		return STANDING_YOUNG;
	/* These have no tcp_info, but their timer, or their one clock, is sure. */
	if (c->timer == TCP_TIMER_MINISOCKET || c->state == TCP_STATE_CLOSED)
		return age.at_least_ms == VALUE_UNKNOWN ? STANDING_UNSURE : STANDING_YOUNG;
	if (!has_info(c))
		return STANDING_UNSURE;
	switch (c->state) {
	case TCP_STATE_CLOSE_WAIT:
	case TCP_STATE_FIN_WAIT_2:
		return is_refreshed(c) ? STANDING_UNSURE : STANDING_YOUNG;
	default:
		return age.at_least_ms == VALUE_UNKNOWN ? STANDING_UNSURE : STANDING_YOUNG;
	}
}
