// SPDX-License-Identifier: Apache-2.0
/* Is every answer of sock_diag read as the kernel means it, and no broken one believed? */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "see/diag/decode.h"
#include "see/diag/uapi.h"

/* One inet_diag payload being put together. */
struct message {
	size_t len;
	unsigned char bytes[2048];
};

static struct message a_message(uint8_t family, uint8_t state)
{
	static const uint8_t local[4] = { 10, 0, 0, 1 }, remote[4] = { 192, 0, 2, 9 };
	struct message m = { .len = sizeof(struct inet_diag_msg) };
	struct inet_diag_msg head = { .idiag_family = family,
				      .idiag_state = state,
				      .idiag_timer = 2,
				      .idiag_retrans = 3,
				      .idiag_expires = 7199900,
				      .idiag_rqueue = 38,
				      .idiag_wqueue = 5,
				      .idiag_uid = 1000,
				      .idiag_inode = 4711 };

	head.id.idiag_sport = htons(8080);
	head.id.idiag_dport = htons(443);
	head.id.idiag_if = 7;
	head.id.idiag_cookie[0] = 0x89abcdef;
	head.id.idiag_cookie[1] = 0x01234567;
	memcpy(head.id.idiag_src, local, sizeof(local));
	memcpy(head.id.idiag_dst, remote, sizeof(remote));
	memcpy(m.bytes, &head, sizeof(head));
	return m;
}

static void put_attr(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(sizeof(head) + len), .nla_type = type };

	memcpy(m->bytes + m->len, &head, sizeof(head));
	memcpy(m->bytes + m->len + sizeof(head), data, len);
	m->len += NLA_ALIGN(sizeof(head) + len);
}

static void put_info(struct message *m, size_t len)
{
	struct tcp_info info = { .tcpi_backoff = 4,
				 .tcpi_rto = 204000,
				 .tcpi_last_data_sent = 3000,
				 .tcpi_last_data_recv = 4000,
				 .tcpi_last_ack_recv = 2000,
				 .tcpi_bytes_acked = 12,
				 .tcpi_bytes_received = 0x100000001,
				 .tcpi_snd_wnd = 1 };

	put_attr(m, UAPI_DIAG_INFO, &info, len);
}

static void every_column_is_taken_from_its_field(void **state)
{
	struct message m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
	struct conn c = { .netns = 9 };
	char text[ENDPOINT_TEXT_LEN];
	uint64_t cgroup = 0x1122334455667788;
	uint8_t shut = TCP_SHUT_RECEIVE;

	(void)state;
	put_attr(&m, UAPI_DIAG_SHUTDOWN, &shut, 1);
	put_attr(&m, UAPI_DIAG_CGROUP_ID, &cgroup, sizeof(cgroup));
	put_info(&m, sizeof(struct tcp_info));
	assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
	endpoint_format(&c.local, text);
	assert_string_equal(text, "10.0.0.1:8080");
	endpoint_format(&c.remote, text);
	assert_string_equal(text, "192.0.2.9:443");
	assert_int_equal(c.has,
			 CONN_HAS_DIAG | CONN_HAS_INFO | CONN_HAS_SHUTDOWN | CONN_HAS_CGROUP);
	assert_int_equal(c.state, TCP_STATE_CLOSE_WAIT);
	assert_int_equal(c.cookie, 0x0123456789abcdef);
	assert_int_equal(c.cgroup_id, cgroup);
	assert_int_equal(c.ifindex, 7);
	assert_int_equal(c.uid, 1000);
	assert_int_equal(c.inode, 4711);
	assert_int_equal(c.rqueue, 38);
	assert_int_equal(c.wqueue, 5);
	assert_int_equal(c.timer, TCP_TIMER_KEEPALIVE);
	assert_int_equal(c.retrans, 3);
	assert_int_equal(c.expires_ms, 7199900);
	assert_int_equal(c.shutdown, TCP_SHUT_RECEIVE);
	assert_int_equal(c.backoff, 4);
	assert_int_equal(c.rto_ms, 204);
	assert_int_equal(c.last_data_sent_ms, 3000);
	assert_int_equal(c.last_data_recv_ms, 4000);
	assert_int_equal(c.last_ack_recv_ms, 2000);
	assert_int_equal(c.bytes_acked, 12);
	assert_int_equal(c.bytes_received, 0x100000001);
	assert_int_equal(c.netns, 9);
	assert_int_equal(c.flags, 0);
}

