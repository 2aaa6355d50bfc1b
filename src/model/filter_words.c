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
	enum compare compare;
} signs[] = {
	/* The longer ones first. */
	{ "==", KIND_COMPARE, COMPARE_EQ }, { "!=", KIND_COMPARE, COMPARE_NE },
	{ ">=", KIND_COMPARE, COMPARE_GE }, { "<=", KIND_COMPARE, COMPARE_LE },
	{ "&&", KIND_AND, 0 },		    { "||", KIND_OR, 0 },
	{ "=", KIND_COMPARE, COMPARE_EQ },  { ">", KIND_COMPARE, COMPARE_GT },
	{ "<", KIND_COMPARE, COMPARE_LT },  { "&", KIND_AND, 0 },
	{ "|", KIND_OR, 0 },		    { "!", KIND_NOT, 0 },
	{ "(", KIND_OPEN, 0 },		    { ")", KIND_CLOSE, 0 },
}, keywords[] = {
	{ "and", KIND_AND, 0 },		     { "or", KIND_OR, 0 },
	{ "not", KIND_NOT, 0 },		     { "eq", KIND_COMPARE, COMPARE_EQ },
	{ "ne", KIND_COMPARE, COMPARE_NE },  { "neq", KIND_COMPARE, COMPARE_NE },
	{ "ge", KIND_COMPARE, COMPARE_GE },  { "geq", KIND_COMPARE, COMPARE_GE },
	{ "le", KIND_COMPARE, COMPARE_LE },  { "leq", KIND_COMPARE, COMPARE_LE },
	{ "gt", KIND_COMPARE, COMPARE_GT },  { "lt", KIND_COMPARE, COMPARE_LT },
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
			p->token = (struct token){ signs[i].kind, signs[i].compare, at, len };
			return;
		}
	}
	/* A NUL within the text: an empty word, which no rule accepts. */
	p->token = (struct token){ KIND_WORD, 0, at, 1 };
}

/* Looks at the next word. */
void filter_next(struct parser *p)
{
	size_t at = p->token.offset + p->token.len, end;

	while (at < p->len && is_blank(p->text[at]))
		at++;
	if (at == p->len) {
		p->token = (struct token){ KIND_END, 0, at, 0 };
		return;
	}
	if (ends_word(p->text[at])) {
		take_sign(p, at);
		return;
	}
	for (end = at; end < p->len && !ends_word(p->text[end]);)
		end++;
	p->token = (struct token){ KIND_WORD, 0, at, end - at };
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (filter_word_is(p, keywords[i].word)) {
			p->token.kind = keywords[i].kind;
			p->token.compare = keywords[i].compare;
			return;
		}
	}
}

int filter_need_word(struct parser *p, const char *what)
{
	if (p->token.kind == KIND_WORD)
		return 0;
	return filter_fail(p, p->token.offset, p->token.len, "%s is missing here", what);
}

bool filter_word_only(const char *text, size_t len, const char *allowed)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || !strchr(allowed, text[i]))
			return false;
	return true;
}

long filter_read_number(const char *text, size_t len, long max)
{
	long value = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (text[i] - '0');
		if (value > max)
			return -EINVAL;
	}
	return value;
}
