/* SPDX-License-Identifier: Apache-2.0 */
/* `linger --json`: one object, schema linger.report/1 (docs/schema/report-1.json). */
#ifndef SHOW_JSON_REPORT_H
#define SHOW_JSON_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct judgement;

/* Writes the whole report and a newline. 0 or -errno of the write. */
int json_write_report(FILE *out, const struct judgement *judgement);

/* The same with only the n findings in `rows` (NULL: the first n). */
int json_write_report_of(FILE *out, const struct judgement *judgement, const uint32_t *rows,
			 size_t n);

#endif
