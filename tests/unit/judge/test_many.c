// SPDX-License-Identifier: Apache-2.0
/* Judging is linear: 200,000 connections of every kind go through in one go. */
#include "unit.h"

#include "base/clock.h"
#include "build.h"

#define MANY 200000

static struct conn *spread(struct snapshot *s, uint32_t row, uint32_t i)
{
	struct conn *c = snapshot_conn(s, row);

	c->remote.addr[1] = (uint8_t)(i >> 16);
	c->remote.addr[2] = (uint8_t)(i >> 8);
	c->remote.addr[3] = (uint8_t)i;
	c->local.port = (uint16_t)(1024 + i % 60000);
	return c;
}

static void run(struct snapshot *s, const char *what, size_t findings)
{
	struct judgement j;
	uint64_t start = clock_mono_ns();

	build_judge(s, &j);
	print_message("# %s: %zu rows, %zu findings, %.1f ms\n", what, s->conns.n, j.findings.n,
		      (double)(clock_mono_ns() - start) / 1e6);
	assert_int_equal(j.findings.n, findings);
	judgement_finish(&j);
	snapshot_finish(s);
}

static void many_unread_of_ten_processes_toward_one_peer(void **state)
{
	struct snapshot s;

	(void)state;
	build_init(&s);
	for (uint32_t i = 0; i < 10; i++)
		build_process(&s, "client", 100 + i);
	for (uint32_t i = 0; i < MANY; i++)
		snapshot_conn(&s, build_unread(&s, i % 10, 1, 5000 + i))->local.port =
			(uint16_t)(BUILD_PORT_LOW + i % 20000);
	run(&s, "one finding", 1);
}

static void many_legs_of_one_proxy(void **state)
{
	struct snapshot s;

	(void)state;
	build_init(&s);
	build_process(&s, "proxy", 100);
	build_listener(&s, "*:80", 0, 128);
	for (uint32_t i = 0; i < MANY; i++) {
		enum tcp_state kind = i % 2 ? TCP_STATE_FIN_WAIT_2 : TCP_STATE_CLOSE_WAIT;
		uint32_t row = build_conn(&s, kind, "10.0.0.1:1", "10.9.0.0:443", 4000 + i % 50000);
		struct conn *c = spread(&s, row, i % 2 ? 0 : i);

		c->rqueue = 0;
		if (i % 2 == 0)
			c->local.port = 80;
		build_hold(&s, row, 0);
	}
	run(&s, "proxy legs", 2);
}

static void many_findings(void **state)
{
	struct snapshot s;

	(void)state;
	build_init(&s);
	build_process(&s, "client", 100);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t row =
			build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:1", "10.9.0.0:443", 5000);

		spread(&s, row, i / 4)->local.port = BUILD_PORT_LOW + 1;
		build_hold(&s, row, 0);
	}
	run(&s, "many findings", MANY / 4);
}

static void both_ends_on_this_host(void **state)
{
	struct snapshot s;

	(void)state;
	build_init(&s);
	build_process(&s, "server", 100);
	build_process(&s, "client", 101);
	build_listener(&s, "127.0.0.1:80", 0, 128);
	for (uint32_t i = 0; i < MANY; i++) {
		enum tcp_state kind = i % 2 ? TCP_STATE_FIN_WAIT_2 : TCP_STATE_CLOSE_WAIT;
		uint32_t row = build_conn(&s, kind, "127.0.0.1:80", "127.0.0.1:80", 5000);
		struct conn *c = snapshot_conn(&s, row);

		c->rqueue = 0;
		*(i % 2 ? &c->local : &c->remote) = build_endpoint("127.1.0.0:1");
		(i % 2 ? &c->local : &c->remote)->addr[2] = (uint8_t)(i / 40000);
		(i % 2 ? &c->local : &c->remote)->port = (uint16_t)(BUILD_PORT_LOW + i / 2 % 20000);
		build_hold(&s, row, i % 2);
	}
	run(&s, "loopback", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_unread_of_ten_processes_toward_one_peer),
		cmocka_unit_test(many_legs_of_one_proxy),
		cmocka_unit_test(many_findings),
		cmocka_unit_test(both_ends_on_this_host),
	};

	return unit_run("judge many", tests);
}
