/* SPDX-License-Identifier: Apache-2.0 */
/* The table everything meets in: what was seen of this host's TCP sockets in one look.
 *
 * The rooms of see/ fill it, look/ joins it, judge/ reads it; after that nothing changes it. Rows
 * name each other by index (ROW_NONE = no row), so the arrays may move while they grow. A fact that
 * could not be read is told by its bit in `has` or by FACT_UNKNOWN, never by a zero. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"
#include "model/stack.h"
#include "model/tcp.h"
#include "model/thread.h"

#define ROW_NONE UINT32_MAX

/* A number of milliseconds (or another 32-bit count) that nobody knows. */
#define VALUE_UNKNOWN UINT32_MAX

/* The same of a 64-bit counter. */
#define COUNTER_UNKNOWN UINT64_MAX

/* A yes-or-no fact that may be unknown. */
enum fact { FACT_UNKNOWN = 0, FACT_NO, FACT_YES };

enum conn_role { ROLE_UNKNOWN = 0, ROLE_ACCEPTED, ROLE_CONNECTED };

/* Which columns of a conn are filled. */
enum conn_has {
	CONN_HAS_DIAG = 1 << 0, /* it came out of sock_diag: cookie, queues, timer, uid */
	CONN_HAS_INFO = 1 << 1, /* tcp_info: last_*_ms, bytes_*, rto, backoff (never minisockets) */
	CONN_HAS_SHUTDOWN = 1 << 2, /* shutdown */
	CONN_HAS_OPTIONS = 1 << 3,  /* keepalive_*, user_timeout_ms (BPF) */
	CONN_HAS_IDLE = 1 << 4,	    /* idle_ms (BPF) */
	CONN_HAS_CGROUP = 1 << 5,   /* cgroup_id */
	CONN_HAS_MEMORY = 1 << 6,   /* memory_bytes */
};

enum conn_flag {
	CONN_QUEUED = 1 << 0,	  /* found in the accept queue of conns[listener] */
	CONN_KEEPALIVE = 1 << 1,  /* SO_KEEPALIVE is on (valid with CONN_HAS_OPTIONS) */
	CONN_WRITE_FULL = 1 << 2, /* its send buffer is full: a writer waits (BPF) */
	CONN_MPTCP = 1 << 3, /* a subflow of an MPTCP socket; its holders hold the MPTCP socket */
	CONN_WINDOW_SHUT = 1 << 5, /* the peer takes nothing more (tcp_info, Linux 5.4) */
	CONN_RECHECKED = 1 << 4,   /* looked up a second time by cookie and still the same */
};

/* One TCP socket, minisocket or listener. *shape*: for LISTEN rqueue is the accept queue's length
 * and wqueue its limit (backlog); else rqueue = unread bytes + 1 for an unread FIN (facts F33),
 * wqueue = bytes not acknowledged (the FIN counts 1). Sources: struct inet_diag_msg and its
 * attributes (net/ipv4/inet_diag.c:inet_sk_diag_fill), or the BPF task-file iterator where
 * sock_diag could not look. */
struct conn {
	struct endpoint local;
	struct endpoint remote;
	uint64_t cookie; /* 0 unknown; the socket's identity, kept into minisockets (F71) */
	uint64_t cgroup_id;
	uint64_t bytes_acked;	 /* includes SYN (if we connected) and FIN (F80) */
	uint64_t bytes_received; /* includes the FIN (F80) */
	uint32_t inode;		 /* 0: no file (orphan, minisocket, or never accepted) */
	uint32_t netns;		 /* row of netns[] */
	uint32_t rqueue, wqueue;
	uint32_t uid;
	uint32_t ifindex;
	uint32_t expires_ms; /* of `timer` */
	uint32_t rto_ms;     /* 0: no timer runs, and it was not read */
	uint32_t last_data_sent_ms, last_data_recv_ms, last_ack_recv_ms;
	uint32_t memory_bytes; /* of buffers, filled or set aside (CONN_HAS_MEMORY) */
	uint32_t idle_ms; /* since the kernel last handled a segment or timer of it (tcp_mstamp) */
	uint32_t user_timeout_ms;      /* 0: not set */
	uint32_t keepalive_idle_s;     /* 0: the sysctl's */
	uint32_t keepalive_interval_s; /* 0: the sysctl's */
	uint32_t listener; /* for ROLE_ACCEPTED and queued ones: its LISTEN row, ROW_NONE unknown */
	uint32_t holders;  /* first of n_holders consecutive rows of holders[] */
	uint32_t n_holders;
	uint16_t has;		  /* enum conn_has */
	uint16_t flags;		  /* enum conn_flag */
	uint8_t keepalive_probes; /* 0: the sysctl's */
	uint8_t state;		  /* enum tcp_state */
	uint8_t timer;		  /* enum tcp_timer */
	uint8_t retrans; /* idiag_retrans: retransmits, or unanswered probes with timer 2 and 4 */
	uint8_t backoff;
	uint8_t shutdown; /* TCP_SHUT_* */
	uint8_t role;	  /* enum conn_role */
	uint8_t pad;
};

