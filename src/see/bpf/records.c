// SPDX-License-Identifier: Apache-2.0
/* From the iterator's records to rows. */
#include "see/bpf/records.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/mem.h"
#include "see/bpf/evidence.h"

_Static_assert(EVIDENCE_LATELY_S == PEER_LATELY_S, "told of one span");

/* What the kernel keeps of a registration whose EPOLLONESHOT was taken
 * (fs/eventpoll.c:EP_PRIVATE_BITS). */
#define PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

void records_finish(struct records *r)
{
	map_finish(&r->processes);
	free(r->ranges.items);
	*r = (struct records){ 0 };
}

uint32_t records_jiffies_per_s(uint64_t jiffies, uint64_t mono_ns)
{
	static const uint32_t known[] = { 100, 250, 300, 1000 };
	double since_s = (double)mono_ns / 1e9 - 300, ticks = (double)jiffies - 4294967296.0;
	uint32_t best = 0;
	double best_off = 0;

	if (since_s > -30 && since_s < 30)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		double off = ticks / since_s - known[i];

		if (off < 0)
			off = -off;
		if (!best || off < best_off) {
			best = known[i];
			best_off = off;
		}
	}
	return best_off < best * 0.05 ? best : 0;
}

static int take_task(struct records *r, const struct evidence_task *rec)
{
	struct file_table *t = r->table;
	uint32_t row = map_get(&r->processes, rec->tgid);
	struct file_process *p;
	int err;

	if (row == MAP_NONE) {
		if (array_grow(&t->processes, 1) || array_grow(&r->ranges, 1))
			return -ENOMEM;
		row = (uint32_t)t->processes.n;
		err = map_put(&r->processes, rec->tgid, row, NULL);
		if (err)
			return err;
		r->ranges.items[r->ranges.n++].first = (uint32_t)t->rows.n;
		p = &t->processes.items[t->processes.n++];
		*p = (struct file_process){ .key = rec->tgid,
					    .pid = rec->pid,
					    .fds_open = VALUE_UNKNOWN };
		memcpy(p->comm, rec->comm, sizeof(p->comm));
		p->comm[sizeof(p->comm) - 1] = '\0';
	}
	r->process = row;
	r->first_peer = (uint32_t)t->peers.n;
	r->first_row = (uint32_t)t->rows.n;
	r->listener = 0;
	return 0;
}

static struct endpoint endpoint_of(uint16_t family, const uint8_t *addr, uint16_t port)
{
	return endpoint_make(family == AF_INET6 ? AF_INET6 : AF_INET, addr, port);
}

/* Siblings matter only to a process that has closing connections it made, and only as counts: the
 * rest is forgotten as soon as the process is through, so that 100,000 healthy connections cost
 * nothing. */
static int fold_peers(struct records *r)
{
	struct file_table *t = r->table;
	_map_ struct map known = { 0 };
	uint32_t kept = r->first_peer;
	bool matters = false;

	for (size_t i = r->first_row; i < t->rows.n && !matters; i++)
		matters = t->rows.items[i].role == ROLE_CONNECTED;
	for (size_t i = r->first_peer; matters && i < t->peers.n; i++) {
		const struct peer_use use = t->peers.items[i];
		uint64_t key = endpoint_hash(&use.remote, use.netns);
		uint32_t at = map_get(&known, key);

		if (at != MAP_NONE && endpoint_equal(&t->peers.items[at].remote, &use.remote)) {
			t->peers.items[at].established += use.established;
			if (use.lately == VALUE_UNKNOWN)
				t->peers.items[at].lately = VALUE_UNKNOWN;
			else if (t->peers.items[at].lately != VALUE_UNKNOWN)
				t->peers.items[at].lately += use.lately;
			continue;
		}
		if (map_put(&known, key, kept, NULL))
			return -ENOMEM;
		t->peers.items[kept++] = use;
	}
	t->peers.n = kept;
	return 0;
}

static int take_task_end(struct records *r, const struct evidence_head *rec)
{
	if (r->process == ROW_NONE)
		return -ERR_MALFORMED;
	r->listener = 0;
	if (r->again)
		return 0;
	r->table->processes.items[r->process].fds_open = rec->fd;
	r->ranges.items[r->process].n = (uint32_t)r->table->rows.n - r->first_row;
	return fold_peers(r);
}

static int take_peer(struct records *r, const struct evidence_peer *rec)
{
	struct file_table *t = r->table;

	if (r->process == ROW_NONE)
		return -ERR_MALFORMED;
	if (array_grow(&t->peers, 1))
		return -ENOMEM;
	t->peers.items[t->peers.n++] = (struct peer_use){
		.remote = endpoint_of(rec->family, (const uint8_t *)rec->remote,
				      ntohs(rec->remote_port_be16)),
		.process = r->process,
		.netns = rec->netns,
		.established = rec->head.fd,
		.lately = rec->lately == EVIDENCE_UNTOLD ? VALUE_UNKNOWN : rec->lately,
	};
	return 0;
}

