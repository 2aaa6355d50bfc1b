// SPDX-License-Identifier: Apache-2.0
/* Limits, and how near they are. */
#include "judge/harm.h"

#include "judge/causes/cause.h"
#include "model/text.h"

static void tell_queue(struct account *a)
{
	struct buf b = { 0 };
	const struct conn *c = a->listener;

	if (!c || c->wqueue == 0)
		return;
	if (c->rqueue > c->wqueue) {
		buf_puts(&b, "The accept queue is full (");
		text_put_count(&b, c->rqueue);
		buf_puts(&b, " of ");
		text_put_count(&b, c->wqueue);
		buf_puts(&b, "): new clients time out");
		account_harm(a, &b);
	} else if (cause_at(a->f->cause) == &cause_never_accepted &&
		   (uint64_t)c->rqueue * 10 >= c->wqueue) {
		text_put_count(&b, c->rqueue);
		buf_puts(&b, " of ");
		text_put_count(&b, c->wqueue);
		buf_puts(&b, " places in the accept queue are taken; when it is full, new clients "
			     "time out");
		account_harm(a, &b);
	}
}

static void tell_descriptors(struct account *a)
{
	struct buf b = { 0 };
	const struct process *p = a->owner;

	/* What waits to be accepted holds no descriptor yet. */
	if (!p || p->fds_open == VALUE_UNKNOWN || a->orphans == a->f->count)
		return;
	/* A few of many break nothing. */
	if (p->fds_limit != VALUE_UNKNOWN && (uint64_t)p->fds_open * 10 < p->fds_limit)
		return;
	text_put_count(&b, p->fds_open);
	if (p->fds_limit != VALUE_UNKNOWN) {
		buf_puts(&b, " of ");
		text_put_count(&b, p->fds_limit);
	}
	buf_puts(&b, " file descriptors of ");
	put_process(&b, p);
	buf_puts(&b, " are used");
	if (p->fds_limit != VALUE_UNKNOWN && p->fds_open >= p->fds_limit)
		buf_puts(&b, ": it gets \"Too many open files\"");
	account_harm(a, &b);
}

/* Each connection to the same peer takes one port of the range (facts F55). */
static void tell_ports(struct account *a)
{
	struct buf b = { 0 };
	uint32_t range = index_port_range(a->x, a->f->netns);
	uint32_t used = a->f->count;

	if (a->f->role != ROLE_CONNECTED || range == 0 ||
	    a->f->state == TCP_STATE_CLOSED) /* its port is free again */
		return;
	if (a->f->state == TCP_STATE_TIME_WAIT && used < index_ports_used(a->x, a->sample))
		used = index_ports_used(a->x, a->sample);
	if ((uint64_t)used * 10 < range)
		return;
	text_put_count(&b, used);
	buf_puts(&b, " of ");
	text_put_count(&b, range);
	buf_puts(&b, " local ports toward ");
	put_endpoint(&b, &a->f->endpoint);
	buf_puts(&b, " are taken; without one connect() fails with \"Cannot assign requested "
		     "address\"");
	account_harm(a, &b);
}

/* A SYN from the same port meets the old connection and gets through only after a challenge ACK and
 * a reset, which also ends the old one (facts F63). Clients choose from a range like ours: with one
 * in a hundred of it held, it happens. */
static void tell_reuse(struct account *a)
{
	struct buf b = { 0 };
	uint32_t range = index_port_range(a->x, a->f->netns);

	if (a->f->role != ROLE_ACCEPTED || a->orphans > 0 || range == 0 ||
	    (uint64_t)a->f->count * 100 < range ||
	    (a->f->state != TCP_STATE_CLOSE_WAIT && a->f->state != TCP_STATE_FIN_WAIT_2))
		return;
	buf_puts(&b, "a new connection from a port that one of these still holds is first turned "
		     "away, then let in");
	account_harm(a, &b);
}

void harm_tell(struct account *a)
{
	tell_queue(a);
	tell_descriptors(a);
	tell_ports(a);
	tell_reuse(a);
}
