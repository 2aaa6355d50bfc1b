// SPDX-License-Identifier: Apache-2.0
/* Is a command line taken apart by the command's own table, and a wrong one answered with help? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "capture.h"
#include "cli/parse.h"

static const struct command_option options[] = {
	{ "json", NULL, "print JSON", 'j' },
	{ "top", "N", "show N findings", 't' },
	{ "older-than", "TIME", "only those", 0 },
	{ .name = NULL },
};

static const struct command top = { .name = "", .synopsis = "", .summary = "", .options = options };
static const struct command list = {
	.name = "list", .synopsis = "[FILTER]", .summary = "lists", .options = options
};
static const struct command lab = {
	.name = "lab", .synopsis = "", .summary = "", .options = options, .takes_rest = true
};
static const struct command bare = { .name = "bare", .synopsis = "", .summary = "" };

const struct command *const command_table[] = { &top, &list, &lab, &bare, NULL };

#define WORDS_MAX 8

/* What is typed behind the command's name, and what comes out; `args` joined by blanks. */
static const struct {
	const struct command *command;
	const char *words[WORDS_MAX];
	enum parse_outcome outcome;
	const char *json, *top, *older; /* NULL absent */
	const char *args;
	const char *rest;    /* NULL when there was no -- for it */
	const char *message; /* a part of it, NULL none */
} lines[] = {
	{ &list, { 0 }, PARSE_RUN, NULL, NULL, NULL, "", NULL, NULL },
	{ &list, { "--json" }, PARSE_RUN, "", NULL, NULL, "", NULL, NULL },
	{ &list, { "-j", "-t5" }, PARSE_RUN, "", "5", NULL, "", NULL, NULL },
	{ &list, { "-jt", "5" }, PARSE_RUN, "", "5", NULL, "", NULL, NULL },
	{ &list, { "--top=5", "--top", "6" }, PARSE_RUN, NULL, "6", NULL, "", NULL, NULL },
	{ &list, { "--older-than", "-3" }, PARSE_RUN, NULL, NULL, "-3", "", NULL, NULL },
	{ &list, { "--old=3" }, PARSE_RUN, NULL, NULL, "3", "", NULL, NULL },
	{ &list, { "--top=" }, PARSE_RUN, NULL, "", NULL, "", NULL, NULL },
	{ &list,
	  { "state", "--json", "close-wait", "!" },
	  PARSE_RUN,
	  "",
	  NULL,
	  NULL,
	  "state close-wait !",
	  NULL,
	  NULL },
	{ &list,
	  { "state", "--", "--json", "x" },
	  PARSE_RUN,
	  NULL,
	  NULL,
	  NULL,
	  "state --json x",
	  NULL,
	  NULL },
	{ &lab,
	  { "scene", "--json", "--", "cmd", "--json" },
	  PARSE_RUN,
	  "",
	  NULL,
	  NULL,
	  "scene",
	  "cmd --json",
	  NULL },
	{ &lab, { "--json", "scene", "--" }, PARSE_RUN, "", NULL, NULL, "scene", "", NULL },
	{ &lab, { "--", "cmd", "--", "x" }, PARSE_RUN, NULL, NULL, NULL, "", "cmd -- x", NULL },
	{ &lab, { "a", "b" }, PARSE_RUN, NULL, NULL, NULL, "a b", NULL, NULL },
	{ &bare, { "x" }, PARSE_RUN, NULL, NULL, NULL, "x", NULL, NULL },
	{ &list, { "--help" }, PARSE_HELP, NULL, NULL, NULL, NULL, NULL, NULL },
	{ &bare, { "x", "-h" }, PARSE_HELP, NULL, NULL, NULL, NULL, NULL, NULL },
	{ &list,
	  { "--jsno" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "linger: there is no option --jsno; did you mean --json?" },
	{ &list,
	  { "--xyzzy" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "there is no option --xyzzy; see linger list --help" },
	{ &top,
	  { "-x" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "there is no option -x; see linger --help" },
	{ &list, { "-jx" }, PARSE_WRONG, NULL, NULL, NULL, NULL, NULL, "there is no option -x" },
	{ &list,
	  { "--json=yes" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "--json=yes takes no value" },
	{ &list,
	  { "--top" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "--top needs a value: --top N" },
	{ &list,
	  { "-t" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "--top needs a value: --top N" },
	{ &lab,
	  { "--top", "--", "x" },
	  PARSE_WRONG,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "--top needs a value" },
	{ &list, { "--\x1b[31m" }, PARSE_WRONG, NULL, NULL, NULL, NULL, NULL, "--\\x1b[31m" },
};

static void same(const char *got, const char *expected, const char *what)
{
	if (!got != !expected || (got && strcmp(got, expected) != 0))
		fail_msg("%s is '%s', not '%s'", what, got ? got : "(absent)",
			 expected ? expected : "(absent)");
}

static void same_words(char **words, int n, const char *expected, const char *what)
{
	char joined[256] = "";

	for (int i = 0; words && (n < 0 ? words[i] != NULL : i < n); i++) {
		strcat(joined, i ? " " : "");
		strcat(joined, words[i]);
	}
	same(words ? joined : NULL, expected, what);
}

static void each_line_is_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char name[] = "linger", copies[WORDS_MAX][64];
		char *argv[WORDS_MAX + 2] = { name };
		const char *values[PARSE_OPTIONS_MAX], *message;
		enum parse_outcome outcome;
		struct invocation in;
		int argc = 1;

		for (; lines[i].words[argc - 1]; argc++) {
			snprintf(copies[argc - 1], sizeof(copies[0]), "%s",
				 lines[i].words[argc - 1]);
			argv[argc] = copies[argc - 1];
		}
		capture_begin();
		outcome = parse_invocation(lines[i].command, argc, argv, values, &in);
		message = capture_end();
		if (outcome != lines[i].outcome)
			fail_msg("line %zu ends as %d, saying '%s'", i, outcome, message);
		if (lines[i].message ? !strstr(message, lines[i].message) : *message)
			fail_msg("line %zu says '%s'", i, message);
		if (outcome != PARSE_RUN)
			continue;
		assert_ptr_equal(in.command, lines[i].command);
		if (in.command->options) {
			same(command_value(&in, "json"), lines[i].json, "json");
			same(command_value(&in, "top"), lines[i].top, "top");
			same(command_value(&in, "older-than"), lines[i].older, "older-than");
		}
		same_words(in.args, in.n_args, lines[i].args, "args");
		same_words(in.rest, -1, lines[i].rest, "rest");
	}
}

static void commands_are_found_by_their_whole_name(void **state)
{
	(void)state;
	assert_ptr_equal(parse_find_command(""), &top);
	assert_ptr_equal(parse_find_command("list"), &list);
	assert_null(parse_find_command("lis"));
	assert_null(parse_find_command("List"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_taken_apart),
		cmocka_unit_test(commands_are_found_by_their_whole_name),
	};

	return unit_run("parse", tests);
}
