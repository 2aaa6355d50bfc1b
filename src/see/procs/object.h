/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread's call waits on: the file behind its descriptor, the files of its poll set. */
#ifndef SEE_PROCS_OBJECT_H
#define SEE_PROCS_OBJECT_H

#include "see/procs/call.h"
#include "see/procs/threads.h"

/* What is known of one epoll set of the process. */
struct object_epoll {
	uint32_t tid; /* through whose table it was read */
	int32_t fd;
	uint8_t with_listener, with_stuck; /* enum fact */
};

/* The process whose threads are read. *shape*: borrows s, find_data and the directory
 * /proc/PID/task at task_fd; pidfd is -1 until something is borrowed, then owned, or another
 * -errno. */
struct objects {
	struct snapshot *s;
	procs_find_conn *find;
	void *find_data;
	uint32_t pid;
	int proc_fd;
	int task_fd;
	int pidfd;
	uint32_t links;	  /* of sets read so far: bounded for a process */
	bool skip_epolls; /* they may be too large to be read */
	SNAPSHOT_ARRAY(struct object_epoll) epolls;
};

void objects_finish(struct objects *o);

/* Fills the columns object, object_text, conn, fd, fds, with_* and timeout_ms of t from what its
 * call waits for. What cannot be read is OBJECT_UNKNOWN. 0 or -ENOMEM. */
int objects_take(struct objects *o, const struct procs_wait *w, struct thread *t);

#endif
