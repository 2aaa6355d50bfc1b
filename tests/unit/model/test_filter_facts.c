// SPDX-License-Identifier: Apache-2.0
/* Do conditions about owners and verdicts match what is known, and nothing of what is not? */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "model/filter.h"
#include "model/finding.h"
#include "model/snapshot.h"

/* Three processes: one known well, one of which /proc told nothing but its name, one outside our
 * pid namespace. */
static struct process processes[] = {
	{ .comm = "java",
	  .exe = "/opt/jdk/bin/java",
	  .cmdline = "java -jar /srv/orders.jar",
	  .unit = "orders.service",
	  .container = "3f9c7d21aa0b3f9c7d21aa0b3f9c7d21aa0b3f9c7d21aa0b3f9c7d21aa0b3f9c",
	  .pod = "shop/orders-7d4",
	  .pid = 4711,
	  .start_ns = 1 },
	{ .comm = "Web Content", .pid = 902 },
	{ .comm = "nginx", .pid = 0 },
	{ .comm = "bash", .exe = "/usr/bin/bash", .cmdline = "bash", .pid = 31, .start_ns = 1 },
};

static struct holder holders[] = {
	{ .conn = 0, .process = 0, .fd = 7 },  { .conn = 1, .process = 0, .fd = 8 },
	{ .conn = 1, .process = 1, .fd = 12 }, { .conn = 2, .process = 2, .fd = 9 },
	{ .conn = 3, .process = 3, .fd = 3 },
};

/* The connections that filters are tried on; bit i of an expectation is row i. */
static struct conn conns[] = {
	{ .state = TCP_STATE_CLOSE_WAIT, .holders = 0, .n_holders = 1, .inode = 10 },
	{ .state = TCP_STATE_CLOSE_WAIT, .holders = 1, .n_holders = 2, .inode = 11 },
	{ .state = TCP_STATE_FIN_WAIT_2, .holders = 3, .n_holders = 1, .inode = 12 },
	{ .state = TCP_STATE_ESTABLISHED, .holders = 4, .n_holders = 1, .inode = 13 },
	{ .state = TCP_STATE_TIME_WAIT },		/* nobody can hold it */
	{ .state = TCP_STATE_CLOSE_WAIT, .inode = 14 }, /* held by somebody not seen */
	{ .state = TCP_STATE_CLOSE_WAIT, .netns = 1 },	/* waits for bash to accept it */
	{ .state = TCP_STATE_LAST_ACK, .netns = ROW_NONE, .inode = 15 }, /* nothing is known */
};

#define ROWS ARRAY_LEN(conns)

enum { EOF_IGNORED = 0, EOF_UNWATCHED, TIME_WAIT_CAUSE };

static struct verdict verdicts[] = {
	{ .age = { 60000, 70000 },
	  .owner = 0,
	  .cause = EOF_IGNORED,
	  .severity = SEVERITY_STUCK,
	  .confidence = CONFIDENCE_CERTAIN,
	  .standing = STANDING_OLD,
	  .finding = 0 },
	{ .age = { 10000, VALUE_UNKNOWN },
	  .owner = 1,
	  .cause = EOF_UNWATCHED,
	  .severity = SEVERITY_STUCK,
	  .confidence = CONFIDENCE_LIKELY,
	  .standing = STANDING_UNSURE,
	  .finding = 1 },
	{ .age = { VALUE_UNKNOWN, 2000 },
	  .owner = 3,
	  .cause = EOF_IGNORED,
	  .severity = SEVERITY_STUCK,
	  .confidence = CONFIDENCE_POSSIBLE,
	  .standing = STANDING_YOUNG,
	  .finding = ROW_NONE },
	{ .owner = ROW_NONE, .cause = UINT8_MAX, .finding = ROW_NONE },
	{ .age = { 5000, 5000 },
	  .owner = ROW_NONE,
	  .cause = TIME_WAIT_CAUSE,
	  .severity = SEVERITY_EXPECTED,
	  .confidence = CONFIDENCE_CERTAIN,
	  .standing = STANDING_OLD,
	  .finding = ROW_NONE },
	{ .age = { VALUE_UNKNOWN, VALUE_UNKNOWN },
	  .owner = ROW_NONE,
	  .cause = EOF_IGNORED,
	  .severity = SEVERITY_STUCK,
	  .confidence = CONFIDENCE_LIKELY,
	  .standing = STANDING_UNSURE,
	  .finding = ROW_NONE },
	{ .age = { 5000, 9000 },
	  .owner = 4,
	  .cause = EOF_UNWATCHED,
	  .severity = SEVERITY_STUCK,
	  .confidence = CONFIDENCE_CERTAIN,
	  .standing = STANDING_OLD,
	  .finding = ROW_NONE },
	{ .owner = ROW_NONE, .finding = ROW_NONE },
};

