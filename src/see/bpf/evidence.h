/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records the task-file iterator writes. Shapes only: the includer brings the __u types.
 *
 * The stream: for each process that has something to tell EVIDENCE_TASK, then its rows in fd order,
 * then EVIDENCE_TASK_END. All numbers in host order unless named _be16; addresses in network order.
 */
#ifndef SEE_BPF_EVIDENCE_H
#define SEE_BPF_EVIDENCE_H

#define EVIDENCE_REGS_MAX    4	/* epoll registrations told per file */
#define EVIDENCE_WAITERS_MAX 64 /* wait queue entries looked at per queue */
#define EVIDENCE_WAITERS_FEW 8	/* the same on kernels without bpf_loop */
#define EVIDENCE_CHILDREN_MAX                                                                      \
	512			 /* accept queue entries told per listener: they must fit 32 KiB   \
				  */
#define EVIDENCE_CHILDREN_FEW 32 /* the same on kernels without bpf_loop */

/* Sockets remembered for a further look: all of the first watched ones of a process (an eighth as
 * many of those that nobody watches), then each so-manieth. */
#define EVIDENCE_READERS_MAX  16384
#define EVIDENCE_READERS_ALL  1024
#define EVIDENCE_READERS_STEP 64

enum evidence_kind {
	EVIDENCE_TASK = 1,
	EVIDENCE_TASK_END,
	EVIDENCE_SOCKET,
	EVIDENCE_DETAIL,
	EVIDENCE_CHILD,
	EVIDENCE_PEER,
	EVIDENCE_CLOCKS,
};

enum evidence_flag {
	EVIDENCE_KEEPALIVE = 1 << 0,  /* SO_KEEPALIVE */
	EVIDENCE_WRITE_FULL = 1 << 1, /* no room in the send buffer */
	EVIDENCE_MPTCP = 1 << 2, /* the file is an MPTCP socket: no addresses, queues, options */
	EVIDENCE_TRUNCATED = 1 << 3, /* more registrations or waiters than were looked at */
	EVIDENCE_QUEUE_WHOLE =
		1 << 4, /* LISTEN: all of its accept queue follows as EVIDENCE_CHILD */
};

struct evidence_head {
	__u16 bytes; /* of the whole record */
	__u16 kind;  /* enum evidence_kind */
	__u32 fd;    /* of the socket; TASK_END: how many files are open; PEER: how many */
};

struct evidence_task {
	struct evidence_head head;
	__u32 tgid; /* in the first pid namespace: tells processes apart */
	__u32 pid;  /* in our pid namespace, 0 when it is outside */
	char comm[16];
};

_Static_assert(sizeof(struct evidence_task) == 32, "no hidden padding");

struct evidence_reg {
	__u64 epoll; /* which set: an address scrambled with a secret of this run */
	__u32 events;
	__u16 sleepers;
	__u8 ready;
	__u8 pad;
};

/* One open TCP file: who holds it and who looks at it. *shape*: only n_regs of regs are written. */
struct evidence_socket {
	struct evidence_head head;
	__u32 inode;
	__u32 netns;
	__u32 sleeper_tid;   /* a thread asleep on the socket, in our pid namespace */
	__u32 backlog_limit; /* sk_max_ack_backlog: kept by what accept() made, 0 in what connect()
				made */
	__u16 sleepers;	     /* threads asleep that a FIN wakes: in recv(), or poll() for reading */
	__u16 deaf_sleepers; /* threads asleep in poll() or select() on it, not for reading */
	__u16 others;	     /* io_uring and whatever else waits on it */
	__u8 flags;	     /* enum evidence_flag */
	__u8 state;
	__u8 n_regs;
	__u8 pad[7];
	struct evidence_reg regs[EVIDENCE_REGS_MAX];
};

_Static_assert(sizeof(struct evidence_socket) == 40 + 16 * EVIDENCE_REGS_MAX, "no hidden padding");

struct evidence_addr {
	__u8 local[16];
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port_be16;
	__u16 family; /* AF_INET: the first 4 bytes count */
	__u16 pad;
};

/* More about the EVIDENCE_SOCKET just before it: what no dump will tell, or was asked for. Reading
 * it costs several cache misses a socket, so it is left out where it can be. */
struct evidence_detail {
	struct evidence_head head;
	__u64 cookie; /* 0: nobody has asked for it yet */
	struct evidence_addr addr;
	__u32 rqueue;
	__u32 wqueue;
	__u32 idle_ms;
	__u32 user_timeout_ms;
	__u32 keepalive_idle_jiffies; /* 0: the sysctl's */
	__u32 keepalive_interval_jiffies;
	__u8 keepalive_probes;
	__u8 timer; /* as idiag_timer */
	__u8 retrans;
	__u8 backoff;
	__u8 shutdown;
	__u8 flags; /* enum evidence_flag */
	__u8 pad[2];
};

_Static_assert(sizeof(struct evidence_detail) == 16 + 40 + 24 + 8, "no hidden padding");

/* What tcp_info would tell of the EVIDENCE_SOCKET just before it, as the socket itself has it
 * (net/ipv4/tcp.c:tcp_get_info(), 6.18): a dump without tcp_info takes two thirds of the time. Not
 * told while a timer is pending: what that means hangs on when it and all else was read. All
 * moments in jiffies, of which the lower 32 bits are kept. */
struct evidence_clocks {
	struct evidence_head head;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u32 now; /* when this was read */
	__u32 data_sent;
	__u32 data_received;
	__u32 ack_received;
};

_Static_assert(sizeof(struct evidence_clocks) == 40, "no hidden padding");

/* A connection in the accept queue of the LISTEN socket just before it in the stream. */
struct evidence_child {
	struct evidence_head head;
	struct evidence_addr addr;
};

#define EVIDENCE_LATELY_S 10
#define EVIDENCE_UNTOLD	  0xffffffffu

/* ESTABLISHED connections that this process made, head.fd of them, to one far end. */
struct evidence_peer {
	struct evidence_head head;
	__u64 remote[2]; /* the address's bytes as they stand; AF_INET: the first 4 count */
	__u16 remote_port_be16;
	__u16 family;
	__u32 netns;
	__u32 lately; /* of head.fd, how many had data in the last EVIDENCE_LATELY_S (or were opened
			 then); EVIDENCE_UNTOLD */
	__u32 pad;
};

_Static_assert(sizeof(struct evidence_peer) == 8 + 16 + 16, "no hidden padding");

#endif
