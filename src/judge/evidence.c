// SPDX-License-Identifier: Apache-2.0
/* From the snapshot's rows to the facts that rules read. */
#include "judge/evidence.h"

#include <sys/epoll.h>

#include "judge/earlier.h"
#include "judge/index.h"
#include "judge/workers.h"

/* A process's start is known in steps of 10 ms, a socket's last data in ms. */
#define BORN_AFTER_MS 30

/* How many holders of a listener are compared with a child's parent. */
#define PARENTS_MAX 64

static enum fact fact_of(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
}

/* The greater, the more this holder's process can be said to use the connection. */
static int holder_use(const struct snapshot *s, const struct holder *h)
{
	const struct watch *w;

	if (h->watch == ROW_NONE)
		return 0;
	w = &s->watches.items[h->watch];
	if (w->sleeper_tid && w->sleeper_tid == s->processes.items[h->process].pid)
		return 3;
	if (w->sleepers_known && w->sleepers + w->deaf_sleepers > 0)
		return 2;
	return w->n_regs > 0;
}

static bool holder_is_older(const struct snapshot *s, const struct holder *a,
			    const struct holder *b)
{
	const struct process *pa = &s->processes.items[a->process];
	const struct process *pb = &s->processes.items[b->process];

	if (pa->start_ns != pb->start_ns)
		return pa->start_ns && (!pb->start_ns || pa->start_ns < pb->start_ns);
	return pa->pid && (!pb->pid || pa->pid < pb->pid);
}

uint32_t evidence_owner(const struct snapshot *s, const struct conn *c)
{
	uint32_t best = c->holders;
	int best_use;

	if (c->n_holders == 0)
		return ROW_NONE;
	if (c->n_holders == 1)
		return best;
	best_use = holder_use(s, &s->holders.items[best]);
	for (uint32_t i = c->holders + 1; i < c->holders + c->n_holders; i++) {
		const struct holder *h = &s->holders.items[i];
		int use = holder_use(s, h);

		if (use > best_use ||
		    (use == best_use && holder_is_older(s, h, &s->holders.items[best]))) {
			best_use = use;
			best = i;
		}
	}
	return best;
}

static enum fact file_fact(const struct conn *c)
{
	if (c->inode || c->n_holders)
		return FACT_YES;
	return c->has & CONN_HAS_DIAG || c->flags & CONN_QUEUED ? FACT_NO : FACT_UNKNOWN;
}

static enum place place_fact(const struct index *x, const struct conn *c)
{
	uint64_t waiting;
	uint32_t n;

	if (c->flags & CONN_QUEUED)
		return PLACE_QUEUED;
	n = index_listeners(x, c, &waiting);
	if (n == 0)
		return PLACE_NO_LISTENER;
	if (waiting == 0)
		return PLACE_NONE_WAITING;
	return n == 1 ? PLACE_ONE_WAITING : PLACE_SOME_WAITING;
}

static enum holders holders_fact(const struct snapshot *s, const struct conn *c)
{
	if (c->n_holders == 0)
		return HOLDERS_NONE;
	for (uint32_t i = 1; i < c->n_holders; i++)
		if (s->holders.items[c->holders + i].process !=
		    s->holders.items[c->holders].process)
			return HOLDERS_SEVERAL;
	return HOLDERS_ONE;
}

static enum halted process_halted(const struct snapshot *s, const struct process *p)
{
	if (p->frozen == FACT_YES)
		return HALTED_STOPPED;
	/* A tracer holds what it traces for a moment at each system call. */
	if (p->stopped == FACT_YES && p->state == 'T')
		return HALTED_STOPPED;
	if (p->stopped == FACT_YES)
		return threads_all_held(s, p) ? HALTED_HELD : HALTED_DEEP;
	return p->stopped == FACT_NO && p->frozen == FACT_NO ? HALTED_NO : HALTED_UNKNOWN;
}

/* All of them must be halted; one that runs is enough to be served. */
static enum halted halted_fact(const struct snapshot *s, const struct conn *c)
{
	enum halted all = HALTED_STOPPED;

	if (c->n_holders == 0)
		return HALTED_UNKNOWN;
	for (uint32_t i = 0; i < c->n_holders; i++) {
		enum halted one = process_halted(
			s, &s->processes.items[s->holders.items[c->holders + i].process]);

		if (one == HALTED_NO)
			return HALTED_NO;
		if (one < all)
			all = one;
	}
	return all;
}

