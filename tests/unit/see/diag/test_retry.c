// SPDX-License-Identifier: Apache-2.0
/* What becomes of a dump that the kernel interrupts, refuses, or tells twice? The kernel is played
 * by this file: it stands in for transport.c. */
#include "unit.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <string.h>

#include "base/mem.h"
#include "see/diag/dump.c"

/* One answer of the kernel: rows with these cookies, then an end. */
struct answer {
	int err;
	bool interrupted;
	uint8_t n;
	uint32_t cookies[12];
};

static const struct answer *script;
static unsigned int asked;
static uint8_t families[8];

struct nlmsghdr *diag_start_request(struct diag *d, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(d->request);

	head->nlmsg_type = type;
	head->nlmsg_flags = flags;
	return head;
}

int diag_put_bytecode(struct nlmsghdr *head, const void *bytecode, size_t len)
{
	(void)head;
	(void)bytecode;
	(void)len;
	return 0;
}

int diag_exchange(struct diag *d, struct diag_walk *walk)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)d->request;
	const struct answer *answer = &script[asked];
	const uint8_t *family = mnl_nlmsg_get_payload(head);

	assert_true(asked < ARRAY_LEN(families));
	families[asked++] = head->nlmsg_type == UAPI_TCPDIAG_GETSOCK ? AF_UNSPEC : *family;
	walk->interrupted = answer->interrupted;
	for (uint8_t i = 0; i < answer->n; i++) {
		struct inet_diag_msg m = { .idiag_family = AF_INET,
					   .idiag_state = TCP_STATE_CLOSE_WAIT };
		int err;

		m.id.idiag_cookie[0] = answer->cookies[i];
		err = walk->row(walk->data, &m, sizeof(m));
		if (err)
			return err;
	}
	return answer->err;
}

static struct snapshot table;
static struct diag player;

static int play(const struct answer *answers)
{
	const struct diag_query query = { .states = TCP_BITS_CLOSING, .keep = TCP_BITS_CLOSING };

	script = answers;
	asked = 0;
	player.no_both = false;
	snapshot_finish(&table);
	assert_int_equal(snapshot_add_netns(&table, 1), 0);
	assert_int_equal(snapshot_add_conn(&table), 0); /* of another namespace: stays */
	return diag_dump(&player, &query, &table, 0, NULL);
}

static void the_first_quiet_look_stands(void **state)
{
	static const struct answer answers[] = {
		{ .interrupted = true, .n = 3, .cookies = { 4, 5, 6 } },
		{ .interrupted = true, .n = 1, .cookies = { 5 } },
		/* The same sockets as in the tries before: told again, not told twice. */
		{ .n = 2, .cookies = { 5, 6 } },
	};

	(void)state;
	assert_int_equal(play(answers), 2);
	assert_int_equal(asked, 3);
	assert_int_equal(table.conns.n, 3);
	assert_int_equal(table.conns.items[1].cookie, 5);
	assert_int_equal(table.netns.items[0].seen, NETNS_DUMPED);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_CLOSE_WAIT], 2);
}

static void a_table_that_never_rests_is_said_to_be_so(void **state)
{
	static const struct answer answers[] = {
		{ .interrupted = true, .n = 1, .cookies = { 1 } },
		{ .interrupted = true, .n = 1, .cookies = { 2 } },
		{ .interrupted = true, .n = 1, .cookies = { 3 } },
	};

	(void)state;
	assert_int_equal(play(answers), 1);
	assert_int_equal(asked, 3);
	assert_int_equal(table.conns.items[1].cookie, 3);
	assert_int_equal(table.netns.items[0].seen, NETNS_INTERRUPTED);
}

static void an_error_leaves_no_row_behind(void **state)
{
	static const struct answer answers[] = {
		{ .interrupted = true, .n = 1, .cookies = { 1 } },
		{ .err = -ENOBUFS, .n = 1, .cookies = { 2 } },
	};

	(void)state;
	assert_int_equal(play(answers), -ENOBUFS);
	assert_int_equal(table.conns.n, 1);
	assert_int_equal(table.netns.items[0].seen, NETNS_FAILED);
	assert_int_equal(table.netns.items[0].err, -ENOBUFS);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_CLOSE_WAIT], VALUE_UNKNOWN);
}

static void a_kernel_without_the_old_request_is_asked_for_each_family(void **state)
{
	static const struct answer answers[] = {
		{ .err = -EINVAL },
		{ .n = 1, .cookies = { 1 } },
		{ .n = 1, .cookies = { 2 } },
	};

	(void)state;
	assert_int_equal(play(answers), 2);
	assert_int_equal(asked, 3);
	assert_int_equal(families[0], AF_UNSPEC);
	assert_int_equal(families[1], AF_INET);
	assert_int_equal(families[2], AF_INET6);
	assert_true(player.no_both);
}

static void a_kernel_without_ipv6_has_none_of_its_sockets(void **state)
{
	static const struct answer answers[] = {
		{ .err = -ENOENT },
		{ .n = 1, .cookies = { 1 } },
		{ .err = -ENOENT },
	};

	(void)state;
	assert_int_equal(play(answers), 1);
	assert_int_equal(table.netns.items[0].seen, NETNS_DUMPED);
}

static void without_ipv4_there_is_nothing_to_be_said(void **state)
{
	static const struct answer answers[] = { { .err = -ENOENT }, { .err = -ENOENT } };

	(void)state;
	assert_int_equal(play(answers), -ENOENT);
	assert_int_equal(asked, 2);
	assert_int_equal(table.netns.items[0].seen, NETNS_FAILED);
}

static void a_socket_told_twice_in_a_row_is_one(void **state)
{
	/* After 3 two new ones enter the bucket: 2 and 3 move behind what was told, and come again.
	 */
	static const struct answer answers[] = {
		{ .n = 6, .cookies = { 1, 2, 3, 2, 3, 4 } },
	};

	(void)state;
	assert_int_equal(play(answers), 4);
	assert_int_equal(table.netns.items[0].counts[TCP_STATE_CLOSE_WAIT], 4);
}

static void rows_without_a_cookie_are_not_taken_for_one(void **state)
{
	static const struct answer answers[] = { { .n = 2, .cookies = { 0, 0 } } };

	(void)state;
	assert_int_equal(play(answers), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_quiet_look_stands),
		cmocka_unit_test(a_table_that_never_rests_is_said_to_be_so),
		cmocka_unit_test(an_error_leaves_no_row_behind),
		cmocka_unit_test(a_kernel_without_the_old_request_is_asked_for_each_family),
		cmocka_unit_test(a_kernel_without_ipv6_has_none_of_its_sockets),
		cmocka_unit_test(without_ipv4_there_is_nothing_to_be_said),
		cmocka_unit_test(a_socket_told_twice_in_a_row_is_one),
		cmocka_unit_test(rows_without_a_cookie_are_not_taken_for_one),
	};
	int failed;

	snapshot_init(&table);
	failed = unit_run("diag retry", tests);
	snapshot_finish(&table);
	return failed;
}
