// SPDX-License-Identifier: Apache-2.0
/* The filter's grammar: words to a small postfix program, the program to yes or no. */
#include "model/filter.h"

#include <errno.h>

#include "base/mem.h"
#include "base/near.h"
#include "model/filter_private.h"
#include "model/finding.h"

static int emit(struct parser *p, const struct filter_node *node)
{
	if (p->filter->n == FILTER_NODES_MAX)
		return filter_fail(
			p, p->token.offset, p->token.len,
			"the filter is too long: at most %d conditions and their ands and ors",
			FILTER_NODES_MAX);
	p->filter->nodes[p->filter->n++] = *node;
	return 0;
}

static int emit_op(struct parser *p, enum filter_op op)
{
	return emit(p, &(struct filter_node){ .op = (uint8_t)op });
}

/* The cause with this id, or NULL. */
static const char *find_cause(const struct parser *p)
{
	for (uint8_t row = 0; p->names && p->names->cause && p->names->cause(row)[0]; row++)
		if (filter_word_is(p, p->names->cause(row)))
			return p->names->cause(row);
	return NULL;
}

/* What a word of another kind was probably meant to ask. False when it looks like nothing. */
static bool hint_condition(struct parser *p)
{
	const char *word = filter_word(p), *cause = find_cause(p);
	size_t len = p->token.len;
	int n = len < 64 ? (int)len : 64;

	if (filter_find_states(word, len))
		filter_hint(p, "write: state %.*s", n, word);
	else if (cause)
		filter_hint(p, "write: cause = %s", cause);
	else if (filter_read_number(word, len, 65535) >= 0)
		filter_hint(
			p, "a local port is :%.*s, a peer's is dport = :%.*s, a process pid = %.*s",
			n, word, n, word, n, word);
	else if (filter_word_only(word, len, "0123456789abcdefABCDEF.:/[]"))
		filter_hint(p, "a peer's address is dst %.*s, a local one src %.*s", n, word, n,
			    word);
	else
		return false;
	return true;
}

/* A word that is no noun: say what it may have been meant for. */
static int bad_word(struct parser *p)
{
	struct near near = near_begin(filter_word(p), p->token.len);

	if (filter_word_is(p, "fwmark")) {
		filter_fail(p, p->token.offset, p->token.len,
			    "ss can filter by fwmark, linger does not read it");
		return filter_hint(p, "ss -tan 'fwmark = MARK' does");
	}
	filter_fail(p, p->token.offset, p->token.len, "no filter begins with this word");
	if (hint_condition(p))
		return -EINVAL;
	for (size_t i = 0; filter_nouns[i]; i++)
		near_try(&near, filter_nouns[i]->name);
	if (near.best)
		return filter_hint(p, "did you mean %s?", near.best);
	if (filter_near_state(filter_word(p), p->token.len))
		return filter_hint(p, "did you mean: state %s?",
				   filter_near_state(filter_word(p), p->token.len));
	return filter_hint(p, "like state close-wait, dport = :443, pid = 4711, comm = java; "
			      "linger help filter lists all");
}

static int parse_noun(struct parser *p, size_t row, struct filter_node *node)
{
	int r;

	node->noun = (uint8_t)row;
	node->about = (uint8_t)filter_nouns[row]->about;
	filter_next(p);
	r = filter_nouns[row]->parse(p, node);
	return r < 0 ? r : emit(p, node);
}

static int parse_test(struct parser *p)
{
	struct filter_node node = { .op = FILTER_TEST };
	int r;

	if (p->token.len && filter_word(p)[0] == ':') {
		node.noun = FILTER_NOUN_SPORT;
		node.about = FILTER_ABOUT_SPORT;
		r = filter_read_port(p, p->token.offset + 1, p->token.len - 1, &node.value.port);
		if (r < 0)
			return r;
		filter_next(p);
		return emit(p, &node);
	}
	for (size_t i = 0; filter_nouns[i]; i++)
		if (filter_word_is(p, filter_nouns[i]->name))
			return parse_noun(p, i, &node);
	return bad_word(p);
}

