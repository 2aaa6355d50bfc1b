/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who holds each TCP socket of this host, and does anything look at it? One pass over the files of
 * all processes in all namespaces. Reads only; nothing in the kernel changes by it. */
#include "see/bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "see/bpf/evidence.h"
#include "see/bpf/pids.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define AF_INET	      2
#define AF_INET6      10
#define IPPROTO_TCP   6
#define IPPROTO_MPTCP 262

#define STATE_ESTABLISHED 1
#define STATE_FIN_WAIT_2  5
#define STATE_CLOSED	  7
#define STATE_CLOSE_WAIT  8
#define STATE_LISTEN	  10

#define SUBFLOWS_MAX	 8
#define SHUTDOWN_BOTH	 3
#define SOCK_KEEPOPEN	 3 /* bit of sk_flags: enum sock_flags, include/net/sock.h */
#define ICSK_PROBE0	 3 /* icsk_pending, include/net/inet_connection_sock.h */
#define VANISHED_RETRANS 3
#define VANISHED_PROBES	 2

/* include/uapi/linux/eventpoll.h */
#define POLL_READ (0x0001 | 0x0040 | 0x2000) /* IN, RDNORM, RDHUP: what a FIN raises */

#define AHEAD 16 /* files */

/* Set before loading. */
const volatile __u32 want_states; /* sockets in these states are told in full */
const volatile __u8 can_loop;	  /* the kernel has bpf_loop() (5.17) */
const volatile __u64 scramble;	  /* so that no kernel address leaves the kernel */

/* Sockets of this network namespace only; 0 all. */
__u32 only_netns;

/* Of ESTABLISHED ones that are wanted only those with this port; 0 any. */
__u16 only_local_port, only_remote_port_be16;

/* Tell EVIDENCE_DETAIL of listed states too (those which sock_diag dumps), not only of the others.
 */
__u32 detailed;

/* Tell EVIDENCE_CLOCKS of sockets in these states. */
__u32 clock_states;

/* For user space to learn how many jiffies make a second: both clocks read together. */
__u64 clock_jiffies;
__u64 clock_ns;

/* EVIDENCE_LATELY_S, 0 where it cannot be told yet. */
static __u32 lately_jiffies;

/* The struct proto of the last TCP socket. */
static __u64 known_prot;

/* One pass has one reader, so plain globals do. */
static struct progress {
	__u64 seq_num;
	__u32 tgid;		   /* the process the files of which we are in */
	__u32 pid;		   /* the same in our pid namespace */
	__u32 files;		   /* of it, so far */
	__u32 told;		   /* EVIDENCE_TASK was written for it */
	__u32 readers;		   /* of it that are or could be watched, so far */
	__u32 kept;		   /* entries of `readers` that are filled */
	struct evidence_peer peer; /* the last far end, head.fd times in a row */
} now, before;

/* What is told of a wait queue or a ready list lasts an instant: so those that have input or its
 * end lying unread are looked at again a little later, by what is remembered here. All that are
 * watched, and enough of the others to notice somebody who comes and goes: who serves thousands of
 * sockets without epoll does so with poll(), and sleeps on all of them at once. */
struct reader {
	__u64 file; /* addresses, only ever probed; what stands there later is told by the inode */
	__u64 sock;
	__u32 inode;
	__u32 fd;
	__u32 tgid;
	__u32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EVIDENCE_READERS_MAX);
	__type(key, __u32);
	__type(value, struct reader);
} readers SEC(".maps");

/* A pointer that the verifier knows becomes a number by way of memory. */
static volatile struct {
	__u64 file, sock;
} at_hand;

/* What the walkers found, for the caller: global functions can only return a number. */
static struct {
	__u32 sleepers, deaf, others, tid, truncated;
} found;

static struct evidence_socket record;
static struct evidence_detail detail;
static struct evidence_clocks clocks;
static struct evidence_child child_record;

/* 1 when the address is that of a task_struct: its pid must point back at it. A wait entry's
 * private pointer may be anything; reading wild memory with the probe helpers is harmless. */
GLOBAL int is_task(__u64 task_addr)
{
	struct task_struct *task = (void *)task_addr;
	struct pid *pid = NULL;
	void *first = NULL;

	if (!task || bpf_core_read(&pid, sizeof(pid), &task->thread_pid) || !pid)
		return 0;
	if (bpf_core_read(&first, sizeof(first), &pid->tasks[0].first))
		return 0;
	return first == (void *)task + bpf_core_field_offset(struct task_struct, pid_links);
}

/* One entry of a wait queue: a thread asleep in recv() and the like (private is the thread), a
 * thread in poll() or select() (private leads to the thread, the entry says for which events), an
 * epoll set's callback, or something else. Source: kernel/sched/wait.c, fs/select.c:__pollwait(),
 * fs/eventpoll.c:ep_ptable_queue_proc(). */
