// SPDX-License-Identifier: Apache-2.0
/* What was concluded of it: cause, severity, age, finding. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/glob.h"
#include "base/mem.h"
#include "base/near.h"
#include "model/filter_private.h"
#include "model/finding.h"

/* A set of causes is one number. */
#define CAUSES_MAX 64

/* Fewer digits of a finding's id mean too many. */
#define ID_DIGITS_MIN 3

static int bad_cause(struct parser *p)
{
	struct near near = near_begin(filter_word(p), p->token.len);

	filter_fail(p, p->token.offset, p->token.len, "no cause has this name");
	for (uint8_t row = 0; p->names && p->names->cause && p->names->cause(row)[0]; row++)
		near_try(&near, p->names->cause(row));
	if (near.best)
		return filter_hint(p, "did you mean %s?", near.best);
	return filter_hint(p, "linger help causes lists them; a pattern can stand here: eof-*");
}

static int parse_cause(struct parser *p, struct filter_node *node)
{
	int r = filter_take_compare(p, "causes", &node->compare);

	if (r == 0)
		r = filter_need_word(p, "a cause");
	if (r < 0)
		return r;
	for (uint8_t row = 0; p->names && p->names->cause && row < CAUSES_MAX; row++) {
		const char *id = p->names->cause(row);

		if (!id[0])
			break;
		if (filter_word_is(p, id) || glob_match(filter_word(p), p->token.len, id))
			node->number |= 1ull << row;
	}
	if (!node->number)
		return bad_cause(p);
	filter_next(p);
	return 0;
}

/* `[= | !=]` answered by yes or no. */
static enum fact equal(const struct test *t, bool is_so)
{
	return is_so == (t->node->compare == FILTER_EQ) ? FACT_YES : FACT_NO;
}

static enum fact match_cause(const struct test *t)
{
	const struct verdict *v = t->subject->verdict;

	if (!v)
		return FACT_UNKNOWN;
	return equal(t, v->severity != SEVERITY_NONE && v->cause < CAUSES_MAX &&
				t->node->number >> v->cause & 1);
}

static int parse_severity(struct parser *p, struct filter_node *node)
{
	static const char *const words[] = {
		[SEVERITY_EXPECTED] = "expected", [SEVERITY_STUCK] = "stuck"
	};
	int r = filter_take_compare(p, "severities", &node->compare);

	return r < 0 ? r : filter_take_choice(p, node, "a severity", words, ARRAY_LEN(words));
}

static enum fact match_severity(const struct test *t)
{
	const struct verdict *v = t->subject->verdict;

	return v ? equal(t, v->severity == t->node->number) : FACT_UNKNOWN;
}

static int parse_confidence(struct parser *p, struct filter_node *node)
{
	static const char *const words[] = { [CONFIDENCE_POSSIBLE] = "possible",
					     [CONFIDENCE_LIKELY] = "likely",
					     [CONFIDENCE_CERTAIN] = "certain" };
	int r = filter_take_compare(p, NULL, &node->compare);

	return r < 0 ? r : filter_take_choice(p, node, "a confidence", words, ARRAY_LEN(words));
}

static enum fact match_confidence(const struct test *t)
{
	const struct verdict *v = t->subject->verdict;

	if (!v || v->severity == SEVERITY_NONE)
		return FACT_UNKNOWN;
	return filter_compare(t->node->compare, v->confidence, t->node->number) ? FACT_YES
										: FACT_NO;
}

static int parse_role(struct parser *p, struct filter_node *node)
{
	static const char *const words[] = {
		[ROLE_ACCEPTED] = "accepted", [ROLE_CONNECTED] = "connected"
	};
	int r = filter_take_compare(p, "roles", &node->compare);

	return r < 0 ? r : filter_take_choice(p, node, "a role", words, ARRAY_LEN(words));
}

static enum fact match_role(const struct test *t)
{
	if (t->subject->role == ROLE_UNKNOWN)
		return FACT_UNKNOWN;
	return equal(t, t->subject->role == t->node->number);
}

