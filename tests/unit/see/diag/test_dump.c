// SPDX-License-Identifier: Apache-2.0
/* Does what is dumped from a real kernel agree with the sockets the test itself made? */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "see/diag/diag.h"
#include "see/diag/settings.h"
#include "see/net.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define STATES (TCP_BITS_ALL & ~TCP_BIT(TCP_STATE_TIME_WAIT))

static struct snapshot table;
static struct diag_counts counts;
static struct diag *diag;

static int dump(uint32_t states, uint32_t keep, uint32_t want)
{
	struct diag_query query = { .states = states, .keep = keep, .want = want };
	int n;

	snapshot_finish(&table);
	assert_int_equal(snapshot_add_netns(&table, 1), 0);
	n = diag_dump(diag, &query, &table, 0, &counts);
	assert_int_equal(n, table.conns.n);
	assert_int_equal(table.netns.items[0].seen, NETNS_DUMPED);
	return n;
}

/* The one dumped socket with these ports. */
static struct conn *find(uint16_t local_port, uint16_t remote_port)
{
	struct conn *found = NULL;

	for (uint32_t i = 0; i < table.conns.n; i++) {
		struct conn *c = snapshot_conn(&table, i);

		if (c->local.port != local_port || c->remote.port != remote_port)
			continue;
		assert_null(found);
		found = c;
	}
	return found;
}

/* Dumps until the closed socket has become a minisocket: its FIN is acknowledged with a delay. */
static void dump_until_mini(uint16_t local_port, uint16_t remote_port)
{
	for (int i = 0; i < 5000; i++) {
		const struct conn *c;

		dump(STATES, STATES, DIAG_WANT_INFO);
		c = find(local_port, remote_port);
		assert_non_null(c);
		if (c->state == TCP_STATE_FIN_WAIT_2 && !(c->has & CONN_HAS_SHUTDOWN))
			return;
		usleep(1000);
	}
	fail();
}

static void every_closing_state_is_listed_once_in_both_families(void **state)
{
	static const struct {
		int listen_family, family;
		bool any;
		uint8_t version;
	} cases[] = {
		{ AF_INET, AF_INET, false, 4 },
		{ AF_INET6, AF_INET6, false, 6 },
		{ AF_INET6, AF_INET, true, 4 }, /* an IPv4 connection of a [::] listener */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t port;
		int listener = net_listen(cases[i].listen_family, cases[i].any, &port);
		struct net_pair pair = net_connect(listener, cases[i].family, port);
		uint64_t client_cookie = net_cookie(pair.client);
		struct conn *server, *client;

		assert_int_equal(write(pair.client, "bye", 3), 3);
		net_close(&pair.client);
		assert_true(net_wait_state(pair.server, TCP_STATE_CLOSE_WAIT));
		dump_until_mini(pair.client_port, port);
		server = find(port, pair.client_port);
		client = find(pair.client_port, port);
		assert_non_null(server);
		assert_non_null(client);
		assert_non_null(find(port, 0));

		assert_int_equal(server->state, TCP_STATE_CLOSE_WAIT);
		assert_int_equal(server->local.version, cases[i].version);
		assert_int_equal(server->rqueue, 4); /* three bytes and the FIN */
		assert_int_equal(server->inode, net_inode(pair.server));
		assert_int_equal(server->cookie, net_cookie(pair.server));
		assert_int_equal(server->shutdown, TCP_SHUT_RECEIVE);
		assert_int_equal(server->bytes_received, 4);
		assert_int_equal(server->has & (CONN_HAS_DIAG | CONN_HAS_INFO | CONN_HAS_SHUTDOWN),
				 CONN_HAS_DIAG | CONN_HAS_INFO | CONN_HAS_SHUTDOWN);
		assert_int_equal(server->timer, TCP_TIMER_NONE);

		assert_int_equal(client->inode, 0);
		assert_int_equal(client->cookie, client_cookie);
		assert_int_equal(client->has, CONN_HAS_DIAG);
		assert_int_equal(client->timer, TCP_TIMER_MINISOCKET);
		net_close(&pair.server);
		net_close(&listener);
	}
}

