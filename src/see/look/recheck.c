// SPDX-License-Identifier: Apache-2.0
/* An absence is only evidence if the socket was there all the time. */
#include <errno.h>

#include "base/clock.h"
#include "see/look/look_private.h"

/* A lookup costs some microseconds; what is left beyond that keeps its lower confidence. */
#define RECHECK_MAX 8192

/* Nobody holds it, or nobody queues it: was it perhaps closed, or accepted, between the dump and
 * the look at the files? */
static bool needs_second_look(const struct conn *c)
{
	if (!(c->has & CONN_HAS_DIAG))
		return c->state == TCP_STATE_ESTABLISHED;
	if (!(TCP_BIT(c->state) & TCP_BITS_CLOSING) || c->n_holders > 0)
		return false;
	if (c->inode)
		return true;
	return c->state == TCP_STATE_CLOSE_WAIT && !(c->flags & CONN_QUEUED);
}

/* Takes a row out of all that is judged. */
static void drop(struct conn *c)
{
	c->state = TCP_STATE_UNKNOWN;
}

/* Adds tcp_info to a row that only the files told of; keeps what they told. */
static void complete(struct conn *c, const struct conn *now)
{
	struct conn was = *c;

	*c = *now;
	c->has |= was.has;
	c->flags |= was.flags;
	c->idle_ms = was.idle_ms;
	c->user_timeout_ms = was.user_timeout_ms;
	c->keepalive_idle_s = was.keepalive_idle_s;
	c->keepalive_interval_s = was.keepalive_interval_s;
	c->keepalive_probes = was.keepalive_probes;
}

static void recheck(struct look *l, struct conn *c)
{
	bool lacks = look_lacks_info(c), absent = needs_second_look(c);
	uint64_t now_ns = clock_boot_ns();
	struct conn now;
	int err = diag_get(l->diags[c->netns], c, &now);

	if (err == -ENOENT) {
		drop(c);
		return;
	}
	if (err)
		return;
	if (now.state != c->state || now.inode != c->inode) {
		drop(c);
		return;
	}
	if (!(c->has & CONN_HAS_DIAG)) {
		complete(c, &now);
		look_move_clocks(c, now_ns, l->snapshot->netns.items[c->netns].dumped_ns);
	}
	if (lacks && now.has & CONN_HAS_INFO)
		look_take_info(l->snapshot, c, &now, now_ns);
	if (absent)
		c->flags |= CONN_RECHECKED;
}

void look_recheck(struct look *l)
{
	struct snapshot *s = l->snapshot;
	unsigned int done = 0;

	for (size_t i = 0; i < s->conns.n && done < RECHECK_MAX; i++) {
		struct conn *c = &s->conns.items[i];

		if ((!needs_second_look(c) && !look_lacks_info(c)) ||
		    c->netns >= l->netns.items.n || !l->diags[c->netns])
			continue;
		recheck(l, c);
		done++;
	}
}
