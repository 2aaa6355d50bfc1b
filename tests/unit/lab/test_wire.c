// SPDX-License-Identifier: Apache-2.0
/* Does the other host speak TCP, and leave out what a scene wants left out? */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "lab/wire/host.h"
#include "lab/wire/segment.h"

enum { HERE = 8080, THERE = 443, HERE_SEQ = 5000 };

/* The other host at one end of a socket pair, and the test, in the kernel's place, at the other. */
struct bench {
	struct link link;
	struct host host;
	int kernel_fd;
};

/* Sender and receiver change places, which leaves every checksum as it was. */
static void turn_around(uint8_t *packet)
{
	uint8_t *a = packet + (packet[0] >> 4 == 6 ? 8 : 12), saved[16];
	size_t len = packet[0] >> 4 == 6 ? 16 : 4;

	memcpy(saved, a, len);
	memcpy(a, a + len, len);
	memcpy(a + len, saved, len);
}

static void begin(struct bench *b)
{
	int ends[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), errno);
	b->link = (struct link){ .fd = ends[0], .is_tun = true };
	b->kernel_fd = ends[1];
	host_init(&b->host, &b->link, AF_INET, -1);
}

static void end(struct bench *b)
{
	host_finish(&b->host);
	close(b->link.fd);
	close(b->kernel_fd);
}

/* The next segment that the other host sent; flags 0 when there is none. */
static struct segment next(struct bench *b)
{
	uint8_t packet[4096];
	struct segment s = { 0 };
	ssize_t n = read(b->kernel_fd, packet, sizeof(packet));

	if (n > 0) {
		turn_around(packet);
		assert_int_equal(segment_parse(packet, (size_t)n, &s), 0);
	}
	return s;
}

/* Lets the kernel send. */
static void say(struct bench *b, struct segment s)
{
	uint8_t packet[4096];
	int len;

	s.family = AF_INET;
	s.window = 1000;
	len = segment_build(&s, packet, sizeof(packet));
	assert_true(len > 0);
	turn_around(packet);
	assert_int_equal(host_take(&b->host, packet, (size_t)len), 0);
}

static void order(struct bench *b, enum wire_verb verb, uint32_t leg, uint32_t value)
{
	const struct wire_order o = { .verb = verb, .leg = leg, .value = value };

	assert_int_equal(host_obey(&b->host, &o), 0);
}

/* The kernel connects to the other host's port THERE. The first sequence number of that one. */
static uint32_t connect_there(struct bench *b)
{
	struct segment s;

	say(b,
	    (struct segment){
		    .src_port = HERE, .dst_port = THERE, .seq = HERE_SEQ, .flags = SEGMENT_SYN });
	s = next(b);
	assert_int_equal(s.flags, SEGMENT_SYN | SEGMENT_ACK);
	assert_int_equal(s.ack, HERE_SEQ + 1);
	assert_false(host_is_settled(&b->host));
	say(b, (struct segment){ .src_port = HERE,
				 .dst_port = THERE,
				 .seq = HERE_SEQ + 1,
				 .ack = s.seq + 1,
				 .flags = SEGMENT_ACK });
	assert_true(host_is_settled(&b->host));
	return s.seq + 1;
}

static void say_more(struct bench *b, uint32_t seq, uint32_t ack, uint32_t bytes, uint8_t flags)
{
	say(b, (struct segment){ .src_port = HERE,
				 .dst_port = THERE,
				 .seq = seq,
				 .ack = ack,
				 .payload_bytes = bytes,
				 .flags = SEGMENT_ACK | flags });
}

static void a_segment_is_read_as_it_was_built(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	uint8_t packet[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		const struct segment s = {
			.family = families[i],
			.src_port = 1,
			.dst_port = 65535,
			.seq = 0x01020304,
			.ack = 0xfffefdfc,
			.window = 7,
			.flags = SEGMENT_ACK | SEGMENT_FIN,
			.payload_bytes = 37,
		};
		struct segment read = { 0 };
		int len = segment_build(&s, packet, sizeof(packet));

		assert_true(len > 0);
		turn_around(packet);
		assert_int_equal(segment_parse(packet, (size_t)len, &read), 0);
		assert_int_equal(read.family, s.family);
		assert_int_equal(read.src_port, s.src_port);
		assert_int_equal(read.dst_port, s.dst_port);
		assert_int_equal(read.seq, s.seq);
		assert_int_equal(read.ack, s.ack);
		assert_int_equal(read.window, s.window);
		assert_int_equal(read.flags, s.flags);
		assert_int_equal(read.payload_bytes, s.payload_bytes);
	}
}

static void what_is_too_short_or_not_for_us_is_refused(void **state)
{
	const struct segment s = { .family = AF_INET, .flags = SEGMENT_SYN, .mss = 1400 };
	uint8_t packet[128];
	struct segment read;
	int len = segment_build(&s, packet, sizeof(packet));

	(void)state;
	assert_int_equal(len, 44);
	assert_int_equal(segment_parse(packet, (size_t)len, &read), -EBADMSG); /* not turned */
	turn_around(packet);
	for (size_t n = 0; n < 44; n++)
		assert_int_equal(segment_parse(packet, n, &read), -EBADMSG);
	packet[9] = 17; /* UDP */
	assert_int_equal(segment_parse(packet, (size_t)len, &read), -EBADMSG);
}

