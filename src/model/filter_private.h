/* SPDX-License-Identifier: Apache-2.0 */
/* What the three files of the filter language share; nobody else includes it. */
#ifndef MODEL_FILTER_PRIVATE_H
#define MODEL_FILTER_PRIVATE_H

#include "model/filter.h"

struct conn;

enum op { OP_TEST = 0, OP_NOT, OP_AND, OP_OR };

enum compare { COMPARE_EQ = 0, COMPARE_NE, COMPARE_GE, COMPARE_LE, COMPARE_GT, COMPARE_LT };

enum kind {
	KIND_END = 0,
	KIND_WORD,
	KIND_COMPARE,
	KIND_OPEN,
	KIND_CLOSE,
	KIND_AND,
	KIND_OR,
	KIND_NOT
};

struct token {
	enum kind kind;
	enum compare compare; /* of KIND_COMPARE */
	size_t offset;
	size_t len;
};

struct parser {
	const char *text;
	size_t len;
	struct token token; /* the one looked at */
	filter_service_port *service_port;
	struct filter *filter;
	struct filter_error *error;
	unsigned int depth;
};

/* A word that something can be asked about. One row here, its two functions, and it is in the
 * language. */
struct noun {
	const char *name;
	/* Takes the words behind the noun. 0 or -EINVAL with the parser's error set. */
	int (*parse)(struct parser *p, struct filter_node *node);
	bool (*match)(const struct filter_node *node, const struct conn *c);
};

/* The nouns, ended by one without a name. */
extern const struct noun filter_nouns[];
enum { FILTER_NOUN_SPORT = 0 };

/* Sets the error at length bytes from offset. Returns -EINVAL. */
__attribute__((format(printf, 4, 5))) int filter_fail(struct parser *p, size_t offset,
						      size_t length, const char *format, ...);

/* Adds advice to the error just set. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int filter_hint(struct parser *p, const char *format, ...);

/* Looks at the next token. */
void filter_next(struct parser *p);

/* Where the token stands in the text: p->token.len bytes, no NUL behind them. */
const char *filter_word(const struct parser *p);

/* Whether the token is this word, in any case. */
bool filter_word_is(const struct parser *p, const char *word);

/* 0 when the token is a word, else the error that `what` is missing. */
int filter_need_word(struct parser *p, const char *what);

/* Whether all len bytes are of `allowed`. */
bool filter_word_only(const char *text, size_t len, const char *allowed);

/* Decimal digits that make a number up to max; -EINVAL for everything else. */
long filter_read_number(const char *text, size_t len, long max);

/* The port written by len bytes at `offset` of the text, without its colon. 0 or -EINVAL. */
int filter_read_port(struct parser *p, size_t offset, size_t len, uint16_t *ret_port);

/* The states meant by a state's or group's name, 0 when it is none. */
uint32_t filter_find_states(const char *name, size_t len);

/* The state or group that was probably meant, or NULL. */
const char *filter_near_state(const char *name, size_t len);

/* The one test that is about states alone. */
bool filter_match_state(const struct filter_node *node, const struct conn *c);

#endif
