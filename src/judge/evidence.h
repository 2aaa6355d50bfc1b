/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about one connection, cut down to the few facts a rule may read.
 *
 * Every fact is a small number whose 0 means "not known", so that all combinations can be
 * enumerated and a test can see which facts a verdict hangs on. The numbers themselves (how many
 * bytes, which process) stay in the snapshot: they are for the texts, never for the rules. */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

#include <stdint.h>

#include "model/snapshot.h"

struct index;

/* The facts. Those without an enum of their own hold an enum fact (unknown, no, yes). */
enum evidence_id {
	EV_FILE = 0,	    /* a file descriptor somewhere refers to it (its inode is set) */
	EV_PLACE,	    /* enum place: for one without a file, what its listener shows */
	EV_RECHECKED,	    /* it was looked up a second time and was still the same */
	EV_HOLDERS,	    /* enum holders: processes seen holding it */
	EV_ALL_FILES,	    /* every open file of every process was seen */
	EV_HALTED,	    /* enum halted: do its holders run? */
	EV_UNREAD,	    /* enum unread: its receive queue */
	EV_SENDING,	    /* enum sending: its send queue */
	EV_TIMER,	    /* enum timer_fact */
	EV_TRIES,	    /* enum tries: retransmits or probes without an answer */
	EV_SHUTDOWN,	    /* enum shut: which directions are shut */
	EV_SENT_LATELY,	    /* it sent data less than the age limit ago */
	EV_RECEIVED_LATELY, /* it received data less than the age limit ago */
	EV_LATE_HOLDER,	    /* enum late_holder */
	EV_WATCHED,	    /* enum watched: its epoll registrations */
	EV_ONCE,       /* enum once: does the owner's runtime register every socket the same? */
	EV_DIRECT,     /* enum direct: who waits on the socket itself */
	EV_WORKERS,    /* enum workers: threads of the owner that are elsewhere */
	EV_LEG,	       /* enum leg: a half-closed connection of the same process */
	EV_CULPRIT,    /* enum culprit: a connection of the same process that cannot send */
	EV_ROLE,       /* enum conn_role */
	EV_WRITE_FULL, /* its send buffer is full */
	EV_PEER_SET,   /* it has, or had, a peer */
	EV_MOVED,      /* data moved between two looks, the way that its state leaves open */
	EV_PRESSURE,   /* enum pressure: how many TIME_WAIT there are */
	EV_MAX,
};

enum place {
	PLACE_UNKNOWN = 0,
	PLACE_QUEUED,	    /* found in the accept queue of its listener */
	PLACE_ONE_WAITING,  /* one listener could be its own, and connections wait there */
	PLACE_SOME_WAITING, /* several could, and connections wait at one of them or more */
	PLACE_NONE_WAITING, /* there is a listener, but nothing waits there (any more) */
	PLACE_NO_LISTENER,
	PLACE_MAX,
};

enum holders { HOLDERS_UNKNOWN = 0, HOLDERS_NONE, HOLDERS_ONE, HOLDERS_SEVERAL, HOLDERS_MAX };

enum halted {
	HALTED_UNKNOWN = 0,
	HALTED_NO,
	HALTED_DEEP, /* in uninterruptible sleep or held by a tracer: for a moment, or for ever */
	HALTED_HELD, /* the same, each thread in every sample */
	HALTED_STOPPED, /* stopped by a signal, or in a frozen cgroup */
	HALTED_MAX,
};

/* In CLOSE_WAIT the FIN counts one byte until it is read (facts F33). */
enum unread {
	UNREAD_UNKNOWN = 0,
	UNREAD_NOTHING,
	UNREAD_LITTLE, /* the FIN alone, or with no more than a TLS close_notify (facts F34) */
	UNREAD_MUCH,
	UNREAD_MAX,
};

enum sending {
	SENDING_UNKNOWN = 0,
	SENDING_NOTHING,     /* everything is acknowledged */
	SENDING_MOVING,	     /* unacknowledged, and nothing wrong with that yet */
	SENDING_SLOW,	     /* two retransmits or probes without an answer; or more, and the
				peer is heard all the same, or that is not known */
	SENDING_SILENT,	     /* three or more */
	SENDING_SHUT,	     /* the peer's window is shut, it answers probes, nothing sent lately */
	SENDING_SHUT_ASKED,  /* the same, with one probe not answered (yet) */
	SENDING_SHUT_UNTOLD, /* the window is shut; since when is not known */
	SENDING_MAX,
};

enum timer_fact {
	TIMER_UNKNOWN = 0,
	TIMER_NONE,
	TIMER_RETRANSMIT,
	TIMER_KEEPALIVE,
	TIMER_MINISOCKET,
	TIMER_PROBE,
	TIMER_MAX,
};

enum tries { TRIES_UNKNOWN = 0, TRIES_NONE, TRIES_ONE, TRIES_TWO, TRIES_MANY, TRIES_MAX };

enum shut { SHUT_UNKNOWN = 0, SHUT_NEITHER, SHUT_RECEIVE, SHUT_SEND, SHUT_BOTH, SHUT_MAX };

/* Was the only process that holds it born after the last data moved on it? */
enum late_holder {
	LATE_UNKNOWN = 0,
	LATE_NO,
	LATE_MAYBE, /* it was, but a server that forks a child for a connection looks the same */
	LATE_YES,
	LATE_MAX,
};

/* Of several registrations the one that is most alive counts. "Alone": no thread is asleep on that
 * epoll set, so nobody will be woken; "untold": that could not be seen. */