static void what_does_not_fit_is_not_built(void **state)
{
	const struct segment s = { .family = AF_INET6, .payload_bytes = 100 };
	uint8_t packet[128];

	(void)state;
	assert_int_equal(segment_build(&s, packet, sizeof(packet)), -EMSGSIZE);
}

static void it_opens_closes_and_forgets(void **state)
{
	struct bench b;
	struct segment s;

	(void)state;
	begin(&b);
	order(&b, WIRE_OPEN, HERE, 1);
	s = next(&b);
	assert_int_equal(s.flags, SEGMENT_SYN);
	assert_false(host_is_settled(&b.host));
	say(&b, (struct segment){ .src_port = HERE,
				  .dst_port = s.src_port,
				  .seq = HERE_SEQ,
				  .ack = s.seq + 1,
				  .flags = SEGMENT_SYN | SEGMENT_ACK });
	assert_int_equal(next(&b).flags, SEGMENT_ACK);
	assert_true(host_is_settled(&b.host));
	order(&b, WIRE_RESET, HERE, 0);
	assert_int_equal(next(&b).flags, SEGMENT_RST | SEGMENT_ACK);
	say(&b, (struct segment){ .src_port = HERE, .dst_port = s.src_port, .flags = SEGMENT_ACK });
	assert_int_equal(next(&b).flags, SEGMENT_RST | SEGMENT_ACK);
	assert_int_equal(host_next_ms(&b.host), -1);
	end(&b);
}

static void a_fin_goes_with_the_last_data_and_waits_for_its_answer(void **state)
{
	struct bench b;
	struct segment s;
	uint32_t seq;

	(void)state;
	begin(&b);
	seq = connect_there(&b);
	order(&b, WIRE_FIN, THERE, 37);
	s = next(&b);
	assert_int_equal(s.flags, SEGMENT_ACK | SEGMENT_PSH | SEGMENT_FIN);
	assert_int_equal(s.payload_bytes, 37);
	assert_false(host_is_settled(&b.host));
	say_more(&b, HERE_SEQ + 1, seq + 38, 0, 0);
	assert_true(host_is_settled(&b.host));
	assert_int_equal(next(&b).flags, 0);
	end(&b);
}

static void a_shut_window_takes_nothing_and_answers_probes(void **state)
{
	struct bench b;
	struct segment s;
	uint32_t seq;

	(void)state;
	begin(&b);
	seq = connect_there(&b);
	order(&b, WIRE_WINDOW, THERE, 0);
	assert_int_equal(next(&b).window, 0);
	say_more(&b, HERE_SEQ + 1, seq, 10, 0);
	s = next(&b);
	assert_int_equal(s.ack, HERE_SEQ + 1);
	say_more(&b, HERE_SEQ, seq, 0, 0); /* a probe is one below what is next */
	s = next(&b);
	assert_int_equal(s.ack, HERE_SEQ + 1);
	assert_int_equal(s.window, 0);
	end(&b);
}

static void a_silent_host_says_nothing_a_deaf_one_acknowledges_nothing(void **state)
{
	struct bench b;
	uint32_t seq;

	(void)state;
	begin(&b);
	seq = connect_there(&b);
	order(&b, WIRE_DEAF, THERE, 0);
	say_more(&b, HERE_SEQ + 1, seq, 0, SEGMENT_FIN);
	assert_int_equal(next(&b).flags, 0);
	order(&b, WIRE_FIN, THERE, 0);
	assert_int_equal(next(&b).ack, HERE_SEQ + 1);
	order(&b, WIRE_SILENT, THERE, 0);
	say_more(&b, HERE_SEQ + 1, seq, 0, SEGMENT_FIN);
	assert_int_equal(next(&b).flags, 0);
	assert_int_equal(host_next_ms(&b.host), -1);
	end(&b);
}

static void orders_mean_the_connections_since_the_last_next(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	connect_there(&b);
	order(&b, WIRE_NEXT, 0, 0);
	order(&b, WIRE_FIN, THERE, 0);
	assert_int_equal(next(&b).flags, 0);
	end(&b);
}

static void what_is_not_acknowledged_is_sent_again(void **state)
{
	struct bench b;
	struct segment s = { 0 };

	(void)state;
	begin(&b);
	connect_there(&b);
	order(&b, WIRE_SEND, THERE, 5);
	assert_int_equal(next(&b).payload_bytes, 5);
	for (int i = 0; i < 500 && !s.payload_bytes; i++) {
		poll(NULL, 0, host_next_ms(&b.host));
		assert_int_equal(host_tick(&b.host), 0);
		s = next(&b);
	}
	assert_int_equal(s.payload_bytes, 5);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_is_read_as_it_was_built),
		cmocka_unit_test(what_is_too_short_or_not_for_us_is_refused),
		cmocka_unit_test(what_does_not_fit_is_not_built),
		cmocka_unit_test(it_opens_closes_and_forgets),
		cmocka_unit_test(a_fin_goes_with_the_last_data_and_waits_for_its_answer),
		cmocka_unit_test(a_shut_window_takes_nothing_and_answers_probes),
		cmocka_unit_test(a_silent_host_says_nothing_a_deaf_one_acknowledges_nothing),
		cmocka_unit_test(orders_mean_the_connections_since_the_last_next),
		cmocka_unit_test(what_is_not_acknowledged_is_sent_again),
	};

	return unit_run("lab wire", tests);
}
