/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds which socket, read from /proc/PID/fd: what is left where BPF may not look. */
#ifndef SEE_PROCS_WALK_H
#define SEE_PROCS_WALK_H

#include "base/hash.h"
#include "model/files.h"

/* What to look for. Keys are socket inodes; values are not looked at. Both borrowed. */
struct procs_wanted {
	const struct map *inodes;
	/* Every TCP inode that any dump of any namespace listed, healthy ones too; NULL: do not
	 * look for ghosts. */
	const struct map *known;
};

/* Reads the open files of every process and adds to *t a row for each that is a wanted socket
 * (netns 0, state TCP_STATE_UNKNOWN, socket ROW_NONE), its process, and how it is watched: the
 * masks of every epoll set that a process holding a wanted socket has. Who sleeps there, and what
 * is ready, /proc does not tell: sleepers VALUE_UNKNOWN, ready FACT_UNKNOWN, sleepers_known 0.
 * epoll names the set by the process and fd it was first seen at. t->denied_processes and
 * t->all_files are set.
 *
 * With wanted->known, TCP sockets that no dump lists become rows of state TCP_STATE_CLOSED: dead
 * ones (facts F76), but also every new, merely bound or refused one, which real programs have.
 * /proc cannot tell them apart: link, fdinfo and system.sockprotoname are the same, and the inode
 * has no times (measured on 6.18). What could: sock_diag with state bit 13 lists bound ones from
 * Linux 6.8; and a borrowed descriptor, by getsockopt(TCP_INFO): tcpi_segs_in is 0 for all of those
 * and not for a socket that once was connected. So FILE_GHOST is never set here, and a verdict on
 * such a row can only be `possible`.
 *
 * Not seen: files of a thread that has an fd table of its own, files in flight over a unix socket,
 * and io_uring's fixed files. Needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH for the processes of
 * others; without them these are counted as denied. Costs some microseconds a file. 0 or -errno
 * (-ENOMEM, -EMFILE, or /proc cannot be read); *t then holds a part. */
int procs_walk_files(const struct procs_wanted *wanted, struct file_table *t);

#endif
