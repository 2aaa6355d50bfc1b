// SPDX-License-Identifier: Apache-2.0
/* Tables row by row: nothing is kept, so a million rows cost no memory. */
#include <errno.h>

#include "base/buf.h"
#include "model/finding.h"
#include "show/text/screen.h"
#include "show/text/sockets.h"
#include "show/text/table.h"
#include "show/text/text.h"

/* libsmartcols takes about 800 bytes a row, which is nothing up to here. */
#define MEASURED_ROWS_MAX 20000

/* Rows are gathered and written in pieces of this size. */
#define PIECE_BYTES 65536

static int flush(struct buf *b, FILE *out)
{
	int r = buf_error(b);

	errno = 0;
	if (r == 0 && b->len && fwrite(b->data, 1, b->len, out) != b->len)
		r = errno ? -errno : -EIO;
	b->len = 0;
	return r;
}

/* Adds a cell, filled with blanks to the column's width unless it ends the line. */
static void put_cell(struct buf *line, const char *text, const struct column *c, bool is_last)
{
	size_t columns = screen_columns(text), pad = columns < c->width ? c->width - columns : 0;

	if (c->is_right)
		for (; pad; pad--)
			buf_putc(line, ' ');
	buf_puts(line, text);
	for (; pad && !is_last; pad--)
		buf_putc(line, ' ');
	buf_putc(line, is_last ? '\n' : ' ');
}

static int stream(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		  const struct text_columns *columns, bool utf8)
{
	_buf_ struct buf piece = { 0 }, cell = { 0 }, folded = { 0 };
	int r = 0;

	for (size_t i = 0; i < columns->n; i++) {
		const struct column *c = sockets_column(columns->ids[i]);

		put_cell(&piece, c->heading, c, i + 1 == columns->n);
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		for (size_t k = 0; k < columns->n; k++) {
			const struct column *c = sockets_column(columns->ids[k]);

			cell.len = 0;
			folded.len = 0;
			c->put(&cell, j, rows ? rows[i] : (uint32_t)i);
			screen_fold(&folded, cell.len ? buf_text(&cell) : "-", utf8);
			put_cell(&piece, buf_text(&folded), c, k + 1 == columns->n);
		}
		piece.failed |= cell.failed | folded.failed;
		if (piece.len >= PIECE_BYTES)
			r = flush(&piece, out);
	}
	return r < 0 ? r : flush(&piece, out);
}

int text_write_sockets(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		       const struct text_columns *columns, const struct text_options *options)
{
	/* libsmartcols prints no heading above nothing. */
	if (n > 0 && n <= MEASURED_ROWS_MAX) {
		int r = table_write(out, j, rows, n, columns, options);

		if (r != -EOPNOTSUPP)
			return r;
	}
	return stream(out, j, rows, n, columns, options->utf8);
}

/* RFC 4180 2: quotes around a field that holds a comma or quotes, quotes doubled. */
static void put_field(struct buf *b, const char *text, bool is_number)
{
	if (is_number || !*text) {
		buf_puts(b, text);
		return;
	}
	buf_putc(b, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_putc(b, '"');
		buf_putc(b, *text);
	}
	buf_putc(b, '"');
}

int text_write_csv(FILE *out, const struct judgement *j, const uint32_t *rows, size_t n,
		   const struct text_columns *columns)
{
	_buf_ struct buf piece = { 0 }, cell = { 0 }, folded = { 0 };
	int r = 0;

	for (size_t i = 0; i < columns->n; i++)
		buf_printf(&piece, "%s%s", i ? "," : "", sockets_column(columns->ids[i])->name);
	buf_puts(&piece, "\r\n");
	for (size_t i = 0; i < n && r == 0; i++) {
		for (size_t k = 0; k < columns->n; k++) {
			const struct column *c = sockets_column(columns->ids[k]);

			cell.len = 0;
			folded.len = 0;
			c->put(&cell, j, rows ? rows[i] : (uint32_t)i);
			screen_fold(&folded, buf_text(&cell), true);
			if (k)
				buf_putc(&piece, ',');
			put_field(&piece, buf_text(&folded), c->is_number);
		}
		buf_puts(&piece, "\r\n");
		piece.failed |= cell.failed | folded.failed;
		if (piece.len >= PIECE_BYTES)
			r = flush(&piece, out);
	}
	return r < 0 ? r : flush(&piece, out);
}
