/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds which TCP socket, and how it is watched: what a pass over the open files of all
 * processes brings home, before it is joined with the socket tables.
 *
 * Two rooms can fill it: see/bpf (one pass in the kernel, everything below) and see/procs
 * (/proc/PID/fd and fdinfo: inode, process, fd and epoll masks only). look/ joins it into a
 * snapshot. */
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include "model/snapshot.h"

enum file_flag {
	FILE_OPTIONS = 1 << 0,	   /* keepalive_*, user_timeout_ms, idle_ms are filled */
	FILE_KEEPALIVE = 1 << 1,   /* SO_KEEPALIVE */
	FILE_WRITE_FULL = 1 << 2,  /* send buffer full */
	FILE_MPTCP = 1 << 3,	   /* the file is an MPTCP socket; the row stands for one subflow */
	FILE_GHOST = 1 << 4,	   /* TCP state gone, once connected (judge: ghost-fd) */
	FILE_QUEUE_WHOLE = 1 << 5, /* LISTEN: children[] has its whole accept queue */
};

/* One open TCP file of one process. */
struct file_row {
	uint32_t inode;
	uint32_t netns;	  /* inode number of its network namespace, 0 unknown */
	uint32_t process; /* row of processes[] */
	int32_t fd;
	uint32_t watch; /* row of watches[], ROW_NONE not seen; many rows share the unwatched one */
	uint32_t socket;  /* row of sockets[]: addresses and queues where no dump will give them,
			     ROW_NONE */
	uint32_t clocks;  /* row of clocks[], ROW_NONE */
	uint32_t idle_ms; /* VALUE_UNKNOWN */
	uint32_t user_timeout_ms;
	uint32_t keepalive_idle_s, keepalive_interval_s;
	uint8_t keepalive_probes;
	uint8_t state; /* enum tcp_state; TCP_STATE_UNKNOWN when /proc alone told of it */
	uint8_t flags; /* enum file_flag */
	uint8_t role;  /* enum conn_role as the socket itself tells */
};

/* The socket's own facts, for rows that no dump lists (ghosts, ESTABLISHED, namespaces out of
 * reach). */
struct file_socket {
	struct endpoint local, remote;
	uint64_t cookie; /* 0 unknown */
	uint32_t rqueue, wqueue;
	uint8_t timer, retrans, backoff, shutdown;
};

/* What tcp_info tells of a socket without a pending timer, for rows that are dumped without it: the
 * columns of CONN_HAS_INFO but rto and backoff, which mean nothing then. */
struct file_clocks {
	uint64_t bytes_acked, bytes_received;
	uint64_t read_ns; /* CLOCK_BOOTTIME when it was read, to one jiffy */
	uint32_t last_data_sent_ms, last_data_recv_ms, last_ack_recv_ms; /* before read_ns */
	uint32_t pad;
};

/* A connection waiting in a listener's accept queue. */
struct file_child {
	struct endpoint local, remote;
	uint32_t netns;
	uint32_t listener_inode;
};

struct file_process {
	uint64_t key;	   /* tells processes apart also without a pid */
	uint32_t pid;	   /* in our pid namespace, 0 outside it */
	uint32_t fds_open; /* VALUE_UNKNOWN */
	char comm[16];
};

/* All zero is an empty table. Owns its arrays. */
struct file_table {
	SNAPSHOT_ARRAY(struct file_row) rows;
	SNAPSHOT_ARRAY(struct file_socket) sockets;
	SNAPSHOT_ARRAY(struct file_clocks) clocks;
	SNAPSHOT_ARRAY(struct file_child) children;
	SNAPSHOT_ARRAY(struct file_process) processes;
	SNAPSHOT_ARRAY(struct watch) watches;
	SNAPSHOT_ARRAY(struct watch_reg) regs;
	SNAPSHOT_ARRAY(struct peer_use) peers; /* netns holds the namespace's inode number here */
	uint32_t denied_processes;	       /* whose files could not be listed */
	uint8_t all_files;		       /* enum fact: every file of every process was seen */
};

void file_table_finish(struct file_table *t);

#endif
