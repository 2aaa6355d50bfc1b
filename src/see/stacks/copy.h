/* SPDX-License-Identifier: Apache-2.0 */
/* The stacks of threads as they were copied, before anything is made of them. */
#ifndef SEE_STACKS_COPY_H
#define SEE_STACKS_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/registers.h"
#include "see/stacks/maps.h"

/* How much of a stack is copied: from a little below its pointer (the red zone of the x86-64 ABI)
 * upwards. Real ones are a few KiB deep; with many threads the limit is lower, so that all of them
 * together fit 128 MiB. */
#define COPY_BYTES_MAX	(256u << 10)
#define COPY_BYTES_MANY (64u << 10)
#define COPY_MANY	256
#define COPY_BELOW	128

/* One process the stacks of which are wanted. Owns dirfd and what is in maps. */
struct copied_process {
	struct mappings maps;
	uint32_t row;  /* of snapshot.processes */
	uint32_t pid;  /* in our pid namespace */
	uint32_t tid;  /* that of dirfd; 0 not opened yet */
	uint32_t more; /* threads beyond the limit */
	int dirfd;     /* /proc/TID of a living thread of it: its first one may have ended */
	int err;       /* -errno: why it, or some of its threads, could not be read */
};

/* One thread. Owns bytes. */
struct copied_thread {
	struct thread_registers at; /* the moment of the copy */
	uint8_t *bytes;
	uint64_t low;	  /* the address of bytes[0] */
	size_t len;	  /* 0: nothing could be copied */
	uint32_t process; /* row of copied.processes */
	bool torn;	  /* it ran while it was copied, or may have */
	bool gone;	  /* it ended meanwhile */
	bool late;	  /* more was read for unwinding, after the copy */
	bool unstopped;	  /* it did not stop in time */
};

struct copied {
	SNAPSHOT_ARRAY(struct copied_process) processes;
	SNAPSHOT_ARRAY(struct copied_thread) threads;
};

void copied_finish(struct copied *c);

/* Opens the processes (rows of s->processes) that have a pid. 0 or -ENOMEM. */
int copied_begin(struct copied *c, const struct snapshot *s, const uint32_t *processes, size_t n);

/* The row of c->processes with this pid, ROW_NONE. */
uint32_t copied_find(const struct copied *c, uint32_t pid);

/* Reads what the process has mapped, by one of its threads; once. 0; -ESRCH when that thread has
 * ended (another one may do); else p->err, which it sets. */
int copied_open(struct copied_process *p, uint32_t tid);

/* Copies the stack that t->at points into, at most `most` bytes. A thread that is not there any
 * more gets `gone`; why nothing could be copied stands in the process' err. 0 or -ENOMEM. */
int copied_read(struct copied *c, struct copied_thread *t, size_t most);

/* Reads `len` bytes of a process' memory. How many could be read, from the first on; -errno. */
long copied_read_memory(uint32_t tid, uint64_t address, void *ret_bytes, size_t len);

#endif
