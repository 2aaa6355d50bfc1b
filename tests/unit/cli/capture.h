/* SPDX-License-Identifier: Apache-2.0 */
/* What is written to stderr in between. */
#ifndef UNIT_CLI_CAPTURE_H
#define UNIT_CLI_CAPTURE_H

void capture_begin(void);

/* What was written since; good until the next capture. */
const char *capture_end(void);

#endif
