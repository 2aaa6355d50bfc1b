// SPDX-License-Identifier: Apache-2.0
/* Is each word behind `why` taken for what it is, and refused where it could be two things? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "capture.h"
#include "cli/command.h"
#include "cli/target.h"
#include "model/finding.h"

const struct command *const command_table[] = { NULL };

#define WORDS 5

static const struct {
	const char *words[WORDS];
	const char *texts[3]; /* as filters */
	enum target_kind kind;
} cases[] = {
	{ { "7f3a" }, { "finding = 7f3a" }, TARGET_ID },
	{ { "7F3" }, { "finding = 7F3" }, TARGET_ID },
	{ { "12" }, { "pid = 12" }, TARGET_PID },
	{ { "4711" }, { "finding = 4711 or pid = 4711" }, TARGET_ID_OR_PID },
	{ { "7f3a", "c2d1", "31" }, { "finding = 7f3a", "finding = c2d1", "pid = 31" }, TARGET_ID },
	{ { ":8080" }, { ":8080" }, TARGET_OTHER },
	{ { ":8080", ":9090", "7f3a" }, { ":8080", ":9090", "finding = 7f3a" }, TARGET_OTHER },
	{ { ":8080", "state", "listen" }, { ":8080 state listen" }, TARGET_OTHER },
	{ { ":8080", "and", "pid", "=", "5" }, { ":8080 and pid = 5" }, TARGET_OTHER },
	{ { "10.0.0.1:80", "10.0.0.2:81" }, { "src 10.0.0.1:80 dst 10.0.0.2:81" }, TARGET_OTHER },
	{ { "10.0.0.1:80-10.0.0.2:81" }, { "src 10.0.0.1:80 dst 10.0.0.2:81" }, TARGET_OTHER },
	{ { "10.0.0.1:80->10.0.0.2:81" }, { "src 10.0.0.1:80 dst 10.0.0.2:81" }, TARGET_OTHER },
	{ { "10.0.0.1:80", "-", "10.0.0.2:81" },
	  { "src 10.0.0.1:80 dst 10.0.0.2:81" },
	  TARGET_OTHER },
	{ { "10.0.0.1:80", "→", "10.0.0.2:81" },
	  { "src 10.0.0.1:80 dst 10.0.0.2:81" },
	  TARGET_OTHER },
	{ { "[::1]:80", "[2001:db8::2]:81" },
	  { "src [::1]:80 dst [2001:db8::2]:81" },
	  TARGET_OTHER },
	{ { "[::ffff:10.0.0.1]:80->[::ffff:10.0.0.2]:81" },
	  { "src [::ffff:10.0.0.1]:80 dst [::ffff:10.0.0.2]:81" },
	  TARGET_OTHER },
	{ { "127.0.0.53%lo:53", "127.0.0.1:5000" },
	  { "src 127.0.0.53:53 dst 127.0.0.1:5000" },
	  TARGET_OTHER },
	{ { "[fe80::1]%eth0:80", "[fe80::2]%eth0:81" },
	  { "src [fe80::1]:80 dst [fe80::2]:81" },
	  TARGET_OTHER },
	{ { "*:80", "*:*" }, { "src *:80 dst *:*" }, TARGET_OTHER },
	{ { "10.0.0.1:80", "10.0.0.2:81", "7f3a" },
	  { "src 10.0.0.1:80 dst 10.0.0.2:81", "finding = 7f3a" },
	  TARGET_OTHER },
	{ { "state", "close-wait" }, { "state close-wait" }, TARGET_OTHER },
	{ { "comm = java", "7f3a" }, { "comm = java", "finding = 7f3a" }, TARGET_OTHER },
	{ { "(", "pid", "5", ")" }, { "( pid 5 )" }, TARGET_OTHER },
};

static int parse(const char *const *from, struct targets *t)
{
	char copies[WORDS][64];
	char *words[WORDS];
	int n = 0, status;

	for (; n < WORDS && from[n]; n++) {
		snprintf(copies[n], sizeof(copies[n]), "%s", from[n]);
		words[n] = copies[n];
	}
	status = targets_parse(words, n, t);
	for (size_t i = 0; i < t->items.n; i++)
		t->items.items[i].word = NULL; /* borrowed from what ends here */
	return status;
}

static void words_are_taken_for_what_they_look_like(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct targets t = { 0 };
		size_t n = 0;

		assert_int_equal(parse(cases[i].words, &t), EXIT_DONE);
		for (; n < ARRAY_LEN(cases[i].texts) && cases[i].texts[n]; n++) {
			assert_true(n < t.items.n);
			assert_string_equal(t.items.items[n].text, cases[i].texts[n]);
		}
		assert_int_equal(t.items.n, n);
		assert_int_equal(t.items.items[0].kind, cases[i].kind);
		targets_finish(&t);
	}
}

