// SPDX-License-Identifier: Apache-2.0
/* Does the kernel pass at least what a filter means, whatever the filter, and nothing else where
 * all of it can be pushed down? */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../net.h"
#include "base/mem.h"
#include "see/diag/bytecode.h"
#include "see/diag/diag.h"

#define STATES (TCP_BIT(TCP_STATE_ESTABLISHED) | TCP_BIT(TCP_STATE_LISTEN))

/* Any number does: the same filters are tried each time. */
#define SEED  20261120u
#define TRIES 400

static struct diag *diag;
static struct snapshot all, some;
static uint16_t port4, port6, mapped_port;

/* Rows that the kernel passes, by their cookies. */
static void dump(struct snapshot *s, const void *code, size_t len)
{
	struct diag_query query = {
		.states = STATES, .keep = STATES, .bytecode = code, .bytecode_len = len
	};
	int n;

	snapshot_finish(s);
	snapshot_init(s);
	snapshot_add_netns(s, 1);
	n = diag_dump(diag, &query, s, 0, NULL);
	if (n < 0)
		fail_msg("the kernel refuses %zu bytes: %s", len, strerror(-n));
}

static bool is_passed(uint64_t cookie)
{
	for (size_t i = 0; i < some.conns.n; i++)
		if (some.conns.items[i].cookie == cookie)
			return true;
	return false;
}

/* How many rows come besides those meant. */
static size_t check(const char *text)
{
	uint8_t code[DIAG_BYTECODE_MAX];
	struct filter f;
	struct filter_error error;
	size_t meant = 0;

	if (filter_parse(text, strlen(text), NULL, &f, &error) < 0)
		fail_msg("'%s' is refused: %s", text, error.message);
	dump(&some, code, diag_compile(&f, code));
	for (uint32_t i = 0; i < all.conns.n; i++) {
		struct filter_subject subject = { .snapshot = &all, .row = i };

		if (!filter_match(&f, &subject))
			continue;
		meant++;
		if (!is_passed(all.conns.items[i].cookie))
			fail_msg("'%s' means %u -> %u, which the kernel does not pass", text,
				 all.conns.items[i].local.port, all.conns.items[i].remote.port);
	}
	return some.conns.n - meant;
}

static void what_is_about_ports_and_addresses_is_exact(void **state)
{
	static const char *const forms[] = {
		"sport = :%u",
		"dport = :%u",
		"sport != :%u",
		"not sport = :%u",
		"sport > :%u",
		"sport >= :%u",
		"sport < :%u",
		"sport <= :%u",
		"not ( sport > :%u )",
		"not ( dport <= :%u )",
		":%u or dport = :%u",
		":%u dst 127.0.0.0/8",
		"not ( :%u or dport = :%u )",
		"not ( :%u and dst 127.0.0.0/8 )",
		"dst 127.0.0.1:%u",
		"dst != 127.0.0.1:%u",
		"src [::1]:%u",
		"not src [::1]:%u",
		"dst *:%u",
		"dst != *:%u",
		"not not dst :%u",
		"src 127.0.0.1 and dst 127.0.0.1 and ( sport = :%u or dport = :%u )",
		"( sport = :%u or src ::1 ) and not ( dport = :%u or dport = :1 )",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const uint16_t ports[] = { port4, port6, mapped_port };

		for (size_t k = 0; k < ARRAY_LEN(ports); k++) {
			char text[160];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(text, sizeof(text), forms[i], ports[k], ports[k]);
#pragma GCC diagnostic pop
			if (check(text) > 0)
				fail_msg("'%s' passes too much", text);
		}
	}
	assert_int_equal(check("sport < :0"), 0);
	assert_int_equal(check("sport > :65535"), 0);
	assert_int_equal(check("sport != :0"), 0);
	assert_int_equal(check("dport >= :0"), 0);
	assert_int_equal(check("dst != 127.0.0.0/8"), 0);
}

