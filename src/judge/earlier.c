// SPDX-License-Identifier: Apache-2.0
/* The second look against the first, socket by socket. */
#include "judge/earlier.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "judge/judge.h"

/* Cookies of different namespaces could be equal before Linux 5.14
 * (net/core/sock_diag.c:__sock_gen_cookie()). */
static uint64_t row_key(const struct snapshot *s, const struct conn *c)
{
	return hash_mix(c->cookie ^ hash_mix(s->netns.items[c->netns].inode));
}

int earlier_begin(struct earlier *e, const struct snapshot *s, uint32_t older_than_ms)
{
	int err = index_init(&e->x, s, older_than_ms);

	if (err)
		return err;
	e->verdicts = calloc(s->conns.n + 1, sizeof(*e->verdicts));
	e->tw_listed = calloc(s->netns.n + 1, 1);
	return e->verdicts && e->tw_listed ? 0 : -ENOMEM;
}

void earlier_finish(struct earlier *e)
{
	index_finish(&e->x);
	free(e->verdicts);
	free(e->tw_listed);
	free(e->growth);
	groups_finish(&e->groups);
	map_finish(&e->rows);
	*e = (struct earlier){ 0 };
}

static bool is_known(const struct conn *c)
{
	return c->cookie && c->state != TCP_STATE_LISTEN && c->state != TCP_STATE_UNKNOWN;
}

int earlier_settle(struct earlier *e)
{
	const struct snapshot *s = e->x.s;
	int err = 0;

	for (uint32_t i = 0; !err && i < s->conns.n; i++) {
		const struct conn *c = snapshot_conn(s, i);

		e->tw_listed[c->netns] |= c->state == TCP_STATE_TIME_WAIT;
		if (is_known(c))
			err = map_put(&e->rows, row_key(s, c), i, NULL);
	}
	return err;
}

uint32_t earlier_row(const struct earlier *e, const struct snapshot *now, const struct conn *c)
{
	/* MAP_NONE and ROW_NONE are one. */
	return is_known(c) ? map_get(&e->rows, row_key(now, c)) : ROW_NONE;
}

enum fact earlier_moved(const struct earlier *e, const struct snapshot *now, const struct conn *c)
{
	uint32_t row = earlier_row(e, now, c);
	const struct conn *before;

	if (row == ROW_NONE)
		return FACT_UNKNOWN;
	before = snapshot_conn(e->x.s, row);
	if (before->state != c->state || !(before->has & c->has & CONN_HAS_INFO))
		return FACT_UNKNOWN;
	if (c->state == TCP_STATE_FIN_WAIT_2)
		return c->bytes_received > before->bytes_received ? FACT_YES : FACT_NO;
	return c->bytes_acked > before->bytes_acked ? FACT_YES : FACT_NO;
}

uint32_t earlier_netns(const struct earlier *e, const struct snapshot *now, uint32_t netns)
{
	return snapshot_find_netns(e->x.s, now->netns.items[netns].inode);
}

uint64_t earlier_between_ms(const struct earlier *e, const struct snapshot *now, uint32_t netns)
{
	uint32_t row = earlier_netns(e, now, netns);
	uint64_t to_ns = now->netns.items[netns].dumped_ns, from_ns = 0, ms;

	if (row != ROW_NONE)
		from_ns = e->x.s->netns.items[row].dumped_ns;
	if (from_ns && to_ns > from_ns)
		ms = (to_ns - from_ns) / 1000000;
	else
		ms = now->taken_real_ms > e->x.s->taken_real_ms
			     ? now->taken_real_ms - e->x.s->taken_real_ms
			     : 0;
	return ms ? ms : 1;
}

const struct process *earlier_process(const struct earlier *e, const struct process *p)
{
	const struct snapshot *s = e->x.s;

	for (size_t i = 0; i < s->processes.n && p->pid; i++)
		if (s->processes.items[i].pid == p->pid &&
		    s->processes.items[i].start_ns == p->start_ns)
			return &s->processes.items[i];
	return NULL;
}

/* ---- growth ---- */

/* A namespace that was not listed then is new, and all in it came; one that was not seen whole
 * tells nothing. TIME_WAIT is not listed where few are. */
