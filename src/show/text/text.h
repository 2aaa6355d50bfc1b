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

struct filter;
struct judgement;

#define TEXT_TOP_DEFAULT   20
#define TEXT_WIDTH_DEFAULT 120

/* All zero is a plain ASCII file. */
struct text_options {
	unsigned int
		width; /* columns of the terminal; 0: none, sentences end at 120, tables never */
	bool colour;   /* severity and what can be typed */
	bool utf8;
	bool all;		/* the judgement holds the expected ones too (judge_options) */
	bool each;		/* findings that differ by their endpoint alone one by one */
	unsigned int top;	/* how many findings are shown; 0: TEXT_TOP_DEFAULT */
	uint32_t older_than_ms; /* the limit judged by; 0: JUDGE_OLDER_THAN_MS */
	/* text_write_why(): what it was asked for by; those connections come first. NULL: all. */
	const struct filter *filter;
	const char *filter_text;
};

/* The screen of `linger`. 0 or -errno of the write, -ENOMEM. */
int text_write_findings(FILE *out, const struct judgement *j, const struct text_options *options);

/* The screen of `linger why`: finding `row` with all its evidence and its first connections.
 * 0 or -errno of the write, -ENOMEM. */
int text_write_why(FILE *out, const struct judgement *j, size_t row,
		   const struct text_options *options);

/* Which columns a table of connections has. *shape*: ids are rows of the column table. */
#define TEXT_COLUMNS_MAX 48
struct text_columns {
	uint8_t ids[TEXT_COLUMNS_MAX];
	size_t n;
};

/* The i-th column there is: its name for -o and what stands in it; NULL behind the last. */
const char *text_column_name(size_t i);
const char *text_column_help(size_t i);

/* Columns by name, divided by commas; NULL means the usual ones. 0; -EINVAL with *ret_wrong where
 * the name that is none begins; -E2BIG. */
int text_columns_parse(const char *list, struct text_columns *ret_columns, const char **ret_wrong);

/* Whether any of them is known only where socket options are asked for (look_options.detailed). */
bool text_columns_detailed(const struct text_columns *columns);

/* A table of the n rows of snapshot.conns that `rows` names (NULL: the first n). Columns are as
 * wide as what stands in them; many rows are streamed with fixed widths instead, so that they cost
 * no memory. 0 or -errno of the write, -ENOMEM. */
int text_write_sockets(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		       const struct text_columns *columns, const struct text_options *options);

/* The same as comma separated values (RFC 4180, UTF-8, one heading line). 0 or -errno. */
int text_write_csv(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		   const struct text_columns *columns);

#endif
