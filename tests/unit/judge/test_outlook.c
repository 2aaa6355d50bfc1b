// SPDX-License-Identifier: Apache-2.0
/* When the kernel's timers end a connection, against what was measured (facts F41 to F47) and what
 * is easily taken for the same. */
#include "unit.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "build.h"
#include "judge/outlook.h"

#define OLD 10000

struct outlook_case {
	const char *name;
	void (*make)(struct snapshot *s, struct conn *c);
	enum outlook_kind kind;
	uint32_t at_least_ms, at_most_ms; /* what the bracket must hold within, both ways */
};

static struct netns_settings *set(struct snapshot *s)
{
	return &s->netns.items[0].settings;
}

/* Sent again `tries` times, the first wait 210 ms, the timer half run off. */
static void resends(struct conn *c, enum tcp_state state, uint8_t tries)
{
	c->state = (uint8_t)state;
	c->timer = TCP_TIMER_RETRANSMIT;
	c->wqueue = 1;
	c->retrans = c->backoff = tries;
	c->rto_ms = 210u << tries;
	c->expires_ms = c->rto_ms / 2;
}

static void orphaned(struct conn *c)
{
	c->inode = 0;
	c->has &= (uint16_t)~CONN_HAS_OPTIONS;
}

static void keepalive(struct conn *c, uint8_t unanswered, uint32_t expires_ms)
{
	c->timer = TCP_TIMER_KEEPALIVE;
	c->flags |= CONN_KEEPALIVE;
	c->retrans = unanswered;
	c->expires_ms = expires_ms;
}

static void shut(struct conn *c, uint8_t backoff, uint8_t unanswered)
{
	c->state = TCP_STATE_FIN_WAIT_1;
	c->timer = TCP_TIMER_PROBE;
	c->wqueue = 5000;
	c->backoff = backoff;
	c->retrans = unanswered;
	c->rto_ms = 210;
	c->expires_ms = 100;
}

static void idle(struct snapshot *s, struct conn *c)
{
	(void)s;
	(void)c;
}

/* L13: alone it does nothing. */
static void idle_with_user_timeout(struct snapshot *s, struct conn *c)
{
	(void)s;
	c->user_timeout_ms = 1000;
}

/* L2: 939.8 s from the first. */
static void silent_held(struct snapshot *s, struct conn *c)
{
	(void)s;
	resends(c, TCP_STATE_LAST_ACK, 2);
}

/* L1, L3: 108 s from the first. */
static void silent_orphan(struct snapshot *s, struct conn *c)
{
	(void)s;
	resends(c, TCP_STATE_LAST_ACK, 2);
	orphaned(c);
}

/* 15a: 6.7 s from the first with 3 as with 4. */
static void silent_orphan_3(struct snapshot *s, struct conn *c)
{
	silent_orphan(s, c);
	set(s)->orphan_retries = 3;
}

/* Held by somebody who was not seen: not an orphan. */
static void silent_hidden(struct snapshot *s, struct conn *c)
{
	silent_held(s, c);
	c->n_holders = 0;
	set(s)->retries2 = 3;
}

/* L15: 3.5 s from the first. */
static void silent_user_timeout(struct snapshot *s, struct conn *c)
{
	(void)s;
	resends(c, TCP_STATE_CLOSE_WAIT, 2);
	c->user_timeout_ms = 3000;
}

static void silent_user_timeout_untold(struct snapshot *s, struct conn *c)
{
	silent_user_timeout(s, c);
	c->has &= (uint16_t)~CONN_HAS_OPTIONS;
}

/* Answered with a shut window: no silence. */
static void answered_shut(struct snapshot *s, struct conn *c)
{
	silent_held(s, c);
	c->flags |= CONN_WINDOW_SHUT;
	c->last_ack_recv_ms = 400;
}

/* Long not heard any more. */
static void shut_long_ago(struct snapshot *s, struct conn *c)
{
	answered_shut(s, c);
	c->last_ack_recv_ms = 130000;
}

/* The same by what the backoff alone tells: given up after twice the longest timeout. */
static void shut_uncounted(struct snapshot *s, struct conn *c)
{
	answered_shut(s, c);
	c->state = TCP_STATE_ESTABLISHED;
	c->retrans = 0;
	c->backoff = 9;
	c->rto_ms = 107520;
	c->expires_ms = 7000;
	c->last_ack_recv_ms = 202424;
}

static void answered_shut_orphan(struct snapshot *s, struct conn *c)
{
	answered_shut(s, c);
	orphaned(c);
}

/* The timeout has stopped growing: orphans are then given up at once. */
static void silent_orphan_grown(struct snapshot *s, struct conn *c)
{
	silent_orphan(s, c);
	set(s)->rto_max_ms = 1000;
	c->rto_ms = 1000;
	c->backoff = c->retrans = 3;
	c->expires_ms = 400;
}

static void not_yet_silent(struct snapshot *s, struct conn *c)
{
	resends(c, TCP_STATE_FIN_WAIT_1, 0);
	set(s)->retries2 = 3;
}

