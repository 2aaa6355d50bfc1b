/* SPDX-License-Identifier: Apache-2.0 */
/* The command table as help, man pages and completion. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

struct command;

/* What `linger COMMAND --help` prints; for `linger` alone with the list of commands. */
void help_write(FILE *out, const struct command *command);

/* The man page's source for scdoc(1). */
void help_write_man(FILE *out, const struct command *command);

/* The completion function of bash for all commands. */
void help_write_bash(FILE *out);

#endif