enum watched {
	WATCHED_UNKNOWN = 0,
	WATCHED_NOTHING,      /* in no epoll set */
	WATCHED_MASKED,	      /* in one, but not for reading */
	WATCHED_SPENT,	      /* one-shot, taken and not re-armed */
	WATCHED_LEVEL_ALONE,  /* level-triggered for reading, on the ready list, alone */
	WATCHED_LEVEL_UNTOLD, /* level-triggered for reading */
	WATCHED_LEVEL_OTHER,  /* level-triggered for reading, and about to be served */
	WATCHED_EDGE_ALONE,   /* edge-triggered for reading, on the ready list, alone */
	WATCHED_EDGE_GONE,    /* edge-triggered, the event was taken, alone */
	WATCHED_EDGE_TAKEN,   /* edge-triggered, the event was taken, a thread sleeps on that set */
	WATCHED_EDGE_UNTOLD,  /* edge-triggered for reading */
	WATCHED_EDGE_OTHER,   /* edge-triggered, ready, and a thread about to take it */
	WATCHED_MAX,
};

/* Runtimes that put every socket into one edge-triggered set for good: there the mask says nothing
 * about what the program waits for. */
enum once { ONCE_UNKNOWN = 0, ONCE_NO, ONCE_MAYBE, ONCE_YES, ONCE_MAX };

enum direct {
	DIRECT_UNKNOWN = 0,
	DIRECT_NONE,
	DIRECT_READER, /* a thread sleeps in recv(), poll() or select() and a FIN would wake it */
	DIRECT_DEAF,   /* a thread sleeps in poll() without asking for input */
	DIRECT_URING,  /* io_uring or another callback */
	DIRECT_MAX,
};

/* Threads of the owner that wait elsewhere or compute, against the connections that wait for one as
 * this one does. "Sure": in every sample; a futex may be a lock or a wait for work. */
enum workers {
	WORKERS_UNKNOWN = 0, /* not read, not all, or only once */
	WORKERS_NONE,	     /* every thread accepts, waits for events, or is idle */
	WORKERS_UNSURE,	     /* none surely; some look idle, or may, but are too few */
	WORKERS_FEW,	     /* some surely, fewer than the connections */
	WORKERS_MAYBE,	     /* as many as the connections, counting those that only may */
	WORKERS_ENOUGH,	     /* surely as many as the connections */
	WORKERS_MAX,
};

enum leg {
	LEG_UNKNOWN = 0,
	LEG_NONE,
	LEG_NEAR,  /* half-closed within a quarter of a second of this connection's end of file */
	LEG_BYTES, /* and both relayed as many bytes as the other, both ways */
	LEG_MAX,
};

enum culprit {
	CULPRIT_UNKNOWN = 0,
	CULPRIT_NONE,
	CULPRIT_SHARED, /* there is one, but more connections wait than it can explain */
	CULPRIT_OWN,
	CULPRIT_MAX,
};

enum pressure {
	PRESSURE_UNKNOWN = 0,
	PRESSURE_NONE,
	PRESSURE_PORTS,
	PRESSURE_BUCKETS,
	PRESSURE_OVERFLOW, /* between two looks the kernel had no place for some */
	PRESSURE_MAX
};

/* The most a TLS close_notify takes, with the FIN: TLS 1.2 CBC with encrypt-then-MAC and SHA-384
 * needs less (facts F34). */
#define EVIDENCE_CLOSE_NOTIFY_BYTES 64

/* *shape*: fact[id] is one of the enum named beside the id. Read it through ev(). */
struct evidence {
	uint8_t state; /* enum tcp_state */
	uint8_t fact[EV_MAX];
};

#ifdef JUDGE_TRACE
/* The test that enumerates all evidence is told which facts a rule read. */
void evidence_read(const struct evidence *e, enum evidence_id id);
#endif

static inline unsigned int ev(const struct evidence *e, enum evidence_id id)
{
#ifdef JUDGE_TRACE
	evidence_read(e, id);
#endif
	return e->fact[id];
}

/* A process was seen holding it. */
static inline bool ev_is_held(const struct evidence *e)
{
	return ev(e, EV_HOLDERS) >= HOLDERS_ONE;
}

/* Something, if only the FIN, waits to be read. */
static inline bool ev_is_unread(const struct evidence *e)
{
	return ev(e, EV_UNREAD) >= UNREAD_LITTLE;
}

/* Somebody waits on the socket itself and will be woken, or may be. */
static inline bool ev_is_awaited(const struct evidence *e)
{
	return ev(e, EV_DIRECT) == DIRECT_READER || ev(e, EV_DIRECT) == DIRECT_URING;
}

/* Gathers what the snapshot knows about the connection in `row`. Pure. */
void evidence_gather(const struct index *x, uint32_t row, struct evidence *ret_e);

/* How often it asked the peer without an answer: retransmits, or probes. Into a window that was
 * shut over data on its way the kernel repeats without counting, only its waits grow
 * (net/ipv4/tcp_timer.c:tcp_retransmit_timer()): where the peer is not heard, those count. */
uint32_t evidence_tries(const struct conn *c);

/* The holder a connection is judged by: the one that watches it or sleeps on it, else the oldest.
 * A row of snapshot.holders, ROW_NONE when nobody was seen holding it. */
uint32_t evidence_owner(const struct snapshot *s, const struct conn *c);

/* How its epoll registrations (of the holder row) look; also tells the pairing of back-pressure
 * which connections are not being read. */
enum watched evidence_watched(const struct snapshot *s, uint32_t holder);

/* Who waits on the file itself, of the holder row. */
enum direct evidence_direct(const struct snapshot *s, uint32_t holder);

#endif
