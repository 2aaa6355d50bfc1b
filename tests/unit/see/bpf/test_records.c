// SPDX-License-Identifier: Apache-2.0
/* Does the iterator's stream become the rows it tells of, and is a broken stream refused? */
#include "unit.h"

#include <arpa/inet.h>
#include <linux/types.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/mem.h"
#include "see/bpf/evidence.h"
#include "see/bpf/records.h"

/* A stream as the kernel would write it. */
struct stream {
	char bytes[4096];
	size_t len;
};

static void put(struct stream *s, const void *rec, size_t len)
{
	memcpy(s->bytes + s->len, rec, len);
	s->len += len;
}

static void put_task(struct stream *s, uint32_t tgid, uint32_t pid, const char *comm)
{
	struct evidence_task rec = { .head = { .bytes = sizeof(rec), .kind = EVIDENCE_TASK },
				     .tgid = tgid,
				     .pid = pid };

	memcpy(rec.comm, comm, strlen(comm));
	put(s, &rec, sizeof(rec));
}

static void put_task_end(struct stream *s, uint32_t files)
{
	struct evidence_head rec = { .bytes = sizeof(rec), .kind = EVIDENCE_TASK_END, .fd = files };

	put(s, &rec, sizeof(rec));
}

static struct evidence_socket socket_record(uint32_t fd, uint32_t inode, uint8_t state)
{
	return (struct evidence_socket){ .head = { .kind = EVIDENCE_SOCKET, .fd = fd },
					 .inode = inode,
					 .netns = 77,
					 .state = state };
}

static void put_socket(struct stream *s, struct evidence_socket *rec)
{
	rec->head.bytes = (uint16_t)(offsetof(struct evidence_socket, regs) +
				     rec->n_regs * sizeof(rec->regs[0]));
	put(s, rec, rec->head.bytes);
}

static void put_plain(struct stream *s, uint32_t fd, uint32_t inode, uint8_t state)
{
	struct evidence_socket rec = socket_record(fd, inode, state);

	put_socket(s, &rec);
}

static struct records reader(struct file_table *t)
{
	return (struct records){ .table = t, .jiffies_per_s = 250, .process = ROW_NONE };
}

static void take_all(struct records *r, const struct stream *s)
{
	assert_int_equal(records_take(r, s->bytes, s->len), s->len);
}

static void a_socket_belongs_to_the_process_told_before_it(void **state)
{
	struct stream s = { 0 };
	struct file_table t = { 0 };
	struct records r = reader(&t);

	(void)state;
	put_task(&s, 100, 42, "java");
	put_plain(&s, 7, 1234, TCP_STATE_CLOSE_WAIT);
	put_task_end(&s, 512);
	take_all(&r, &s);
	assert_int_equal(t.rows.n, 1);
	assert_int_equal(t.rows.items[0].inode, 1234);
	assert_int_equal(t.rows.items[0].fd, 7);
	assert_int_equal(t.rows.items[0].netns, 77);
	assert_int_equal(t.processes.items[t.rows.items[0].process].pid, 42);
	assert_int_equal(t.processes.items[0].fds_open, 512);
	assert_string_equal(t.processes.items[0].comm, "java");
	records_finish(&r);
	file_table_finish(&t);
}

static void a_record_cut_anywhere_is_taken_when_the_rest_has_come(void **state)
{
	struct stream s = { 0 };

	(void)state;
	put_task(&s, 100, 42, "java");
	put_plain(&s, 7, 1234, TCP_STATE_CLOSE_WAIT);
	put_plain(&s, 8, 1235, TCP_STATE_CLOSE_WAIT);
	put_task_end(&s, 3);
	for (size_t cut = 0; cut <= s.len; cut++) {
		struct file_table t = { 0 };
		struct records r = reader(&t);
		long used = records_take(&r, s.bytes, cut);

		assert_in_range(used, 0, cut);
		assert_int_equal(records_take(&r, s.bytes + used, s.len - (size_t)used),
				 s.len - (size_t)used);
		assert_int_equal(t.rows.n, 2);
		records_finish(&r);
		file_table_finish(&t);
	}
}

