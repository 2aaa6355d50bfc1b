/* SPDX-License-Identifier: Apache-2.0 */
/* In which order connections are listed. */
#ifndef SHOW_TEXT_ORDER_H
#define SHOW_TEXT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct judgement;

enum order_by {
	ORDER_USUAL = 0, /* stuck first, then the oldest */
	ORDER_NONE,	 /* as the kernel listed them */
	ORDER_COLUMN,
};

/* All zero is the usual order. */
struct text_order {
	enum order_by by;
	uint8_t column; /* row of the column table */
	bool is_reversed;
};

/* Reads "COLUMN", "-COLUMN" (turned around) or "none"; NULL is the usual order. 0, or -EINVAL when
 * there is no such column. */
int text_order_parse(const char *text, struct text_order *ret_order);

/* Puts the n rows of snapshot.conns in order. What has no value in the column comes last, equal
 * ones stay as they were. 0 or -ENOMEM. */
int text_order_rows(const struct judgement *j, uint32_t *rows, size_t n,
		    const struct text_order *order);

#endif
