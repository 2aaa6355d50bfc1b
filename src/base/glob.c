// SPDX-License-Identifier: Apache-2.0
/* Patterns matched without recursion: only the last star is ever tried again. */
#include "base/glob.h"

bool glob_match(const char *pattern, size_t len, const char *text)
{
	size_t at = 0, behind_star = 0;
	const char *again = NULL; /* where the text goes on when the last star takes one more */

	while (*text) {
		if (at < len && pattern[at] == '*') {
			behind_star = ++at;
			again = text;
			continue;
		}
		if (at < len) {
			size_t used = pattern[at] == '\\' && at + 1 < len ? 2 : 1;

			if ((used == 1 && pattern[at] == '?') || pattern[at + used - 1] == *text) {
				at += used;
				text++;
				continue;
			}
		}
		if (!again)
			return false;
		at = behind_star;
		text = ++again;
	}
	while (at < len && pattern[at] == '*')
		at++;
	return at == len;
}
