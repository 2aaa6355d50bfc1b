// SPDX-License-Identifier: Apache-2.0
/* Cases and near misses: who holds it, who runs, what is sent: causes that do not hang on watching.
 */
#include "unit.h"

#include "base/mem.h"
#include "cases.h"

/* never-accepted */

static uint32_t queue_seen(struct snapshot *s)
{
	return queued(s);
}

static uint32_t queue_not_seen(struct snapshot *s)
{
	uint32_t i = queued(s);

	only_proc(s);
	row(s, i)->listener = ROW_NONE;
	return i;
}

static uint32_t queue_seen_once(struct snapshot *s)
{
	uint32_t i = queue_not_seen(s);

	row(s, i)->flags = 0;
	return i;
}

static uint32_t queue_empty_now(struct snapshot *s)
{
	uint32_t i = queue_not_seen(s);

	row(s, 0)->rqueue = 0;
	return i;
}

static uint32_t queue_of_another_port(struct snapshot *s)
{
	uint32_t i = queue_not_seen(s);

	row(s, 0)->local.port = 8001;
	return i;
}

static uint32_t queue_of_another_address(struct snapshot *s)
{
	uint32_t i = queue_not_seen(s);

	row(s, 0)->local = build_endpoint("10.0.0.2:8000");
	return i;
}

static uint32_t queue_of_a_v6_wildcard(struct snapshot *s)
{
	uint32_t i = queue_not_seen(s);

	row(s, 0)->local = build_endpoint("[::]:8000");
	return i;
}

static uint32_t accepted_just_now(struct snapshot *s)
{
	uint32_t i = accepted(s);

	row(s, 0)->rqueue = 3;
	return i;
}

/* owner-hidden */

