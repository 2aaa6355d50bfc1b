/* SPDX-License-Identifier: Apache-2.0 */
/* What the texts in /proc/PID say. Pure: bytes in, facts out; fuzzed. No text need end with NUL,
 * and no number in it is believed to fit. */
#ifndef SEE_PROCS_PARSE_H
#define SEE_PROCS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* Longer than any comm: 16 bytes for a process, up to 64 for a kernel worker. */
#define PROCS_COMM_LEN 64

/* *shape*: of /proc/PID/stat (fs/proc/array.c:do_task_stat()). comm is NUL-terminated and may hold
 * any bytes, parentheses and newlines too; ticks are sysconf(_SC_CLK_TCK) a second, start_ticks
 * since boot. */
struct procs_stat {
	uint64_t start_ticks;
	uint64_t cpu_ticks; /* that it has run, in user space and in the kernel */
	uint32_t ppid;
	uint32_t session; /* pid of its leader, 0 when that is outside our pid namespace */
	uint32_t flags;	  /* PF_* */
	uint32_t threads;
	char state;
	char comm[PROCS_COMM_LEN];
};

/* Set in `flags` of what has no files and no program (include/linux/sched.h:PF_KTHREAD). */
#define PROCS_FLAG_KERNEL_THREAD 0x00200000u

/* 0, or -EBADMSG with *ret untouched. */
int procs_parse_stat(const char *text, size_t len, struct procs_stat *ret);

/* The soft limit of "Max open files" in /proc/PID/limits; VALUE_UNKNOWN when it is not there;
 * VALUE_UNKNOWN - 1 for "unlimited" and what is as good as that. */
uint32_t procs_parse_fds_limit(const char *text, size_t len);

/* Whether cgroup.events (v2: "frozen 1") or freezer.state (v1: "FROZEN") say that everything in the
 * cgroup is frozen; FREEZING, not all of it yet, is FACT_NO. FACT_UNKNOWN when they say neither. */
enum fact procs_parse_cgroup_events(const char *text, size_t len);
enum fact procs_parse_freezer_state(const char *text, size_t len);

/* Whether one of the lines, numbers of processes as cgroup.procs has them, is this pid. */
bool procs_parse_has_pid(const char *text, size_t len, uint32_t pid);

/* One registration in an epoll set, a line of /proc/PID/fdinfo/EPFD (fs/eventpoll.c:
 * ep_show_fdinfo()). */
struct procs_epoll_target {
	uint64_t data;	/* the program's own, epoll_event.data */
	uint64_t inode; /* of the target; printed since Linux 4.13 */
	uint32_t events;
	int32_t fd; /* its number when it was registered */
};

/* False when the line is not a registration. */
bool procs_parse_epoll_line(const char *line, size_t len, struct procs_epoll_target *ret);

/* The number in a link like "socket:[123]" or "net:[4026531840]"; prefix is "socket:[". False when
 * the link is another. */
bool procs_parse_link(const char *link, size_t len, const char *prefix, uint64_t *ret_number);

/* *shape*: of /proc/PID/task/TID/syscall (fs/proc/base.c:proc_pid_syscall()). */
struct procs_call {
	uint64_t args[6]; /* as they stand in the registers; 0 without a call */
	int32_t nr;	  /* -1: in no system call */
	bool running;	  /* it runs, or is about to: the rest is not told */
};

/* 0, or -EBADMSG with *ret untouched. */
int procs_parse_call(const char *text, size_t len, struct procs_call *ret);

/* How often and how long a thread ran. *shape*: both only grow. `runs`:
 * /proc/PID/task/TID/schedstat counts how often it got a CPU; voluntary and other switches in
 * .../status how often it left one. */
struct procs_run {
	uint64_t ran_ns;
	uint64_t runs;
};

/* schedstat: "ran_ns waited_ns runs". False when it is another text, or the kernel does not count
 * (all three are 0). */
bool procs_parse_schedstat(const char *text, size_t len, struct procs_run *ret);

/* The sum of both kinds of context switches in a status file. False when they are not there. */
bool procs_parse_switches(const char *text, size_t len, uint64_t *ret_switches);

/* What a link in /proc/PID/fd leads to, as far as its text tells. OBJECT_SOCKET: a socket of any
 * kind, *ret_inode is its number (else 0). A named pipe looks like a file. */
enum thread_object procs_parse_object(const char *link, size_t len, uint32_t *ret_inode);

/* Which runtime the path of a program or of a mapped library tells of; RUNTIME_UNKNOWN: none. */
enum runtime procs_runtime_of_exe(const char *path);
enum runtime procs_runtime_of_library(const char *path, size_t len);

/* The enum library that the path of a mapped file tells of, 0: none. */
uint32_t procs_library_of(const char *path, size_t len);

#endif