static int take_child(struct records *r, const struct evidence_child *rec)
{
	struct file_table *t = r->table;

	if (!r->listener)
		return 0;
	if (array_grow(&t->children, 1))
		return -ENOMEM;
	t->children.items[t->children.n++] = (struct file_child){
		.local = endpoint_of(rec->addr.family, rec->addr.local, rec->addr.local_port),
		.remote = endpoint_of(rec->addr.family, rec->addr.remote,
				      ntohs(rec->addr.remote_port_be16)),
		.netns = r->listener_netns,
		.listener_inode = r->listener,
	};
	return 0;
}

/* The watch row of a record. Sockets that nothing watches share one row per table: row 0. */
static int take_watch(struct file_table *t, const struct evidence_socket *rec, uint32_t *ret_row)
{
	bool nothing = !rec->n_regs && !rec->sleepers && !rec->deaf_sleepers && !rec->others &&
		       !(rec->flags & EVIDENCE_TRUNCATED);
	struct watch *w;

	if (array_grow(&t->watches, 2) || array_grow(&t->regs, rec->n_regs))
		return -ENOMEM;
	if (t->watches.n == 0)
		t->watches.items[t->watches.n++] = (struct watch){ .sleepers_known = 1 };
	if (nothing) {
		*ret_row = 0;
		return 0;
	}
	*ret_row = (uint32_t)t->watches.n;
	w = &t->watches.items[t->watches.n++];
	*w = (struct watch){ .regs = (uint32_t)t->regs.n,
			     .n_regs = rec->n_regs,
			     .sleepers_known = 1,
			     .truncated = !!(rec->flags & EVIDENCE_TRUNCATED),
			     .sleepers = rec->sleepers,
			     .deaf_sleepers = rec->deaf_sleepers,
			     .uring = rec->others,
			     .sleeper_tid = rec->sleeper_tid };
	for (size_t i = 0; i < rec->n_regs; i++) {
		const struct evidence_reg *reg = &rec->regs[i];

		t->regs.items[t->regs.n++] = (struct watch_reg){
			.epoll = reg->epoll,
			.events = reg->events,
			.sleepers = reg->sleepers,
			.ready = reg->ready ? FACT_YES : FACT_NO,
			.oneshot_spent = (reg->events & EPOLLONESHOT) &&
					 !(reg->events & ~(uint32_t)PRIVATE_BITS),
		};
	}
	return 0;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* What one more look at a registered file says of one registration. */
static void merge_reg(struct watch_reg *was, const struct evidence_reg *is)
{
	was->sleepers = larger(was->sleepers, is->sleepers);
	if (was->ready != (is->ready ? FACT_YES : FACT_NO))
		was->ready = FACT_UNKNOWN;
}

/* A further look at the same file. Whoever was asleep once counts as asleep: a thread that comes
 * and goes does serve the socket. What was on the ready list once and not the other time is
 * neither. */
static int merge_watch(struct file_table *t, struct file_row *row,
		       const struct evidence_socket *rec)
{
	struct watch *w;

	if (row->watch == 0 || row->watch == ROW_NONE)
		return take_watch(t, rec, &row->watch);
	w = &t->watches.items[row->watch];
	w->sleepers = larger(w->sleepers, rec->sleepers);
	w->deaf_sleepers = larger(w->deaf_sleepers, rec->deaf_sleepers);
	w->uring = larger(w->uring, rec->others);
	w->truncated |= !!(rec->flags & EVIDENCE_TRUNCATED);
	if (!w->sleeper_tid)
		w->sleeper_tid = rec->sleeper_tid;
	for (uint32_t i = 0; i < w->n_regs; i++)
		for (uint32_t k = 0; k < rec->n_regs; k++)
			if (t->regs.items[w->regs + i].epoll == rec->regs[k].epoll)
				merge_reg(&t->regs.items[w->regs + i], &rec->regs[k]);
	return 0;
}

int records_settle(struct records *r)
{
	struct file_table *t = r->table;
	_map_ struct map sleepers = { 0 };
	int err = 0;

	for (size_t i = 0; i < t->regs.n && !err; i++) {
		const struct watch_reg *reg = &t->regs.items[i];
		uint32_t most = map_get(&sleepers, reg->epoll);

		if (most == MAP_NONE || reg->sleepers > most)
			err = map_put(&sleepers, reg->epoll, reg->sleepers, NULL);
	}
	for (size_t i = 0; i < t->regs.n && !err; i++)
		t->regs.items[i].sleepers = map_get(&sleepers, t->regs.items[i].epoll);
	return err;
}

/* Jiffies as seconds; what the socket never set is 0 and stays so. */
static uint32_t seconds_of(const struct records *r, uint32_t jiffies)
{
	if (jiffies == 0)
		return 0;
	return r->jiffies_per_s ? jiffies / r->jiffies_per_s : VALUE_UNKNOWN;
}

static int take_detail(struct records *r, const struct evidence_detail *rec)
{
	struct file_table *t = r->table;
	struct file_row *row;

	if (r->again)
		return 0;
	if (r->process == ROW_NONE || t->rows.n == r->first_row)
		return -ERR_MALFORMED;
	row = &t->rows.items[t->rows.n - 1];
	row->flags |= FILE_OPTIONS;
	if (rec->flags & EVIDENCE_KEEPALIVE)
		row->flags |= FILE_KEEPALIVE;
	if (rec->flags & EVIDENCE_WRITE_FULL)
		row->flags |= FILE_WRITE_FULL;
	row->user_timeout_ms = rec->user_timeout_ms;
	row->keepalive_idle_s = seconds_of(r, rec->keepalive_idle_jiffies);
	row->keepalive_interval_s = seconds_of(r, rec->keepalive_interval_jiffies);
	row->keepalive_probes = rec->keepalive_probes;
	if (row->state == TCP_STATE_LISTEN)
		return 0;
	row->idle_ms = rec->idle_ms;
	if (!r->addresses && row->state != TCP_STATE_CLOSED && row->state != TCP_STATE_ESTABLISHED)
		return 0;
	if (array_grow(&t->sockets, 1))
		return -ENOMEM;
	row->socket = (uint32_t)t->sockets.n;
	t->sockets.items[t->sockets.n++] = (struct file_socket){
		.local = endpoint_of(rec->addr.family, rec->addr.local, rec->addr.local_port),
		.remote = endpoint_of(rec->addr.family, rec->addr.remote,
				      ntohs(rec->addr.remote_port_be16)),
		.cookie = rec->cookie,
		.rqueue = rec->rqueue,
		.wqueue = rec->wqueue,
		.timer = rec->timer,
		.retrans = rec->retrans,
		.backoff = rec->backoff,
		.shutdown = rec->shutdown,
	};
	return 0;
}

/* Jiffies as milliseconds (kernel/time/time.c:jiffies_to_msecs()). */
static uint32_t ms_of(const struct records *r, uint32_t jiffies)
{
	uint64_t ms = (uint64_t)jiffies * 1000 / r->jiffies_per_s;

	return ms < VALUE_UNKNOWN ? (uint32_t)ms : VALUE_UNKNOWN - 1;
}

static int take_clocks(struct records *r, const struct evidence_clocks *rec)
{
	struct file_table *t = r->table;

	if (r->again)
		return 0;
	if (r->process == ROW_NONE || t->rows.n == r->first_row)
		return -ERR_MALFORMED;
	if (!r->jiffies_per_s)
		return 0;
	if (array_grow(&t->clocks, 1))
		return -ENOMEM;
	t->rows.items[t->rows.n - 1].clocks = (uint32_t)t->clocks.n;
	t->clocks.items[t->clocks.n++] = (struct file_clocks){
		.bytes_acked = rec->bytes_acked,
		.bytes_received = rec->bytes_received,
		.read_ns = r->start_ns + ms_of(r, rec->now - r->jiffies) * 1000000ull,
		.last_data_sent_ms = ms_of(r, rec->now - rec->data_sent),
		.last_data_recv_ms = ms_of(r, rec->now - rec->data_received),
		.last_ack_recv_ms = ms_of(r, rec->now - rec->ack_received),
	};
	return 0;
}

/* accept() leaves the listener's backlog limit in the socket it makes
 * (net/core/sock.c:sk_clone_lock() copies it), connect() leaves none. */
static enum conn_role role_of(const struct evidence_socket *rec)
{
	if (rec->state == TCP_STATE_LISTEN)
		return ROLE_UNKNOWN;
	return rec->backlog_limit ? ROLE_ACCEPTED : ROLE_CONNECTED;
}

static struct file_row row_of(const struct records *r, const struct evidence_socket *rec)
{
	struct file_row row = {
		.inode = rec->inode,
		.netns = rec->netns,
		.process = r->process,
		.fd = (int32_t)rec->head.fd,
		.watch = ROW_NONE,
		.socket = ROW_NONE,
		.clocks = ROW_NONE,
		.idle_ms = VALUE_UNKNOWN,
		.state = rec->state,
		.role = (uint8_t)role_of(rec),
	};

	if (rec->flags & EVIDENCE_MPTCP)
		row.flags |= FILE_MPTCP;
	if (rec->flags & EVIDENCE_QUEUE_WHOLE)
		row.flags |= FILE_QUEUE_WHOLE;
	if (rec->state == TCP_STATE_CLOSED)
		row.flags |= FILE_GHOST;
	return row;
}

/* The row of this process's fd: its rows stand together and in the order of fds. */
static struct file_row *find_row(const struct records *r, uint32_t fd)
{
	const struct record_range *range = &r->ranges.items[r->process];
	uint32_t low = range->first, high = range->first + range->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((uint32_t)r->table->rows.items[middle].fd < fd)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == range->first + range->n || (uint32_t)r->table->rows.items[low].fd != fd)
		return NULL;
	return &r->table->rows.items[low];
}

