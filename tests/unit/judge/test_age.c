// SPDX-License-Identifier: Apache-2.0
/* Age brackets, from numbers measured on real sockets (facts F79-F82) and around the edges. */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/hash.h"
#include "build.h"
#include "judge/age.h"

#define T    JUDGE_OLDER_THAN_MS
#define NONE VALUE_UNKNOWN

/* Clocks in ms; what is 0 was not set, what is NONE is not known. */
struct clocks {
	const char *name;
	uint8_t state, timer, retrans, backoff;
	uint32_t sent, received, heard, expires, rto, wqueue;
	uint32_t idle;	  /* 0: not known */
	bool no_info;	  /* minisocket, or seen by BPF alone */
	bool no_file;	  /* orphan */
	bool unused;	  /* no data ever moved */
	uint32_t timeout; /* tcp_fin_timeout, 0 the usual 60 s */
	uint32_t at_least, at_most;
	enum standing standing;
};

#define CW TCP_STATE_CLOSE_WAIT
#define F1 TCP_STATE_FIN_WAIT_1
#define F2 TCP_STATE_FIN_WAIT_2
#define LA TCP_STATE_LAST_ACK
#define TW TCP_STATE_TIME_WAIT
#define ES TCP_STATE_ESTABLISHED
#define CL TCP_STATE_CLOSED

#define OLD    STANDING_OLD
#define YOUNG  STANDING_YOUNG
#define UNSURE STANDING_UNSURE

