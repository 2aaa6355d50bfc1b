/* SPDX-License-Identifier: Apache-2.0 */
/* A program with a thread for each way to wait. */
#ifndef UNIT_SEE_PROCS_ROLES_H
#define UNIT_SEE_PROCS_ROLES_H

#include <pthread.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/thread.h"
#include "see/net.h"

/* What the threads use: made before the fork, so that both sides know it. */
extern struct roles_world {
	int listener, pipe[2], event, timer, epoll, stuck_epoll, outer_epoll, unix_pair[2],
		unix_client, locked;
	struct net_pair peer;  /* ESTABLISHED, no row */
	struct net_pair stuck; /* a row in CLOSE_WAIT */
	uint16_t port;
	char unix_path[64];
	uint32_t futex;
	pthread_mutex_t mutex;
} world;

/* One thread: its name, and what it is to be said to do. */
struct role {
	const char *name;
	long (*play)(void);
	enum thread_call call;
	enum thread_object object;
	uint32_t least_ms, most_ms; /* of its time limit; 0: it has none */
	bool runs;
};
extern const struct role roles[];
extern const size_t n_roles;

void roles_make_world(void);

/* Starts a thread for each role, in a process that is killed with its parent; does not return. */
void roles_play_all(void);

/* The role of the thread that reads from the connection that is no row. */
long roles_wait_receive(void);

#endif
