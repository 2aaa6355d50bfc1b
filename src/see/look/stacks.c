// SPDX-License-Identifier: Apache-2.0
/* The call stacks of some owners, added to a snapshot. */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "see/bpf/threads.h"
#include "see/look/look.h"
#include "see/procs/describe.h"
#include "see/stacks/stacks.h"

#define THREADS_MAX 1024

/* Each is unwound by itself: a hundred forks of one server tell no more than some of them. */
#define PROCESSES_MAX 16

/* A debuginfod server may have to be asked for much. */
#define DEADLINE_MS	       10000
#define DEADLINE_DEBUGINFOD_MS 120000

static void close_threads(struct bpf_threads **threads)
{
	bpf_threads_close(*threads);
}

static int add_failed(struct snapshot *s, uint32_t process, enum stacks_how how, int err,
		      int registers_err)
{
	if (array_grow(&s->stack_sets, 1))
		return -ENOMEM;
	s->stack_sets.items[s->stack_sets.n++] =
		(struct stack_set){ .process = process,
				    .stacks = (uint32_t)s->stacks.n,
				    .err = err,
				    .registers_err = registers_err,
				    .how = (uint8_t)how };
	return 0;
}

static int add_all_failed(struct snapshot *s, const uint32_t *processes, size_t n,
			  enum stacks_how how, int err, int registers_err)
{
	for (size_t i = 0; i < n; i++)
		if (add_failed(s, processes[i], how, err, registers_err))
			return -ENOMEM;
	return 0;
}

/* The threads that do not merely wait for work: where too many are to be read, these are first. */
static size_t find_busy(const struct snapshot *s, const uint32_t *processes, size_t n,
			uint32_t *ret_tids)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct process *p = snapshot_process(s, processes[i]);

		for (uint32_t k = 0; k < p->n_thread_rows && found < THREADS_MAX; k++) {
			const struct thread *t = &s->threads.items[p->thread_rows + k];

			if (t->call != CALL_FUTEX && t->call != CALL_EPOLL &&
			    t->call != CALL_ACCEPT)
				ret_tids[found++] = t->tid;
		}
	}
	return found;
}

static int take(const struct look_options *options, struct snapshot *s, const uint32_t *processes,
		size_t n)
{
	__attribute__((cleanup(close_threads))) struct bpf_threads *threads = NULL;
	struct registers_source source = { .read = bpf_threads_read };
	uint32_t pids[PROCESSES_MAX], first[THREADS_MAX];
	const char *servers = getenv("DEBUGINFOD_URLS");
	struct stacks_options with = {
		.threads_max = THREADS_MAX,
		.deadline_ms = servers && servers[0] ? DEADLINE_DEBUGINFOD_MS : DEADLINE_MS,
		.first = first,
		.n_first = find_busy(s, processes, n, first),
	};
	int err = 0;

	for (size_t i = 0; i < n; i++)
		pids[i] = snapshot_process(s, processes[i])->pid;
	if (options->stacks == STACKS_COPY) {
		err = options->no_bpf ? -EOPNOTSUPP
				      : bpf_threads_open(pids, n, options->verbose, &threads);
		source.data = threads;
		with.source = &source;
	}
	if (err)
		return add_all_failed(s, processes, n, options->stacks, 0, err);
	err = stacks_take(&with, s, processes, n);
	if (err == -ERR_NOT_BUILT)
		return add_all_failed(s, processes, n, options->stacks, err, 0);
	return err;
}

int look_stacks(const struct look_options *options, struct snapshot *s, const uint32_t *processes,
		size_t n)
{
	uint32_t wanted[PROCESSES_MAX];
	size_t n_wanted = 0;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		if (stack_find_set(s, processes[i]) || !snapshot_process(s, processes[i])->pid)
			continue;
		if (!procs_is_still(snapshot_process(s, processes[i])))
			err = add_failed(s, processes[i], options->stacks, -ESRCH, 0);
		else if (n_wanted < PROCESSES_MAX)
			wanted[n_wanted++] = processes[i];
		else
			err = add_failed(s, processes[i], options->stacks, -E2BIG, 0);
	}
	if (!err && n_wanted)
		err = take(options, s, wanted, n_wanted);
	return err;
}
