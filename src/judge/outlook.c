// SPDX-License-Identifier: Apache-2.0
/* The kernel's timers, played forward. */
#include "judge/outlook.h"

#include "judge/evidence.h"

/* TCP_RTO_MIN and TCP_RTO_MAX (include/net/tcp.h); the second is a setting since 6.15. */
#define RTO_MIN_MS 200u
#define RTO_MAX_MS 120000u

/* tcp_orphan_retries 0 stands for this many while the timeout still grows
 * (tcp_timer.c:tcp_orphan_retries(), facts F61). */
#define ORPHAN_RETRIES 8u

/* A probe's wait is doubled so often at most (include/net/tcp.h:tcp_probe0_when()). */
#define PROBE_DOUBLINGS 10u

/* Timeouts that are still to come: no setting allows as many (tcp_retries2 and tcp_orphan_retries
 * are bytes) but a very long TCP_USER_TIMEOUT. */
#define FIRES_MAX 512

/* A timer set to w fires at the next step of a wheel whose steps are 8/63 of w, and a jiffy or two
 * later (kernel/time/timer.c, LVL_GRAN(), facts F45: 342.7 s where 325 are reckoned). */
static uint64_t lateness(uint64_t wait_ms)
{
	return wait_ms * 8 / 63 + 12;
}

/* A wait as it is: on time, late by half, or as late as can be. */
enum clock { CLOCK_PROMPT = 0, CLOCK_MIDDLE, CLOCK_LATE };

static uint64_t late_by(uint64_t wait_ms, enum clock clock)
{
	return wait_ms + lateness(wait_ms) * clock / CLOCK_LATE;
}

static uint32_t ms_of(uint64_t ms)
{
	return ms < VALUE_UNKNOWN ? (uint32_t)ms : VALUE_UNKNOWN;
}

/* What a TCP_USER_TIMEOUT leaves after `t`: beyond it nothing is counted but time. */
static uint64_t rest_of(uint64_t user_timeout, uint64_t elapsed, uint64_t t)
{
	return user_timeout > elapsed ? t + user_timeout - elapsed : VALUE_UNKNOWN;
}

static struct outlook outlook_make(enum outlook_kind kind, uint64_t at_least, uint64_t about,
				   uint64_t at_most)
{
	return (struct outlook){ (uint8_t)kind, ms_of(at_least), ms_of(about), ms_of(at_most) };
}

static const struct netns_settings *settings(const struct snapshot *s, const struct conn *c)
{
	return &s->netns.items[c->netns].settings;
}

static uint64_t rto_max_ms(const struct snapshot *s, const struct conn *c)
{
	uint32_t set = settings(s, c)->rto_max_ms;

	return set == VALUE_UNKNOWN || set == 0 ? RTO_MAX_MS : set;
}

bool outlook_is_orphan(const struct conn *c)
{
	return c->inode == 0 && c->n_holders == 0 && c->state != TCP_STATE_CLOSE_WAIT &&
	       c->state != TCP_STATE_ESTABLISHED && c->has & CONN_HAS_DIAG;
}

/* TCP_USER_TIMEOUT, 0 when not set; of an orphan, which no file tells of, it is not known and
 * seldom set. */
static uint64_t user_timeout(const struct conn *c)
{
	return c->has & CONN_HAS_OPTIONS ? c->user_timeout_ms : 0;
}

/* May a TCP_USER_TIMEOUT that was not read end it at any time? */
static bool may_have_user_timeout(const struct conn *c)
{
	return !(c->has & CONN_HAS_OPTIONS);
}

/* ---- retransmissions ---- */

/* The kernel's model of so many of them: each wait twice the one before, from TCP_RTO_MIN up to the
 * greatest (tcp_timer.c:tcp_model_timeout()). */
static uint64_t model_timeout(uint32_t retries, uint64_t rto_max)
{
	unsigned int doublings = 0;

	while ((uint64_t)RTO_MIN_MS << (doublings + 1) <= rto_max)
		doublings++;
	if (retries <= doublings)
		return ((2ull << retries) - 1) * RTO_MIN_MS;
	return ((2ull << doublings) - 1) * RTO_MIN_MS + (retries - doublings) * rto_max;
}

