// SPDX-License-Identifier: Apache-2.0
/* What the cases have in common. */
#include "cases.h"

#include <linux/futex.h>
#include <string.h>

#include "unit.h"

#include "judge/causes/table.h"

struct conn *row(struct snapshot *s, uint32_t i)
{
	return snapshot_conn(s, i);
}

uint32_t begin(struct snapshot *s)
{
	uint32_t process;

	build_init(s);
	process = build_process(s, "prog", 100);
	build_thread(s, process, CALL_SIGNAL, OBJECT_NONE);
	return process;
}

struct thread *only(struct snapshot *s, enum thread_call call, enum thread_object object)
{
	s->threads.n = 0;
	s->processes.items[0].n_thread_rows = 0;
	return build_thread(s, 0, call, object);
}

struct thread *also(struct snapshot *s, enum thread_call call, enum thread_object object)
{
	return build_thread(s, 0, call, object);
}

struct thread *asking(struct thread *t)
{
	t->object_text = "10.0.0.1:51034 -> 10.2.0.30:5432";
	return t;
}

struct thread *mutex(struct thread *t)
{
	t->futex_op = FUTEX_WAIT;
	t->futex_value = 2;
	return t;
}

struct thread *computing(struct thread *t)
{
	t->state = 'R';
	t->steady = FACT_NO;
	t->cpu_permille = 998;
	return t;
}

void without_threads(struct snapshot *s)
{
	s->threads.n = 0;
	s->processes.items[0].n_thread_rows = 0;
	s->processes.items[0].threads_seen = THREADS_NOT_LOOKED;
}

uint32_t connected(struct snapshot *s)
{
	begin(s);
	return build_unread(s, 0, 40000, OLD);
}

uint32_t accepted(struct snapshot *s)
{
	uint32_t listener, i;

	begin(s);
	listener = build_listener(s, "*:8000", 0, 128);
	build_hold(s, listener, 0);
	i = build_conn(s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000", "10.7.0.1:50000", OLD);
	build_hold(s, i, 0);
	return i;
}

uint32_t queued(struct snapshot *s)
{
	uint32_t listener, i;

	begin(s);
	listener = build_listener(s, "*:8000", 1, 128);
	build_hold(s, listener, 0);
	i = build_conn(s, TCP_STATE_CLOSE_WAIT, "10.0.0.1:8000", "10.7.0.1:50000", OLD);
	row(s, i)->inode = 0;
	row(s, i)->flags |= CONN_QUEUED;
	row(s, i)->listener = listener;
	return i;
}

void only_proc(struct snapshot *s)
{
	s->can.bpf = s->can.accept_queues = FACT_NO;
	for (size_t i = 0; i < s->watches.n; i++)
		s->watches.items[i].sleepers_known = 0;
	for (size_t i = 0; i < s->regs.n; i++) {
		s->regs.items[i].ready = FACT_UNKNOWN;
		s->regs.items[i].sleepers = VALUE_UNKNOWN;
	}
	for (size_t i = 0; i < s->conns.n; i++) {
		s->conns.items[i].has &= ~(CONN_HAS_OPTIONS | CONN_HAS_IDLE);
		s->conns.items[i].flags &= ~CONN_QUEUED;
		s->conns.items[i].idle_ms = VALUE_UNKNOWN;
	}
}

void cases_run(const struct rule_case *cases, size_t n)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct snapshot s;
		struct judgement j;
		const struct verdict *v;
		uint32_t at = cases[i].make(&s);

		build_judge(&s, &j);
		v = &j.verdicts[at];
		if (strcmp(cause_id(v->cause), cases[i].cause) != 0 ||
		    v->confidence != cases[i].confidence) {
			print_message("# %s: wanted %s %s, got %s %s\n", cases[i].name,
				      cases[i].cause, confidence_name(cases[i].confidence),
				      cause_id(v->cause),
				      confidence_name((enum confidence)v->confidence));
			wrong++;
		}
		judgement_finish(&j);
		snapshot_finish(&s);
	}
	assert_int_equal(wrong, 0);
}