/* L12: 3 + 2 × 4 = 11 s of silence. */
static void probed(struct snapshot *s, struct conn *c)
{
	(void)s;
	keepalive(c, 0, 1000);
	c->keepalive_idle_s = 3;
	c->keepalive_interval_s = 2;
	c->keepalive_probes = 4;
	c->last_ack_recv_ms = c->last_data_recv_ms = 2000;
}

/* The timer was armed before the peer was last heard: it is set again when it fires. */
static void probed_heard_since(struct snapshot *s, struct conn *c)
{
	probed(s, c);
	c->last_ack_recv_ms = 500;
}

/* 15c: lowering the sysctl does not touch a timer that runs. */
static void probed_sysctl_lowered(struct snapshot *s, struct conn *c)
{
	keepalive(c, 0, 7000000);
	set(s)->keepalive_time_s = 1;
	set(s)->keepalive_interval_s = 1;
	set(s)->keepalive_probes = 1;
	c->last_ack_recv_ms = c->last_data_recv_ms = 200000;
}

static void probed_untold(struct snapshot *s, struct conn *c)
{
	probed(s, c);
	c->has &= (uint16_t)~CONN_HAS_OPTIONS;
}

static void probed_in_vain(struct snapshot *s, struct conn *c)
{
	probed(s, c);
	c->retrans = 2;
	c->last_ack_recv_ms = c->last_data_recv_ms = 6000;
}

/* L14: the user timeout counts, not the number of probes. */
static void probed_user_timeout(struct snapshot *s, struct conn *c)
{
	probed(s, c);
	c->keepalive_idle_s = c->keepalive_interval_s = 1;
	c->keepalive_probes = 50;
	c->user_timeout_ms = 4000;
	c->retrans = 2;
	c->last_ack_recv_ms = c->last_data_recv_ms = 2500;
	c->expires_ms = 500;
}

/* 16c: it has passed, yet one probe must go out first. */
static void probed_user_timeout_short(struct snapshot *s, struct conn *c)
{
	probed(s, c);
	c->user_timeout_ms = 1000;
}

/* L4: 342.7 s from the first probe, though the peer answers. */
static void shut_orphan(struct snapshot *s, struct conn *c)
{
	(void)s;
	shut(c, 0, 0);
	orphaned(c);
}

static void shut_orphan_silent(struct snapshot *s, struct conn *c)
{
	(void)s;
	shut(c, 6, 6);
	orphaned(c);
}

/* L5: no limit; then silent: 15 probes. */
static void shut_held(struct snapshot *s, struct conn *c)
{
	(void)s;
	shut(c, 5, 0);
}

static void shut_held_silent(struct snapshot *s, struct conn *c)
{
	shut(c, 3, 3);
	set(s)->retries2 = 5;
}

/* L5b. */
static void shut_user_timeout(struct snapshot *s, struct conn *c)
{
	(void)s;
	shut(c, 1, 0);
	c->user_timeout_ms = 5000;
}

static void mini(struct snapshot *s, struct conn *c)
{
	(void)s;
	c->state = TCP_STATE_FIN_WAIT_2;
	c->timer = TCP_TIMER_MINISOCKET;
	c->expires_ms = 40000;
	orphaned(c);
	c->has = CONN_HAS_DIAG;
}

/* L7_180: 241 s. */
static void beyond_60(struct snapshot *s, struct conn *c)
{
	mini(s, c);
	set(s)->fin_timeout_s = 180;
	c->timer = TCP_TIMER_KEEPALIVE;
	c->expires_ms = 100000;
}

/* The same timer on one that is held is keepalive. */
static void beyond_60_held(struct snapshot *s, struct conn *c)
{
	probed(s, c);
	c->state = TCP_STATE_FIN_WAIT_2;
	set(s)->fin_timeout_s = 180;
}

static void ghost(struct snapshot *s, struct conn *c)
{
	(void)s;
	c->state = TCP_STATE_CLOSED;
}

