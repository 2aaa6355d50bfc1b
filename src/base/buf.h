/* SPDX-License-Identifier: Apache-2.0 */
/* A growing piece of text or bytes. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

/* *shape*: all zero is an empty buffer. `data` is NUL-terminated whenever `len` > 0; after a failed
 * allocation `failed` is set, everything added later is dropped, and buf_error() says -ENOMEM: so a
 * writer adds freely and asks once at the end. Owns `data`. */
struct buf {
	char *data;
	size_t len;
	size_t cap;
	int failed;
};

void buf_finish(struct buf *b);
#define _buf_ __attribute__((cleanup(buf_finish)))

/* bytes may be NULL where len is 0. */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *format, ...);
__attribute__((format(printf, 2, 0))) void buf_vprintf(struct buf *b, const char *format,
						       va_list args);

/* Adds text from outside (comm, command line, path) so that no control character, no invalid UTF-8
 * and no bidirectional override reaches a terminal: those become \xNN. */
void buf_put_safe(struct buf *b, const char *text);

/* The text so far, "" when empty; borrows until the next change. */
const char *buf_text(const struct buf *b);

/* 0, or -ENOMEM if anything could not be added. */
int buf_error(const struct buf *b);

#endif
