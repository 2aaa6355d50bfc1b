// SPDX-License-Identifier: Apache-2.0
/* What becomes one finding, what it is called, and what comes first. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "build.h"
#include "judge/causes/table.h"

#define OLD 10000

static const struct finding *finding(const struct judgement *j, size_t i)
{
	assert_true(i < j->findings.n);
	return &j->findings.items[i];
}

static void end(struct snapshot *s, struct judgement *j)
{
	judgement_finish(j);
	snapshot_finish(s);
}

static void connections_of_one_kind_are_one_finding(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	build_process(&s, "app", 101);
	build_process(&s, "other", 102);
	for (uint32_t i = 0; i < 3; i++)
		build_unread(&s, 0, (uint16_t)(40000 + i), OLD + i * 1000);
	build_unread(&s, 1, 40010, OLD);
	build_unread(&s, 2, 40020, OLD);				       /* another program */
	snapshot_conn(&s, build_unread(&s, 0, 40030, OLD))->remote.port = 444; /* another peer */
	snapshot_conn(&s, build_unread(&s, 0, 40040, OLD))->rqueue = 0;	       /* another cause */
	build_judge(&s, &j);

	assert_int_equal(j.findings.n, 4);
	assert_int_equal(j.stuck, 4);
	assert_int_equal(finding(&j, 0)->count, 4);
	assert_int_equal(finding(&j, 0)->role, ROLE_CONNECTED);
	assert_int_equal(finding(&j, 0)->endpoint.port, 443);
	assert_int_equal(finding(&j, 0)->closed_first, TCP_CLOSER_REMOTE);
	assert_int_equal(finding(&j, 0)->oldest.at_least_ms, OLD + 2000);
	assert_int_equal(finding(&j, 0)->oldest.at_most_ms, OLD + 2500);
	assert_int_equal(finding(&j, 0)->newest_at_most_ms, OLD + 500);
	assert_int_equal(finding(&j, 0)->n_owners, 2);
	assert_int_equal(j.owners.items[finding(&j, 0)->owners].process, 0);
	assert_int_equal(j.owners.items[finding(&j, 0)->owners].sockets, 3);
	assert_int_equal(j.owners.items[finding(&j, 0)->owners + 1].sockets, 1);
	assert_true(isnan(finding(&j, 0)->growth_per_min));
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(j.verdicts[j.members.items[finding(&j, 0)->members + i]].finding,
				 0);
	end(&s, &j);
}

static void confidence_is_the_least_of_the_members(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	build_thread(&s, 0, CALL_EPOLL, OBJECT_EPOLL);
	snapshot_conn(&s, build_unread(&s, 0, 40000, OLD))->rqueue = 0;
	build_judge(&s, &j);
	assert_int_equal(finding(&j, 0)->confidence, CONFIDENCE_LIKELY);
	judgement_finish(&j);
	snapshot_conn(&s, build_unread(&s, 0, 40001, OLD))->rqueue = 0;
	s.watches.items[s.watches.n - 1].sleepers = 1;
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 1);
	assert_int_equal(finding(&j, 0)->confidence, CONFIDENCE_POSSIBLE);
	end(&s, &j);
}

static void clients_of_one_listener_are_one_finding(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "server", 100);
	build_listener(&s, "[::]:8000", 0, 128);
	build_hold(&s, build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000", "10.7.0.1:50000", OLD),
		   0);
	build_hold(&s, build_conn(&s, TCP_STATE_CLOSE_WAIT, "[fd00::1]:8000", "[fd00::2]:1", OLD),
		   0);
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 1);
	assert_int_equal(finding(&j, 0)->role, ROLE_ACCEPTED);
	assert_int_equal(finding(&j, 0)->endpoint.version, 6);
	assert_int_equal(finding(&j, 0)->endpoint.port, 8000);
	end(&s, &j);
}

static void without_a_listener_the_service_side_is_the_endpoint(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "server", 100);
	for (uint32_t i = 0; i < 5; i++) {
		uint32_t row = build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000",
					  "10.7.0.1:50000", OLD);

		snapshot_conn(&s, row)->remote.port = (uint16_t)(50000 + i);
		build_hold(&s, row, 0);
	}
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 1);
	assert_int_equal(finding(&j, 0)->role, ROLE_UNKNOWN);
	assert_int_equal(finding(&j, 0)->endpoint.port, 8000);
	end(&s, &j);
}

static void the_young_are_counted_and_the_unsure_join_the_old(void **state)
{
	struct snapshot s;
	struct judgement j;
	struct conn *c;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	build_unread(&s, 0, 40000, 100); /* young */
	c = snapshot_conn(&s, build_unread(&s, 0, 40001, 100));
	c->timer = TCP_TIMER_KEEPALIVE; /* unsure: its peer may just have answered a probe */
	c->last_data_recv_ms = c->last_data_sent_ms = 60000;
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 0);
	assert_int_equal(j.young, 1);
	assert_int_equal(j.age_unsure, 1);
	assert_int_equal(j.verdicts[1].finding, ROW_NONE);
	judgement_finish(&j);

	build_unread(&s, 0, 40002, OLD);
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 1);
	assert_int_equal(finding(&j, 0)->count, 2);
	assert_int_equal(finding(&j, 0)->unsure, 1);
	assert_int_equal(j.young, 1);
	assert_int_equal(j.age_unsure, 0);
	assert_int_equal(j.verdicts[0].finding, ROW_NONE);
	assert_int_equal(j.verdicts[1].finding, 0);
	end(&s, &j);
}

