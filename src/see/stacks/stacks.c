// SPDX-License-Identifier: Apache-2.0
/* From processes to sets of equal stacks: gather, unwind, group. */
#include "see/stacks/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "see/stacks/child.h"
#include "see/stacks/gather.h"

#define NS_PER_MS 1000000ull

struct taking {
	const struct stacks_options *options;
	struct snapshot *snapshot;
	struct copied copied;
	struct wire_told *told; /* by thread */
	uint32_t *order;	/* thread rows, those that stand together together */
};

static void taking_finish(struct taking *t)
{
	copied_finish(&t->copied);
	free(t->told);
	free(t->order);
}

static int gather(struct taking *t)
{
	int err = t->options->source ? gather_running(&t->copied, t->options)
				     : gather_stopping(&t->copied, t->options);

	if (err)
		return err;
	t->told = calloc(t->copied.threads.n + 1, sizeof(*t->told));
	t->order = calloc(t->copied.threads.n + 1, sizeof(*t->order));
	return t->told && t->order ? 0 : -ENOMEM;
}

static bool is_fatal(int err)
{
	return err == -ENOMEM || err == -EAGAIN || err == -EMFILE || err == -ENFILE;
}

static int unwind(struct taking *t)
{
	uint64_t until_ns = clock_mono_ns() + t->options->deadline_ms * NS_PER_MS;
	struct copied *c = &t->copied;
	int err = 0;

	for (uint32_t i = 0; !is_fatal(err) && i < c->processes.n; i++) {
		struct wire w = { .snapshot = t->snapshot,
				  .told = t->told,
				  .n_threads = c->threads.n };

		if (c->processes.items[i].dirfd < 0)
			continue;
		err = child_unwind(c, i, &w, until_ns);
		if (err && !c->processes.items[i].err)
			c->processes.items[i].err = err;
		wire_finish(&w);
	}
	return is_fatal(err) ? err : 0;
}

/* What was read after the copy may be of a later moment: torn if the thread ran since. */
static void check_late(struct taking *t)
{
	struct copied *c = &t->copied;
	bool late = false;

	for (size_t i = 0; i < c->threads.n; i++) {
		c->threads.items[i].late = t->told[i].late;
		late |= t->told[i].late;
	}
	if (late)
		gather_check(c, t->options->source);
}

/* Threads of one process and with equal stacks stand together, then by tid. */
static int compare(const void *left, const void *right, void *data)
{
	const struct taking *t = data;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	const struct copied_thread *x = &t->copied.threads.items[a];
	const struct copied_thread *y = &t->copied.threads.items[b];

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	if (t->told[a].sure_hash != t->told[b].sure_hash)
		return t->told[a].sure_hash < t->told[b].sure_hash ? -1 : 1;
	if (x->torn != y->torn)
		return x->torn ? 1 : -1;
	return (x->at.tid > y->at.tid) - (x->at.tid < y->at.tid);
}

static int add_thread(struct taking *t, struct stack *stack, uint32_t row)
{
	struct snapshot *s = t->snapshot;
	struct stack_thread *thread;

	if (array_grow(&s->stack_threads, 1))
		return -ENOMEM;
	thread = &s->stack_threads.items[s->stack_threads.n++];
	thread->tid = t->copied.threads.items[row].at.tid;
	memcpy(thread->comm, t->copied.threads.items[row].at.comm, sizeof(thread->comm));
	stack->n_threads++;
	return 0;
}

static bool stand_together(const struct taking *t, uint32_t a, uint32_t b)
{
	return t->told[a].sure_hash == t->told[b].sure_hash &&
	       t->copied.threads.items[a].torn == t->copied.threads.items[b].torn;
}

/* Adds the stack of n threads, which have all frames in common, or those that are sure: then the
 * others are left out. 0 or -ENOMEM. */
static int add_stack(struct taking *t, const uint32_t *rows, size_t n)
{
	const struct wire_told *told = &t->told[rows[0]];
	struct snapshot *s = t->snapshot;
	struct stack *stack;

	if (array_grow(&s->stacks, 1))
		return -ENOMEM;
	stack = &s->stacks.items[s->stacks.n++];
	*stack = (struct stack){ .frames = told->frames,
				 .n_frames = told->n_frames,
				 .threads = (uint32_t)s->stack_threads.n,
				 .end = told->end,
				 .torn = t->copied.threads.items[rows[0]].torn };
	for (size_t i = 0; i < n; i++) {
		if (t->told[rows[i]].hash != told->hash) {
			stack->n_frames = told->n_sure;
			stack->end = STACK_END_LOST;
		}
		if (add_thread(t, stack, rows[i]))
			return -ENOMEM;
	}
	return 0;
}

/* Takes those out of which no stack came. Returns how many are left. */
static size_t keep_told(const struct taking *t, uint32_t *rows, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!t->copied.threads.items[rows[i]].gone &&
		    t->told[rows[i]].end != STACK_END_UNKNOWN)
			rows[kept++] = rows[i];
	return kept;
}

/* Adds the set of process `process`, the threads of which are rows[0 … n). */
static int add_set(struct taking *t, uint32_t process, uint32_t *rows, size_t n)
{
	const struct copied_process *p = &t->copied.processes.items[process];
	struct snapshot *s = t->snapshot;
	struct stack_set set = {
		.process = p->row,
		.stacks = (uint32_t)s->stacks.n,
		.more = p->more,
		.err = p->err,
		.how = t->options->source ? STACKS_COPY : STACKS_STOP,
	};
	size_t end;

	n = keep_told(t, rows, n);
	for (size_t at = 0; at < n; at = end) {
		end = at + 1;
		while (end < n && stand_together(t, rows[at], rows[end]))
			end++;
		if (add_stack(t, rows + at, end - at))
			return -ENOMEM;
	}
	set.n_stacks = (uint32_t)s->stacks.n - set.stacks;
	stack_sort_set(s, &set);
	if (!set.n_stacks && !set.err)
		set.err = -ESRCH;
	if (array_grow(&s->stack_sets, 1))
		return -ENOMEM;
	s->stack_sets.items[s->stack_sets.n++] = set;
	return 0;
}

static int group(struct taking *t)
{
	const struct copied *c = &t->copied;
	size_t at = 0;
	int err = 0;

	for (uint32_t i = 0; i < c->threads.n; i++)
		t->order[i] = i;
	if (c->threads.n)
		qsort_r(t->order, c->threads.n, sizeof(*t->order), compare, t);
	for (uint32_t i = 0; !err && i < c->processes.n; i++) {
		size_t end = at;

		while (end < c->threads.n && c->threads.items[t->order[end]].process == i)
			end++;
		err = add_set(t, i, t->order + at, end - at);
		at = end;
	}
	return err;
}

int stacks_take(const struct stacks_options *options, struct snapshot *s, const uint32_t *processes,
		size_t n)
{
	__attribute__((cleanup(taking_finish))) struct taking t = { .options = options,
								    .snapshot = s };
	int err = copied_begin(&t.copied, s, processes, n);

	if (!err)
		err = gather(&t);
	if (!err)
		err = unwind(&t);
	if (err)
		return err;
	check_late(&t);
	return group(&t);
}
