// SPDX-License-Identifier: Apache-2.0
/* Of a large table tcp_info comes from the files' pass, and for what no file tells of from the
 * kernel's table: does it say the same as a dump of everything? */
#include "unit.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "see/look/look.h"
#include "see/net.h"

#define HELD 4200 /* more than are dumped with tcp_info in one go */

/* Each look rounds to a tick of 1 to 10 ms. */
#define TICKS_MS 20

static int held[HELD];

static void make_held(int listener, uint16_t port)
{
	char text[8];

	for (int i = 0; i < HELD; i++) {
		struct net_pair pair = net_connect(listener, AF_INET, port);

		held[i] = pair.server;
		if (i % 3 == 0)
			assert_int_equal(write(pair.client, "hello", 5), 5);
		if (i % 5 == 0) {
			assert_int_equal(write(pair.server, "hi", 2), 2);
			assert_int_equal(read(pair.client, text, sizeof(text)), 2);
		}
		if (i % 500 == 0)
			usleep(10000);
		net_close(&pair.client);
	}
	for (int i = 0; i < HELD; i++)
		assert_true(net_wait_state(held[i], TCP_STATE_CLOSE_WAIT));
}

/* Both ends stay open. */
static void make_half_closed(int listener, uint16_t port, unsigned int n)
{
	while (n--) {
		struct net_pair pair = net_connect(listener, AF_INET, port);

		assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
		assert_true(net_wait_state(pair.client, TCP_STATE_FIN_WAIT_2));
	}
}

static void make_waiting(uint16_t port, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint16_t client_port;
		int client = net_connect_only(AF_INET, port, &client_port);

		net_close(&client);
	}
}

/* When it was, by the clock of the look, in ms. */
static int64_t moment(const struct snapshot *s, const struct conn *c, uint32_t ago_ms)
{
	assert_int_not_equal(ago_ms, VALUE_UNKNOWN);
	return (int64_t)(s->netns.items[c->netns].dumped_ns / 1000000) - ago_ms;
}

/* A clock is read at some moment of the look. */
static void assert_near(const struct snapshot *one, int64_t a, const struct snapshot *other,
			int64_t b)
{
	int64_t apart_ms = TICKS_MS + (int64_t)one->took_ms + (int64_t)other->took_ms;

	if (a - b > apart_ms || b - a > apart_ms)
		fail_msg("%lld ms and %lld ms", (long long)a, (long long)b);
}

static void assert_same(const struct snapshot *one, const struct conn *a,
			const struct snapshot *other, const struct conn *b)
{
	assert_true(a->has & CONN_HAS_INFO);
	assert_true(b->has & CONN_HAS_INFO);
	assert_near(one, moment(one, a, a->last_data_sent_ms), other,
		    moment(other, b, b->last_data_sent_ms));
	assert_near(one, moment(one, a, a->last_data_recv_ms), other,
		    moment(other, b, b->last_data_recv_ms));
	assert_near(one, moment(one, a, a->last_ack_recv_ms), other,
		    moment(other, b, b->last_ack_recv_ms));
	assert_int_equal(a->bytes_acked, b->bytes_acked);
	assert_int_equal(a->bytes_received, b->bytes_received);
}

static unsigned int compare_looks(void)
{
	const struct look_options with = { .here = true },
				  without = { .here = true, .no_bpf = true };
	struct snapshot one, other;
	_map_ struct map rows = { 0 };
	unsigned int n = 0;

	assert_int_equal(look_take(&with, &one), 0);
	assert_int_equal(look_take(&without, &other), 0);
	for (uint32_t i = 0; i < other.conns.n; i++)
		assert_int_equal(map_put(&rows, other.conns.items[i].cookie, i, NULL), 0);
	for (uint32_t i = 0; i < one.conns.n; i++) {
		const struct conn *c = snapshot_conn(&one, i);
		uint32_t row = map_get(&rows, c->cookie);

		/* Listeners and minisockets have none. */
		if (row == MAP_NONE || !(snapshot_conn(&other, row)->has & CONN_HAS_INFO))
			continue;
		assert_same(&one, c, &other, snapshot_conn(&other, row));
		n++;
	}
	snapshot_finish(&one);
	snapshot_finish(&other);
	return n;
}

static void clocks_are_the_same_from_wherever_they_come(void **state)
{
	uint16_t port;
	int listener = net_listen(AF_INET, false, &port);

	(void)state;
	assert_int_equal(listen(listener, 2000), 0);
	make_held(listener, port);
	assert_int_equal(compare_looks(), HELD);
	make_half_closed(listener, port, 11);
	assert_int_equal(compare_looks(), HELD + 22);
	/* A few that no file tells of are looked up. */
	make_waiting(port, 7);
	assert_int_equal(compare_looks(), HELD + 22 + 7);
	/* Many are dumped again. */
	make_waiting(port, 300);
	assert_int_equal(compare_looks(), HELD + 22 + 307);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_are_the_same_from_wherever_they_come),
	};
	const struct rlimit files = { HELD + 100, HELD + 100 };

	if (!net_enter_private())
		unit_skip_all("needs a network namespace of its own");
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		unit_skip_all("needs more open files");
	return unit_run("see/look clocks", tests);
}
