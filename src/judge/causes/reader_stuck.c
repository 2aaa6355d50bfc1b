// SPDX-License-Identifier: Apache-2.0
/* The program means to read it and does not come back to do so. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"
#include "model/text.h"

/* At most `likely`: a program that spins, taking the event and ignoring it, looks the same until
 * its threads are looked at. */
static enum confidence of_close_wait(const struct evidence *e)
{
	if (ev_is_awaited(e))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_WATCHED)) {
	case WATCHED_LEVEL_ALONE:
	case WATCHED_EDGE_ALONE:
		return CONFIDENCE_LIKELY;
	case WATCHED_LEVEL_UNTOLD:
	case WATCHED_SPENT:
		return CONFIDENCE_POSSIBLE;
	case WATCHED_EDGE_GONE:
		return ev(e, EV_ONCE) == ONCE_YES ? CONFIDENCE_NONE : CONFIDENCE_POSSIBLE;
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

static void why(const struct account *a, struct buf *b)
{
	if (a->f->state == TCP_STATE_FIN_WAIT_2) {
		why_fin_wait_2(a, b);
		return;
	}
	switch (a->evidence.fact[EV_WATCHED]) {
	case WATCHED_SPENT:
	case WATCHED_EDGE_GONE:
		put_owner(b, a);
		buf_puts(b, " was told once that there is something to read, and has not come back "
			    "to read it.");
		break;
	case WATCHED_LEVEL_UNTOLD:
		put_owner(b, a);
		buf_puts(b, " watches for input, the end of file is there, and it does not read "
			    "it.");
		break;
	default:
		buf_puts(b, "The end of file is ready to be read, and no thread of ");
		put_owner(b, a);
		buf_puts(b, " waits on the epoll set that would tell: its event loop is busy or "
			    "stuck.");
	}
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "find what the thread that should read is doing, and give it a time limit "
		    "or a thread of its own");
}

static account_writer *const facts[] = { fact_receive_queue, fact_epoll,
					 fact_waiters,	     fact_last_data,
					 fact_last_heard,    fact_holders,
					 fact_timer,	     NULL };

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
	.fix_more = "A stack of its threads shows where they are: gdb -p PID -batch -ex 'thread "
		    "apply all bt' (it stops the program for a moment). What it calls in the "
		    "thread that serves connections (disk, locks, DNS, other services) needs a "
		    "time limit or a thread of its own.",
};