static void sockets_that_nobody_watches_share_one_watch(void **state)
{
	struct stream s = { 0 };
	struct file_table t = { 0 };
	struct records r = reader(&t);

	(void)state;
	put_task(&s, 100, 42, "java");
	for (uint32_t i = 0; i < 50; i++)
		put_plain(&s, 7 + i, 1000 + i, TCP_STATE_CLOSE_WAIT);
	take_all(&r, &s);
	assert_int_equal(t.watches.n, 1);
	assert_int_equal(t.rows.items[49].watch, 0);
	assert_int_equal(t.watches.items[0].sleepers_known, 1);
	records_finish(&r);
	file_table_finish(&t);
}

static struct evidence_socket watched(uint32_t fd, uint32_t events, bool ready, uint16_t sleepers)
{
	struct evidence_socket rec = socket_record(fd, 1000 + fd, TCP_STATE_CLOSE_WAIT);

	rec.n_regs = 1;
	rec.regs[0] = (struct evidence_reg){
		.epoll = 5, .events = events, .ready = ready, .sleepers = sleepers
	};
	return rec;
}

static void a_spent_oneshot_is_told_from_an_armed_and_an_empty_one(void **state)
{
	static const struct {
		uint32_t events;
		int spent;
	} cases[] = {
		{ EPOLLONESHOT, 1 },
		{ EPOLLONESHOT | EPOLLET, 1 },
		{ EPOLLONESHOT | EPOLLIN | EPOLLERR | EPOLLHUP, 0 },
		{ EPOLLONESHOT | EPOLLERR | EPOLLHUP, 0 }, /* armed, but for nothing */
		{ EPOLLERR | EPOLLHUP, 0 },
		{ EPOLLET, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct evidence_socket rec = watched(7, cases[i].events, false, 1);
		struct stream s = { 0 };
		struct file_table t = { 0 };
		struct records r = reader(&t);

		put_task(&s, 100, 42, "c");
		put_socket(&s, &rec);
		take_all(&r, &s);
		assert_int_equal(t.regs.items[0].oneshot_spent, cases[i].spent);
		records_finish(&r);
		file_table_finish(&t);
	}
}

/* Looks at one socket twice and returns what is believed of it after that. */
static struct watch_reg look_twice(struct evidence_socket first, struct evidence_socket second)
{
	struct stream one = { 0 }, two = { 0 };
	struct file_table t = { 0 };
	struct records r = reader(&t);
	struct watch_reg reg;

	put_task(&one, 100, 42, "c");
	put_plain(&one, 3, 1003, TCP_STATE_LISTEN);
	put_socket(&one, &first);
	put_plain(&one, 90, 1090, TCP_STATE_CLOSE_WAIT);
	put_task_end(&one, 10);
	put_task(&two, 100, 42, "c");
	put_socket(&two, &second);
	put_task_end(&two, 10);
	take_all(&r, &one);
	r.again = true;
	r.process = ROW_NONE;
	take_all(&r, &two);
	assert_int_equal(t.rows.n, 3);
	reg = t.regs.items[t.watches.items[t.rows.items[1].watch].regs];
	records_finish(&r);
	file_table_finish(&t);
	return reg;
}

static void a_thread_asleep_at_one_of_two_looks_serves_the_set(void **state)
{
	(void)state;
	assert_int_equal(
		look_twice(watched(7, EPOLLIN, true, 0), watched(7, EPOLLIN, true, 1)).sleepers, 1);
	assert_int_equal(
		look_twice(watched(7, EPOLLIN, true, 1), watched(7, EPOLLIN, true, 0)).sleepers, 1);
	assert_int_equal(
		look_twice(watched(7, EPOLLIN, true, 0), watched(7, EPOLLIN, true, 0)).sleepers, 0);
}

static void ready_at_one_look_and_not_at_the_other_is_neither(void **state)
{
	(void)state;
	assert_int_equal(
		look_twice(watched(7, EPOLLIN, true, 0), watched(7, EPOLLIN, true, 0)).ready,
		FACT_YES);
	assert_int_equal(
		look_twice(watched(7, EPOLLIN, false, 0), watched(7, EPOLLIN, false, 0)).ready,
		FACT_NO);
	assert_int_equal(
		look_twice(watched(7, EPOLLIN, true, 0), watched(7, EPOLLIN, false, 0)).ready,
		FACT_UNKNOWN);
}

static void a_sleeper_seen_only_later_is_added_to_an_unwatched_socket(void **state)
{
	struct evidence_socket asleep = socket_record(90, 1090, TCP_STATE_CLOSE_WAIT);
	struct stream one = { 0 }, two = { 0 };
	struct file_table t = { 0 };
	struct records r = reader(&t);

	(void)state;
	put_task(&one, 100, 42, "c");
	put_plain(&one, 7, 1007, TCP_STATE_CLOSE_WAIT);
	put_plain(&one, 90, 1090, TCP_STATE_CLOSE_WAIT);
	put_task_end(&one, 10);
	asleep.sleepers = 1;
	put_task(&two, 100, 42, "c");
	put_socket(&two, &asleep);
	take_all(&r, &one);
	r.again = true;
	take_all(&r, &two);
	assert_int_equal(t.watches.items[t.rows.items[0].watch].sleepers, 0);
	assert_int_equal(t.watches.items[t.rows.items[1].watch].sleepers, 1);
	records_finish(&r);
	file_table_finish(&t);
}

/* 250 ticks a second, 1,000 of them before the clock in jiffies wraps at 32 bits. */
#define TICKS_AT_START (UINT32_MAX - 999)

static void put_clocks(struct stream *s, uint32_t now, uint32_t ago)
{
	struct evidence_clocks rec = {
		.head = { .bytes = sizeof(rec), .kind = EVIDENCE_CLOCKS, .fd = 7 },
		.bytes_acked = 5,
		.bytes_received = 1ull << 40,
		.now = now,
		.data_sent = now - ago,
		.data_received = now - ago - 1,
		.ack_received = now
	};

	put(s, &rec, sizeof(rec));
}

static void clocks_are_told_in_ms_before_they_were_read(void **state)
{
	/* 20 days are more jiffies than 31 bits hold on kernels with 1,000 a second. */
	static const struct {
		uint32_t after_start, ago;
	} cases[] = { { 0, 0 }, { 3, 250 }, { 2000, 7 }, { 25, 20 * 86400 * 250u } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stream s = { 0 };
		struct file_table t = { 0 };
		struct records r = reader(&t);
		const struct file_clocks *clocks;

		r.start_ns = 1000000000;
		r.jiffies = TICKS_AT_START;
		put_task(&s, 100, 42, "c");
		put_plain(&s, 6, 1006, TCP_STATE_LISTEN);
		put_plain(&s, 7, 1007, TCP_STATE_CLOSE_WAIT);
		put_clocks(&s, TICKS_AT_START + cases[i].after_start, cases[i].ago);
		take_all(&r, &s);
		assert_int_equal(t.rows.items[0].clocks, ROW_NONE);
		assert_int_equal(t.rows.items[1].clocks, 0);
		clocks = &t.clocks.items[0];
		assert_int_equal(clocks->read_ns, 1000000000 + cases[i].after_start * 4000000ull);
		assert_int_equal(clocks->last_data_sent_ms, cases[i].ago * 4);
		assert_int_equal(clocks->last_data_recv_ms, cases[i].ago * 4 + 4);
		assert_int_equal(clocks->last_ack_recv_ms, 0);
		assert_int_equal(clocks->bytes_acked, 5);
		assert_int_equal(clocks->bytes_received, 1ull << 40);
		records_finish(&r);
		file_table_finish(&t);
	}
}

static void without_the_length_of_a_tick_there_are_no_clocks(void **state)
{
	struct stream s = { 0 };
	struct file_table t = { 0 };
	struct records r = reader(&t);

	(void)state;
	r.jiffies_per_s = 0;
	put_task(&s, 100, 42, "c");
	put_plain(&s, 7, 1007, TCP_STATE_CLOSE_WAIT);
	put_clocks(&s, 5, 5);
	take_all(&r, &s);
	assert_int_equal(t.rows.items[0].clocks, ROW_NONE);
	records_finish(&r);
	file_table_finish(&t);
}

static void put_peer(struct stream *s, uint8_t last, uint32_t lately)
{
	struct evidence_peer rec = {
		.head = { .bytes = sizeof(rec), .kind = EVIDENCE_PEER, .fd = 1 },
		.remote = { (uint64_t)last << 24 | 10 },
		.remote_port_be16 = htons(443),
		.family = AF_INET,
		.netns = 77,
		.lately = lately
	};

	put(s, &rec, sizeof(rec));
}

static void siblings_are_counted_only_for_a_process_with_closing_connections(void **state)
{
	struct evidence_socket connected = socket_record(7, 1, TCP_STATE_CLOSE_WAIT);
	struct stream s = { 0 };
	struct file_table t = { 0 };
	struct records r = reader(&t);

	(void)state;
	put_task(&s, 100, 42, "busy");
	put_peer(&s, 1, 0);
	put_peer(&s, 2, 0);
	put_task_end(&s, 5);
	put_task(&s, 101, 43, "leaky");
	put_peer(&s, 9, 1);
	put_socket(&s, &connected);
	put_peer(&s, 9, 1);
	put_peer(&s, 9, 0);
	put_peer(&s, 8, 1);
	put_peer(&s, 8, EVIDENCE_UNTOLD);
	put_task_end(&s, 5);
	take_all(&r, &s);
	assert_int_equal(t.peers.n, 2);
	assert_int_equal(t.peers.items[0].established, 3);
	assert_int_equal(t.peers.items[0].lately, 2);
	assert_int_equal(t.peers.items[0].remote.addr[3], 9);
	assert_int_equal(t.peers.items[1].established, 2);
	assert_int_equal(t.peers.items[1].lately, VALUE_UNKNOWN);
	records_finish(&r);
	file_table_finish(&t);
}

static void a_broken_stream_is_refused(void **state)
{
	struct evidence_socket no_task = socket_record(7, 1, TCP_STATE_CLOSE_WAIT);
	struct evidence_socket long_regs = socket_record(7, 1, TCP_STATE_CLOSE_WAIT);
	struct evidence_head zero = { 0 };
	struct evidence_head no_kind = { .bytes = 64, .kind = 99 };
	struct evidence_head huge = { .bytes = UINT16_MAX, .kind = EVIDENCE_SOCKET };
	struct evidence_head small = { .bytes = 4, .kind = EVIDENCE_TASK_END };
	struct stream cases[7] = { 0 };

	(void)state;
	put_socket(&cases[0], &no_task);
	put(&cases[1], &zero, sizeof(zero));
	put(&cases[2], &no_kind, sizeof(no_kind));
	put(&cases[3], &huge, sizeof(huge));
	put(&cases[4], &small, sizeof(small));
	long_regs.head.bytes = offsetof(struct evidence_socket, regs);
	long_regs.n_regs = 4;
	put_task(&cases[5], 1, 1, "c");
	put(&cases[5], &long_regs, long_regs.head.bytes);
	put_task(&cases[6], 1, 1, "c");
	put_clocks(&cases[6], 9, 1); /* of no socket */
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct file_table t = { 0 };
		struct records r = reader(&t);

		assert_int_equal(records_take(&r, cases[i].bytes, cases[i].len), -ERR_MALFORMED);
		records_finish(&r);
		file_table_finish(&t);
	}
}

