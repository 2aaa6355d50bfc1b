// SPDX-License-Identifier: Apache-2.0
/* Those who hold a listening socket, and what keeps them from it. */
#include "judge/accepting.h"

#include "judge/doing.h"
#include "model/text.h"

/* How many holders of a listener are looked at. */
#define HOLDERS_LOOKED 256

/* What was found among the holders. */
struct survey {
	uint32_t full, busy; /* rows of processes, ROW_NONE */
	uint32_t running;
	bool awaited;
	bool untold;
	bool busy_is_child;
};

static bool is_full(const struct process *p)
{
	return p->fds_limit != VALUE_UNKNOWN && p->fds_open != VALUE_UNKNOWN &&
	       p->fds_open >= p->fds_limit;
}

/* A thread that waits on a set which may have the listener in it may be just the one. */
static void look_at_threads(const struct index *x, const struct process *p, struct survey *survey)
{
	for (uint32_t i = p->thread_rows; i < p->thread_rows + p->n_thread_rows; i++) {
		const struct thread *t = &x->s->threads.items[i];

		survey->awaited |=
			x->tasks[i].doing == DOING_ACCEPT ||
			(x->tasks[i].doing == DOING_POLL && t->with_listener == FACT_YES);
		survey->untold |=
			x->tasks[i].elsewhere == ELSEWHERE_UNTOLD ||
			(x->tasks[i].doing == DOING_POLL && t->with_listener == FACT_UNKNOWN);
	}
}

static bool holds(const struct index *x, const struct conn *listener, uint32_t pid)
{
	for (uint32_t i = 0; pid && i < listener->n_holders && i < HOLDERS_LOOKED; i++) {
		const struct holder *h = &x->s->holders.items[listener->holders + i];

		if (x->s->processes.items[h->process].pid == pid)
			return true;
	}
	return false;
}

/* Of a master and its workers, a worker is the one who should accept. */
static void look_at_holder(const struct index *x, const struct conn *listener, uint32_t row,
			   struct survey *survey)
{
	const struct process *p = &x->s->processes.items[row];
	const struct crew *crew = &x->usage[row].crew;
	bool is_child;

	if (p->stopped == FACT_YES || p->frozen == FACT_YES)
		return;
	survey->running++;
	if (is_full(p))
		survey->full = row;
	survey->untold |= !crew->known;
	look_at_threads(x, p, survey);
	is_child = holds(x, listener, p->ppid);
	if (crew->sure + crew->perhaps > 0 &&
	    (survey->busy == ROW_NONE || (is_child && !survey->busy_is_child))) {
		survey->busy = row;
		survey->busy_is_child = is_child;
	}
}

enum accepting accepting_judge(const struct index *x, uint32_t listener, uint32_t *ret_process)
{
	const struct conn *c = snapshot_conn(x->s, listener);
	struct survey survey = { .full = ROW_NONE, .busy = ROW_NONE };

	*ret_process = ROW_NONE;
	if (c->n_holders == 0)
		return ACCEPTING_UNKNOWN;
	for (uint32_t i = 0; i < c->n_holders && i < HOLDERS_LOOKED; i++)
		look_at_holder(x, c, x->s->holders.items[c->holders + i].process, &survey);
	if (survey.running == 0)
		return c->n_holders <= HOLDERS_LOOKED ? ACCEPTING_HALTED : ACCEPTING_UNKNOWN;
	if (survey.full != ROW_NONE) {
		*ret_process = survey.full;
		return ACCEPTING_FULL;
	}
	if (survey.awaited)
		return ACCEPTING_AWAITED;
	if (survey.untold || c->n_holders > HOLDERS_LOOKED)
		return ACCEPTING_UNKNOWN;
	*ret_process = survey.busy;
	return survey.busy == ROW_NONE ? ACCEPTING_NOT_ASKED : ACCEPTING_ELSEWHERE;
}

enum accepting accepting_of(const struct account *a, uint32_t *ret_process)
{
	*ret_process = ROW_NONE;
	if (!a->listener)
		return ACCEPTING_UNKNOWN;
	return accepting_judge(a->x, (uint32_t)(a->listener - a->s->conns.items), ret_process);
}

static void put_full(struct buf *b, const struct process *p)
{
	text_put_count(b, p->fds_open);
	buf_puts(b, " of ");
	text_put_count(b, p->fds_limit);
}

void put_not_accepting(struct buf *b, const struct account *a)
{
	uint32_t process;

	switch (accepting_of(a, &process)) {
	case ACCEPTING_HALTED:
		buf_puts(b, ", for it does not run");
		break;
	case ACCEPTING_FULL:
		buf_puts(b, ", for it has no file descriptor left (");
		put_full(b, &a->s->processes.items[process]);
		buf_putc(b, ')');
		break;
	case ACCEPTING_ELSEWHERE:
		if (process != a->process) {
			buf_puts(b, ", nor has ");
			put_process(b, &a->s->processes.items[process]);
		}
		buf_puts(b, ": ");
		put_elsewhere(b, a->x, process);
		break;
	case ACCEPTING_NOT_ASKED:
		buf_puts(b, ", and none of its threads waits for new connections");
		break;
	default:
		break;
	}
}

void fact_accepting(struct account *a)
{
	static const char *const words[ACCEPTING_MAX] = {
		[ACCEPTING_HALTED] = "halted",	     [ACCEPTING_FULL] = "no_descriptors",
		[ACCEPTING_ELSEWHERE] = "elsewhere", [ACCEPTING_NOT_ASKED] = "not_asked",
		[ACCEPTING_AWAITED] = "awaited",
	};
	struct buf b = { 0 };
	uint32_t process;
	enum accepting accepting = accepting_of(a, &process);

	switch (accepting) {
	case ACCEPTING_HALTED:
		buf_puts(&b, "Nobody who listens there runs: stopped, or in a frozen cgroup.");
		break;
	case ACCEPTING_FULL:
		put_process(&b, &a->s->processes.items[process]);
		buf_puts(&b, ": ");
		put_full(&b, &a->s->processes.items[process]);
		buf_puts(&b, " file descriptors are used, so that accept() fails (EMFILE).");
		break;
	case ACCEPTING_ELSEWHERE:
		put_process(&b, &a->s->processes.items[process]);
		buf_puts(&b, ": ");
		put_elsewhere(&b, a->x, process);
		buf_puts(&b, ", and none waits for new connections.");
		break;
	case ACCEPTING_NOT_ASKED:
		buf_puts(&b, "No thread waits for new connections, and none is busy.");
		break;
	case ACCEPTING_AWAITED:
		buf_puts(&b, "A thread waits for new connections.");
		break;
	default:
		return;
	}
	account_fact_word(a, "accepting", words[accepting], &b);
}
