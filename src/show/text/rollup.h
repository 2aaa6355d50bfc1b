/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as the screen of `linger` shows them: those that differ by their endpoint alone as one.
 * A program with 500 peers has one trouble, not 500. */
#ifndef SHOW_TEXT_ROLLUP_H
#define SHOW_TEXT_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"

/* *shape*: `f` is a finding as it stands (n 1), or the sum of n findings of one program, namespace,
 * state, cause and role: count, unsure, growth, ages, and the least confidence are of all; what is
 * left is the largest's, but `why` is NULL where they tell different things, and there is no
 * release. Its pointers are borrowed from the judgement. */
struct block {
	struct finding f;
	uint32_t n;
	uint32_t most;	     /* how many connections the largest has: to f.endpoint */
	bool is_one_process; /* one process has all of them */
};

/* Makes the blocks of all findings, worst first; each finding its own with `each`. The caller frees
 * *ret. 0 or -ENOMEM. */
int rollup_make(const struct judgement *j, bool each, struct block **ret, size_t *ret_n);

#endif
