/* SPDX-License-Identifier: Apache-2.0 */
/* The section of `linger why` about copies of a descriptor in several processes. */
#ifndef SHOW_TEXT_HOLDERS_H
#define SHOW_TEXT_HOLDERS_H

struct finding;
struct judgement;
struct screen;

/* Adds the section, or nothing when no connection of f is held by more than one process. */
void holders_put(struct screen *s, const struct judgement *j, const struct finding *f);

#endif
