// SPDX-License-Identifier: Apache-2.0
/* Walking up from a process. */
#include "model/kin.h"

#include "base/buf.h"
#include "model/snapshot.h"

/* How many steps down a line of descent is spelled out. */
#define STEPS_MAX 3

/* Finds who has this pid, and his parent. False when nobody knows him. */
static bool find(const struct snapshot *s, uint32_t pid, struct kin *ret, uint32_t *ret_ppid)
{
	for (uint32_t i = 0; i < s->processes.n; i++) {
		const struct process *p = snapshot_process(s, i);

		/* Of one that holds only listeners nothing but its name was read. */
		if (p->pid != pid || (p->ppid == 0 && p->start_ns == 0))
			continue;
		*ret = (struct kin){ .comm = p->comm, .pid = pid, .process = i };
		*ret_ppid = p->ppid;
		return true;
	}
	for (size_t i = 0; i < s->ancestors.n; i++) {
		const struct ancestor *a = &s->ancestors.items[i];

		if (a->pid != pid)
			continue;
		*ret = (struct kin){ .comm = a->comm, .pid = pid, .process = ROW_NONE };
		*ret_ppid = a->ppid;
		return true;
	}
	return false;
}

size_t kin_chain(const struct snapshot *s, const struct process *p, struct kin *ret, size_t max)
{
	uint32_t pid = p->ppid;
	size_t n = 0;

	if (max > KIN_MAX)
		max = KIN_MAX;
	while (n < max && pid && find(s, pid, &ret[n], &pid))
		n++;
	return n;
}

static bool holds(const struct snapshot *s, uint32_t conn, uint32_t process)
{
	const struct conn *c = snapshot_conn(s, conn);

	for (uint32_t i = 0; i < c->n_holders; i++)
		if (s->holders.items[c->holders + i].process == process)
			return true;
	return false;
}

/* The nearest of n ancestors that holds it, n when none does. */
static size_t nearest_holder(const struct snapshot *s, const struct kin *chain, size_t n,
			     uint32_t conn)
{
	for (size_t i = 0; i < n; i++)
		if (chain[i].process != ROW_NONE && holds(s, conn, chain[i].process))
			return i;
	return n;
}

bool kin_has_heirloom(const struct snapshot *s, const struct process *p, uint32_t conn)
{
	struct kin chain[KIN_MAX];
	size_t n = kin_chain(s, p, chain, KIN_MAX);

	return nearest_holder(s, chain, n, conn) < n;
}

void kin_put_descent(struct buf *b, const struct snapshot *s, const struct process *p,
		     uint32_t conn)
{
	struct kin chain[KIN_MAX];
	size_t n = kin_chain(s, p, chain, KIN_MAX), steps;

	if (n == 0)
		return;
	steps = nearest_holder(s, chain, n, conn) + 1;
	if (steps > n || steps > STEPS_MAX)
		steps = 1;
	for (size_t i = 0; i < steps; i++) {
		buf_puts(b, i ? ", which is one of " : "child of ");
		buf_put_safe(b, chain[i].comm ? chain[i].comm : "?");
		buf_printf(b, "[%u]", chain[i].pid);
	}
}
