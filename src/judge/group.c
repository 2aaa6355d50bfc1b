// SPDX-License-Identifier: Apache-2.0
/* Grouping verdicts, naming the groups, putting the worst first. */
#include "judge/group.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "judge/causes/table.h"
#include "judge/program.h"

static const char hex_digits[] = "0123456789abcdef";

/* A finding while they are put in order. */
struct ranked {
	struct finding finding;
	uint32_t group;
	int alarm;
};

void groups_finish(struct groups *g)
{
	free(g->all.items);
	map_finish(&g->map);
	*g = (struct groups){ 0 };
}

/* The side that many of a kind have in common: where clients came in, or whom this host called. Of
 * one whose role is unknown the service's side is the one with a port that is nobody's ephemeral
 * one. */
static struct endpoint common_end(const struct index *x, const struct conn *c, enum conn_role role)
{
	uint32_t listener;

	if (role == ROLE_ACCEPTED) {
		listener = index_listener(x, c);
		if (listener != ROW_NONE)
			return snapshot_conn(x->s, listener)->local;
		/* A ghost has given its port back (net/ipv4/inet_hashtables.c:inet_put_port). */
		return c->local.port ? c->local : (struct endpoint){ 0 };
	}
	if (role == ROLE_CONNECTED || c->remote.port < c->local.port)
		return c->remote;
	return c->local;
}

static struct group group_of(const struct index *x, const struct verdict *v, uint32_t row)
{
	const struct conn *c = snapshot_conn(x->s, row);
	struct group g = { .endpoint = common_end(x, c, (enum conn_role)v->role),
			   .netns = c->netns,
			   .state = c->state,
			   .cause = v->cause,
			   .severity = v->severity,
			   .role = v->role,
			   .first_owner = ROW_NONE,
			   .finding = ROW_NONE };

	if (v->owner != ROW_NONE) {
		g.first_owner = x->s->holders.items[v->owner].process;
		g.program = x->usage[g.first_owner].program;
	}
	return g;
}

static bool group_same(const struct group *a, const struct group *b)
{
	return a->program == b->program && a->netns == b->netns && a->state == b->state &&
	       a->cause == b->cause && a->role == b->role &&
	       endpoint_equal(&a->endpoint, &b->endpoint);
}

static uint64_t group_key(const struct group *g)
{
	uint64_t h = endpoint_hash(&g->endpoint, hash_mix(g->program + 1));

	h = hash_mix(h ^ ((uint64_t)g->netns << 32 | (uint32_t)g->state << 16 |
			  (uint32_t)g->cause << 8 | g->role));
	return h;
}

uint64_t groups_filter_key(const struct group *g)
{
	return endpoint_hash(&g->endpoint, hash_mix((uint64_t)g->netns << 32 |
						    (uint32_t)g->state << 8 | g->role));
}

/* Two groups with one key: the second takes the next key. *ret_key is the first free one when there
 * is no group like `wanted`. */
static uint32_t group_walk(const struct groups *g, const struct group *wanted, uint64_t *ret_key)
{
	uint64_t key = group_key(wanted);
	uint32_t at;

	for (; (at = map_get(&g->map, key)) != MAP_NONE; key++)
		if (group_same(&g->all.items[at], wanted))
			return at;
	*ret_key = key;
	return ROW_NONE;
}

uint32_t groups_lookup(const struct groups *g, const struct group *wanted)
{
	uint64_t key;

	return group_walk(g, wanted, &key);
}

/* The group like `wanted`, made when there is none. */
static uint32_t group_find(struct groups *g, const struct group *wanted)
{
	uint64_t key;
	uint32_t at = group_walk(g, wanted, &key);

	if (at != ROW_NONE)
		return at;
	at = (uint32_t)g->all.n;
	if (array_grow(&g->all, 1) || map_put(&g->map, key, at, NULL))
		return ROW_NONE;
	g->all.items[g->all.n++] = *wanted;
	return at;
}

