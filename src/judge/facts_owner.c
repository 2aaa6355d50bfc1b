// SPDX-License-Identifier: Apache-2.0
/* Evidence about who holds a connection, who watches it, and what stands beside it. */
#include "judge/facts.h"

#include "model/text.h"

/* How many holders are named one by one. */
#define NAMED_MAX 5

static const struct {
	const char *word;
	const char *text;
} epoll_words[WATCHED_MAX] = {
	[WATCHED_NOTHING] = { "none", "In none of the program's epoll sets." },
	[WATCHED_MASKED] = { "not_for_reading",
			     "In an epoll set, but without EPOLLIN or EPOLLRDHUP." },
	[WATCHED_SPENT] = { "oneshot_spent",
			    "In an epoll set as EPOLLONESHOT: the event was taken and the socket "
			    "not re-armed." },
	[WATCHED_LEVEL_ALONE] = { "ready",
				  "In an epoll set for reading, ready there, and no thread is "
				  "asleep on that set." },
	[WATCHED_LEVEL_UNTOLD] = { "reading", "In an epoll set for reading (level-triggered); who "
					      "waits on it could not be seen." },
	[WATCHED_LEVEL_OTHER] = { "reading", "In an epoll set for reading (level-triggered)." },
	[WATCHED_EDGE_ALONE] = { "edge_ready",
				 "In an epoll set (edge-triggered), ready there, and no thread is "
				 "asleep on that set." },
	[WATCHED_EDGE_GONE] = { "edge_taken",
				"In an epoll set (edge-triggered); its event was taken, and no "
				"thread is asleep on that set." },
	[WATCHED_EDGE_TAKEN] = { "edge_taken",
				 "In an epoll set (edge-triggered); its event was taken, and a "
				 "thread sleeps on that set." },
	[WATCHED_EDGE_UNTOLD] = { "edge", "In an epoll set (edge-triggered); who waits on it could "
					  "not be seen." },
	[WATCHED_EDGE_OTHER] = { "edge_ready",
				 "In an epoll set (edge-triggered), about to be taken." },
};

void fact_epoll(struct account *a)
{
	struct buf b = { 0 };
	unsigned int watched = a->evidence.fact[EV_WATCHED];

	if (watched == WATCHED_UNKNOWN) {
		buf_puts(&b, "How the program watches ");
		buf_puts(&b, by_count(a, "it", "them"));
		buf_puts(&b, " could not be seen.");
		account_fact_word(a, "epoll", "unknown", &b);
		return;
	}
	buf_puts(&b, epoll_words[watched].text);
	if (a->evidence.fact[EV_ONCE] == ONCE_YES && watched >= WATCHED_EDGE_ALONE)
		buf_puts(&b, " Its runtime registers every socket so: that tells nothing.");
	else if (a->evidence.fact[EV_ONCE] == ONCE_MAYBE)
		buf_puts(&b, " The mask looks like a runtime that registers every socket so.");
	account_fact_word(a, "epoll", epoll_words[watched].word, &b);
}

void fact_waiters(struct account *a)
{
	static const char *const words[DIRECT_MAX] = {
		[DIRECT_NONE] = "none",
		[DIRECT_READER] = "reader",
		[DIRECT_DEAF] = "not_for_reading",
		[DIRECT_URING] = "io_uring",
	};
	static const char *const texts[DIRECT_MAX] = {
		[DIRECT_NONE] = "No thread is asleep on ",
		[DIRECT_READER] = "A thread waits to read from ",
		[DIRECT_DEAF] = "A thread sleeps in poll() without asking for input on ",
		[DIRECT_URING] = "An io_uring request waits on ",
	};
	struct buf b = { 0 };
	unsigned int direct = a->evidence.fact[EV_DIRECT];

	if (direct == DIRECT_UNKNOWN)
		return;
	buf_puts(&b, texts[direct]);
	buf_puts(&b, by_count(a, "the socket itself.", "the sockets themselves."));
	account_fact_word(a, "waiters", words[direct], &b);
}

void fact_holders(struct account *a)
{
	struct buf b = { 0 };
	const struct conn *c = a->sample;

	if (a->shared == 0)
		return;
	put_counted(&b, c->n_holders, "descriptor refers", "descriptors refer");
	buf_puts(&b, by_count(a, " to it: ", " to the oldest: "));
	for (uint32_t i = 0; i < c->n_holders && i < NAMED_MAX; i++) {
		const struct holder *h = &a->s->holders.items[c->holders + i];

		buf_puts(&b, i ? ", " : "");
		put_process(&b, snapshot_process(a->s, h->process));
		buf_printf(&b, " fd %d", h->fd);
		put_descent(&b, a, h->process);
	}
	buf_puts(&b, c->n_holders > NAMED_MAX ? ", … ." : ".");
	account_fact_number(a, "holders", c->n_holders, &b);
}

void fact_born(struct account *a)
{
	struct buf b = { 0 };

	if (a->evidence.fact[EV_LATE_HOLDER] < LATE_MAYBE || !a->owner)
		return;
	put_owner(&b, a);
	put_descent(&b, a, a->process);
	buf_puts(&b, " was started ");
	text_put_duration(&b, a->owner->age_ms);
	buf_puts(&b, " ago, after the last data moved.");
	account_fact_number(a, "owner_age_ms", a->owner->age_ms, &b);
}

