// SPDX-License-Identifier: Apache-2.0
/* Cases and near misses: every state but CLOSE_WAIT. */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "cases.h"

/* FIN_WAIT_2 */

static uint32_t half_closed(struct snapshot *s)
{
	uint32_t i;

	begin(s);
	i = build_conn(s, TCP_STATE_FIN_WAIT_2, "10.0.0.1:40000", "10.2.0.9:443", OLD);
	build_hold(s, i, 0);
	return i;
}

static uint32_t still_receiving(struct snapshot *s)
{
	uint32_t i = half_closed(s);

	row(s, i)->last_data_recv_ms = row(s, i)->last_ack_recv_ms = 100;
	return i;
}

static uint32_t never_received(struct snapshot *s)
{
	uint32_t i = still_receiving(s);

	row(s, i)->bytes_received = 0;
	return i;
}

static uint32_t half_closed_keepalive(struct snapshot *s)
{
	uint32_t i = half_closed(s);

	row(s, i)->timer = TCP_TIMER_KEEPALIVE;
	row(s, i)->expires_ms = 7000000;
	return i;
}

static uint32_t half_closed_untold(struct snapshot *s)
{
	uint32_t i = half_closed(s);

	row(s, i)->has &= ~CONN_HAS_SHUTDOWN;
	return i;
}

static uint32_t both_shut(struct snapshot *s)
{
	uint32_t i = half_closed(s);

	row(s, i)->shutdown = TCP_SHUT_SEND | TCP_SHUT_RECEIVE;
	return i;
}

/* It may be the kernel's own. */
static uint32_t both_shut_hidden(struct snapshot *s)
{
	uint32_t i = both_shut(s);

	row(s, i)->n_holders = 0;
	return i;
}

static uint32_t both_shut_unread(struct snapshot *s)
{
	uint32_t i = both_shut(s);

	row(s, i)->rqueue = 4000;
	return i;
}

static uint32_t orphan(struct snapshot *s)
{
	uint32_t i;

	begin(s);
	i = build_conn(s, TCP_STATE_FIN_WAIT_2, "10.0.0.1:40000", "10.2.0.9:443", OLD);
	row(s, i)->inode = 0;
	row(s, i)->timer = TCP_TIMER_MINISOCKET;
	row(s, i)->expires_ms = 50000;
	row(s, i)->has = CONN_HAS_DIAG;
	return i;
}

static uint32_t orphan_full(struct snapshot *s)
{
	uint32_t i = orphan(s);

	row(s, i)->timer = TCP_TIMER_KEEPALIVE;
	row(s, i)->shutdown = TCP_SHUT_SEND | TCP_SHUT_RECEIVE;
	row(s, i)->has |= CONN_HAS_SHUTDOWN | CONN_HAS_INFO;
	return i;
}

static uint32_t orphan_without_timer(struct snapshot *s)
{
	uint32_t i = orphan_full(s);

	row(s, i)->timer = TCP_TIMER_NONE;
	return i;
}

static uint32_t answer_unread(struct snapshot *s)
{
	uint32_t i = half_closed(s);

	row(s, i)->rqueue = 4000;
	return i;
}

static uint32_t answer_coming(struct snapshot *s)
{
	uint32_t i = still_receiving(s);

	row(s, i)->rqueue = 4000;
	return i;
}

/* FIN_WAIT_1, LAST_ACK, CLOSING */

static uint32_t finishing(struct snapshot *s, enum tcp_state state, uint8_t timer, uint8_t retrans)
{
	uint32_t i;

	begin(s);
	i = build_conn(s, state, "10.0.0.1:40000", "10.2.0.9:443", OLD);
	row(s, i)->inode = 0;
	row(s, i)->wqueue = 1;
	row(s, i)->timer = timer;
	row(s, i)->retrans = row(s, i)->backoff = retrans;
	row(s, i)->rto_ms = 200u << retrans;
	row(s, i)->expires_ms = 100;
	return i;
}

static uint32_t fin_silent(struct snapshot *s)
{
	uint32_t i = finishing(s, TCP_STATE_FIN_WAIT_1, TCP_TIMER_RETRANSMIT, 6);

	row(s, i)->last_ack_recv_ms = 26000; /* before the first of them */
	return i;
}

