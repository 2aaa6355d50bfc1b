/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads: findings, one finding whole, and the table of connections.
 *
 * Everything from outside (names, command lines) and every sentence goes through one filter: no
 * control character, no invalid UTF-8 and no bidirectional override reaches the output, and without
 * UTF-8 only ASCII does. */
#ifndef SHOW_TEXT_TEXT_H
#define SHOW_TEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct judgement;

#define TEXT_TOP_DEFAULT 20

/* All zero but for the width is a plain ASCII terminal. */
struct text_options {
	unsigned int width; /* columns, 40 or more */
	bool colour;	    /* severity and what can be typed */
	bool utf8;
	unsigned int top;	/* how many findings are shown; 0: TEXT_TOP_DEFAULT */
	uint32_t older_than_ms; /* the limit the judgement was made with; 0: JUDGE_OLDER_THAN_MS */
};

/* The screen of `linger`. 0 or -errno of the write, -ENOMEM. */
int text_write_findings(FILE *out, const struct judgement *j, const struct text_options *options);

/* The screen of `linger why`: finding `row` with all its evidence and its first connections. */
int text_write_why(FILE *out, const struct judgement *j, size_t row,
		   const struct text_options *options);

#endif
