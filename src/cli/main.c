// SPDX-License-Identifier: Apache-2.0
/* Which command is meant. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/topic.h"
#include "model/filter.h"
#include "model/tcp.h"

static int no_such_command(const char *word)
{
	struct near near = near_begin(word, strlen(word));

	for (size_t i = 0; command_table[i]; i++)
		near_try(&near, command_table[i]->name);
	near_try(&near, "help");
	if (near.best)
		return command_fail(EXIT_USAGE, "there is no command %s; did you mean linger %s?",
				    word, near.best);
	for (size_t i = 0; filter_noun_name(i); i++)
		near_try(&near, filter_noun_name(i));
	if (near.best)
		return command_fail(EXIT_USAGE,
				    "there is no command %s; did you mean linger %s ...?", word,
				    near.best);
	if (tcp_state_parse(word, strlen(word)) != TCP_STATE_UNKNOWN)
		return command_fail(EXIT_USAGE,
				    "there is no command %s; did you mean linger list state %s?",
				    word, word);
	return command_fail(EXIT_USAGE, "there is no command %s; linger --help lists them", word);
}

static int print_help(const char *name)
{
	const struct command *command = parse_find_command(name);

	if (command)
		help_write(stdout, command);
	else if (topic_find(name))
		help_write_topic(stdout, topic_find(name));
	else
		return no_such_command(name);
	return EXIT_DONE;
}

static int print_page(const char *name)
{
	const struct command *command = parse_find_command(name);

	if (command)
		help_write_man(stdout, command);
	else if (topic_find(name))
		help_write_man_topic(stdout, topic_find(name));
	else
		return no_such_command(name);
	return EXIT_DONE;
}

/* The name of every page, with its section. */
static int print_pages(void)
{
	for (size_t i = 0; command_table[i]; i++)
		printf("linger%s%s.1\n", command_table[i]->name[0] ? "-" : "",
		       command_table[i]->name);
	for (size_t i = 0; topic_table[i]; i++)
		printf("linger-%s.7\n", topic_table[i]->name);
	return EXIT_DONE;
}

/* What the build and packages read out of the program. */
static int print_generated(int argc, char **argv)
{
	if (strcmp(argv[1], "completion") == 0) {
		help_write_bash(stdout);
		return EXIT_DONE;
	}
	if (argc > 2 && strcmp(argv[2], "--list") == 0)
		return print_pages();
	return print_page(argc > 2 ? argv[2] : "");
}

static int run_command(const struct command *command, int argc, char **argv)
{
	const char *values[PARSE_OPTIONS_MAX];
	struct invocation in;

	switch (parse_invocation(command, argc, argv, values, &in)) {
	case PARSE_HELP:
		help_write(stdout, command);
		return EXIT_DONE;
	case PARSE_WRONG:
		return EXIT_USAGE;
	default:
		return command->run(&in);
	}
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	const struct command *command;

	if (strcmp(word, "help") == 0)
		return print_help(argc > 2 ? argv[2] : "");
	if (strcmp(word, "man") == 0 || strcmp(word, "completion") == 0)
		return print_generated(argc, argv);
	if (strcmp(word, "--version") == 0) {
		printf("linger %s\n", LINGER_VERSION);
		return EXIT_DONE;
	}
	if (word[0] == '-')
		word = "";
	command = parse_find_command(word);
	/* No command is called like the beginning of a filter. */
	if (!command && filter_may_begin(word, strlen(word)))
		return run_command(parse_find_command(""), argc, argv);
	if (!command)
		return no_such_command(word);
	if (word[0])
		return run_command(command, argc - 1, argv + 1);
	return run_command(command, argc, argv);
}

int main(int argc, char **argv)
{
	int status, r;

	setlocale(LC_CTYPE, "");
	/* Whoever started us may have it ignored: then our children would vanish unwaited for, and
	 * their pids with them. */
	signal(SIGCHLD, SIG_DFL);
	status = dispatch(argc, argv);
	errno = 0;
	r = fflush(stdout) == 0 && !ferror(stdout) ? 0 : -(errno ? errno : EIO);
	return output_end(status, r);
}