static int take_socket(struct records *r, const struct evidence_socket *rec)
{
	struct file_table *t = r->table;
	struct file_row row, *known;
	int err;

	if (r->process == ROW_NONE || rec->state >= TCP_STATE_MAX)
		return -ERR_MALFORMED;
	if (r->again) {
		known = find_row(r, rec->head.fd);
		if (!known || known->inode != rec->inode)
			return 0;
		return merge_watch(t, known, rec);
	}
	row = row_of(r, rec);
	err = take_watch(t, rec, &row.watch);
	if (err)
		return err;
	r->listener = rec->state == TCP_STATE_LISTEN ? rec->inode : 0;
	r->listener_netns = rec->netns;
	if (rec->state == TCP_STATE_CLOSE_WAIT || rec->state == TCP_STATE_FIN_WAIT_2)
		r->readers++;
	if (array_grow(&t->rows, 1))
		return -ENOMEM;
	t->rows.items[t->rows.n++] = row;
	return 0;
}

/* The smallest a record of this kind can be, 0 for a kind that is none. */
static size_t least_bytes(uint16_t kind)
{
	switch (kind) {
	case EVIDENCE_TASK:
		return sizeof(struct evidence_task);
	case EVIDENCE_TASK_END:
		return sizeof(struct evidence_head);
	case EVIDENCE_SOCKET:
		return offsetof(struct evidence_socket, regs);
	case EVIDENCE_DETAIL:
		return sizeof(struct evidence_detail);
	case EVIDENCE_CHILD:
		return sizeof(struct evidence_child);
	case EVIDENCE_PEER:
		return sizeof(struct evidence_peer);
	case EVIDENCE_CLOCKS:
		return sizeof(struct evidence_clocks);
	default:
		return 0;
	}
}

