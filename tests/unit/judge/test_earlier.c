// SPDX-License-Identifier: Apache-2.0
/* What two looks tell that one cannot, and what only seems to have moved. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "build.h"
#include "judge/causes/table.h"

#define OLD	10000
#define YOUNG	1000
#define APART_S 13 /* less the 3 s in which nothing can grow old enough: 10 */

static struct snapshot before, now;
static struct judgement judged;

static void begin(void)
{
	struct snapshot *const looks[] = { &before, &now };

	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		build_init(looks[i]);
		build_process(looks[i], "app", 100);
		looks[i]->netns.items[0].dumped_ns = (1000 + i * APART_S) * 1000000000ull;
	}
}

static void end(void)
{
	judgement_finish(&judged);
	snapshot_finish(&before);
	snapshot_finish(&now);
}

/* The connection from this port, as it is in one of the looks. */
static struct conn *add(struct snapshot *s, uint16_t port, uint32_t age_ms)
{
	struct conn *c = snapshot_conn(s, build_unread(s, 0, port, age_ms));

	c->cookie = port;
	return c;
}

static void stay(unsigned int n)
{
	for (uint16_t i = 0; i < n; i++) {
		add(&before, (uint16_t)(40000 + i), OLD);
		add(&now, (uint16_t)(40000 + i), OLD);
	}
}

static void come(unsigned int n)
{
	for (uint16_t i = 0; i < n; i++)
		add(&now, (uint16_t)(40050 + i), OLD);
}

static void go(unsigned int n)
{
	for (uint16_t i = 0; i < n; i++)
		add(&before, (uint16_t)(40080 + i), OLD);
}

/* Others to the same peer that are in use. */
static void share(uint32_t established)
{
	struct peer_use use = { .remote = build_endpoint("10.2.0.9:443"),
				.established = established };

	assert_int_equal(array_grow(&now.peers, 1), 0);
	now.peers.items[now.peers.n++] = use;
}

static const struct finding *judge(bool twice)
{
	const struct judge_options options = { .older_than_ms = JUDGE_OLDER_THAN_MS,
					       .expected = true,
					       .earlier = twice ? &before : NULL };

	assert_int_equal(judge_run(&now, &options, &judged), 0);
	assert_true(judged.findings.n > 0);
	return &judged.findings.items[0];
}

/* ---- growth and pattern ---- */

static void leak(void)
{
	stay(10);
	come(5);
}

static void two_more(void)
{
	stay(10);
	come(2);
}

static void more_come_than_go(void)
{
	stay(10);
	come(5);
	go(1);
}

static void leak_beside_pool(void)
{
	leak();
	share(3);
}

static void level(void)
{
	stay(10);
}

static void level_pool(void)
{
	stay(10);
	share(3);
}

static void changing_pool(void)
{
	stay(10);
	come(3);
	go(3);
	share(3);
}

static void shrinking_pool(void)
{
	stay(10);
	go(3);
	share(3);
}

/* All came at once, just before the first look: they have grown old, not more. */
static void grown_old(void)
{
	for (uint16_t i = 0; i < 5; i++) {
		add(&before, (uint16_t)(40000 + i), YOUNG);
		add(&now, (uint16_t)(40000 + i), OLD);
	}
}

/* A port used anew is another connection. */
static void same_addresses(void)
{
	stay(10);
	for (size_t i = 0; i < 5; i++)
		snapshot_conn(&before, (uint32_t)i)->cookie += 1000;
}

/* Read meanwhile, or not yet: still the same connections. */
static void other_cause(void)
{
	stay(10);
	for (size_t i = 0; i < before.conns.n; i++)
		before.conns.items[i].rqueue = 0;
}

static void full(void)
{
	stay(10);
	now.processes.items[0].fds_open = 20;
	now.processes.items[0].fds_limit = 24;
}

static void full_pool(void)
{
	full();
	share(3);
}

/* Few of many that are open. */
static void full_of_others(void)
{
	full();
	now.processes.items[0].fds_open = 1000;
	now.processes.items[0].fds_limit = 1024;
}