static void a_listener_tells_its_queue_and_the_waiting_have_no_inode(void **state)
{
	uint16_t port, client_port;
	int listener = net_listen(AF_INET, false, &port);
	int client = net_connect_only(AF_INET, port, &client_port);
	struct conn *c;

	(void)state;
	net_close(&client);
	dump(STATES, STATES, DIAG_WANT_INFO);
	c = find(port, 0);
	assert_non_null(c);
	assert_int_equal(c->state, TCP_STATE_LISTEN);
	assert_int_equal(c->rqueue, 1);
	assert_int_equal(c->wqueue, 7);
	assert_false(c->has & CONN_HAS_INFO);
	c = find(port, client_port);
	assert_non_null(c);
	assert_int_equal(c->inode, 0);
	assert_true(c->has & CONN_HAS_INFO);
	net_close(&listener);
}

static void only_what_is_asked_for_comes_and_only_what_is_kept_stays(void **state)
{
	uint16_t port;
	int listener = net_listen(AF_INET, false, &port);
	struct net_pair pair = net_connect(listener, AF_INET, port);

	(void)state;
	assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
	assert_true(net_wait_state(pair.server, TCP_STATE_CLOSE_WAIT));
	assert_true(net_wait_state(pair.client, TCP_STATE_FIN_WAIT_2));
	dump(TCP_BIT(TCP_STATE_CLOSE_WAIT), TCP_BITS_ALL, 0);
	assert_null(find(pair.client_port, port));
	assert_false(find(port, pair.client_port)->has & CONN_HAS_INFO);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_CLOSE_WAIT], 1);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_LISTEN], VALUE_UNKNOWN);

	dump(STATES, TCP_BIT(TCP_STATE_FIN_WAIT_2), DIAG_WANT_INFO);
	assert_null(find(port, pair.client_port));
	assert_int_equal(find(pair.client_port, port)->shutdown, TCP_SHUT_SEND);
	assert_int_equal(counts.by_state[TCP_STATE_CLOSE_WAIT], 1);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_CLOSE_WAIT], 1);
	net_close(&pair.client);
	net_close(&pair.server);
	net_close(&listener);
}

/* What sockstat counts as in use is what the arithmetic believes it is: the one thing that a new
 * kernel could change. */
static void healthy_sockets_are_counted_without_being_dumped(void **state)
{
	uint16_t port, port6, queued_port;
	int listener = net_listen(AF_INET, false, &port);
	int listener6 = net_listen(AF_INET6, true, &port6);
	struct net_pair healthy[5], closing = net_connect(listener, AF_INET, port);
	struct sockstat stat;
	struct netns_row *row;
	int bound, queued = net_connect_only(AF_INET, port, &queued_port);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(healthy); i++)
		healthy[i] = net_connect(listener6, i % 2 ? AF_INET : AF_INET6, port6);
	bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(bound,
			      (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET },
			      sizeof(struct sockaddr_in)),
			 0);
	net_close(&closing.client);
	assert_true(net_wait_state(closing.server, TCP_STATE_CLOSE_WAIT));
	dump_until_mini(closing.client_port, port);
	dump(STATES & ~TCP_BIT(TCP_STATE_ESTABLISHED), TCP_BITS_CLOSING, 0);
	row = &table.netns.items[0];
	diag_read_sockstat(&stat);
	diag_settle_counts(&stat, &counts, STATES, row);
	/* Both ends of five, and the one in the queue. */
	assert_int_equal(row->counts[TCP_STATE_ESTABLISHED], 12);
	assert_int_equal(row->counts[TCP_STATE_LISTEN], 2);
	dump(TCP_BIT(TCP_STATE_TIME_WAIT), 0, 0);
	assert_int_equal(stat.time_wait >= counts.by_state[TCP_STATE_TIME_WAIT], 1);
	for (size_t i = 0; i < ARRAY_LEN(healthy); i++) {
		net_close(&healthy[i].client);
		net_close(&healthy[i].server);
	}
	net_close(&closing.server);
	net_close(&bound);
	net_close(&queued);
	net_close(&listener);
	net_close(&listener6);
}

