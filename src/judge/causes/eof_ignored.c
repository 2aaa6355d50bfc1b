// SPDX-License-Identifier: Apache-2.0
/* The program has consumed the end of file and not called close(). */
#include "judge/causes/cause.h"

#include "judge/doing.h"
#include "judge/ends.h"
#include "judge/facts.h"

/* Not `certain`: the FIN is swallowed with the last data (facts F33), so a program that is still
 * busy with that data has not been told yet; a thread that is elsewhere may be just that. */
static enum confidence holds(const struct evidence *e)
{
	if (!ev_is_held(e) || ev(e, EV_UNREAD) != UNREAD_NOTHING)
		return CONFIDENCE_NONE;
	switch (ev(e, EV_DIRECT)) {
	case DIRECT_READER:
	case DIRECT_URING:
		return CONFIDENCE_POSSIBLE;
	default:
		break;
	}
	switch (ev(e, EV_WORKERS)) {
	case WORKERS_NONE:
	case WORKERS_UNSURE:
		return CONFIDENCE_LIKELY;
	default:
		return CONFIDENCE_POSSIBLE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	put_owner(b, a);
	buf_puts(b, " has read everything, the end of file included, and not closed ");
	buf_puts(b, by_count(a, "the socket.", "the sockets."));
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "call close() when read() returns 0, on every path, the error paths too");
}

static account_writer *const facts[] = { fact_receive_queue, fact_last_data,
					 fact_last_heard,    fact_epoll,
					 fact_threads,	     fact_holders,
					 fact_timer,	     NULL };

const struct cause cause_eof_ignored = {
	.id = "eof-ignored",
	.says = "The program has consumed the end of file and not called close().",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "eof-ignored",
	.source = "facts F33; net/ipv4/tcp.c:tcp_recvmsg_locked",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "read() returning 0 says that the peer has closed; the connection "
		    "stays in CLOSE_WAIT, for ever, until this side closes too. "
		    "Keepalive does not end it while the peer's kernel answers.",
};