/* It may answer each with a shut window. */
static uint32_t fin_silent_untold(struct snapshot *s)
{
	uint32_t i = fin_silent(s);

	row(s, i)->has &= (uint16_t)~CONN_HAS_INFO;
	return i;
}

static uint32_t fin_silent_twice(struct snapshot *s)
{
	return finishing(s, TCP_STATE_LAST_ACK, TCP_TIMER_RETRANSMIT, 2);
}

/* The window was shut over data on its way: each retransmit is answered, and nothing more is taken.
 */
static uint32_t fin_behind_refused_data(struct snapshot *s)
{
	uint32_t i = finishing(s, TCP_STATE_FIN_WAIT_1, TCP_TIMER_RETRANSMIT, 5);

	row(s, i)->flags |= CONN_WINDOW_SHUT;
	row(s, i)->wqueue = 5001;
	row(s, i)->expires_ms = 4000;
	row(s, i)->last_ack_recv_ms = row(s, i)->last_data_sent_ms = 6400 - 4000;
	return i;
}

/* The same where the kernel does not tell the window, or it is open. */
static uint32_t fin_refused_by_one_who_is_heard(struct snapshot *s)
{
	uint32_t i = fin_behind_refused_data(s);

	row(s, i)->flags &= (uint16_t)~CONN_WINDOW_SHUT;
	return i;
}

static uint32_t fin_refused_lately(struct snapshot *s)
{
	uint32_t i = fin_behind_refused_data(s);

	row(s, i)->retrans = row(s, i)->backoff = 2;
	row(s, i)->rto_ms = 800;
	row(s, i)->expires_ms = 100;
	row(s, i)->last_ack_recv_ms = row(s, i)->last_data_sent_ms = 700;
	return i;
}

static uint32_t fin_refused_then_silent(struct snapshot *s)
{
	uint32_t i = fin_behind_refused_data(s);

	row(s, i)->last_ack_recv_ms = 6000;
	return i;
}

static uint32_t probes_silent(struct snapshot *s)
{
	return finishing(s, TCP_STATE_FIN_WAIT_1, TCP_TIMER_PROBE, 5);
}

static uint32_t closing_silent(struct snapshot *s)
{
	return finishing(s, TCP_STATE_CLOSING, TCP_TIMER_RETRANSMIT, 4);
}

static uint32_t fin_lost_once(struct snapshot *s)
{
	return finishing(s, TCP_STATE_LAST_ACK, TCP_TIMER_RETRANSMIT, 1);
}

static uint32_t fin_behind_a_shut_window(struct snapshot *s)
{
	return finishing(s, TCP_STATE_LAST_ACK, TCP_TIMER_PROBE, 0);
}

static uint32_t fin_shut_one_probe_open(struct snapshot *s)
{
	return finishing(s, TCP_STATE_LAST_ACK, TCP_TIMER_PROBE, 1);
}

static uint32_t fin_shut_just_now(struct snapshot *s)
{
	uint32_t i = fin_behind_a_shut_window(s);

	row(s, i)->last_data_sent_ms = 2999;
	return i;
}

static uint32_t fin_just_sent(struct snapshot *s)
{
	return finishing(s, TCP_STATE_FIN_WAIT_1, TCP_TIMER_RETRANSMIT, 0);
}

/* TIME_WAIT */

static uint32_t time_waits(struct snapshot *s, uint32_t n, uint32_t range)
{
	uint32_t first = ROW_NONE;

	begin(s);
	s->netns.items[0].settings.port_high = BUILD_PORT_LOW + range - 1;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = build_conn(s, TCP_STATE_TIME_WAIT, "10.0.0.1:1", "10.2.0.9:443", OLD);

		row(s, at)->local.port = (uint16_t)(BUILD_PORT_LOW + i);
		first = first == ROW_NONE ? at : first;
	}
	return first;
}

static uint32_t half_the_ports(struct snapshot *s)
{
	return time_waits(s, 50, 100);
}

static uint32_t less_than_half_the_ports(struct snapshot *s)
{
	return time_waits(s, 49, 100);
}

static uint32_t half_the_ports_to_two_peers(struct snapshot *s)
{
	uint32_t i = time_waits(s, 98, 100);

	for (uint32_t k = 0; k < 49; k++)
		row(s, i + k)->remote.port = 444;
	return i;
}