static void byte_code_filters_in_the_kernel(void **state)
{
	uint16_t port, other_port;
	int listener = net_listen(AF_INET, false, &port);
	int other = net_listen(AF_INET, false, &other_port);
	/* local port >= port and <= port: each an op and, for the number, a second one. */
	const struct inet_diag_bc_op program[] = {
		{ INET_DIAG_BC_S_GE, 8, 20 },
		{ 0, 0, port },
		{ INET_DIAG_BC_S_LE, 8, 12 },
		{ 0, 0, port },
	};
	struct diag_query query = { .states = STATES,
				    .keep = STATES,
				    .bytecode = program,
				    .bytecode_len = sizeof(program) };

	(void)state;
	snapshot_finish(&table);
	assert_int_equal(snapshot_add_netns(&table, 1), 0);
	assert_int_equal(diag_dump(diag, &query, &table, 0, NULL), 1);
	assert_non_null(find(port, 0));
	net_close(&other);
	net_close(&listener);
}

/* A socket that nothing reaches: a filter of one instruction, "0 bytes". */
static int a_deaf_socket(void)
{
	struct sock_filter drop = { .code = BPF_RET, .k = 0 };
	const struct sock_fprog program = { .len = 1, .filter = &drop };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
			 0);
	return fd;
}

/* The kernel's own state for it, 12, is not in the mask; it knows what is meant. */
static void a_request_is_listed_and_is_none_of_the_sockets_in_use(void **state)
{
	uint16_t port;
	int listener = net_listen(AF_INET, false, &port), client = a_deaf_socket();
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockstat stat;

	(void)state;
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), -1);
	assert_int_equal(errno, EINPROGRESS);
	dump(STATES & ~TCP_BIT(TCP_STATE_ESTABLISHED), STATES, 0);
	assert_int_equal(counts.by_state[TCP_STATE_SYN_SENT], 1);
	assert_int_equal(counts.by_state[TCP_STATE_SYN_RECV], 1);
	assert_int_equal(counts.syn_recv_requests, 1);
	diag_read_sockstat(&stat);
	diag_settle_counts(&stat, &counts, STATES, &table.netns.items[0]);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_ESTABLISHED], 0);
	net_close(&client);
	net_close(&listener);
}

static void a_wrong_program_is_an_error_and_adds_nothing(void **state)
{
	const struct inet_diag_bc_op program[] = { { INET_DIAG_BC_S_GE, 4, 4 } };
	struct diag_query query = { .states = STATES,
				    .keep = STATES,
				    .bytecode = program,
				    .bytecode_len = sizeof(program) };

	(void)state;
	snapshot_finish(&table);
	assert_int_equal(snapshot_add_netns(&table, 1), 0);
	assert_int_equal(diag_dump(diag, &query, &table, 0, NULL), -EINVAL);
	assert_int_equal(table.conns.n, 0);
	assert_int_equal(table.netns.items[0].seen, NETNS_FAILED);
	assert_int_equal(table.netns.items[0].err, -EINVAL);
	/* And the next dump works again, also after a program too long to send. */
	query.bytecode_len = 1 << 20;
	assert_int_equal(diag_dump(diag, &query, &table, 0, NULL), -E2BIG);
	assert_true(dump(STATES, STATES, 0) >= 0);
}

