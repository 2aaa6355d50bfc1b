// SPDX-License-Identifier: Apache-2.0
/* The filter's grammar: words to a small postfix program, the program to yes or no. */
#include "model/filter.h"

#include <errno.h>

#include "base/mem.h"
#include "base/near.h"
#include "model/filter_private.h"
#include "model/snapshot.h"

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

static int emit_op(struct parser *p, enum op op)
{
	return emit(p, &(struct filter_node){ .op = (uint8_t)op });
}

/* A word that is no noun: say what it may have been meant for. */
static int bad_word(struct parser *p)
{
	static const char *const later[] = { "dev", "fwmark", "cgroup", "autobound" };
	size_t offset = p->token.offset, len = p->token.len;
	struct near near = near_begin(filter_word(p), len);
	int n = len < 64 ? (int)len : 64;

	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (filter_word_is(p, later[i]))
			return filter_fail(p, offset, len, "ss can filter by %s, linger cannot",
					   later[i]);
	filter_fail(p, offset, len, "no filter begins with this word");
	if (filter_find_states(filter_word(p), len))
		return filter_hint(p, "write: state %.*s", n, filter_word(p));
	if (filter_read_number(filter_word(p), len, 65535) >= 0)
		return filter_hint(p, "a local port is :%.*s, a peer's is dport = :%.*s", n,
				   filter_word(p), n, filter_word(p));
	if (filter_word_only(filter_word(p), len, "0123456789abcdefABCDEF.:/[]"))
		return filter_hint(p, "a peer's address is dst %.*s, a local one src %.*s", n,
				   filter_word(p), n, filter_word(p));
	for (size_t i = 0; filter_nouns[i].name; i++)
		near_try(&near, filter_nouns[i].name);
	if (near.best)
		return filter_hint(p, "did you mean %s?", near.best);
	if (filter_near_state(filter_word(p), len))
		return filter_hint(p, "did you mean: state %s?",
				   filter_near_state(filter_word(p), len));
	return filter_hint(p, "known are state, exclude, sport, dport, src, dst and :PORT");
}

static int parse_test(struct parser *p)
{
	struct filter_node node = { .op = OP_TEST };
	int r;

	if (filter_word(p)[0] == ':') {
		node.noun = FILTER_NOUN_SPORT;
		r = filter_read_port(p, p->token.offset + 1, p->token.len - 1, &node.value.port);
		if (r < 0)
			return r;
		filter_next(p);
		return emit(p, &node);
	}
	for (size_t i = 0; filter_nouns[i].name; i++) {
		if (!filter_word_is(p, filter_nouns[i].name))
			continue;
		node.noun = (uint8_t)i;
		filter_next(p);
		r = filter_nouns[i].parse(p, &node);
		return r < 0 ? r : emit(p, &node);
	}
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
	return emit_op(p, OP_NOT);
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
			r = emit_op(p, OP_AND);
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
			r = emit_op(p, OP_OR);
	}
	return r;
}

int filter_parse(const char *text, size_t len, filter_service_port *service_port,
		 struct filter *ret_filter, struct filter_error *ret_error)
{
	struct filter filter = { 0 };
	struct parser p = { .text = text,
			    .len = len,
			    .service_port = service_port,
			    .filter = &filter,
			    .error = ret_error };
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
	if (p.token.kind != KIND_END)
		return filter_fail(&p, p.token.offset, p.token.len, "nothing can be compared here");
	*ret_filter = filter;
	return 0;
}

bool filter_match(const struct filter *f, const struct snapshot *s, uint32_t row)
{
	const struct conn *c = snapshot_conn(s, row);
	bool stack[FILTER_NODES_MAX] = { true };
	size_t top = 0; /* how many stand on the stack */

	for (size_t i = 0; i < f->n; i++) {
		const struct filter_node *node = &f->nodes[i];

		switch ((enum op)node->op) {
		case OP_TEST:
			stack[top++] = filter_nouns[node->noun].match(node, c);
			break;
		case OP_NOT:
			stack[top - 1] = !stack[top - 1];
			break;
		case OP_AND:
			top--;
			stack[top - 1] = stack[top - 1] && stack[top];
			break;
		case OP_OR:
			top--;
			stack[top - 1] = stack[top - 1] || stack[top];
			break;
		}
	}
	return stack[0];
}

static bool is_about_states(const struct filter_node *node)
{
	return node->op == OP_TEST && filter_nouns[node->noun].match == filter_match_state;
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

		switch ((enum op)node->op) {
		case OP_TEST:
			stack[top++] = is_about_states(node)
					       ? (struct reach){ node->states, ~node->states }
					       : (struct reach){ TCP_BITS_ALL, TCP_BITS_ALL };
			break;
		case OP_NOT:
			*b = (struct reach){ b->fails, b->holds };
			break;
		case OP_AND:
			*a = (struct reach){ a->holds & b->holds, a->fails | b->fails };
			top--;
			break;
		case OP_OR:
			*a = (struct reach){ a->holds | b->holds, a->fails & b->fails };
			top--;
			break;
		}
	}
	return stack[0].holds & TCP_BITS_ALL;
}