static struct finding findings[] = {
	{ .id = "7f3a00000000abcd", .role = ROLE_CONNECTED },
	{ .id = "c2d1000000001234", .role = ROLE_ACCEPTED },
};

static struct netns_row netns[] = {
	{ .inode = 100, .own = 1, .settings = { .port_low = 32768, .port_high = 60999 } },
	{ .inode = 200, .settings = { .port_low = VALUE_UNKNOWN, .port_high = VALUE_UNKNOWN } },
};

static struct snapshot snapshot;
static struct judgement judgement;

static void fill(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		conns[i].local =
			(struct endpoint){ .version = 4, .port = (uint16_t)(i % 2 ? 40000 : 443) };
		conns[i].remote = conns[i].local;
	}
	conns[0].has = CONN_HAS_DIAG | CONN_HAS_CGROUP;
	conns[0].uid = 1000;
	conns[0].cgroup_id = 77;
	conns[0].ifindex = 3;
	conns[4].has = CONN_HAS_DIAG;
	conns[3].role = ROLE_ACCEPTED;
	snapshot.conns.items = conns;
	snapshot.conns.n = ROWS;
	snapshot.holders.items = holders;
	snapshot.holders.n = ARRAY_LEN(holders);
	snapshot.processes.items = processes;
	snapshot.processes.n = ARRAY_LEN(processes);
	snapshot.netns.items = netns;
	snapshot.netns.n = ARRAY_LEN(netns);
	judgement.snapshot = &snapshot;
	judgement.verdicts = verdicts;
	judgement.findings.items = findings;
	judgement.findings.n = ARRAY_LEN(findings);
}

static const char *cause_id(uint8_t row)
{
	static const char *const ids[] = { "eof-ignored", "eof-unwatched", "time-wait" };

	return row < ARRAY_LEN(ids) ? ids[row] : "";
}

static int find_name(const char *name, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t value;
	} known[] = { { "deploy", 1000 }, { "blue", 200 }, { "eth0", 3 }, { "/system.slice", 77 } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, name) == 0) {
			*ret = known[i].value;
			return 0;
		}
	}
	return -ENOENT;
}

static const struct filter_names names = { .user = find_name,
					   .netns = find_name,
					   .device = find_name,
					   .cgroup = find_name,
					   .cause = cause_id };

#define ALL 0xffu

