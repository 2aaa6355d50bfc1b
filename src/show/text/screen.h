/* SPDX-License-Identifier: Apache-2.0 */
/* A page of text that is composed before it is written: columns counted, long sentences broken,
 * nothing harmful let through. */
#ifndef SHOW_TEXT_SCREEN_H
#define SHOW_TEXT_SCREEN_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "show/text/text.h"

enum ink { INK_PLAIN = 0, INK_STUCK, INK_EXPECTED, INK_TYPE, INK_HEADING };

/* All zero but options is an empty page. `column` counts what stands in the last line. */
struct screen {
	struct buf text;
	const struct text_options *options;
	size_t column;
};

/* Adds text to b as it may be shown: unsafe bytes as \xNN, and without `utf8` known symbols in
 * ASCII, others as \xNN. */
void screen_fold(struct buf *b, const char *text, bool utf8);

/* How many columns a text takes that screen_fold() made: one a character. */
size_t screen_columns(const char *text);

void screen_put(struct screen *s, const char *text);
__attribute__((format(printf, 2, 3))) void screen_printf(struct screen *s, const char *format, ...);
void screen_ink(struct screen *s, enum ink ink);  /* INK_PLAIN ends the one before */
void screen_pad(struct screen *s, size_t column); /* blanks up to there, at least none */
void screen_newline(struct screen *s);

/* The width sentences are broken at. */
size_t screen_width(const struct screen *s);

/* Adds text, broken at blanks: the first line goes on where the page stands, the others begin at
 * column `indent`. What would take more than `lines` lines ends in an ellipsis; 0: no limit. Does
 * not end the last line. */
void screen_wrap(struct screen *s, const char *text, size_t indent, unsigned int lines);

/* Adds at most `columns` columns of text, its end replaced by an ellipsis when it is longer. */
void screen_clip(struct screen *s, const char *text, size_t columns);

/* An empty line and the name of a section. */
void screen_heading(struct screen *s, const char *text);

/* A sentence of a section, with its lines. */
void screen_sentence(struct screen *s, const char *text);

/* Writes the page and frees it. 0, -ENOMEM, or -errno of the write. */
int screen_write(struct screen *s, FILE *out);

#endif
