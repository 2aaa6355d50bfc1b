// SPDX-License-Identifier: Apache-2.0
/* Which listener, which other end, which neighbours: what one connection's evidence needs to know
 * of the others. */
#include "judge/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "judge/evidence.h"
#include "judge/program.h"
#include "judge/workers.h"

static uint64_t listen_key(uint32_t netns, uint16_t port)
{
	return (uint64_t)netns << 16 | port;
}

/* Both ends of a connection over loopback are in one namespace, others may be in two. */
static uint64_t end_key(uint32_t netns, const struct endpoint *local, const struct endpoint *remote)
{
	uint64_t seed = endpoint_is_loopback(local) ? hash_mix(netns + 1ull) : 0;

	return endpoint_hash(local, endpoint_hash(remote, seed));
}

static int add_listener(struct index *x, uint32_t row)
{
	const struct conn *c = snapshot_conn(x->s, row);
	uint32_t old;
	int err;

	if (array_grow(&x->listens, 1))
		return -ENOMEM;
	err = map_put(&x->listen_map, listen_key(c->netns, c->local.port), (uint32_t)x->listens.n,
		      &old);
	if (err)
		return err;
	x->listens.items[x->listens.n++] = (struct listen_link){ .conn = row, .next = old };
	return 0;
}

/* Rows that can be the far end of another row: of two ends at most one can be in CLOSE_WAIT, so
 * only the others, which are few on a host that leaks, are put into the map. */
static bool is_far_end(const struct conn *c)
{
	return c->state != TCP_STATE_CLOSE_WAIT && c->state != TCP_STATE_LISTEN &&
	       c->state != TCP_STATE_TIME_WAIT && c->state != TCP_STATE_UNKNOWN &&
	       c->remote.port != 0 && c->local.port != 0;
}

static int add_far_ends(struct index *x, struct map *ends)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < x->s->conns.n; i++) {
		const struct conn *c = snapshot_conn(x->s, i);

		if (is_far_end(c))
			err = map_put(ends, end_key(c->netns, &c->local, &c->remote), i, NULL);
	}
	return err;
}

/* Finds the connections both ends of which are on this host. */
static int pair_ends(struct index *x)
{
	_map_ struct map ends = { 0 };
	int err = add_far_ends(x, &ends);

	for (uint32_t i = 0; !err && i < x->s->conns.n && ends.n > 0; i++) {
		const struct conn *c = snapshot_conn(x->s, i), *other;
		uint32_t at;

		if (!is_far_end(c) && c->state != TCP_STATE_CLOSE_WAIT)
			continue;
		at = map_get(&ends, end_key(c->netns, &c->remote, &c->local));
		if (at == MAP_NONE || at == i)
			continue;
		other = snapshot_conn(x->s, at);
		if (!endpoint_equal(&other->local, &c->remote) ||
		    !endpoint_equal(&other->remote, &c->local))
			continue;
		x->other_end[i] = at;
		x->other_end[at] = i;
	}
	return err;
}

static bool is_ephemeral_port(const struct index *x, uint32_t netns, uint16_t port)
{
	const struct netns_settings *set = &x->s->netns.items[netns].settings;

	return set->port_low != VALUE_UNKNOWN && set->port_high != VALUE_UNKNOWN &&
	       port >= set->port_low && port <= set->port_high;
}

static bool is_ephemeral(const struct index *x, const struct conn *c)
{
	return is_ephemeral_port(x, c->netns, c->local.port);
}

static uint64_t port_key(const struct conn *c)
{
	struct endpoint local = c->local;

	local.port = 0;
	return endpoint_hash(&local, endpoint_hash(&c->remote, hash_mix(c->netns + 1ull)));
}

/* Ports run out per (local address, peer address, peer port), facts F55; the server's own port is
 * none of those that run out. */
static int count_port(struct index *x, const struct conn *c)
{
	uint64_t key = port_key(c);
	uint32_t before = map_get(&x->port_map, key);

	return map_put(&x->port_map, key, before == MAP_NONE ? 1 : before + 1, NULL);
}

/* The peer's window is shut, or the buffer full, and that for long: its reader does not read. */
static bool cannot_send(const struct index *x, const struct conn *c)
{
	if (c->wqueue == 0 ||
	    !(TCP_BIT(c->state) & (TCP_BIT(TCP_STATE_ESTABLISHED) | TCP_BIT(TCP_STATE_CLOSE_WAIT) |
				   TCP_BIT(TCP_STATE_FIN_WAIT_1))))
		return false;
	if (c->has & CONN_HAS_INFO && c->last_data_sent_ms < x->older_than_ms)
		return false;
	return (c->timer == TCP_TIMER_PROBE && c->retrans <= 1) || c->flags & CONN_WRITE_FULL;
}