static void a_mapped_address_is_stored_as_ipv4(void **state)
{
	struct message m = a_message(AF_INET6, TCP_STATE_CLOSE_WAIT);
	struct inet_diag_msg head;
	struct conn c = { 0 };

	(void)state;
	memcpy(&head, m.bytes, sizeof(head));
	inet_pton(AF_INET6, "::ffff:10.0.0.1", head.id.idiag_src);
	inet_pton(AF_INET6, "::ffff:192.0.2.9", head.id.idiag_dst);
	memcpy(m.bytes, &head, sizeof(head));
	assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
	assert_int_equal(c.local.version, 4);
	assert_int_equal(c.remote.version, 4);
	assert_int_equal(c.remote.addr[3], 9);
}

static void a_minisocket_has_neither_info_nor_shutdown(void **state)
{
	struct message m = a_message(AF_INET, TCP_STATE_FIN_WAIT_2);
	struct conn c = { 0 };

	(void)state;
	assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
	assert_int_equal(c.has, CONN_HAS_DIAG);
	assert_true(diag_is_mini(&c));
}

static void states_beyond_ours_are_named_or_unknown(void **state)
{
	static const struct {
		uint8_t kernel;
		enum tcp_state expected;
	} cases[] = {
		{ 0, TCP_STATE_UNKNOWN },  { 1, TCP_STATE_ESTABLISHED },
		{ 11, TCP_STATE_CLOSING }, { UAPI_TCP_NEW_SYN_RECV, TCP_STATE_SYN_RECV },
		{ 13, TCP_STATE_UNKNOWN }, { 255, TCP_STATE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct message m = a_message(AF_INET, cases[i].kernel);
		struct conn c = { 0 };

		assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
		assert_int_equal(c.state, cases[i].expected);
	}
}

static void a_window_is_shut_only_where_the_kernel_tells_it(void **state)
{
	const size_t old = offsetof(struct tcp_info, tcpi_snd_wnd);
	const struct tcp_info info = { .tcpi_rto = 204000 };

	(void)state;
	assert_int_equal(old, UAPI_TCP_INFO_SND_WND);
	for (int tells = 0; tells < 2; tells++) {
		struct message m = a_message(AF_INET, TCP_STATE_FIN_WAIT_1);
		struct conn c = { 0 };

		put_attr(&m, UAPI_DIAG_INFO, &info, tells ? old + 4 : old);
		assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
		assert_int_equal(c.flags, tells ? CONN_WINDOW_SHUT : 0);
	}
}

static void info_of_an_old_kernel_is_enough_and_a_shorter_one_is_none(void **state)
{
	const size_t enough = offsetof(struct tcp_info, tcpi_segs_out);

	(void)state;
	for (size_t len = enough - 1; len <= enough; len++) {
		struct message m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
		struct conn c = { .last_ack_recv_ms = VALUE_UNKNOWN };

		put_info(&m, len);
		assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
		assert_int_equal(!!(c.has & CONN_HAS_INFO), len == enough);
		assert_int_equal(c.last_ack_recv_ms, len == enough ? 2000 : VALUE_UNKNOWN);
	}
}

static void a_listener_has_no_info_of_a_connection(void **state)
{
	struct message m = a_message(AF_INET, TCP_STATE_LISTEN);
	struct conn c = { 0 };

	(void)state;
	put_info(&m, sizeof(struct tcp_info));
	assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
	assert_false(c.has & CONN_HAS_INFO);
}

static void a_subflow_is_told_by_name_or_by_its_part(void **state)
{
	(void)state;
	for (int by_name = 0; by_name < 2; by_name++) {
		struct message inner = { 0 }, m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
		struct conn c = { 0 };

		if (by_name)
			put_attr(&inner, UAPI_ULP_INFO_NAME, "mptcp", 6);
		else
			put_attr(&inner, UAPI_ULP_INFO_MPTCP, "", 1);
		put_attr(&m, UAPI_DIAG_ULP_INFO | NLA_F_NESTED, inner.bytes, inner.len);
		assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
		assert_int_equal(c.flags, CONN_MPTCP);
	}
}

static void tls_is_no_subflow(void **state)
{
	struct message inner = { 0 }, m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
	struct conn c = { 0 };

	(void)state;
	put_attr(&inner, UAPI_ULP_INFO_NAME, "tls", 4);
	put_attr(&inner, 2, "", 1);
	put_attr(&m, UAPI_DIAG_ULP_INFO, inner.bytes, inner.len);
	assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
	assert_int_equal(c.flags, 0);
}

static void attributes_too_short_for_their_value_say_nothing(void **state)
{
	struct message m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
	struct conn c = { 0 };

	(void)state;
	put_attr(&m, UAPI_DIAG_SHUTDOWN, "", 0);
	put_attr(&m, UAPI_DIAG_CGROUP_ID, "1234567", 7);
	put_attr(&m, 999, "new", 3);
	assert_int_equal(diag_decode(m.bytes, m.len, &c), 0);
	assert_int_equal(c.has, CONN_HAS_DIAG);
}

/* Whatever is cut off, nothing beyond is read (the sanitizers would tell) and nothing half is taken
 * for whole. */
static void a_cut_message_is_refused(void **state)
{
	struct message m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
	size_t whole;

	(void)state;
	put_info(&m, sizeof(struct tcp_info));
	whole = m.len;
	for (size_t len = 0; len < whole; len++) {
		_free_ unsigned char *cut = malloc(len + 1);
		struct conn c = { 0 };

		assert_non_null(cut);
		memcpy(cut, m.bytes, len);
		assert_int_equal(diag_decode(cut, len, &c),
				 len == sizeof(struct inet_diag_msg) ? 0 : -EBADMSG);
	}
}

static void an_attribute_of_impossible_length_is_refused(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 3, 9, 0xffff };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct message m = a_message(AF_INET, TCP_STATE_CLOSE_WAIT);
		struct conn c = { 0 };

		put_attr(&m, UAPI_DIAG_SHUTDOWN, "\1", 1);
		memcpy(m.bytes + sizeof(struct inet_diag_msg), &lengths[i], sizeof(lengths[i]));
		assert_int_equal(diag_decode(m.bytes, m.len, &c), -EBADMSG);
	}
}

