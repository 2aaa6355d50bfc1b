// SPDX-License-Identifier: Apache-2.0
/* Socket tables and open files made into one: by inode and namespace, queue children by their
 * addresses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "see/look/inodes.h"
#include "see/look/look_private.h"

struct join {
	struct look *l;
	struct snapshot *s;
	struct inodes undumped; /* inode → the conn row of a socket that no dump lists */
	uint32_t *processes; /* by file process row: the snapshot's, ROW_NONE not taken over yet */
	size_t n_dumped;     /* conn rows that came from dumps */
};

/* Which file's connection is fetched while one is joined: each is somewhere else in memory, and
 * waiting for it is most of what joining costs. */
#define FETCH_AHEAD 16

static void join_finish(struct join *j)
{
	inodes_finish(&j->undumped);
	free(j->processes);
}

int look_index_dumped(struct look *l)
{
	const struct snapshot *s = l->snapshot;
	int err;

	for (size_t i = 0; i < s->conns.n; i++)
		if (s->conns.items[i].inode)
			inodes_count(&l->dumped, s->conns.items[i].inode);
	l->next = malloc((s->conns.n + 1) * sizeof(*l->next));
	err = l->next ? inodes_make_room(&l->dumped) : -ENOMEM;
	for (uint32_t i = 0; !err && i < s->conns.n; i++) {
		uint32_t inode = s->conns.items[i].inode;

		l->next[i] = ROW_NONE;
		if (inode)
			err = inodes_put(&l->dumped, inode, i, &l->next[i]);
	}
	return err;
}

/* Room for what the files alone tell of, exactly: there can be as many as there are in dumps. */
static int make_room(struct join *j)
{
	const struct file_table *files = &j->l->files;
	struct snapshot *s = j->s;
	int err;

	for (size_t i = 0; i < files->rows.n; i++)
		if (files->rows.items[i].socket != ROW_NONE)
			inodes_count(&j->undumped, files->rows.items[i].inode);
	err = inodes_make_room(&j->undumped);
	if (!err && j->undumped.n)
		err = array_reserve(&s->conns.items, &s->conns.cap, s->conns.n + j->undumped.n,
				    sizeof(*s->conns.items));
	return err ? err
		   : array_reserve(&s->holders.items, &s->holders.cap, files->rows.n,
				   sizeof(*s->holders.items));
}

/* The snapshot's row of a process seen with files. */
static uint32_t take_process(struct join *j, uint32_t file_process)
{
	const struct file_process *from = &j->l->files.processes.items[file_process];
	uint32_t row = j->processes[file_process];
	struct process *p;

	if (row != ROW_NONE)
		return row;
	row = snapshot_add_process(j->s);
	if (row == ROW_NONE)
		return ROW_NONE;
	p = snapshot_process(j->s, row);
	p->key = from->key;
	p->pid = from->pid;
	p->fds_open = from->fds_open;
	p->comm = from->comm[0] ? snapshot_string(j->s, from->comm) : NULL;
	j->processes[file_process] = row;
	return row;
}

/* The snapshot's row of the namespace with this inode; one that was not listed (held by nothing but
 * a file descriptor) is added. */
static uint32_t take_netns(struct join *j, uint32_t inode)
{
	uint32_t row = snapshot_find_netns(j->s, inode);

	if (row != ROW_NONE)
		return row;
	row = snapshot_add_netns(j->s, inode);
	if (row != ROW_NONE)
		j->s->netns.items[row].seen = NETNS_FILES_ONLY;
	return row;
}

/* What the file's own pass knows of the socket, where the dump does not. */
static void take_columns(struct conn *c, const struct file_row *f)
{
	if (f->role != ROLE_UNKNOWN && c->state != TCP_STATE_LISTEN)
		c->role = f->role;
	if (f->idle_ms != VALUE_UNKNOWN) {
		c->idle_ms = f->idle_ms;
		c->has |= CONN_HAS_IDLE;
	}
	if (f->flags & FILE_OPTIONS) {
		c->has |= CONN_HAS_OPTIONS;
		c->user_timeout_ms = f->user_timeout_ms;
		c->keepalive_idle_s = f->keepalive_idle_s;
		c->keepalive_interval_s = f->keepalive_interval_s;
		c->keepalive_probes = f->keepalive_probes;
	}
	if (f->flags & FILE_KEEPALIVE)
		c->flags |= CONN_KEEPALIVE;
	if (f->flags & FILE_WRITE_FULL)
		c->flags |= CONN_WRITE_FULL;
	if (f->flags & FILE_MPTCP)
		c->flags |= CONN_MPTCP;
}

/* Its clocks, when the dump left them out and the pass saw the same state. */
static void take_clocks(struct join *j, struct conn *c, const struct file_row *f)
{
	const struct file_clocks *clocks;
	struct conn told;

	if (!j->l->n_untimed || c->has & CONN_HAS_INFO || f->clocks == ROW_NONE ||
	    f->state != c->state)
		return;
	clocks = &j->l->files.clocks.items[f->clocks];
	told = (struct conn){ .last_data_sent_ms = clocks->last_data_sent_ms,
			      .last_data_recv_ms = clocks->last_data_recv_ms,
			      .last_ack_recv_ms = clocks->last_ack_recv_ms,
			      .bytes_acked = clocks->bytes_acked,
			      .bytes_received = clocks->bytes_received };
	look_take_info(j->s, c, &told, clocks->read_ns);
	j->l->n_untimed--;
}

