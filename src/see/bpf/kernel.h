/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few kernel structures our BPF programs read. Only names matter: libbpf relocates every access
 * to where the running kernel's BTF says the field is (CO-RE), so this needs no kernel headers to
 * build. */
#ifndef SEE_BPF_KERNEL_H
#define SEE_BPF_KERNEL_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <stdbool.h>

/* These have looked so in every kernel that has task-file iterators (5.8). */
struct seq_file;
struct task_struct;
struct pid_namespace;
struct file;
struct epitem;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct wait_queue_entry {
	unsigned int flags;
	void *private;
	void *func;
	struct list_head entry;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct eppoll_entry { /* fs/eventpoll.c, since 5.9 */
	struct eppoll_entry *next;
	struct epitem *base;
	struct wait_queue_entry wait;
};

struct poll_wqueues { /* include/linux/poll.h */
	void *queue_proc;
	unsigned int key;
	void *table;
	struct task_struct *polling_task;
};

struct poll_table_entry {
	struct file *filp;
	unsigned int key;
	struct wait_queue_entry wait;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_map;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	long long counter;
} atomic64_t;

struct wait_queue_head {
	struct list_head head;
};

/* kernel/pid.c, include/linux/pid.h */
struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4];
	struct upid numbers[1];
};

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct files_struct *files;
	struct mm_struct *mm;
	unsigned int flags;
	int on_cpu;
	unsigned long nvcsw, nivcsw;
	__u64 start_boottime;
	struct sched_entity {
		__u64 sum_exec_runtime;
	} se;
	char comm[16];
};

/* arch/.../include/asm/ptrace.h */
struct pt_regs {
#ifdef __TARGET_ARCH_arm64
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
#else
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, ip, sp;
#endif
};

/* fs/eventpoll.c */
struct eventpoll {
	struct wait_queue_head wq;
	struct wait_queue_head poll_wait;
};

struct epitem {
	struct list_head rdllink;
	struct eppoll_entry *pwqlist;
	struct eventpoll *ep;
	struct hlist_node fllink;
	struct epoll_event {
		__u32 events;
	} event;
};

/* include/linux/fs.h, include/linux/net.h */
struct inode {
	unsigned long i_ino;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct file {
	const void *f_op;
	void *private_data;
	struct inode *f_inode;
	struct hlist_head *f_ep;
};

struct socket_wq {
	struct wait_queue_head wait;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

/* include/net/sock.h */
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct proto *skc_prot;
	possible_net_t skc_net;
	struct in6_addr {
		__u8 in6_u[16];
	} skc_v6_daddr, skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	__u8 sk_shutdown;
	struct {
		struct {
			int counter;
		} rmem_alloc;
	} sk_backlog;
	int sk_rcvbuf;
	int sk_wmem_queued;
	int sk_sndbuf;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	unsigned long sk_ino; /* since 6.17 */
};

struct proto;

struct socket {
	struct sock *sk;
	struct socket_wq wq;
};

struct request_sock {
	struct request_sock *dl_next;
	struct sock *sk;
};

struct request_sock_queue {
	struct request_sock *rskq_accept_head;
};

struct inet_sock {
	struct sock sk;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct request_sock_queue icsk_accept_queue;
	__u8 icsk_retransmits;
	__u8 icsk_pending;
	__u8 icsk_backoff;
	__u8 icsk_probes_out;
	struct {
		__u32 lrcvtime;
	} icsk_ack;
	__u32 icsk_user_timeout;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 copied_seq;
	__u32 rcv_nxt;
	__u32 write_seq;
	__u32 lsndtime;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u32 snd_una;
	__u32 rcv_tstamp;
	__u64 tcp_mstamp;
	unsigned int keepalive_time;
	unsigned int keepalive_intvl;
	__u8 keepalive_probes;
};

/* net/mptcp/protocol.h */
struct mptcp_subflow_context {
	struct list_head node;
	struct sock *tcp_sock;
};

struct mptcp_sock {
	struct inet_connection_sock sk;
	struct list_head conn_list;
	struct sock *first;
};

#pragma clang attribute pop

#endif
