/* SPDX-License-Identifier: Apache-2.0 */
/* What moved between two looks: the first of them, judged by the same rules, and each connection of
 * the second found in it. */
#ifndef JUDGE_EARLIER_H
#define JUDGE_EARLIER_H

#include <stdint.h>

#include "judge/group.h"
#include "judge/index.h"
#include "model/finding.h"
#include "model/verdict.h"

/* *shape*: borrows the snapshot. All zero but for earlier_begin(). */
struct earlier {
	struct index x;
	struct verdict *verdicts; /* by row; their `finding` is a row of groups.all */
	struct groups groups;
	uint8_t *tw_listed; /* by namespace: its TIME_WAIT are rows */
	double *growth;	    /* by process of the second look: that of all its findings, a minute */
	struct map rows;    /* namespace and cookie → row of x.s->conns */
};

/* Makes room for the judging of s. 0 or -ENOMEM; earlier_finish() in both cases. */
int earlier_begin(struct earlier *e, const struct snapshot *s, uint32_t older_than_ms);
void earlier_finish(struct earlier *e);

/* Once the verdicts are there: lets earlier_row() find. 0 or -ENOMEM. */
int earlier_settle(struct earlier *e);

/* The row of the same socket in the first look, whatever its state was then; ROW_NONE when it was
 * not seen, or its cookie is not known. `now` is c's snapshot. */
uint32_t earlier_row(const struct earlier *e, const struct snapshot *now, const struct conn *c);

/* Whether data moved on it in the direction that its state leaves open; unknown where the first
 * look did not have it in the same state, or the counters were not read. */
enum fact earlier_moved(const struct earlier *e, const struct snapshot *now, const struct conn *c);

/* The row of the same namespace in the first look, ROW_NONE when it was not listed then. */
uint32_t earlier_netns(const struct earlier *e, const struct snapshot *now, uint32_t netns);

/* Milliseconds between the two looks at a namespace of the second one; at least 1. */
uint64_t earlier_between_ms(const struct earlier *e, const struct snapshot *now, uint32_t netns);

/* The same process in the first look, NULL when it was not seen. */
const struct process *earlier_process(const struct earlier *e, const struct process *p);

/* Fills e->growth, and came, went, between_ms and growth_per_min of every finding of j, which was
 * made of `groups` with these options; leaves them unknown where the first look did not see the
 * namespace whole.
 *
 * came: members that were not in this state in the first look; those that merely were too young
 * then count neither way, so that what happened once, just before, is no growth. What came too late
 * to be old enough now is not seen: the rate is reckoned over the time before that. went: such as
 * were old enough then and have left the state. 0 or -ENOMEM. */
int earlier_count(struct earlier *e, const struct index *x, const struct groups *groups,
		  const struct judge_options *options, struct judgement *j);

#endif
