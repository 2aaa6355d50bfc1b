// SPDX-License-Identifier: Apache-2.0
/* What is said about a finding: short, true to its numbers, and nothing that a shell would take
 * otherwise than it is meant. */
#include "unit.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "build.h"

/* A line of 120 columns less the indent of the screen. */
#define FIX_MAX 100

#define OLD 10000

static void judge_all(const struct snapshot *s, struct judgement *ret_j)
{
	const struct judge_options all = { .older_than_ms = JUDGE_OLDER_THAN_MS, .expected = true };

	assert_int_equal(judge_run(s, &all, ret_j), 0);
}

static void end(struct snapshot *s, struct judgement *j)
{
	judgement_finish(j);
	snapshot_finish(s);
}

static void check_sentence(const char *text)
{
	size_t len = strlen(text);

	assert_true(len > 10);
	if (text[len - 1] != '.')
		fail_msg("no sentence: %s", text);
	assert_null(strstr(text, "  "));
	/* VALUE_UNKNOWN, COUNTER_UNKNOWN: a number that is not known is never printed. */
	if (strstr(text, "4294967295") || strstr(text, "18446744073709551615"))
		fail_msg("a number that is not known: %s", text);
}

static void check_words(const struct finding *f)
{
	check_sentence(f->why);
	check_sentence(f->ends_text);
	if (strlen(f->fix) > FIX_MAX)
		fail_msg("%zu columns: %s", strlen(f->fix), f->fix);
	assert_true(strlen(f->fix) > 10);
	if (f->fix_more)
		check_sentence(f->fix_more);
	for (size_t i = 0; i < f->evidence.n; i++) {
		check_sentence(f->evidence.items[i].text);
		assert_true(strlen(f->evidence.items[i].value) > 0);
	}
	for (size_t i = 0; i < f->releases.n; i++) {
		assert_true(strlen(f->releases.items[i].frees) > 0);
		assert_true(strlen(f->releases.items[i].keeps) > 0);
	}
}

/* A connection in each state, many ways at random, of a program of each runtime: whatever finding
 * comes of it is in order. */
static void every_finding_is_in_good_words(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		struct judgement j;
		struct snapshot s;
		struct watch *w;
		struct conn *c;

		build_init(&s);
		build_process(&s, "app", 100);
		s.processes.items[0].runtime = (uint8_t)(i % RUNTIME_MAX);
		if (i % 3 == 0) /* of a namespace that may not be entered */
			memset(&s.netns.items[0].settings, 0xff, sizeof(struct netns_settings));
		build_listener(&s, "*:8000", (uint32_t)(seed >> 40 & 1), 128);
		for (unsigned int k = 0; k < 1 + i % 2; k++) {
			seed = hash_mix(seed + 0x9e3779b97f4a7c15ull);
			c = snapshot_conn(
				&s, build_conn(&s, (enum tcp_state)(1 + seed % 11),
					       seed >> 8 & 1 ? "10.0.0.1:8000" : "10.0.0.1:40000",
					       "10.2.0.9:443", OLD + (seed >> 9) % 900));
			if (c->state == TCP_STATE_TIME_WAIT)
				continue;
			c->rqueue = (uint32_t)(seed >> 16) % 3 * 31 + (seed >> 18 & 1);
			c->wqueue = (uint32_t)(seed >> 20) % 3;
			c->timer = (uint8_t)((seed >> 24) % 5);
			c->retrans = c->backoff = (uint8_t)((seed >> 28) % 7);
			c->shutdown = seed >> 32 & 3;
			c->expires_ms = (uint32_t)(seed >> 34) % 60000;
			if (seed >> 60 == 0)
				c->has &= (uint16_t)~CONN_HAS_INFO;
			if (seed >> 60 == 1)
				c->has &= (uint16_t) ~(CONN_HAS_OPTIONS | CONN_HAS_IDLE);
			if (seed >> 50 & 1) {
				c->inode = 0;
				continue;
			}
			w = build_hold(&s, (uint32_t)s.conns.n - 1, 0);
			w->sleepers = (seed >> 51) % 8 == 0;
			if (seed >> 55 & 1)
				build_reg(&s,
					  (seed >> 56 & 1 ? EPOLLIN : EPOLLOUT) |
						  (seed >> 57 & 1 ? (uint32_t)EPOLLET : 0),
					  seed >> 58 & 1 ? FACT_YES : FACT_NO, seed >> 59 & 1);
		}
		judge_all(&s, &j);
		for (size_t k = 0; k < j.findings.n; k++)
			check_words(&j.findings.items[k]);
		end(&s, &j);
	}
}