/* Adds a row for what no dump lists. ROW_NONE when out of memory. */
static uint32_t add_undumped(struct join *j, const struct file_row *f)
{
	const struct file_socket *socket = &j->l->files.sockets.items[f->socket];
	uint32_t netns = take_netns(j, f->netns);
	uint32_t row = netns == ROW_NONE ? ROW_NONE : snapshot_add_conn(j->s);
	struct conn *c;

	if (row == ROW_NONE)
		return ROW_NONE;
	c = snapshot_conn(j->s, row);
	c->local = socket->local;
	c->remote = socket->remote;
	c->cookie = socket->cookie;
	c->inode = f->inode;
	c->netns = netns;
	c->rqueue = socket->rqueue;
	c->wqueue = socket->wqueue;
	c->state = f->state;
	c->timer = socket->timer;
	c->retrans = socket->retrans;
	c->backoff = socket->backoff;
	c->shutdown = socket->shutdown;
	c->has = CONN_HAS_SHUTDOWN;
	take_columns(c, f);
	return row;
}

static bool same_netns(const struct join *j, const struct conn *c, const struct file_row *f)
{
	return f->netns == 0 || j->s->netns.items[c->netns].inode == f->netns;
}

/* A dump of the file's namespace was there to be joined with. */
static bool was_dumped(const struct join *j, uint32_t netns_inode)
{
	uint32_t row = snapshot_find_netns(j->s, netns_inode);

	return row != ROW_NONE && (j->s->netns.items[row].seen == NETNS_DUMPED ||
				   j->s->netns.items[row].seen == NETNS_INTERRUPTED);
}

static int add_holder(struct join *j, uint32_t conn, const struct file_row *f)
{
	uint32_t process = take_process(j, f->process);

	if (process == ROW_NONE || array_grow(&j->s->holders, 1))
		return -ENOMEM;
	j->s->holders.items[j->s->holders.n++] =
		(struct holder){ .conn = conn, .process = process, .fd = f->fd, .watch = f->watch };
	snapshot_conn(j->s, conn)->n_holders++;
	return 0;
}

static bool is_seldom(const struct file_row *f)
{
	return f->state == TCP_STATE_ESTABLISHED || f->state == TCP_STATE_CLOSED;
}

/* The row of what no dump lists, made by the first of the processes that hold it. */
static uint32_t take_undumped(struct join *j, const struct file_row *f)
{
	uint32_t row = inodes_find(&j->undumped, f->inode);

	if (row != ROW_NONE)
		return row;
	row = add_undumped(j, f);
	if (row != ROW_NONE && inodes_put(&j->undumped, f->inode, row, NULL))
		return ROW_NONE;
	return row;
}

static int join_file(struct join *j, const struct file_row *f)
{
	uint32_t row = inodes_find(&j->l->dumped, f->inode);
	bool joined = false;
	int err = 0;

	for (; row != ROW_NONE && !err; row = j->l->next[row]) {
		struct conn *c = snapshot_conn(j->s, row);

		if (!same_netns(j, c, f))
			continue;
		take_columns(c, f);
		take_clocks(j, c, f);
		err = add_holder(j, row, f);
		joined = true;
	}
	if (err || joined)
		return err;
	/* Listed states of a dumped namespace: it came or went while we looked, no error. */
	if (!is_seldom(f) && was_dumped(j, f->netns))
		return 0;
	if (f->socket == ROW_NONE)
		return 0;
	row = take_undumped(j, f);
	return row == ROW_NONE ? -ENOMEM : add_holder(j, row, f);
}

/* Brings the holders of one conn together: a counting sort by conn row. Where each conn's rows end
 * stands in an array of its own, which is small enough to stay in the cache. */
static int order_holders(struct snapshot *s)
{
	_free_ struct holder *ordered = malloc((s->holders.n + 1) * sizeof(*ordered));
	_free_ uint32_t *end = malloc((s->conns.n + 1) * sizeof(*end));
	uint32_t at = 0;

	if (!ordered || !end)
		return -ENOMEM;
	for (size_t i = 0; i < s->conns.n; i++) {
		s->conns.items[i].holders = at;
		at += s->conns.items[i].n_holders;
		end[i] = at;
	}
	for (size_t i = s->holders.n; i-- > 0;)
		ordered[--end[s->holders.items[i].conn]] = s->holders.items[i];
	if (s->holders.n)
		memcpy(s->holders.items, ordered, s->holders.n * sizeof(*ordered));
	return 0;
}

static uint64_t pair_key(const struct endpoint *local, const struct endpoint *remote,
			 uint32_t netns)
{
	return endpoint_hash(local, endpoint_hash(remote, netns));
}

