/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as a person reads them; the same words in every output. */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include <stdint.h>

struct buf;

/* 1234567 as "1,234,567". */
void text_put_count(struct buf *b, uint64_t n);

/* Milliseconds rounded down to two units: "40 ms", "11 s", "2 min 05 s", "2 h 04 min", "3 d 01 h".
 */
void text_put_duration(struct buf *b, uint64_t ms);

#endif
