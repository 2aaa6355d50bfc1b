/* SPDX-License-Identifier: Apache-2.0 */
/* How the number of a finding's connections behaves. */
#ifndef JUDGE_PATTERN_H
#define JUDGE_PATTERN_H

struct account;

/* Sets the finding's pattern and, after two looks, adds what moved between them to its evidence:
 * - leak: of kinds that a program forgets, and the number only grows between two looks, or they
 *   take most of the owner's descriptors and those run short;
 * - pool: this side opened them, others to the same peer are in use, and the number is level;
 * - else unknown. */
void pattern_tell(struct account *a);

#endif
