// SPDX-License-Identifier: Apache-2.0
/* The whole way from a snapshot to findings. */
#include "judge/judge.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "judge/account.h"
#include "judge/age.h"
#include "judge/earlier.h"
#include "judge/causes/cause.h"
#include "judge/evidence.h"
#include "judge/group.h"
#include "judge/index.h"
#include "judge/pairs.h"

#define JUDGED_STATES                                                                              \
	(TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_TIME_WAIT) | TCP_BIT(TCP_STATE_CLOSED) |             \
	 TCP_BIT(TCP_STATE_ESTABLISHED))

/* Who answers for it: who holds it, or, for one that waits to be accepted, who listens. */
static uint32_t answers_for(const struct index *x, const struct conn *c, uint32_t row,
			    const struct cause *cause)
{
	uint32_t listener;

	if (x->owner[row] != ROW_NONE || cause != &cause_never_accepted)
		return x->owner[row];
	listener = index_listener(x, c);
	return listener == ROW_NONE ? ROW_NONE : x->owner[listener];
}

/* The age from which on it is called stuck. Whose process was looked at before it was opened seems
 * to have no holder: it must be older than the look itself. */
static uint32_t old_enough_ms(const struct index *x, const struct conn *c)
{
	uint64_t dumped_ns = x->s->netns.items[c->netns].dumped_ns, took_ms;

	if (c->n_holders || !c->inode || !x->s->began_ns || dumped_ns <= x->s->began_ns)
		return x->older_than_ms;
	took_ms = (dumped_ns - x->s->began_ns) / 1000000 + 1;
	return took_ms > x->older_than_ms ? (uint32_t)took_ms : x->older_than_ms;
}

static uint32_t related_to(const struct index *x, uint32_t row, const struct cause *cause)
{
	if (cause == &cause_back_pressure)
		return x->usage[index_process(x, row)].blocked_row;
	return x->leg[row];
}

static void judge_one(const struct index *x, uint32_t row, struct verdict *ret_v)
{
	const struct conn *c = snapshot_conn(x->s, row);
	const struct cause *cause;
	enum confidence confidence;
	struct evidence e;

	*ret_v = (struct verdict){ .age = { VALUE_UNKNOWN, VALUE_UNKNOWN },
				   .finding = ROW_NONE,
				   .related = ROW_NONE,
				   .other_end = x->other_end[row],
				   .owner = x->owner[row],
				   .cause = CAUSE_NONE };
	if (c->state == TCP_STATE_LISTEN)
		return;
	if (!(JUDGED_STATES & TCP_BIT(c->state))) {
		ret_v->role = (uint8_t)index_role(x, c);
		return;
	}
	evidence_gather(x, row, &e);
	ret_v->role = e.fact[EV_ROLE];
	ret_v->cause = cause_judge(&e, &confidence);
	cause = cause_at(ret_v->cause);
	if (!cause)
		return;
	/* A subflow's end is not its connection's end: the other subflows may carry on. */
	if (c->flags & CONN_MPTCP && confidence > CONFIDENCE_LIKELY)
		confidence = CONFIDENCE_LIKELY;
	ret_v->confidence = confidence;
	ret_v->severity = cause->severity;
	ret_v->owner = answers_for(x, c, row, cause);
	ret_v->related = related_to(x, row, cause);
	ret_v->age = age_bracket(x->s, c);
	ret_v->standing = age_standing(c, ret_v->age, old_enough_ms(x, c));
}

/* How many connections share a finding's state, namespace, role and endpoint without being in it:
 * what an ss filter on these would hit besides. */
static int count_others(const struct groups *g, const struct judgement *j, uint32_t *ret_others)
{
	_map_ struct map all = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < g->all.n; i++) {
		const struct group *group = &g->all.items[i];
		uint32_t n = group->old + group->unsure + group->young, before;
		uint64_t key = groups_filter_key(group);

		before = map_get(&all, key);
		err = map_put(&all, key, n + (before == MAP_NONE ? 0 : before), NULL);
	}
	for (size_t i = 0; !err && i < g->all.n; i++) {
		const struct group *group = &g->all.items[i];

		if (group->finding != ROW_NONE)
			ret_others[group->finding] = map_get(&all, groups_filter_key(group)) -
						     j->findings.items[group->finding].count;
	}
	return err;
}

static int tell_all(const struct index *x, const struct groups *g, struct judgement *j)
{
	_free_ uint32_t *others = calloc(j->findings.n + 1, sizeof(*others));
	int err = others ? count_others(g, j, others) : -ENOMEM;

	for (size_t i = 0; !err && i < j->findings.n; i++) {
		struct account a;

		account_take(&a, x, j, &j->findings.items[i], others[i]);
		err = account_tell(&a);
	}
	return err;
}

/* Every row's verdict, and its group's row as the verdict's finding. */
static int judge_rows(struct index *x, struct verdict *verdicts, struct groups *groups)
{
	int err = pairs_find(x);

	for (uint32_t i = 0; !err && i < x->s->conns.n; i++) {
		judge_one(x, i, &verdicts[i]);
		err = groups_add(groups, x, i, &verdicts[i]);
	}
	return err;
}

static int judge_earlier(struct earlier *e, const struct judge_options *options)
{
	int err = earlier_begin(e, options->earlier, options->older_than_ms);

	if (!err)
		err = judge_rows(&e->x, e->verdicts, &e->groups);
	return err ? err : earlier_settle(e);
}

static int judge_all(struct index *x, struct earlier *earlier, const struct judge_options *options,
		     struct judgement *j)
{
	struct groups groups = { 0 };
	int err = judge_rows(x, j->verdicts, &groups);

	if (!err)
		err = groups_find(&groups, x, options, j);
	if (!err && earlier)
		err = earlier_count(earlier, x, &groups, options, j);
	if (!err)
		err = tell_all(x, &groups, j);
	groups_finish(&groups);
	return err;
}

int judge_run(const struct snapshot *s, const struct judge_options *options,
	      struct judgement *ret_j)
{
	struct judgement j = { .snapshot = s,
			       .filter = options->filter ? options->filter_text : NULL };
	struct earlier earlier = { 0 };
	struct index x;
	int err;

	*ret_j = (struct judgement){ 0 };
	/* One more than needed: malloc(0) may say NULL and is no failure. */
	j.verdicts = malloc((s->conns.n + 1) * sizeof(*j.verdicts));
	if (!j.verdicts)
		return -ENOMEM;
	err = index_init(&x, s, options->older_than_ms);
	if (!err && options->earlier) {
		err = judge_earlier(&earlier, options);
		x.earlier = &earlier;
	}
	if (!err)
		err = judge_all(&x, options->earlier ? &earlier : NULL, options, &j);
	index_finish(&x);
	earlier_finish(&earlier);
	if (err)
		judgement_finish(&j);
	else
		*ret_j = j;
	return err;
}
