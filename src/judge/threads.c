// SPDX-License-Identifier: Apache-2.0
/* From a thread's system call to what it does, and whether it should be looking after a connection.
 */
#include "judge/threads.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "judge/index.h"

/* As much of one CPU as a thread that never waits gets. */
#define BUSY_PERMILLE 900

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_among(const char *comm, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_prefix(comm, prefixes[i]))
			return true;
	return false;
}

/* HotSpot: src/hotspot/share (os::set_native_thread_name), JDK 8 to 21. */
static const char *const jvm_services[] = {
	"GC ",
	"G1 ",
	"VM ",
	"C1 Compiler",
	"C2 Compiler",
	"Sweeper",
	"Signal Dispatch",
	"Service Thread",
	"Monitor Deflat",
	"Common-Cleaner",
	"Finalizer",
	"Reference Handl",
	"Notification",
	"Attach Listener",
	"JFR ",
	"Concurrent",
	"ParGC",
	"Shenandoah",
	"ZDirector",
	"ZDriver",
	"ZStat",
	"ZWorker",
	"ZUncommitter",
	"ZUnmapper",
	"XWorker",
	"Cleaner-",
	"DestroyJavaVM",
	"process reaper",
	"JVMCI-native",
};

/* What libraries start beside the program's own threads, whatever it is written in. */
static const char *const services[] = {
	"gmain",	  "gdbus",	     "dconf worker",	"pool-spawner",	  "jemalloc_bg_thd",
	"grpc_global_ti", "default-executo", "resolver-execut", "event_engine",	  "libuv-worker",
	"V8Worker",	  "DelayedTaskSche", "SignalInspector", "signal-handler", ".NET Sig",
	".NET Finalizer", ".NET Synch",	     ".NET EventPipe",	".NET Tiered",	  "bio_",
	"io_thd_",
};

/* Parts of names that only pools give to their threads. */
static const char *const pool_parts[] = {
	"pool",	 "Pool",  "worker",	"Worker",   "exec-",	    "xecut", "http-nio",
	"nio-",	 "-exec", "qtp",	"XNIO",	    "ForkJoin",	    "task-", "tokio-",
	"rayon", "puma ", "erts_sched", "Catalina", "default task",
};

bool threads_is_service(enum runtime runtime, const char *comm)
{
	if (runtime == RUNTIME_JVM && is_among(comm, jvm_services, ARRAY_LEN(jvm_services)))
		return true;
	return is_among(comm, services, ARRAY_LEN(services));
}

bool threads_is_pool_name(const char *comm)
{
	for (size_t i = 0; i < ARRAY_LEN(pool_parts); i++)
		if (strstr(comm, pool_parts[i]))
			return true;
	return false;
}

/* ---- what it does ---- */

static enum doing doing_of_poll(const struct thread *t)
{
	switch (t->object) {
	case OBJECT_LISTENER:
		return DOING_ACCEPT;
	case OBJECT_SET:
		return t->with_listener == FACT_YES ? DOING_ACCEPT : DOING_POLL;
	case OBJECT_EPOLL:
		return DOING_POLL;
	case OBJECT_TCP:
		return DOING_READ;
	case OBJECT_NONE: /* over nothing: an old way to sleep */
		return DOING_SLEEP;
	case OBJECT_EVENT:
		return DOING_IDLE;
	case OBJECT_UNKNOWN:
		return DOING_UNKNOWN;
	default:
		return DOING_INPUT;
	}
}

static enum doing doing_of_receive(const struct thread *t)
{
	switch (t->object) {
	case OBJECT_TCP:
		return DOING_READ;
	case OBJECT_FILE:
		return DOING_DISK;
	case OBJECT_EVENT: /* inotify, a timer, another thread's word */
		return DOING_IDLE;
	case OBJECT_UNKNOWN:
		return DOING_UNKNOWN;
	default:
		return DOING_INPUT;
	}
}

static enum doing doing_of_send(const struct thread *t)
{
	if (t->object == OBJECT_UNKNOWN)
		return DOING_UNKNOWN;
	return t->object == OBJECT_FILE ? DOING_DISK : DOING_WRITE;
}