static uint32_t hidden(struct snapshot *s)
{
	begin(s);
	return build_conn(s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:40000", "10.2.0.9:443", OLD);
}

static uint32_t hidden_seen_once(struct snapshot *s)
{
	uint32_t i = hidden(s);

	row(s, i)->flags = 0;
	return i;
}

/* process-stopped */

static uint32_t stopped(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->processes.items[0].stopped = FACT_YES;
	s->processes.items[0].state = 'T';
	return i;
}

static uint32_t stopped_before_serving(struct snapshot *s)
{
	uint32_t i = stopped(s);

	build_reg(s, READS, FACT_YES, 0);
	return i;
}

static uint32_t frozen(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->processes.items[0].frozen = FACT_YES;
	return i;
}

static uint32_t in_deep_sleep(struct snapshot *s)
{
	uint32_t i = stopped(s);

	s->processes.items[0].state = 'D';
	return i;
}

static uint32_t one_holder_runs(struct snapshot *s)
{
	uint32_t i = stopped(s);

	build_process(s, "prog", 101);
	build_hold(s, i, 1);
	return i;
}

static uint32_t one_thread_stopped(struct snapshot *s)
{
	uint32_t i = connected(s);

	s->processes.items[0].state = 'T';
	return i;
}

/* send-blocked */

static uint32_t unsent(struct snapshot *s, uint8_t timer, uint8_t retrans, uint32_t sent_ms)
{
	uint32_t i = accepted(s);

	row(s, i)->wqueue = 50000;
	row(s, i)->timer = timer;
	row(s, i)->retrans = row(s, i)->backoff = retrans;
	row(s, i)->last_data_sent_ms = sent_ms;
	row(s, i)->rqueue = 0;
	return i;
}

static uint32_t send_silent(struct snapshot *s)
{
	return unsent(s, TCP_TIMER_RETRANSMIT, 6, OLD);
}

static uint32_t send_silent_full(struct snapshot *s)
{
	uint32_t i = send_silent(s);

	row(s, i)->flags |= CONN_WRITE_FULL;
	return i;
}

static uint32_t send_shut(struct snapshot *s)
{
	return unsent(s, TCP_TIMER_PROBE, 0, OLD);
}

static uint32_t send_shut_untold(struct snapshot *s)
{
	uint32_t i = send_shut(s);

	row(s, i)->has &= ~CONN_HAS_INFO;
	return i;
}

static uint32_t send_shut_just_now(struct snapshot *s)
{
	return unsent(s, TCP_TIMER_PROBE, 0, 500);
}

static uint32_t send_lost_once(struct snapshot *s)
{
	return unsent(s, TCP_TIMER_RETRANSMIT, 1, OLD);
}

/* half-close-in-use */

static uint32_t still_sending(struct snapshot *s)
{
	uint32_t i = accepted(s);

	row(s, i)->rqueue = 0;
	row(s, i)->last_data_sent_ms = 100;
	return i;
}

static uint32_t still_sending_unread(struct snapshot *s)
{
	uint32_t i = still_sending(s);

	row(s, i)->rqueue = 1;
	return i;
}

static uint32_t sent_long_ago(struct snapshot *s)
{
	uint32_t i = still_sending(s);

	row(s, i)->last_data_sent_ms = OLD;
	return i;
}

static uint32_t never_sent(struct snapshot *s)
{
	uint32_t i = still_sending(s);

	row(s, i)->bytes_acked = 0;
	return i;
}

/* inherited */

static uint32_t two_holders(struct snapshot *s)
{
	uint32_t i = connected(s);

	build_process(s, "sleep", 101);
	build_hold(s, i, 1);
	return i;
}

static uint32_t two_descriptors_of_one(struct snapshot *s)
{
	uint32_t i = connected(s);

	build_hold(s, i, 0);
	return i;
}

static uint32_t one_of_two_watches(struct snapshot *s)
{
	uint32_t i = two_holders(s);

	build_reg(s, READS, FACT_YES, 0);
	return i;
}

static uint32_t heir(struct snapshot *s)
{
	uint32_t i = accepted(s);

	row(s, i)->last_data_recv_ms = row(s, i)->last_data_sent_ms = 60000;
	s->processes.items[0].age_ms = 50000;
	return i;
}

static uint32_t heir_born_before(struct snapshot *s)
{
	uint32_t i = heir(s);

	s->processes.items[0].age_ms = 59990;
	return i;
}

static uint32_t heir_that_watches(struct snapshot *s)
{
	uint32_t i = heir(s);

	build_reg(s, READS, FACT_YES, 0);
	return i;
}

static uint32_t heir_of_an_unused_one(struct snapshot *s)
{
	uint32_t i = heir(s);

	row(s, i)->bytes_acked = 0;
	row(s, i)->bytes_received = 1;
	return i;
}

static uint32_t forked_worker(struct snapshot *s)
{
	uint32_t i;

	begin(s);
	build_process(s, "prog", 101);
	s->processes.items[1].ppid = 100;
	s->processes.items[1].age_ms = 50000;
	build_hold(s, build_listener(s, "*:8000", 0, 128), 0);
	i = build_conn(s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000", "10.7.0.1:50000", OLD);
	build_hold(s, i, 1);
	row(s, i)->last_data_recv_ms = row(s, i)->last_data_sent_ms = 60000;
	row(s, i)->rqueue = 500;
	return i;
}

/* proxy-leg */

static uint32_t leg(struct snapshot *s, uint32_t apart_ms)
{
	uint32_t i = accepted(s), other;

	row(s, i)->rqueue = 0;
	other = build_conn(s, TCP_STATE_FIN_WAIT_2, "10.0.0.1:40000", "10.2.0.9:443",
			   OLD - apart_ms);
	build_hold(s, other, 0);
	row(s, i)->bytes_received = 301;   /* 300 and the FIN */
	row(s, other)->bytes_acked = 302;  /* 300, the SYN and the FIN */
	row(s, other)->bytes_received = 7; /* the answer so far */
	row(s, i)->bytes_acked = 7;	   /* passed back */
	return i;
}

static uint32_t leg_with_bytes(struct snapshot *s)
{
	return leg(s, 45);
}

static uint32_t leg_far(struct snapshot *s)
{
	return leg(s, 251);
}

static uint32_t leg_other_bytes(struct snapshot *s)
{
	uint32_t i = leg(s, 45);

	row(s, i)->bytes_received = 400;
	return i;
}

static uint32_t leg_other_bytes_back(struct snapshot *s)
{
	uint32_t i = leg(s, 45);

	row(s, i)->bytes_acked = 8;
	return i;
}

static uint32_t leg_of_another_process(struct snapshot *s)
{
	uint32_t i = leg(s, 45);

	build_process(s, "other", 101);
	s->holders.items[row(s, i + 1)->holders].process = 1;
	return i;
}

static uint32_t leg_closed_whole(struct snapshot *s)
{
	uint32_t i = leg(s, 45);

	row(s, i + 1)->shutdown = TCP_SHUT_SEND | TCP_SHUT_RECEIVE;
	return i;
}

/* A test program that holds both ends of its connections is no proxy. */
static uint32_t talks_to_itself(struct snapshot *s)
{
	uint32_t i = leg(s, 45);

	row(s, i + 1)->local = row(s, i)->remote;
	row(s, i + 1)->remote = row(s, i)->local;
	return i;
}

static const struct rule_case cases[] = {
	CASE(queue_seen, "never-accepted", CERTAIN),
	CASE(queue_not_seen, "never-accepted", LIKELY),
	CASE(queue_of_a_v6_wildcard, "never-accepted", LIKELY),
	CASE(queue_seen_once, "never-accepted", POSSIBLE),
	CASE(queue_empty_now, "never-accepted", POSSIBLE),
	CASE(queue_of_another_port, "unexplained", POSSIBLE),
	CASE(queue_of_another_address, "unexplained", POSSIBLE),
	CASE(accepted_just_now, "eof-unwatched", LIKELY),
	CASE(hidden, "owner-hidden", LIKELY),
	CASE(hidden_seen_once, "owner-hidden", POSSIBLE),
	CASE(stopped, "process-stopped", LIKELY),
	CASE(stopped_before_serving, "process-stopped", CERTAIN),
	CASE(frozen, "process-stopped", LIKELY),
	CASE(in_deep_sleep, "process-stopped", POSSIBLE),
	CASE(one_holder_runs, "inherited", LIKELY),
	CASE(one_thread_stopped, "eof-unwatched", LIKELY),
	CASE(send_silent, "send-blocked", LIKELY),
	CASE(send_silent_full, "send-blocked", CERTAIN),
	CASE(send_shut, "send-blocked", LIKELY),
	CASE(send_shut_untold, "send-blocked", POSSIBLE),
	CASE(send_shut_just_now, "half-close-in-use", LIKELY),
	CASE(send_lost_once, "half-close-in-use", LIKELY),
	CASE(still_sending, "half-close-in-use", LIKELY),
	CASE(still_sending_unread, "eof-unwatched", LIKELY),
	CASE(sent_long_ago, "eof-ignored", LIKELY),
	CASE(never_sent, "eof-ignored", LIKELY),
	CASE(two_holders, "inherited", LIKELY),
	CASE(two_descriptors_of_one, "eof-unwatched", LIKELY),
	CASE(one_of_two_watches, "reader-stuck", LIKELY),
	CASE(heir, "inherited", LIKELY),
	CASE(heir_born_before, "eof-unwatched", LIKELY),
	CASE(heir_that_watches, "reader-stuck", LIKELY),
	CASE(heir_of_an_unused_one, "eof-unwatched", POSSIBLE),
	CASE(forked_worker, "eof-unwatched", POSSIBLE),
	CASE(leg_with_bytes, "proxy-leg", LIKELY),
	CASE(leg_other_bytes, "proxy-leg", LIKELY),
	CASE(leg_other_bytes_back, "proxy-leg", LIKELY),
	CASE(leg_far, "eof-ignored", LIKELY),
	CASE(leg_of_another_process, "eof-ignored", LIKELY),
	CASE(leg_closed_whole, "eof-ignored", LIKELY),
	CASE(talks_to_itself, "eof-ignored", LIKELY),
};

static void each_case_has_its_cause(void **state)
{
	(void)state;
	cases_run(cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_case_has_its_cause) };

	return unit_run("judge rules owners", tests);
}
