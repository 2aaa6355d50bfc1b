// SPDX-License-Identifier: Apache-2.0
/* Composing a page of text. */
#include "show/text/screen.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static const struct {
	uint32_t point;
	const char *ascii;
} ascii_spellings[] = {
	{ 0x00d7, "x" },   /* × */
	{ 0x00b7, "-" },   /* · */
	{ 0x2192, "->" },  /* → */
	{ 0x2190, "<-" },  /* ← */
	{ 0x2265, ">=" },  /* ≥ */
	{ 0x2264, "<=" },  /* ≤ */
	{ 0x2013, "-" },   /* – */
	{ 0x2014, "-" },   /* — */
	{ 0x2212, "-" },   /* − */
	{ 0x2018, "'" },   /* ‘ */
	{ 0x2019, "'" },   /* ’ */
	{ 0x201c, "\"" },  /* “ */
	{ 0x201d, "\"" },  /* ” */
	{ 0x2026, "..." }, /* … */
};

static const char *ascii_of(uint32_t point)
{
	for (size_t i = 0; i < ARRAY_LEN(ascii_spellings); i++)
		if (ascii_spellings[i].point == point)
			return ascii_spellings[i].ascii;
	return NULL;
}

void screen_fold(struct buf *b, const char *text, bool utf8)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left) {
		uint32_t point;
		size_t used = utf8_decode(p, left, &point);
		const char *ascii;

		if (!used || !utf8_is_printable(point)) {
			used = used ? used : 1;
			for (size_t i = 0; i < used; i++)
				buf_printf(b, "\\x%02x", p[i]);
		} else if (utf8 || point < 0x80) {
			buf_add(b, p, used);
		} else if ((ascii = ascii_of(point))) {
			buf_puts(b, ascii);
		} else {
			for (size_t i = 0; i < used; i++)
				buf_printf(b, "\\x%02x", p[i]);
		}
		p += used;
		left -= used;
	}
}

size_t screen_columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void put_folded(struct screen *s, const char *text, size_t len)
{
	size_t before = s->text.len;

	buf_add(&s->text, text, len);
	if (s->text.len > before)
		s->column += screen_columns(s->text.data + before);
}

void screen_put(struct screen *s, const char *text)
{
	_buf_ struct buf folded = { 0 };

	screen_fold(&folded, text, s->options->utf8);
	s->text.failed |= folded.failed;
	put_folded(s, buf_text(&folded), folded.len);
}

void screen_printf(struct screen *s, const char *format, ...)
{
	_buf_ struct buf text = { 0 };
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	s->text.failed |= text.failed;
	screen_put(s, buf_text(&text));
}

void screen_ink(struct screen *s, enum ink ink)
{
	static const char *const codes[] = {
		[INK_PLAIN] = "\x1b[0m", [INK_STUCK] = "\x1b[1;31m", [INK_EXPECTED] = "\x1b[32m",
		[INK_TYPE] = "\x1b[36m", [INK_HEADING] = "\x1b[1m",
	};

	if (s->options->colour)
		buf_puts(&s->text, codes[ink]);
}

void screen_pad(struct screen *s, size_t column)
{
	while (s->column < column && !s->text.failed) {
		buf_putc(&s->text, ' ');
		s->column++;
	}
}

void screen_newline(struct screen *s)
{
	while (s->text.len && s->text.data[s->text.len - 1] == ' ')
		s->text.len--;
	buf_putc(&s->text, '\n');
	s->column = 0;
}

size_t screen_width(const struct screen *s)
{
	return s->options->width ? s->options->width : TEXT_WIDTH_DEFAULT;
}

static const char *ellipsis_of(const struct screen *s)
{
	return s->options->utf8 ? "…" : "...";
}

/* How many bytes of a word fit into `columns`, at least one character. */
static size_t fitting(const char *word, size_t len, size_t columns)
{
	size_t used = 0, n = 0;

	while (used < len) {
		n += ((unsigned char)word[used] & 0xc0) != 0x80;
		if (n > columns && n > 1)
			break;
		used++;
	}
	return used;
}

/* Takes characters off the end of the page until `columns` of the line are left. */
static void take_back(struct screen *s, size_t columns)
{
	while (s->column > columns && s->text.len && !s->text.failed) {
		bool is_start = (s->text.data[--s->text.len] & 0xc0) != 0x80;

		s->column -= is_start;
	}
}

/* Goes on in the next line. When *lines is the last one an ellipsis is put instead and false
 * returned. */
static bool break_line(struct screen *s, size_t indent, unsigned int *lines)
{
	if (*lines == 1) {
		const char *ellipsis = ellipsis_of(s);

		take_back(s, screen_width(s) - screen_columns(ellipsis));
		put_folded(s, ellipsis, strlen(ellipsis));
		return false;
	}
	if (*lines)
		--*lines;
	screen_newline(s);
	screen_pad(s, indent);
	return true;
}

/* A word that is longer than a whole line is broken where the line ends. */
static bool put_word(struct screen *s, const char *word, size_t len, size_t indent,
		     unsigned int *lines)
{
	size_t width = screen_width(s);

	for (;;) {
		size_t room = width > s->column ? width - s->column : 0;
		size_t used = fitting(word, len, room);

		put_folded(s, word, used);
		word += used;
		len -= used;
		if (!len)
			return true;
		if (!break_line(s, indent, lines))
			return false;
	}
}

static size_t columns_in(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

void screen_wrap(struct screen *s, const char *text, size_t indent, unsigned int lines)
{
	_buf_ struct buf folded = { 0 };
	const char *p;

	screen_fold(&folded, text, s->options->utf8);
	s->text.failed |= folded.failed;
	p = buf_text(&folded) + strspn(buf_text(&folded), " ");
	for (bool is_first = true; *p; is_first = false) {
		size_t len = strcspn(p, " ");

		if (!is_first) {
			if (s->column + 1 + columns_in(p, len) <= screen_width(s))
				screen_pad(s, s->column + 1);
			else if (!break_line(s, indent, &lines))
				return;
		}
		if (!put_word(s, p, len, indent, &lines))
			return;
		p += len;
		p += strspn(p, " ");
	}
}

void screen_clip(struct screen *s, const char *text, size_t columns)
{
	_buf_ struct buf folded = { 0 };
	const char *ellipsis = ellipsis_of(s);
	size_t mark = screen_columns(ellipsis);

	screen_fold(&folded, text, s->options->utf8);
	s->text.failed |= folded.failed;
	if (screen_columns(buf_text(&folded)) <= columns) {
		put_folded(s, buf_text(&folded), folded.len);
		return;
	}
	if (columns > mark)
		put_folded(s, buf_text(&folded),
			   fitting(buf_text(&folded), folded.len, columns - mark));
	put_folded(s, ellipsis, strlen(ellipsis));
}

void screen_heading(struct screen *s, const char *text)
{
	screen_newline(s);
	screen_ink(s, INK_HEADING);
	screen_put(s, text);
	screen_ink(s, INK_PLAIN);
	screen_newline(s);
}

void screen_sentence(struct screen *s, const char *text)
{
	screen_pad(s, 2);
	screen_wrap(s, text, 2, 0);
	screen_newline(s);
}

int screen_write(struct screen *s, FILE *out)
{
	int r = buf_error(&s->text);

	errno = 0;
	if (r == 0 && s->text.len && fwrite(s->text.data, 1, s->text.len, out) != s->text.len)
		r = errno ? -errno : -EIO;
	buf_finish(&s->text);
	return r;
}
