/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes may be shown to a person. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one code point from p (len bytes). Returns the bytes used, 0 when they are not valid
 * UTF-8 (overlong forms and surrogates are not; RFC 3629 3). */
size_t utf8_decode(const unsigned char *p, size_t len, uint32_t *ret_point);

/* False for control characters (C0, DEL, C1), line and paragraph separators, and the bidirectional
 * controls that can make a terminal show text in another order than it stands (CVE-2021-42574). */
bool utf8_is_printable(uint32_t point);

#endif