/* One registration of a file in an epoll set (struct epitem). */
struct watch_reg {
	uint64_t epoll;	 /* which set: equal for the same one within a snapshot, else meaningless */
	uint32_t events; /* the mask as the kernel keeps it: ERR|HUP always added, EPOLLET,
			    EPOLLONESHOT */
	uint32_t sleepers;     /* threads asleep on that set, directly or through another loop;
				  VALUE_UNKNOWN */
	uint8_t ready;	       /* enum fact: on the ready list */
	uint8_t oneshot_spent; /* registered EPOLLONESHOT, taken, not re-armed */
	uint8_t pad[6];
};

/* How a file is watched. Without BPF only masks are known (/proc/PID/fdinfo). */
struct watch {
	uint32_t regs; /* first of n_regs rows of regs[] */
	uint16_t n_regs;
	uint8_t sleepers_known; /* the counts below were read (BPF) */
	uint8_t truncated;	/* more registrations or waiters than were read */
	uint32_t sleepers; /* threads asleep on the socket itself that a FIN would wake for reading
			    */
	uint32_t
		deaf_sleepers; /* threads asleep in poll/select on it without POLLIN or POLLRDHUP */
	uint32_t uring;	       /* io_uring polls or other callbacks waiting on it */
	uint32_t sleeper_tid;  /* one of the threads asleep, 0 none or not in our pid namespace */
};

/* One open file of one process on a conn. Holders of one conn stand together. */
struct holder {
	uint32_t conn;
	uint32_t process;
	int32_t fd;
	uint32_t watch; /* row of watches[]; ROW_NONE: how it is watched could not be seen */
};

enum runtime {
	RUNTIME_UNKNOWN = 0,
	RUNTIME_NATIVE, /* looked at, none of the known ones */
	RUNTIME_GO,
	RUNTIME_JVM,
	RUNTIME_NODE,
	RUNTIME_PYTHON,
	RUNTIME_NGINX,
	RUNTIME_HAPROXY,
	RUNTIME_POSTGRES,
	RUNTIME_REDIS,
	RUNTIME_RUBY,
	RUNTIME_PHP,
	RUNTIME_ERLANG,
	RUNTIME_DOTNET,
	RUNTIME_RUST,
	RUNTIME_MAX,
};

/* Libraries that tell what a program does its networking with: they decide no verdict, only in
 * whose terms a remedy is put. */
enum library {
	LIBRARY_PQ = 1 << 0,	/* libpq, also below psycopg2 and php-pgsql */
	LIBRARY_MYSQL = 1 << 1, /* libmysqlclient, libmariadb */
	LIBRARY_CURL = 1 << 2,	/* libcurl, also below php-curl and pycurl */
	LIBRARY_HIREDIS = 1 << 3,
	LIBRARY_UV = 1 << 4,
	LIBRARY_EVENT = 1 << 5, /* libevent */
	LIBRARY_EV = 1 << 6,	/* libev */
	LIBRARY_URING = 1 << 7, /* liburing */
	LIBRARY_SSL = 1 << 8,	/* libssl, GnuTLS */
	LIBRARY_GRPC = 1 << 9,
	LIBRARY_ASYNCIO = 1 << 10, /* Python's _asyncio */
	LIBRARY_GEVENT = 1 << 11,
	LIBRARY_NETTY = 1 << 12, /* Netty's native transport; without that Netty leaves no mark */
	LIBRARY_RUST = 1 << 13,	 /* rustc made some of the program itself */
};

/* A process that holds at least one conn. Strings are owned by the snapshot's string pool and NULL
 * when not known; they come from outside and are escaped only when shown. */
