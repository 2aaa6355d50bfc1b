// SPDX-License-Identifier: Apache-2.0
/* Counts and durations in words. */
#include "model/text.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

void text_put_count(struct buf *b, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, digits[i]);
	}
}

void text_put_duration(struct buf *b, uint64_t ms)
{
	unsigned long long s = ms / 1000, min = s / 60, h = min / 60, d = h / 24;

	if (s < 1)
		buf_printf(b, "%llu ms", (unsigned long long)ms);
	else if (min < 1)
		buf_printf(b, "%llu s", s);
	else if (h < 1)
		buf_printf(b, "%llu min %02llu s", min, s % 60);
	else if (d < 1)
		buf_printf(b, "%llu h %02llu min", h, min % 60);
	else
		buf_printf(b, "%llu d %02llu h", d, h % 24);
}