static bool is_starved(const struct index *x, uint32_t row)
{
	const struct conn *c = snapshot_conn(x->s, row);

	if (c->rqueue == 0 || x->owner[row] == ROW_NONE)
		return false;
	switch (evidence_watched(x->s, x->owner[row])) {
	case WATCHED_NOTHING:
	case WATCHED_MASKED:
		return true;
	default:
		return false;
	}
}

static void count_owned(struct index *x, const struct conn *c, uint32_t row)
{
	struct process_use *use;

	if (x->owner[row] == ROW_NONE)
		return;
	use = &x->usage[index_process(x, row)];
	use->netns = c->netns;
	use->unread += c->state == TCP_STATE_CLOSE_WAIT && c->rqueue > 0;
}

static void count_blocked(struct index *x, const struct conn *c, uint32_t row)
{
	struct process_use *use;

	if (c->wqueue == 0 || x->owner[row] == ROW_NONE || !cannot_send(x, c))
		return;
	use = &x->usage[index_process(x, row)];
	use->blocked++;
	x->any_blocked = true;
	if (use->blocked_row == ROW_NONE ||
	    snapshot_conn(x->s, use->blocked_row)->wqueue < c->wqueue)
		use->blocked_row = row;
}

static void count_starved(struct index *x)
{
	for (uint32_t i = 0; x->any_blocked && i < x->s->conns.n; i++)
		if (x->owner[i] != ROW_NONE && x->usage[index_process(x, i)].blocked > 0)
			x->usage[index_process(x, i)].starved += is_starved(x, i);
}

static int add_row(struct index *x, const struct conn *c, uint32_t row)
{
	x->owner[row] = evidence_owner(x->s, c);
	x->leg[row] = ROW_NONE;
	x->other_end[row] = ROW_NONE;
	count_owned(x, c, row);
	count_blocked(x, c, row);
	if (c->state == TCP_STATE_LISTEN)
		return add_listener(x, row);
	if (c->state == TCP_STATE_TIME_WAIT) {
		x->tw_total[c->netns]++;
		return is_ephemeral(x, c) ? count_port(x, c) : 0;
	}
	x->any_half_closed |= c->state == TCP_STATE_FIN_WAIT_2 && x->owner[row] != ROW_NONE;
	return 0;
}

static void count_time_wait(struct index *x)
{
	for (size_t i = 0; i < x->s->netns.n; i++) {
		uint32_t counted = x->s->netns.items[i].counts[TCP_STATE_TIME_WAIT];

		if (counted != VALUE_UNKNOWN && counted > x->tw_total[i])
			x->tw_total[i] = counted;
	}
}

/* A pass over 100,000 rows costs more for the memory it touches than for what it does: there are as
 * few as there can be. */
static int index_fill(struct index *x)
{
	const struct snapshot *s = x->s;
	int err = 0;

	for (size_t i = 0; i < s->processes.n; i++)
		x->usage[i] = (struct process_use){ .program = program_hash(&s->processes.items[i]),
						    .blocked_row = ROW_NONE,
						    .netns = ROW_NONE };
	for (uint32_t i = 0; !err && i < s->conns.n; i++)
		err = add_row(x, snapshot_conn(s, i), i);
	if (!err)
		err = pair_ends(x);
	if (err)
		return err;
	count_time_wait(x);
	count_starved(x);
	if (s->threads.n == 0)
		return 0;
	workers_count(x);
	return threads_sort(x);
}

int index_init(struct index *x, const struct snapshot *s, uint32_t older_than_ms)
{
	int err = -ENOMEM;

	*x = (struct index){ .s = s, .older_than_ms = older_than_ms };
	/* One more than needed, so that an empty table is no special case. */
	x->owner = malloc((s->conns.n + 1) * sizeof(*x->owner));
	x->leg = malloc((s->conns.n + 1) * sizeof(*x->leg));
	x->other_end = malloc((s->conns.n + 1) * sizeof(*x->other_end));
	x->leg_bytes = calloc(s->conns.n + 1, sizeof(*x->leg_bytes));
	x->usage = malloc((s->processes.n + 1) * sizeof(*x->usage));
	x->tw_total = calloc(s->netns.n + 1, sizeof(*x->tw_total));
	x->tasks = calloc(s->threads.n + 1, sizeof(*x->tasks));
	if (x->owner && x->leg && x->other_end && x->leg_bytes && x->usage && x->tw_total &&
	    x->tasks)
		err = index_fill(x);
	if (err)
		index_finish(x);
	return err;
}

