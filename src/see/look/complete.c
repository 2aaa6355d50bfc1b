// SPDX-License-Identifier: Apache-2.0
/* tcp_info for the rows that were dumped without it and found no file that tells it. */
#include <errno.h>

#include "base/clock.h"
#include "base/hash.h"
#include "see/look/look_private.h"

static void move_clock(uint32_t *ms, int64_t by_ms)
{
	int64_t moved = (int64_t)*ms + by_ms;

	if (*ms == VALUE_UNKNOWN)
		return;
	if (moved < 0)
		moved = 0;
	*ms = moved < VALUE_UNKNOWN ? (uint32_t)moved : VALUE_UNKNOWN - 1;
}

void look_move_clocks(struct conn *c, uint64_t from_ns, uint64_t to_ns)
{
	int64_t by_ns = (int64_t)(to_ns - from_ns);
	int64_t by_ms = (by_ns + (by_ns < 0 ? -500000 : 500000)) / 1000000;

	if (!to_ns)
		return;
	if (c->timer != TCP_TIMER_NONE)
		move_clock(&c->expires_ms, -by_ms);
	move_clock(&c->last_data_sent_ms, by_ms);
	move_clock(&c->last_data_recv_ms, by_ms);
	move_clock(&c->last_ack_recv_ms, by_ms);
}

void look_take_info(const struct snapshot *s, struct conn *c, const struct conn *from,
		    uint64_t from_ns)
{
	c->has |= CONN_HAS_INFO;
	c->last_data_sent_ms = from->last_data_sent_ms;
	c->last_data_recv_ms = from->last_data_recv_ms;
	c->last_ack_recv_ms = from->last_ack_recv_ms;
	c->bytes_acked = from->bytes_acked;
	c->bytes_received = from->bytes_received;
	if (from->has & CONN_HAS_DIAG) {
		/* Timers and what they wait for belong together. */
		c->flags |= from->flags & CONN_WINDOW_SHUT;
		c->timer = from->timer;
		c->expires_ms = from->expires_ms;
		c->retrans = from->retrans;
		c->backoff = from->backoff;
		c->rto_ms = from->rto_ms;
		c->wqueue = from->wqueue;
	}
	look_move_clocks(c, from_ns, s->netns.items[c->netns].dumped_ns);
}

/* Gives what a dump with tcp_info told to the rows of this namespace that have none. */
static int take_all(struct look *l, uint32_t netns, const struct snapshot *timed, uint64_t now_ns)
{
	struct snapshot *s = l->snapshot;
	_map_ struct map rows = { 0 };
	int err = map_reserve(&rows, timed->conns.n);

	for (uint32_t i = 0; !err && i < timed->conns.n; i++)
		err = map_put(&rows, timed->conns.items[i].cookie, i, NULL);
	for (uint32_t i = 0; !err && i < s->conns.n; i++) {
		struct conn *c = &s->conns.items[i];
		uint32_t row;

		if (c->netns != netns || c->state != TCP_STATE_CLOSE_WAIT || c->has & CONN_HAS_INFO)
			continue;
		row = map_get(&rows, c->cookie);
		if (row == MAP_NONE || !(timed->conns.items[row].has & CONN_HAS_INFO))
			continue;
		look_take_info(s, c, &timed->conns.items[row], now_ns);
		l->n_untimed--;
	}
	return err;
}

int look_complete_netns(struct look *l, uint32_t netns, uint32_t states)
{
	const struct diag_query query = { .states = states,
					  .keep = states,
					  .want = DIAG_WANT_INFO };
	struct snapshot timed;
	int err = -ENOMEM;

	snapshot_init(&timed);
	if (snapshot_add_netns(&timed, l->snapshot->netns.items[netns].inode) != ROW_NONE)
		err = diag_dump(l->diags[netns], &query, &timed, 0, NULL);
	if (err > 0)
		err = take_all(l, netns, &timed, clock_boot_ns());
	snapshot_finish(&timed);
	return err == -ENOMEM ? err : 0;
}

int look_complete(struct look *l)
{
	int err = 0;

	for (uint32_t i = 0; !err && l->n_untimed > LOOK_LOOKUPS_MAX && i < l->netns.items.n; i++)
		if (l->diags[i])
			err = look_complete_netns(l, i, TCP_BITS_CLOSING);
	return err;
}
