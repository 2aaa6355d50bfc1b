/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the JSON for the model's enums. */
#ifndef SHOW_JSON_NAMES_H
#define SHOW_JSON_NAMES_H

#include <stdint.h>

const char *json_role_name(uint8_t role);     /* enum conn_role */
const char *json_closer_name(uint8_t closer); /* enum tcp_closer */
const char *json_pattern_name(uint8_t pattern);
const char *json_ends_name(uint8_t when);
const char *json_timer_name(uint8_t timer); /* enum tcp_timer */
const char *json_seen_name(uint8_t seen);   /* enum threads_seen */

/* NULL for what could not be read. */
const char *json_call_name(uint8_t call);     /* enum thread_call */
const char *json_object_name(uint8_t object); /* enum thread_object */

#endif