void index_finish(struct index *x)
{
	free(x->owner);
	free(x->leg);
	free(x->other_end);
	free(x->leg_bytes);
	free(x->usage);
	free(x->tw_total);
	free(x->tasks);
	free(x->listens.items);
	map_finish(&x->listen_map);
	map_finish(&x->port_map);
	*x = (struct index){ 0 };
}

/* How well a listener fits a connection: 3 its very address, 2 the wildcard of its version, 1 the
 * v6 wildcard, which takes v4 as well unless IPV6_V6ONLY is set; 0 not at all. */
static int listener_fits(const struct conn *listener, const struct conn *c)
{
	const struct endpoint *at = &listener->local;

	if (endpoint_same_addr(at, &c->local))
		return 3;
	if (!endpoint_is_any(at))
		return 0;
	if (at->version == c->local.version)
		return 2;
	return at->version == 6 ? 1 : 0;
}

static uint32_t first_listener(const struct index *x, const struct conn *c)
{
	return map_get(&x->listen_map, listen_key(c->netns, c->local.port));
}

uint32_t index_listener(const struct index *x, const struct conn *c)
{
	uint32_t best = ROW_NONE;
	int best_fit = 0;

	if (c->listener != ROW_NONE)
		return c->listener;
	for (uint32_t at = first_listener(x, c); at != MAP_NONE && best_fit < 3;
	     at = x->listens.items[at].next) {
		uint32_t row = x->listens.items[at].conn;
		int fit = listener_fits(snapshot_conn(x->s, row), c);

		if (fit > best_fit) {
			best_fit = fit;
			best = row;
		}
	}
	return best;
}

uint32_t index_listeners(const struct index *x, const struct conn *c, uint64_t *ret_waiting)
{
	uint64_t waiting = 0;
	uint32_t n = 0;

	for (uint32_t at = first_listener(x, c); at != MAP_NONE; at = x->listens.items[at].next) {
		const struct conn *listener = snapshot_conn(x->s, x->listens.items[at].conn);

		if (listener_fits(listener, c) > 0) {
			waiting += listener->rqueue;
			n++;
		}
	}
	*ret_waiting = waiting;
	return n;
}

/* listen() with a backlog of 0 leaves what it accepts looking like what connect() made. */
static bool may_be_accepted(const struct index *x, const struct conn *c)
{
	uint32_t listener = index_listener(x, c);

	return listener != ROW_NONE && snapshot_conn(x->s, listener)->wqueue == 0;
}

enum origin index_origin(const struct index *x, const struct conn *c)
{
	if (c->flags & CONN_QUEUED)
		return ORIGIN_QUEUED;
	if (c->role == ROLE_ACCEPTED)
		return ORIGIN_BACKLOG;
	if (c->role == ROLE_CONNECTED && !may_be_accepted(x, c))
		return ORIGIN_NO_BACKLOG;
	if (index_listener(x, c) != ROW_NONE)
		return ORIGIN_LISTENER;
	return is_ephemeral(x, c) ? ORIGIN_EPHEMERAL : ORIGIN_UNKNOWN;
}

enum conn_role index_role(const struct index *x, const struct conn *c)
{
	switch (index_origin(x, c)) {
	case ORIGIN_QUEUED:
	case ORIGIN_BACKLOG:
	case ORIGIN_LISTENER:
		return ROLE_ACCEPTED;
	case ORIGIN_NO_BACKLOG:
	case ORIGIN_EPHEMERAL:
		return ROLE_CONNECTED;
	default:
		return ROLE_UNKNOWN;
	}
}

enum conn_role index_port_role(const struct index *x, uint32_t netns, uint16_t port)
{
	if (map_get(&x->listen_map, listen_key(netns, port)) != MAP_NONE)
		return ROLE_ACCEPTED;
	return is_ephemeral_port(x, netns, port) ? ROLE_CONNECTED : ROLE_UNKNOWN;
}

uint32_t index_ports_used(const struct index *x, const struct conn *c)
{
	uint32_t count;

	if (!is_ephemeral(x, c))
		return 0;
	count = map_get(&x->port_map, port_key(c));
	return count == MAP_NONE ? 0 : count;
}

uint32_t index_port_range(const struct index *x, uint32_t netns)
{
	const struct netns_settings *set = &x->s->netns.items[netns].settings;

	if (set->port_low == VALUE_UNKNOWN || set->port_high == VALUE_UNKNOWN ||
	    set->port_high < set->port_low)
		return 0;
	if (set->ports_reserved != VALUE_UNKNOWN &&
	    set->ports_reserved <= set->port_high - set->port_low)
		return set->port_high - set->port_low + 1 - set->ports_reserved;
	return set->port_high - set->port_low + 1;
}
