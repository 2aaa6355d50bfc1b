/* SPDX-License-Identifier: Apache-2.0 */
/* Cases for the rules: snapshots to start from, and a table's runner. */
#ifndef UNIT_JUDGE_CASES_H
#define UNIT_JUDGE_CASES_H

#include "build.h"

#define READS (EPOLLIN | EPOLLRDHUP)
#define EDGE  ((uint32_t)EPOLLET)

/* Ten seconds: old, and far from every limit. */
#define OLD 10000

#define CERTAIN	 CONFIDENCE_CERTAIN
#define LIKELY	 CONFIDENCE_LIKELY
#define POSSIBLE CONFIDENCE_POSSIBLE

/* Makes a snapshot and returns the row that is judged. */
struct rule_case {
	uint32_t (*make)(struct snapshot *s);
	const char *name;
	const char *cause; /* "" none */
	enum confidence confidence;
};

#define CASE(make, cause, confidence)                                                              \
	{                                                                                          \
		make, #make, cause, confidence                                                     \
	}

/* Fails when any case gets another verdict; says each. */
void cases_run(const struct rule_case *cases, size_t n);

struct conn *row(struct snapshot *s, uint32_t i);

/* One process, pid 100, row 0, the one thread of which waits for a signal. Returns its row. */
uint32_t begin(struct snapshot *s);

/* What that process is given in place of its thread, and one more. */
struct thread *only(struct snapshot *s, enum thread_call call, enum thread_object object);
struct thread *also(struct snapshot *s, enum thread_call call, enum thread_object object);

/* Makes of a thread: one that waits for a database which this program asked; in a mutex; one that
 * never waits. */
struct thread *asking(struct thread *t);
struct thread *mutex(struct thread *t);
struct thread *computing(struct thread *t);

/* As if that process's threads had not been read. */
void without_threads(struct snapshot *s);

/* In CLOSE_WAIT with its FIN unread, held by that process, which watches nothing: one that it
 * opened, one that came in through a listener (row 0), one that still waits there. */
uint32_t connected(struct snapshot *s);
uint32_t accepted(struct snapshot *s);
uint32_t queued(struct snapshot *s);

/* Takes away what only BPF sees: masks remain. */
void only_proc(struct snapshot *s);

#endif
