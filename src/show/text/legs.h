/* SPDX-License-Identifier: Apache-2.0 */
/* The section of `linger why` about a program that passes on what it reads: its two connections
 * side by side. */
#ifndef SHOW_TEXT_LEGS_H
#define SHOW_TEXT_LEGS_H

#include <stdint.h>

struct finding;
struct judgement;
struct screen;

/* How many rows are shown: pairs. */
#define LEGS_MAX 6

/* Fills ret_rows with the first legs of f, each followed by the one it hangs on; returns how many
 * rows that are, 0 when f's connections are no legs. */
uint32_t legs_find(const struct judgement *j, const struct finding *f, uint32_t ret_rows[LEGS_MAX]);

/* Adds the heading, and in one line who talks to whom over the first two rows. */
void legs_put(struct screen *s, const struct judgement *j, const uint32_t *rows, uint32_t n);

#endif