static bool is_comparable(const struct earlier *e, const struct snapshot *now,
			  const struct finding *f)
{
	uint32_t row = earlier_netns(e, now, f->netns);
	const struct netns_row *before;

	if (row == ROW_NONE)
		return true;
	before = &e->x.s->netns.items[row];
	if (before->seen == NETNS_FILES_ONLY || before->seen == NETNS_DUMPED)
		return f->state != TCP_STATE_TIME_WAIT || e->tw_listed[row] ||
		       before->counts[TCP_STATE_TIME_WAIT] == 0;
	return before->seen == NETNS_EMPTY;
}

/* Was it counted as it would be counted now? */
static bool was_member(const struct verdict *v)
{
	if (v->standing == STANDING_NONE)
		return false;
	return v->severity != SEVERITY_STUCK || v->standing != STANDING_YOUNG;
}

/* Marks in `still` what of the first look is in the same state yet, and counts what was not. */
static void count_came(const struct earlier *e, const struct index *x, struct judgement *j,
		       uint8_t *still)
{
	for (uint32_t i = 0; i < x->s->conns.n; i++) {
		const struct conn *c = snapshot_conn(x->s, i);
		uint32_t row;

		if (j->verdicts[i].standing == STANDING_NONE)
			continue;
		row = earlier_row(e, x->s, c);
		if (row != ROW_NONE && snapshot_conn(e->x.s, row)->state == c->state)
			still[row] = 1;
		else if (j->verdicts[i].finding != ROW_NONE)
			j->findings.items[j->verdicts[i].finding].came++;
	}
}

/* The finding that one which is gone would be in, ROW_NONE. */
static uint32_t finding_of_gone(const struct earlier *e, uint32_t row, const struct index *x,
				const struct groups *groups, const struct judge_options *options,
				const struct judgement *j)
{
	struct group wanted = e->groups.all.items[e->verdicts[row].finding];
	struct filter_subject subject = {
		.snapshot = e->x.s, .row = row, .verdict = &e->verdicts[row], .role = wanted.role
	};
	uint32_t at;

	wanted.netns = snapshot_find_netns(x->s, e->x.s->netns.items[wanted.netns].inode);
	at = wanted.netns == ROW_NONE ? ROW_NONE : groups_lookup(groups, &wanted);
	if (at == ROW_NONE || groups->all.items[at].finding == ROW_NONE)
		return ROW_NONE;
	at = groups->all.items[at].finding;
	subject.finding = j->findings.items[at].id;
	return !options->filter || filter_match(options->filter, &subject) ? at : ROW_NONE;
}

static void count_went(const struct earlier *e, const struct index *x, const struct groups *groups,
		       const struct judge_options *options, struct judgement *j,
		       const uint8_t *still)
{
	for (uint32_t i = 0; i < e->x.s->conns.n; i++) {
		uint32_t at;

		if (still[i] || !was_member(&e->verdicts[i]))
			continue;
		at = finding_of_gone(e, i, x, groups, options, j);
		if (at != ROW_NONE)
			j->findings.items[at].went++;
	}
}

static void set_growth(const struct earlier *e, const struct index *x,
		       const struct judge_options *options, struct finding *f)
{
	uint64_t ms = earlier_between_ms(e, x->s, f->netns);
	uint64_t blind_ms = f->severity == SEVERITY_STUCK ? options->older_than_ms : 0;

	if (!is_comparable(e, x->s, f) || ms <= blind_ms) {
		f->came = f->went = 0;
		return;
	}
	f->between_ms = ms < VALUE_UNKNOWN ? (uint32_t)ms : VALUE_UNKNOWN - 1;
	f->growth_per_min =
		60000.0 * f->came / (double)(ms - blind_ms) - 60000.0 * f->went / (double)ms;
}

/* The findings of one program may be many, each with one peer: what runs out is the process's. */
static void add_growth(struct earlier *e, const struct judgement *j, const struct finding *f)
{
	if (f->n_owners && f->severity == SEVERITY_STUCK && !isnan(f->growth_per_min))
		e->growth[j->owners.items[f->owners].process] += f->growth_per_min;
}

int earlier_count(struct earlier *e, const struct index *x, const struct groups *groups,
		  const struct judge_options *options, struct judgement *j)
{
	_free_ uint8_t *still = calloc(e->x.s->conns.n + 1, 1);

	e->growth = calloc(x->s->processes.n + 1, sizeof(*e->growth));
	if (!still || !e->growth)
		return -ENOMEM;
	count_came(e, x, j, still);
	count_went(e, x, groups, options, j, still);
	for (size_t i = 0; i < j->findings.n; i++) {
		set_growth(e, x, options, &j->findings.items[i]);
		add_growth(e, j, &j->findings.items[i]);
	}
	return 0;
}
