// SPDX-License-Identifier: Apache-2.0
/* Pairing legs: sort each process's candidates by time, then take neighbours, nearest first. */
#include "judge/pairs.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "judge/index.h"

/* One candidate. The nearest two of opposite kinds are always neighbours in the order of time, so
 * only neighbours are ever compared; prev and next skip those already taken. */
struct candidate {
	uint64_t relayed; /* bytes read here (CLOSE_WAIT) or passed on here (FIN_WAIT_2) */
	uint32_t row;
	uint32_t process;
	uint32_t heard_ms; /* last_ack_recv */
	uint32_t prev, next;
	uint8_t is_half_closed;
	uint8_t is_taken;
};

/* Two neighbours, in the list of those equally far apart. */
struct neighbours {
	uint32_t left, right;
	uint32_t next;
};

struct pairing {
	struct index *x;
	SNAPSHOT_ARRAY(struct candidate) all;
	SNAPSHOT_ARRAY(struct neighbours) near;
	uint32_t first[PAIRS_APART_MS + 1]; /* by distance */
};

static bool talks_to_itself(const struct index *x, uint32_t row)
{
	uint32_t other = x->other_end[row];

	return other != ROW_NONE && index_process(x, other) == index_process(x, row);
}

/* 1 a leg that ended, 2 a leg that was half-closed, 0 neither. */
static int leg_kind(const struct index *x, uint32_t row)
{
	const struct conn *c = snapshot_conn(x->s, row);

	if (x->owner[row] == ROW_NONE || !(c->has & CONN_HAS_INFO) ||
	    c->last_ack_recv_ms == VALUE_UNKNOWN || c->rqueue != 0)
		return 0;
	if (c->state == TCP_STATE_CLOSE_WAIT)
		return 1;
	if (c->state != TCP_STATE_FIN_WAIT_2)
		return 0;
	return c->has & CONN_HAS_SHUTDOWN && c->shutdown != TCP_SHUT_SEND ? 0 : 2;
}

/* Own bytes that reached the peer, without SYN and FIN (facts F80). */
static uint64_t payload_sent(const struct index *x, const struct conn *c)
{
	uint64_t extra = (c->state == TCP_STATE_FIN_WAIT_2) + (index_role(x, c) == ROLE_CONNECTED);

	return c->bytes_acked > extra ? c->bytes_acked - extra : 0;
}

static uint64_t payload_received(const struct conn *c)
{
	uint64_t fin = c->state == TCP_STATE_CLOSE_WAIT;

	return c->bytes_received > fin ? c->bytes_received - fin : 0;
}

static int add_candidate(struct pairing *p, uint32_t row, int kind)
{
	const struct conn *c = snapshot_conn(p->x->s, row);

	if (array_grow(&p->all, 1))
		return -ENOMEM;
	p->all.items[p->all.n++] = (struct candidate){
		.relayed = kind == 1 ? payload_received(c) : payload_sent(p->x, c),
		.row = row,
		.process = index_process(p->x, row),
		.heard_ms = c->last_ack_recv_ms,
		.is_half_closed = kind == 2,
	};
	return 0;
}

/* Only processes with both kinds are worth sorting: kinds[process] has bit 0 for the one, bit 1 for
 * the other. */
static int collect(struct pairing *p)
{
	const struct snapshot *s = p->x->s;
	_free_ uint8_t *kinds = calloc(s->processes.n + 1, 1);
	bool any = false;
	int err = 0;

	if (!kinds)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->conns.n; i++) {
		int kind = leg_kind(p->x, i);

		if (kind) {
			kinds[index_process(p->x, i)] |= kind;
			any |= kind == 2;
		}
	}
	for (uint32_t i = 0; any && !err && i < s->conns.n; i++) {
		int kind = leg_kind(p->x, i);

		if (kind && kinds[index_process(p->x, i)] == 3 && !talks_to_itself(p->x, i))
			err = add_candidate(p, i, kind);
	}
	return err;
}

