/* SPDX-License-Identifier: Apache-2.0 */
/* What of the rules stands in manuals: words that hang on no connection. */
#ifndef JUDGE_MANUAL_H
#define JUDGE_MANUAL_H

#include <stdint.h>

struct buf;

/* Adds what to change where a connection has the cause in row `cause` of the table: one line for
 * any program (two where it matters who connected), then one for each kind of program that has its
 * own, as "nginx: …". Each ends with a newline. Nothing for a row that is none. */
void manual_put_changes(uint8_t cause, struct buf *b);

#endif