static const struct clocks table[] = {
	/* 12a: the FIN came 2 s ago, the last data before it 4 s, ours 3 s ago; what was heard 2 s
	 * ago might be a late ACK of ours. */
	{ "close_wait, 12a", CW, .sent = 3000, .received = 4000, .heard = 2000, .at_least = 2000,
	  .at_most = 4000, .standing = UNSURE },
	{ "close_wait, just old enough", CW, .sent = 9000, .received = 9000, .heard = T,
	  .at_least = T, .at_most = 9000, .standing = OLD },
	{ "close_wait, not quite", CW, .sent = 9000, .received = 9000, .heard = T - 1,
	  .at_least = T - 1, .at_most = 9000, .standing = YOUNG },
	/* 12a later: what we sent was acknowledged 1 s ago, the FIN is 3 s old or older. */
	{ "close_wait, our data acknowledged since", CW, .sent = 1000, .received = 5000,
	  .heard = 1000, .at_least = 1000, .at_most = 5000, .standing = UNSURE },
	{ "close_wait, acknowledged late", CW, .sent = 1900, .received = 9000, .heard = 1000,
	  .at_least = 1000, .at_most = 9000, .standing = UNSURE },
	{ "close_wait, our data long before", CW, .sent = 8000, .received = 9000, .heard = 1000,
	  .at_least = 1000, .at_most = 9000, .standing = YOUNG },
	/* 12a: 988 ms after an answered keepalive probe. */
	{ "close_wait, keepalive answered", CW, .timer = TCP_TIMER_KEEPALIVE, .sent = 8000,
	  .received = 9000, .heard = 988, .at_least = 988, .at_most = 9000, .standing = UNSURE },
	{ "close_wait, keepalive, but young at most", CW, .timer = TCP_TIMER_KEEPALIVE,
	  .sent = 1000, .received = 2000, .heard = 900, .at_least = 900, .at_most = 2000,
	  .standing = YOUNG },
	{ "close_wait, still sending", CW, .timer = TCP_TIMER_RETRANSMIT, .sent = 20, .wqueue = 100,
	  .received = 9000, .heard = 20, .rto = 200, .at_least = 20, .at_most = 9000,
	  .standing = UNSURE },
	/* The peer answers probes: it was heard 180 ms ago, and has taken nothing for 8 s. */
	{ "close_wait, shut window", CW, .timer = TCP_TIMER_PROBE, .sent = 8000, .wqueue = 100,
	  .received = 9000, .heard = 180, .rto = 200, .at_least = 8000, .at_most = 9000,
	  .standing = OLD },
	{ "close_wait, shut window before the FIN", CW, .timer = TCP_TIMER_PROBE, .sent = 60000,
	  .wqueue = 100, .received = 2000, .heard = 180, .rto = 200, .at_least = 2000,
	  .at_most = 2000, .standing = YOUNG },
	/* 12f: never used: the data clocks count from the handshake. */
	{ "close_wait, 12f", CW, .sent = 2000, .received = 2000, .heard = 1000, .unused = true,
	  .at_least = 1000, .at_most = 2000, .standing = YOUNG },
	{ "close_wait, clocks crossed", CW, .sent = 5000, .received = 4999, .heard = 5000,
	  .at_least = 5000, .at_most = 5000, .standing = OLD },
	{ "close_wait, BPF alone, old", CW, .no_info = true, .idle = 4000, .at_least = 4000,
	  .at_most = NONE, .standing = OLD },
	{ "close_wait, BPF alone, touched", CW, .no_info = true, .idle = 100, .at_least = 100,
	  .at_most = NONE, .standing = UNSURE },
	{ "close_wait, no clock at all", CW, .no_info = true, .at_least = NONE, .at_most = NONE,
	  .standing = UNSURE },

	{ "fin_wait_2, half-closed", F2, .sent = 5000, .received = 7000, .heard = 4000,
	  .at_least = 4000, .at_most = 5000, .standing = OLD },
	{ "fin_wait_2, the peer still sends", F2, .sent = 60000, .received = 100, .heard = 100,
	  .at_least = 100, .at_most = 60000, .standing = UNSURE },
	{ "fin_wait_2, nothing since", F2, .sent = 60000, .received = 60000, .heard = 100,
	  .at_least = 100, .at_most = 60000, .standing = YOUNG },
	{ "fin_wait_2, keepalive", F2, .timer = TCP_TIMER_KEEPALIVE, .sent = 60000,
	  .received = 60000, .heard = 100, .at_least = 100, .at_most = 60000, .standing = UNSURE },
	{ "fin_wait_2, orphan", F2, .timer = TCP_TIMER_MINISOCKET, .expires = 48000,
	  .no_info = true, .no_file = true, .at_least = 12000, .at_most = 12000, .standing = OLD },
	{ "fin_wait_2, orphan, young", F2, .timer = TCP_TIMER_MINISOCKET, .expires = 59000,
	  .no_info = true, .no_file = true, .at_least = 1000, .at_most = 1000, .standing = YOUNG },
	{ "fin_wait_2, orphan, armed with another timeout", F2, .timer = TCP_TIMER_MINISOCKET,
	  .expires = 61000, .no_info = true, .no_file = true, .at_least = NONE, .at_most = NONE,
	  .standing = UNSURE },
	/* F47: tcp_fin_timeout 90 is 30 s as a full socket, then 30 s as a minisocket. */
	{ "fin_wait_2, full orphan", F2, .timer = TCP_TIMER_KEEPALIVE, .expires = 20000,
	  .no_file = true, .timeout = 90, .at_least = 10000, .at_most = 10000, .standing = OLD },
	{ "fin_wait_2, its minisocket", F2, .timer = TCP_TIMER_MINISOCKET, .expires = 20000,
	  .no_info = true, .no_file = true, .timeout = 90, .at_least = 40000, .at_most = 40000,
	  .standing = OLD },
	{ "fin_wait_2, orphan, timeout unreadable", F2, .timer = TCP_TIMER_MINISOCKET,
	  .expires = 20000, .no_info = true, .no_file = true, .timeout = NONE, .at_least = NONE,
	  .at_most = NONE, .standing = UNSURE },

	{ "time_wait", TW, .timer = TCP_TIMER_MINISOCKET, .expires = 50000, .no_info = true,
	  .at_least = 10000, .at_most = NONE, .standing = OLD },
	{ "time_wait, young", TW, .timer = TCP_TIMER_MINISOCKET, .expires = 58000, .no_info = true,
	  .at_least = 2000, .at_most = NONE, .standing = YOUNG },

	/* Measured: a FIN to a mute peer, rto 204 at first; truly 568, 2108, 5200, 14116 ms ago. */
	{ "fin_wait_1, one retransmit", F1, .timer = TCP_TIMER_RETRANSMIT, .retrans = 1,
	  .backoff = 1, .rto = 408, .expires = 292, .wqueue = 1, .sent = 856, .at_least = 320,
	  .at_most = 856, .standing = YOUNG },
	{ "fin_wait_1, three", F1, .timer = TCP_TIMER_RETRANSMIT, .retrans = 3, .backoff = 3,
	  .rto = 1632, .expires = 1264, .wqueue = 1, .sent = 2372, .at_least = 1796,
	  .at_most = 2372, .standing = YOUNG },
	{ "fin_wait_1, four", F1, .timer = TCP_TIMER_RETRANSMIT, .retrans = 4, .backoff = 4,
	  .rto = 3264, .expires = 1508, .wqueue = 1, .sent = 5424, .at_least = 4816,
	  .at_most = 5424, .standing = OLD },
	{ "fin_wait_1, six", F1, .timer = TCP_TIMER_RETRANSMIT, .retrans = 6, .backoff = 6,
	  .rto = 13056, .expires = 12000, .wqueue = 1, .sent = 14368, .at_least = 13908,
	  .at_most = 14368, .standing = OLD },
	{ "last_ack, data behind", LA, .timer = TCP_TIMER_RETRANSMIT, .retrans = 6, .backoff = 6,
	  .rto = 13056, .expires = 12000, .wqueue = 500, .sent = 900, .at_least = 13908,
	  .at_most = NONE, .standing = OLD },
	{ "last_ack, no backoff (ICMP)", LA, .timer = TCP_TIMER_RETRANSMIT, .retrans = 4,
	  .backoff = 0, .rto = 204, .expires = 100, .wqueue = 2, .at_least = 920, .at_most = NONE,
	  .standing = YOUNG },
	{ "last_ack, longest waits", LA, .timer = TCP_TIMER_RETRANSMIT, .retrans = 12,
	  .backoff = 12, .rto = 120000, .expires = 120000, .wqueue = 2, .at_least = 118755,
	  .at_most = NONE, .standing = OLD },
	{ "fin_wait_1, just sent", F1, .timer = TCP_TIMER_RETRANSMIT, .rto = 204, .expires = 50,
	  .wqueue = 1, .sent = 800, .at_least = 0, .at_most = 800, .standing = YOUNG },
	/* Measured: the peer's window shut for 9456 ms, probes answered all the while. */
	{ "fin_wait_1, shut window", F1, .timer = TCP_TIMER_PROBE, .backoff = 5, .rto = 212,
	  .expires = 4104, .wqueue = 621193, .sent = 9456, .heard = 2680, .at_least = 9456,
	  .at_most = NONE, .standing = OLD },
	{ "fin_wait_1, BPF alone", F1, .timer = TCP_TIMER_RETRANSMIT, .retrans = 4, .backoff = 4,
	  .wqueue = 2, .no_info = true, .idle = 50, .at_least = 3000, .at_most = NONE,
	  .standing = OLD },

	{ "ghost", CL, .no_info = true, .idle = 5000, .at_least = 5000, .at_most = NONE,
	  .standing = OLD },
	{ "ghost, just died", CL, .no_info = true, .idle = 10, .at_least = 10, .at_most = NONE,
	  .standing = YOUNG },
	{ "ghost by /proc", CL, .no_info = true, .at_least = NONE, .at_most = NONE,
	  .standing = UNSURE },

	{ "established, silent", ES, .timer = TCP_TIMER_RETRANSMIT, .retrans = 5, .backoff = 5,
	  .rto = 6400, .expires = 400, .heard = 60000, .wqueue = 9, .at_least = 12200,
	  .at_most = 60000, .standing = OLD },
	{ "established, heard after the first loss", ES, .timer = TCP_TIMER_RETRANSMIT,
	  .retrans = 5, .backoff = 5, .rto = 6400, .expires = 400, .heard = 9000, .wqueue = 9,
	  .at_least = 9000, .at_most = 9000, .standing = OLD },
	/* Measured with an interval of 2 s; here it is the sysctl's 75 s: two probes, the last 5 s
	 * ago. */
	{ "established, probes", ES, .timer = TCP_TIMER_KEEPALIVE, .retrans = 2, .expires = 70000,
	  .heard = 7300000, .at_least = 80000, .at_most = 7300000, .standing = OLD },
	/* Measured: probes after 0.2, 0.6, 1.4, 3, 6.2 and 12.6 s. */
	{ "established, probes of a shut window", ES, .timer = TCP_TIMER_PROBE, .retrans = 6,
	  .backoff = 6, .rto = 200, .expires = 12000, .heard = 13500, .wqueue = 9,
	  .at_least = 13200, .at_most = 13500, .standing = OLD },
	{ "established, BPF alone", ES, .timer = TCP_TIMER_RETRANSMIT, .retrans = 3, .backoff = 3,
	  .wqueue = 9, .no_info = true, .idle = 10, .at_least = 1400, .at_most = NONE,
	  .standing = UNSURE },
};

