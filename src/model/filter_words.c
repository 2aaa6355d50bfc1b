// SPDX-License-Identifier: Apache-2.0
/* The filter's text taken apart into words and signs, and what is said when they are wrong. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "model/filter_private.h"

__attribute__((format(printf, 4, 5))) int filter_fail(struct parser *p, size_t offset,
						      size_t length, const char *format, ...)
{
	va_list args;

	p->error->offset = offset;
	p->error->length = length ? length : 1;
	p->error->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	return -EINVAL;
}

/* Adds advice to the error just set; returns what filter_fail() returned. */
__attribute__((format(printf, 2, 3))) int filter_hint(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->error->hint, sizeof(p->error->hint), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct {
	const char *word;
	enum kind kind;
	enum filter_compare compare;
} signs[] = {
	/* The longer ones first. */
	{ "==", KIND_COMPARE, FILTER_EQ }, { "!=", KIND_COMPARE, FILTER_NE },
	{ ">=", KIND_COMPARE, FILTER_GE }, { "<=", KIND_COMPARE, FILTER_LE },
	{ "&&", KIND_AND, 0 },		    { "||", KIND_OR, 0 },
	{ "=", KIND_COMPARE, FILTER_EQ },  { ">", KIND_COMPARE, FILTER_GT },
	{ "<", KIND_COMPARE, FILTER_LT },  { "&", KIND_AND, 0 },
	{ "|", KIND_OR, 0 },		    { "!", KIND_NOT, 0 },
	{ "(", KIND_OPEN, 0 },		    { ")", KIND_CLOSE, 0 },
}, keywords[] = {
	{ "and", KIND_AND, 0 },		     { "or", KIND_OR, 0 },
	{ "not", KIND_NOT, 0 },		     { "eq", KIND_COMPARE, FILTER_EQ },
	{ "ne", KIND_COMPARE, FILTER_NE },  { "neq", KIND_COMPARE, FILTER_NE },
	{ "ge", KIND_COMPARE, FILTER_GE },  { "geq", KIND_COMPARE, FILTER_GE },
	{ "le", KIND_COMPARE, FILTER_LE },  { "leq", KIND_COMPARE, FILTER_LE },
	{ "gt", KIND_COMPARE, FILTER_GT },  { "lt", KIND_COMPARE, FILTER_LT },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\0' || strchr("()=!<>&|", c);
}

const char *filter_word(const struct parser *p)
{
	return p->text + p->token.offset;
}

bool filter_word_is(const struct parser *p, const char *word)
{
	return p->token.kind == KIND_WORD && p->token.len == strlen(word) &&
	       strncasecmp(filter_word(p), word, p->token.len) == 0;
}

static void take_sign(struct parser *p, size_t at)
{
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		size_t len = strlen(signs[i].word);

		if (p->len - at >= len && memcmp(p->text + at, signs[i].word, len) == 0) {
			p->token = (struct token){ .kind = signs[i].kind,
						   .compare = signs[i].compare,
						   .offset = at,
						   .len = len,
						   .end = at + len };
			return;
		}
	}
	/* A NUL within the text: an empty word, which no rule accepts. */
	p->token = (struct token){ .kind = KIND_WORD, .offset = at, .len = 1, .end = at + 1 };
}

/* A quote within quotes is written with a backslash, which stays: patterns know what it means. */
static void take_quoted(struct parser *p, size_t at)
{
	size_t end = at + 1;

	while (end < p->len && p->text[end] != p->text[at])
		end += p->text[end] == '\\' && end + 1 < p->len ? 2 : 1;
	if (end >= p->len) {
		p->token = (struct token){
			.kind = KIND_UNCLOSED, .offset = at, .len = 1, .end = p->len
		};
		return;
	}
	p->token = (struct token){ .kind = KIND_WORD,
				   .offset = at + 1,
				   .len = end - at - 1,
				   .end = end + 1,
				   .is_quoted = true };
}

static void take_word(struct parser *p, size_t at)
{
	size_t end = at;

	while (end < p->len && !ends_word(p->text[end]))
		end++;
	p->token = (struct token){ .kind = KIND_WORD, .offset = at, .len = end - at, .end = end };
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (filter_word_is(p, keywords[i].word)) {
			p->token.kind = keywords[i].kind;
			p->token.compare = keywords[i].compare;
			return;
		}
	}
}

/* Looks at the next word. */
void filter_next(struct parser *p)
{
	size_t at = p->token.end;

	while (at < p->len && is_blank(p->text[at]))
		at++;
	if (at == p->len)
		p->token = (struct token){ .kind = KIND_END, .offset = at, .end = at };
	else if (p->text[at] == '"' || p->text[at] == '\'')
		take_quoted(p, at);
	else if (ends_word(p->text[at]))
		take_sign(p, at);
	else
		take_word(p, at);
}

int filter_need_word(struct parser *p, const char *what)
{
	if (p->token.kind == KIND_WORD)
		return 0;
	if (p->token.kind == KIND_UNCLOSED)
		return filter_fail(p, p->token.offset, 1, "this quote is never closed");
	return filter_fail(p, p->token.offset, p->token.len, "%s is missing here", what);
}

bool filter_word_only(const char *text, size_t len, const char *allowed)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || !strchr(allowed, text[i]))
			return false;
	return true;
}

int64_t filter_read_number(const char *text, size_t len, int64_t max)
{
	int64_t value = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		int64_t digit = text[i] - '0';

		if (digit < 0 || digit > 9 || value > (max - digit) / 10)
			return -EINVAL;
		value = value * 10 + digit;
	}
	return value;
}

bool filter_copy_word(const struct parser *p, char *ret_text, size_t size)
{
	if (p->token.len >= size || memchr(filter_word(p), '\0', p->token.len))
		return false;
	memcpy(ret_text, filter_word(p), p->token.len);
	ret_text[p->token.len] = '\0';
	return true;
}