/* One socket that sends again and again, as it stands at some point in time. */
struct resending {
	uint64_t rto, rto_max, user_timeout;
	uint64_t elapsed; /* since the first of them */
	uint32_t tries;
	uint32_t retries;	 /* tcp_retries2, or tcp_orphan_retries */
	uint64_t expires, armed; /* of the timer, and what it was set to */
	bool orphan;
};

/* tcp_timer.c:tcp_write_timeout(), retransmits_timed_out(). */
static bool is_given_up(const struct resending *r)
{
	uint32_t retries = r->retries;

	if (r->tries == 0)
		return false;
	if (r->user_timeout)
		return r->elapsed >= r->user_timeout;
	if (r->orphan && retries == 0 && r->rto < r->rto_max)
		retries = ORPHAN_RETRIES;
	return r->elapsed >= model_timeout(retries, r->rto_max);
}

/* tcp_timer.c:tcp_clamp_rto_to_user_timeout(). */
static uint64_t next_wait(const struct resending *r)
{
	uint64_t left;

	if (!r->user_timeout)
		return r->rto;
	left = r->user_timeout > r->elapsed ? r->user_timeout - r->elapsed : 1;
	return left < r->rto ? left : r->rto;
}

/* How long until it is given up when timers fire as `clock` says and the time since the first
 * retransmission runs as `since` says. */
static uint64_t play_resending(struct resending r, enum clock clock, enum clock since)
{
	uint64_t wait = r.expires, armed = r.armed, t = 0;

	for (int i = 0; i < FIRES_MAX; i++) {
		t += wait + lateness(armed) * clock / CLOCK_LATE;
		if (r.tries)
			r.elapsed += wait + lateness(armed) * since / CLOCK_LATE;
		if (is_given_up(&r))
			return t;
		r.rto = r.rto * 2 < r.rto_max ? r.rto * 2 : r.rto_max;
		r.tries++;
		wait = armed = next_wait(&r);
	}
	return rest_of(r.user_timeout, r.elapsed, t);
}

/* What has passed since the first retransmission: the waits between them, each twice the one
 * before. Where the timeout has stopped growing its beginnings are not known; then the shortest. */
static uint64_t resent_for(const struct conn *c, const struct resending *r, enum clock clock)
{
	uint64_t first = r->rto >> (c->backoff < 31 ? c->backoff : 31), sum = 0;

	for (unsigned int i = 1; i < c->retrans; i++) {
		unsigned int doubled = i < c->backoff ? i : c->backoff;
		uint64_t wait = first << (doubled < 31 ? doubled : 31);

		sum += late_by(wait < r->rto_max ? wait : r->rto_max, clock);
	}
	return sum;
}

static uint64_t play_from(const struct conn *c, struct resending r, enum clock clock,
			  enum clock since)
{
	uint64_t sent = resent_for(c, &r, since);

	r.elapsed = sent;
	r.armed = next_wait(&r);
	/* The first wait may be that of a loss probe, which is shorter than the timeout. */
	if (r.expires > r.armed)
		r.armed = r.expires;
	if (r.tries)
		r.elapsed += r.armed - r.expires;
	return play_resending(r, clock, since);
}

/* The window was shut over data that is on its way: its retransmits are answered, and what is not
 * counted is not given up, unless the peer is silent for twice the longest timeout
 * (tcp_timer.c:tcp_rtx_probe0_timed_out(); before 6.7 once). TCP_USER_TIMEOUT counts all the same.
 */
static struct outlook resending_into_shut_window(const struct snapshot *s, const struct conn *c)
{
	uint64_t wait = late_by(rto_max_ms(s, c), CLOCK_LATE), limit = 2 * rto_max_ms(s, c);
	uint64_t heard = c->last_ack_recv_ms < limit ? c->last_ack_recv_ms : limit;
	bool is_silent = evidence_tries(c) > c->retrans && evidence_tries(c) >= 2;

	/* It is seen only when the timer fires. */
	if (user_timeout(c)) {
		uint64_t about = user_timeout(c) > c->expires_ms ? user_timeout(c) : c->expires_ms;

		return outlook_make(is_silent ? OUTLOOK_SILENT : OUTLOOK_SHUT_BOUNDED,
				    c->expires_ms, about, about + wait);
	}
	return outlook_make(is_silent ? OUTLOOK_SILENT : OUTLOOK_SHUT, c->expires_ms,
			    limit - heard + c->expires_ms, limit - heard + c->expires_ms + wait);
}