static const struct {
	const char *words[WORDS];
	const char *message; /* a part of it */
} wrongs[] = {
	{ { "7g3" }, "no finding's id" },
	{ { "7f" }, "3 to 16 hexadecimal digits" },
	{ { "7f3a00000000abcd1" }, "3 to 16 hexadecimal digits" },
	{ { "12345678901234567" }, "3 to 16 hexadecimal digits" },
	{ { "java" }, "no filter begins so" },
	{ { "10.0.0.1:80" }, "write both" },
	{ { "10.0.0.1:80", "-" }, "write both" },
	{ { "10.0.0.1:80", "7f3a" }, "write both" },
	{ { "state", "clse-wait" }, "did you mean CLOSE_WAIT" },
	{ { "10.0.0.256:80", "10.0.0.1:81" }, "no address" },
	{ { "7f3a", "" }, "no finding's id" },
	{ { "\x1b[31m" }, "\\x1b[31m is no finding's id" },
};

static void what_can_be_nothing_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct targets t = { 0 };
		const char *message;
		int status;

		capture_begin();
		status = parse(wrongs[i].words, &t);
		message = capture_end();
		assert_int_equal(status, EXIT_USAGE);
		if (!strstr(message, wrongs[i].message))
			fail_msg("%s: %s", wrongs[i].words[0], message);
		targets_finish(&t);
	}
}

static struct process process = { .comm = "java", .pid = 4711 };
static struct holder holder = { .fd = 7 };
static struct conn conn = { .state = TCP_STATE_CLOSE_WAIT, .n_holders = 1, .inode = 1 };
static struct verdict verdict = { .owner = 0, .severity = SEVERITY_STUCK };
static struct finding finding = { .id_len = 4, .count = 1 };
static uint32_t member;

/* One finding of process 4711. */
static void fill(const char *id, struct snapshot *s, struct judgement *j)
{
	*s = (struct snapshot){ .conns = { &conn, 1, 1 },
				.holders = { &holder, 1, 1 },
				.processes = { &process, 1, 1 } };
	*j = (struct judgement){ .snapshot = s,
				 .verdicts = &verdict,
				 .findings = { &finding, 1, 1 },
				 .members = { &member, 1, 1 } };
	snprintf(finding.id, sizeof(finding.id), "%s", id);
}

/* What settling one word says; its status. */
static int settle(char *word, const char *id, struct buf *missing, struct targets *t)
{
	struct snapshot s;
	struct judgement j;

	fill(id, &s, &j);
	assert_int_equal(targets_parse(&word, 1, t), EXIT_DONE);
	return targets_settle(t, &j, missing);
}

static void digits_mean_what_is_there(void **state)
{
	static const struct {
		const char *id;
		int status;
		const char *missing;
	} there[] = {
		{ "7f3a00000000abcd", EXIT_DONE, "" },	/* the process */
		{ "4711000000000000", EXIT_USAGE, "" }, /* both */
	};
	char word[] = "4711", other[] = "4712";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(there); i++) {
		_buf_ struct buf missing = { 0 };
		struct targets t = { 0 };

		capture_begin();
		assert_int_equal(settle(word, there[i].id, &missing, &t), there[i].status);
		if (there[i].status == EXIT_USAGE)
			assert_non_null(strstr(capture_end(), "'finding = 4711' or 'pid = 4711'"));
		else
			assert_string_equal(capture_end(), "");
		assert_string_equal(buf_text(&missing), there[i].missing);
		targets_finish(&t);
	}
	{
		_buf_ struct buf missing = { 0 };
		struct targets t = { 0 };

		assert_int_equal(settle(other, "4721000000000000", &missing, &t), EXIT_DONE);
		assert_non_null(strstr(buf_text(&missing), "process 4712 has no connection"));
		assert_non_null(strstr(buf_text(&missing), "A local port is :4712"));
		assert_non_null(strstr(buf_text(&missing), "Near it are 4721."));
		targets_finish(&t);
	}
}

static void a_mistyped_id_is_told_with_those_near_it(void **state)
{
	_buf_ struct buf missing = { 0 };
	struct targets t = { 0 };
	char word[] = "7f3b";

	(void)state;
	assert_int_equal(settle(word, "7f3a00000000abcd", &missing, &t), EXIT_DONE);
	assert_non_null(strstr(buf_text(&missing), "No finding begins with 7f3b"));
	assert_non_null(strstr(buf_text(&missing), "Near it are 7f3a."));
	targets_finish(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_taken_for_what_they_look_like),
		cmocka_unit_test(what_can_be_nothing_is_refused),
		cmocka_unit_test(digits_mean_what_is_there),
		cmocka_unit_test(a_mistyped_id_is_told_with_those_near_it),
	};

	return unit_run("target", tests);
}
