/* SPDX-License-Identifier: Apache-2.0 */
/* From verdicts to findings: what belongs together, what it is called, what comes first. */
#ifndef JUDGE_GROUP_H
#define JUDGE_GROUP_H

#include <stdbool.h>

#include "judge/index.h"
#include "judge/judge.h"
#include "model/finding.h"

/* One group of connections with the same state, cause, owner program, role and endpoint in one
 * namespace, whether or not it becomes a finding. */
struct group {
	struct endpoint endpoint;
	uint64_t program; /* program_hash() of the owner, 0 nobody seen */
	uint32_t netns;
	uint8_t state, cause, severity, role;
	uint32_t old, unsure, young;
	uint32_t first_owner; /* a process of that program, ROW_NONE */
	uint32_t finding;     /* row, ROW_NONE when it becomes none */
};

struct groups {
	SNAPSHOT_ARRAY(struct group) all;
	struct map map;
};

void groups_finish(struct groups *g);

/* Equal for groups that one ss filter (state and endpoint, in one namespace) would hit together. */
uint64_t groups_filter_key(const struct group *g);

/* The row of the group with the same program, namespace, state, cause, role and endpoint, ROW_NONE.
 */
uint32_t groups_lookup(const struct groups *g, const struct group *wanted);

/* Puts the verdict on the connection in `row` (all but its `finding` set) into its group, and that
 * group's row into v->finding. 0 or -ENOMEM. */
int groups_add(struct groups *g, const struct index *x, uint32_t row, struct verdict *v);

/* Makes findings of the groups that have an old member, are stuck (unless all are asked for) and
 * have one that the filter means, worst first, with id, members, owners, ages and pairs, turns each
 * verdict's `finding` into a row of j->findings, and counts the young, the unsure and those left
 * out. Texts are not written yet. 0 or -ENOMEM. */
int groups_find(struct groups *g, const struct index *x, const struct judge_options *options,
		struct judgement *j);

#endif