static const struct finding *only(const struct judgement *j)
{
	assert_int_equal(j->findings.n, 1);
	return &j->findings.items[0];
}

static void numbers_are_those_of_the_finding(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "java", 4711);
	s.processes.items[0].runtime = RUNTIME_JVM;
	s.processes.items[0].fds_open = 8511;
	s.processes.items[0].fds_limit = 10000;
	for (uint16_t i = 0; i < 10; i++)
		snapshot_conn(&s, build_unread(&s, 0, (uint16_t)(40000 + i), OLD))->rqueue =
			i < 3 ? 32 : 1;
	judge_all(&s, &j);
	assert_string_equal(only(&j)->why, "The peer closed; its FIN waits unread and nothing in "
					   "the program watches these sockets.");
	assert_string_equal(only(&j)->evidence.items[0].fact, "receive_queue");
	assert_string_equal(only(&j)->evidence.items[0].value, "32");
	assert_string_equal(only(&j)->evidence.items[0].text,
			    "Unread in the receive queue: the FIN alone on 7 of 10, up to 31 bytes "
			    "and the FIN on 3 of 10 (31 bytes is the size of a TLS 1.2 "
			    "close_notify). The program has not read the end of file.");
	assert_string_equal(only(&j)->harm.items[0],
			    "8,511 of 10,000 file descriptors of java[4711] are used");
	assert_int_equal(only(&j)->ends_when, ENDS_NEVER);
	assert_non_null(strstr(only(&j)->fix, "evictIdleConnections"));
	end(&s, &j);
}

static void commands_hit_what_they_say(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	s.processes.items[0].unit = snapshot_string(&s, "app.service");
	build_unread(&s, 0, 40000, OLD);
	judge_all(&s, &j);
	assert_string_equal(only(&j)->releases.items[0].command,
			    "ss -K -t state close-wait 'src 10.0.0.1:40000 dst 10.2.0.9:443'");
	assert_string_equal(only(&j)->releases.items[1].command, "systemctl restart app.service");
	judgement_finish(&j);

	/* Several: by the end they share. */
	build_unread(&s, 0, 40001, OLD);
	judge_all(&s, &j);
	assert_string_equal(only(&j)->releases.items[0].command,
			    "ss -K -t state close-wait 'dst 10.2.0.9:443'");
	judgement_finish(&j);

	/* In another namespace, through its owner, not through whoever else was there. */
	s.netns.items[0].own = 0;
	s.netns.items[0].pid = 77;
	judge_all(&s, &j);
	assert_string_equal(only(&j)->releases.items[0].command,
			    "nsenter -t 100 -n ss -K -t state close-wait 'dst 10.2.0.9:443'");
	judgement_finish(&j);

	/* Where it would end one that is not meant too, there is none. */
	snapshot_conn(&s, build_unread(&s, 0, 40002, OLD))->rqueue = 0;
	judge_all(&s, &j);
	assert_string_equal(j.findings.items[0].releases.items[0].command,
			    "systemctl restart app.service");
	judgement_finish(&j);

	/* Where the kernel cannot, nothing is promised. */
	s.can.destroy = FACT_NO;
	judge_all(&s, &j);
	assert_string_equal(j.findings.items[0].releases.items[0].command,
			    "systemctl restart app.service");
	end(&s, &j);
}

/* Its owner is unknown, cannot be named, or is known to be elsewhere. */
static void another_namespace_is_entered_through_who_is_there(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	s.netns.items[0].own = 0;
	s.netns.items[0].pid = 77;
	build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:40000", "10.2.0.9:443", OLD);
	judge_all(&s, &j);
	assert_int_equal(strncmp(only(&j)->releases.items[0].command, "nsenter -t 77 -n ", 17), 0);
	end(&s, &j);

	for (unsigned int elsewhere = 0; elsewhere < 2; elsewhere++) {
		build_init(&s);
		s.netns.items[0].own = 0;
		s.netns.items[0].pid = 77;
		assert_int_equal(array_grow(&s.netns, 1), 0);
		s.netns.items[s.netns.n++] = (struct netns_row){ .inode = 2, .pid = 100 };
		build_process(&s, "app", elsewhere ? 100 : 0);
		build_unread(&s, 0, 40000, OLD);
		judge_all(&s, &j);
		assert_int_equal(
			strncmp(only(&j)->releases.items[0].command, "nsenter -t 77 -n ", 17), 0);
		end(&s, &j);
	}
}

