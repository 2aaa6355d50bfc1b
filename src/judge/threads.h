/* SPDX-License-Identifier: Apache-2.0 */
/* What the threads of an owner do, told apart by what that means for the connections it holds: who
 * takes new ones, who waits for events, who waits for work, and who is somewhere else. */
#ifndef JUDGE_THREADS_H
#define JUDGE_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"

struct index;

/* What one thread does. */
enum doing {
	DOING_UNKNOWN = 0, /* could not be read */
	DOING_ACCEPT,	   /* waits for new connections: in accept(), or poll() over a listener */
	DOING_POLL,	   /* waits for events of a set of files, as an event loop does */
	DOING_IDLE,	   /* waits for work, for other threads, for a signal, or has ended */
	DOING_READ,	   /* waits for one connection to say something */
	DOING_CONNECT,	   /* waits for a connection to be made */
	DOING_INPUT,	   /* waits for input that is no TCP: a pipe, a terminal, a unix socket */
	DOING_WRITE,	   /* waits for room in a pipe or socket */
	DOING_SLEEP,
	DOING_LOCK,  /* waits for a lock */
	DOING_FUTEX, /* waits for a lock or for work: the kernel cannot tell which */
	DOING_DISK,  /* waits for a file or a file system */
	DOING_CHILD, /* waits for a child process to end */
	DOING_COMPUTE,
	DOING_HALTED, /* stopped by a signal or held by a tracer */
	DOING_OTHER,
	DOING_MAX,
};

/* Is it the thread that should look after a connection, and is somewhere else? In the order of what
 * is known. */
enum elsewhere {
	ELSEWHERE_UNTOLD = 0, /* not read well enough to say: seen once, or not at all */
	ELSEWHERE_NO,	      /* it takes connections, waits for events, or is idle */
	ELSEWHERE_IDLE,	      /* it looks idle, and would look so in a lock that many wait for */
	ELSEWHERE_PERHAPS,
	ELSEWHERE_SURE, /* and that in every sample */
};

/* *shape*: one per row of snapshot.threads, same index. */
struct task {
	uint8_t doing;	   /* enum doing */
	uint8_t elsewhere; /* enum elsewhere */
	uint8_t service;   /* one of the runtime's own (GC, compiler, signal handler) */
	uint8_t alone;	   /* no other thread of its process could do its work */
};

/* How many threads of one process are what. All zero: none was read. */
struct crew {
	uint32_t untold, idle, perhaps, sure; /* by enum elsewhere */
	uint32_t away;	  /* wait on an epoll set without any of the connections in question */
	uint32_t writing; /* of `sure`: wait to write to what is no TCP connection */
	uint32_t sending; /* of `sure`: wait to write to a TCP connection */
	uint8_t known;	  /* all of them were read; else the numbers are lower bounds */
	uint8_t alone;	  /* one thread does all the work */
};

/* Tells what every thread of x's snapshot does and adds up the crew of each process: fills x->tasks
 * and x->usage[].crew. 0 or -ENOMEM. */
int threads_sort(struct index *x);

/* On which side of the connection that t reads from or writes to is this program? */
enum conn_role threads_conn_role(const struct index *x, const struct thread *t);

/* Is every thread of p where it was in all samples, and none of them able to run (states T, t, D)?
 */
bool threads_all_held(const struct snapshot *s, const struct process *p);

/* Is the name that of a thread which a runtime keeps for itself, or of one out of a pool? For the
 * tests; `comm` as the kernel cuts it, 15 bytes. */
bool threads_is_service(enum runtime runtime, const char *comm);
bool threads_is_pool_name(const char *comm);

#endif