static enum doing doing_of_call(const struct thread *t)
{
	switch ((enum thread_call)t->call) {
	case CALL_ACCEPT:
		return DOING_ACCEPT;
	case CALL_CONNECT:
		return DOING_CONNECT;
	case CALL_RECEIVE:
		return doing_of_receive(t);
	case CALL_SEND:
		return doing_of_send(t);
	case CALL_POLL:
		return doing_of_poll(t);
	case CALL_EPOLL:
	case CALL_URING:
		return DOING_POLL;
	case CALL_FUTEX:
		return DOING_FUTEX;
	case CALL_SLEEP:
		return DOING_SLEEP;
	case CALL_CHILD:
		return DOING_CHILD;
	case CALL_LOCK:
		return DOING_LOCK;
	case CALL_SYNC:
		return DOING_DISK;
	case CALL_SIGNAL:
		return DOING_IDLE;
	case CALL_UNKNOWN:
		return t->nr >= 0 ? DOING_OTHER : DOING_UNKNOWN;
	default:
		return DOING_OTHER;
	}
}

static bool is_busy(const struct thread *t)
{
	return t->cpu_permille != VALUE_UNKNOWN && t->cpu_permille >= BUSY_PERMILLE;
}

static enum doing doing_of(const struct thread *t)
{
	switch (t->state) {
	case 'Z':
	case 'X':
		return DOING_IDLE;
	case 'T':
	case 't':
		return DOING_HALTED;
	case 'R':
		return DOING_COMPUTE;
	case 'D':
		return DOING_DISK;
	default:
		break;
	}
	return is_busy(t) ? DOING_COMPUTE : doing_of_call(t);
}

/* ---- whether it is elsewhere ---- */

/* What one process's threads have in common. */
struct party {
	const struct snapshot *s;
	const struct process *p;
	struct map waiting; /* address of a futex → how many wait on it */
	uint32_t working;   /* threads that are none of the runtime's own */
	uint32_t low, high; /* their tids lie in between */
};

/* Go parks its threads in a futex, and in a short sleep; goroutines that wait are in no thread at
 * all. Erlang's schedulers likewise. */
static bool has_own_scheduler(const struct process *p)
{
	return p->runtime == RUNTIME_GO || p->runtime == RUNTIME_ERLANG;
}

/* The first thread does all the work on connections; the others only help it. */
static bool is_first_of_helpers(const struct process *p)
{
	return p->runtime == RUNTIME_NODE || p->runtime == RUNTIME_REDIS;
}

static bool is_first(const struct party *party, const struct thread *t)
{
	return party->p->pid && t->tid == party->p->pid;
}

static bool is_alone(const struct party *party, const struct thread *t, const struct task *task)
{
	if (party->p->threads_seen != THREADS_ALL || task->service)
		return false;
	return party->working == 1 || (is_first_of_helpers(party->p) && is_first(party, t));
}

/* pthread_join() waits for the word that holds the other's tid (glibc nptl/pthread_join_common.c).
 */
static bool is_joining(const struct party *party, const struct thread *t)
{
	const struct process *p = party->p;

	if (t->futex_value < party->low || t->futex_value > party->high)
		return false;
	for (uint32_t i = 0; i < p->n_thread_rows; i++)
		if (party->s->threads.items[p->thread_rows + i].tid == t->futex_value)
			return true;
	return false;
}

/* glibc's mutex waits for the value 2, "locked, with waiters" (nptl/lowlevellock.c); what else
 * waits so is Go's own, which has been told before. */
static bool is_mutex(const struct thread *t)
{
	return (t->futex_op == FUTEX_WAIT && t->futex_value == 2) || t->futex_op == FUTEX_LOCK_PI ||
	       t->futex_op == FUTEX_LOCK_PI2;
}

/* A futex that is no mutex is a lock to one who cannot be waiting for another thread's word, and
 * idle where the name or the runtime says so. Of several at one address it cannot be told; in
 * Python all locks are alike, and handlers in them more usual than an idle pool. */
static enum elsewhere of_futex(const struct party *party, const struct thread *t, struct task *task)
{
	bool first = is_first(party, t);

