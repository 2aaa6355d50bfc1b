// SPDX-License-Identifier: Apache-2.0
/* shutdown() of both directions, and no close(). */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* Data that comes after this is answered by RST (net/ipv4/tcp_input.c:tcp_rcv_state_process). What
 * came before can still be read; with nothing of that, there is nothing left that the descriptor
 * could be good for. */
static enum confidence holds(const struct evidence *e)
{
	if (ev(e, EV_FILE) != FACT_YES || ev(e, EV_SHUTDOWN) != SHUT_BOTH)
		return CONFIDENCE_NONE;
	/* The kernel's own sockets have an inode, too, and NFS shuts both directions before it
	 * waits for its server's FIN (net/sunrpc/xprtsock.c:xs_tcp_shutdown()). */
	return ev_is_held(e) && ev(e, EV_UNREAD) == UNREAD_NOTHING ? CONFIDENCE_CERTAIN
								   : CONFIDENCE_LIKELY;
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, "Both directions are shut, and ");
	put_owner(b, a);
	buf_puts(b, " keeps the ");
	buf_puts(b, by_count(a, "descriptor", "descriptors"));
	buf_puts(b, ": nothing can ever be sent or arrive there again.");
}

static void fix(const struct account *a, struct buf *b)
{
	(void)a;
	buf_puts(b, "call close() after shutdown(): shutdown frees neither the descriptor nor the "
		    "connection");
}

static account_writer *const facts[] = { fact_shutdown, fact_file,  fact_epoll,	     fact_waiters,
					 fact_holders,	fact_timer, fact_last_heard, NULL };

const struct cause cause_shutdown_not_closed = {
	.id = "shutdown-not-closed",
	.says = "Both directions are shut and the descriptor kept: a sure leak.",
	.states = TCP_BIT(TCP_STATE_FIN_WAIT_2),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT | RELEASE_RESTART,
	.scene = "shutdown-not-closed",
	.source = "facts F46, F83; net/ipv4/tcp_input.c:tcp_rcv_state_process",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
	.fix_more = "shutdown() ends the conversation, close() gives back the "
		    "descriptor; only the last close() of all its copies lets the "
		    "kernel end the connection.",
};