struct process {
	const char *comm;
	const char *exe;       /* /proc/PID/exe, " (deleted)" taken off */
	const char *cmdline;   /* arguments separated by spaces, at most 4 KiB */
	const char *unit;      /* "orders.service" */
	const char *container; /* id, 64 hex digits or what the runtime uses */
	const char *pod;       /* "namespace/pod" or its uid */
	uint64_t start_ns;     /* CLOCK_BOOTTIME when it started (10 ms steps); 0 unknown */
	uint32_t pid; /* in our pid namespace; 0: outside it, can be counted but not named */
	uint32_t ppid;
	uint32_t session;   /* pid of its leader; 0 unknown, or outside our pid namespace */
	uint32_t age_ms;    /* VALUE_UNKNOWN */
	uint32_t fds_open;  /* VALUE_UNKNOWN */
	uint32_t fds_limit; /* soft RLIMIT_NOFILE; VALUE_UNKNOWN */
	uint32_t threads;   /* VALUE_UNKNOWN */
	uint64_t key;	    /* tells processes apart within a snapshot, also those without a pid */
	uint32_t thread_rows;	/* first of n_thread_rows rows of threads[] */
	uint32_t n_thread_rows; /* how many were read: at most `threads` */
	uint32_t libraries; /* enum library: those seen mapped; 0 also where none could be read */
	uint8_t stopped; /* enum fact: every thread stopped (T, t) or in uninterruptible sleep (D)
			  */
	uint8_t frozen;	 /* enum fact: its cgroup is frozen */
	uint8_t runtime; /* enum runtime */
	uint8_t threads_seen; /* enum threads_seen */
	uint8_t is_user_unit; /* `unit` is that of a user's systemd: systemctl --user */
	char state;	      /* of its first thread, as /proc/PID/stat has it; 0 unknown */
};

/* A process above one that shares a connection; it holds none that was seen. */
struct ancestor {
	const char *comm; /* in the string pool */
	uint32_t pid;
	uint32_t ppid; /* 0: it has none, or it is outside our pid namespace */
};

/* How one process uses one remote endpoint beside the stuck ones: pool siblings. */
struct peer_use {
	struct endpoint remote;
	uint32_t process;
	uint32_t netns;
	uint32_t established;
	uint32_t lately; /* of these, how many had data in the last PEER_LATELY_S, or were opened
			    then; VALUE_UNKNOWN */
};

#define PEER_LATELY_S 10

enum netns_seen {
	NETNS_DUMPED = 0,
	NETNS_EMPTY,	   /* sockstat proves it holds no TCP socket of interest */
	NETNS_DENIED,	   /* not permitted to enter */
	NETNS_INTERRUPTED, /* its table changed under every dump: what is listed may lack some */
	NETNS_FAILED,	   /* see err */
	NETNS_FILES_ONLY,  /* nobody is in it: its sockets are seen only where a process holds them
			    */
};

/* Settings of one network namespace that verdicts and prognoses read; VALUE_UNKNOWN where
 * unreadable. */
struct netns_settings {
	uint32_t port_low, port_high; /* ip_local_port_range */
	uint32_t ports_reserved;      /* how many of them ip_local_reserved_ports takes out */
	uint32_t somaxconn;	      /* the most that listen() gives an accept queue */
	uint32_t fin_timeout_s;
	uint32_t keepalive_time_s, keepalive_interval_s, keepalive_probes;
	uint32_t orphan_retries, retries2;
	uint32_t rto_max_ms; /* tcp_rto_max_ms (since 6.15, before that 120000) */
	uint32_t max_tw_buckets;
};

struct netns_row {
	uint64_t inode;	    /* of /proc/PID/ns/net */
	uint64_t dumped_ns; /* CLOCK_BOOTTIME by which its sockets' clocks were read; 0 unknown */
	uint32_t pid;	    /* a process that is in it, 0 none */
	int err;	    /* -errno behind NETNS_DENIED and NETNS_FAILED; NETNS_EMPTY: -ESRCH
			       when it had gone before it could be entered */
	uint8_t seen;	    /* enum netns_seen */
	uint8_t own;	    /* linger's own */
	uint8_t counted;    /* counts[] were read */
	uint8_t pad;
	/* Sockets by state; ESTABLISHED = /proc/net/sockstat's inuse less the other states seen, so
	 * that healthy sockets need not be dumped (VALUE_UNKNOWN where that could not be read). */
	uint32_t counts[TCP_STATE_MAX];
	struct netns_settings settings;
	/* TcpExt of /proc/net/netstat, since the namespace was made: TIME_WAIT for which there was
	 * no place (TCPTimeWaitOverflow), connections for which an accept queue had none
	 * (ListenOverflows). COUNTER_UNKNOWN unless asked for. */
	uint64_t tw_overflows, listen_overflows;
};

