// SPDX-License-Identifier: Apache-2.0
/* Is who opened it, who closed first and who is at the other end told, each with what tells so? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "build.h"

#define OLD 10000

static const struct fact_text *fact(const struct finding *f, const char *name)
{
	for (size_t i = 0; i < f->evidence.n; i++)
		if (strcmp(f->evidence.items[i].fact, name) == 0)
			return &f->evidence.items[i];
	return NULL;
}

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

static void who_opened_it_is_told_with_its_reason(void **state)
{
	static const struct {
		const char *local;
		uint8_t role;
		uint16_t flags;
		int backlog; /* of a listener on port 8000; -1 none */
		enum conn_role wanted;
		const char *value, *text;
	} cases[] = {
		{ "10.0.0.1:8000", ROLE_ACCEPTED, CONN_QUEUED, 128, ROLE_ACCEPTED, "remote",
		  "seen in the accept queue of a listener (0.0.0.0:8000)" },
		{ "10.0.0.1:8000", ROLE_ACCEPTED, 0, 128, ROLE_ACCEPTED, "remote",
		  "accept() made the socket" },
		{ "10.0.0.1:8000", ROLE_ACCEPTED, 0, -1, ROLE_ACCEPTED, "remote",
		  "which has a listener's backlog." },
		{ "10.0.0.1:8000", ROLE_UNKNOWN, 0, 128, ROLE_ACCEPTED, "remote",
		  "this host listens on the local port (0.0.0.0:8000)" },
		{ "10.0.0.1:40000", ROLE_CONNECTED, 0, -1, ROLE_CONNECTED, "local",
		  "connect() made the socket" },
		/* listen(fd, 0) leaves its children no backlog. */
		{ "10.0.0.1:8000", ROLE_CONNECTED, 0, 0, ROLE_ACCEPTED, "remote",
		  "this host listens on the local port" },
		{ "10.0.0.1:8000", ROLE_CONNECTED, 0, 128, ROLE_CONNECTED, "local",
		  "connect() made the socket" },
		{ "10.0.0.1:40000", ROLE_UNKNOWN, 0, -1, ROLE_CONNECTED, "local",
		  "local port 40000 is ephemeral (32768 to 60999), and nothing listens there" },
		{ "10.0.0.1:8000", ROLE_UNKNOWN, 0, -1, ROLE_UNKNOWN, "unknown",
		  "Who opened it cannot be told" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fact_text *told;
		struct snapshot s;
		struct judgement j;
		struct conn *c;

		build_init(&s);
		build_process(&s, "app", 100);
		if (cases[i].backlog >= 0)
			build_listener(&s, "*:8000", 0, (uint32_t)cases[i].backlog);
		c = snapshot_conn(&s, build_conn(&s, TCP_STATE_CLOSE_WAIT, cases[i].local,
						 "10.2.0.9:443", OLD));
		c->role = cases[i].role;
		c->flags |= cases[i].flags;
		judge_all(&s, &j);
		assert_int_equal(j.findings.n, 1);
		told = fact(&j.findings.items[0], "opened_by");
		assert_non_null(told);
		assert_string_equal(told->value, cases[i].value);
		if (!strstr(told->text, cases[i].text))
			fail_msg("%s", told->text);
		/* The connection and its finding never disagree. */
		assert_int_equal(j.findings.items[0].role, cases[i].wanted);
		assert_int_equal(j.verdicts[s.conns.n - 1].role, cases[i].wanted);
		end(&s, &j);
	}
}