GLOBAL int count_waiter(__u64 entry_addr, __u64 epoll_func)
{
	struct wait_queue_entry *entry = (void *)entry_addr;
	struct task_struct *task;
	void *private = NULL;
	__u64 func = 0;

	bpf_probe_read_kernel(&private, sizeof(private), &entry->private);
	bpf_probe_read_kernel(&func, sizeof(func), &entry->func);
	/* Epoll registrations are told by themselves. */
	if (epoll_func && func == epoll_func)
		return 0;
	task = private;
	if (is_task((__u64)task)) {
		found.sleepers++;
	} else {
		struct poll_table_entry *poll =
			(void *)entry - __builtin_offsetof(struct poll_table_entry, wait);
		struct poll_wqueues *poller = private;
		__u32 key = 0;

		task = NULL;
		if (poller)
			bpf_probe_read_kernel(&task, sizeof(task), &poller->polling_task);
		if (!is_task((__u64)task)) {
			found.others++;
			return 0;
		}
		bpf_probe_read_kernel(&key, sizeof(key), &poll->key);
		if (key & POLL_READ)
			found.sleepers++;
		else
			found.deaf++;
	}
	if (!found.tid)
		found.tid = pid_in_our_ns((__u64)BPF_CORE_READ(task, thread_pid));
	return 0;
}

struct waiter_walk {
	__u64 head, at, epoll_func;
};

static long next_waiter(__u32 i __attribute__((unused)), struct waiter_walk *walk)
{
	struct list_head *at = (void *)walk->at;

	if (!walk->at || walk->at == walk->head)
		return 1;
	count_waiter((__u64)at - __builtin_offsetof(struct wait_queue_entry, entry),
		     walk->epoll_func);
	walk->at = (__u64)BPF_CORE_READ(at, next);
	return 0;
}

/* Counts the entries of the wait queue with its list head at this address into `found`. */
GLOBAL int walk_waiters(__u64 head_addr, __u64 epoll_func)
{
	struct list_head *head = (void *)head_addr;
	struct waiter_walk walk = { .head = head_addr, .epoll_func = epoll_func };

	__builtin_memset(&found, 0, sizeof(found));
	walk.at = (__u64)BPF_CORE_READ(head, next);
	if (can_loop) {
		bpf_loop(EVIDENCE_WAITERS_MAX, next_waiter, &walk, 0);
	} else {
		for (int i = 0; i < EVIDENCE_WAITERS_FEW; i++)
			if (next_waiter(i, &walk))
				break;
	}
	found.truncated = walk.at && walk.at != head_addr;
	return 0;
}

/* Is somebody asleep behind this entry of an epoll set's poll_wait? Another epoll set that watches
 * this one is followed one step; whatever else stands there may be somebody. */
GLOBAL int waits_above(__u64 entry_addr, __u64 epoll_func)
{
	struct wait_queue_entry *entry = (void *)entry_addr;
	struct eppoll_entry *outer = (void *)entry - __builtin_offsetof(struct eppoll_entry, wait);
	struct eventpoll *above;
	struct epitem *item;

	if ((__u64)BPF_CORE_READ(entry, func) != epoll_func)
		return 1;
	item = BPF_CORE_READ(outer, base);
	if (!item)
		return 0;
	above = BPF_CORE_READ(item, ep);
	return BPF_CORE_READ(above, wq.head.next) != &above->wq.head ||
	       BPF_CORE_READ(above, poll_wait.head.next) != &above->poll_wait.head;
}

/* How many threads sleep on this epoll set: in epoll_wait() (ep->wq), in poll() on the epoll fd, or
 * on another epoll set that watches this one (ep->poll_wait). */
GLOBAL int epoll_sleepers(__u64 ep_addr, __u64 epoll_func)
{
	struct eventpoll *ep = (void *)ep_addr;
	struct list_head *head, *at;
	int sleepers;

	walk_waiters((__u64)&ep->wq.head, 0);
	sleepers = found.sleepers + found.deaf + found.others;
	head = &ep->poll_wait.head;
	at = BPF_CORE_READ(head, next);
	for (int i = 0; i < EVIDENCE_REGS_MAX; i++) {
		if (!at || at == head)
			break;
		sleepers += waits_above(
			(__u64)at - __builtin_offsetof(struct wait_queue_entry, entry), epoll_func);
		at = BPF_CORE_READ(at, next);
	}
	return sleepers;
}

/* Fills record.regs[i] from the epitem at this address. */
GLOBAL int tell_registration(__u64 item_addr, __u32 i, __u64 epoll_func)
{
	struct epitem *item = (void *)item_addr;
	struct list_head *ready;
	struct evidence_reg *reg;
	__u64 ep;

	if (i >= EVIDENCE_REGS_MAX)
		return 0;
	reg = &record.regs[i];
	ep = (__u64)BPF_CORE_READ(item, ep);
	reg->epoll = ep ^ scramble;
	reg->events = BPF_CORE_READ(item, event.events);
	ready = (void *)item + bpf_core_field_offset(struct epitem, rdllink);
	reg->ready = BPF_CORE_READ(ready, next) != ready;
	reg->sleepers = epoll_sleepers(ep, epoll_func);
	return 0;
}

