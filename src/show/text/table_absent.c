// SPDX-License-Identifier: Apache-2.0
/* Without libsmartcols every table is streamed. */
#include "show/text/table.h"

#include <errno.h>

int table_write(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		const struct text_columns *columns, const struct text_options *options)
{
	(void)out;
	(void)j;
	(void)rows;
	(void)n;
	(void)columns;
	(void)options;
	return -EOPNOTSUPP;
}
