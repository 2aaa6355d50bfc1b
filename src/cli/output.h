/* SPDX-License-Identifier: Apache-2.0 */
/* Where commands write to: what the terminal can show, and how writing ends. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "show/text/text.h"

/* How text is written to standard output: its width (COLUMNS, the terminal's, else 120), colour
 * only on a terminal and without NO_COLOR, UTF-8 when the locale has it. The rest is zero. */
struct text_options output_text_options(void);

/* What a command returns after writing: `written` is what the writer returned. `status` when that
 * is 0 or more, or when the reader of our output went away (-EPIPE), which is no error; else the
 * reason is printed and EXIT_NO_LOOK returned. */
int output_end(int status, int written);

#endif