static const struct {
	const char *text;
	uint32_t matches;
} meanings[] = {
	/* pid: the holders, or who has not accepted it (6); 4 has none, 2, 5 and 7 are not known */
	{ "pid = 4711", 0x03 },
	{ "pid 4711", 0x03 },
	{ "pid = 902", 0x02 },
	{ "pid = 31", 0x48 },
	{ "pid != 31", 0x13 },
	{ "not pid = 31", 0x13 },
	{ "pid > 900", 0x03 },
	{ "pid < 900", 0x48 },
	{ "not pid > 900", 0x58 },
	{ "fd = 7", 0x01 },
	{ "fd >= 8", 0x06 },
	{ "fd = 9 or fd = 3", 0x0c },
	{ "comm = java", 0x03 },
	{ "comm java", 0x03 },
	{ "comm = Java", 0 },
	{ "comm = j*", 0x03 },
	{ "comm = \"Web Content\"", 0x02 },
	{ "comm = 'Web C*'", 0x02 },
	{ "comm = nginx", 0x04 },
	{ "comm != java", 0x5c },
	{ "not comm = java", 0x5c },
	{ "comm != *", 0x10 },
	{ "comm = 'j\\ava'", 0x03 },
	{ "exe = java", 0x03 },
	{ "exe = /opt/jdk/bin/java", 0x03 },
	{ "exe = */jdk/*", 0x03 },
	{ "exe = bash", 0x48 },
	/* of the one with two holders one program could not be read: it may be bash, too */
	{ "exe != bash", 0x11 },
	{ "program = bash", 0x48 },
	{ "cmdline = *orders.jar", 0x03 },
	{ "unit = orders.service", 0x03 },
	{ "unit = orders", 0x03 },
	{ "unit = ord*", 0x03 },
	{ "unit = nginx", 0 },
	/* bash is in none: known; of Web Content and nginx it is not */
	{ "unit != nginx", 0x59 },
	{ "not unit = *", 0x58 },
	{ "container = 3f9c", 0x03 },
	{ "container = 3f9", 0 },
	{ "container = 3f9*", 0x03 },
	{ "pod = orders-7d4", 0x03 },
	{ "pod = shop/*", 0x03 },
	{ "pod = orders", 0 },
	{ "uid = 1000", 0x01 },
	{ "uid = deploy", 0x01 },
	{ "user = deploy", 0x01 },
	{ "uid != 0", 0x01 },
	{ "uid = 0", 0 },
	{ "netns = 100", 0x3f },
	{ "netns = blue", 0x40 },
	{ "netns != blue", 0x3f },
	{ "dev = eth0", 0x01 },
	{ "dev != eth0", 0x10 },
	{ "cgroup = /system.slice", 0x01 },
	{ "cgroup = 77", 0x01 },
	{ "cgroup != 77", 0 },
	{ "autobound", 0x2a },
	{ "not autobound", 0x15 },
	{ "autobound and state close-wait", 0x22 },
	{ "cause = eof-ignored", 0x25 },
	{ "cause = EOF-IGNORED", 0x25 },
	{ "cause = eof-*", 0x67 },
	{ "cause != eof-*", 0x98 },
	{ "cause eof-unwatched", 0x42 },
	{ "severity = stuck", 0x67 },
	{ "severity = expected", 0x10 },
	{ "severity != stuck", 0x98 },
	{ "confidence = certain", 0x51 },
	{ "confidence >= likely", 0x73 },
	{ "confidence < likely", 0x04 },
	{ "role = accepted", 0x0a },
	{ "role = connected", 0x01 },
	{ "role != accepted", 0x01 },
	/* only what is sure by both bounds */
	{ "age > 30s", 0x01 },
	{ "age > 60s", 0 },
	{ "age >= 60s", 0x01 },
	{ "age > 10s", 0x01 },
	{ "age >= 10", 0x03 },
	{ "age < 2s", 0 },
	{ "age <= 2s", 0x04 },
	{ "age < 3s", 0x04 },
	{ "age < 5s", 0x04 },
	{ "age <= 5000ms", 0x14 },
	{ "not age > 9s", 0x54 },
	{ "age > 1m or not age > 1m", 0x54 },
	{ "finding = 7f3a", 0x01 },
	{ "id 7F3", 0x01 },
	{ "finding = c2d1000000001234", 0x02 },
	{ "finding != 7f3a", 0xfe },
	{ "comm = java and cause = eof-unwatched", 0x02 },
	{ "comm = java or severity = expected", 0x13 },
};

static void only_what_is_known_matches(void **state)
{
	(void)state;
	fill();
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		struct filter f = { 0 };
		struct filter_error error = { 0 };
		uint32_t matches = 0;

		if (filter_parse(meanings[i].text, strlen(meanings[i].text), &names, &f, &error) <
		    0)
			fail_msg("'%s' is refused: %s", meanings[i].text, error.message);
		for (uint32_t row = 0; row < ROWS; row++) {
			struct filter_subject subject = filter_subject_of(&judgement, row);

			matches |= (uint32_t)filter_match(&f, &subject) << row;
		}
		if (matches != meanings[i].matches)
			fail_msg("'%s' matches %#x, not %#x", meanings[i].text, matches,
				 meanings[i].matches);
	}
}

static void before_judging_nothing_is_known_of_a_verdict(void **state)
{
	static const char *const texts[] = {
		"cause = *",	     "cause != eof-ignored", "severity = stuck",
		"severity != stuck", "confidence = certain", "age > 1s",
		"not age > 1s",	     "finding = 7f3a",	     "finding != 7f3a"
	};

	(void)state;
	fill();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct filter f = { 0 };
		struct filter_error error = { 0 };
		struct filter_subject subject = { .snapshot = &snapshot, .row = 0 };

		assert_int_equal(filter_parse(texts[i], strlen(texts[i]), &names, &f, &error), 0);
		if (filter_match(&f, &subject))
			fail_msg("'%s' matches what was not judged", texts[i]);
	}
}