/* What this look was able to do. */
struct snapshot_can {
	uint8_t bpf;	       /* enum fact: the task-file iterator ran */
	uint8_t ptrace;	       /* enum fact: /proc of other users' processes can be read */
	uint8_t other_netns;   /* enum fact: other network namespaces could be entered */
	uint8_t destroy;       /* enum fact: SOCK_DESTROY would be permitted and is built in */
	uint8_t all_files;     /* enum fact: every open file of every process was seen */
	uint8_t accept_queues; /* enum fact: the listeners' queues were read whole */
};

#define SNAPSHOT_ARRAY(type)                                                                       \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t n, cap;                                                                     \
	}

/* All zero but for snapshot_init(). Owns everything in it. */
struct snapshot {
	SNAPSHOT_ARRAY(struct conn)
	conns; /* closing states, LISTEN, ghosts, and ESTABLISHED ones that matter */
	SNAPSHOT_ARRAY(struct holder) holders;
	SNAPSHOT_ARRAY(struct watch) watches;
	SNAPSHOT_ARRAY(struct watch_reg) regs;
	SNAPSHOT_ARRAY(struct process) processes;
	SNAPSHOT_ARRAY(struct thread) threads;
	SNAPSHOT_ARRAY(struct stack_set) stack_sets;
	SNAPSHOT_ARRAY(struct stack) stacks;
	SNAPSHOT_ARRAY(struct stack_thread) stack_threads;
	SNAPSHOT_ARRAY(struct stack_frame) stack_frames;
	SNAPSHOT_ARRAY(struct ancestor) ancestors;
	SNAPSHOT_ARRAY(struct peer_use) peers;
	SNAPSHOT_ARRAY(struct netns_row) netns;
	SNAPSHOT_ARRAY(char *) blind_spots; /* sentences: what was not seen and what that costs */
	SNAPSHOT_ARRAY(char *) strings;	    /* the string pool's blocks */
	size_t string_used;
	struct snapshot_can can;
	uint64_t taken_real_ms;
	uint64_t began_ns; /* CLOCK_BOOTTIME before the first source was read; 0 unknown */
	uint32_t took_ms;
	uint32_t denied_processes; /* processes whose files could not be listed */
	char host[64 + 1];
	char kernel[64 + 1];
};

void snapshot_init(struct snapshot *s);
void snapshot_finish(struct snapshot *s);

/* Copies text into the snapshot's pool. Returns it, or NULL when out of memory (or text is NULL).
 */
const char *snapshot_string(struct snapshot *s, const char *text);

/* Adds a zeroed row (listener ROW_NONE, ages VALUE_UNKNOWN) and returns its index, or ROW_NONE when
 * out of memory. The pointer from snapshot_conn() is good until the next row is added. */
uint32_t snapshot_add_conn(struct snapshot *s);
uint32_t snapshot_add_process(struct snapshot *s);
uint32_t snapshot_add_netns(struct snapshot *s, uint64_t inode);

/* The row of the namespace with this inode, ROW_NONE when there is none. */
uint32_t snapshot_find_netns(const struct snapshot *s, uint64_t inode);

/* Adds a blind spot once (the same sentence is not repeated). 0 or -ENOMEM. */
__attribute__((format(printf, 2, 3))) int snapshot_blind_spot(struct snapshot *s,
							      const char *format, ...);

static inline struct conn *snapshot_conn(const struct snapshot *s, uint32_t row)
{
	return &s->conns.items[row];
}

static inline struct process *snapshot_process(const struct snapshot *s, uint32_t row)
{
	return &s->processes.items[row];
}

/* Whether rqueue, wqueue, timer and retrans were read: sock_diag and the BPF pass bring them; a row
 * that /proc alone told of has none. */
static inline bool conn_has_queues(const struct conn *c)
{
	return c->has & (CONN_HAS_DIAG | CONN_HAS_OPTIONS | CONN_HAS_IDLE);
}

/* Sum of a state over all namespaces; VALUE_UNKNOWN if any of them is not known. */
uint32_t snapshot_total(const struct snapshot *s, enum tcp_state state);

#endif
