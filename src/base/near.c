// SPDX-License-Identifier: Apache-2.0
/* Edit distance with swapped neighbours. */
#include "base/near.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Longer words are no misspelt names of ours. */
#define WORD_MAX 32

struct near near_begin(const char *word, size_t len)
{
	return (struct near){ .word = word, .len = len, .distance = SIZE_MAX };
}

static char plain(char c)
{
	return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t k = 0; k <= b_len; k++)
		last[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			bool same = plain(a[i - 1]) == plain(b[k - 1]);

			row[k] = least(last[k - 1] + !same, least(last[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && plain(a[i - 1]) == plain(b[k - 2]) &&
			    plain(a[i - 2]) == plain(b[k - 1]))
				row[k] = least(row[k], before[k - 2] + 1);
		}
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_len];
}

void near_try(struct near *n, const char *name)
{
	size_t len = strlen(name), longer = len > n->len ? len : n->len, d;

	if (n->len == 0 || longer > WORD_MAX)
		return;
	d = distance(n->word, n->len, name, len);
	if (d < n->distance && d * 3 <= longer) {
		n->distance = d;
		n->best = name;
	}
}
