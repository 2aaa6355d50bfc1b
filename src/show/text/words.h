/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of sentences that more than one screen has. All are added unfolded (screen_fold() is the
 * writer's last step). */
#ifndef SHOW_TEXT_WORDS_H
#define SHOW_TEXT_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct age;
struct buf;
struct endpoint;
struct finding;
struct judgement;
struct process;
struct snapshot;

/* "≥ 2 h 04 min", "2 h 04 min – 2 h 31 min", "≤ 5 s", "age unknown". */
void words_put_age(struct buf *b, const struct age *age);

/* Its lower bound alone: "≥ 2 h 04 min". */
void words_put_age_least(struct buf *b, const struct age *age);

/* "java[4711]"; "java[?]" outside our pid namespace. */
void words_put_process(struct buf *b, const struct process *p);

/* The same and what it runs: "python3[902] orders.py". */
void words_put_program(struct buf *b, const struct process *p);

/* "java[4711] +2 orders.service", or why there is no owner: "no process", "owner not seen". */
void words_put_owners(struct buf *b, const struct judgement *j, const struct finding *f);

/* "container 3f9c1e2ab4d0": the first digits of an id, a name whole. */
void words_put_container(struct buf *b, const char *container);

/* "→ 10.2.0.9:443", "← :8000" (a listener on every address), "" when there is no endpoint. */
void words_put_endpoint(struct buf *b, const struct finding *f);

/* "CLOSE_WAIT × 8,203". */
void words_put_count(struct buf *b, const struct finding *f);

#endif