static enum unread unread_fact(const struct conn *c)
{
	if (!conn_has_queues(c))
		return UNREAD_UNKNOWN;
	if (c->rqueue == 0)
		return UNREAD_NOTHING;
	return c->rqueue <= EVIDENCE_CLOSE_NOTIFY_BYTES ? UNREAD_LITTLE : UNREAD_MUCH;
}

/* Was the peer heard since the last retransmit but one? The answer to the last one may still be on
 * its way. Also tells how long ago the first was sent that is repeated. */
static bool is_answering(const struct conn *c, uint32_t *ret_since_ms)
{
	uint32_t last_ms;

	if (!(c->has & CONN_HAS_INFO) || c->timer != TCP_TIMER_RETRANSMIT ||
	    c->last_ack_recv_ms == VALUE_UNKNOWN || c->rto_ms < c->expires_ms)
		return false;
	last_ms = c->rto_ms - c->expires_ms;
	/* Each wait is twice the one before. */
	*ret_since_ms = last_ms + c->rto_ms - (c->rto_ms >> (c->backoff < 31 ? c->backoff : 31));
	return c->last_ack_recv_ms < last_ms + c->rto_ms / 4;
}

uint32_t evidence_tries(const struct conn *c)
{
	uint32_t since_ms;

	if (c->timer != TCP_TIMER_RETRANSMIT || c->backoff <= c->retrans ||
	    !(c->has & CONN_HAS_INFO) || c->last_ack_recv_ms == VALUE_UNKNOWN ||
	    c->rto_ms < c->expires_ms || is_answering(c, &since_ms))
		return c->retrans;
	return c->backoff;
}

/* A window shut over data on its way: the retransmits become the probes, and an acknowledgement of
 * nothing new answers each (net/ipv4/tcp_timer.c:tcp_retransmit_timer(): "our retransmits become
 * zero probes"). */
static enum sending repeating(const struct index *x, const struct conn *c)
{
	uint32_t since_ms;

	/* Whether the peer is heard, tcp_info tells, which is lost where a socket changes
	 * meanwhile.
	 */
	if (!(c->has & CONN_HAS_INFO))
		return SENDING_SLOW;
	if (!is_answering(c, &since_ms))
		return evidence_tries(c) == 2 ? SENDING_SLOW : SENDING_SILENT;
	if (!(c->flags & CONN_WINDOW_SHUT))
		return SENDING_SLOW;
	return since_ms > x->older_than_ms ? SENDING_SHUT : SENDING_MOVING;
}

static enum sending sending_fact(const struct index *x, const struct conn *c)
{
	if (!conn_has_queues(c))
		return SENDING_UNKNOWN;
	if (c->wqueue == 0)
		return SENDING_NOTHING;
	if (evidence_tries(c) >= 2)
		return repeating(x, c);
	if (c->timer != TCP_TIMER_PROBE)
		return SENDING_MOVING;
	if (!(c->has & CONN_HAS_INFO) || c->last_data_sent_ms == VALUE_UNKNOWN)
		return SENDING_SHUT_UNTOLD;
	if (c->last_data_sent_ms <= x->older_than_ms)
		return SENDING_MOVING;
	return c->retrans == 0 ? SENDING_SHUT : SENDING_SHUT_ASKED;
}

static enum tries tries_fact(const struct conn *c)
{
	uint32_t tries;

	if (!conn_has_queues(c))
		return TRIES_UNKNOWN;
	tries = evidence_tries(c);
	return tries >= 3 ? TRIES_MANY : TRIES_NONE + tries;
}

/* bytes_acked counts the SYN of the end that connected, and the FIN once it is acknowledged (facts
 * F80): how many of this connection's own bytes the peer has. */
static uint64_t bytes_sent(const struct conn *c, enum conn_role role, unsigned int fins)
{
	uint64_t extra = fins + (role != ROLE_ACCEPTED);

	return c->bytes_acked > extra ? c->bytes_acked - extra : 0;
}

/* The clocks count from the handshake until something is sent (facts F80). */
static enum fact sent_lately_fact(const struct index *x, const struct conn *c, enum conn_role role)
{
	if (!(c->has & CONN_HAS_INFO) || c->last_data_sent_ms == VALUE_UNKNOWN)
		return FACT_UNKNOWN;
	if (bytes_sent(c, role, 0) == 0 && c->wqueue == 0)
		return FACT_NO;
	return fact_of(c->last_data_sent_ms < x->older_than_ms);
}

