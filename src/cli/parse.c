// SPDX-License-Identifier: Apache-2.0
/* What was typed, by the table of what can be typed. */
#include "cli/parse.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"

/* What getopt_long() returns for options by name; above every letter. */
#define VALUE_HELP  256
#define VALUE_FIRST 257

struct option_tables {
	struct option longs[PARSE_OPTIONS_MAX + 2];
	char letters[2 * PARSE_OPTIONS_MAX + 4];
	size_t n;
};

const struct command *parse_find_command(const char *name)
{
	for (size_t i = 0; command_table[i]; i++)
		if (strcmp(command_table[i]->name, name) == 0)
			return command_table[i];
	return NULL;
}

static int has_arg(const struct command_option *o)
{
	if (!o->arg)
		return no_argument;
	return o->arg[0] == '[' ? optional_argument : required_argument;
}

static void build_tables(const struct command *command, struct option_tables *t)
{
	char *letter = t->letters;
	size_t n = 0;

	/* ':' tells a missing value from an unknown option. */
	*letter++ = ':';
	*letter++ = 'h';
	for (const struct command_option *o = command->options; o && o->name; o++, n++) {
		t->longs[n] = (struct option){ .name = o->name,
					       .has_arg = has_arg(o),
					       .val = VALUE_FIRST + (int)n };
		if (!o->letter)
			continue;
		*letter++ = o->letter;
		if (has_arg(o) == required_argument)
			*letter++ = ':';
	}
	*letter = '\0';
	t->n = n;
	t->longs[n] = (struct option){ .name = "help", .val = VALUE_HELP };
	t->longs[n + 1] = (struct option){ 0 };
}

/* The option with this letter or number, or NULL. */
static const struct command_option *option_of(const struct command *command, int value)
{
	if (value >= VALUE_FIRST)
		return &command->options[value - VALUE_FIRST];
	for (const struct command_option *o = command->options; o && o->name; o++)
		if (o->letter == value)
			return o;
	return NULL;
}

/* `linger` or `linger list`, as it is called in messages. */
static const char *blank_of(const struct command *command)
{
	return command->name[0] ? " " : "";
}

static enum parse_outcome bad_option(const struct command *command, const struct option_tables *t,
				     const char *word)
{
	struct near near;
	const char *name = word;

	if (optopt && optopt < VALUE_HELP && strncmp(word, "--", 2) != 0) {
		command_fail(EXIT_USAGE, "there is no option -%c; see linger%s%s --help", optopt,
			     blank_of(command), command->name);
		return PARSE_WRONG;
	}
	while (*name == '-')
		name++;
	if (optopt) {
		command_fail(EXIT_USAGE, "%s takes no value; see linger%s%s --help", word,
			     blank_of(command), command->name);
		return PARSE_WRONG;
	}
	near = near_begin(name, strcspn(name, "="));
	for (size_t i = 0; i < t->n + 1; i++)
		near_try(&near, t->longs[i].name);
	if (near.best)
		command_fail(EXIT_USAGE, "there is no option %s; did you mean --%s?", word,
			     near.best);
	else
		command_fail(EXIT_USAGE, "there is no option %s; see linger%s%s --help", word,
			     blank_of(command), command->name);
	return PARSE_WRONG;
}

static enum parse_outcome take_option(const struct command *command, const struct option_tables *t,
				      int value, char **argv, const char **values)
{
	const struct command_option *o;

	if (value == 'h' || value == VALUE_HELP)
		return PARSE_HELP;
	if (value == '?')
		return bad_option(command, t, argv[optind - 1]);
	if (value == ':') {
		o = option_of(command, optopt);
		command_fail(EXIT_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->arg);
		return PARSE_WRONG;
	}
	o = option_of(command, value);
	values[o - command->options] = optarg ? optarg : "";
	return PARSE_RUN;
}

/* An arrow between two addresses, as lsof prints it, is no option. */
static void take_arrows(int argc, char **argv)
{
	static char dash[] = "-";

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "->") == 0)
			argv[i] = dash;
}

/* Where "--" stands in argv, argc when it does not. */
static int find_rest(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

enum parse_outcome parse_invocation(const struct command *command, int argc, char **argv,
				    const char *values[static PARSE_OPTIONS_MAX],
				    struct invocation *ret_in)
{
	int end = command->takes_rest ? find_rest(argc, argv) : argc, value;
	struct option_tables t;

	for (size_t i = 0; i < PARSE_OPTIONS_MAX; i++)
		values[i] = NULL;
	take_arrows(end, argv);
	build_tables(command, &t);
	opterr = 0;
	optind = 0; /* GNU: begin anew */
	while ((value = getopt_long(end, argv, t.letters, t.longs, NULL)) != -1) {
		enum parse_outcome outcome = take_option(command, &t, value, argv, values);

		if (outcome != PARSE_RUN)
			return outcome;
	}
	*ret_in = (struct invocation){ .command = command,
				       .values = values,
				       .args = argv + optind,
				       .n_args = end - optind,
				       .rest = end < argc ? argv + end + 1 : NULL };
	return PARSE_RUN;
}

const char *command_value(const struct invocation *in, const char *name)
{
	for (size_t i = 0; in->command->options[i].name; i++)
		if (strcmp(in->command->options[i].name, name) == 0)
			return in->values[i];
	return NULL;
}