void fact_halted(struct account *a)
{
	struct buf b = { 0 };
	const struct process *p = a->owner;

	if (!p || a->evidence.fact[EV_HALTED] < HALTED_DEEP)
		return;
	put_owner(&b, a);
	if (p->frozen == FACT_YES)
		buf_puts(&b, "'s cgroup is frozen.");
	else if (p->state == 't')
		buf_puts(&b, " is held by a debugger (state t).");
	else if (p->state == 'T')
		buf_puts(&b, " is stopped by a signal (state T).");
	else
		buf_puts(&b, ": every thread is in uninterruptible sleep (state D).");
	account_fact_word(a, "owner_runs", "no", &b);
}

void fact_accept_queue(struct account *a)
{
	struct buf b = { 0 };

	if (!a->listener)
		return;
	buf_puts(&b, "The accept queue of ");
	put_endpoint(&b, &a->listener->local);
	buf_puts(&b, " holds ");
	text_put_count(&b, a->listener->rqueue);
	buf_puts(&b, " and has room for ");
	text_put_count(&b, a->listener->wqueue);
	if (a->queued == a->f->count)
		buf_puts(&b, by_count(a, "; it was seen there", "; they were seen there"));
	buf_putc(&b, '.');
	account_fact_number(a, "accept_queue", a->listener->rqueue, &b);
}

void fact_file(struct account *a)
{
	struct buf b = { 0 };

	if (a->orphans == a->f->count) {
		buf_puts(&b, by_count(a, "No descriptor refers to it.",
				      "No descriptor refers to them."));
		account_fact_word(a, "file", "none", &b);
	} else if (a->orphans == 0 && a->sample->inode) {
		buf_puts(&b, account_is_many(a) ? "Files refer to them, the oldest's inode is "
						: "A file refers to it, inode ");
		buf_printf(&b, "%u.", a->sample->inode);
		account_fact_number(a, "inode", a->sample->inode, &b);
	}
}

void fact_visible(struct account *a)
{
	struct buf b = { 0 };
	uint32_t denied = a->s->denied_processes;

	if (a->s->can.all_files == FACT_YES) {
		buf_puts(&b,
			 "The files of every process were seen: it is in flight over a unix "
			 "socket, registered in an io_uring, or the kernel's own (NFS, iSCSI).");
		account_fact_word(a, "all_files_seen", "yes", &b);
		return;
	}
	if (denied) {
		put_counted(&b, denied, "process", "processes");
		buf_puts(&b, " could not be looked into.");
	} else {
		buf_puts(&b, "Not every process could be looked into.");
	}
	if (a->sample->has & CONN_HAS_DIAG)
		buf_printf(&b, " The socket belongs to uid %u.", a->sample->uid);
	account_fact_word(a, "all_files_seen", "no", &b);
}

static void put_use(struct buf *b, const struct account *a)
{
	if (a->siblings_lately == VALUE_UNKNOWN)
		return;
	if (a->siblings_lately == 0)
		buf_puts(b, a->siblings == 1 ? ", not used" : ", none used");
	else if (a->siblings_lately == a->siblings)
		buf_puts(b, a->siblings == 1 ? ", used" : ", all used");
	else
		buf_printf(b, ", %u used", a->siblings_lately);
	buf_printf(b, " in the last %u s", PEER_LATELY_S);
}

void fact_siblings(struct account *a)
{
	struct buf b = { 0 };

	if (a->siblings == VALUE_UNKNOWN)
		return;
	if (a->siblings == 0) {
		buf_puts(&b, "No ESTABLISHED connection of the same program to the same peer "
			     "stands beside ");
		buf_puts(&b, by_count(a, "it.", "them."));
	} else {
		put_counted(&b, a->siblings, "ESTABLISHED connection", "ESTABLISHED connections");
		buf_puts(&b, " of the same program to the same peer");
		put_use(&b, a);
		buf_puts(&b, ": a pool that keeps what the peer has dropped, or responses that are "
			     "never closed.");
	}
	account_fact_number(a, "established_to_peer", a->siblings, &b);
	if (a->siblings == 0 || a->siblings_lately == VALUE_UNKNOWN)
		return;
	buf_printf(&b, "Of these, so many had data in the last %u s.", PEER_LATELY_S);
	account_fact_number(a, "established_in_use", a->siblings_lately, &b);
}

void fact_leg(struct account *a)
{
	struct buf b = { 0 };

	if (!a->related)
		return;
	if (a->f->state == TCP_STATE_FIN_WAIT_2)
		buf_puts(&b, by_count(a, "It passed on the end of file of ",
				      "The oldest passed on the end of file of "));
	else
		buf_puts(&b, by_count(a, "It was passed on to ", "The oldest was passed on to "));
	put_endpoint(&b, &a->related->remote);
	buf_puts(&b, " within a quarter of a second");
	if (a->evidence.fact[EV_LEG] == LEG_BYTES)
		buf_puts(&b, ", and both carried the same bytes");
	buf_printf(&b, "; that connection is in %s.",
		   tcp_state_name((enum tcp_state)a->related->state));
	account_fact_word(a, "other_leg", tcp_state_name((enum tcp_state)a->related->state), &b);
}

void fact_culprit(struct account *a)
{
	struct buf b = { 0 };

	if (!a->related)
		return;
	buf_puts(&b, "Its connection to ");
	put_endpoint(&b, &a->related->remote);
	buf_puts(&b, " has ");
	put_bytes(&b, a->related->wqueue);
	buf_puts(&b, " waiting that the peer does not take.");
	account_fact_number(a, "blocked_bytes", a->related->wqueue, &b);
}
