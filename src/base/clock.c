// SPDX-License-Identifier: Apache-2.0
/* Clocks, each under the name of what it is for. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S 1000000000ull

static uint64_t clock_read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_boot_ns(void)
{
	return clock_read_ns(CLOCK_BOOTTIME);
}

uint64_t clock_real_ms(void)
{
	return clock_read_ns(CLOCK_REALTIME) / 1000000;
}

void clock_format_rfc3339(uint64_t real_ms, char ret_text[static CLOCK_RFC3339_LEN])
{
	time_t seconds = (time_t)(real_ms / 1000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(ret_text, CLOCK_RFC3339_LEN, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret_text + len, CLOCK_RFC3339_LEN - len, ".%03uZ", (unsigned int)(real_ms % 1000));
}

void clock_sleep_until(uint64_t mono_ns)
{
	struct timespec until = { .tv_sec = (time_t)(mono_ns / NS_PER_S),
				  .tv_nsec = (long)(mono_ns % NS_PER_S) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
