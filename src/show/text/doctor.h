/* SPDX-License-Identifier: Apache-2.0 */
/* The screen of `linger doctor`. */
#ifndef SHOW_TEXT_DOCTOR_H
#define SHOW_TEXT_DOCTOR_H

#include <stdio.h>

struct checkup;
struct text_options;

/* Each check in a line; of what is not there also what is lost and how to get it. 0 or -errno of
 * the write, -ENOMEM. */
int text_write_checkup(FILE *out, const struct checkup *c, const struct text_options *options);

#endif