static void who_closed_first_follows_from_the_state(void **state)
{
	static const struct {
		enum tcp_state state;
		const char *value;
	} cases[] = {
		{ TCP_STATE_CLOSE_WAIT, "remote" }, { TCP_STATE_LAST_ACK, "remote" },
		{ TCP_STATE_FIN_WAIT_1, "local" },  { TCP_STATE_FIN_WAIT_2, "local" },
		{ TCP_STATE_TIME_WAIT, "local" },   { TCP_STATE_CLOSING, "both" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fact_text *told;
		struct snapshot s;
		struct judgement j;

		build_init(&s);
		build_conn(&s, cases[i].state, "10.0.0.1:40000", "10.2.0.9:443", OLD);
		judge_all(&s, &j);
		assert_int_equal(j.findings.n, 1);
		told = fact(&j.findings.items[0], "closed_first");
		assert_non_null(told);
		assert_string_equal(told->value, cases[i].value);
		end(&s, &j);
	}
}

static void the_other_end_is_named_in_every_closing_state(void **state)
{
	static const enum tcp_state states[] = { TCP_STATE_FIN_WAIT_1, TCP_STATE_FIN_WAIT_2,
						 TCP_STATE_LAST_ACK, TCP_STATE_CLOSING };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		const struct fact_text *told;
		struct snapshot s;
		struct judgement j;
		uint32_t server;

		build_init(&s);
		build_process(&s, "server", 10);
		build_conn(&s, states[i], "127.0.0.1:40000", "127.0.0.1:8000", OLD);
		server = build_conn(&s, TCP_STATE_CLOSE_WAIT, "127.0.0.1:8000", "127.0.0.1:40000",
				    OLD);
		snapshot_conn(&s, server)->rqueue = 8;
		build_hold(&s, server, 0);
		judge_all(&s, &j);
		assert_int_equal(j.findings.n, 2);
		told = fact(&j.findings.items[j.findings.items[0].state != states[i]], "other_end");
		assert_non_null(told);
		assert_string_equal(told->value, "CLOSE_WAIT");
		assert_non_null(strstr(told->text, "server[10] holds it as fd "));
		assert_non_null(strstr(told->text, "CLOSE_WAIT with 7 bytes unread."));
		assert_int_equal(j.findings.items[0].paired_with, 1);
		assert_int_equal(j.findings.items[1].paired_with, 0);
		end(&s, &j);
	}
}

/* What stands beside is told with whether it is in use, as far as that could be seen. */
static void siblings_are_told_with_their_use(void **state)
{
	static const struct {
		uint32_t established, lately;
		const char *text;
	} cases[] = {
		{ 12, 3,
		  "12 ESTABLISHED connections of the same program to the same peer, 3 used in "
		  "the last 10 s: a pool" },
		{ 12, 12, "peer, all used in the last 10 s: a pool" },
		{ 12, 0, "peer, none used in the last 10 s: a pool" },
		{ 1, 0, "1 ESTABLISHED connection of the same program to the same peer, not used" },
		{ 2, VALUE_UNKNOWN, "to the same peer: a pool" },
		{ 0, 0, "No ESTABLISHED connection of the same program to the same peer stands" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fact_text *told;
		struct snapshot s;
		struct judgement j;
		uint32_t row;

		build_init(&s);
		build_process(&s, "app", 100);
		row = build_unread(&s, 0, 40000, OLD);
		if (cases[i].established) {
			assert_int_equal(array_grow(&s.peers, 1), 0);
			s.peers.items[s.peers.n++] =
				(struct peer_use){ .remote = snapshot_conn(&s, row)->remote,
						   .established = cases[i].established,
						   .lately = cases[i].lately };
		}
		judge_all(&s, &j);
		assert_int_equal(j.findings.n, 1);
		told = fact(&j.findings.items[0], "established_to_peer");
		assert_non_null(told);
		if (!strstr(told->text, cases[i].text))
			fail_msg("%s", told->text);
		end(&s, &j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_opened_it_is_told_with_its_reason),
		cmocka_unit_test(who_closed_first_follows_from_the_state),
		cmocka_unit_test(siblings_are_told_with_their_use),
		cmocka_unit_test(the_other_end_is_named_in_every_closing_state),
	};

	return unit_run("judge story", tests);
}
