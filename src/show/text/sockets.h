/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a table of connections. Private to show/text. */
#ifndef SHOW_TEXT_SOCKETS_H
#define SHOW_TEXT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct judgement;

/* What rows are put in order by: compared in this order. */
struct column_key {
	uint64_t major[2];
	uint32_t minor;
};

struct column {
	const char *name;    /* for -o */
	const char *heading; /* above the table */
	const char *help;
	/* Adds what stands there for conn `row`, unfolded; nothing when it is not known. */
	void (*put)(struct buf *b, const struct judgement *j, uint32_t row);
	/* False when it is not known. NULL: ordered by the text. */
	bool (*key)(const struct judgement *j, uint32_t row, struct column_key *ret_key);
	uint8_t width; /* where rows are streamed */
	bool is_right;
	bool is_number;	  /* written without quotes */
	bool is_detailed; /* known only where socket options are asked for */
};

/* The i-th column, NULL behind the last. */
const struct column *sockets_column(size_t i);

#endif
