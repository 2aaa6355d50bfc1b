/* SPDX-License-Identifier: Apache-2.0 */
/* What do the threads of a process do? */
#ifndef SEE_PROCS_THREADS_H
#define SEE_PROCS_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "model/snapshot.h"
#include "see/procs/parse.h"

/* So many threads of one process are read; of one with more, the first. */
#define PROCS_THREADS_MAX 2048

/* How often and how long a thread had run when it was marked. */
struct procs_mark {
	struct procs_run run;
	uint64_t at_ns; /* CLOCK_MONOTONIC */
};

/* All zero is empty. Owns its memory. `coarse`: the kernel has no schedstat; what ran is then told
 * by context switches, and for how long in steps of 10 ms. */
struct procs_marks {
	SNAPSHOT_ARRAY(struct procs_mark) items;
	struct map by_tid;
	bool coarse;
};

void procs_marks_finish(struct procs_marks *m);

/* Marks the threads of a process, so that a later reading can tell which ran in between; threads
 * marked already keep their mark. 0 (also when it has gone) or -ENOMEM. Everybody may. 4 µs a
 * thread. */
int procs_mark_threads(uint32_t pid, struct procs_marks *m);

/* Finds the row of conns[] of a socket by its inode number, ROW_NONE. */
typedef uint32_t procs_find_conn(void *data, uint32_t inode);

/* Reads what the threads of a process do and adds their rows to s->threads; fills thread_rows,
 * n_thread_rows and threads_seen of the process. Threads that have ended (a first thread before the
 * others) have no row. A process without a pid, or read already, stays as it is. One that took over
 * the pid meanwhile is told by its start time (process.start_ns, where that is known).
 *
 * steady: FACT_YES when a thread marked before was asleep now and has not run since; FACT_NO when
 * it did or does; unknown without a mark. cpu_permille: of the time since the mark, to a tick of
 * the kernel (1 to 10 ms) for a thread that just runs.
 *
 * Names and states everybody may read; calls and objects need PTRACE_MODE_ATTACH, without it the
 * answer is THREADS_DENIED. Programs of another machine (32-bit ones) have CALL_UNKNOWN with `nr`
 * as it stands. Of a set, 64 files are looked at; epoll sets of programs with more than 16,384 open
 * files are not. Addresses of connections that are no rows are asked of a borrowed copy
 * (see/procs/borrow.h). About 20 µs a thread. 0 or -ENOMEM. */
int procs_read_threads(struct snapshot *s, uint32_t process, const struct procs_marks *marks,
		       procs_find_conn *find, void *find_data);

#endif