static uint32_t servers_time_wait(struct snapshot *s)
{
	uint32_t i = time_waits(s, 50, 100);

	for (uint32_t k = 0; k < 50; k++)
		row(s, i + k)->local.port = 80;
	return i;
}

static uint32_t buckets_full(struct snapshot *s)
{
	uint32_t i = time_waits(s, 1, 100);

	s->netns.items[0].settings.max_tw_buckets = 1000;
	s->netns.items[0].counts[TCP_STATE_TIME_WAIT] = 800;
	return i;
}

static uint32_t settings_unreadable(struct snapshot *s)
{
	uint32_t i = time_waits(s, 50, 100);

	memset(&s->netns.items[0].settings, 0xff, sizeof(s->netns.items[0].settings));
	return i;
}

/* CLOSED, ESTABLISHED */

static uint32_t ghost(struct snapshot *s)
{
	uint32_t i;

	begin(s);
	i = build_conn(s, TCP_STATE_CLOSED, "10.0.0.1:40000", "10.2.0.9:443", OLD);
	build_hold(s, i, 0);
	return i;
}

static uint32_t ghost_accepted(struct snapshot *s)
{
	uint32_t i = ghost(s);

	row(s, i)->role = ROLE_ACCEPTED;
	return i;
}

static uint32_t ghost_still_read(struct snapshot *s)
{
	uint32_t i = ghost_accepted(s);

	row(s, i)->rqueue = 4000;
	return i;
}

static uint32_t ghost_by_proc(struct snapshot *s)
{
	uint32_t i = ghost(s);

	row(s, i)->has = 0;
	row(s, i)->local = row(s, i)->remote = (struct endpoint){ 0 };
	return i;
}

static uint32_t never_connected(struct snapshot *s)
{
	uint32_t i = ghost(s);

	row(s, i)->remote = build_endpoint("*:0");
	row(s, i)->shutdown = 0;
	return i;
}

static uint32_t refused(struct snapshot *s)
{
	uint32_t i = ghost(s);

	row(s, i)->shutdown = 0;
	return i;
}

static uint32_t established(struct snapshot *s, uint8_t timer, uint8_t retrans)
{
	uint32_t i;

	begin(s);
	i = build_conn(s, TCP_STATE_ESTABLISHED, "10.0.0.1:40000", "10.2.0.9:443", 600000);
	build_hold(s, i, 0);
	row(s, i)->timer = timer;
	row(s, i)->retrans = retrans;
	row(s, i)->wqueue = timer == TCP_TIMER_RETRANSMIT;
	return i;
}

static uint32_t vanished(struct snapshot *s)
{
	return established(s, TCP_TIMER_RETRANSMIT, 3);
}

static uint32_t vanished_by_probes(struct snapshot *s)
{
	return established(s, TCP_TIMER_KEEPALIVE, 2);
}

static uint32_t vanished_with_its_window_shut(struct snapshot *s)
{
	return established(s, TCP_TIMER_PROBE, 3);
}

static uint32_t window_shut_two_probes_open(struct snapshot *s)
{
	return established(s, TCP_TIMER_PROBE, 2);
}

static uint32_t lost_twice(struct snapshot *s)
{
	return established(s, TCP_TIMER_RETRANSMIT, 2);
}

/* Its window was shut over data on its way: the backoff grows alone. */
static uint32_t vanished_uncounted(struct snapshot *s)
{
	uint32_t i = established(s, TCP_TIMER_RETRANSMIT, 0);

	row(s, i)->backoff = 9;
	row(s, i)->rto_ms = 102400;
	row(s, i)->expires_ms = 2400;
	row(s, i)->last_ack_recv_ms = 202424;
	return i;
}

static uint32_t refused_and_answering(struct snapshot *s)
{
	uint32_t i = vanished_uncounted(s);

	row(s, i)->last_ack_recv_ms = 100000;
	return i;
}

static uint32_t uncounted_twice(struct snapshot *s)
{
	uint32_t i = vanished_uncounted(s);

	row(s, i)->backoff = 2;
	row(s, i)->rto_ms = 800;
	row(s, i)->expires_ms = 300;
	row(s, i)->last_ack_recv_ms = 1100;
	return i;
}

