/* SPDX-License-Identifier: Apache-2.0 */
/* Names told by patterns: `*` is any characters, `?` any one, `\` takes what follows as it stands.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether len bytes of pattern mean all of text. Bytes, not characters, and their case counts; a
 * `\` at the pattern's end is itself. At most len × strlen(text) steps, whatever the pattern. */
bool glob_match(const char *pattern, size_t len, const char *text);

#endif