static void make(struct snapshot *s, const struct clocks *t)
{
	struct conn *c;

	build_init(s);
	if (t->timeout)
		s->netns.items[0].settings.fin_timeout_s = t->timeout;
	c = snapshot_conn(s, build_conn(s, t->state, "10.0.0.1:40000", "10.2.0.9:443", 0));
	c->has = CONN_HAS_DIAG | (t->no_info ? 0 : CONN_HAS_INFO);
	c->timer = t->timer;
	c->retrans = t->retrans;
	c->backoff = t->backoff;
	c->last_data_sent_ms = t->no_info ? NONE : t->sent;
	c->last_data_recv_ms = t->no_info ? NONE : t->received;
	c->last_ack_recv_ms = t->no_info ? NONE : t->heard;
	c->expires_ms = t->expires;
	c->rto_ms = t->rto;
	c->wqueue = t->wqueue;
	c->idle_ms = t->idle ? t->idle : NONE;
	c->inode = t->no_file ? 0 : 77;
	if (t->unused) {
		c->bytes_acked = 0;
		c->bytes_received = 1;
	}
}

static void brackets_and_standings_are_as_measured(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct clocks *t = &table[i];
		enum standing standing;
		struct snapshot s;
		struct age age;

		make(&s, t);
		age = age_bracket(&s, snapshot_conn(&s, 0));
		standing = age_standing(snapshot_conn(&s, 0), age, T);
		if (age.at_least_ms != t->at_least || age.at_most_ms != t->at_most ||
		    standing != t->standing) {
			print_message("# %s: got %u to %u, standing %d\n", t->name, age.at_least_ms,
				      age.at_most_ms, standing);
			wrong++;
		}
		snapshot_finish(&s);
	}
	assert_int_equal(wrong, 0);
}

