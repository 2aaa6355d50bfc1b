// SPDX-License-Identifier: Apache-2.0
/* An array where the inodes lie close together, a map where not. */
#include "see/look/inodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How many numbers per socket the array may span. */
#define SPAN_MAX 16

_Static_assert(MAP_NONE == ROW_NONE, "what the map does not have is no row");

void inodes_finish(struct inodes *x)
{
	free(x->rows);
	map_finish(&x->map);
	*x = (struct inodes){ 0 };
}

void inodes_count(struct inodes *x, uint32_t inode)
{
	if (x->n == 0 || inode < x->least)
		x->least = inode;
	if (x->n == 0 || inode > x->most)
		x->most = inode;
	x->n++;
}

int inodes_make_room(struct inodes *x)
{
	size_t span = (size_t)(x->most - x->least) + 1;

	if (x->n == 0 || span / SPAN_MAX > x->n)
		return map_reserve(&x->map, x->n);
	x->rows = malloc(span * sizeof(*x->rows));
	if (!x->rows)
		return -ENOMEM;
	memset(x->rows, 0xff, span * sizeof(*x->rows));
	return 0;
}

int inodes_put(struct inodes *x, uint32_t inode, uint32_t row, uint32_t *ret_old)
{
	if (!x->rows)
		return map_put(&x->map, inode, row, ret_old);
	if (ret_old)
		*ret_old = x->rows[inode - x->least];
	x->rows[inode - x->least] = row;
	return 0;
}
