/* SPDX-License-Identifier: Apache-2.0 */
/* Which process came from which: whoever holds a copy of a descriptor has it from a parent. */
#ifndef MODEL_KIN_H
#define MODEL_KIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct process;
struct snapshot;

/* *shape*: borrows the snapshot's texts. */
struct kin {
	const char *comm; /* NULL unknown */
	uint32_t pid;
	uint32_t process; /* row of snapshot.processes, ROW_NONE for one that holds nothing */
};

/* How far up it is ever looked. */
#define KIN_MAX 16

/* The ancestors of p, parent first, as far as they are known: at most max, and KIN_MAX. The last
 * one is pid 1 (or the subreaper) where all are. Returns how many. */
size_t kin_chain(const struct snapshot *s, const struct process *p, struct kin *ret, size_t max);

/* Whether an ancestor of p holds conn row `conn`: then p has its copy from there. */
bool kin_has_heirloom(const struct snapshot *s, const struct process *p, uint32_t conn);

/* Adds "child of server[10]", "child of sh[12], which is one of server[10]": up to the first
 * ancestor that is among the holders of conn row `conn`; where none is, its parent alone. Adds
 * nothing where the parent is not known. Names are made safe. */
void kin_put_descent(struct buf *b, const struct snapshot *s, const struct process *p,
		     uint32_t conn);

#endif
