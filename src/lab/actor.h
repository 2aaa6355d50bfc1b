/* SPDX-License-Identifier: Apache-2.0 */
/* What a process of a scene does. Each step here works or ends the process, which tells the stage
 * why: so a scene reads as the list of its steps. The process is the scene's own; nothing of this
 * may be called in any other. */
#ifndef LAB_ACTOR_H
#define LAB_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab/wire/order.h"

/* Ports of the legs of a scene. The process with index n serves on ACTOR_SERVE_PORT + n. */
#define ACTOR_SERVE_PORT 8080 /* the other host connects to us */
#define ACTOR_PEER_PORT	 443  /* we connect to the other host */

struct actor {
	const char *role;
	unsigned count; /* its share of the scene's connections */
	unsigned index;
	int family;
	uint16_t serve_port;
	int note_fd; /* to the stage; -1 after actor_ready() */
	int wire_fd; /* to the other host; -1 after actor_ready() */
	int log_fd;
	uint64_t deadline_ns;
};

/* A set of connected sockets. */
struct actor_conns {
	int *fd;
	unsigned n;
};

/* Tells the stage what failed and ends the process. */
__attribute__((format(printf, 3, 4))) _Noreturn void actor_fail(struct actor *a, int err,
								const char *format, ...);

/* r, unless it is -errno: then actor_fail(). */
int actor_must(struct actor *a, int r, const char *what);

/* As actor_must() for a call that returns -1 and sets errno. */
int actor_check(struct actor *a, int r, const char *what);

/* Tells the stage that the scene is set, and gives up the ways to it and to the other host: what is
 * left is a process like any other. */
void actor_ready(struct actor *a);

/* Forks. The child dies with this process, bears the role as its comm, and is known to the stage. 0
 * in the child, else its pid. Only from the process's first thread, and before actor_ready(). */
pid_t actor_fork(struct actor *a, const char *role);

/* Sleeps for ever, in pause(). */
_Noreturn void actor_rest(void);

/* Sleeps for ever in epoll_wait() on an epoll set in which nothing will happen. */
_Noreturn void actor_rest_in_epoll(int epoll_fd);

/* Starts a thread. It is in no scene's way: it has no signal to handle. */
void actor_thread(struct actor *a, void *(*run)(void *), void *arg);

/* Waits a moment before a condition is looked at again; fails when the deadline has passed, naming
 * `what` was waited for. */
void actor_wait(struct actor *a, const char *what);

/* Waits until a thread (or a process of one thread) sleeps in the kernel. */
void actor_await_asleep(struct actor *a, pid_t tid);

/* ---- the other host ---- */

/* Gives the other host an order; see wire/order.h. */
void actor_tell(struct actor *a, enum wire_verb verb, uint32_t leg, uint32_t value);

/* ---- connections ---- */

/* A listening socket on a port of this host. */
int actor_listen(struct actor *a, uint16_t port, unsigned backlog);

/* Accepts one connection that the other host opens. */
int actor_accept(struct actor *a, int listener);

/* Lets the other host open a->count connections to serve_port and accepts them. Returns the
 * listening socket, which stays open. */
int actor_serve(struct actor *a, struct actor_conns *ret);

/* Opens n connections to a port of the other host. */
void actor_connect(struct actor *a, uint16_t port, unsigned n, struct actor_conns *ret);

/* Waits until all are in a TCP state (TCP_CLOSE_WAIT …). */
void actor_await_state(struct actor *a, const struct actor_conns *conns, int state);

/* Waits until each has sent something again `n` times without an answer. */
void actor_await_retransmits(struct actor *a, const struct actor_conns *conns, unsigned n);

/* Waits until each has sent `n` keepalive or window probes without an answer. */
void actor_await_probes(struct actor *a, const struct actor_conns *conns, unsigned n);

/* Waits until `bytes` are unread on each. */
void actor_await_unread(struct actor *a, const struct actor_conns *conns, unsigned bytes);

/* Reads exactly `bytes` from each. */
void actor_read(struct actor *a, const struct actor_conns *conns, unsigned bytes);

/* Reads each to its end, which the other host has sent. */
void actor_read_eof(struct actor *a, const struct actor_conns *conns);

/* Queues `bytes` on each, without waiting for the peer to take them: the send buffer is made as
 * large as needed. */
void actor_send(struct actor *a, const struct actor_conns *conns, unsigned bytes);

void actor_shutdown(struct actor *a, const struct actor_conns *conns, int how);
void actor_close(struct actor *a, struct actor_conns *conns);

/* Sets a socket option of type int on each. */
void actor_option(struct actor *a, const struct actor_conns *conns, int level, int name, int value);

/* Adds (or, with EPOLL_CTL_MOD, changes) each in an epoll set; data.fd is the socket. */
void actor_watch(struct actor *a, int epoll_fd, int op, const struct actor_conns *conns,
		 uint32_t events);

/* A new epoll set. */
int actor_epoll(struct actor *a);

#endif