static enum fact received_lately_fact(const struct index *x, const struct conn *c)
{
	if (!(c->has & CONN_HAS_INFO) || c->last_data_recv_ms == VALUE_UNKNOWN)
		return FACT_UNKNOWN;
	return fact_of(c->bytes_received > 0 && c->last_data_recv_ms < x->older_than_ms);
}

/* A forking server's child looks like an heir: its parent, the same program, listens. */
static bool parent_listens(const struct index *x, const struct conn *c, uint32_t process)
{
	const struct snapshot *s = x->s;
	const struct process *p = &s->processes.items[process];
	const struct conn *listener;
	uint32_t row = index_listener(x, c);

	if (row == ROW_NONE)
		return false;
	listener = snapshot_conn(s, row);
	for (uint32_t i = 0; i < listener->n_holders && i < PARENTS_MAX; i++) {
		uint32_t at = s->holders.items[listener->holders + i].process;

		if (s->processes.items[at].pid && s->processes.items[at].pid == p->ppid &&
		    x->usage[at].program == x->usage[process].program)
			return true;
	}
	return false;
}

/* How old the process was when this socket's clocks were read: on a large host /proc is read some
 * time after. */
static uint64_t age_when_dumped(const struct index *x, const struct conn *c,
				const struct process *p)
{
	uint64_t dumped_ns = x->s->netns.items[c->netns].dumped_ns;

	if (!dumped_ns || !p->start_ns)
		return p->age_ms;
	return dumped_ns > p->start_ns ? (dumped_ns - p->start_ns) / 1000000 : 0;
}

static enum late_holder late_holder_fact(const struct index *x, const struct conn *c,
					 uint32_t process, enum conn_role role)
{
	const struct process *p = &x->s->processes.items[process];
	uint32_t last;

	if (p->age_ms == VALUE_UNKNOWN || !(c->has & CONN_HAS_INFO) ||
	    c->last_data_recv_ms == VALUE_UNKNOWN || c->last_data_sent_ms == VALUE_UNKNOWN)
		return LATE_UNKNOWN;
	last = c->last_data_recv_ms < c->last_data_sent_ms ? c->last_data_recv_ms
							   : c->last_data_sent_ms;
	if (age_when_dumped(x, c, p) + BORN_AFTER_MS >= last)
		return LATE_NO;
	/* Nothing but the FIN ever came: then the clocks tell of the handshake, which is before the
	 * birth of every forked worker. */
	if (c->bytes_received <= 1 && bytes_sent(c, role, 0) == 0)
		return LATE_MAYBE;
	return parent_listens(x, c, process) ? LATE_MAYBE : LATE_YES;
}

/* Go, nginx, mio, Netty, .NET and HAProxy register every socket once, for everything,
 * edge-triggered (Go internal/poll, nginx ngx_epoll_module.c:ngx_epoll_add_connection, mio
 * sys/unix/selector). */
static enum once once_fact(const struct snapshot *s, uint32_t holder)
{
	static const uint32_t all = EPOLLIN | EPOLLOUT | EPOLLRDHUP | (uint32_t)EPOLLET;
	const struct holder *h = &s->holders.items[holder];
	const struct watch *w;

	switch (s->processes.items[h->process].runtime) {
	case RUNTIME_GO:
	case RUNTIME_NGINX:
	case RUNTIME_JVM:
	case RUNTIME_RUST:
	case RUNTIME_DOTNET:
	case RUNTIME_HAPROXY:
		return ONCE_YES;
	case RUNTIME_UNKNOWN:
	case RUNTIME_NATIVE:
		break;
	default:
		return ONCE_NO;
	}
	if (h->watch == ROW_NONE)
		return ONCE_UNKNOWN;
	w = &s->watches.items[h->watch];
	for (uint32_t i = 0; i < w->n_regs; i++)
		if ((s->regs.items[w->regs + i].events & all) == all)
			return ONCE_MAYBE;
	return s->processes.items[h->process].runtime == RUNTIME_NATIVE ? ONCE_NO : ONCE_UNKNOWN;
}

static enum leg leg_fact(const struct index *x, const struct conn *c, uint32_t row)
{
	if (x->leg[row] != ROW_NONE)
		return x->leg_bytes[row] ? LEG_BYTES : LEG_NEAR;
	return c->has & CONN_HAS_INFO ? LEG_NONE : LEG_UNKNOWN;
}

static enum culprit culprit_fact(const struct index *x, uint32_t row)
{
	const struct process_use *use = &x->usage[index_process(x, row)];

