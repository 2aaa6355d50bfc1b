// SPDX-License-Identifier: Apache-2.0
/* The socket tables of all network namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/netns.h"
#include "see/diag/settings.h"
#include "see/look/look_private.h"

/* Handshakes are counted, so that the rest of `inuse` is ESTABLISHED; they do not become rows. */
#define COUNTED_STATES                                                                             \
	(TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_LISTEN) | TCP_BIT(TCP_STATE_SYN_SENT) |              \
	 TCP_BIT(TCP_STATE_SYN_RECV))
#define ROW_STATES (TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_LISTEN))

/* Could so many TIME_WAIT sockets press on anything? Half the ephemeral ports toward one peer, or
 * 80 % of the kernel's own limit (cause port-pressure): below both they need not be dumped, only
 * counted. */
static bool may_press(const struct sockstat *stat, const struct netns_settings *settings)
{
	uint32_t ports;

	if (stat->time_wait == VALUE_UNKNOWN)
		return true;
	if (settings->port_low == VALUE_UNKNOWN || settings->max_tw_buckets == VALUE_UNKNOWN)
		return stat->time_wait > 0;
	ports = settings->port_high - settings->port_low + 1;
	return stat->time_wait >= ports / 2 ||
	       stat->time_wait >= (uint64_t)settings->max_tw_buckets * 8 / 10;
}

/* Fewer sockets are dumped with tcp_info at once. */
#define UNTIMED_LEAST 4096

/* Are there so many sockets that tcp_info is left to the files' pass? It is a third of what a dump
 * takes. ESTABLISHED ones the pass tells nothing of. */
static bool leaves_clocks(const struct look *l, const struct diag_query *query,
			  const struct sockstat *stat)
{
	return !l->no_clocks && !(query->states & TCP_BIT(TCP_STATE_ESTABLISHED)) &&
	       stat->inuse4 != VALUE_UNKNOWN && stat->inuse6 != VALUE_UNKNOWN &&
	       (uint64_t)stat->inuse4 + stat->inuse6 >= UNTIMED_LEAST;
}

/* Notes what was dumped without tcp_info, from row `first` on. What has no file, or has a timer
 * pending, the files' pass does not tell: where that is much it is dumped again, while the files
 * are still visited. */
static int note_untimed(struct look *l, uint32_t row, size_t first)
{
	const struct snapshot *s = l->snapshot;
	uint32_t states = 0;
	size_t n = 0;

	for (size_t i = first; i < s->conns.n; i++) {
		const struct conn *c = &s->conns.items[i];

		if (!look_lacks_info(c))
			continue;
		l->n_untimed++;
		if (c->inode && c->timer != TCP_TIMER_RETRANSMIT && c->timer != TCP_TIMER_PROBE)
			continue;
		states |= TCP_BIT(c->state);
		n++;
	}
	return n > LOOK_LOOKUPS_MAX ? look_complete_netns(l, row, states) : 0;
}

/* All that is listed whatever is asked for. */
static int dump_counted(struct look *l, uint32_t row, struct diag_query *query,
			const struct sockstat *stat, struct diag_counts *ret_counts)
{
	size_t first = l->snapshot->conns.n;
	int err;

	if (leaves_clocks(l, query, stat))
		query->want &= ~(uint32_t)DIAG_WANT_INFO;
	err = diag_dump(l->diags[row], query, l->snapshot, row, ret_counts);
	l->snapshot->netns.items[row].dumped_ns = clock_boot_ns();
	if (err < 0 || query->want & DIAG_WANT_INFO)
		return err;
	return note_untimed(l, row, first);
}

/* ESTABLISHED ones that are asked for, after all other states: a socket only passes from this state
 * into those, so none comes twice. A kernel that does not take the program lists all. */
static int dump_asked(struct look *l, uint32_t row)
{
	struct netns_row *ns = &l->snapshot->netns.items[row];
	struct diag_query query = { .states = TCP_BIT(TCP_STATE_ESTABLISHED),
				    .keep = TCP_BIT(TCP_STATE_ESTABLISHED),
				    .want = DIAG_WANT_INFO,
				    .bytecode = l->asked,
				    .bytecode_len = l->asked_len };
	uint8_t seen = ns->seen;
	int n = diag_dump(l->diags[row], &query, l->snapshot, row, NULL);

	if (n == -EINVAL || n == -E2BIG) {
		query.bytecode_len = 0;
		n = diag_dump(l->diags[row], &query, l->snapshot, row, NULL);
	}
	if (seen == NETNS_INTERRUPTED && n >= 0)
		ns->seen = seen;
	return n;
}

