// SPDX-License-Identifier: Apache-2.0
/* Does a wrong filter on the command line point at the offending word? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "capture.h"
#include "cli/command.h"
#include "cli/filter.h"

const struct command *const command_table[] = { NULL };

static const struct {
	const char *words[6];
	const char *message; /* all that is printed */
} wrongs[] = {
	{ { "state", "clse-wait", "and", "sport", "=:80" },
	  "linger: reading the filter: no state has this name; did you mean CLOSE_WAIT?\n"
	  "  state clse-wait and sport =:80\n"
	  "        ^^^^^^^^^\n" },
	{ { ":80", "and" },
	  "linger: reading the filter: a condition is missing here\n"
	  "  :80 and\n"
	  "         ^\n" },
	{ { "gr\xc3\xbcn\x1b[31m", "dst x" },
	  "linger: reading the filter: no filter begins with this word; like state close-wait, "
	  "dport = :443, pid = 4711, comm = java; linger help filter lists all\n"
	  "  gr\xc3\xbcn\\x1b[31m dst x\n"
	  "  ^^^^^^^^^^^^\n" },
};

static void the_offending_word_is_marked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		char copies[6][32], *words[6];
		const char *message;
		struct filter f;
		int n = 0, status;

		for (; n < 6 && wrongs[i].words[n]; n++) {
			snprintf(copies[n], sizeof(copies[n]), "%s", wrongs[i].words[n]);
			words[n] = copies[n];
		}
		capture_begin();
		status = cli_parse_filter(words, n, &f, NULL);
		message = capture_end();
		assert_int_equal(status, EXIT_USAGE);
		assert_string_equal(message, wrongs[i].message);
	}
}

static void a_right_filter_says_nothing(void **state)
{
	char text[] = "state close-wait :80";
	char *words[] = { text };
	struct filter f;

	(void)state;
	capture_begin();
	assert_int_equal(cli_parse_filter(words, 1, &f, NULL), EXIT_DONE);
	assert_int_equal(cli_parse_filter(words, 0, &f, NULL), EXIT_DONE);
	assert_string_equal(capture_end(), "");
	assert_int_equal(f.n, 0);
}

static void an_endless_filter_is_one_line(void **state)
{
	static char text[FILTER_TEXT_MAX + 10];
	char *words[] = { text };
	struct filter f;

	(void)state;
	memset(text, ' ', sizeof(text) - 1);
	capture_begin();
	assert_int_equal(cli_parse_filter(words, 1, &f, NULL), EXIT_USAGE);
	assert_string_equal(capture_end(), "linger: reading the filter: the filter is longer than "
					   "4096 characters\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_offending_word_is_marked),
		cmocka_unit_test(a_right_filter_says_nothing),
		cmocka_unit_test(an_endless_filter_is_one_line),
	};

	return unit_run("filter", tests);
}
