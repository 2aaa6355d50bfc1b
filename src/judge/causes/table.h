/* SPDX-License-Identifier: Apache-2.0 */
/* The causes by number, for those who show them: the id and the words that belong to it. */
#ifndef JUDGE_CAUSES_TABLE_H
#define JUDGE_CAUSES_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* The public id of cause row `cause` ("eof-ignored"), "" for a row that is none. */
const char *cause_id(uint8_t cause);

/* What it says in one sentence, as docs, man pages and `linger help causes` have it. */
const char *cause_says(uint8_t cause);

/* The TCP_BIT()s of the states it can hold in, and its enum severity; 0 for a row that is none. */
uint32_t cause_states(uint8_t cause);
uint8_t cause_severity(uint8_t cause);

/* The scene of `linger lab` that makes it, and where it is told by the kernel, an RFC or a
 * measurement; "" for a row that is none. */
const char *cause_scene(uint8_t cause);
const char *cause_source(uint8_t cause);

/* How many rows there are; they are 0 … cause_count() - 1. */
size_t cause_count(void);

#endif