static void one_socket_is_found_again_until_it_is_gone(void **state)
{
	uint16_t port;
	int listener = net_listen(AF_INET6, true, &port);
	struct net_pair pair = net_connect(listener, AF_INET, port);
	struct conn key, now = { 0 };

	(void)state;
	assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
	assert_true(net_wait_state(pair.server, TCP_STATE_CLOSE_WAIT));
	dump(STATES, STATES, 0);
	key = *find(port, pair.client_port);
	key.holders = 3;
	key.n_holders = 2;
	assert_int_equal(diag_get(diag, &key, &now), 0);
	assert_int_equal(now.cookie, key.cookie);
	assert_int_equal(now.inode, net_inode(pair.server));
	assert_int_equal(now.state, TCP_STATE_CLOSE_WAIT);
	assert_true(now.has & CONN_HAS_INFO);
	assert_int_equal(now.holders, 3);
	assert_int_equal(now.n_holders, 2);

	/* A socket with another cookie has its place. */
	key.cookie++;
	assert_int_equal(diag_get(diag, &key, &now), -ENOENT);
	/* Without a cookie the inode tells. */
	key.cookie = 0;
	assert_int_equal(diag_get(diag, &key, &now), 0);
	assert_int_equal(now.cookie, net_cookie(pair.server));
	key.inode++;
	assert_int_equal(diag_get(diag, &key, &now), -ENOENT);
	key.inode = 0;
	assert_int_equal(diag_get(diag, &key, &now), -EINVAL);
	key = now;
	/* Its listener is never taken for it. */
	net_close(&pair.server);
	net_close(&pair.client);
	assert_int_equal(diag_get(diag, &key, &now), -ENOENT);
	key.cookie = 0;
	assert_int_equal(diag_get(diag, &key, &now), -ENOENT);
	assert_int_equal(now.holders, 3);
	net_close(&listener);
}

static void it_stays_in_the_namespace_it_was_opened_in(void **state)
{
	_close_ int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	uint16_t port;
	int listener = net_listen(AF_INET, false, &port);

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	dump(STATES, STATES, 0);
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	assert_non_null(find(port, 0));
	net_close(&listener);
}

static void a_subflow_of_mptcp_is_marked_and_has_its_files_inode(void **state)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	struct conn *c;

	(void)state;
	if (listener < 0)
		return; /* a kernel without MPTCP has nothing to mark */
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	dump(STATES, STATES, DIAG_WANT_INFO);
	c = find(ntohs(address.sin_port), 0);
	assert_non_null(c);
	assert_true(c->flags & CONN_MPTCP);
	assert_int_equal(c->inode, net_inode(listener));
	net_close(&listener);
}

/* The last test: it gives up the privilege for good. */
static void destroying_is_possible_only_for_an_administrator(void **state)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];
	struct diag *weak;
	uint16_t port;
	int listener = net_listen(AF_INET, true, &port);

	(void)state;
	assert_int_not_equal(diag_can_destroy(diag), FACT_UNKNOWN);
	assert_int_equal(syscall(SYS_capget, &head, caps), 0);
	caps[0].effective &= ~(1u << CAP_NET_ADMIN);
	assert_int_equal(syscall(SYS_capset, &head, caps), 0);
	assert_int_equal(diag_open(&weak), 0);
	assert_int_equal(diag_can_destroy(weak), FACT_NO);
	diag_close(weak);
	/* Asking has harmed nobody. */
	dump(STATES, STATES, 0);
	assert_non_null(find(port, 0));
	net_close(&listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_closing_state_is_listed_once_in_both_families),
		cmocka_unit_test(a_listener_tells_its_queue_and_the_waiting_have_no_inode),
		cmocka_unit_test(only_what_is_asked_for_comes_and_only_what_is_kept_stays),
		cmocka_unit_test(healthy_sockets_are_counted_without_being_dumped),
		cmocka_unit_test(a_request_is_listed_and_is_none_of_the_sockets_in_use),
		cmocka_unit_test(byte_code_filters_in_the_kernel),
		cmocka_unit_test(a_wrong_program_is_an_error_and_adds_nothing),
		cmocka_unit_test(one_socket_is_found_again_until_it_is_gone),
		cmocka_unit_test(it_stays_in_the_namespace_it_was_opened_in),
		cmocka_unit_test(a_subflow_of_mptcp_is_marked_and_has_its_files_inode),
		cmocka_unit_test(destroying_is_possible_only_for_an_administrator),
	};
	int failed;

	if (!net_enter_private())
		unit_skip_all("no network namespace of its own: needs root or user namespaces");
	if (diag_open(&diag))
		unit_skip_all("this kernel has no sock_diag");
	alarm(60);
	snapshot_init(&table);
	failed = unit_run("diag dump", tests);
	snapshot_finish(&table);
	diag_close(diag);
	return failed;
}
