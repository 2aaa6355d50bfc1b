/* SPDX-License-Identifier: Apache-2.0 */
/* What can be typed now to let go, with what it frees and what it keeps. */
#ifndef JUDGE_RELEASE_H
#define JUDGE_RELEASE_H

#include <stdint.h>

struct account;

/* Adds the commands for `ways` (enum release_way) that fit this finding: only such as exist on any
 * host and do just what they say. */
void release_tell(struct account *a, uint32_t ways);

#endif
