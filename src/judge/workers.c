// SPDX-License-Identifier: Apache-2.0
/* Weighing the threads of a process against the connections that wait for one. */
#include "judge/workers.h"

/* What a connection's end of file waits for. */
enum need {
	NEED_LITTLE = 0, /* nothing is unread, or somebody waits for it */
	NEED_SERVED,	 /* it was accepted, and nothing watches it: a thread of its own */
	NEED_USED,	 /* the program opened it, and nothing watches it: whoever uses it */
	NEED_TAKEN,	 /* its event was taken: the one who took it */
};

static enum need need_of(const struct index *x, uint32_t row)
{
	const struct conn *c = snapshot_conn(x->s, row);
	enum direct direct;

	if (c->state != TCP_STATE_CLOSE_WAIT || c->rqueue == 0)
		return NEED_LITTLE;
	direct = evidence_direct(x->s, x->owner[row]);
	if (direct == DIRECT_READER || direct == DIRECT_URING)
		return NEED_LITTLE;
	switch (evidence_watched(x->s, x->owner[row])) {
	case WATCHED_NOTHING:
		return index_role(x, c) == ROLE_ACCEPTED ? NEED_SERVED : NEED_USED;
	case WATCHED_SPENT:
	case WATCHED_EDGE_GONE:
	case WATCHED_EDGE_TAKEN:
		return NEED_TAKEN;
	default:
		return NEED_LITTLE;
	}
}

void workers_count(struct index *x)
{
	for (uint32_t i = 0; i < x->s->conns.n; i++) {
		uint32_t process = index_process(x, i);
		struct process_use *use = &x->usage[process == ROW_NONE ? 0 : process];
		enum need need;

		if (process == ROW_NONE || !x->s->processes.items[process].n_thread_rows)
			continue;
		need = need_of(x, i);
		use->unserved += need == NEED_SERVED;
		use->unused += need == NEED_USED;
		use->taken += need == NEED_TAKEN;
	}
}

/* What is left to say when they are not evidently enough. */
static enum workers rest_of(const struct crew *crew, uint32_t needed)
{
	if (!crew->known || crew->untold)
		return WORKERS_UNKNOWN;
	if (crew->sure + crew->perhaps >= needed)
		return WORKERS_MAYBE;
	if (crew->sure)
		return WORKERS_FEW;
	return crew->perhaps + crew->idle ? WORKERS_UNSURE : WORKERS_NONE;
}

/* A program looks at a connection of its own now and then, when it gets round to it, and has many
 * that nobody looks at. Only one who waits to pass on what he reads is sure to come back: the one
 * thread, with one connection; what goes to another connection must have come from somewhere. */
static enum workers of_used(const struct index *x, const struct process_use *use, uint32_t row)
{
	const struct crew *crew = &use->crew;
	bool has_data = snapshot_conn(x->s, row)->rqueue > EVIDENCE_CLOSE_NOTIFY_BYTES;
	enum workers rest;

	if (crew->alone && use->unused == 1 && (crew->writing || (crew->sending && has_data)))
		return WORKERS_ENOUGH;
	rest = rest_of(crew, UINT32_MAX);
	return rest == WORKERS_MAYBE ? WORKERS_UNSURE : rest;
}

/* One thread that serves all is as good as one for each. Asleep on another set than the one in
 * question it serves none of them. */
static enum workers of_taken(const struct process_use *use)
{
	const struct crew *crew = &use->crew;

	if (crew->sure >= use->taken || (crew->sure && crew->alone))
		return WORKERS_ENOUGH;
	if (crew->known && crew->away)
		return WORKERS_MAYBE;
	return rest_of(crew, use->taken);
}

/* Where there are fewer threads than connections that would need one each, they are not read
 * (see/look): most of these have none. */
static bool are_too_few(const struct index *x, uint32_t row)
{
	const struct process *p = &x->s->processes.items[index_process(x, row)];

	return p->threads_seen == THREADS_NOT_LOOKED && p->threads != VALUE_UNKNOWN &&
	       p->threads < x->usage[index_process(x, row)].unread;
}

enum workers workers_fact(const struct index *x, uint32_t row)
{
	const struct process_use *use = &x->usage[index_process(x, row)];

	if (!use->crew.known && !use->crew.sure)
		return are_too_few(x, row) ? WORKERS_UNSURE : WORKERS_UNKNOWN;
	switch (need_of(x, row)) {
	case NEED_SERVED:
		return use->crew.sure >= use->unserved ? WORKERS_ENOUGH
						       : rest_of(&use->crew, use->unserved);
	case NEED_USED:
		return of_used(x, use, row);
	case NEED_TAKEN:
		return of_taken(use);
	default:
		return use->crew.sure ? WORKERS_ENOUGH : rest_of(&use->crew, 1);
	}
}
