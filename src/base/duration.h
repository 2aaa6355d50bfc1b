/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as typed: "500ms", "3s", "2m", "1h", "7d"; a bare number is seconds. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

/* 0, or -EINVAL when the text is no duration, -ERANGE when it is above 49 days. */
int duration_parse(const char *text, uint32_t *ret_ms);

#endif