static const struct {
	const char *text;
	size_t offset, length;
	const char *message, *hint; /* a part of each */
} wrongs[] = {
	{ "pid", 3, 1, "a process id is missing", "" },
	{ "pid = java", 6, 4, "not a process id", "" },
	{ "pid = 4294967296", 6, 10, "not a process id", "" },
	{ "fd = x", 5, 1, "not a file descriptor", "" },
	{ "comm", 4, 1, "a name is missing", "" },
	{ "comm > java", 5, 1, "names have no order", "" },
	{ "comm = \"\"", 8, 1, "a name is missing", "" },
	{ "comm = \"java", 7, 1, "never closed", "" },
	{ "comm = \"java\\\"", 7, 1, "never closed", "" },
	{ "cause = eof-ignord", 8, 10, "no cause", "eof-ignored" },
	{ "cause = xyzzy", 8, 5, "no cause", "linger help causes" },
	{ "cause = xyz*", 8, 4, "no cause", "" },
	{ "cause > eof-ignored", 6, 1, "no order", "" },
	{ "eof-ignored", 0, 11, "no filter begins", "cause = eof-ignored" },
	{ "severity = stukc", 11, 5, "not a severity", "stuck" },
	{ "severity = xyzzy", 11, 5, "not a severity", "there are expected, stuck" },
	{ "confidence >= certan", 14, 6, "not a confidence", "certain" },
	{ "confidence = none", 13, 4, "not a confidence", "possible, likely, certain" },
	{ "role = client", 7, 6, "not a role", "accepted, connected" },
	{ "age = 5m", 4, 1, "two bounds", "age > 5m" },
	{ "age != 5m", 4, 2, "two bounds", "age > 5m" },
	{ "age 5m", 4, 2, "two bounds", "age > 5m" },
	{ "age", 3, 1, "an age is missing", "" },
	{ "age >", 5, 1, "an age is missing", "" },
	{ "age > 5w", 6, 2, "no time", "500ms" },
	{ "age > 99d", 6, 3, "no time", "" },
	{ "finding = 7f", 10, 2, "3 to 16", "" },
	{ "finding = 7f3g", 10, 4, "3 to 16", "" },
	{ "uid = nobody", 6, 6, "not a user that is known", "" },
	{ "netns = red", 8, 3, "not a network namespace that", "" },
	{ "dev = eth7", 6, 4, "not a network device", "" },
	{ "cgroup = /x", 9, 2, "not a cgroup", "" },
	{ "uid > 5", 4, 1, "users have no order", "" },
	{ "comn = java", 0, 4, "no filter begins", "comm" },
	{ "4711", 0, 4, "no filter begins", "pid = 4711" },
};

static void a_wrong_one_is_refused_at_the_offending_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct filter f;
		struct filter_error error = { 0 };

		if (filter_parse(wrongs[i].text, strlen(wrongs[i].text), &names, &f, &error) !=
		    -EINVAL)
			fail_msg("'%s' is not refused", wrongs[i].text);
		if (error.offset != wrongs[i].offset || error.length != wrongs[i].length)
			fail_msg("'%s' is marked at %zu+%zu, not %zu+%zu", wrongs[i].text,
				 error.offset, error.length, wrongs[i].offset, wrongs[i].length);
		if (!strstr(error.message, wrongs[i].message) ||
		    !strstr(error.hint, wrongs[i].hint))
			fail_msg("'%s' says '%s' and advises '%s'", wrongs[i].text, error.message,
				 error.hint);
	}
}

static void every_noun_says_what_it_asks(void **state)
{
	size_t n = 0;

	(void)state;
	for (; filter_noun_name(n); n++) {
		assert_non_null(filter_noun_takes(n));
		assert_true(strlen(filter_noun_says(n)) > 5);
	}
	assert_true(n >= 20);
	assert_null(filter_noun_takes(n));
	assert_null(filter_noun_says(n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_known_matches),
		cmocka_unit_test(before_judging_nothing_is_known_of_a_verdict),
		cmocka_unit_test(a_wrong_one_is_refused_at_the_offending_word),
		cmocka_unit_test(every_noun_says_what_it_asks),
	};

	return unit_run("filter facts", tests);
}
