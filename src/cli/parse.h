/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines taken apart by a command's own table. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli/command.h"

#define PARSE_OPTIONS_MAX 32

enum parse_outcome {
	PARSE_RUN = 0, /* run the command */
	PARSE_HELP,    /* --help was given */
	PARSE_WRONG,   /* wrong usage; the reason was printed */
};

/* The command called by `name`, NULL when there is none. */
const struct command *parse_find_command(const char *name);

/* Takes argv[1] … apart. Options and other words may be mixed; "--" ends the options, and what
 * follows it is `rest` for a command that takes_rest, else ordinary arguments. Reorders argv, which
 * *ret_in borrows together with `values`. */
enum parse_outcome parse_invocation(const struct command *command, int argc, char **argv,
				    const char *values[static PARSE_OPTIONS_MAX],
				    struct invocation *ret_in);

#endif