/* Tells the epoll registrations of the file at this address, and who sleeps on the wait queue of
 * its struct socket, into `record`. The address of the kernel's epoll callback is learned from the
 * registrations: only so can it be known without reading kallsyms. */
GLOBAL int tell_watch(__u64 file_addr, __u64 sock_addr)
{
	struct file *file = (void *)file_addr;
	struct hlist_head *items = BPF_CORE_READ(file, f_ep);
	struct hlist_node *at = NULL;
	__u64 epoll_func = 0;

	if (items)
		bpf_core_read(&at, sizeof(at), &items->first);
	for (int i = 0; i < EVIDENCE_REGS_MAX; i++) {
		struct epitem *item;

		if (!at)
			break;
		item = (void *)at - bpf_core_field_offset(struct epitem, fllink);
		if (!epoll_func)
			epoll_func = (__u64)BPF_CORE_READ(item, pwqlist, wait.func);
		tell_registration((__u64)item, i, epoll_func);
		record.n_regs = i + 1;
		bpf_core_read(&at, sizeof(at), &at->next);
	}
	if (at)
		record.flags |= EVIDENCE_TRUNCATED;
	walk_waiters(sock_addr + bpf_core_field_offset(struct socket, wq.wait.head), epoll_func);
	record.sleepers = found.sleepers;
	record.deaf_sleepers = found.deaf;
	record.others = found.others;
	record.sleeper_tid = found.tid;
	if (found.truncated)
		record.flags |= EVIDENCE_TRUNCATED;
	return 0;
}

static __always_inline void tell_addr(struct evidence_addr *addr, struct sock *sk)
{
	addr->family = sk->__sk_common.skc_family;
	addr->local_port = sk->__sk_common.skc_num;
	addr->remote_port_be16 = sk->__sk_common.skc_dport;
	if (addr->family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO((struct in6_addr *)addr->local, sk,
				   __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)addr->remote, sk, __sk_common.skc_v6_daddr);
	} else {
		*(__u32 *)addr->local = sk->__sk_common.skc_rcv_saddr;
		*(__u32 *)addr->remote = sk->__sk_common.skc_daddr;
	}
}

/* As net/ipv4/inet_diag.c:inet_sk_diag_fill() derives idiag_timer, but for the tail loss and
 * reordering timers, which are no retransmission yet and tell nothing of a silent peer. */
static __always_inline void tell_timer(struct tcp_sock *tp)
{
	__u8 pending = tp->inet_conn.icsk_pending;

	detail.backoff = tp->inet_conn.icsk_backoff;
	if (pending == ICSK_PROBE0) {
		detail.timer = 4;
		detail.retrans = tp->inet_conn.icsk_probes_out;
	} else if (pending) {
		detail.timer = 1;
		detail.retrans = tp->inet_conn.icsk_retransmits;
	} else if (detail.flags & EVIDENCE_KEEPALIVE) {
		detail.timer = 2;
		detail.retrans = tp->inet_conn.icsk_probes_out;
	}
}

/* Before the first record of a process. */
static __always_inline void tell_task(struct bpf_iter__task_file *ctx, struct task_struct *task)
{
	struct evidence_task rec = { .head = { .bytes = sizeof(rec), .kind = EVIDENCE_TASK } };

	if (now.told)
		return;
	now.pid = pid_in_our_ns((__u64)BPF_CORE_READ(task, group_leader, thread_pid));
	now.told = 1;
	rec.tgid = task->tgid;
	rec.pid = now.pid;
	BPF_CORE_READ_INTO(&rec.comm, task, group_leader, comm);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
}

static __always_inline void flush_peer(struct bpf_iter__task_file *ctx)
{
	if (now.peer.head.fd)
		bpf_seq_write(ctx->meta->seq, &now.peer, sizeof(now.peer));
	now.peer.head.fd = 0;
}

static __always_inline void tell_task_end(struct bpf_iter__task_file *ctx)
{
	struct evidence_head rec = { .bytes = sizeof(rec),
				     .kind = EVIDENCE_TASK_END,
				     .fd = now.files };

	if (!now.told)
		return;
	flush_peer(ctx);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
}

static __always_inline __u32 children_max(void)
{
	return can_loop ? EVIDENCE_CHILDREN_MAX : EVIDENCE_CHILDREN_FEW;
}

struct queue_walk {
	struct seq_file *seq;
	struct request_sock *at;
};

