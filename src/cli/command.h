/* SPDX-License-Identifier: Apache-2.0 */
/* What a command says of itself: help, man page, completion and parsing all read this one table. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of all commands (public interface). */
enum exit_status {
	EXIT_DONE = 0,	  /* nothing stuck, or done */
	EXIT_STUCK = 1,	  /* a stuck finding is shown, or not all could be done */
	EXIT_USAGE = 2,	  /* wrong usage */
	EXIT_NO_LOOK = 3, /* could not look: privilege, kernel, memory */
};

/* One option. A flag has no `arg`; an option with `arg` takes a value, which may be left out where
 * it begins with a bracket ("[HOW]"): then it is given only as --name=HOW. */
struct command_option {
	const char *name; /* without the dashes; NULL ends the table */
	const char *arg;  /* name of its value in capitals, NULL for a flag */
	const char *help; /* what it does, one sentence without a full stop */
	char letter;	  /* short form, 0 when there is none */
};

struct command_example {
	const char *line; /* what is typed; NULL ends the table */
	const char *text; /* what that does */
};

/* What was typed, taken apart by the option table. Borrows argv. */
struct invocation {
	const struct command *command;
	const char *const
		*values; /* by option index: NULL absent, "" a flag given, else the value */
	char **args;	 /* what is not an option, in order */
	int n_args;
	char **rest; /* what follows "--", NULL when there was none */
};

struct command {
	const char *name;	 /* "" is `linger` alone */
	const char *synopsis;	 /* what follows the name in the usage line */
	const char *summary;	 /* one line, for the list of commands and the man page's NAME */
	const char *description; /* paragraphs of plain text separated by an empty line */
	const struct command_option *options;
	const struct command_example *examples;
	/* More to be listed in help and man page, such as columns: what they are called together,
	 * and the i-th's name and text (NULL behind the last). All three or none. */
	const char *rows_title;
	const char *(*row_name)(size_t i);
	const char *(*row_text)(size_t i);
	bool takes_rest;			 /* "-- CMD ARG…" is meant for it */
	int (*run)(const struct invocation *in); /* returns an exit status */
};

/* The value of option `name`: NULL absent, "" for a flag that was given. The option must be in the
 * command's table. */
const char *command_value(const struct invocation *in, const char *name);

/* Prints `linger: ` + text to stderr: what was tried: why it failed; what to do. Returns `status`,
 * so a command ends with `return command_fail(EXIT_USAGE, …)`. */
__attribute__((format(printf, 2, 3))) int command_fail(int status, const char *format, ...);

/* All commands, in the order of help; ends with NULL. */
extern const struct command *const command_table[];

#endif
