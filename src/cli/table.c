// SPDX-License-Identifier: Apache-2.0
/* Which commands there are. */
#include "cli/command.h"

const struct command *const command_table[] = {
	NULL,
};
