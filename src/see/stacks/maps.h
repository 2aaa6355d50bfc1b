/* SPDX-License-Identifier: Apache-2.0 */
/* What a process has mapped where. */
#ifndef SEE_STACKS_MAPS_H
#define SEE_STACKS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* One line of /proc/PID/maps. */
struct mapping {
	uint64_t start, end; /* end is the first address behind */
	uint64_t offset;     /* in the file */
	uint64_t inode;	     /* 0: no file */
	const char *path;    /* as its process sees it, "[vdso]", "[stack]" …; "" for none */
	uint32_t device_major, device_minor;
	bool is_executable;
	bool is_deleted; /* the file has no name any more; it is taken off the path */
};

/* *shape*: sorted by address. Owns the text that the paths lie in. */
struct mappings {
	char *text;
	SNAPSHOT_ARRAY(struct mapping) items;
};

/* Takes `text` (len bytes and a NUL behind them, from malloc(); freed in any case) apart. Lines
 * that make no sense, or go backwards, are left out. 0 or -ENOMEM. Finish *m in both cases. */
int mappings_parse(char *text, size_t len, struct mappings *m);

/* Reads `maps` below the directory dirfd. 0; -EPERM, -EACCES, -ESRCH, -ENOMEM … */
int mappings_read(int dirfd, struct mappings *m);

void mappings_finish(struct mappings *m);

/* The mapping that holds the address, NULL when none does. */
const struct mapping *mappings_find(const struct mappings *m, uint64_t address);

#endif
