/* SPDX-License-Identifier: Apache-2.0 */
/* `linger --json`: one object, schema linger.report/1 (docs/schema/report-1.json). */
#ifndef SHOW_JSON_REPORT_H
#define SHOW_JSON_REPORT_H

#include <stdio.h>

struct judgement;

/* Writes the whole report and a newline. 0 or -errno of the write. */
int json_write_report(FILE *out, const struct judgement *judgement);

#endif