	if (use->blocked == 0 || use->blocked_row == row)
		return CULPRIT_NONE;
	return use->starved > use->blocked ? CULPRIT_SHARED : CULPRIT_OWN;
}

static enum shut shut_fact(const struct conn *c)
{
	if (!(c->has & CONN_HAS_SHUTDOWN))
		return SHUT_UNKNOWN;
	return SHUT_NEITHER + (c->shutdown & (TCP_SHUT_RECEIVE | TCP_SHUT_SEND));
}

/* The counter is that of the whole namespace since it began. */
static bool is_overflowing(const struct index *x, uint32_t netns)
{
	uint32_t before = x->earlier ? earlier_netns(x->earlier, x->s, netns) : ROW_NONE;
	uint64_t was, is = x->s->netns.items[netns].tw_overflows;

	if (before == ROW_NONE)
		return false;
	was = x->earlier->x.s->netns.items[before].tw_overflows;
	return was != COUNTER_UNKNOWN && is != COUNTER_UNKNOWN && is > was;
}

static enum pressure pressure_fact(const struct index *x, const struct conn *c)
{
	uint32_t range = index_port_range(x, c->netns);
	uint32_t most = x->s->netns.items[c->netns].settings.max_tw_buckets;

	if (range && (uint64_t)index_ports_used(x, c) * 2 >= range)
		return PRESSURE_PORTS;
	if (is_overflowing(x, c->netns))
		return PRESSURE_OVERFLOW;
	if (most != VALUE_UNKNOWN && (uint64_t)x->tw_total[c->netns] * 10 >= (uint64_t)most * 8)
		return PRESSURE_BUCKETS;
	return range && most != VALUE_UNKNOWN ? PRESSURE_NONE : PRESSURE_UNKNOWN;
}

/* What hangs on the process it is judged by. */
static void gather_owner(const struct index *x, const struct conn *c, uint32_t row,
			 enum conn_role role, uint8_t *fact)
{
	uint32_t holder = x->owner[row];

	if (holder == ROW_NONE)
		return;
	fact[EV_HALTED] = halted_fact(x->s, c);
	fact[EV_LATE_HOLDER] = late_holder_fact(x, c, index_process(x, row), role);
	fact[EV_WATCHED] = evidence_watched(x->s, holder);
	fact[EV_ONCE] = once_fact(x->s, holder);
	fact[EV_DIRECT] = evidence_direct(x->s, holder);
	fact[EV_WORKERS] = workers_fact(x, row);
	fact[EV_CULPRIT] = culprit_fact(x, row);
}

void evidence_gather(const struct index *x, uint32_t row, struct evidence *ret_e)
{
	const struct conn *c = snapshot_conn(x->s, row);
	enum conn_role role = index_role(x, c);
	uint8_t *fact = ret_e->fact;

	*ret_e = (struct evidence){ .state = c->state };
	fact[EV_ROLE] = role;
	if (c->state == TCP_STATE_TIME_WAIT) {
		fact[EV_PRESSURE] = pressure_fact(x, c);
		return;
	}
	fact[EV_FILE] = file_fact(c);
	if (fact[EV_FILE] != FACT_YES)
		fact[EV_PLACE] = place_fact(x, c);
	fact[EV_RECHECKED] = fact_of(c->flags & CONN_RECHECKED);
	fact[EV_HOLDERS] = holders_fact(x->s, c);
	fact[EV_ALL_FILES] = x->s->can.all_files;
	fact[EV_UNREAD] = unread_fact(c);
	fact[EV_SENDING] = sending_fact(x, c);
	fact[EV_TIMER] = conn_has_queues(c) ? TIMER_NONE + c->timer : TIMER_UNKNOWN;
	fact[EV_TRIES] = tries_fact(c);
	fact[EV_SHUTDOWN] = shut_fact(c);
	fact[EV_SENT_LATELY] = sent_lately_fact(x, c, role);
	fact[EV_RECEIVED_LATELY] = received_lately_fact(x, c);
	fact[EV_LEG] = leg_fact(x, c, row);
	fact[EV_WRITE_FULL] =
		c->has & CONN_HAS_IDLE ? fact_of(c->flags & CONN_WRITE_FULL) : FACT_UNKNOWN;
	if (x->earlier)
		fact[EV_MOVED] = earlier_moved(x->earlier, x->s, c);
	fact[EV_PEER_SET] = c->remote.version ? fact_of(c->remote.port != 0) : FACT_UNKNOWN;
	gather_owner(x, c, row, role, fact);
}