static void another_family_is_refused(void **state)
{
	struct message m = a_message(AF_UNIX, TCP_STATE_CLOSE_WAIT);
	struct conn c = { 0 };

	(void)state;
	assert_int_equal(diag_decode(m.bytes, m.len, &c), -EBADMSG);
}

/* Netlink messages being put together, and what a walk found in them. */
struct stream {
	size_t len;
	unsigned char bytes[4096] __attribute__((aligned(8)));
};

static void put_message(struct stream *s, uint16_t type, uint16_t flags, uint32_t sequence,
			const void *payload, size_t len)
{
	struct nlmsghdr head = { .nlmsg_len = (uint32_t)(sizeof(head) + len),
				 .nlmsg_type = type,
				 .nlmsg_flags = flags,
				 .nlmsg_seq = sequence,
				 .nlmsg_pid = 42 };

	memcpy(s->bytes + s->len, &head, sizeof(head));
	if (len > 0)
		memcpy(s->bytes + s->len + sizeof(head), payload, len);
	s->len += NLMSG_ALIGN(head.nlmsg_len);
}

struct seen {
	int rows;
	int fail_at; /* 0: never */
};

static int see_row(void *data, const void *payload, size_t len)
{
	struct seen *seen = data;

	(void)payload;
	assert_int_equal(len, 4);
	seen->rows++;
	return seen->rows == seen->fail_at ? -ENOMEM : 0;
}

static struct diag_walk a_walk(struct seen *seen)
{
	return (struct diag_walk){ .sequence = 5, .port = 42, .row = see_row, .data = seen };
}

static void rows_are_given_up_to_the_end_mark(void **state)
{
	struct seen seen = { 0 };
	struct diag_walk walk = a_walk(&seen);
	struct stream s = { 0 };
	int zero = 0;

	(void)state;
	put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, 5, "row", 4);
	put_message(&s, UAPI_TCPDIAG_GETSOCK, NLM_F_MULTI, 5, "row", 4);
	assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), DIAG_MORE);
	assert_int_equal(seen.rows, 2);
	put_message(&s, NLMSG_DONE, NLM_F_MULTI, 5, &zero, sizeof(zero));
	put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, 5, "row", 4);
	assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), DIAG_DONE);
	assert_int_equal(seen.rows, 4);
	assert_false(walk.interrupted);
}

