/* SPDX-License-Identifier: Apache-2.0 */
/* From a snapshot to verdicts and findings. Pure: no system call, no clock, no printing. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/filter.h"
#include "model/finding.h"

#define JUDGE_OLDER_THAN_MS 3000

struct judge_options {
	uint32_t older_than_ms; /* the age at which a closing connection is called stuck */
	bool expected;		/* make findings of the expected ones too */
	/* The first of two looks, taken some seconds before: what moved since is told, and verdicts
	 * hang on it where they can. NULL: one look. Borrowed during the call. */
	const struct snapshot *earlier;
	/* Findings have only those connections that this means, and there are none without any;
	 * verdicts and ids are what they are without it. NULL: all. text: as it was typed. */
	const struct filter *filter;
	const char *filter_text;
};

/* Judges every closing connection of s and groups them. The judgement borrows s and the
 * filter's text and must be finished with judgement_finish(). 0 or -ENOMEM (then *ret_j is empty).
 */
int judge_run(const struct snapshot *s, const struct judge_options *options,
	      struct judgement *ret_j);

#endif
