/* SPDX-License-Identifier: Apache-2.0 */
/* From a socket's inode to a row.
 *
 * The kernel counts inode numbers up, so those of the sockets of a host lie close together: then a
 * plain array serves, which is several times faster than a hash map and smaller; else the map does.
 */
#ifndef SEE_LOOK_INODES_H
#define SEE_LOOK_INODES_H

#include "base/hash.h"
#include "model/snapshot.h"

/* *shape*: zero it, count what will be put, then make room. Owns rows and map. */
struct inodes {
	uint32_t *rows; /* rows[inode - least]; NULL when the map serves */
	uint32_t least, most;
	uint32_t n;
	struct map map;
};

void inodes_finish(struct inodes *x);

/* Says that this inode (not 0) will be put. */
void inodes_count(struct inodes *x, uint32_t inode);

/* After the counting. 0 or -ENOMEM. */
int inodes_make_room(struct inodes *x);

/* Sets a counted inode's row; *ret_old (may be NULL) is the one it had, ROW_NONE when none. 0 or
 * -ENOMEM. */
int inodes_put(struct inodes *x, uint32_t inode, uint32_t row, uint32_t *ret_old);

/* Its row, ROW_NONE when it has none. */
static inline uint32_t inodes_find(const struct inodes *x, uint32_t inode)
{
	if (x->rows)
		return inode >= x->least && inode <= x->most ? x->rows[inode - x->least] : ROW_NONE;
	/* MAP_NONE and ROW_NONE are one. */
	return map_get(&x->map, inode);
}

#endif
