/* SPDX-License-Identifier: Apache-2.0 */
/* One look at this host: runs the sources side by side and joins what they bring into one snapshot.
 * The only way into see/ for those who act, watch and show. */
#ifndef SEE_LOOK_LOOK_H
#define SEE_LOOK_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/filter.h"
#include "model/snapshot.h"

/* "It did not run meanwhile" is about so long a time. */
#define LOOK_THREADS_MS 30

struct look_options {
	bool here;		/* only the calling thread's network namespace */
	bool no_bpf;		/* do as on a kernel where BPF is not allowed */
	bool verbose;		/* let the libraries print what they do to stderr */
	bool time_wait;		/* TIME_WAIT as rows even where they press on nothing */
	bool counters;		/* what two looks are compared by: counters of each namespace */
	bool detailed;		/* socket options of every row */
	uint32_t older_than_ms; /* what is surely younger will not be judged: its owners' threads
				   are not read for it */
	uint32_t threads_ms;	/* over how long threads are looked at; 0: LOOK_THREADS_MS */
	uint32_t states;	/* TCP_BIT()s of further states that become rows, e.g. for a list */
	/* Of ESTABLISHED ones among `states` only those become rows that this may mean (more may);
	 * NULL: all. Only for who shows nothing that is judged by its context: those left out may
	 * be the context of others. Borrowed. */
	const struct filter *asked;
	enum stacks_how stacks; /* how look_stacks() comes by stacks */
};

/* Takes a snapshot. 0, or -errno when nothing at all could be seen (no sock_diag, no memory, no
 * file descriptors; -ENXIO: /proc does not even tell the own network namespace); what merely is
 * missing stands in blind_spots. *ret_s must be finished with snapshot_finish() in both cases. Does
 * not change the calling thread's namespaces; starts two threads and ends them. */
int look_take(const struct look_options *options, struct snapshot *ret_s);

/* Reads what the threads of n more processes (rows of s->processes) do, over `over_ms`; those that
 * look_take() has read already stay as they are, and when all have, nothing is waited for. 0 or
 * -ENOMEM. */
int look_at_threads(struct snapshot *s, const uint32_t *processes, size_t n, uint32_t over_ms);

/* Adds the call stacks of the threads of these processes (n rows of s->processes), as
 * options->stacks says; once for each, and not of processes without a pid. What could not be read
 * stands in its stack_set. No other thread of ours may run. 0; -ENOMEM, -EAGAIN, -EMFILE. */
int look_stacks(const struct look_options *options, struct snapshot *s, const uint32_t *processes,
		size_t n);

#endif
