// SPDX-License-Identifier: Apache-2.0
/* A file holds it, but no process that can be seen does. */
#include "judge/causes/cause.h"

#include "judge/ends.h"
#include "judge/facts.h"

/* Never `certain`: a descriptor handed from one process to another while both were being read is
 * missed in both. */
static enum confidence holds(const struct evidence *e)
{
	if (ev(e, EV_FILE) != FACT_YES || ev(e, EV_HOLDERS) != HOLDERS_NONE)
		return CONFIDENCE_NONE;
	return ev(e, EV_RECHECKED) == FACT_YES ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

static void why(const struct account *a, struct buf *b)
{
	buf_puts(b, by_count(a, "A file refers to it", "Files refer to them"));
	buf_puts(b, ", but no process that can be seen has ");
	buf_puts(b, by_count(a, "it", "them"));
	buf_puts(b, " open");
	if (a->s->can.all_files != FACT_YES)
		buf_puts(b, "; not all processes could be looked into");
	buf_putc(b, '.');
}

static void fix(const struct account *a, struct buf *b)
{
	if (a->s->can.all_files == FACT_YES)
		buf_puts(b, "look for descriptors sent over a unix socket and not received, "
			    "io_uring, NFS or iSCSI mounts");
	else if (a->s->can.bpf == FACT_YES)
		buf_puts(b,
			 "look again from the host's pid namespace: then the owner can be named");
	else
		buf_puts(b, "look again as root (sudo linger): then the owner can be named");
}

static account_writer *const facts[] = { fact_file, fact_visible, fact_receive_queue, fact_timer,
					 NULL };

const struct cause cause_owner_hidden = {
	.id = "owner-hidden",
	.says = "A file holds it, but no process that can be seen does.",
	.states = TCP_BIT(TCP_STATE_CLOSE_WAIT),
	.severity = SEVERITY_STUCK,
	.releases = RELEASE_ABORT,
	.scene = "owner-hidden",
	.source = "include/net/sock.h:sock_i_ino",
	.holds = holds,
	.why = why,
	.facts = facts,
	.ends = ends_by_state,
	.fix = fix,
};
