/* SPDX-License-Identifier: Apache-2.0 */
/* Call stacks as a part of the screen of one finding. */
#ifndef SHOW_TEXT_STACKS_H
#define SHOW_TEXT_STACKS_H

struct finding;
struct judgement;
struct screen;

/* Adds the stacks of the finding's first owners, threads with equal ones together; nothing where
 * they were not asked for. */
void stacks_put(struct screen *s, const struct judgement *j, const struct finding *f);

#endif
