// SPDX-License-Identifier: Apache-2.0
/* Text that grows, and outside text made harmless. */
#include "base/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void buf_finish(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

static int buf_room(struct buf *b, size_t more)
{
	size_t want = b->cap ? b->cap : 256;
	char *grown;

	if (b->failed)
		return -ENOMEM;
	if (more < b->cap - b->len && b->cap)
		return 0;
	while (want - b->len <= more) {
		if (want > SIZE_MAX / 4) {
			b->failed = 1;
			return -ENOMEM;
		}
		want *= 2;
	}
	grown = realloc(b->data, want);
	if (!grown) {
		b->failed = 1;
		return -ENOMEM;
	}
	b->data = grown;
	b->cap = want;
	return 0;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (buf_room(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0) {
		b->failed = 1;
		return;
	}
	if (buf_room(b, (size_t)len + 1))
		return;
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	b->len += (size_t)len;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

void buf_put_safe(struct buf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		uint32_t point;
		size_t used = utf8_decode(p, left, &point);

		if (used && utf8_is_printable(point)) {
			buf_add(b, p, used);
		} else {
			used = 1;
			buf_printf(b, "\\x%02x", *p);
		}
		p += used;
		left -= used;
	}
}

const char *buf_text(const struct buf *b)
{
	return b->len ? b->data : "";
}

int buf_error(const struct buf *b)
{
	return b->failed ? -ENOMEM : 0;
}
