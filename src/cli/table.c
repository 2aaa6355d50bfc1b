// SPDX-License-Identifier: Apache-2.0
/* Which commands there are. */
#include "cli/command.h"

extern const struct command command_lab;

const struct command *const command_table[] = {
	&command_lab,
	NULL,
};