static void the_tick_is_found_from_both_clocks_but_not_near_five_minutes(void **state)
{
	static const uint32_t known[] = { 100, 250, 300, 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		uint64_t wrap = 1ull << 32;
		uint64_t hz = known[i];

		/* 300 s before the wrap at boot; then one minute, one day, one year later. */
		assert_int_equal(records_jiffies_per_s(wrap - 300 * hz + 60 * hz, 60000000000ull),
				 hz);
		assert_int_equal(
			records_jiffies_per_s(wrap - 300 * hz + 86400 * hz, 86400000000000ull), hz);
		assert_int_equal(records_jiffies_per_s(wrap - 300 * hz + 31536000 * hz,
						       31536000000000000ull),
				 hz);
		assert_int_equal(records_jiffies_per_s(wrap + 5 * hz, 305000000000ull), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_belongs_to_the_process_told_before_it),
		cmocka_unit_test(a_record_cut_anywhere_is_taken_when_the_rest_has_come),
		cmocka_unit_test(sockets_that_nobody_watches_share_one_watch),
		cmocka_unit_test(a_spent_oneshot_is_told_from_an_armed_and_an_empty_one),
		cmocka_unit_test(a_thread_asleep_at_one_of_two_looks_serves_the_set),
		cmocka_unit_test(ready_at_one_look_and_not_at_the_other_is_neither),
		cmocka_unit_test(a_sleeper_seen_only_later_is_added_to_an_unwatched_socket),
		cmocka_unit_test(clocks_are_told_in_ms_before_they_were_read),
		cmocka_unit_test(without_the_length_of_a_tick_there_are_no_clocks),
		cmocka_unit_test(siblings_are_counted_only_for_a_process_with_closing_connections),
		cmocka_unit_test(a_broken_stream_is_refused),
		cmocka_unit_test(the_tick_is_found_from_both_clocks_but_not_near_five_minutes),
	};

	return unit_run("see/bpf records", tests);
}
