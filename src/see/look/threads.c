// SPDX-License-Identifier: Apache-2.0
/* Whose threads are looked at: where what they do can decide why a connection is still there. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "see/look/inodes.h"
#include "see/look/look_private.h"
#include "see/procs/threads.h"

/* Threads read in one look, all processes together: 20 µs each. */
#define THREADS_MAX 8192

/* Threads marked before it is known whether they will be read: 4 µs each. */
#define EARLY_MAX 2048

#define NS_PER_MS 1000000ull

/* From a socket that a thread waits on to its row; made only when a thread waits on one. */
struct rows {
	const struct snapshot *s;
	struct inodes inodes;
	bool made;
	bool failed;
};

static void make_rows(struct rows *r)
{
	const struct snapshot *s = r->s;
	int err;

	r->made = true;
	for (size_t i = 0; i < s->conns.n; i++)
		if (s->conns.items[i].inode)
			inodes_count(&r->inodes, s->conns.items[i].inode);
	err = inodes_make_room(&r->inodes);
	for (uint32_t i = 0; !err && i < s->conns.n; i++)
		if (s->conns.items[i].inode)
			err = inodes_put(&r->inodes, s->conns.items[i].inode, i, NULL);
	r->failed = err;
}

static uint32_t find_row(void *data, uint32_t inode)
{
	struct rows *r = data;

	if (!r->made)
		make_rows(r);
	return r->failed || inode == 0 ? ROW_NONE : inodes_find(&r->inodes, inode);
}

/* What hangs on the threads of one process. */
struct stake {
	uint32_t unwatched; /* sockets that nothing looks at: one thread each would have to */
	bool any;	    /* others */
	bool wanted;
};

static void put_stake(const struct snapshot *s, struct stake *stakes, const struct conn *c)
{
	for (uint32_t i = 0; i < c->n_holders; i++) {
		const struct holder *h = &s->holders.items[c->holders + i];
		const struct watch *w = h->watch == ROW_NONE ? NULL : &s->watches.items[h->watch];

		if (c->state == TCP_STATE_CLOSE_WAIT && c->rqueue > 0 && w && w->n_regs == 0)
			stakes[h->process].unwatched++;
		else
			stakes[h->process].any = true;
	}
}

static bool surely_younger(const struct conn *c, uint32_t ms)
{
	return c->has & CONN_HAS_INFO && c->last_data_recv_ms < ms;
}

/* Connections that nobody accepted: it is for the threads of whoever listens there. */
static void put_listeners(const struct snapshot *s, struct stake *stakes, const struct map *waiting)
{
	if (waiting->n == 0)
		return;
	for (size_t i = 0; i < s->conns.n; i++) {
		const struct conn *c = &s->conns.items[i];

		if (c->state == TCP_STATE_LISTEN && map_get(waiting, look_port_key(c)) != MAP_NONE)
			put_stake(s, stakes, c);
	}
}

static int put_stakes(const struct look *l, struct stake *stakes)
{
	const struct snapshot *s = l->snapshot;
	_map_ struct map waiting = { 0 };

	for (uint32_t i = 0; i < s->conns.n; i++) {
		const struct conn *c = &s->conns.items[i];
		bool held = c->inode && c->n_holders;

		if (surely_younger(c, l->options->older_than_ms))
			continue;
		if (c->state == TCP_STATE_CLOSE_WAIT && !c->inode &&
		    map_put(&waiting, look_port_key(c), i, NULL))
			return -ENOMEM;
		if ((c->state == TCP_STATE_CLOSE_WAIT && held) ||
		    (c->state == TCP_STATE_FIN_WAIT_2 && held && c->rqueue > 0))
			put_stake(s, stakes, c);
	}
	put_listeners(s, stakes, &waiting);
	return 0;
}

/* With fewer threads than sockets that nothing looks at, not each can have a thread that means to
 * come back to it: then the threads decide nothing. */