static int parse_age(struct parser *p, struct filter_node *node)
{
	char text[32];
	uint32_t ms;
	size_t offset = p->token.offset, len = p->token.len;
	bool is_ordered = p->token.kind == KIND_COMPARE && p->token.compare != FILTER_EQ &&
			  p->token.compare != FILTER_NE;
	int r;

	if (p->token.kind != KIND_END && !is_ordered) {
		filter_fail(p, offset, len, "an age is known between two bounds, not exactly");
		return filter_hint(p, "write: age > 5m, or age < 5m");
	}
	r = filter_take_compare(p, NULL, &node->compare);
	if (r == 0)
		r = filter_need_word(p, "an age");
	if (r < 0)
		return r;
	if (!filter_copy_word(p, text, sizeof(text)) || duration_parse(text, &ms) < 0) {
		filter_fail(p, p->token.offset, p->token.len, "this is no time");
		return filter_hint(p, "write 500ms, 3s, 5m, 1h or 7d");
	}
	node->number = ms;
	filter_next(p);
	return 0;
}

/* Only what holds between both bounds is known: it is older than x when the lower one is, and it is
 * not when the upper one is not. */
static enum fact match_age(const struct test *t)
{
	const struct verdict *v = t->subject->verdict;
	bool negate = t->node->compare == FILTER_LT || t->node->compare == FILTER_LE;
	bool or_equal = t->node->compare == FILTER_GE || t->node->compare == FILTER_LT;
	enum fact older = FACT_UNKNOWN;
	uint64_t x = t->node->number;

	if (!v || v->standing == STANDING_NONE)
		return FACT_UNKNOWN;
	if (v->age.at_least_ms != VALUE_UNKNOWN &&
	    (v->age.at_least_ms > x || (or_equal && v->age.at_least_ms == x)))
		older = FACT_YES;
	else if (v->age.at_most_ms != VALUE_UNKNOWN &&
		 (v->age.at_most_ms < x || (!or_equal && v->age.at_most_ms == x)))
		older = FACT_NO;
	return negate ? filter_not(older) : older;
}

static int parse_finding(struct parser *p, struct filter_node *node)
{
	int r = filter_take_compare(p, "findings", &node->compare);

	if (r == 0)
		r = filter_need_word(p, "a finding's id");
	if (r < 0)
		return r;
	if (p->token.len < ID_DIGITS_MIN || p->token.len > FINDING_ID_LEN ||
	    !filter_word_only(filter_word(p), p->token.len, "0123456789abcdefABCDEF"))
		return filter_fail(p, p->token.offset, p->token.len,
				   "an id is %d to %d hexadecimal digits, as linger shows them",
				   ID_DIGITS_MIN, FINDING_ID_LEN);
	return filter_keep_text(p, node, "a finding's id");
}

static enum fact match_finding(const struct test *t)
{
	const char *digits = t->filter->texts + t->node->text;

	if (!t->subject->verdict)
		return FACT_UNKNOWN;
	return equal(t, t->subject->finding &&
				strncasecmp(t->subject->finding, digits, t->node->text_len) == 0);
}

const struct noun filter_noun_cause = { .name = "cause",
					.takes = "= CAUSE",
					.says = "why it is still there, or a pattern: eof-*",
					.parse = parse_cause,
					.match = match_cause };
const struct noun filter_noun_severity = { .name = "severity",
					   .takes = "= SEVERITY",
					   .says = "stuck or expected",
					   .parse = parse_severity,
					   .match = match_severity };
const struct noun filter_noun_confidence = { .name = "confidence",
					     .takes = ">= CONFIDENCE",
					     .says = "possible, likely or certain",
					     .parse = parse_confidence,
					     .match = match_confidence };
const struct noun filter_noun_role = { .name = "role",
				       .takes = "= ROLE",
				       .says = "accepted or connected",
				       .parse = parse_role,
				       .match = match_role };
const struct noun filter_noun_age = { .name = "age",
				      .takes = "> TIME",
				      .says = "how long it has been in its state, both bounds of "
					      "that: 500ms, 3s, 5m, 1h, 7d; also < <= >=",
				      .parse = parse_age,
				      .match = match_age };
const struct noun filter_noun_finding = { .name = "finding",
					  .takes = "= ID",
					  .says = "the finding it is in, by 3 digits of the id or "
						  "more",
					  .parse = parse_finding,
					  .match = match_finding };
const struct noun filter_noun_id = { .name = "id", .parse = parse_finding, .match = match_finding };