	if (has_own_scheduler(party->p) || (is_first_of_helpers(party->p) && !first)) {
		task->doing = DOING_IDLE;
		return ELSEWHERE_NO;
	}
	if (is_joining(party, t)) {
		task->doing = DOING_IDLE;
		return ELSEWHERE_NO;
	}
	if (task->alone || is_mutex(t)) {
		task->doing = DOING_LOCK;
		return ELSEWHERE_SURE;
	}
	if (first || threads_is_pool_name(t->comm)) {
		task->doing = DOING_IDLE;
		return ELSEWHERE_NO;
	}
	return map_get(&party->waiting, t->address) > 1 && party->p->runtime != RUNTIME_PYTHON
		       ? ELSEWHERE_IDLE
		       : ELSEWHERE_PERHAPS;
}

/* What a program also keeps threads for that have nothing to do with connections: to look after
 * something now and then, to wait for its children, to read a pipe. */
static enum elsewhere of_chore(const struct party *party, const struct thread *t,
			       const struct task *task)
{
	if (task->alone)
		return ELSEWHERE_SURE;
	if (has_own_scheduler(party->p))
		return ELSEWHERE_NO;
	return is_first(party, t) ? ELSEWHERE_IDLE : ELSEWHERE_PERHAPS;
}

/* Of one that is no row the text tells the port: "10.0.0.1:51034 -> 10.2.0.30:5432". */
static uint16_t local_port(const char *text)
{
	const char *at = text ? strstr(text, " -> ") : NULL;

	while (at && at > text && at[-1] != ':')
		at--;
	return at ? (uint16_t)strtoul(at, NULL, 10) : 0;
}

enum conn_role threads_conn_role(const struct index *x, const struct thread *t)
{
	uint32_t netns = x->usage[t->process].netns;
	uint16_t port;

	if (t->conn != ROW_NONE)
		return index_role(x, snapshot_conn(x->s, t->conn));
	port = local_port(t->object_text);
	return port && netns != ROW_NONE ? index_port_role(x, netns, port) : ROLE_UNKNOWN;
}

/* Who waits for one that is at its end, and does not see that, is not elsewhere. */
static bool is_at_its_end(const struct index *x, const struct thread *t)
{
	const struct conn *c = t->conn == ROW_NONE ? NULL : snapshot_conn(x->s, t->conn);

	return c && c->state == TCP_STATE_CLOSE_WAIT && c->rqueue > 0;
}

/* A handler that waits for its own client's next request says nothing about another's. */
static enum elsewhere of_read(const struct index *x, const struct thread *t,
			      const struct task *task)
{
	if (is_at_its_end(x, t))
		return ELSEWHERE_NO;
	if (task->alone)
		return ELSEWHERE_SURE;
	return threads_conn_role(x, t) == ROLE_CONNECTED ? ELSEWHERE_SURE : ELSEWHERE_PERHAPS;
}

static enum elsewhere elsewhere_of(const struct index *x, const struct party *party,
				   const struct thread *t, struct task *task)
{
	if (task->service)
		return ELSEWHERE_NO;
	switch ((enum doing)task->doing) {
	case DOING_UNKNOWN:
		return ELSEWHERE_UNTOLD;
	case DOING_ACCEPT:
	case DOING_POLL:
	case DOING_IDLE:
		return ELSEWHERE_NO;
	case DOING_FUTEX:
		return of_futex(party, t, task);
	case DOING_SLEEP:
	case DOING_CHILD:
	case DOING_INPUT:
		return of_chore(party, t, task);
	case DOING_READ:
		return of_read(x, t, task);
	case DOING_CONNECT:
	case DOING_WRITE:
	case DOING_LOCK:
	case DOING_DISK:
		return ELSEWHERE_SURE;
	case DOING_COMPUTE:
		return is_busy(t) ? ELSEWHERE_SURE : ELSEWHERE_PERHAPS;
	default:
		return ELSEWHERE_PERHAPS;
	}
}

/* What was seen once only may be over; who ran between two samples is not waiting there. Who
 * computes has been looked at for a while. */
static enum elsewhere if_steady(const struct thread *t, const struct task *task)
{
	enum elsewhere elsewhere = (enum elsewhere)task->elsewhere;