int groups_add(struct groups *g, const struct index *x, uint32_t row, struct verdict *v)
{
	struct group wanted, *group;

	if (v->standing == STANDING_NONE)
		return 0;
	wanted = group_of(x, v, row);
	v->finding = group_find(g, &wanted);
	if (v->finding == ROW_NONE)
		return -ENOMEM;
	group = &g->all.items[v->finding];
	group->old += v->standing == STANDING_OLD;
	group->unsure += v->standing == STANDING_UNSURE;
	group->young += v->standing == STANDING_YOUNG;
	return 0;
}

/* Age matters for what should be gone; what is normal is listed whatever its age. */
static bool becomes_finding(const struct group *g, bool expected)
{
	if (g->severity == SEVERITY_STUCK)
		return g->old > 0;
	return expected;
}

static bool is_member(const struct group *g, const struct verdict *v)
{
	return g->severity != SEVERITY_STUCK || v->standing != STANDING_YOUNG;
}

/* The id's parts are spelled out byte by byte: it must be the same on every host and for ever. */
static uint64_t finding_hash(const struct index *x, const struct group *g)
{
	const struct netns_row *netns = &x->s->netns.items[g->netns];
	uint8_t where[4] = { g->role, g->endpoint.version, (uint8_t)(g->endpoint.port >> 8),
			     (uint8_t)g->endpoint.port };
	const char *place = NULL;
	uint64_t h;

	h = hash_text(HASH_START, tcp_state_name((enum tcp_state)g->state));
	h = hash_text(h, cause_id(g->cause));
	for (unsigned int shift = 0; shift < 64; shift += 8) {
		uint8_t byte = (uint8_t)(g->program >> shift);

		h = hash_bytes(h, &byte, 1);
	}
	h = hash_bytes(h, where, sizeof(where));
	h = hash_bytes(h, g->endpoint.addr, sizeof(g->endpoint.addr));
	/* The same program in the same container image elsewhere is another finding. */
	if (!netns->own && g->first_owner != ROW_NONE)
		place = program_place(snapshot_process(x->s, g->first_owner));
	return place ? hash_text(h, place) : h;
}

static void finding_init(const struct index *x, const struct group *g, struct finding *ret_f)
{
	uint64_t h = finding_hash(x, g);

	*ret_f = (struct finding){ .state = g->state,
				   .cause = g->cause,
				   .severity = g->severity,
				   .confidence = CONFIDENCE_CERTAIN,
				   .role = g->role,
				   .closed_first = tcp_state_closer((enum tcp_state)g->state),
				   .endpoint = g->endpoint,
				   .program = g->program,
				   .netns = g->netns,
				   .oldest = { VALUE_UNKNOWN, VALUE_UNKNOWN },
				   .newest_at_most_ms = VALUE_UNKNOWN,
				   .paired_with = ROW_NONE,
				   .ends_in_ms = VALUE_UNKNOWN,
				   .ends_at_least_ms = VALUE_UNKNOWN,
				   .ends_at_most_ms = VALUE_UNKNOWN,
				   .growth_per_min = NAN };
	for (unsigned int i = 0; i < FINDING_ID_LEN; i++)
		ret_f->id[i] = hex_digits[h >> (60 - 4 * i) & 15];
}

static int make_findings(const struct index *x, struct judgement *j, struct groups *g,
			 bool expected)
{
	for (size_t i = 0; i < g->all.n; i++) {
		struct group *group = &g->all.items[i];

		if (!becomes_finding(group, expected))
			continue;
		if (array_grow(&j->findings, 1))
			return -ENOMEM;
		group->finding = (uint32_t)j->findings.n;
		finding_init(x, group, &j->findings.items[j->findings.n++]);
	}
	return 0;
}

static void add_member(struct finding *f, const struct verdict *v)
{
	f->count++;
	f->unsure += v->standing == STANDING_UNSURE;
	if (v->confidence < f->confidence)
		f->confidence = v->confidence;
	if (v->age.at_least_ms != VALUE_UNKNOWN &&
	    (f->oldest.at_least_ms == VALUE_UNKNOWN || v->age.at_least_ms > f->oldest.at_least_ms))
		f->oldest = v->age;
	if (v->age.at_most_ms < f->newest_at_most_ms)
		f->newest_at_most_ms = v->age.at_most_ms;
}