static void what_the_kernel_does_not_know_is_taken_to_hold(void **state)
{
	(void)state;
	assert_true(check("comm = java") == all.conns.n);
	assert_true(check("not comm = java") == all.conns.n);
	check("comm = java and :1");
	assert_int_equal(some.conns.n, 0);
	check("not ( comm = java or not :1 )");
	assert_int_equal(some.conns.n, 0);
	check("comm = java or :1");
	assert_int_equal(some.conns.n, all.conns.n);
	check("not ( comm = java and :1 )");
	assert_int_equal(some.conns.n, all.conns.n);
	check("state listen");
	assert_int_equal(some.conns.n, all.conns.n);
}

static unsigned int pick(uint64_t *seed, unsigned int n)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(*seed >> 33) % n;
}

/* A random filter of at most `depth` levels. */
static void make(uint64_t *seed, unsigned int depth, char *text, size_t size)
{
	static const char *const tests[] = {
		"sport = :%u",		 "dport = :%u",
		"sport != :%u",		 "dport >= :%u",
		"sport < :%u",		 "src 127.0.0.1:%u",
		"dst 127.0.0.0/8",	 "src ::1",
		"dst != [::1]:%u",	 "dst ::/0",
		"src != ::/0",		 "dst *:%u",
		"dst ::ffff:0.0.0.0/95", "not src ::ffff:0.0.0.0/90",
		"comm = java",		 "pid = 5",
		"state established",	 "not dst 127.0.0.1",
		"dst 0.0.0.0/0",	 "src != 10.0.0.0/8",
	};
	const uint16_t ports[] = { port4, port6, mapped_port, 0, 65535 };
	size_t len = strlen(text);

	if (depth == 0 || pick(seed, 3) == 0) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text + len, size - len, tests[pick(seed, ARRAY_LEN(tests))],
			 ports[pick(seed, ARRAY_LEN(ports))]);
#pragma GCC diagnostic pop
		return;
	}
	snprintf(text + len, size - len, pick(seed, 3) ? "( " : "not ( ");
	make(seed, depth - 1, text, size);
	len = strlen(text);
	snprintf(text + len, size - len, pick(seed, 2) ? " and " : " or ");
	make(seed, depth - 1, text, size);
	len = strlen(text);
	snprintf(text + len, size - len, " )");
}

static void no_filter_loses_what_it_means(void **state)
{
	uint64_t seed = SEED;

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		char text[4096] = "";

		make(&seed, 5, text, sizeof(text));
		check(text);
	}
}

static void the_longest_filter_fits(void **state)
{
	char text[FILTER_TEXT_MAX] = "";

	(void)state;
	for (unsigned int i = 0; i < FILTER_NODES_MAX / 2; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%sdst != [2001:db8::%u]:%u", i ? " or " : "", i, i);
	check(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_about_ports_and_addresses_is_exact),
		cmocka_unit_test(what_the_kernel_does_not_know_is_taken_to_hold),
		cmocka_unit_test(no_filter_loses_what_it_means),
		cmocka_unit_test(the_longest_filter_fits),
	};
	struct net_pair pairs[6];
	int listeners[3];

	if (!net_enter_private())
		unit_skip_all("no network namespace can be made here");
	listeners[0] = net_listen(AF_INET, false, &port4);
	listeners[1] = net_listen(AF_INET6, false, &port6);
	listeners[2] = net_listen(AF_INET6, true, &mapped_port);
	pairs[0] = net_connect(listeners[0], AF_INET, port4);
	pairs[1] = net_connect(listeners[0], AF_INET, port4);
	pairs[2] = net_connect(listeners[1], AF_INET6, port6);
	pairs[3] = net_connect(listeners[2], AF_INET, mapped_port);
	pairs[4] = net_connect(listeners[2], AF_INET6, mapped_port);
	pairs[5] = net_connect(listeners[1], AF_INET6, port6);
	if (diag_open(&diag) < 0)
		unit_skip_all("the kernel has no sock_diag");
	snapshot_init(&all);
	snapshot_init(&some);
	dump(&all, NULL, 0);
	(void)pairs;
	return unit_run("bytecode", tests);
}
