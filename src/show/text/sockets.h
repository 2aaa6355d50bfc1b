/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a table of connections. Private to show/text. */
#ifndef SHOW_TEXT_SOCKETS_H
#define SHOW_TEXT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct judgement;

struct column {
	const char *name;    /* for -o */
	const char *heading; /* above the table */
	const char *help;
	/* Adds what stands there for conn `row`, unfolded; nothing when it is not known. */
	void (*put)(struct buf *b, const struct judgement *j, uint32_t row);
	uint8_t width; /* where rows are streamed */
	bool is_right;
	bool is_number; /* written without quotes */
};

/* The i-th column, NULL behind the last. */
const struct column *sockets_column(size_t i);

#endif
