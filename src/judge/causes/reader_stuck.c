// SPDX-License-Identifier: Apache-2.0
/* The program means to read it and does not come back to do so. */
#include "judge/causes/cause.h"

#include "judge/doing.h"
#include "judge/ends.h"
#include "judge/facts.h"
#include "model/text.h"

/* An event was taken, and nobody came back: for as many as there are threads elsewhere that is the
 * usual reading, for more of them a guess. Without any such thread it was forgotten. */
static enum confidence of_taken(const struct evidence *e)
{
	switch (ev(e, EV_WORKERS)) {
	case WORKERS_ENOUGH:
		return CONFIDENCE_LIKELY;
	case WORKERS_NONE:
		return CONFIDENCE_NONE;
	default:
		return CONFIDENCE_POSSIBLE;
	}
}

/* A thread sleeps on that set, for the next event: of this one only a worker can know. */
static enum confidence of_taken_awake(const struct evidence *e)
{
	if (ev(e, EV_ONCE) == ONCE_YES)
		return CONFIDENCE_NONE;
	switch (ev(e, EV_WORKERS)) {
	case WORKERS_ENOUGH:
		return ev(e, EV_ONCE) == ONCE_NO ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	case WORKERS_FEW:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

/* Nothing watches it: then a thread of its own should, and that many are elsewhere. */
static enum confidence of_unwatched(const struct evidence *e)
{
	unsigned int direct = ev(e, EV_DIRECT);

	if (direct > DIRECT_NONE)
		return CONFIDENCE_NONE;
	switch (ev(e, EV_WORKERS)) {
	case WORKERS_ENOUGH:
		return direct == DIRECT_NONE ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	case WORKERS_MAYBE:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

/* Never `certain`: a program that takes the event and ignores it, again and again, looks the same,
 * and so does one that has left its loop for good. */
static enum confidence of_close_wait(const struct evidence *e)
{
	if (ev_is_awaited(e))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_WATCHED)) {
	case WATCHED_NOTHING:
		return of_unwatched(e);
	case WATCHED_LEVEL_ALONE:
	case WATCHED_EDGE_ALONE:
		return CONFIDENCE_LIKELY;
	case WATCHED_LEVEL_UNTOLD:
		return CONFIDENCE_POSSIBLE;
	case WATCHED_SPENT:
		return of_taken(e);
	case WATCHED_EDGE_GONE:
		return ev(e, EV_ONCE) == ONCE_YES ? CONFIDENCE_NONE : of_taken(e);
	case WATCHED_EDGE_TAKEN:
		return of_taken_awake(e);
	default:
		return CONFIDENCE_NONE;
	}
}

static enum confidence holds(const struct evidence *e)
{
	if (ev(e, EV_FILE) != FACT_YES || !ev_is_unread(e))
		return CONFIDENCE_NONE;
	/* Half-closed by us: what is unread is the peer's answer, so the peer is not at fault. */
	if (e->state == TCP_STATE_FIN_WAIT_2)
		return ev(e, EV_RECEIVED_LATELY) == FACT_NO ? CONFIDENCE_LIKELY
							    : CONFIDENCE_POSSIBLE;
	return ev_is_held(e) ? of_close_wait(e) : CONFIDENCE_NONE;
}

static void why_fin_wait_2(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " has finished sending and does not read the peer's answer: ");
	buf_puts(b, account_is_many(a) ? "up to " : "");
	put_bytes(b, a->unread.most);
	buf_puts(b, " unread");
	if (span_is_known(&a->received_ms)) {
		buf_puts(b, " for ");
		text_put_duration(b, a->received_ms.most);
	}
	buf_putc(b, '.');
}

/* What its threads do instead; else what that looks like. */
static void put_instead(const struct account *a, struct buf *b, const char *otherwise)
{
	_buf_ struct buf text = { 0 };
	bool told = a->process != ROW_NONE &&
		    (put_elsewhere(&text, a->x, a->process) || put_aside(&text, a));

	buf_puts(b, told ? buf_text(&text) : otherwise);
	b->failed |= text.failed;
	buf_putc(b, '.');
}

static void why_unwatched(const struct account *a, struct buf *b)
{
	if (a->f->n_owners > 1) {
		buf_puts(b, "The programs that should read them do not come back to it; of ");
		put_owner(b, a);
		buf_puts(b, ", ");
	} else {
		put_owner(b, a);
		buf_puts(b, " does not come back to read ");
		buf_puts(b, by_count(a, "it: ", "them: "));
	}
	put_instead(a, b, "its threads are elsewhere");
}

static void why(const struct account *a, struct buf *b)
{
	if (a->f->state == TCP_STATE_FIN_WAIT_2) {
		why_fin_wait_2(a, b);
		return;
	}
	switch (a->evidence.fact[EV_WATCHED]) {
	case WATCHED_NOTHING:
		why_unwatched(a, b);
		break;
	case WATCHED_SPENT:
	case WATCHED_EDGE_GONE:
	case WATCHED_EDGE_TAKEN:
		put_owner(b, a);
		buf_puts(b, " was told once that there is something to read, and has not come back "
			    "to read it: ");
		put_instead(a, b, "what its threads do is not known");
		break;
	case WATCHED_LEVEL_UNTOLD:
		put_owner(b, a);
		buf_puts(b, " watches for input, the end of file is there, and it does not read "
			    "it.");
		break;
	default:
		buf_puts(b, "The end of file is ready to be read, and no thread of ");
		put_owner(b, a);
		buf_puts(b, " waits on the epoll set that would tell: ");
		put_instead(a, b, "its event loop is busy or stuck");
	}
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "find what the thread that should read is doing, and give it a time limit "
		    "or a thread of its own");
}

static account_writer *const facts[] = { fact_receive_queue, fact_epoll,     fact_waiters,
					 fact_threads,	     fact_last_data, fact_last_heard,
					 fact_holders,	     fact_timer,     NULL };

const struct cause cause_reader_stuck = {
	.id = "reader-stuck",
	.says = "The program means to read it and does not come back to do so.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT) | TCP_BIT(TCP_STATE_FIN_WAIT_2),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "reader-stuck",
	.source = "fs/eventpoll.c:ep_send_events; epoll(7)",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "`linger why --stacks` shows where its threads are, and stops "
		    "nothing. What they call in the thread that serves connections "
		    "(disk, locks, DNS, other services) needs a time limit or a "
		    "thread of its own.",
};
