// SPDX-License-Identifier: Apache-2.0
/* How one JSON value becomes bytes. */
#include "show/json/writer.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "model/addr.h"
#include "model/snapshot.h"

/* More than a key, a number or an escape ever needs: room for it is asked for once a value. */
#define PIECE_MAX 256

void json_begin(struct json *j, FILE *out)
{
	j->out = out;
	j->len = 0;
	j->error = 0;
	j->comma = false;
}

static void flush_chunk(struct json *j)
{
	errno = 0;
	if (!j->error && j->len && fwrite(j->chunk, 1, j->len, j->out) != j->len)
		j->error = errno ? -errno : -EIO;
	j->len = 0;
}

int json_end(struct json *j)
{
	flush_chunk(j);
	return j->error;
}

static inline void make_room(struct json *j, size_t need)
{
	if (JSON_CHUNK - j->len < need)
		flush_chunk(j);
}

static inline void add(struct json *j, const char *bytes, size_t len)
{
	memcpy(j->chunk + j->len, bytes, len);
	j->len += len;
}

static inline void add_char(struct json *j, char c)
{
	j->chunk[j->len++] = c;
}

/* What stands before every value, and room for PIECE_MAX - 70 bytes of it. Keys are short: a loop
 * over a pointer of its own is faster than strlen() and memcpy(). */
static void begin_value(struct json *j, const char *key)
{
	char *p;

	make_room(j, PIECE_MAX);
	p = j->chunk + j->len;
	if (j->comma)
		*p++ = ',';
	j->comma = true;
	if (key) {
		*p++ = '"';
		while (*key)
			*p++ = *key++;
		*p++ = '"';
		*p++ = ':';
	}
	j->len = (size_t)(p - j->chunk);
}

void json_open_object(struct json *j, const char *key)
{
	begin_value(j, key);
	add_char(j, '{');
	j->comma = false;
}

void json_close_object(struct json *j)
{
	make_room(j, 1);
	add_char(j, '}');
	j->comma = true;
}

void json_open_array(struct json *j, const char *key)
{
	begin_value(j, key);
	add_char(j, '[');
	j->comma = false;
}

void json_close_array(struct json *j)
{
	make_room(j, 1);
	add_char(j, ']');
	j->comma = true;
}

void json_end_line(struct json *j)
{
	make_room(j, 1);
	add_char(j, '\n');
	j->comma = false;
}

void json_put_null(struct json *j, const char *key)
{
	begin_value(j, key);
	add(j, "null", 4);
}

void json_put_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	add(j, value ? "true" : "false", value ? 4 : 5);
}

static void add_uint(struct json *j, uint64_t value)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	add(j, p, (size_t)(digits + sizeof(digits) - p));
}

void json_put_uint(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	add_uint(j, value);
}

void json_put_id(struct json *j, const char *key, uint64_t id)
{
	begin_value(j, key);
	if (!id) {
		add(j, "null", 4);
		return;
	}
	add_char(j, '"');
	add_uint(j, id);
	add_char(j, '"');
}

void json_put_double(struct json *j, const char *key, double value)
{
	double size = value < 0 ? -value : value;
	uint64_t thousandths, whole;
	unsigned int rest;

	/* Beyond 2^53 thousandths a double has no decimals left to round; false for NAN too. */
	if (!(size < 9007199254740.0)) {
		json_put_null(j, key);
		return;
	}
	thousandths = (uint64_t)(size * 1000 + 0.5);
	whole = thousandths / 1000;
	rest = (unsigned int)(thousandths % 1000);
	begin_value(j, key);
	if (value < 0 && thousandths > 0)
		add_char(j, '-');
	add_uint(j, whole);
	if (!rest)
		return;
	add_char(j, '.');
	for (unsigned int unit = 100; rest; unit /= 10) {
		add_char(j, (char)('0' + rest / unit));
		rest %= unit;
	}
}

static void add_unicode(struct json *j, uint32_t point)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = { '\\', 'u' };

	for (int i = 0; i < 4; i++)
		text[2 + i] = hex[point >> (12 - 4 * i) & 0xf];
	add(j, text, sizeof(text));
}

/* A character that cannot stand for itself. Returns the bytes of it. */
static size_t add_special(struct json *j, const unsigned char *p, size_t left)
{
	uint32_t point;
	size_t used = utf8_decode(p, left, &point);

	if (used == 0) {
		add(j, "\xef\xbf\xbd", 3);
		return 1;
	}
	if (point == '"' || point == '\\') {
		add_char(j, '\\');
		add_char(j, (char)point);
	} else if (point == '\n') {
		add(j, "\\n", 2);
	} else if (point == '\t') {
		add(j, "\\t", 2);
	} else if (!utf8_is_printable(point)) {
		add_unicode(j, point);
	} else {
		add(j, (const char *)p, used);
	}
	return used;
}

static inline bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Adds the plain characters at text, at most PIECE_MAX of them. Returns what follows. */
static const unsigned char *add_plain(struct json *j, const unsigned char *text)
{
	char *p, *end;

	make_room(j, PIECE_MAX);
	p = j->chunk + j->len;
	end = p + PIECE_MAX;
	while (p < end && is_plain(*text))
		*p++ = (char)*text++;
	j->len = (size_t)(p - j->chunk);
	return text;
}

void json_put_text(struct json *j, const char *key, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	if (!text) {
		json_put_null(j, key);
		return;
	}
	begin_value(j, key);
	add_char(j, '"');
	while (*(p = add_plain(j, p))) {
		if (is_plain(*p))
			continue;
		make_room(j, PIECE_MAX);
		p += add_special(j, p, strnlen((const char *)p, 4));
	}
	make_room(j, 1);
	add_char(j, '"');
}

void json_put_plain(struct json *j, const char *key, const char *text, size_t len)
{
	begin_value(j, key);
	make_room(j, len + 2);
	add_char(j, '"');
	add(j, text, len);
	add_char(j, '"');
}

static const char *skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* RFC 8259 6. */
static bool is_number(const char *p)
{
	const char *digits;

	if (*p == '-')
		p++;
	digits = p;
	p = skip_digits(p);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return false;
	if (*p == '.') {
		digits = ++p;
		p = skip_digits(p);
		if (p == digits)
			return false;
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		digits = p;
		p = skip_digits(p);
		if (p == digits)
			return false;
	}
	return *p == '\0';
}

void json_put_value(struct json *j, const char *key, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	if (len && len < 64 &&
	    (is_number(value) || strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
	     strcmp(value, "null") == 0)) {
		begin_value(j, key);
		add(j, value, len);
	} else {
		json_put_text(j, key, value);
	}
}

void json_put_endpoint(struct json *j, const char *key, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_LEN];

	if (!e->version) {
		json_put_null(j, key);
		return;
	}
	endpoint_format(e, text);
	json_put_plain(j, key, text, strlen(text));
}

void json_put_fact(struct json *j, const char *key, uint8_t fact)
{
	if (fact == FACT_UNKNOWN)
		json_put_null(j, key);
	else
		json_put_bool(j, key, fact == FACT_YES);
}

void json_put_known(struct json *j, const char *key, uint32_t value)
{
	if (value == VALUE_UNKNOWN)
		json_put_null(j, key);
	else
		json_put_uint(j, key, value);
}