static void messages_of_another_request_are_skipped(void **state)
{
	struct seen seen = { 0 };
	struct diag_walk walk = a_walk(&seen);
	struct stream s = { 0 };
	int error = -EPERM;

	(void)state;
	put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_MULTI | NLM_F_DUMP_INTR, 4, "row", 4);
	put_message(&s, NLMSG_ERROR, 0, 4, &error, sizeof(error));
	assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), DIAG_MORE);
	assert_int_equal(seen.rows, 0);
	assert_false(walk.interrupted);
}

static void errors_of_the_kernel_come_back(void **state)
{
	static const struct {
		uint16_t type;
		int value;
		int expected;
	} cases[] = {
		{ NLMSG_ERROR, -EPERM, -EPERM },      { NLMSG_ERROR, 0, DIAG_DONE },
		{ NLMSG_DONE, -ENOENT, -ENOENT },     { NLMSG_ERROR, 5, -EBADMSG },
		{ NLMSG_ERROR, INT32_MIN, -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct seen seen = { 0 };
		struct diag_walk walk = a_walk(&seen);
		struct stream s = { 0 };

		put_message(&s, cases[i].type, 0, 5, &cases[i].value, sizeof(int));
		assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), cases[i].expected);
	}
}

static void an_interrupted_table_is_said(void **state)
{
	struct seen seen = { 0 };
	struct diag_walk walk = a_walk(&seen);
	struct stream s = { 0 };

	(void)state;
	put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_MULTI | NLM_F_DUMP_INTR, 5, "row", 4);
	assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), DIAG_MORE);
	assert_true(walk.interrupted);
	assert_int_equal(seen.rows, 1);
}

static void after_an_error_in_a_row_the_end_is_still_found(void **state)
{
	struct seen seen = { .fail_at = 1 };
	struct diag_walk walk = a_walk(&seen);
	struct stream s = { 0 };

	(void)state;
	put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, 5, "row", 4);
	put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, 5, "row", 4);
	put_message(&s, NLMSG_DONE, NLM_F_MULTI, 5, NULL, 0);
	assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), DIAG_DONE);
	assert_int_equal(walk.err, -ENOMEM);
	assert_int_equal(seen.rows, 1);
}

static void a_message_longer_than_the_buffer_is_refused(void **state)
{
	static const uint32_t lengths[] = { 0, 15, 21, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct seen seen = { 0 };
		struct diag_walk walk = a_walk(&seen);
		struct stream s = { 0 };

		put_message(&s, UAPI_SOCK_DIAG_BY_FAMILY, 0, 5, "row", 4);
		memcpy(s.bytes, &lengths[i], sizeof(lengths[i]));
		assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), -EBADMSG);
		assert_int_equal(seen.rows, 0);
	}
}

static void an_error_without_a_number_is_refused(void **state)
{
	struct seen seen = { 0 };
	struct diag_walk walk = a_walk(&seen);
	struct stream s = { 0 };

	(void)state;
	put_message(&s, NLMSG_ERROR, 0, 5, NULL, 0);
	assert_int_equal(diag_walk_messages(&walk, s.bytes, s.len), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_is_taken_from_its_field),
		cmocka_unit_test(a_mapped_address_is_stored_as_ipv4),
		cmocka_unit_test(a_minisocket_has_neither_info_nor_shutdown),
		cmocka_unit_test(states_beyond_ours_are_named_or_unknown),
		cmocka_unit_test(a_window_is_shut_only_where_the_kernel_tells_it),
		cmocka_unit_test(info_of_an_old_kernel_is_enough_and_a_shorter_one_is_none),
		cmocka_unit_test(a_listener_has_no_info_of_a_connection),
		cmocka_unit_test(a_subflow_is_told_by_name_or_by_its_part),
		cmocka_unit_test(tls_is_no_subflow),
		cmocka_unit_test(attributes_too_short_for_their_value_say_nothing),
		cmocka_unit_test(a_cut_message_is_refused),
		cmocka_unit_test(an_attribute_of_impossible_length_is_refused),
		cmocka_unit_test(another_family_is_refused),
		cmocka_unit_test(rows_are_given_up_to_the_end_mark),
		cmocka_unit_test(messages_of_another_request_are_skipped),
		cmocka_unit_test(errors_of_the_kernel_come_back),
		cmocka_unit_test(an_interrupted_table_is_said),
		cmocka_unit_test(after_an_error_in_a_row_the_end_is_still_found),
		cmocka_unit_test(a_message_longer_than_the_buffer_is_refused),
		cmocka_unit_test(an_error_without_a_number_is_refused),
	};

	return unit_run("diag decode", tests);
}
