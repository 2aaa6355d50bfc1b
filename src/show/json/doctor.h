/* SPDX-License-Identifier: Apache-2.0 */
/* `linger doctor --json`: one object, schema linger.doctor/1 (docs/schema/doctor-1.json). */
#ifndef SHOW_JSON_DOCTOR_H
#define SHOW_JSON_DOCTOR_H

#include <stdio.h>

struct checkup;

/* Writes it and a newline. 0 or -errno of the write. */
int json_write_checkup(FILE *out, const struct checkup *c);

#endif
