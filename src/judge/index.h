/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups over one snapshot, made once, so that judging a connection costs no search.
 *
 * *shape*: arrays by row of the snapshot's tables. Borrows the snapshot. All zero is an empty
 * index. Made and read by one thread. */
#ifndef JUDGE_INDEX_H
#define JUDGE_INDEX_H

#include <stdint.h>

#include "base/hash.h"
#include "judge/threads.h"
#include "model/snapshot.h"

/* What tells who opened a connection. */
enum origin {
	ORIGIN_UNKNOWN = 0,
	ORIGIN_QUEUED,	   /* it was seen in its listener's accept queue */
	ORIGIN_BACKLOG,	   /* accept() made it: it has the backlog limit of a listener */
	ORIGIN_NO_BACKLOG, /* connect() made it: it has none */
	ORIGIN_LISTENER,   /* this host listens on its local port */
	ORIGIN_EPHEMERAL, /* its local port is one that connect() takes, and nobody listens there */
};

struct earlier;

/* One LISTEN row in the chain of those on its port. */
struct listen_link {
	uint32_t conn;
	uint32_t next; /* row of listens[], ROW_NONE ends */
};

/* What one process has that cannot send, and that nobody reads. */
struct process_use {
	uint64_t program;     /* stable hash of unit and exe, or comm */
	uint32_t blocked;     /* connections with a peer that does not read */
	uint32_t blocked_row; /* the one with the most waiting, ROW_NONE */
	uint32_t starved;     /* connections it holds, with unread input, that it does not watch */
	uint32_t unread;      /* connections in CLOSE_WAIT with the end of file unread */
	uint32_t netns;	      /* where one of its connections is; ROW_NONE: it has none */
	/* Of those whose end of file it has not read, and which no thread sleeps on: */
	uint32_t unserved; /* accepted, and not watched */
	uint32_t unused;   /* opened by itself (or by whom is not known), and not watched */
	uint32_t taken;	   /* watched, and the event was taken */
	struct crew crew;  /* what its threads do */
};

struct index {
	const struct snapshot *s;
	const struct earlier *earlier; /* the first of two looks, NULL; borrowed */
	uint32_t older_than_ms;
	uint32_t *owner;     /* by conn: row of holders, ROW_NONE */
	uint32_t *leg;	     /* by conn: the other leg, as pairs_find() found it, ROW_NONE none */
	uint32_t *other_end; /* by conn: the row of its other end when that is on this host too */
	uint8_t *leg_bytes;  /* by conn: the two legs relayed the same bytes */
	struct process_use *usage; /* by process */
	struct task *tasks;	   /* by thread */
	SNAPSHOT_ARRAY(struct listen_link) listens;
	struct map listen_map; /* (netns, port) → first of a chain in listens[] */
	struct map port_map;   /* (netns, local address, remote) → how many TIME_WAIT */
	uint32_t *tw_total;    /* by netns: its TIME_WAIT, as dumped or as counted */
	bool any_blocked, any_half_closed;
};

/* 0 or -ENOMEM (then nothing needs finishing). */
int index_init(struct index *x, const struct snapshot *s, uint32_t older_than_ms);
void index_finish(struct index *x);

/* The LISTEN row that serves c's local port: its own address before the wildcard, v6 wildcards also
 * for v4. ROW_NONE when there is none. */
uint32_t index_listener(const struct index *x, const struct conn *c);

/* How many LISTEN rows could be c's own, and how many connections wait at them together. */
uint32_t index_listeners(const struct index *x, const struct conn *c, uint64_t *ret_waiting);

/* As the socket tells, else by a listener on its port, else by the range of ephemeral ports. */
enum origin index_origin(const struct index *x, const struct conn *c);

/* accepted or connected: by its origin. */
enum conn_role index_role(const struct index *x, const struct conn *c);

/* The same for a connection of which no more than the local port is known. */
enum conn_role index_port_role(const struct index *x, uint32_t netns, uint16_t port);

/* How many TIME_WAIT use a local port toward c's peer (c among them), 0 when it does not count. */
uint32_t index_ports_used(const struct index *x, const struct conn *c);

/* How many ports this namespace has to connect from, 0 unknown. */
uint32_t index_port_range(const struct index *x, uint32_t netns);

/* The process that a connection is judged by: a row of processes, ROW_NONE. */
static inline uint32_t index_process(const struct index *x, uint32_t row)
{
	uint32_t holder = x->owner[row];

	return holder == ROW_NONE ? ROW_NONE : x->s->holders.items[holder].process;
}

#endif