/* Asked before findings have their members, so not of the finding but of its group. */
static bool is_meant(const struct filter *filter, const struct index *x, const struct judgement *j,
		     const struct group *g, uint32_t row)
{
	const struct filter_subject subject = {
		.snapshot = x->s,
		.row = row,
		.verdict = &j->verdicts[row],
		.finding = g->finding == ROW_NONE ? NULL : j->findings.items[g->finding].id,
		.role = g->role,
	};

	return !filter || filter_match(filter, &subject);
}

/* Turns the verdict's group into its finding, where it is in one. */
static void place_one(const struct group *g, bool meant, struct judgement *j, struct verdict *v)
{
	bool is_stuck = v->severity == SEVERITY_STUCK;

	v->finding = is_member(g, v) ? g->finding : ROW_NONE;
	if (!meant) {
		j->left_out += v->finding != ROW_NONE;
		v->finding = ROW_NONE;
		return;
	}
	j->young += is_stuck && v->standing == STANDING_YOUNG;
	j->age_unsure += is_stuck && v->standing == STANDING_UNSURE && g->finding == ROW_NONE;
	if (v->finding != ROW_NONE)
		add_member(&j->findings.items[v->finding], v);
}

/* Takes out the findings that nothing is left of. */
static int drop_empty(struct judgement *j, struct groups *g)
{
	_free_ uint32_t *now = malloc((j->findings.n + 1) * sizeof(*now));
	uint32_t kept = 0;

	if (!now)
		return -ENOMEM;
	for (uint32_t i = 0; i < j->findings.n; i++) {
		now[i] = j->findings.items[i].count ? kept : ROW_NONE;
		if (now[i] != ROW_NONE)
			j->findings.items[kept++] = j->findings.items[i];
	}
	j->left_out_findings = (uint32_t)j->findings.n - kept;
	j->findings.n = kept;
	for (size_t i = 0; i < g->all.n; i++)
		if (g->all.items[i].finding != ROW_NONE)
			g->all.items[i].finding = now[g->all.items[i].finding];
	for (size_t i = 0; i < j->snapshot->conns.n; i++)
		if (j->verdicts[i].finding != ROW_NONE)
			j->verdicts[i].finding = now[j->verdicts[i].finding];
	return 0;
}

/* Lays out the members of a finding together. */
static int lay_out_members(struct judgement *j)
{
	uint32_t n = 0;

	for (size_t i = 0; i < j->findings.n; i++)
		n += j->findings.items[i].count;
	if (array_grow(&j->members, n))
		return -ENOMEM;
	for (size_t i = 0; i < j->findings.n; i++) {
		j->findings.items[i].members = (uint32_t)j->members.n;
		j->members.n += j->findings.items[i].count;
		j->findings.items[i].count = 0;
	}
	for (uint32_t i = 0; i < j->snapshot->conns.n; i++) {
		struct finding *f;

		if (j->verdicts[i].finding == ROW_NONE)
			continue;
		f = &j->findings.items[j->verdicts[i].finding];
		j->members.items[f->members + f->count++] = i;
	}
	return 0;
}

static int place_members(const struct index *x, struct judgement *j, struct groups *g,
			 const struct filter *filter)
{
	int err = 0;

	for (uint32_t i = 0; i < x->s->conns.n; i++) {
		struct verdict *v = &j->verdicts[i];
		const struct group *group;

		if (v->finding == ROW_NONE)
			continue;
		group = &g->all.items[v->finding];
		place_one(group, is_meant(filter, x, j, group, i), j, v);
	}
	if (filter)
		err = drop_empty(j, g);
	return err ? err : lay_out_members(j);
}

static int compare_owners(const void *va, const void *vb)
{
	const struct finding_owner *a = va, *b = vb;

	if (a->sockets != b->sockets)
		return a->sockets > b->sockets ? -1 : 1;
	return a->process < b->process ? -1 : a->process > b->process;
}

