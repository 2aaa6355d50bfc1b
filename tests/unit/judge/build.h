/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots made by hand: one namespace, looked at as root with BPF, until a test says otherwise.
 */
#ifndef UNIT_JUDGE_BUILD_H
#define UNIT_JUDGE_BUILD_H

#include <sys/epoll.h>

#include "judge/judge.h"
#include "model/snapshot.h"

#define BUILD_PORT_LOW	32768
#define BUILD_PORT_HIGH 60999

/* "10.0.0.1:80" or "[fd00::1]:80"; "*:80" is 0.0.0.0. */
struct endpoint build_endpoint(const char *text);

/* A snapshot with one namespace of its own and every means to look. */
void build_init(struct snapshot *s);

/* A running process of its own program `comm` that has 100 of 1,024 descriptors open. */
uint32_t build_process(struct snapshot *s, const char *comm, uint32_t pid);

/* One more thread of the process that was given the last one: its pid's first, then pid + 1 and so
 * on; asleep in that call in every sample, doing nothing else, and known to be all there are. */
struct thread *build_thread(struct snapshot *s, uint32_t process, enum thread_call call,
			    enum thread_object object);

/* A connection as a dump shows it, seen twice, idle for `age_ms` in every respect, after some data
 * both ways; nobody holds it. Without an inode for states that have none. */
uint32_t build_conn(struct snapshot *s, enum tcp_state state, const char *local, const char *remote,
		    uint32_t age_ms);

/* A LISTEN row with so many waiting in a queue of so many places. */
uint32_t build_listener(struct snapshot *s, const char *local, uint32_t waiting, uint32_t backlog);

/* The process holds the connection, of all held ones the last; nothing watches it yet. Holders of
 * one connection must be added one after the other. */
struct watch *build_hold(struct snapshot *s, uint32_t conn, uint32_t process);

/* One more registration of the file that was held last. */
struct watch_reg *build_reg(struct snapshot *s, uint32_t events, enum fact ready,
			    uint32_t sleepers);

/* The most common case in one call: a connection to 10.2.0.9:443 in CLOSE_WAIT with only its FIN
 * unread, held by `process`. */
uint32_t build_unread(struct snapshot *s, uint32_t process, uint16_t port, uint32_t age_ms);

/* Judges with the default age limit. */
void build_judge(const struct snapshot *s, struct judgement *ret_j);

#endif
