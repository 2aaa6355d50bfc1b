/* SPDX-License-Identifier: Apache-2.0 */
/* What time it is. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds: for measuring how long something took. */
uint64_t clock_mono_ns(void);

/* CLOCK_BOOTTIME in nanoseconds: the clock of /proc/PID/stat's start time. */
uint64_t clock_boot_ns(void);

/* CLOCK_REALTIME in milliseconds since 1970. */
uint64_t clock_real_ms(void);

#define CLOCK_RFC3339_LEN 32

/* Writes ms since 1970 as RFC 3339 UTC with milliseconds, e.g. 2026-11-20T10:42:00.123Z. */
void clock_format_rfc3339(uint64_t real_ms, char ret_text[static CLOCK_RFC3339_LEN]);

/* Sleeps until CLOCK_MONOTONIC reaches mono_ns; a signal does not shorten it. */
void clock_sleep_until(uint64_t mono_ns);

#endif
