/* SPDX-License-Identifier: Apache-2.0 */
/* The command table as help, man pages and completion. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

struct command;
struct topic;

/* What `linger COMMAND --help` prints; for `linger` alone with the list of commands. */
void help_write(FILE *out, const struct command *command);

/* What `linger help TOPIC` prints. */
void help_write_topic(FILE *out, const struct topic *topic);

/* The man page's source for scdoc(1): of section 1, of section 7. */
void help_write_man(FILE *out, const struct command *command);
void help_write_man_topic(FILE *out, const struct topic *topic);

/* The completion function of bash for all commands. */
void help_write_bash(FILE *out);

#endif