static void the_expected_are_findings_only_when_asked_for(void **state)
{
	struct judge_options all = { .older_than_ms = JUDGE_OLDER_THAN_MS, .expected = true };
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	build_conn(&s, TCP_STATE_TIME_WAIT, "10.0.0.1:40000", "10.2.0.9:443", 100);
	build_conn(&s, TCP_STATE_TIME_WAIT, "10.0.0.1:40001", "10.2.0.9:443", OLD);
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 0);
	assert_int_equal(j.young, 0);
	assert_string_equal(cause_id(j.verdicts[0].cause), "time-wait");
	judgement_finish(&j);
	build_unread(&s, 0, 40002, OLD);
	assert_int_equal(judge_run(&s, &all, &j), 0);
	assert_int_equal(j.findings.n, 2);
	assert_int_equal(j.stuck, 1);
	assert_int_equal(finding(&j, 0)->severity, SEVERITY_STUCK);
	assert_int_equal(finding(&j, 1)->severity, SEVERITY_EXPECTED);
	assert_int_equal(finding(&j, 1)->count, 2);
	assert_int_equal(finding(&j, 1)->releases.n, 0);
	end(&s, &j);
}

static void alarms_come_before_counts_and_counts_before_ages(void **state)
{
	static const uint16_t order[] = { 1, 2, 3, 4, 5 };
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	for (uint32_t i = 0; i < 5; i++)
		build_process(&s, "app", 100 + i);
	s.netns.items[0].settings.port_high = BUILD_PORT_LOW + 9;
	/* 5: one, young; 4: one, older; 3: two; 2: its accept queue is full; 1: no fds left. */
	snapshot_conn(&s, build_unread(&s, 0, BUILD_PORT_LOW, OLD))->remote.port = 5;
	snapshot_conn(&s, build_unread(&s, 0, BUILD_PORT_LOW, OLD + 1))->remote.port = 4;
	for (uint16_t i = 0; i < 2; i++)
		snapshot_conn(&s, build_unread(&s, 0, BUILD_PORT_LOW, OLD))->remote.port = 3;
	build_listener(&s, "*:2", 129, 128);
	build_hold(&s, build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:2", "10.7.0.1:50000", OLD),
		   0);
	s.processes.items[1].fds_open = 820;
	snapshot_conn(&s, build_unread(&s, 1, BUILD_PORT_LOW, OLD))->remote.port = 1;
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(finding(&j, i)->endpoint.port, order[i]);
	assert_non_null(strstr(finding(&j, 0)->harm.items[0], "820 of 1,024"));
	assert_non_null(strstr(finding(&j, 1)->harm.items[0], "129 of 128"));
	end(&s, &j);
}

/* These ids are public: stored, typed, compared over hosts. A change here breaks them all. */
static void ids_stay_what_they_are(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	s.processes.items[0].unit = snapshot_string(&s, "orders.service");
	build_unread(&s, 0, 40000, OLD);
	build_judge(&s, &j);
	assert_string_equal(finding(&j, 0)->id, "4599c98fd5dfee09");
	judgement_finish(&j);

	/* Another pid, another age, another scope, an own port: the same. */
	s.processes.items[0].pid = 4711;
	snapshot_conn(&s, 0)->local.port = 41000;
	snapshot_conn(&s, 0)->last_ack_recv_ms = 20000;
	build_judge(&s, &j);
	assert_string_equal(finding(&j, 0)->id, "4599c98fd5dfee09");
	judgement_finish(&j);

	/* A scope is numbered anew each time: it does not count. */
	s.processes.items[0].unit = snapshot_string(&s, "session-3.scope");
	build_judge(&s, &j);
	assert_string_equal(finding(&j, 0)->id, "4229303877d702b2");
	judgement_finish(&j);
	s.processes.items[0].unit = snapshot_string(&s, "session-4.scope");
	build_judge(&s, &j);
	assert_string_equal(finding(&j, 0)->id, "4229303877d702b2");
	end(&s, &j);
}

static void ids_are_shown_as_short_as_they_are_told_apart(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	for (uint32_t i = 0; i < 2000; i++) {
		struct conn *c = snapshot_conn(&s, build_unread(&s, 0, 40000, OLD));

		c->remote.port = (uint16_t)(1 + i);
	}
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 2000);
	for (size_t i = 0; i < 2000; i++)
		for (size_t k = 0; k < 2000; k++) {
			const struct finding *a = finding(&j, i), *b = finding(&j, k);

			assert_in_range(a->id_len, 4, FINDING_ID_LEN);
			if (i != k)
				assert_int_not_equal(memcmp(a->id, b->id, a->id_len), 0);
		}
	end(&s, &j);
}

