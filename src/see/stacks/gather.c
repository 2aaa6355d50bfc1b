// SPDX-License-Identifier: Apache-2.0
/* Registers and stacks of threads that go on meanwhile. */
#include "see/stacks/gather.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

/* How often a thread that ran while it was copied is copied anew. */
#define TRIES 3

static void registers_finish(struct registers_table *t)
{
	free(t->threads.items);
}

#define _registers_ __attribute__((cleanup(registers_finish)))

static int read_registers(const struct registers_source *source, struct registers_table *t,
			  struct map *by_tid)
{
	int err = source->read(source->data, t);

	map_finish(by_tid);
	for (uint32_t i = 0; !err && i < t->threads.n; i++)
		err = map_put(by_tid, t->threads.items[i].tid, i, NULL);
	return err;
}

static bool matters(const struct stacks_options *options, uint32_t tid)
{
	for (size_t i = 0; i < options->n_first; i++)
		if (options->first[i] == tid)
			return true;
	return false;
}

static int take_thread(struct copied *c, const struct stacks_options *options,
		       const struct thread_registers *t)
{
	uint32_t process = copied_find(c, t->pid);

	if (process == ROW_NONE || !t->tid)
		return 0;
	if (c->threads.n >= options->threads_max) {
		c->processes.items[process].more++;
		return 0;
	}
	if (array_grow(&c->threads, 1))
		return -ENOMEM;
	c->threads.items[c->threads.n++] = (struct copied_thread){ .at = *t, .process = process };
	return 0;
}

/* Those that matter most are taken first. */
static int take_threads(struct copied *c, const struct stacks_options *options,
			const struct registers_table *t)
{
	_free_ uint8_t *taken = calloc(t->threads.n + 1, 1);
	int err = taken ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < t->threads.n; i++) {
		taken[i] = options->n_first && matters(options, t->threads.items[i].tid);
		if (taken[i])
			err = take_thread(c, options, &t->threads.items[i]);
	}
	for (size_t i = 0; !err && i < t->threads.n; i++)
		if (!taken[i])
			err = take_thread(c, options, &t->threads.items[i]);
	return err;
}

static int copy_untorn(struct copied *c)
{
	size_t most = c->threads.n > COPY_MANY ? COPY_BYTES_MANY : COPY_BYTES_MAX;
	int err = 0;

	for (size_t i = 0; !err && i < c->threads.n; i++) {
		struct copied_thread *t = &c->threads.items[i];
		struct copied_process *p = &c->processes.items[t->process];

		if (t->bytes || t->gone || t->at.without_memory)
			continue;
		if (copied_open(p, t->at.tid) == 0)
			err = copied_read(c, t, most);
	}
	return err;
}

static bool has_run(const struct thread_registers *before, const struct thread_registers *after)
{
	return before->on_cpu || after->on_cpu || before->ran_ns != after->ran_ns ||
	       before->switches != after->switches;
}

static bool is_gone(const struct copied_thread *t, const struct registers_table *now,
		    const struct map *by_tid)
{
	uint32_t row = map_get(by_tid, t->at.tid);

	return row == MAP_NONE || now->threads.items[row].start_ns != t->at.start_ns;
}

/* Compares with what is told now. Returns how many ran meanwhile. */
static uint32_t settle(struct copied *c, const struct registers_table *now,
		       const struct map *by_tid)
{
	uint32_t torn = 0;

	for (size_t i = 0; i < c->threads.n; i++) {
		struct copied_thread *t = &c->threads.items[i];

		if (is_gone(t, now, by_tid))
			t->gone = true;
		else if (has_run(&t->at, &now->threads.items[map_get(by_tid, t->at.tid)]))
			t->torn = true;
		torn += t->torn && !t->gone;
	}
	return torn;
}

/* Lets those that ran be copied anew, with the registers they have now. */
static void begin_anew(struct copied *c, const struct registers_table *now,
		       const struct map *by_tid)
{
	for (size_t i = 0; i < c->threads.n; i++) {
		struct copied_thread *t = &c->threads.items[i];

		if (!t->torn || t->gone)
			continue;
		t->at = now->threads.items[map_get(by_tid, t->at.tid)];
		t->torn = false;
		free(t->bytes);
		t->bytes = NULL;
	}
}

int gather_running(struct copied *c, const struct stacks_options *options)
{
	_registers_ struct registers_table now = { 0 };
	_map_ struct map by_tid = { 0 };
	int err = read_registers(options->source, &now, &by_tid);

	if (!err)
		err = take_threads(c, options, &now);
	for (int i = 1; !err; i++) {
		err = copy_untorn(c);
		if (!err)
			err = read_registers(options->source, &now, &by_tid);
		if (err || settle(c, &now, &by_tid) == 0 || i == TRIES)
			break;
		begin_anew(c, &now, &by_tid);
	}
	return err;
}

void gather_check(struct copied *c, const struct registers_source *source)
{
	_registers_ struct registers_table now = { 0 };
	_map_ struct map by_tid = { 0 };
	bool can_tell = source && read_registers(source, &now, &by_tid) == 0;

	for (size_t i = 0; i < c->threads.n; i++) {
		struct copied_thread *t = &c->threads.items[i];

		if (t->late && (!can_tell || is_gone(t, &now, &by_tid) ||
				has_run(&t->at, &now.threads.items[map_get(&by_tid, t->at.tid)])))
			t->torn = true;
	}
}