static void unseen(void)
{
	leak();
	before.netns.items[0].seen = NETNS_INTERRUPTED;
}

static void new_namespace(void)
{
	come(5);
	before.netns.items[0].inode++;
	now.taken_real_ms = APART_S * 1000;
}

#define ONE false
#define TWO true
static const struct pattern_case {
	const char *name;
	void (*make)(void);
	bool twice;
	enum pattern pattern;
	double growth; /* NAN: unknown */
} cases[] = {
	{ "leak", leak, TWO, PATTERN_LEAK, 30 },
	{ "leak, seen once", leak, ONE, PATTERN_UNKNOWN, NAN },
	{ "two more", two_more, TWO, PATTERN_UNKNOWN, 12 },
	{ "more come than go", more_come_than_go, TWO, PATTERN_UNKNOWN, 30 - 60.0 / 13 },
	{ "leak beside a pool", leak_beside_pool, TWO, PATTERN_LEAK, 30 },
	{ "level", level, TWO, PATTERN_UNKNOWN, 0 },
	{ "level pool", level_pool, TWO, PATTERN_POOL, 0 },
	{ "level pool, seen once", level_pool, ONE, PATTERN_UNKNOWN, NAN },
	{ "changing pool", changing_pool, TWO, PATTERN_POOL, 18 - 180.0 / 13 },
	{ "shrinking pool", shrinking_pool, TWO, PATTERN_UNKNOWN, -180.0 / 13 },
	{ "grown old", grown_old, TWO, PATTERN_UNKNOWN, 0 },
	{ "same addresses", same_addresses, TWO, PATTERN_UNKNOWN, 30 - 300.0 / 13 },
	{ "other cause before", other_cause, TWO, PATTERN_UNKNOWN, 0 },
	{ "all descriptors", full, ONE, PATTERN_LEAK, NAN },
	{ "all descriptors, twice", full, TWO, PATTERN_LEAK, 0 },
	{ "all descriptors, a pool", full_pool, ONE, PATTERN_UNKNOWN, NAN },
	{ "all descriptors, a level pool", full_pool, TWO, PATTERN_POOL, 0 },
	{ "others' descriptors", full_of_others, TWO, PATTERN_UNKNOWN, 0 },
	{ "namespace not seen whole", unseen, TWO, PATTERN_UNKNOWN, NAN },
	{ "namespace is new", new_namespace, TWO, PATTERN_LEAK, 30 },
};

static void growth_and_pattern_are_told_apart(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct finding *f;
		bool is_growth;

		begin();
		cases[i].make();
		f = judge(cases[i].twice);
		is_growth = isnan(cases[i].growth)
				    ? isnan(f->growth_per_min)
				    : fabs(f->growth_per_min - cases[i].growth) < 0.01;
		if (f->pattern != cases[i].pattern || !is_growth) {
			print_message("# %s: pattern %u, %f a minute (%u came, %u went)\n",
				      cases[i].name, f->pattern, f->growth_per_min, f->came,
				      f->went);
			wrong++;
		}
		end();
	}
	assert_int_equal(wrong, 0);
}

/* ---- verdicts ---- */

static const char *cause_of_only(bool twice)
{
	return cause_id(judge(twice)->cause);
}

static void what_moves_is_in_use(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		struct conn *was, *is;

		begin();
		was = add(&before, 40000, OLD);
		is = add(&now, 40000, OLD);
		was->rqueue = is->rqueue = 0;
		is->bytes_acked = was->bytes_acked + (i > 0);
		if (i == 2) /* another connection with its addresses */
			was->cookie++;
		if (i == 3) /* the FIN was not here yet: what moved may have been before it */
			was->state = TCP_STATE_ESTABLISHED;
		if (i == 4)
			was->has &= (uint16_t)~CONN_HAS_INFO;
		assert_string_equal(cause_of_only(TWO),
				    i == 1 ? "half-close-in-use" : "eof-ignored");
		judgement_finish(&judged);
		assert_string_equal(cause_of_only(ONE), "eof-ignored");
		end();
	}
}