/* sockets[process] counts within one finding; it is left all zero for the next one. */
static int find_owners(const struct snapshot *s, struct judgement *j, struct finding *f,
		       uint32_t *sockets)
{
	f->owners = (uint32_t)j->owners.n;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct verdict *v = &j->verdicts[j->members.items[f->members + i]];
		uint32_t process;

		if (v->owner == ROW_NONE)
			continue;
		process = s->holders.items[v->owner].process;
		if (sockets[process]++ > 0)
			continue;
		if (array_grow(&j->owners, 1))
			return -ENOMEM;
		j->owners.items[j->owners.n++].process = process;
	}
	f->n_owners = (uint32_t)j->owners.n - f->owners;
	for (uint32_t i = 0; i < f->n_owners; i++) {
		struct finding_owner *owner = &j->owners.items[f->owners + i];

		owner->sockets = sockets[owner->process];
		sockets[owner->process] = 0;
	}
	if (f->n_owners > 1)
		qsort(&j->owners.items[f->owners], f->n_owners, sizeof(struct finding_owner),
		      compare_owners);
	return 0;
}

static int find_all_owners(const struct snapshot *s, struct judgement *j)
{
	_free_ uint32_t *sockets = calloc(s->processes.n + 1, sizeof(*sockets));
	int err = sockets ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < j->findings.n; i++)
		err = find_owners(s, j, &j->findings.items[i], sockets);
	return err;
}

/* How bad it is beyond its size: 3 the owner's descriptors run out, 2 its accept queue is full, 1
 * its ports run out, 0 none of these. */
static int alarm_of(const struct index *x, const struct finding *f, const struct process *owner,
		    const struct conn *sample)
{
	uint32_t listener, range = index_port_range(x, f->netns);

	if (owner && owner->fds_open != VALUE_UNKNOWN && owner->fds_limit != VALUE_UNKNOWN &&
	    owner->fds_limit > 0 &&
	    (uint64_t)owner->fds_open * 10 >= (uint64_t)owner->fds_limit * 8)
		return 3;
	listener = f->role == ROLE_ACCEPTED ? index_listener(x, sample) : ROW_NONE;
	if (listener != ROW_NONE) {
		const struct conn *c = snapshot_conn(x->s, listener);

		if (c->wqueue > 0 && c->rqueue > c->wqueue)
			return 2;
	}
	return f->role == ROLE_CONNECTED && range && (uint64_t)f->count * 2 >= range;
}

static uint64_t by_age(const struct finding *f)
{
	return f->oldest.at_least_ms == VALUE_UNKNOWN ? 0 : f->oldest.at_least_ms;
}

static int compare_ranked(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	const struct finding *fa = &a->finding, *fb = &b->finding;
	int by_id;

	if (fa->severity != fb->severity)
		return fa->severity > fb->severity ? -1 : 1;
	if (a->alarm != b->alarm)
		return a->alarm > b->alarm ? -1 : 1;
	if (fa->count != fb->count)
		return fa->count > fb->count ? -1 : 1;
	if (by_age(fa) != by_age(fb))
		return by_age(fa) > by_age(fb) ? -1 : 1;
	by_id = strcmp(fa->id, fb->id);
	return by_id ? by_id : (a->group < b->group ? -1 : 1);
}

static void rank_fill(const struct index *x, struct judgement *j, const struct groups *g,
		      struct ranked *ranked)
{
	for (uint32_t i = 0; i < g->all.n; i++) {
		uint32_t row = g->all.items[i].finding;
		const struct process *owner = NULL;
		const struct finding *f;

		if (row == ROW_NONE)
			continue;
		f = &j->findings.items[row];
		if (f->n_owners)
			owner = snapshot_process(x->s, j->owners.items[f->owners].process);
		ranked[row] = (struct ranked){
			.finding = *f,
			.group = i,
			.alarm = alarm_of(x, f, owner,
					  snapshot_conn(x->s, j->members.items[f->members])),
		};
	}
}

static int put_in_order(const struct index *x, struct judgement *j, struct groups *g)
{
	_free_ struct ranked *ranked = calloc(j->findings.n + 1, sizeof(*ranked));

	if (!ranked)
		return -ENOMEM;
	rank_fill(x, j, g, ranked);
	qsort(ranked, j->findings.n, sizeof(*ranked), compare_ranked);
	for (uint32_t i = 0; i < j->findings.n; i++) {
		struct finding *f = &j->findings.items[i];

		*f = ranked[i].finding;
		f->alarm = (uint8_t)ranked[i].alarm;
		g->all.items[ranked[i].group].finding = i;
		for (uint32_t k = 0; k < f->count; k++)
			j->verdicts[j->members.items[f->members + k]].finding = i;
		j->stuck += f->severity == SEVERITY_STUCK;
	}
	return 0;
}