/* Among those heard of in the same millisecond, legs with equal bytes become neighbours. */
static int compare(const void *va, const void *vb)
{
	const struct candidate *a = va, *b = vb;

	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	if (a->heard_ms != b->heard_ms)
		return a->heard_ms < b->heard_ms ? -1 : 1;
	if (a->relayed != b->relayed)
		return a->relayed < b->relayed ? -1 : 1;
	if (a->is_half_closed != b->is_half_closed)
		return a->is_half_closed - b->is_half_closed;
	return a->row < b->row ? -1 : a->row > b->row;
}

static int add_neighbours(struct pairing *p, uint32_t left, uint32_t right)
{
	const struct candidate *l, *r;
	uint32_t apart;

	if (left == ROW_NONE || right == ROW_NONE)
		return 0;
	l = &p->all.items[left];
	r = &p->all.items[right];
	apart = r->heard_ms - l->heard_ms;
	if (l->process != r->process || l->is_half_closed == r->is_half_closed ||
	    apart > PAIRS_APART_MS)
		return 0;
	if (array_grow(&p->near, 1))
		return -ENOMEM;
	p->near.items[p->near.n] = (struct neighbours){ left, right, p->first[apart] };
	p->first[apart] = (uint32_t)p->near.n++;
	return 0;
}

static bool bytes_agree(const struct index *x, uint32_t ended, uint32_t half_closed)
{
	const struct conn *e = snapshot_conn(x->s, ended), *h = snapshot_conn(x->s, half_closed);

	if (index_role(x, e) == ROLE_UNKNOWN || index_role(x, h) == ROLE_UNKNOWN)
		return false;
	return payload_received(e) > 0 && payload_received(e) == payload_sent(x, h) &&
	       payload_received(h) == payload_sent(x, e);
}

/* Takes the two out of the order; those that become neighbours are farther apart than they were. */
static int take(struct pairing *p, uint32_t left, uint32_t right)
{
	struct candidate *l = &p->all.items[left], *r = &p->all.items[right];
	uint32_t ended = l->is_half_closed ? r->row : l->row;
	uint32_t half_closed = l->is_half_closed ? l->row : r->row;

	l->is_taken = r->is_taken = 1;
	if (l->prev != ROW_NONE)
		p->all.items[l->prev].next = r->next;
	if (r->next != ROW_NONE)
		p->all.items[r->next].prev = l->prev;
	p->x->leg[ended] = half_closed;
	p->x->leg[half_closed] = ended;
	p->x->leg_bytes[ended] = bytes_agree(p->x, ended, half_closed);
	return add_neighbours(p, l->prev, r->next);
}

static int pair(struct pairing *p)
{
	uint32_t n = (uint32_t)p->all.n;
	int err = 0;

	for (uint32_t i = 0; i < n; i++) {
		p->all.items[i].prev = i > 0 ? i - 1 : ROW_NONE;
		p->all.items[i].next = i + 1 < n ? i + 1 : ROW_NONE;
	}
	for (uint32_t i = 0; !err && i + 1 < n; i++)
		err = add_neighbours(p, i, i + 1);
	for (uint32_t apart = 0; !err && apart <= PAIRS_APART_MS; apart++) {
		while (!err && p->first[apart] != ROW_NONE) {
			struct neighbours both = p->near.items[p->first[apart]];

			p->first[apart] = both.next;
			if (!p->all.items[both.left].is_taken && !p->all.items[both.right].is_taken)
				err = take(p, both.left, both.right);
		}
	}
	return err;
}

int pairs_find(struct index *x)
{
	struct pairing p = { .x = x };
	int err;

	if (!x->any_half_closed)
		return 0;
	for (size_t i = 0; i <= PAIRS_APART_MS; i++)
		p.first[i] = ROW_NONE;
	err = collect(&p);
	if (!err && p.all.n > 1) {
		qsort(p.all.items, p.all.n, sizeof(*p.all.items), compare);
		err = pair(&p);
	}
	free(p.all.items);
	free(p.near.items);
	return err;
}