static void half_closed_ones_move_the_other_way(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct snapshot *const looks[] = { &before, &now };

		begin();
		for (size_t k = 0; k < ARRAY_LEN(looks); k++) {
			struct conn *c = add(looks[k], 40000, OLD);

			c->state = TCP_STATE_FIN_WAIT_2;
			c->rqueue = 0;
			c->shutdown = TCP_SHUT_SEND;
			c->bytes_received += k && i == 1;
			c->bytes_acked += k && i == 2;
		}
		assert_string_equal(cause_of_only(TWO),
				    i == 1 ? "half-close-in-use" : "peer-never-closes");
		end();
	}
}

static void skipped_time_wait_is_pressure(void **state)
{
	static const struct {
		uint64_t was, is;
		const char *cause;
	} table[] = {
		{ 5, 5, "time-wait" },
		{ 5, 6, "port-pressure" },
		{ 6, 5, "time-wait" },
		{ COUNTER_UNKNOWN, 6, "time-wait" },
		{ 5, COUNTER_UNKNOWN, "time-wait" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		begin();
		build_conn(&now, TCP_STATE_TIME_WAIT, "10.0.0.1:40000", "10.2.0.9:443", OLD);
		before.netns.items[0].tw_overflows = table[i].was;
		now.netns.items[0].tw_overflows = table[i].is;
		assert_string_equal(cause_of_only(TWO), table[i].cause);
		end();
	}
}

/* ---- harm ---- */

static const char *harm(const struct finding *f, const char *what)
{
	for (size_t i = 0; i < f->harm.n; i++)
		if (strstr(f->harm.items[i], what))
			return f->harm.items[i];
	return "";
}

static void the_end_of_descriptors_is_reckoned(void **state)
{
	(void)state;
	begin();
	leak();
	before.processes.items[0].fds_open = 500;
	now.processes.items[0].fds_open = 513;
	now.processes.items[0].fds_limit = 1113;
	assert_string_equal(
		harm(judge(TWO), "file descriptors"),
		"513 of 1,113 file descriptors are used, +60/min: \"Too many open files\" "
		"in about 10 min 00 s");
	end();

	/* The process opens more, but not of these. */
	begin();
	stay(10);
	before.processes.items[0].fds_open = 500;
	now.processes.items[0].fds_open = 513;
	now.processes.items[0].fds_limit = 1113;
	assert_string_equal(harm(judge(TWO), "file descriptors"),
			    "513 of 1,113 file descriptors of app[100] are used");
	end();

	/* Another process with its number. */
	begin();
	leak();
	before.processes.items[0].fds_open = 500;
	before.processes.items[0].start_ns++;
	now.processes.items[0].fds_open = 513;
	now.processes.items[0].fds_limit = 1113;
	assert_null(strstr(harm(judge(TWO), "file descriptors"), "min"));
	end();
}

static void the_end_of_ports_is_reckoned(void **state)
{
	(void)state;
	begin();
	leak();
	share(25);
	now.netns.items[0].settings.port_low = 40000;
	now.netns.items[0].settings.port_high = 40109;
	now.netns.items[0].settings.ports_reserved = 10;
	assert_string_equal(harm(judge(TWO), "local ports"),
			    "40 of 100 local ports toward 10.2.0.9:443 are taken, +30/min: none is "
			    "left in about 2 min 00 s; without one connect() fails with \"Cannot "
			    "assign requested address\"");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_and_pattern_are_told_apart),
		cmocka_unit_test(what_moves_is_in_use),
		cmocka_unit_test(half_closed_ones_move_the_other_way),
		cmocka_unit_test(skipped_time_wait_is_pressure),
		cmocka_unit_test(the_end_of_descriptors_is_reckoned),
		cmocka_unit_test(the_end_of_ports_is_reckoned),
	};

	return unit_run("judge earlier", tests);
}
