/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share while one look is taken. */
#ifndef SEE_LOOK_LOOK_PRIVATE_H
#define SEE_LOOK_LOOK_PRIVATE_H

#include "model/files.h"
#include "see/diag/diag.h"
#include "see/look/inodes.h"
#include "see/look/look.h"
#include "see/procs/netns.h"
#include "see/procs/threads.h"

struct look {
	const struct look_options *options;
	struct snapshot *snapshot;
	struct procs_netns_list
		netns;	      /* same rows as snapshot->netns, as far as they were listed */
	struct diag **diags;  /* by row of netns; NULL where none was opened */
	struct inodes dumped; /* inode → the last of the dumped rows with it */
	uint32_t *next;	      /* by dumped row: another one with its inode (MPTCP subflows) */
	struct file_table files;
	struct procs_marks marks; /* of threads, made while the sources ran */
	uint64_t marked_ns;	  /* when that was begun; 0: nobody's were */
	uint8_t *asked;		  /* options->asked as byte code, NULL: all are wanted */
	size_t asked_len;
	bool no_clocks;	  /* the BPF pass, which tells them, does not run: dump them */
	size_t n_untimed; /* rows that were dumped without tcp_info and have none yet */
	int netns_err;	  /* of listing the namespaces */
	int dump_err;	  /* of the own namespace's dump: without it there is nothing to see */
	int index_err;	  /* of look_index_dumped() */
	int files_err;	  /* of the BPF pass */
};

/* A connection's namespace and local port as one key. */
static inline uint64_t look_port_key(const struct conn *c)
{
	return (uint64_t)c->netns << 16 | c->local.port;
}

/* Dumps every listed namespace into the snapshot (runs in a thread of its own: it changes
 * namespaces). */
void look_dump_namespaces(struct look *l);

/* Finds the dumped rows by their inode: l->dumped and l->next. 0 or -ENOMEM. */
int look_index_dumped(struct look *l);

/* Finds holders, queue children and roles for the rows dumped, and adds rows for what only the
 * files tell: ghosts, ESTABLISHED ones that fail their peer, sockets of namespaces out of reach. 0
 * or -ENOMEM. */
int look_join(struct look *l);

/* A full socket in a closing state that was dumped without tcp_info and has none yet. */
static inline bool look_lacks_info(const struct conn *c)
{
	return (c->has & (CONN_HAS_DIAG | CONN_HAS_INFO | CONN_HAS_SHUTDOWN)) ==
		       (CONN_HAS_DIAG | CONN_HAS_SHUTDOWN) &&
	       TCP_BIT(c->state) & TCP_BITS_CLOSING;
}

/* One dump takes as long as some hundred lookups of one socket each. */
#define LOOK_LOOKUPS_MAX 256

/* Gives the rows of a namespace in these states tcp_info where they have none, by one more dump. 0
 * or -ENOMEM: whatever else fails, the rows stand without it. */
int look_complete_netns(struct look *l, uint32_t netns, uint32_t states);

/* The same for all rows of all namespaces, where those that lack it are too many to be looked up
 * one by one. */
int look_complete(struct look *l);

/* Makes the clocks and the timer that were read at from_ns those of the moment to_ns
 * (CLOCK_BOOTTIME both), so that clocks of one namespace can be compared. What happened after to_ns
 * becomes 0. */
void look_move_clocks(struct conn *c, uint64_t from_ns, uint64_t to_ns);

/* Copies the columns of tcp_info, which were read at from_ns, to c, as they were when its namespace
 * was dumped; from a row that came out of sock_diag the timer's too. */
void look_take_info(const struct snapshot *s, struct conn *c, const struct conn *from,
		    uint64_t from_ns);

/* Looks a second time, by cookie, at what would be explained by an absence (no holder, not in a
 * queue), and at rows that came without tcp_info; takes out what has gone meanwhile. */
void look_recheck(struct look *l);

/* Marks the threads of whoever holds what their reading may be about, as early as that is known: so
 * the time between two looks passes while others work. Runs in the files' thread. */
void look_mark_threads(void *look, const struct file_table *t);

/* Reads what the threads do of those processes whose threads can decide a verdict; waits between
 * two looks at them when there are any. After the owners were described. 0 or -ENOMEM. */
int look_at_deciding_threads(struct look *l);

/* Says in words what this look could not see. 0 or -ENOMEM. */
int look_tell_blind_spots(struct look *l);

#endif
