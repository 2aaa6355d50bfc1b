/* SPDX-License-Identifier: Apache-2.0 */
/* Where do the processes that share a connection come from? */
#ifndef SEE_PROCS_ANCESTORS_H
#define SEE_PROCS_ANCESTORS_H

#include "model/snapshot.h"

/* Reads the parents, and theirs, of the rows of s->processes that procs_describe() was at into
 * s->ancestors: each once, those that are such rows themselves not at all. At most 512 are read,
 * and no more than KIN_MAX above one process. Whoever ends meanwhile is missing. Everybody may read
 * this. 0, -errno when /proc cannot be opened, or -ENOMEM. */
int procs_find_ancestors(struct snapshot *s);

#endif