static struct outlook resending(const struct snapshot *s, const struct conn *c)
{
	bool orphan = outlook_is_orphan(c);
	struct resending r = {
		.rto = c->has & CONN_HAS_INFO ? c->rto_ms : 0,
		.rto_max = rto_max_ms(s, c),
		.user_timeout = user_timeout(c),
		.tries = c->retrans,
		.retries = orphan ? settings(s, c)->orphan_retries : settings(s, c)->retries2,
		.expires = c->expires_ms,
		.orphan = orphan,
	};
	bool is_uncounted = evidence_tries(c) > c->retrans;
	enum outlook_kind kind = evidence_tries(c) >= 2 ? OUTLOOK_SILENT : OUTLOOK_ACK;
	uint64_t at_least, about, at_most;

	if (r.retries == VALUE_UNKNOWN || r.rto == 0)
		return outlook_make(kind, c->expires_ms, VALUE_UNKNOWN, VALUE_UNKNOWN);
	if (!orphan &&
	    (is_uncounted || (c->flags & CONN_WINDOW_SHUT && c->last_ack_recv_ms <= RTO_MAX_MS)))
		return resending_into_shut_window(s, c);
	/* Time that runs fast reaches the limit at an earlier one of the timeouts. */
	at_least = play_from(c, r, CLOCK_PROMPT, CLOCK_LATE);
	about = play_from(c, r, CLOCK_MIDDLE, CLOCK_MIDDLE);
	at_most = play_from(c, r, CLOCK_LATE, CLOCK_PROMPT);
	/* A loss probe comes before the first timeout. */
	if (c->retrans == 0)
		at_most += late_by(r.rto, CLOCK_LATE);
	if (may_have_user_timeout(c) && !orphan)
		at_least = c->expires_ms;
	/* Where the timeout has stopped growing more may have passed than could be reckoned. */
	if (r.rto >= r.rto_max)
		at_least = c->expires_ms;
	return outlook_make(kind, at_least, about, at_most);
}

/* ---- probes of a shut window ---- */

struct probing {
	uint64_t rto, rto_max, user_timeout;
	uint64_t elapsed; /* since the first probe */
	uint32_t backoff, backoff_max;
	uint32_t probes; /* without an answer */
	uint32_t retries;
	bool orphan, is_answered;
};

/* include/net/tcp.h:tcp_probe0_when(). */
static uint64_t probe_wait(const struct probing *p, uint32_t backoff)
{
	uint64_t rto = p->rto > RTO_MIN_MS ? p->rto : RTO_MIN_MS;
	uint64_t wait = rto << (backoff < PROBE_DOUBLINGS ? backoff : PROBE_DOUBLINGS);

	return wait < p->rto_max ? wait : p->rto_max;
}

/* tcp_timer.c:tcp_probe_timer(). */
static bool is_probed_enough(const struct probing *p)
{
	uint32_t most = p->retries;

	if (p->user_timeout && p->backoff > 0 && p->elapsed >= p->user_timeout)
		return true;
	if (p->orphan) {
		bool alive = p->rto << (p->backoff < 31 ? p->backoff : 31) < p->rto_max;

		if (!alive && p->backoff >= most)
			return true;
		if (alive && most == 0)
			most = ORPHAN_RETRIES;
	}
	return p->probes >= most;
}

/* tcp_timer.c:tcp_clamp_probe0_to_user_timeout(). */
static uint64_t clamp_probe(const struct probing *p, uint64_t wait)
{
	uint64_t left;

	if (!p->user_timeout || p->backoff == 0)
		return wait;
	left = p->user_timeout > p->elapsed ? p->user_timeout - p->elapsed : 1;
	return left < wait ? left : wait;
}

static uint64_t play_probing(struct probing p, uint64_t expires, enum clock clock)
{
	uint64_t wait = expires, armed, t = 0;

	armed = clamp_probe(&p, probe_wait(&p, p.backoff));
	if (armed < expires)
		armed = expires;
	if (p.backoff > 0)
		p.elapsed += armed - expires;
	for (int i = 0; i < FIRES_MAX; i++) {
		uint64_t late = lateness(armed) * clock / CLOCK_LATE;

		t += wait + late;
		if (p.backoff > 0)
			p.elapsed += wait + late;
		if (is_probed_enough(&p))
			return t;
		p.probes = p.is_answered ? 0 : p.probes + 1;
		if (p.backoff < p.backoff_max)
			p.backoff++;
		wait = armed = clamp_probe(&p, probe_wait(&p, p.backoff));
	}
	return rest_of(p.user_timeout, p.elapsed, t);
}

