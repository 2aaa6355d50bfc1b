// SPDX-License-Identifier: Apache-2.0
/* The end of file waits unread and nothing in the program looks at the socket. */
#include "judge/causes/cause.h"

#include "judge/doing.h"
#include "judge/ends.h"
#include "judge/facts.h"

/* Never `certain`: that nobody looks now is no proof that nobody will, and a futex may be a lock.
 *
 * Of what was accepted, forgotten is as usual as busy elsewhere: a server with a thread or process
 * a connection watches none of them while its handlers are stuck. */
static enum confidence of_unlooked_at(const struct evidence *e)
{
	unsigned int workers;

	switch (ev(e, EV_DIRECT)) {
	case DIRECT_NONE:
		break;
	case DIRECT_UNKNOWN:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
	workers = ev(e, EV_WORKERS);
	if (ev(e, EV_ROLE) == ROLE_CONNECTED)
		return workers == WORKERS_UNKNOWN ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
	/* One that was born after the last data may have inherited it instead. */
	return workers == WORKERS_NONE && ev(e, EV_LATE_HOLDER) != LATE_MAYBE ? CONFIDENCE_LIKELY
									      : CONFIDENCE_POSSIBLE;
}

/* What waits is no thread there, but a task of the runtime's: the threads tell nothing. */
static enum confidence of_registered_once(const struct evidence *e)
{
	switch (ev(e, EV_DIRECT)) {
	case DIRECT_NONE:
		return ev(e, EV_ROLE) == ROLE_CONNECTED ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	case DIRECT_UNKNOWN:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e) || !ev_is_unread(e))
		return CONFIDENCE_NONE;
	switch (ev(e, EV_WATCHED)) {
	case WATCHED_NOTHING:
		return of_unlooked_at(e);
	case WATCHED_EDGE_TAKEN:
	case WATCHED_EDGE_GONE:
	case WATCHED_EDGE_UNTOLD:
		return ev(e, EV_ONCE) == ONCE_YES ? of_registered_once(e) : CONFIDENCE_NONE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, "The peer closed; its FIN waits unread and ");
	if (a->evidence.fact[EV_WATCHED] == WATCHED_NOTHING)
		buf_puts(b, "nothing in the program watches ");
	else
		buf_puts(b, "nobody in the program reads ");
	buf_puts(b, by_count(a, "this socket", "these sockets"));
	if (a->f->role != ROLE_CONNECTED)
		buf_puts(b, a->evidence.fact[EV_WORKERS] == WORKERS_NONE
				    ? ": forgotten"
				    : ": forgotten, or its handler is stuck elsewhere");
	buf_putc(b, '.');
}

static void fix(const struct account *a, struct buf *b)
{
	buf_puts(b, a->f->role == ROLE_CONNECTED
			    ? "evict idle connections from the pool, or check them before reuse; "
			      "close what is not used any more"
			    : "look at what its threads wait for; time limits on that, and close() "
			      "when read() returns 0");
}

static account_writer *const facts[] = {
	fact_receive_queue, fact_epoll,	   fact_waiters, fact_threads, fact_last_data,
	fact_last_heard,    fact_siblings, fact_holders, fact_timer,   NULL
};

const struct cause cause_eof_unwatched = {
	.id = "eof-unwatched",
	.says = "The end of file waits unread and nothing in the program looks at this socket.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "eof-unwatched",
	.source = "facts F33; net/ipv4/tcp_diag.c:tcp_diag_get_info",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