	if (elsewhere != ELSEWHERE_SURE || task->doing == DOING_COMPUTE || t->steady == FACT_YES)
		return elsewhere;
	return t->steady == FACT_NO ? ELSEWHERE_PERHAPS : ELSEWHERE_UNTOLD;
}

/* ---- all threads of all processes ---- */

static void count_task(struct crew *crew, const struct thread *t, const struct task *task)
{
	crew->untold += task->elsewhere == ELSEWHERE_UNTOLD;
	crew->idle += task->elsewhere == ELSEWHERE_IDLE;
	crew->perhaps += task->elsewhere == ELSEWHERE_PERHAPS;
	crew->away += t->call == CALL_EPOLL && t->with_stuck == FACT_NO &&
		      t->with_listener == FACT_NO && task->alone && t->steady == FACT_YES;
	crew->alone |= task->alone;
	if (task->elsewhere != ELSEWHERE_SURE)
		return;
	crew->sure++;
	if (task->doing == DOING_WRITE && t->object == OBJECT_TCP)
		crew->sending++;
	else if (task->doing == DOING_WRITE)
		crew->writing++;
}

/* The first look at each: what needs no other thread. A JVM's first thread starts the one that runs
 * main() and waits for its end (java.base/unix/native/libjli/java_md.c:CallJavaMainInNewThread). */
static int survey(struct index *x, struct party *party)
{
	const struct process *p = party->p;

	for (uint32_t i = p->thread_rows; i < p->thread_rows + p->n_thread_rows; i++) {
		const struct thread *t = &x->s->threads.items[i];
		uint32_t before;

		x->tasks[i] = (struct task){
			.doing = (uint8_t)doing_of(t),
			.service = threads_is_service((enum runtime)p->runtime, t->comm) ||
				   (p->runtime == RUNTIME_JVM && is_first(party, t)),
		};
		party->low = t->tid < party->low ? t->tid : party->low;
		party->high = t->tid > party->high ? t->tid : party->high;
		/* A thread that has ended while its process has not does nothing any more. */
		party->working += !x->tasks[i].service && t->state != 'Z' && t->state != 'X';
		if (x->tasks[i].doing != DOING_FUTEX)
			continue;
		before = map_get(&party->waiting, t->address);
		if (map_put(&party->waiting, t->address, before == MAP_NONE ? 1 : before + 1, NULL))
			return -ENOMEM;
	}
	return 0;
}

static int sort_process(struct index *x, uint32_t row)
{
	const struct process *p = &x->s->processes.items[row];
	struct party party = { .s = x->s, .p = p, .low = UINT32_MAX };
	int err = survey(x, &party);

	for (uint32_t i = p->thread_rows; !err && i < p->thread_rows + p->n_thread_rows; i++) {
		const struct thread *t = &x->s->threads.items[i];
		struct task *task = &x->tasks[i];

		task->alone = is_alone(&party, t, task);
		task->elsewhere = (uint8_t)elsewhere_of(x, &party, t, task);
		if (task->service && task->doing != DOING_COMPUTE)
			task->doing = DOING_IDLE;
		task->elsewhere = (uint8_t)if_steady(t, task);
		count_task(&x->usage[row].crew, t, task);
	}
	x->usage[row].crew.known = p->threads_seen == THREADS_ALL && p->n_thread_rows > 0;
	map_finish(&party.waiting);
	return err;
}

int threads_sort(struct index *x)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < x->s->processes.n; i++)
		if (x->s->processes.items[i].n_thread_rows > 0 &&
		    (x->s->processes.items[i].threads_seen == THREADS_ALL ||
		     x->s->processes.items[i].threads_seen == THREADS_SOME))
			err = sort_process(x, i);
	return err;
}

bool threads_all_held(const struct snapshot *s, const struct process *p)
{
	if (p->threads_seen != THREADS_ALL || p->n_thread_rows == 0)
		return false;
	for (uint32_t i = 0; i < p->n_thread_rows; i++) {
		const struct thread *t = &s->threads.items[p->thread_rows + i];

		if (t->steady != FACT_YES || !t->state || !strchr("TtD", t->state))
			return false;
	}
	return true;
}