static uint64_t probed_for(const struct probing *p)
{
	uint64_t sum = 0;

	for (uint32_t i = 1; i < p->backoff; i++)
		sum += probe_wait(p, i);
	return sum;
}

static struct outlook probing(const struct snapshot *s, const struct conn *c)
{
	const struct netns_settings *set = settings(s, c);
	bool orphan = outlook_is_orphan(c), is_silent = c->retrans >= 2;
	struct probing p = {
		.rto = c->has & CONN_HAS_INFO ? c->rto_ms : 0,
		.rto_max = rto_max_ms(s, c),
		.user_timeout = user_timeout(c),
		.backoff = c->backoff,
		.backoff_max = set->retries2,
		.probes = c->retrans,
		.retries = orphan ? set->orphan_retries : set->retries2,
		.orphan = orphan,
	};
	uint64_t at_least, about, answered;

	if (p.rto == 0 || p.retries == VALUE_UNKNOWN || p.backoff_max == VALUE_UNKNOWN)
		return outlook_make(is_silent ? OUTLOOK_SILENT : OUTLOOK_SHUT, c->expires_ms,
				    VALUE_UNKNOWN, VALUE_UNKNOWN);
	p.elapsed = probed_for(&p);
	at_least = play_probing(p, c->expires_ms, CLOCK_PROMPT);
	about = play_probing(p, c->expires_ms, CLOCK_MIDDLE);
	if (may_have_user_timeout(c) && !orphan)
		at_least = c->expires_ms;
	if (is_silent)
		return outlook_make(OUTLOOK_SILENT, at_least, about,
				    play_probing(p, c->expires_ms, CLOCK_LATE));
	p.is_answered = true;
	p.probes = 0;
	answered = play_probing(p, c->expires_ms, CLOCK_LATE);
	if (answered == VALUE_UNKNOWN) {
		p.is_answered = false;
		return outlook_make(OUTLOOK_SHUT, at_least, about,
				    play_probing(p, c->expires_ms, CLOCK_LATE));
	}
	return outlook_make(OUTLOOK_SHUT_BOUNDED, at_least,
			    play_probing(p, c->expires_ms, CLOCK_MIDDLE), answered);
}

/* ---- keepalive ---- */

struct keepalive outlook_keepalive(const struct snapshot *s, const struct conn *c)
{
	const struct netns_settings *set = settings(s, c);
	struct keepalive k = { .idle_s = set->keepalive_time_s,
			       .interval_s = set->keepalive_interval_s,
			       .probes = set->keepalive_probes,
			       .is_own = c->has & CONN_HAS_OPTIONS };

	if (k.is_own && c->keepalive_idle_s)
		k.idle_s = c->keepalive_idle_s;
	if (k.is_own && c->keepalive_interval_s)
		k.interval_s = c->keepalive_interval_s;
	if (k.is_own && c->keepalive_probes)
		k.probes = c->keepalive_probes;
	return k;
}

/* What counts as idle (include/net/tcp.h:keepalive_time_elapsed()). */
static uint64_t idle_for(const struct conn *c)
{
	if (!(c->has & CONN_HAS_INFO))
		return VALUE_UNKNOWN;
	return c->last_data_recv_ms < c->last_ack_recv_ms ? c->last_data_recv_ms
							  : c->last_ack_recv_ms;
}

uint32_t outlook_next_probe_ms(const struct snapshot *s, const struct conn *c)
{
	struct keepalive k = outlook_keepalive(s, c);
	uint64_t idle = idle_for(c), wanted = (uint64_t)k.idle_s * 1000;

	if (!k.is_own || k.idle_s == VALUE_UNKNOWN || idle == VALUE_UNKNOWN ||
	    idle + c->expires_ms >= wanted)
		return c->expires_ms;
	return (uint32_t)(wanted - idle < VALUE_UNKNOWN ? wanted - idle : VALUE_UNKNOWN - 1);
}

/* How many intervals follow the next probe (tcp_timer.c:tcp_keepalive_timer()): with
 * TCP_USER_TIMEOUT until it has passed and one probe has gone out, else until all have. */