/* The timer fires before the socket was idle for long enough: then it is set again. */
static void the_next_probe_is_told_once(void **state)
{
	const struct finding *f;
	const char *told = NULL;
	struct snapshot s;
	struct judgement j;
	struct conn *c;

	(void)state;
	build_init(&s);
	build_process(&s, "redis-server", 100);
	c = snapshot_conn(&s, build_unread(&s, 0, 40000, 69000));
	c->timer = TCP_TIMER_KEEPALIVE;
	c->expires_ms = 171000;
	c->flags |= CONN_KEEPALIVE;
	c->keepalive_idle_s = 300;
	c->keepalive_interval_s = 100;
	c->keepalive_probes = 3;
	judge_all(&s, &j);
	f = only(&j);
	for (uint32_t i = 0; i < f->evidence.n; i++)
		if (!strcmp(f->evidence.items[i].fact, "keepalive"))
			told = f->evidence.items[i].text;
	assert_non_null(told);
	assert_string_equal(told, "SO_KEEPALIVE is on; the next probe is due in 3 min 51 s.");
	assert_non_null(strstr(f->ends_text, ": the next probe goes in 3 min 51 s or later."));
	end(&s, &j);
}

static void clients_of_a_wildcard_are_filtered_by_its_port(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	build_listener(&s, "[::]:8000", 0, 128);
	for (unsigned int i = 0; i < 2; i++)
		build_hold(&s,
			   build_conn(&s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000",
				      i ? "10.7.0.1:50000" : "10.7.0.2:50000", OLD),
			   0);
	judge_all(&s, &j);
	assert_string_equal(only(&j)->releases.items[0].command,
			    "ss -K -t state close-wait 'sport = :8000'");
	judgement_finish(&j);
	snapshot_conn(&s, 0)->local = build_endpoint("10.0.0.1:8000");
	judge_all(&s, &j);
	assert_string_equal(only(&j)->releases.items[0].command,
			    "ss -K -t state close-wait 'src 10.0.0.1:8000'");
	end(&s, &j);
}

/* Names come from outside. */
static void no_name_gets_into_a_shell_or_onto_a_terminal_as_it_is(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	build_process(&s, "app", 100);
	s.processes.items[0].unit = snapshot_string(&s, "a;rm -rf ~.service");
	s.processes.items[0].comm = snapshot_string(&s, "a\033[2Jb\n");
	snapshot_conn(&s, build_unread(&s, 0, 40000, OLD))->rqueue = 0;
	judge_all(&s, &j);
	assert_int_equal(only(&j)->releases.n, 1);
	assert_null(strpbrk(only(&j)->why, "\033\n"));
	end(&s, &j);
}

static void what_is_normal_needs_no_release(void **state)
{
	struct snapshot s;
	struct judgement j;

	(void)state;
	build_init(&s);
	for (uint16_t i = 0; i < 3; i++)
		build_conn(&s, TCP_STATE_TIME_WAIT, "10.0.0.1:40000", "10.2.0.9:443", OLD);
	judge_all(&s, &j);
	assert_int_equal(only(&j)->releases.n, 0);
	assert_int_equal(only(&j)->harm.n, 0);
	assert_int_equal(only(&j)->ends_when, ENDS_BOUNDED);
	assert_int_equal(only(&j)->ends_in_ms, 50000);
	end(&s, &j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_finding_is_in_good_words),
		cmocka_unit_test(numbers_are_those_of_the_finding),
		cmocka_unit_test(commands_hit_what_they_say),
		cmocka_unit_test(another_namespace_is_entered_through_who_is_there),
		cmocka_unit_test(the_next_probe_is_told_once),
		cmocka_unit_test(clients_of_a_wildcard_are_filtered_by_its_port),
		cmocka_unit_test(no_name_gets_into_a_shell_or_onto_a_terminal_as_it_is),
		cmocka_unit_test(what_is_normal_needs_no_release),
	};

	return unit_run("judge words", tests);
}
