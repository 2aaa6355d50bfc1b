/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread of an owner did at the moment of the look. Bare facts, as /proc/PID/task/TID
 * tells them; what they mean for a connection is for judge/threads.h to say. */
#ifndef MODEL_THREAD_H
#define MODEL_THREAD_H

#include <stdint.h>

/* The system call a thread is in, by what it is for (the number itself is in `nr`). */
enum thread_call {
	CALL_UNKNOWN = 0, /* could not be read, or not one known here: see nr */
	CALL_NONE,	  /* in none: it computes, or waits for a page */
	CALL_ACCEPT,
	CALL_CONNECT,
	CALL_RECEIVE, /* read, readv, recv… */
	CALL_SEND,    /* write, writev, send…, sendfile, splice */
	CALL_POLL,    /* poll, ppoll, select, pselect6 */
	CALL_EPOLL,   /* epoll_wait, epoll_pwait, epoll_pwait2 */
	CALL_URING,   /* io_uring_enter */
	CALL_FUTEX,   /* a lock, a condition, an idle pool: the kernel cannot tell which */
	CALL_SLEEP,   /* nanosleep, clock_nanosleep */
	CALL_CHILD,   /* wait4, waitid */
	CALL_LOCK,    /* flock, fcntl(F_SETLKW) */
	CALL_SYNC,    /* fsync, fdatasync, sync… */
	CALL_SIGNAL,  /* pause, rt_sigsuspend, rt_sigtimedwait */
	CALL_OTHER,   /* known, and none of these */
	CALL_MAX,
};

/* What the call waits on. */
enum thread_object {
	OBJECT_UNKNOWN = 0, /* there is one, and it could not be read */
	OBJECT_NONE,	    /* the call has none: futex, sleep */
	OBJECT_TCP,	    /* a TCP connection; `conn` where it is a row */
	OBJECT_LISTENER,    /* a TCP listener; `conn` where it is a row */
	OBJECT_SOCKET,	    /* another socket: unix, UDP, netlink… */
	OBJECT_EPOLL,
	OBJECT_SET, /* poll or select over several files: `fds` of them */
	OBJECT_PIPE,
	OBJECT_EVENT, /* eventfd, timerfd, signalfd, inotify, pidfd */
	OBJECT_FILE,
	OBJECT_TERMINAL,
	OBJECT_OTHER,
	OBJECT_MAX,
};

/* How far the threads of a process were read. */
enum threads_seen {
	THREADS_NOT_LOOKED = 0, /* nothing hung on them */
	THREADS_ALL,
	THREADS_SOME,	/* more than are read: snapshot.threads has the first ones */
	THREADS_DENIED, /* names and states only: the system calls need ptrace access */
	THREADS_GONE,	/* the process ended meanwhile */
};

/* *shape*: the threads of one process stand together (process.thread_rows, n_thread_rows); one that
 * has ended, like a first thread before the others, has no row. Texts are in the snapshot's pool.
 */
struct thread {
	const char *object_text; /* "10.0.0.1:51034 -> 10.2.0.30:5432", "/var/lib/x"; NULL */
	const char *wchan;	 /* kernel function it sleeps in; NULL where that is hidden */
	uint64_t address;	 /* CALL_FUTEX: of the futex, the same for all who wait on it */
	uint32_t futex_value;	 /* CALL_FUTEX: what the word held when it began to wait */
	uint32_t process;	 /* row of processes[] */
	uint32_t tid;		 /* in our pid namespace */
	uint32_t conn;		 /* row of conns[], ROW_NONE */
	uint32_t fds;		 /* OBJECT_SET: how many files */
	uint32_t quiet_ms;	 /* OBJECT_TCP: nothing has come on it for so long; VALUE_UNKNOWN */
	uint32_t timeout_ms;	 /* the wait's own limit, what is left of a deadline; VALUE_UNKNOWN
				    none, or not read */
	uint32_t cpu_permille;	 /* of one CPU over the look; VALUE_UNKNOWN: not measured */
	int32_t fd;		 /* the call's file, -1 none */
	int16_t nr;		 /* number of the system call, -1 none, -2 not read */
	uint8_t futex_op;	 /* CALL_FUTEX: FUTEX_WAIT …, without flags (linux/futex.h) */
	uint8_t call;		 /* enum thread_call */
	uint8_t object;		 /* enum thread_object */
	uint8_t with_listener;	 /* enum fact: a TCP listener is among a set's or epoll's files */
	uint8_t with_stuck;	 /* enum fact: so is a connection in a closing state */
	uint8_t steady; /* enum fact: it was in the same call on the same object in every sample,
			   and did not run between them; unknown: only one sample */
	char state;	/* R S D T t Z I, as /proc has it; 0 unknown */
	char comm[16];
};

#endif
