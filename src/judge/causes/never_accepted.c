// SPDX-License-Identifier: Apache-2.0
/* The program has not called accept(). */
#include "judge/causes/cause.h"

#include "judge/accepting.h"
#include "judge/ends.h"
#include "judge/facts.h"
#include "model/text.h"

/* `certain` only for one seen in the queue itself: an MPTCP subflow whose socket was closed has no
 * file either (net/mptcp/protocol.c:__mptcp_close orphans its subflows), and a connection that was
 * accepted between two looks had none in the first. */
static enum confidence holds(const struct evidence *e)
{
	if (ev(e, EV_FILE) != FACT_NO)
		return CONFIDENCE_NONE;
	switch (ev(e, EV_PLACE)) {
	case PLACE_QUEUED:
		return CONFIDENCE_CERTAIN;
	case PLACE_ONE_WAITING:
	case PLACE_SOME_WAITING:
		return ev(e, EV_RECHECKED) == FACT_YES ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	case PLACE_NONE_WAITING:
		return CONFIDENCE_POSSIBLE;
	default:
		return CONFIDENCE_NONE;
	}
}

static void why(const struct account *a, struct buf *b)
{
	if (!a->listener) {
		buf_puts(b, by_count(a, "It waits", "They wait"));
		buf_puts(b, " in an accept queue: the program has not called accept().");
		return;
	}
	if (a->f->confidence == CONFIDENCE_POSSIBLE) {
		buf_puts(b,
			 by_count(a, "No descriptor refers to it", "No descriptor refers to them"));
		buf_puts(b, " and ");
		put_endpoint(b, &a->listener->local);
		buf_puts(b, " is listened on: most likely not accepted yet.");
		return;
	}
	buf_puts(b, by_count(a, "It waits", "They wait"));
	buf_puts(b, " in the accept queue of ");
	put_endpoint(b, &a->listener->local);
	buf_puts(b, " (");
	text_put_count(b, a->listener->rqueue);
	buf_puts(b, " of ");
	text_put_count(b, a->listener->wqueue);
	buf_puts(b, "): ");
	put_owner(b, a);
	buf_puts(b, " has not called accept()");
	put_not_accepting(b, a);
	buf_putc(b, '.');
}

static void fix(const struct account *a, struct buf *b)
{
	uint32_t process;

	switch (accepting_of(a, &process)) {
	case ACCEPTING_FULL:
		buf_puts(b, "raise its limit of file descriptors (LimitNOFILE=, ulimit -n), close "
			    "what it does not use");
		break;
	case ACCEPTING_HALTED:
		buf_puts(b, "let it run again (kill -CONT, or thaw its cgroup)");
		break;
	default:
		buf_puts(b, "accept in a thread of its own, more workers, and timeouts on what "
			    "they wait for");
	}
}

/* No setting of its workers helps one that does not run, or has no descriptor left. */
static bool fix_first(const struct account *a)
{
	uint32_t process;
	enum accepting accepting = accepting_of(a, &process);

	return accepting == ACCEPTING_FULL || accepting == ACCEPTING_HALTED;
}

static account_writer *const facts[] = { fact_accept_queue,  fact_accepting,  fact_file,
					 fact_receive_queue, fact_last_heard, NULL };

const struct cause cause_never_accepted = {
	.id = "never-accepted",
	.says = "It waits in a listener's queue; the program has not called accept().",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_CONTINUE | RELEASE_RESTART,
	.scene = "never-accepted",
	.source = "facts F19; net/ipv4/inet_connection_sock.c:inet_csk_accept",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_first = fix_first,
	.fix_more = "A connection is complete for its client before anybody accepts "
		    "it, and waits until somebody does or the listener is closed. A "
		    "longer backlog (listen(), net.core.somaxconn) only makes more of "
		    "them wait.",
};
