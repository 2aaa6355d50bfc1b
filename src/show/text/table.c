// SPDX-License-Identifier: Apache-2.0
/* Tables by libsmartcols, as util-linux prints them. */
#include "show/text/table.h"

#include <errno.h>
#include <libsmartcols.h>

#include "base/buf.h"
#include "model/finding.h"
#include "show/text/screen.h"
#include "show/text/sockets.h"
#include "show/text/text.h"

static void unref_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}
#define _table_ __attribute__((cleanup(unref_table)))

static int add_columns(struct libscols_table *table, const struct text_columns *columns)
{
	for (size_t i = 0; i < columns->n; i++) {
		const struct column *c = sockets_column(columns->ids[i]);
		int flags = c->is_right ? SCOLS_FL_RIGHT : 0;

		if (!scols_table_new_column(table, c->heading, 0, flags))
			return -ENOMEM;
	}
	return 0;
}

static int add_row(struct libscols_table *table, const struct judgement *j, uint32_t row,
		   const struct text_columns *columns, bool utf8)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	_buf_ struct buf cell = { 0 }, folded = { 0 };

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < columns->n; i++) {
		cell.len = 0;
		folded.len = 0;
		sockets_column(columns->ids[i])->put(&cell, j, row);
		screen_fold(&folded, cell.len ? buf_text(&cell) : "-", utf8);
		if (buf_error(&cell) || buf_error(&folded) ||
		    scols_line_set_data(line, i, buf_text(&folded)))
			return -ENOMEM;
	}
	return 0;
}

int table_write(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		const struct text_columns *columns, const struct text_options *options)
{
	_table_ struct libscols_table *table = scols_new_table();
	int r = table ? add_columns(table, columns) : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_row(table, j, rows ? rows[i] : (uint32_t)i, columns, options->utf8);
	if (r < 0)
		return r;
	scols_table_set_stream(table, out);
	/* Width is ours to know: never that of whatever terminal happens to be there. */
	scols_table_set_termforce(table,
				  options->width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (options->width)
		scols_table_set_termwidth(table, options->width);
	errno = 0;
	r = scols_print_table(table);
	if (r < 0)
		return r;
	if (fflush(out) != 0 || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}
