/* SPDX-License-Identifier: Apache-2.0 */
/* Which network namespaces there are, and by what they can be opened. */
#ifndef SEE_PROCS_NETNS_H
#define SEE_PROCS_NETNS_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"
#include "model/sockstat.h"

struct procs_netns {
	uint64_t inode;
	char *path;   /* a bind mount of it, where no process in it was seen; else NULL; owned */
	uint32_t pid; /* a process in it; 0 none seen */
	uint8_t own;  /* the calling thread's */
};

/* All zero is an empty list. Owns its items. */
struct procs_netns_list {
	SNAPSHOT_ARRAY(struct procs_netns) items;
	uint32_t denied; /* processes whose namespace could not be read: they may be in others */
};

void procs_netns_list_finish(struct procs_netns_list *list);

/* Lists every network namespace that a process's first thread is in or that is mounted in
 * /run/netns or /run/docker/netns, each once; the calling thread's own is always the first. Not
 * found are those held open by nothing but a file descriptor, or in which only a later thread of a
 * process is: the sockets in them are seen by BPF alone.
 *
 * Needs ptrace access to each process (else it is counted in `denied`: even root can be refused pid
 * 1). Costs a readlink a process. 0, or -errno when /proc itself cannot be read (the own namespace
 * may then still be in the list) or for -ENOMEM. */
int procs_list_netns(struct procs_netns_list *ret);

/* Lists the calling thread's own namespace alone. 0 or -errno. */
int procs_list_own_netns(struct procs_netns_list *ret);

/* Opens one for setns(). The fd, which the caller owns; -ESRCH when the process has gone elsewhere
 * or the mount is another namespace by now; or another -errno. */
int procs_open_netns(const struct procs_netns *n);

/* Reads the socket counts of the network namespace that the process is in, without entering it: a
 * few microseconds. 0, or -errno (*ret is then all unknown). */
int procs_netns_sockstat(uint32_t pid, struct sockstat *ret);

#endif