/* The LISTEN row whose queue the child was found in. */
static uint32_t find_listener(const struct join *j, const struct file_child *child)
{
	uint32_t row = inodes_find(&j->l->dumped, child->listener_inode);

	while (row != ROW_NONE &&
	       j->s->netns.items[snapshot_conn(j->s, row)->netns].inode != child->netns)
		row = j->l->next[row];
	return row;
}

/* Marks the connections that were found waiting in a listener's queue. */
static int join_children(struct join *j)
{
	const struct file_table *files = &j->l->files;
	_map_ struct map by_pair = { 0 };
	struct snapshot *s = j->s;

	if (files->children.n == 0)
		return 0;
	for (uint32_t i = 0; i < j->n_dumped; i++) {
		const struct conn *c = &s->conns.items[i];

		if (c->inode || c->state == TCP_STATE_LISTEN)
			continue;
		if (map_put(&by_pair,
			    pair_key(&c->local, &c->remote,
				     (uint32_t)s->netns.items[c->netns].inode),
			    i, NULL))
			return -ENOMEM;
	}
	for (size_t i = 0; i < files->children.n; i++) {
		const struct file_child *child = &files->children.items[i];
		uint32_t row =
			map_get(&by_pair, pair_key(&child->local, &child->remote, child->netns));
		struct conn *c;

		if (row == MAP_NONE)
			continue;
		c = &s->conns.items[row];
		if (!endpoint_equal(&c->local, &child->local) ||
		    !endpoint_equal(&c->remote, &child->remote))
			continue;
		c->flags |= CONN_QUEUED;
		c->role = ROLE_ACCEPTED;
		c->listener = find_listener(j, child);
	}
	return 0;
}

/* Pool siblings of the processes that were taken over. */
static int join_peers(struct join *j)
{
	const struct file_table *files = &j->l->files;

	for (size_t i = 0; i < files->peers.n; i++) {
		struct peer_use use = files->peers.items[i];

		if (j->processes[use.process] == ROW_NONE)
			continue;
		if (array_grow(&j->s->peers, 1))
			return -ENOMEM;
		use.process = j->processes[use.process];
		use.netns = snapshot_find_netns(j->s, use.netns);
		j->s->peers.items[j->s->peers.n++] = use;
	}
	return 0;
}

/* Whether every listener's queue was read to its end. */
static enum fact queues_whole(const struct file_table *files)
{
	for (size_t i = 0; i < files->rows.n; i++) {
		const struct file_row *f = &files->rows.items[i];

		if (f->state == TCP_STATE_LISTEN && !(f->flags & FILE_QUEUE_WHOLE))
			return FACT_NO;
	}
	return FACT_YES;
}

/* The watches need no translation: the snapshot takes the tables as they are. */
static void move_watches(struct file_table *files, struct snapshot *s)
{
	s->watches.items = files->watches.items;
	s->watches.n = files->watches.n;
	s->watches.cap = files->watches.cap;
	s->regs.items = files->regs.items;
	s->regs.n = files->regs.n;
	s->regs.cap = files->regs.cap;
	memset(&files->watches, 0, sizeof(files->watches));
	memset(&files->regs, 0, sizeof(files->regs));
}

static void fetch_conn(const struct join *j, size_t file)
{
	uint32_t row;

	if (file >= j->l->files.rows.n || !j->l->dumped.rows)
		return;
	row = inodes_find(&j->l->dumped, j->l->files.rows.items[file].inode);
	if (row == ROW_NONE)
		return;
	__builtin_prefetch(&j->s->conns.items[row].netns, 1);
	__builtin_prefetch(&j->s->conns.items[row].n_holders, 1);
}

/* What is joined is needed no more: memory is shortest now. */
static void forget_files(struct join *j)
{
	struct file_table *files = &j->l->files;

	free(files->rows.items);
	free(files->sockets.items);
	free(files->clocks.items);
	memset(&files->rows, 0, sizeof(files->rows));
	memset(&files->sockets, 0, sizeof(files->sockets));
	memset(&files->clocks, 0, sizeof(files->clocks));
	inodes_finish(&j->undumped);
}

static int join_all(struct join *j)
{
	struct file_table *files = &j->l->files;
	int err = make_room(j);

	j->processes = malloc((files->processes.n + 1) * sizeof(*j->processes));
	if (!j->processes)
		return -ENOMEM;
	for (size_t i = 0; i < files->processes.n; i++)
		j->processes[i] = ROW_NONE;
	for (size_t i = 0; !err && i < files->rows.n; i++) {
		fetch_conn(j, i + FETCH_AHEAD);
		err = join_file(j, &files->rows.items[i]);
	}
	forget_files(j);
	if (!err)
		err = order_holders(j->s);
	if (!err)
		err = join_children(j);
	if (!err)
		err = join_peers(j);
	return err;
}

int look_join(struct look *l)
{
	struct join j = { .l = l, .s = l->snapshot, .n_dumped = l->snapshot->conns.n };
	int err;

	l->snapshot->can.accept_queues =
		l->files_err ? FACT_UNKNOWN : (uint8_t)queues_whole(&l->files);
	err = join_all(&j);
	join_finish(&j);
	if (!err)
		move_watches(&l->files, l->snapshot);
	return err;
}