static long tell_child(__u32 i __attribute__((unused)), struct queue_walk *walk)
{
	struct request_sock *request = walk->at, *next = NULL;
	struct sock *sk = NULL;

	if (!request)
		return 1;
	bpf_core_read(&sk, sizeof(sk), &request->sk);
	if (sk) {
		struct evidence_addr *addr = &child_record.addr;

		__builtin_memset(&child_record, 0, sizeof(child_record));
		child_record.head.bytes = sizeof(child_record);
		child_record.head.kind = EVIDENCE_CHILD;
		BPF_CORE_READ_INTO(&addr->family, sk, __sk_common.skc_family);
		BPF_CORE_READ_INTO(&addr->local_port, sk, __sk_common.skc_num);
		BPF_CORE_READ_INTO(&addr->remote_port_be16, sk, __sk_common.skc_dport);
		if (addr->family == AF_INET6 &&
		    bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
			BPF_CORE_READ_INTO((struct in6_addr *)addr->local, sk,
					   __sk_common.skc_v6_rcv_saddr);
			BPF_CORE_READ_INTO((struct in6_addr *)addr->remote, sk,
					   __sk_common.skc_v6_daddr);
		} else {
			BPF_CORE_READ_INTO((__u32 *)addr->local, sk, __sk_common.skc_rcv_saddr);
			BPF_CORE_READ_INTO((__u32 *)addr->remote, sk, __sk_common.skc_daddr);
		}
		bpf_seq_write(walk->seq, &child_record, sizeof(child_record));
	}
	bpf_core_read(&next, sizeof(next), &request->dl_next);
	walk->at = next;
	return !next;
}

/* The accept queue, oldest first; its head only on kernels without bpf_loop (before 5.17). */
static __always_inline void tell_children(struct bpf_iter__task_file *ctx,
					  struct request_sock *first)
{
	struct queue_walk walk = { .seq = ctx->meta->seq, .at = first };

	if (children_max() == EVIDENCE_CHILDREN_MAX) {
		bpf_loop(EVIDENCE_CHILDREN_MAX, tell_child, &walk, 0);
	} else {
		for (int i = 0; i < EVIDENCE_CHILDREN_FEW; i++)
			if (tell_child(i, &walk))
				break;
	}
}

/* EVIDENCE_LATELY_S in jiffies, by how many have passed since they were 2^32, 300 s after boot
 * (include/linux/jiffies.h:INITIAL_JIFFIES); 0 while that is too short to tell. */
static __always_inline __u32 jiffies_of_span(void)
{
	__u64 ticks = clock_jiffies - (1ull << 32), s = clock_ns / 1000000000;

	return s >= 330 ? ticks * EVIDENCE_LATELY_S / (s - 300) : 0;
}

/* Until something comes the clock tells of the handshake (facts F80). It stands beside what
 * is_failing() reads anyway. */
static __always_inline bool had_data_lately(struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u32 received = BPF_CORE_READ(tp, inet_conn.icsk_ack.lrcvtime);

	return (__u32)clock_jiffies - received < lately_jiffies ||
	       (__s32)(received - (__u32)clock_jiffies) > 0;
}

/* A far end of an ESTABLISHED connection. The same one many times in a row, as pools have it, is
 * told once. */
static __always_inline void tell_peer(struct bpf_iter__task_file *ctx, struct task_struct *task,
				      struct sock *sk)
{
	__u32 lately = had_data_lately(sk);
	__u32 netns = sk->__sk_common.skc_net.net->ns.inum;
	__u16 family = sk->__sk_common.skc_family, port = sk->__sk_common.skc_dport;
	__u64 addr[2] = {};

