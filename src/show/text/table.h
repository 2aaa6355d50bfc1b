/* SPDX-License-Identifier: Apache-2.0 */
/* A table whose columns fit what stands in them. Private to show/text. */
#ifndef SHOW_TEXT_TABLE_H
#define SHOW_TEXT_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct judgement;
struct text_columns;
struct text_options;

/* text_write_sockets() for few rows: measures all before it writes. 0, -ENOMEM, -errno of the
 * write; -EOPNOTSUPP when this build has no libsmartcols, then nothing was written. */
int table_write(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		const struct text_columns *columns, const struct text_options *options);

#endif