static uint32_t uncounted_and_unheard_of(struct snapshot *s)
{
	uint32_t i = vanished_uncounted(s);

	row(s, i)->last_ack_recv_ms = VALUE_UNKNOWN;
	return i;
}

static uint32_t one_probe(struct snapshot *s)
{
	return established(s, TCP_TIMER_KEEPALIVE, 1);
}

static uint32_t healthy(struct snapshot *s)
{
	return established(s, TCP_TIMER_NONE, 0);
}

static const struct rule_case cases[] = {
	CASE(half_closed, "peer-never-closes", LIKELY),
	CASE(half_closed_keepalive, "peer-never-closes", LIKELY),
	CASE(half_closed_untold, "peer-never-closes", POSSIBLE),
	CASE(still_receiving, "half-close-in-use", LIKELY),
	CASE(never_received, "peer-never-closes", LIKELY),
	CASE(both_shut, "shutdown-not-closed", CERTAIN),
	CASE(both_shut_unread, "shutdown-not-closed", LIKELY),
	CASE(both_shut_hidden, "shutdown-not-closed", LIKELY),
	CASE(orphan, "fin-timeout-pending", CERTAIN),
	CASE(orphan_full, "fin-timeout-pending", CERTAIN),
	CASE(orphan_without_timer, "unexplained", POSSIBLE),
	CASE(answer_unread, "reader-stuck", LIKELY),
	CASE(answer_coming, "reader-stuck", POSSIBLE),
	CASE(fin_silent, "peer-silent", CERTAIN),
	CASE(fin_silent_untold, "peer-silent", LIKELY),
	CASE(fin_silent_twice, "peer-silent", LIKELY),
	CASE(fin_behind_refused_data, "peer-not-reading", CERTAIN),
	CASE(fin_refused_by_one_who_is_heard, "peer-silent", LIKELY),
	CASE(fin_refused_lately, "draining", LIKELY),
	CASE(fin_refused_then_silent, "peer-silent", CERTAIN),
	CASE(probes_silent, "peer-silent", LIKELY),
	CASE(closing_silent, "peer-silent", CERTAIN),
	CASE(fin_lost_once, "draining", LIKELY),
	CASE(fin_behind_a_shut_window, "peer-not-reading", CERTAIN),
	CASE(fin_shut_one_probe_open, "peer-not-reading", LIKELY),
	CASE(fin_shut_just_now, "draining", LIKELY),
	CASE(fin_just_sent, "draining", LIKELY),
	CASE(half_the_ports, "port-pressure", CERTAIN),
	CASE(less_than_half_the_ports, "time-wait", CERTAIN),
	CASE(half_the_ports_to_two_peers, "time-wait", CERTAIN),
	CASE(servers_time_wait, "time-wait", CERTAIN),
	CASE(buckets_full, "port-pressure", CERTAIN),
	CASE(settings_unreadable, "time-wait", LIKELY),
	CASE(ghost, "ghost-fd", LIKELY),
	CASE(ghost_accepted, "ghost-fd", CERTAIN),
	CASE(ghost_still_read, "ghost-fd", LIKELY),
	CASE(ghost_by_proc, "ghost-fd", POSSIBLE),
	CASE(never_connected, "", CONFIDENCE_NONE),
	CASE(refused, "", CONFIDENCE_NONE),
	CASE(vanished, "peer-vanished", LIKELY),
	CASE(vanished_by_probes, "peer-vanished", LIKELY),
	CASE(vanished_with_its_window_shut, "peer-vanished", LIKELY),
	CASE(window_shut_two_probes_open, "", CONFIDENCE_NONE),
	CASE(lost_twice, "", CONFIDENCE_NONE),
	CASE(vanished_uncounted, "peer-vanished", LIKELY),
	CASE(refused_and_answering, "", CONFIDENCE_NONE),
	CASE(uncounted_twice, "", CONFIDENCE_NONE),
	CASE(uncounted_and_unheard_of, "", CONFIDENCE_NONE),
	CASE(one_probe, "", CONFIDENCE_NONE),
	CASE(healthy, "", CONFIDENCE_NONE),
};

static void each_case_has_its_cause(void **state)
{
	(void)state;
	cases_run(cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_case_has_its_cause) };

	return unit_run("judge rules states", tests);
}