#define RECORD_MAX sizeof(union record)

union record {
	struct evidence_task task;
	struct evidence_socket socket;
	struct evidence_detail detail;
	struct evidence_child child;
	struct evidence_peer peer;
	struct evidence_clocks clocks;
};

/* One whole record, copied so that it is aligned and as long as its struct. */
static int take_record(struct records *r, const void *bytes, const struct evidence_head *head)
{
	union record rec = { 0 };

	memcpy(&rec, bytes, head->bytes);
	switch (head->kind) {
	case EVIDENCE_TASK:
		return take_task(r, &rec.task);
	case EVIDENCE_TASK_END:
		return take_task_end(r, head);
	case EVIDENCE_DETAIL:
		return take_detail(r, &rec.detail);
	case EVIDENCE_CHILD:
		return take_child(r, &rec.child);
	case EVIDENCE_PEER:
		return take_peer(r, &rec.peer);
	case EVIDENCE_CLOCKS:
		return take_clocks(r, &rec.clocks);
	default:
		if (rec.socket.n_regs > EVIDENCE_REGS_MAX ||
		    head->bytes < offsetof(struct evidence_socket, regs) +
					  rec.socket.n_regs * sizeof(struct evidence_reg))
			return -ERR_MALFORMED;
		return take_socket(r, &rec.socket);
	}
}

long records_take(struct records *r, const void *buf, size_t len)
{
	const char *at = buf;
	size_t left = len;

	while (left >= sizeof(struct evidence_head)) {
		struct evidence_head head;
		size_t least;
		int err;

		memcpy(&head, at, sizeof(head));
		least = least_bytes(head.kind);
		if (!least || head.bytes < least || head.bytes > RECORD_MAX)
			return -ERR_MALFORMED;
		if (head.bytes > left)
			break;
		err = take_record(r, at, &head);
		if (err)
			return err;
		at += head.bytes;
		left -= head.bytes;
	}
	return (long)(len - left);
}
