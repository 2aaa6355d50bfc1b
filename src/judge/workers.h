/* SPDX-License-Identifier: Apache-2.0 */
/* Are there threads that should look after a connection and are elsewhere? */
#ifndef JUDGE_WORKERS_H
#define JUDGE_WORKERS_H

#include "judge/evidence.h"
#include "judge/index.h"

/* Counts what each process has not looked after (usage[].unserved, unused, taken), for those whose
 * threads were read. */
void workers_count(struct index *x);

/* For the connection in `row`, which has an owner. */
enum workers workers_fact(const struct index *x, uint32_t row);

#endif