/* Dumps the namespace the calling thread is in. */
static int dump_current(struct look *l, uint32_t row)
{
	const struct look_options *o = l->options;
	struct netns_row *ns = &l->snapshot->netns.items[row];
	struct diag_query query = { .states = COUNTED_STATES | o->states,
				    .keep = ROW_STATES | o->states,
				    .want = DIAG_WANT_INFO | (o->detailed ? DIAG_WANT_MEMORY : 0) };
	struct diag_counts counts;
	struct sockstat stat;
	int err;

	diag_read_settings(&ns->settings);
	diag_read_sockstat(&stat);
	if (o->counters)
		diag_read_counters(ns);
	if (o->time_wait || may_press(&stat, &ns->settings)) {
		query.states |= TCP_BIT(TCP_STATE_TIME_WAIT);
		query.keep |= TCP_BIT(TCP_STATE_TIME_WAIT);
	}
	if (l->asked_len)
		query.states &= ~TCP_BIT(TCP_STATE_ESTABLISHED);
	err = diag_open(&l->diags[row]);
	if (!err)
		err = dump_counted(l, row, &query, &stat, &counts);
	if (err >= 0 && l->asked_len)
		err = dump_asked(l, row);
	if (err < 0) {
		ns->seen = NETNS_FAILED;
		ns->err = err;
		return err;
	}
	diag_settle_counts(&stat, &counts, query.states, ns);
	if (query.states & TCP_BIT(TCP_STATE_ESTABLISHED))
		ns->counts[TCP_STATE_ESTABLISHED] = counts.by_state[TCP_STATE_ESTABLISHED];
	return 0;
}

static void mark_empty(struct netns_row *ns)
{
	ns->seen = NETNS_EMPTY;
	ns->counted = 1;
	for (size_t state = 0; state < TCP_STATE_MAX; state++)
		ns->counts[state] = 0;
}

static void dump_other(struct look *l, uint32_t row, const struct procs_netns *n)
{
	struct netns_row *ns = &l->snapshot->netns.items[row];
	struct sockstat stat;
	int err;

	/* A walk over the kernel's shared table costs a millisecond even for an empty namespace. */
	if (n->pid && !procs_netns_sockstat(n->pid, &stat) && sockstat_is_empty(&stat)) {
		mark_empty(ns);
		return;
	}
	{
		_close_ int fd = procs_open_netns(n);

		err = fd < 0 ? fd : netns_enter(fd);
	}
	ns->pid = n->pid;
	if (err == -ESRCH || err == -ENOENT) {
		mark_empty(ns);
		ns->err = -ESRCH;
	} else if (err) {
		ns->seen = err == -EPERM || err == -EACCES ? NETNS_DENIED : NETNS_FAILED;
		ns->err = err;
	} else {
		dump_current(l, row);
	}
}

/* The process by which a namespace was found has ended: others may still be in it. */
static void dump_again(struct look *l)
{
	struct snapshot *s = l->snapshot;
	struct procs_netns_list again = { 0 };
	bool any = false;

	for (size_t i = 0; i < s->netns.n; i++)
		any |= s->netns.items[i].err == -ESRCH;
	/* What cannot be listed now could be a moment ago: then it has ended with its last process.
	 */
	if (any && procs_list_netns(&again) == 0)
		for (size_t i = 0; i < again.items.n; i++) {
			uint32_t row = snapshot_find_netns(s, again.items.items[i].inode);

			if (row == ROW_NONE || s->netns.items[row].err != -ESRCH)
				continue;
			s->netns.items[row].err = 0;
			dump_other(l, row, &again.items.items[i]);
		}
	procs_netns_list_finish(&again);
}

void look_dump_namespaces(struct look *l)
{
	struct snapshot *s = l->snapshot;
	size_t n = l->netns.items.n;

	for (uint32_t i = 0; i < n; i++) {
		const struct procs_netns *listed = &l->netns.items.items[i];
		uint32_t row = snapshot_add_netns(s, listed->inode);

		if (row == ROW_NONE) {
			l->dump_err = -ENOMEM;
			return;
		}
		s->netns.items[row].pid = listed->pid;
		s->netns.items[row].own = listed->own;
	}
	/* The own one first: nothing else needs to be entered for it. */
	if (n > 0)
		l->dump_err = dump_current(l, 0);
	for (uint32_t i = 1; i < n && l->dump_err != -ENOMEM; i++)
		dump_other(l, i, &l->netns.items.items[i]);
	if (l->dump_err != -ENOMEM)
		dump_again(l);
}
