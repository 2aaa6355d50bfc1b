// SPDX-License-Identifier: Apache-2.0
/* Limits, how near they are, and when they are reached. */
#include "judge/harm.h"

#include "judge/causes/cause.h"
#include "judge/earlier.h"
#include "model/text.h"

/* What comes later than that is no news. */
#define SOON_MIN (24 * 60)

/* Less than that of buffers breaks nothing. */
#define MEMORY_MUCH_BYTES (16u << 20)

/* How fast something fills, and when it is full. */
struct rate {
	double per_min, minutes;
	bool is_soon;
};

static struct rate rate_of(double per_min, uint64_t left)
{
	double minutes = per_min > 0 ? (double)left / per_min : SOON_MIN + 1;

	return (struct rate){ per_min, minutes, minutes <= SOON_MIN };
}

/* ", +31/min: no more in about 48 min". */
static void put_when(struct buf *b, const struct rate *r, const char *then)
{
	if (r->per_min < 1)
		buf_puts(b, ", less than +1/min");
	else
		buf_printf(b, ", %+.0f/min", r->per_min);
	buf_printf(b, ": %s in about ", then);
	text_put_duration(b, (uint64_t)(r->minutes * 60000));
}

/* Clients for which there was no place between two looks; of the whole namespace. */
static uint64_t turned_away(const struct account *a)
{
	const struct earlier *e = a->x->earlier;
	uint32_t row = e ? earlier_netns(e, a->s, a->f->netns) : ROW_NONE;
	uint64_t was, is = a->s->netns.items[a->f->netns].listen_overflows;

	if (row == ROW_NONE)
		return 0;
	was = e->x.s->netns.items[row].listen_overflows;
	return was != COUNTER_UNKNOWN && is != COUNTER_UNKNOWN && is > was ? is - was : 0;
}

static void put_full_queue(const struct account *a, struct buf *b)
{
	const struct conn *c = a->listener;
	uint64_t turned = turned_away(a);

	buf_puts(b, "The accept queue is full (");
	text_put_count(b, c->rqueue);
	buf_puts(b, " of ");
	text_put_count(b, c->wqueue);
	if (c->wqueue == a->s->netns.items[a->f->netns].settings.somaxconn)
		buf_puts(b, ", the most that net.core.somaxconn allows");
	buf_puts(b, "): new clients time out");
	if (!turned)
		return;
	buf_puts(b, "; in ");
	text_put_duration(b, earlier_between_ms(a->x->earlier, a->s, a->f->netns));
	buf_puts(b, " there was no place ");
	put_counted(b, turned, "time", "times");
}

static void tell_queue(struct account *a)
{
	struct buf b = { 0 };
	const struct conn *c = a->listener;

	if (!c || c->wqueue == 0)
		return;
	if (c->rqueue > c->wqueue) {
		put_full_queue(a, &b);
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

/* How fast the owner's open files become more, as long as its stuck connections do. */
static double descriptors_per_min(const struct account *a)
{
	const struct process *before;

	if (!a->x->earlier ||
	    !(a->x->earlier->growth[a->j->owners.items[a->f->owners].process] > 0))
		return 0;
	before = earlier_process(a->x->earlier, a->owner);
	if (!before || before->fds_open == VALUE_UNKNOWN || before->fds_open >= a->owner->fds_open)
		return 0;
	return (double)(a->owner->fds_open - before->fds_open) * 60000 /
	       (double)earlier_between_ms(a->x->earlier, a->s, a->f->netns);
}

static void tell_descriptors(struct account *a)
{
	struct buf b = { 0 };
	const struct process *p = a->owner;
	struct rate rate = { 0 };

	/* What waits to be accepted holds no descriptor yet. */
	if (!p || p->fds_open == VALUE_UNKNOWN || a->orphans == a->f->count)
		return;
	if (p->fds_limit != VALUE_UNKNOWN && p->fds_open < p->fds_limit)
		rate = rate_of(descriptors_per_min(a), p->fds_limit - p->fds_open);
	/* A few of many break nothing. */
	if (p->fds_limit != VALUE_UNKNOWN && (uint64_t)p->fds_open * 10 < p->fds_limit &&
	    !rate.is_soon)
		return;
	text_put_count(&b, p->fds_open);
	if (p->fds_limit != VALUE_UNKNOWN) {
		buf_puts(&b, " of ");
		text_put_count(&b, p->fds_limit);
	}
	buf_puts(&b, " file descriptors ");
	if (!rate.is_soon) {
		buf_puts(&b, "of ");
		put_process(&b, p);
		buf_putc(&b, ' ');
	}
	buf_puts(&b, "are used");
	if (rate.is_soon)
		put_when(&b, &rate, "\"Too many open files\"");
	else if (p->fds_limit != VALUE_UNKNOWN && p->fds_open >= p->fds_limit)
		buf_puts(&b, ": it gets \"Too many open files\"");
	account_harm(a, &b);
}

/* All that is known to take a port toward the same peer: this finding's, other findings', what is
 * in use, and TIME_WAIT as far as it was listed. */
static uint64_t ports_used(const struct account *a)
{
	uint64_t used = index_ports_used(a->x, a->sample);

	if (a->f->state != TCP_STATE_TIME_WAIT || used < a->f->count)
		used += a->f->count;
	for (size_t i = 0; i < a->s->peers.n; i++)
		if (a->s->peers.items[i].netns == a->f->netns &&
		    endpoint_equal(&a->s->peers.items[i].remote, &a->f->endpoint))
			used += a->s->peers.items[i].established;
	return used;
}

/* Each connection to the same peer takes one port of the range (facts F55). */
static void tell_ports(struct account *a)
{
	struct buf b = { 0 };
	uint32_t range = index_port_range(a->x, a->f->netns);
	struct rate rate;
	uint64_t used;

	if (a->f->role != ROLE_CONNECTED || range == 0 ||
	    a->f->state == TCP_STATE_CLOSED) /* its port is free again */
		return;
	used = ports_used(a);
	rate = rate_of(a->f->growth_per_min, used < range ? range - used : 0);
	if (used * 10 < range && !rate.is_soon)
		return;
	text_put_count(&b, used);
	buf_puts(&b, " of ");
	text_put_count(&b, range);
	buf_puts(&b, " local ports toward ");
	put_endpoint(&b, &a->f->endpoint);
	buf_puts(&b, " are taken");
	if (rate.is_soon)
		put_when(&b, &rate, "none is left");
	buf_puts(&b, "; without one connect() fails with \"Cannot assign requested address\"");
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

static void tell_memory(struct account *a)
{
	struct buf b = { 0 };

	if (a->memory_bytes < MEMORY_MUCH_BYTES)
		return;
	text_put_count(&b, a->memory_bytes >> 20);
	buf_puts(&b, " MiB of memory are in their buffers");
	account_harm(a, &b);
}

void harm_tell(struct account *a)
{
	tell_queue(a);
	tell_descriptors(a);
	tell_ports(a);
	tell_reuse(a);
	tell_memory(a);
}