static bool decides(const struct stake *stake, const struct process *p)
{
	return stake->any || (stake->unwatched &&
			      (p->threads == VALUE_UNKNOWN || p->threads >= stake->unwatched));
}

/* Those that are to be read and were not marked yet. */
static int mark_wanted(struct snapshot *s, const struct stake *stakes, struct procs_marks *marks,
		       bool *ret_any)
{
	int err = 0;

	*ret_any = false;
	for (uint32_t i = 0; !err && i < s->processes.n; i++) {
		uint32_t pid = snapshot_process(s, i)->pid;

		if (!stakes[i].wanted || marks->items.n >= THREADS_MAX ||
		    map_get(&marks->by_tid, pid) != MAP_NONE)
			continue;
		*ret_any = true;
		err = procs_mark_threads(pid, marks);
	}
	return err;
}

/* Marks whom nobody marked, waits until all marks are old enough, reads. marked_ns: since when the
 * marks there are were made. */
static int read_wanted(struct snapshot *s, const struct stake *stakes, struct procs_marks *marks,
		       uint64_t marked_ns, uint32_t over_ms)
{
	struct rows rows = { .s = s };
	size_t first = s->threads.n;
	bool any_wanted = false, any_new;
	uint64_t now_ns = clock_mono_ns();
	int err;

	for (uint32_t i = 0; i < s->processes.n; i++)
		any_wanted |= stakes[i].wanted;
	if (!any_wanted)
		return 0;
	err = mark_wanted(s, stakes, marks, &any_new);
	if (!err && marks->items.n)
		clock_sleep_until((any_new ? now_ns : marked_ns) + over_ms * NS_PER_MS);
	for (uint32_t i = 0; !err && i < s->processes.n; i++)
		if (stakes[i].wanted && s->threads.n - first < THREADS_MAX)
			err = procs_read_threads(s, i, marks, find_row, &rows);
	inodes_finish(&rows.inodes);
	return err ? err : rows.failed ? -ENOMEM : 0;
}

static bool is_readable(const struct process *p)
{
	return p->pid && p->threads_seen == THREADS_NOT_LOOKED;
}

int look_at_deciding_threads(struct look *l)
{
	struct snapshot *s = l->snapshot;
	_free_ struct stake *stakes = calloc(s->processes.n + 1, sizeof(*stakes));
	uint32_t over_ms = l->options->threads_ms ? l->options->threads_ms : LOOK_THREADS_MS;
	int err = stakes ? put_stakes(l, stakes) : -ENOMEM;

	for (uint32_t i = 0; !err && i < s->processes.n; i++) {
		const struct process *p = snapshot_process(s, i);

		stakes[i].wanted = is_readable(p) && decides(&stakes[i], p);
	}
	return err ? err : read_wanted(s, stakes, &l->marks, l->marked_ns, over_ms);
}

int look_at_threads(struct snapshot *s, const uint32_t *processes, size_t n, uint32_t over_ms)
{
	_free_ struct stake *stakes = calloc(s->processes.n + 1, sizeof(*stakes));
	struct procs_marks marks = { 0 };
	int err;

	if (!stakes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		stakes[processes[i]].wanted = is_readable(snapshot_process(s, processes[i]));
	err = read_wanted(s, stakes, &marks, 0, over_ms);
	procs_marks_finish(&marks);
	return err;
}

void look_mark_threads(void *look, const struct file_table *t)
{
	struct look *l = look;
	uint32_t last = ROW_NONE;

	l->marked_ns = clock_mono_ns();
	for (size_t i = 0; i < t->rows.n && l->marks.items.n < EARLY_MAX; i++) {
		const struct file_row *f = &t->rows.items[i];

		if ((f->state != TCP_STATE_CLOSE_WAIT && f->state != TCP_STATE_FIN_WAIT_2) ||
		    f->process == last)
			continue;
		last = f->process;
		/* Without memory for it, it is marked later, or the look fails there. */
		if (t->processes.items[last].pid &&
		    procs_mark_threads(t->processes.items[last].pid, &l->marks))
			return;
	}
}
