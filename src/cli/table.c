// SPDX-License-Identifier: Apache-2.0
/* Which commands there are. */
#include "cli/command.h"

extern const struct command command_doctor;
extern const struct command command_lab;
extern const struct command command_list;
extern const struct command command_scan;
extern const struct command command_why;

const struct command *const command_table[] = {
	&command_scan, &command_list, &command_why, &command_doctor, &command_lab, NULL,
};