/* Whatever the numbers: the bracket is one, and nothing overflows. */
static void no_clock_makes_a_bracket_that_contradicts_itself(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		uint32_t parts[12];
		struct snapshot s;
		struct conn *c;
		struct age age;

		for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
			seed = hash_mix(seed + 0x9e3779b97f4a7c15ull);
			parts[k] = (uint32_t)seed >> (seed >> 32 & 31);
		}
		if (i % 1000 == 0) {
			build_init(&s);
			build_conn(&s, CW, "10.0.0.1:40000", "10.2.0.9:443", 0);
		}
		c = snapshot_conn(&s, 0);
		c->state = (uint8_t)(parts[0] % TCP_STATE_MAX);
		c->has = (uint16_t)parts[1];
		c->timer = (uint8_t)(parts[2] % 5);
		c->retrans = (uint8_t)parts[3];
		c->backoff = (uint8_t)parts[4];
		c->last_data_sent_ms = parts[5];
		c->last_data_recv_ms = parts[6];
		c->last_ack_recv_ms = parts[7];
		c->expires_ms = parts[8];
		c->rto_ms = parts[9];
		c->wqueue = parts[10];
		c->idle_ms = parts[11];
		age = age_bracket(&s, c);
		if (age.at_least_ms != NONE)
			assert_true(age.at_least_ms <= age.at_most_ms);
		assert_int_not_equal(age_standing(c, age, T), STANDING_NONE);
		if (i % 1000 == 999)
			snapshot_finish(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brackets_and_standings_are_as_measured),
		cmocka_unit_test(no_clock_makes_a_bracket_that_contradicts_itself),
	};

	return unit_run("judge age", tests);
}