#define NO VALUE_UNKNOWN
static const struct outlook_case cases[] = {
	{ "idle", idle, OUTLOOK_NEVER, NO, NO },
	{ "user timeout", idle_with_user_timeout, OUTLOOK_NEVER, NO, NO },
	{ "silent, held", silent_held, OUTLOOK_SILENT, 924000, 1060000 },
	{ "silent, orphan", silent_orphan, OUTLOOK_SILENT, 100000, 122000 },
	{ "silent, orphan, 3", silent_orphan_3, OUTLOOK_SILENT, 1200, 6800 },
	{ "silent, owner not seen", silent_hidden, OUTLOOK_SILENT, 1200, 6800 },
	{ "silent, user timeout", silent_user_timeout, OUTLOOK_SILENT, 1900, 2600 },
	{ "silent, options untold", silent_user_timeout_untold, OUTLOOK_SILENT, 420, 1060000 },
	{ "silent, orphan, grown", silent_orphan_grown, OUTLOOK_SILENT, 400, 600 },
	{ "answered, shut", answered_shut, OUTLOOK_SHUT, 420, 380000 },
	{ "shut, not heard", shut_long_ago, OUTLOOK_SILENT, 924000, 1060000 },
	{ "shut, uncounted", shut_uncounted, OUTLOOK_SILENT, 7000, 180000 },
	{ "answered, shut, orphan", answered_shut_orphan, OUTLOOK_SILENT, 100000, 122000 },
	{ "not yet silent", not_yet_silent, OUTLOOK_ACK, 1300, 7600 },
	{ "probed", probed, OUTLOOK_PROBED, 1000, 10600 },
	{ "probed, heard since", probed_heard_since, OUTLOOK_PROBED, 2500, 12100 },
	{ "probed, sysctl lowered", probed_sysctl_lowered, OUTLOOK_PROBED, 7000000, 7900000 },
	{ "probed, options untold", probed_untold, OUTLOOK_PROBED, 1000, NO },
	{ "probed in vain", probed_in_vain, OUTLOOK_PROBED_SILENT, 5000, 6000 },
	{ "probed, user timeout", probed_user_timeout, OUTLOOK_PROBED_SILENT, 1500, 1950 },
	{ "probed, short user timeout", probed_user_timeout_short, OUTLOOK_PROBED, 1000, 3700 },
	{ "shut, orphan", shut_orphan, OUTLOOK_SHUT_BOUNDED, 50000, 380000 },
	{ "shut, orphan, silent", shut_orphan_silent, OUTLOOK_SILENT, 80000, 95000 },
	{ "shut, held", shut_held, OUTLOOK_SHUT, 900000, 1750000 },
	{ "shut, held, silent", shut_held_silent, OUTLOOK_SILENT, 10000, 12000 },
	{ "shut, user timeout", shut_user_timeout, OUTLOOK_SHUT_BOUNDED, 4600, 5600 },
	{ "minisocket", mini, OUTLOOK_EXPIRES, 40000, 48000 },
	{ "beyond 60 s", beyond_60, OUTLOOK_EXPIRES, 100000, 251000 },
	{ "beyond 60 s, held", beyond_60_held, OUTLOOK_PROBED, 1000, 10600 },
	{ "ghost", ghost, OUTLOOK_NEVER, NO, NO },
};

static bool is_within(const struct outlook_case *want, const struct outlook *got)
{
	if (want->kind != got->kind || got->at_least_ms < want->at_least_ms)
		return false;
	if (want->at_most_ms == NO || got->at_most_ms == NO)
		return want->at_most_ms == got->at_most_ms;
	return got->at_most_ms <= want->at_most_ms && got->at_least_ms <= got->about_ms &&
	       got->about_ms <= got->at_most_ms;
}

static void each_kind_of_end_is_foreseen(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outlook got;
		struct snapshot s;
		uint32_t row;

		build_init(&s);
		build_process(&s, "app", 100);
		row = build_unread(&s, 0, 40000, OLD);
		cases[i].make(&s, snapshot_conn(&s, row));
		if (snapshot_conn(&s, row)->inode == 0)
			snapshot_conn(&s, row)->n_holders = 0;
		got = outlook_of(&s, snapshot_conn(&s, row));
		print_message("# %s: %u to %u ms, about %u\n", cases[i].name, got.at_least_ms,
			      got.at_most_ms, got.about_ms);
		if (!is_within(&cases[i], &got)) {
			print_message("# wrong: kind %u, wanted %u, %u to %u ms\n", got.kind,
				      cases[i].kind, cases[i].at_least_ms, cases[i].at_most_ms);
			wrong++;
		}
		snapshot_finish(&s);
	}
	assert_int_equal(wrong, 0);
}

/* Whatever a kernel may say of a socket, the reckoning ends and its bracket is one. */
static void no_value_breaks_it(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		struct snapshot s = { 0 };
		struct netns_row netns = { 0 };
		struct outlook got;
		struct conn c;
		unsigned char *bytes = (unsigned char *)&c;

		for (size_t k = 0; k < sizeof(c); k++)
			bytes[k] = (unsigned char)((seed = hash_mix(seed + 1)) >> (i % 3 * 8));
		bytes = (unsigned char *)&netns.settings;
		for (size_t k = 0; k < sizeof(netns.settings); k++)
			bytes[k] =
				i % 5 ? (unsigned char)(seed = hash_mix(seed + 1)) * (k % 4 < i % 5)
				      : 0xff;
		c.netns = 0;
		c.timer %= 6;
		c.state %= TCP_STATE_MAX;
		s.netns.items = &netns;
		s.netns.n = 1;
		got = outlook_of(&s, &c);
		assert_true(got.kind < OUTLOOK_MAX);
		assert_true(got.at_most_ms == NO || got.at_least_ms <= got.at_most_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_end_is_foreseen),
		cmocka_unit_test(no_value_breaks_it),
	};

	return unit_run("judge outlook", tests);
}