static int parse_or(struct parser *p);

static int parse_brackets(struct parser *p)
{
	size_t offset = p->token.offset;
	int r;

	if (++p->depth > FILTER_DEPTH_MAX)
		return filter_fail(p, offset, 1, "more than %d brackets within each other",
				   FILTER_DEPTH_MAX);
	filter_next(p);
	r = parse_or(p);
	if (r < 0)
		return r;
	if (p->token.kind != KIND_CLOSE)
		return filter_fail(p, offset, 1, "this ( is never closed");
	p->depth--;
	filter_next(p);
	return 0;
}

static int parse_not(struct parser *p)
{
	bool negate = false;
	int r;

	for (; p->token.kind == KIND_NOT; filter_next(p))
		negate = !negate;
	if (p->token.kind == KIND_OPEN) {
		r = parse_brackets(p);
	} else {
		r = filter_need_word(p, "a condition");
		if (r == 0)
			r = parse_test(p);
	}
	if (r < 0 || !negate)
		return r;
	return emit_op(p, FILTER_NOT);
}

static int parse_and(struct parser *p)
{
	int r = parse_not(p);

	while (r == 0) {
		if (p->token.kind == KIND_AND)
			filter_next(p);
		else if (p->token.kind != KIND_WORD && p->token.kind != KIND_NOT &&
			 p->token.kind != KIND_OPEN)
			break;
		r = parse_not(p);
		if (r == 0)
			r = emit_op(p, FILTER_AND);
	}
	return r;
}

static int parse_or(struct parser *p)
{
	int r = parse_and(p);

	while (r == 0 && p->token.kind == KIND_OR) {
		filter_next(p);
		r = parse_and(p);
		if (r == 0)
			r = emit_op(p, FILTER_OR);
	}
	return r;
}

int filter_parse(const char *text, size_t len, const struct filter_names *names,
		 struct filter *ret_filter, struct filter_error *ret_error)
{
	struct filter filter = { 0 };
	struct parser p = {
		.text = text, .len = len, .names = names, .filter = &filter, .error = ret_error
	};
	int r = 0;

	if (len > FILTER_TEXT_MAX)
		return filter_fail(&p, FILTER_TEXT_MAX, 1,
				   "the filter is longer than %d characters", FILTER_TEXT_MAX);
	filter_next(&p);
	if (p.token.kind != KIND_END)
		r = parse_or(&p);
	if (r < 0)
		return r;
	if (p.token.kind == KIND_CLOSE)
		return filter_fail(&p, p.token.offset, 1, "this ) closes nothing");
	if (p.token.kind == KIND_UNCLOSED)
		return filter_need_word(&p, "");
	if (p.token.kind != KIND_END)
		return filter_fail(&p, p.token.offset, p.token.len, "nothing can be compared here");
	*ret_filter = filter;
	return 0;
}

bool filter_may_begin(const char *text, size_t len)
{
	struct parser p = { .text = text, .len = len };

	if (len > FILTER_TEXT_MAX)
		return false;
	filter_next(&p);
	for (size_t i = 0; filter_nouns[i]; i++)
		if (filter_word_is(&p, filter_nouns[i]->name))
			return true;
	return p.token.kind == KIND_NOT || p.token.kind == KIND_OPEN ||
	       (p.token.kind == KIND_WORD && p.token.len && filter_word(&p)[0] == ':');
}

struct filter_subject filter_subject_of(const struct judgement *j, uint32_t row)
{
	struct filter_subject subject = { .snapshot = j->snapshot,
					  .row = row,
					  .verdict = &j->verdicts[row],
					  .role = snapshot_conn(j->snapshot, row)->role };

	if (subject.verdict->finding < j->findings.n) {
		const struct finding *f = &j->findings.items[subject.verdict->finding];

		subject.finding = f->id;
		subject.role = f->role;
	}
	return subject;
}