static void mark_place(const struct snapshot *s, struct finding *f)
{
	const struct netns_row *netns = &s->netns.items[f->netns];
	uint64_t h = hash_mix(hash_text(HASH_START, f->id) ^ netns->inode);

	if (netns->own)
		return;
	for (unsigned int k = 0; k < FINDING_ID_LEN; k++)
		f->id[k] = hex_digits[h >> (4 * k) & 15];
}

/* Ids that would be the same in one report (one program, one endpoint, namespaces without a name)
 * are told apart by the namespace; that of our own stays. */
static void tell_twins_apart(const struct snapshot *s, const struct judgement *j,
			     struct finding **by_id)
{
	for (size_t i = 0, next; i < j->findings.n; i = next) {
		char id[FINDING_ID_LEN + 1];

		memcpy(id, by_id[i]->id, sizeof(id));
		for (next = i + 1; next < j->findings.n; next++)
			if (strcmp(by_id[next]->id, id) != 0)
				break;
		for (size_t k = i; next - i > 1 && k < next; k++)
			mark_place(s, by_id[k]);
	}
}

static int compare_ids(const void *va, const void *vb)
{
	const struct finding *const *a = va, *const *b = vb;
	int order = strcmp((*a)->id, (*b)->id);

	return order ? order : (*a < *b ? -1 : *a > *b);
}

static unsigned int common_digits(const char *a, const char *b)
{
	unsigned int n = 0;

	while (n < FINDING_ID_LEN && a[n] == b[n])
		n++;
	return n;
}

/* In the order of ids only neighbours can share their first digits. */
static int shorten_ids(const struct snapshot *s, struct judgement *j)
{
	size_t n = j->findings.n;
	_free_ struct finding **by_id = calloc(n + 1, sizeof(*by_id));

	if (!by_id)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		by_id[i] = &j->findings.items[i];
	qsort(by_id, n, sizeof(struct finding *), compare_ids);
	tell_twins_apart(s, j, by_id);
	qsort(by_id, n, sizeof(struct finding *), compare_ids);
	for (size_t i = 0; i < n; i++) {
		unsigned int shared = 0, other;

		if (i > 0)
			shared = common_digits(by_id[i]->id, by_id[i - 1]->id);
		other = i + 1 < n ? common_digits(by_id[i]->id, by_id[i + 1]->id) : 0;
		if (other > shared)
			shared = other;
		by_id[i]->id_len = shared < 4 ? 4 : (uint8_t)(shared + 1);
		if (by_id[i]->id_len > FINDING_ID_LEN)
			by_id[i]->id_len = FINDING_ID_LEN;
	}
	return 0;
}

/* The other leg's finding before the other end's: it says more. */
static void pair_findings(const struct index *x, struct judgement *j)
{
	for (uint32_t i = 0; i < j->findings.n; i++) {
		struct finding *f = &j->findings.items[i];

		for (uint32_t k = 0; k < f->count && f->paired_with == ROW_NONE; k++) {
			uint32_t row = j->members.items[f->members + k], other;

			other = x->leg[row] != ROW_NONE ? x->leg[row] : x->other_end[row];
			if (other != ROW_NONE && j->verdicts[other].finding != i)
				f->paired_with = j->verdicts[other].finding;
		}
	}
}

int groups_find(struct groups *g, const struct index *x, const struct judge_options *options,
		struct judgement *j)
{
	int err = make_findings(x, j, g, options->expected);

	if (!err)
		err = shorten_ids(x->s, j);
	if (!err)
		err = place_members(x, j, g, options->filter);
	if (!err)
		err = find_all_owners(x->s, j);
	if (!err)
		err = put_in_order(x, j, g);
	if (!err)
		pair_findings(x, j);
	return err;
}