static uint64_t intervals_left(const struct conn *c, const struct keepalive *k, uint64_t next)
{
	uint64_t interval = (uint64_t)k->interval_s * 1000, limit = user_timeout(c), least;
	uint64_t idle = idle_for(c);

	if (!limit)
		return k->probes > c->retrans ? k->probes - c->retrans : 0;
	least = c->retrans == 0;
	if (idle == VALUE_UNKNOWN || interval == 0 || idle + next + least * interval >= limit)
		return least;
	return (limit - idle - next + interval - 1) / interval;
}

static struct outlook keepalive(const struct snapshot *s, const struct conn *c)
{
	enum outlook_kind kind = c->retrans >= 2 ? OUTLOOK_PROBED_SILENT : OUTLOOK_PROBED;
	struct keepalive k = outlook_keepalive(s, c);
	uint64_t next = outlook_next_probe_ms(s, c), interval, n, at_least, idle;

	if (k.interval_s == VALUE_UNKNOWN || k.probes == VALUE_UNKNOWN)
		return outlook_make(kind, next, VALUE_UNKNOWN, VALUE_UNKNOWN);
	interval = (uint64_t)k.interval_s * 1000;
	n = intervals_left(c, &k, next);
	/* A peer that has forgotten it answers the next probe with a reset. */
	at_least = kind == OUTLOOK_PROBED_SILENT && k.is_own ? next + n * interval : next;
	if (!k.is_own)
		return outlook_make(kind, at_least, next + n * interval, VALUE_UNKNOWN);
	idle = (uint64_t)k.idle_s * 1000;
	return outlook_make(kind, at_least, next + n * interval,
			    next + lateness(idle > next ? idle : next) +
				    n * late_by(interval, CLOCK_LATE));
}

/* ---- what is closed already ---- */

/* A closed FIN_WAIT_2 is a minisocket for tcp_fin_timeout. Where that is above 60 s it first is a
 * whole socket for what is beyond 60 s, then a minisocket for as long again (net/ipv4/tcp.c:
 * __tcp_close(), tcp_timer.c:tcp_keepalive_timer(); facts F47). TCP_LINGER2, which nothing tells,
 * does the same up to 120 s. */
static struct outlook closed(const struct snapshot *s, const struct conn *c)
{
	uint32_t timeout_s = settings(s, c)->fin_timeout_s;
	uint64_t after = 60000, left = c->expires_ms;

	if (c->state == TCP_STATE_FIN_WAIT_2 && timeout_s != VALUE_UNKNOWN && timeout_s > 60)
		after = (uint64_t)(timeout_s - 60) * 1000;
	else if (c->state == TCP_STATE_FIN_WAIT_2 && c->timer == TCP_TIMER_MINISOCKET &&
		 timeout_s != VALUE_UNKNOWN)
		after = (uint64_t)timeout_s * 1000;
	if (left > after)
		after = left;
	if (c->timer == TCP_TIMER_MINISOCKET)
		return outlook_make(OUTLOOK_EXPIRES, left, left, left + lateness(after));
	return outlook_make(OUTLOOK_EXPIRES, left, left + after,
			    left + after + 2 * lateness(after));
}

struct outlook outlook_of(const struct snapshot *s, const struct conn *c)
{
	if (c->state == TCP_STATE_CLOSED)
		return outlook_make(OUTLOOK_NEVER, VALUE_UNKNOWN, VALUE_UNKNOWN, VALUE_UNKNOWN);
	if (!conn_has_queues(c))
		return outlook_make(OUTLOOK_UNKNOWN, 0, VALUE_UNKNOWN, VALUE_UNKNOWN);
	switch (c->timer) {
	case TCP_TIMER_RETRANSMIT:
		return resending(s, c);
	case TCP_TIMER_PROBE:
		return probing(s, c);
	case TCP_TIMER_MINISOCKET:
		return closed(s, c);
	case TCP_TIMER_KEEPALIVE:
		return outlook_is_orphan(c) ? closed(s, c) : keepalive(s, c);
	default:
		/* Unacknowledged and without a timer: caught between two. */
		if (c->wqueue > 0)
			return outlook_make(OUTLOOK_ACK, 0, VALUE_UNKNOWN, VALUE_UNKNOWN);
		return outlook_make(OUTLOOK_NEVER, VALUE_UNKNOWN, VALUE_UNKNOWN, VALUE_UNKNOWN);
	}
}
