/* SPDX-License-Identifier: Apache-2.0 */
/* Where a scene plays: a network namespace of its own, processes that cannot outlive the lab, and
 * the other host at the end of a wire. */
#ifndef LAB_STAGE_H
#define LAB_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct actor;
struct scene;

#define STAGE_ROLE_LEN 16 /* as long as a comm */

/* A process of the scene. */
struct stage_process {
	pid_t pid;
	char role[STAGE_ROLE_LEN];
};

/* *shape*: owns its fds and processes. Fill in the first part, then stage_open(). */
struct stage {
	const struct scene *scene; /* borrows until stage_close() */
	unsigned count;		   /* connections to make */
	int family;		   /* AF_INET or AF_INET6 */
	int log_fd;		   /* the wire prints its segments there; -1 for none */

	uint64_t netns_inode;
	bool has_user_ns; /* for want of privilege, a user namespace was made too */
	int signal_fd; /* readable when the lab has to end: SIGINT, SIGTERM, SIGHUP, or SIGCHLD */
	int wire_fd;   /* orders to the other host (wire/order.h); -1 before it is there */
	struct {
		struct stage_process *items;
		size_t n, cap;
	} processes;
	char error[256]; /* after a failure: what was tried: why it failed; what to do */
};

/* One process to be started. */
struct stage_part {
	const char *role; /* its comm */
	void (*play)(struct actor *actor);
	unsigned count; /* its share of the connections */
	unsigned index; /* which of several such processes */
	int wire_fd;	/* -1: the orders' end; else what to have in its place (the wire's own) */
	int log_fd;	/* an fd to keep, or -1 */
};

/* Moves the calling process, for good, into a new network namespace with lo up (and a user
 * namespace, as its root, where the caller may not make one otherwise), blocks the signals of
 * signal_fd, and starts the other host. The process must have one thread. 0, or -errno with
 * stage->error set. Whatever it returns, stage_close() must follow. */
int stage_open(struct stage *stage);

/* Kills every process of the stage, and whatever they left to the calling process, waits until they
 * are gone, and frees what the stage owns. */
void stage_close(struct stage *stage);

/* Starts a process and waits until it says that it is ready. 0, or -errno with stage->error set;
 * -EINTR when a signal to end came first. */
int stage_cast(struct stage *stage, const struct stage_part *part);

/* Starts as many processes of one kind as the stage's count needs, one after the other, each with a
 * share of at most share_max (less where the limit on descriptors is low). As stage_cast(). */
int stage_cast_all(struct stage *stage, const char *role, void (*play)(struct actor *actor),
		   unsigned share_max);

/* Gives the other host an order. 0, or -errno with stage->error set. */
int stage_tell(struct stage *stage, unsigned verb, uint32_t leg, uint32_t value);

/* Writes a setting of this namespace, e.g. ("net/ipv4/tcp_fin_timeout", "120"). 0, or -errno with
 * stage->error set. */
int stage_set(struct stage *stage, const char *path, const char *value);

/* Waits until every process but the other host's is stopped by a signal. 0, or -errno with
 * stage->error set. */
int stage_await_stop(struct stage *stage);

/* Adds to stage->error what can be done about it. Returns err. */
int stage_advise(struct stage *stage, int err, const char *what_to_do);

/* Notes what failed in stage->error, with the errno's text. Returns err. */
__attribute__((format(printf, 3, 4))) int stage_fail(struct stage *stage, int err,
						     const char *format, ...);

#endif
