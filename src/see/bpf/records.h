/* SPDX-License-Identifier: Apache-2.0 */
/* The iterator's records made into rows of a file table. */
#ifndef SEE_BPF_RECORDS_H
#define SEE_BPF_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "model/files.h"

/* Where a process's rows stand. */
struct record_range {
	uint32_t first, n;
};

/* *shape*: what is needed from one record to the next. Zero it, set table, process to ROW_NONE, and
 * what else is wanted of the first six. Owns the map and the ranges. */
struct records {
	struct file_table *table; /* borrows */
	uint32_t jiffies_per_s;	  /* 0 unknown: then keepalive times are VALUE_UNKNOWN, and there
				     are no clocks */
	uint32_t jiffies;	  /* lower 32 bits of those at start_ns */
	uint64_t start_ns;	  /* CLOCK_BOOTTIME when the pass began */
	bool addresses; /* keep addresses and queues also of states that sock_diag dumps */
	bool again;	/* a further look: only watches are taken, merged into the rows there are */
	uint32_t process;    /* the process the rows now belong to, ROW_NONE */
	uint32_t first_peer; /* where this process's peers begin */
	uint32_t first_row;  /* where this process's rows begin */
	uint32_t listener;   /* inode of the LISTEN socket whose children come, 0 none */
	uint32_t listener_netns;
	uint32_t readers;     /* sockets that may have unread input: a further look is worth it */
	struct map processes; /* first pid namespace's tgid → row of table->processes */
	SNAPSHOT_ARRAY(struct record_range) ranges; /* by process row */
};

void records_finish(struct records *r);

/* Takes the whole records in buf. Returns how many bytes were used (a record may be cut at the end:
 * give the rest again with more), -ERR_MALFORMED when a record's length or kind makes no sense,
 * -ENOMEM. The records are in struct evidence_*'s shapes (see/bpf/evidence.h). */
long records_take(struct records *r, const void *buf, size_t len);

/* After the last look: a thread seen asleep on an epoll set serves every socket in it, also those
 * that were not looked at again. 0 or -ENOMEM. */
int records_settle(struct records *r);

/* How many jiffies make a second, from both clocks read at one moment; 0 when it cannot be told (so
 * near five minutes after boot: jiffies start 300 s before they wrap at 32 bits,
 * include/linux/jiffies.h). */
uint32_t records_jiffies_per_s(uint64_t jiffies, uint64_t mono_ns);

#endif