static enum fact both(enum fact a, enum fact b)
{
	if (a == FACT_NO || b == FACT_NO)
		return FACT_NO;
	return a == FACT_YES && b == FACT_YES ? FACT_YES : FACT_UNKNOWN;
}

bool filter_match(const struct filter *f, const struct filter_subject *subject)
{
	struct test test = { .filter = f,
			     .subject = subject,
			     .c = snapshot_conn(subject->snapshot, subject->row) };
	enum fact stack[FILTER_NODES_MAX];
	size_t top = 0; /* how many stand on the stack */

	stack[0] = FACT_YES;
	for (size_t i = 0; i < f->n; i++) {
		test.node = &f->nodes[i];
		switch ((enum filter_op)test.node->op) {
		case FILTER_TEST:
			stack[top++] = filter_nouns[test.node->noun]->match(&test);
			break;
		case FILTER_NOT:
			stack[top - 1] = filter_not(stack[top - 1]);
			break;
		case FILTER_AND:
			top--;
			stack[top - 1] = both(stack[top - 1], stack[top]);
			break;
		case FILTER_OR:
			top--;
			stack[top - 1] = filter_not(
				both(filter_not(stack[top - 1]), filter_not(stack[top])));
			break;
		}
	}
	return stack[0] == FACT_YES;
}

static bool is_about_states(const struct filter_node *node)
{
	return node->op == FILTER_TEST && node->about == FILTER_ABOUT_STATES;
}

bool filter_names_states(const struct filter *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_about_states(&f->nodes[i]))
			return true;
	return false;
}

/* For each part of the filter: the states in which it can hold, and those in which it can fail.
 * Conditions that are not about states can do both in every state. */
struct reach {
	uint32_t holds, fails;
};

uint32_t filter_states(const struct filter *f)
{
	struct reach stack[FILTER_NODES_MAX] = { { TCP_BITS_ALL, 0 } };
	size_t top = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct filter_node *node = &f->nodes[i];
		struct reach *a = &stack[top > 1 ? top - 2 : 0], *b = &stack[top ? top - 1 : 0];

		switch ((enum filter_op)node->op) {
		case FILTER_TEST:
			stack[top++] = is_about_states(node)
					       ? (struct reach){ node->states, ~node->states }
					       : (struct reach){ TCP_BITS_ALL, TCP_BITS_ALL };
			break;
		case FILTER_NOT:
			*b = (struct reach){ b->fails, b->holds };
			break;
		case FILTER_AND:
			*a = (struct reach){ a->holds & b->holds, a->fails | b->fails };
			top--;
			break;
		case FILTER_OR:
			*a = (struct reach){ a->holds | b->holds, a->fails & b->fails };
			top--;
			break;
		}
	}
	return stack[0].holds & TCP_BITS_ALL;
}

/* The port that this condition asks for, 0 when it lets others pass. */
static uint16_t port_asked(const struct filter_node *node, enum filter_about about)
{
	enum filter_about host = about == FILTER_ABOUT_SPORT ? FILTER_ABOUT_SRC : FILTER_ABOUT_DST;

	if (node->compare != FILTER_EQ)
		return 0;
	if (node->about == about || (node->about == host && node->has_port))
		return node->value.port;
	return 0;
}

uint16_t filter_port(const struct filter *f, enum filter_about about)
{
	uint16_t stack[FILTER_NODES_MAX] = { 0 };
	size_t top = 0;

	for (size_t i = 0; i < f->n; i++) {
		switch ((enum filter_op)f->nodes[i].op) {
		case FILTER_TEST:
			stack[top++] = port_asked(&f->nodes[i], about);
			break;
		case FILTER_NOT:
			stack[top - 1] = 0;
			break;
		case FILTER_AND:
			top--;
			if (!stack[top - 1])
				stack[top - 1] = stack[top];
			break;
		case FILTER_OR:
			top--;
			if (stack[top - 1] != stack[top])
				stack[top - 1] = 0;
			break;
		}
	}
	return stack[0];
}
