/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the filter language share; nobody else includes it. */
#ifndef MODEL_FILTER_PRIVATE_H
#define MODEL_FILTER_PRIVATE_H

#include "model/filter.h"
#include "model/snapshot.h"

enum kind {
	KIND_END = 0,
	KIND_WORD,
	KIND_UNCLOSED, /* a quote that nothing closes */
	KIND_COMPARE,
	KIND_OPEN,
	KIND_CLOSE,
	KIND_AND,
	KIND_OR,
	KIND_NOT
};

/* *shape*: offset and len are those of what a quoted word has between its quotes. */
struct token {
	enum kind kind;
	enum filter_compare compare; /* of KIND_COMPARE */
	size_t offset;
	size_t len;
	size_t end; /* where the next one may begin */
	bool is_quoted;
};

struct parser {
	const char *text;
	size_t len;
	struct token token; /* the one looked at */
	const struct filter_names *names;
	struct filter *filter;
	struct filter_error *error;
	unsigned int depth;
};

/* One condition asked of one connection. */
struct test {
	const struct filter *filter;
	const struct filter_node *node;
	const struct filter_subject *subject;
	const struct conn *c;
};

/* A word that something can be asked about. One of these, its row in filter_table.c, and it is in
 * the language. */
struct noun {
	const char *name;
	const char *takes; /* what stands behind it; NULL: an alias, not listed */
	const char *says;  /* what it asks, for help and man page */
	enum filter_about about;
	/* Takes the words behind the noun. 0 or -EINVAL with the parser's error set. */
	int (*parse)(struct parser *p, struct filter_node *node);
	enum fact (*match)(const struct test *t);
};

extern const struct noun filter_noun_sport, filter_noun_dport, filter_noun_src, filter_noun_dst,
	filter_noun_state, filter_noun_exclude, filter_noun_excl, filter_noun_autobound,
	filter_noun_dev, filter_noun_cgroup, filter_noun_uid, filter_noun_user, filter_noun_netns,
	filter_noun_pid, filter_noun_fd, filter_noun_comm, filter_noun_exe, filter_noun_program,
	filter_noun_cmdline, filter_noun_unit, filter_noun_container, filter_noun_pod,
	filter_noun_cause, filter_noun_severity, filter_noun_confidence, filter_noun_role,
	filter_noun_age, filter_noun_finding, filter_noun_id;

/* The nouns, ended by NULL; the one that a port alone means. */
extern const struct noun *const filter_nouns[];
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
int64_t filter_read_number(const char *text, size_t len, int64_t max);

/* The comparison that stands here, or EQ when none does. `unordered` is what has no order
 * ("addresses"), NULL where < and > can stand too. 0 or -EINVAL. */
int filter_take_compare(struct parser *p, const char *unordered, uint8_t *ret_compare);

/* Whether a compares so to b. */
bool filter_compare(uint8_t compare, uint64_t a, uint64_t b);

/* The opposite of what is known. */
enum fact filter_not(enum fact fact);

/* The port written by len bytes at `offset` of the text, without its colon. 0 or -EINVAL. */
int filter_read_port(struct parser *p, size_t offset, size_t len, uint16_t *ret_port);

/* Takes a number up to max, or a name that `resolve` (may be NULL) knows; the comparison has been
 * taken. `what` is "a process id". 0 or -EINVAL. */
int filter_take_number(struct parser *p, struct filter_node *node, const char *what, uint64_t max,
		       int (*resolve)(const char *name, uint64_t *ret));

/* Takes one of n words and puts its row into node->number; `what` is "a severity". 0 or -EINVAL. */
int filter_take_choice(struct parser *p, struct filter_node *node, const char *what,
		       const char *const *words, size_t n);

/* Copies the looked at word into ret_text with a NUL; false when it does not fit or has one. */
bool filter_copy_word(const struct parser *p, char *ret_text, size_t size);

/* Takes the looked at word into the filter's texts. 0 or -EINVAL. */
int filter_keep_text(struct parser *p, struct filter_node *node, const char *what);

/* Whether the test's pattern means this text. */
bool filter_text_is(const struct test *t, const char *text);

/* The states meant by a state's or group's name, 0 when it is none. */
uint32_t filter_find_states(const char *name, size_t len);

/* The state or group that was probably meant, or NULL. */
const char *filter_near_state(const char *name, size_t len);

#endif
