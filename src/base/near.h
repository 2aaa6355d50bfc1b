/* SPDX-License-Identifier: Apache-2.0 */
/* Which known name was probably meant by a mistyped word. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

/* Borrows word and the names tried. */
struct near {
	const char *word;
	size_t len;
	const char *best; /* the nearest name so far, NULL when none is near enough */
	size_t distance;
};

/* Starts the search for `len` characters. */
struct near near_begin(const char *word, size_t len);

/* Offers a name. It is near enough when at most a third of the longer one has to be typed anew (a
 * letter changed, left out, added, or two swapped; case and - or _ do not count). */
void near_try(struct near *n, const char *name);

#endif