	if (family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		BPF_CORE_READ_INTO((struct in6_addr *)addr, sk, __sk_common.skc_v6_daddr);
	else
		addr[0] = sk->__sk_common.skc_daddr;
	if (now.peer.head.fd && now.peer.remote_port_be16 == port && now.peer.netns == netns &&
	    now.peer.remote[0] == addr[0] && now.peer.remote[1] == addr[1]) {
		now.peer.head.fd++;
		if (lately_jiffies)
			now.peer.lately += lately;
		return;
	}
	tell_task(ctx, task);
	flush_peer(ctx);
	now.peer.head.bytes = sizeof(now.peer);
	now.peer.head.kind = EVIDENCE_PEER;
	now.peer.head.fd = 1;
	now.peer.remote[0] = addr[0];
	now.peer.remote[1] = addr[1];
	now.peer.remote_port_be16 = port;
	now.peer.family = family;
	now.peer.netns = netns;
	now.peer.lately = lately_jiffies ? lately : EVIDENCE_UNTOLD;
}

/* The states that sock_diag dumps for us; of the two others only what stands out is told. */
static __always_inline bool is_listed(__u8 state)
{
	return state != STATE_ESTABLISHED && state != STATE_CLOSED;
}

/* CLOSED, but it once was connected: new, merely bound and most refused sockets have no peer port
 * or no shutdown flags; one whose connect() did not wait and was refused has both, but nothing of
 * it was ever acknowledged, not even its SYN. accept() leaves a backlog limit in what it makes. */
static __always_inline bool is_ghost(struct sock *sk)
{
	struct tcp_sock *tp;

	if (!(want_states & (1 << STATE_CLOSED)) || !sk->__sk_common.skc_dport ||
	    sk->sk_shutdown != SHUTDOWN_BOTH)
		return false;
	tp = bpf_skc_to_tcp_sock(sk);
	return tp && (tp->bytes_acked || sk->sk_max_ack_backlog);
}

/* ESTABLISHED, but the peer does not answer, or does not take what it is sent. What is repeated
 * into a window shut meanwhile raises the backoff alone (net/ipv4/tcp_timer.c:
 * tcp_retransmit_timer()). Whatever is in flight has a timer: the rest is read only where there is
 * one. (bpf_skc_to_tcp_sock() reads far into the struct, so it comes last.) */
static __always_inline bool is_failing(struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u8 pending = BPF_CORE_READ(tp, inet_conn.icsk_pending);
	__u8 probes = BPF_CORE_READ(tp, inet_conn.icsk_probes_out);

	if (!pending && !probes)
		return false;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return false;
	if (tp->write_seq != tp->snd_una)
		return tp->inet_conn.icsk_retransmits >= VANISHED_RETRANS ||
		       tp->inet_conn.icsk_backoff >= VANISHED_RETRANS || pending == ICSK_PROBE0 ||
		       sk->sk_wmem_queued >= sk->sk_sndbuf;
	return (sk->__sk_common.skc_flags & (1 << SOCK_KEEPOPEN)) && probes >= VANISHED_PROBES;
}

/* Both ends have one address: this is one of them, and the other is on this host too. */
static __always_inline bool is_local(struct sock *sk)
{
	__u64 local[2] = {}, remote[2] = {};

	if (sk->__sk_common.skc_family == AF_INET)
		return sk->__sk_common.skc_daddr == sk->__sk_common.skc_rcv_saddr ||
		       (bpf_ntohl(sk->__sk_common.skc_daddr) >> 24) == 127;
	if (!bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		return false;
	BPF_CORE_READ_INTO((struct in6_addr *)local, sk, __sk_common.skc_v6_rcv_saddr);
	BPF_CORE_READ_INTO((struct in6_addr *)remote, sk, __sk_common.skc_v6_daddr);
	return local[0] == remote[0] && local[1] == remote[1];
}

/* Whether the last ESTABLISHED one was: those of a process are much alike. */
static __u32 was_local;

/* ESTABLISHED, and what it has not read fills its buffer: the window it offers is shut, or about
 * to be. Told only where the other end is on this host and waits for it. */
static __always_inline bool is_choking(struct sock *sk)
{
	was_local = is_local(sk);
	return was_local && sk->sk_backlog.rmem_alloc.counter * 2u >= (__u32)sk->sk_rcvbuf;
}

/* Since 6.17 the number stands in the socket too, where it costs no further wait for memory. */
static __always_inline __u32 inode_of(struct file *file, struct sock *sk)
{
	return bpf_core_field_exists(sk->sk_ino) ? sk->sk_ino : file->f_inode->i_ino;
}

/* A timer runs: when it ends the connection hangs on the socket's own options, so they are told. */
static __always_inline bool is_ticking(struct sock *sk, __u8 state)
{
	if (!is_listed(state) || state == STATE_LISTEN)
		return false;
	return (sk->__sk_common.skc_flags & (1 << SOCK_KEEPOPEN)) ||
	       BPF_CORE_READ((struct tcp_sock *)sk, inet_conn.icsk_pending);
}

static __always_inline void write_record(struct bpf_iter__task_file *ctx, struct task_struct *task,
					 struct file *file, struct sock *sk)
{
	record.head.kind = EVIDENCE_SOCKET;
	record.head.fd = ctx->fd;
	record.inode = inode_of(file, sk);
	record.netns = sk->__sk_common.skc_net.net->ns.inum;
	tell_task(ctx, task);
	record.head.bytes =
		sizeof(record) - sizeof(record.regs[0]) * (EVIDENCE_REGS_MAX - (record.n_regs & 7));
	if (record.head.bytes <= sizeof(record))
		bpf_seq_write(ctx->meta->seq, &record, record.head.bytes);
}

static __always_inline void write_detail(struct bpf_iter__task_file *ctx, struct sock *sk,
					 struct tcp_sock *tp)
{
	__u64 now_us, last_us;

	__builtin_memset(&detail, 0, sizeof(detail));
	detail.head.bytes = sizeof(detail);
	detail.head.kind = EVIDENCE_DETAIL;
	detail.cookie = sk->__sk_common.skc_cookie.counter;
	detail.shutdown = sk->sk_shutdown;
	detail.user_timeout_ms = tp->inet_conn.icsk_user_timeout;
	detail.keepalive_idle_jiffies = tp->keepalive_time;
	detail.keepalive_interval_jiffies = tp->keepalive_intvl;
	detail.keepalive_probes = tp->keepalive_probes;
	if (sk->__sk_common.skc_flags & (1 << SOCK_KEEPOPEN))
		detail.flags |= EVIDENCE_KEEPALIVE;
	tell_addr(&detail.addr, sk);
	if (record.state == STATE_LISTEN) {
		detail.rqueue = sk->sk_ack_backlog;
		detail.wqueue = sk->sk_max_ack_backlog;
	} else {
		now_us = bpf_ktime_get_ns() / 1000;
		last_us = tp->tcp_mstamp;
		detail.idle_ms = now_us > last_us ? (now_us - last_us) / 1000 : 0;
		detail.rqueue = tp->rcv_nxt - tp->copied_seq;
		detail.wqueue = tp->write_seq - tp->snd_una;
		if (sk->sk_wmem_queued >= sk->sk_sndbuf)
			detail.flags |= EVIDENCE_WRITE_FULL;
		tell_timer(tp);
	}
	bpf_seq_write(ctx->meta->seq, &detail, sizeof(detail));
}

static __always_inline void write_clocks(struct bpf_iter__task_file *ctx, struct tcp_sock *tp)
{
	clocks.head.bytes = sizeof(clocks);
	clocks.head.kind = EVIDENCE_CLOCKS;
	clocks.head.fd = ctx->fd;
	clocks.data_sent = tp->lsndtime;
	clocks.data_received = tp->inet_conn.icsk_ack.lrcvtime;
	clocks.ack_received = tp->rcv_tstamp;
	clocks.bytes_acked = tp->bytes_acked;
	clocks.bytes_received = tp->bytes_received;
	/* Last, so that none of the moments is later. */
	clocks.now = bpf_jiffies64();
	bpf_seq_write(ctx->meta->seq, &clocks, sizeof(clocks));
}

/* An MPTCP socket's file stands for its subflows, which sock_diag lists with this file's inode:
 * told when one of them is in a wanted state. The verifier lets no iterator walk from a socket to a
 * mptcp_sock, so these few fields are read by probing. Source: net/mptcp/protocol.h. */
static __always_inline bool look_at_mptcp(struct sock *sk)
{
	struct mptcp_sock *msk = (struct mptcp_sock *)sk;
	struct list_head *head, *at;

	if (sk->sk_protocol != IPPROTO_MPTCP || !bpf_core_type_exists(struct mptcp_sock))
		return false;
	head = (void *)msk + bpf_core_field_offset(struct mptcp_sock, conn_list);
	bpf_core_read(&at, sizeof(at), &head->next);
	for (int i = 0; i < SUBFLOWS_MAX; i++) {
		struct mptcp_subflow_context *subflow;
		struct sock *flow;
		__u8 state;

		if (!at || at == head)
			return false;
		subflow = (void *)at - bpf_core_field_offset(struct mptcp_subflow_context, node);
		flow = BPF_CORE_READ(subflow, tcp_sock);
		state = BPF_CORE_READ(flow, __sk_common.skc_state);
		if (state != STATE_CLOSED && (want_states & (1u << (state & 31)))) {
			record.state = state;
			record.flags = EVIDENCE_MPTCP;
			record.backlog_limit = BPF_CORE_READ(flow, sk_max_ack_backlog);
			return true;
		}
		bpf_core_read(&at, sizeof(at), &at->next);
	}
	return false;
}

/* States in which unread input is evidence, and so is whoever looks at it. */
static __always_inline bool is_reader(__u8 state)
{
	return state == STATE_CLOSE_WAIT || state == STATE_FIN_WAIT_2;
}

/* Remembers a socket for the further looks: each one of the first, then each so-manieth of the
 * process. */
static __always_inline void keep_reader(struct bpf_iter__task_file *ctx, struct file *file,
					struct socket *sock, bool watched)
{
	__u32 at = now.kept, nth = ++now.readers;
	struct reader *reader;

	if (nth > (watched ? EVIDENCE_READERS_ALL : EVIDENCE_READERS_ALL / 8) &&
	    nth % EVIDENCE_READERS_STEP)
		return;
	reader = bpf_map_lookup_elem(&readers, &at);
	if (!reader)
		return;
	reader->file = (__u64)file;
	reader->sock = (__u64)sock;
	reader->inode = record.inode;
	reader->fd = ctx->fd;
	reader->tgid = now.tgid;
	reader->pid = now.pid;
	now.kept = at + 1;
}

/* Moves the bookkeeping to the file now looked at. When a record did not fit, the kernel calls us
 * again for the same file (kernel/bpf/bpf_iter.c:bpf_seq_read()): then what was counted for it is
 * taken back. */
static __always_inline void keep_count(struct bpf_iter__task_file *ctx, struct task_struct *task)
{
	if (ctx->meta->seq_num == 0) {
		__builtin_memset(&now, 0, sizeof(now));
		__builtin_memset(&before, 0, sizeof(before));
		clock_jiffies = bpf_jiffies64();
		clock_ns = bpf_ktime_get_ns();
		lately_jiffies = jiffies_of_span();
	} else if (ctx->meta->seq_num == now.seq_num) {
		now = before;
	} else {
		before = now;
	}
	now.seq_num = ctx->meta->seq_num;
	if (!task || (__u32)task->tgid != now.tgid) {
		tell_task_end(ctx);
		now.files = 0;
		now.told = 0;
		now.readers = 0;
		now.peer.head.fd = 0;
		now.tgid = task ? task->tgid : 0;
	}
}

/* Is this a TCP socket? Its protocol stands far into the struct; which struct proto it has stands
 * at the start and is the same for nearly all, so only a new one is checked. */
static __always_inline bool is_tcp(struct sock *sk)
{
	__u64 prot = (__u64)sk->__sk_common.skc_prot;

	if (prot == known_prot)
		return true;
	if (sk->sk_protocol != IPPROTO_TCP)
		return false;
	known_prot = prot;
	return true;
}

static __always_inline bool is_asked(struct sock *sk)
{
	return want_states & (1 << STATE_ESTABLISHED) &&
	       (!only_local_port || sk->__sk_common.skc_num == only_local_port) &&
	       (!only_remote_port_be16 || sk->__sk_common.skc_dport == only_remote_port_be16);
}

/* A TCP socket: true when it is to be told. */
static __always_inline bool look_at_tcp(struct bpf_iter__task_file *ctx, struct task_struct *task,
					struct sock *sk)
{
	__u8 state = sk->__sk_common.skc_state;

	record.state = state;
	record.backlog_limit = sk->sk_max_ack_backlog;
	if (is_listed(state)) {
		if (state == STATE_LISTEN && sk->sk_ack_backlog <= children_max())
			record.flags |= EVIDENCE_QUEUE_WHOLE;
		return want_states & (1u << (state & 31));
	}
	if (state == STATE_CLOSED)
		return is_ghost(sk);
	if (state != STATE_ESTABLISHED)
		return false;
	if (!record.backlog_limit)
		tell_peer(ctx, task, sk);
	return is_asked(sk) || is_failing(sk) || is_choking(sk);
}

/* What every socket's file_operations are, once one was seen. */
static __u64 socket_ops;

/* The next files of a process, their sockets, the sockets' insides. */
static struct {
	__u64 file[AHEAD], socket[AHEAD], sock[AHEAD], sink;
	__u8 state[AHEAD];
	__u32 fd; /* up to which it was done */
} ahead;

/* What is read of the file and the socket at hand when it is told. */
static __always_inline void fetch_insides(int i)
{
	struct socket *socket = (void *)ahead.socket[i];
	struct file *file = (void *)ahead.file[i];
	struct tcp_sock *tp = (void *)ahead.sock[i];

	bpf_core_read(&ahead.sink, 8, &socket->wq.wait.head.next);
	if (!bpf_core_field_exists(tp->inet_conn.icsk_inet.sk.sk_ino))
		BPF_CORE_READ(file, f_inode, i_ino);
	if (!clock_states)
		return;
	bpf_core_read(&ahead.sink, 2, &tp->inet_conn.icsk_inet.sk.sk_protocol);
	bpf_core_read(&ahead.sink, 4, &tp->lsndtime);
	bpf_core_read(&ahead.sink, 4, &tp->rcv_tstamp);
	bpf_core_read(&ahead.sink, 8, &tp->bytes_received);
	bpf_core_read(&ahead.sink, 8, &tp->bytes_acked);
}

/* The struct socket of the file at this address, 0 when it is another file. Where both fields stand
 * side by side (6.18), one read is cheaper than two. */
static __always_inline __u64 socket_of(__u64 file_addr)
{
	const __u32 ops = bpf_core_field_offset(struct file, f_op),
		    data = bpf_core_field_offset(struct file, private_data);
	struct file *file = (void *)file_addr;
	__u64 words[3] = {};

	if (data - ops != 16)
		return (__u64)BPF_CORE_READ(file, f_op) == socket_ops
			       ? (__u64)BPF_CORE_READ(file, private_data)
			       : 0;
	bpf_probe_read_kernel(words, sizeof(words), (void *)file_addr + ops);
	return words[0] == socket_ops ? words[2] : 0;
}

/* Touches what the next files lead to. Three cache misses in a row, one leading to the next, is
 * what a file costs: reads of many files side by side wait for memory together. Nothing is told by
 * it, so whatever is read of a file that goes away meanwhile does not matter. */
GLOBAL int fetch_ahead(__u64 task_addr, __u32 fd)
{
	struct task_struct *task = (void *)task_addr;
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(fdt, fd);

	if (fd + AHEAD > BPF_CORE_READ(fdt, max_fds) ||
	    bpf_probe_read_kernel(ahead.file, sizeof(ahead.file), files + fd))
		return 0;
	for (int i = 0; i < AHEAD; i++) {
		struct file *file = (void *)ahead.file[i];

		ahead.socket[i] = 0;
		if (!file)
			continue;
		/* The end of the struct: its reference count stands there too, which the kernel
		 * takes. */
		bpf_core_read(&ahead.sink, 8, &file->f_ep);
		ahead.socket[i] = socket_of((__u64)file);
	}
	for (int i = 0; i < AHEAD; i++) {
		struct socket *sock = (void *)ahead.socket[i];

		ahead.sock[i] = sock ? (__u64)BPF_CORE_READ(sock, sk) : 0;
	}
	for (int i = 0; i < AHEAD; i++) {
		struct sock *sk = (void *)ahead.sock[i];

		if (!sk)
			continue;
		bpf_core_read(&ahead.state[i], 1, &sk->__sk_common.skc_state);
		bpf_core_read(&ahead.sink, 4, &sk->sk_max_ack_backlog);
		bpf_core_read(&ahead.sink, 1, &((struct tcp_sock *)sk)->inet_conn.icsk_pending);
		if (was_local) /* as is_choking() reads it */
			bpf_core_read(&ahead.sink, 4, &sk->sk_rcvbuf);
	}
	for (int i = 0; i < AHEAD; i++)
		if (ahead.sock[i] && is_listed(ahead.state[i]) &&
		    (want_states & (1u << (ahead.state[i] & 31))))
			fetch_insides(i);
	return 0;
}

SEC("iter/task_file")
int tell_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct tcp_sock *tp;
	struct socket *sock;
	struct sock *sk;
	bool watched, timed, ticking;

	keep_count(ctx, task);
	if (!task || !file)
		return 0;
	now.files++;
	if (socket_ops && (ctx->fd >= ahead.fd || ctx->fd + AHEAD < ahead.fd)) {
		ahead.fd = (ctx->fd & ~(AHEAD - 1)) + AHEAD;
		at_hand.file = (__u64)task;
		fetch_ahead(at_hand.file, ctx->fd & ~(AHEAD - 1));
	}
	sock = bpf_sock_from_file(file);
	if (!sock)
		return 0;
	if (!socket_ops)
		socket_ops = (__u64)file->f_op;
	sk = sock->sk;
	if (!sk ||
	    (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6))
		return 0;
	if (only_netns && sk->__sk_common.skc_net.net->ns.inum != only_netns)
		return 0;
	__builtin_memset(&record, 0, sizeof(record));
	if (is_tcp(sk) ? !look_at_tcp(ctx, task, sk) : !look_at_mptcp(sk))
		return 0;
	/* Most sockets are in no set and have nobody on their wait queue (sets stand there too). */
	watched = file->f_ep || sock->wq.wait.head.next != &sock->wq.wait.head;
	if (watched) {
		at_hand.file = (__u64)file;
		at_hand.sock = (__u64)sock;
		tell_watch(at_hand.file, at_hand.sock);
	}
	write_record(ctx, task, file, sk);
	if (is_reader(record.state))
		keep_reader(ctx, file, sock, watched);
	if (record.flags & EVIDENCE_MPTCP)
		return 0;
	timed = clock_states & (1u << (record.state & 31));
	ticking = is_ticking(sk, record.state);
	if (!detailed && !timed && !ticking && is_listed(record.state) &&
	    record.state != STATE_LISTEN)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	if (timed && !tp->inet_conn.icsk_pending)
		write_clocks(ctx, tp);
	if (detailed || ticking || !is_listed(record.state))
		write_detail(ctx, sk, tp);
	if (record.state == STATE_LISTEN)
		tell_children(ctx, tp->inet_conn.icsk_accept_queue.rskq_accept_head);
	return 0;
}

/* A further look at one remembered socket: tells who watches and who sleeps, if anybody. A file
 * that was closed meanwhile has another inode, or none; probing what was freed is harmless. */
SEC("iter/bpf_map_elem")
int tell_again(struct bpf_iter__bpf_map_elem *ctx)
{
	struct evidence_task task = { .head = { .bytes = sizeof(task), .kind = EVIDENCE_TASK } };
	struct reader *reader = ctx->value;
	struct file *file;

	if (!reader || !reader->inode)
		return 0;
	file = (struct file *)reader->file;
	if ((__u64)BPF_CORE_READ(file, private_data) != reader->sock ||
	    BPF_CORE_READ(file, f_inode, i_ino) != reader->inode)
		return 0;
	__builtin_memset(&record, 0, sizeof(record));
	tell_watch(reader->file, reader->sock);
	if (!record.n_regs && !record.sleepers && !record.deaf_sleepers && !record.others)
		return 0;
	task.tgid = reader->tgid;
	task.pid = reader->pid;
	bpf_seq_write(ctx->meta->seq, &task, sizeof(task));
	record.head.kind = EVIDENCE_SOCKET;
	record.head.fd = reader->fd;
	record.head.bytes =
		sizeof(record) - sizeof(record.regs[0]) * (EVIDENCE_REGS_MAX - (record.n_regs & 7));
	record.inode = reader->inode;
	record.state = STATE_CLOSE_WAIT;
	if (record.head.bytes <= sizeof(record))
		bpf_seq_write(ctx->meta->seq, &record, record.head.bytes);
	return 0;
}