static void twins_in_two_namespaces_have_two_ids(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	assert_int_equal(snapshot_add_netns(&s, 4026532000), 1);
	assert_int_equal(snapshot_add_netns(&s, 4026532001), 2);
	s.netns.items[1].settings = s.netns.items[2].settings = s.netns.items[0].settings;
	for (uint32_t i = 0; i < 3; i++) {
		build_process(&s, "app", 100 + i);
		snapshot_conn(&s, build_unread(&s, i, 40000, OLD))->netns = i;
	}
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 3);
	assert_string_not_equal(finding(&j, 0)->id, finding(&j, 1)->id);
	assert_string_not_equal(finding(&j, 1)->id, finding(&j, 2)->id);
	assert_string_not_equal(finding(&j, 0)->id, finding(&j, 2)->id);
	judgement_finish(&j);

	/* A pod's name makes an id that lasts. */
	s.processes.items[1].pod = snapshot_string(&s, "shop/orders-7d4");
	s.processes.items[2].pod = snapshot_string(&s, "shop/orders-9f1");
	build_judge(&s, &j);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(finding(&j, i)->id_len, 4);
	end(&s, &j);
}

static void both_ends_on_this_host_name_each_other(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "server", 100);
	build_process(&s, "client", 101);
	build_listener(&s, "*:8000", 0, 128);
	build_hold(&s,
		   build_conn(&s, TCP_STATE_CLOSE_WAIT, "127.0.0.1:8000", "127.0.0.1:40000", OLD),
		   0);
	build_hold(&s,
		   build_conn(&s, TCP_STATE_FIN_WAIT_2, "127.0.0.1:40000", "127.0.0.1:8000", OLD),
		   1);
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 2);
	assert_int_equal(finding(&j, 0)->paired_with, 1);
	assert_int_equal(finding(&j, 1)->paired_with, 0);
	judgement_finish(&j);

	/* Loopback of two namespaces is two networks. */
	assert_int_equal(snapshot_add_netns(&s, 4026532000), 1);
	s.netns.items[1].settings = s.netns.items[0].settings;
	snapshot_conn(&s, 2)->netns = 1;
	build_judge(&s, &j);
	assert_int_equal(finding(&j, 0)->paired_with, ROW_NONE);
	judgement_finish(&j);

	/* Over a bridge between two namespaces it is one connection. */
	for (uint32_t i = 1; i <= 2; i++) {
		snapshot_conn(&s, i)->local.addr[0] = 10;
		snapshot_conn(&s, i)->remote.addr[0] = 10;
	}
	build_judge(&s, &j);
	assert_int_equal(finding(&j, 0)->paired_with, 1);
	assert_int_equal(finding(&j, 1)->paired_with, 0);
	end(&s, &j);
}

static void two_legs_name_each_other(void **state)
{
	struct snapshot s;
	struct judgement j;
	uint32_t row;

	(void)state;
	build_init(&s);
	build_process(&s, "proxy", 100);
	build_listener(&s, "*:8000", 0, 128);
	row = build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000", "10.7.0.1:50000", OLD);
	snapshot_conn(&s, row)->rqueue = 0;
	build_hold(&s, row, 0);
	build_hold(&s,
		   build_conn(&s, TCP_STATE_FIN_WAIT_2, "10.0.0.1:40000", "10.2.0.9:443", OLD - 45),
		   0);
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 2);
	assert_int_equal(j.verdicts[1].related, 2);
	assert_int_equal(j.verdicts[2].related, 1);
	assert_int_equal(finding(&j, 0)->paired_with, 1);
	assert_int_equal(finding(&j, 1)->paired_with, 0);
	assert_non_null(strstr(finding(&j, 0)->why, "10.2.0.9:443"));
	end(&s, &j);
}

static void an_empty_snapshot_is_no_trouble(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	snapshot_init(&s);
	build_judge(&s, &j);
	assert_int_equal(j.findings.n, 0);
	end(&s, &j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_of_one_kind_are_one_finding),
		cmocka_unit_test(confidence_is_the_least_of_the_members),
		cmocka_unit_test(clients_of_one_listener_are_one_finding),
		cmocka_unit_test(without_a_listener_the_service_side_is_the_endpoint),
		cmocka_unit_test(the_young_are_counted_and_the_unsure_join_the_old),
		cmocka_unit_test(the_expected_are_findings_only_when_asked_for),
		cmocka_unit_test(alarms_come_before_counts_and_counts_before_ages),
		cmocka_unit_test(ids_stay_what_they_are),
		cmocka_unit_test(ids_are_shown_as_short_as_they_are_told_apart),
		cmocka_unit_test(twins_in_two_namespaces_have_two_ids),
		cmocka_unit_test(both_ends_on_this_host_name_each_other),
		cmocka_unit_test(two_legs_name_each_other),
		cmocka_unit_test(an_empty_snapshot_is_no_trouble),
	};

	return unit_run("judge group", tests);
}
