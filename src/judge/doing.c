// SPDX-License-Identifier: Apache-2.0
/* Threads that do the same, counted and named. */
#include "judge/doing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "judge/accepting.h"
#include "judge/causes/cause.h"
#include "model/text.h"

/* How many kinds are told apart in a sentence, and in the list. */
#define NAMED_MAX  3
#define GROUPS_MAX 12

/* Threads that do the same with the same. */
struct same {
	const struct thread *first;
	uint32_t count;
	uint32_t cpu_permille; /* the greatest, VALUE_UNKNOWN */
	uint32_t tids[FINDING_TIDS];
	uint8_t doing;
	uint8_t elsewhere; /* the surest */
	bool blocked;	   /* one of them may be elsewhere, and does not run */
	bool aside;	   /* they wait on another epoll set than that in question */
};

struct sames {
	SNAPSHOT_ARRAY(struct same) all;
	struct map map;
	bool by_sureness; /* those that surely are elsewhere apart from those that may be */
	bool set_alone;	  /* nobody waits on the epoll set in question */
};

/* `brief` stands after a number in a sum, the others after one or many threads; "%s" is what it is
 * done with. */
static const struct {
	const char *kind;
	const char *brief;
	const char *one;
	const char *many;
} words[DOING_MAX] = {
	[DOING_UNKNOWN] = { "unknown", "not readable", "could not be read", "could not be read" },
	[DOING_ACCEPT] = { "accept", "waiting for new connections", "waits for new connections",
			   "wait for new connections" },
	[DOING_POLL] = { "poll", "waiting for events", "waits for events in %s",
			 "wait for events in %s" },
	[DOING_IDLE] = { "idle", "idle", "is idle", "are idle" },
	[DOING_READ] = { "read", "reading", "reads from %s", "read from %s" },
	[DOING_CONNECT] = { "connect", "connecting", "connects to %s", "connect to %s" },
	[DOING_INPUT] = { "input", "waiting for input", "waits for input from %s",
			  "wait for input from %s" },
	[DOING_WRITE] = { "write", "blocked in writing", "waits to write to %s, which is full",
			  "wait to write to %s, which is full" },
	[DOING_SLEEP] = { "sleep", "sleeping", "sleeps", "sleep" },
	[DOING_LOCK] = { "lock", "waiting for a lock", "waits for a lock", "wait for a lock" },
	[DOING_FUTEX] = { "futex", "waiting on a futex", "waits on a futex, for a lock or for work",
			  "wait on a futex, for a lock or for work" },
	[DOING_DISK] = { "disk", "waiting for the disk", "waits for %s", "wait for %s" },
	[DOING_CHILD] = { "child", "waiting for a child", "waits for a child process",
			  "wait for a child process" },
	[DOING_COMPUTE] = { "compute", "running", "runs", "run" },
	[DOING_HALTED] = { "stopped", "stopped", "is stopped", "are stopped" },
	[DOING_OTHER] = { "other", "in another system call", "is in %s", "are in %s" },
};

static void put_poll(struct buf *b, const struct thread *t)
{
	if (t->call == CALL_EPOLL)
		buf_puts(b, "epoll_wait");
	else if (t->call == CALL_URING)
		buf_puts(b, "io_uring");
	else
		buf_puts(b, "poll or select");
}

/* The far end of a connection, or what else it is. */
static void put_object(struct buf *b, const struct index *x, const struct thread *t)
{
	static const char *const names[OBJECT_MAX] = {
		[OBJECT_TCP] = "a connection",	  [OBJECT_SOCKET] = "a socket",
		[OBJECT_PIPE] = "a pipe",	  [OBJECT_EVENT] = "an event",
		[OBJECT_TERMINAL] = "a terminal",
	};
	const char *far = t->object_text ? strstr(t->object_text, " -> ") : NULL;

	if (t->object == OBJECT_TCP && t->conn != ROW_NONE)
		put_endpoint(b, &snapshot_conn(x->s, t->conn)->remote);
	else if (t->object == OBJECT_TCP && far)
		buf_put_safe(b, far + strlen(" -> "));
	else if (t->object_text && (t->object == OBJECT_SOCKET || t->object == OBJECT_FILE))
		buf_put_safe(b, t->object_text);
	else
		buf_puts(b,
			 t->object < OBJECT_MAX && names[t->object] ? names[t->object] : "a file");
}

/* What stands for %s. */
static void put_with(struct buf *b, const struct index *x, const struct thread *t, uint8_t doing)
{
	switch ((enum doing)doing) {
	case DOING_POLL:
		put_poll(b, t);
		break;
	case DOING_READ:
	case DOING_CONNECT:
	case DOING_INPUT:
	case DOING_WRITE:
		put_object(b, x, t);
		break;
	case DOING_DISK:
		if (t->object == OBJECT_FILE)
			put_object(b, x, t);
		else
			buf_puts(b, "a disk or a file system");
		break;
	case DOING_OTHER:
		if (t->nr >= 0)
			buf_printf(b, "system call %d", t->nr);
		else
			buf_puts(b, "no system call");
		break;
	default:
		break;
	}
}

/* For how long the first of them surely waits is not known, but for how long nothing has come. */
static void put_quiet(struct buf *b, const struct thread *t)
{
	if (t->quiet_ms == VALUE_UNKNOWN)
		return;
	buf_puts(b, " (nothing has come for ");
	text_put_duration(b, t->quiet_ms);
	buf_putc(b, ')');
}

/* An epoll set without any of the connections in question cannot tell of them. */
static bool is_aside(const struct thread *t)
{
	return t->call == CALL_EPOLL && t->with_stuck == FACT_NO;
}

/* "reads from 10.2.0.30:5432". */
static void put_same(struct buf *b, const struct index *x, const struct same *same)
{
	const char *form = same->count == 1 ? words[same->doing].one : words[same->doing].many;
	const char *with = strstr(form, "%s");

	if (!with) {
		buf_puts(b, form);
	} else {
		buf_add(b, form, (size_t)(with - form));
		put_with(b, x, same->first, same->doing);
		buf_puts(b, with + 2);
	}
	if (same->aside)
		buf_puts(b, ", on another set");
	if (same->doing == DOING_READ)
		put_quiet(b, same->first);
	if (same->doing == DOING_COMPUTE && same->cpu_permille != VALUE_UNKNOWN)
		buf_printf(b, " at %s%u %%", same->count == 1 ? "" : "up to ",
			   same->cpu_permille / 10);
}

/* ---- counting ---- */

static void sames_finish(struct sames *sames)
{
	free(sames->all.items);
	map_finish(&sames->map);
}

static int compare_sames(const void *va, const void *vb)
{
	const struct same *a = va, *b = vb;

	if (a->elsewhere != b->elsewhere)
		return a->elsewhere > b->elsewhere ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static int add_thread(struct sames *sames, const struct index *x, const struct thread *t,
		      const struct task *task)
{
	bool aside = sames->set_alone && task->doing == DOING_POLL && is_aside(t);
	_buf_ struct buf with = { 0 };
	struct same *same;
	uint64_t key;
	uint32_t at;

	put_with(&with, x, t, task->doing);
	if (buf_error(&with))
		return -ENOMEM;
	key = hash_mix(hash_text(HASH_START, buf_text(&with)) ^
		       ((uint64_t)aside << 16 | (uint64_t)task->doing << 8 |
			(sames->by_sureness ? task->elsewhere : 0)));
	at = map_get(&sames->map, key);
	if (at == MAP_NONE) {
		at = (uint32_t)sames->all.n;
		if (array_grow(&sames->all, 1) || map_put(&sames->map, key, at, NULL))
			return -ENOMEM;
		sames->all.items[sames->all.n++] = (struct same){ .first = t,
								  .cpu_permille = VALUE_UNKNOWN,
								  .doing = task->doing,
								  .aside = aside };
	}
	same = &sames->all.items[at];
	if (same->elsewhere < task->elsewhere)
		same->elsewhere = task->elsewhere;
	same->blocked |= task->elsewhere != ELSEWHERE_NO && task->doing != DOING_COMPUTE;
	if (same->count < FINDING_TIDS)
		same->tids[same->count] = t->tid;
	same->count++;
	if (t->cpu_permille != VALUE_UNKNOWN &&
	    (same->cpu_permille == VALUE_UNKNOWN || same->cpu_permille < t->cpu_permille))
		same->cpu_permille = t->cpu_permille;
	return 0;
}

/* Fills *ret, the surest elsewhere first, then the most. */
static int sames_count(const struct index *x, uint32_t process, struct sames *ret)
{
	const struct process *p = &x->s->processes.items[process];
	int err = 0;

	for (uint32_t i = p->thread_rows; !err && i < p->thread_rows + p->n_thread_rows; i++)
		err = add_thread(ret, x, &x->s->threads.items[i], &x->tasks[i]);
	if (!err && ret->all.n > 1)
		qsort(ret->all.items, ret->all.n, sizeof(struct same), compare_sames);
	return err;
}

/* ---- telling ---- */

static bool are_read(const struct process *p)
{
	return p->n_thread_rows > 0 &&
	       (p->threads_seen == THREADS_ALL || p->threads_seen == THREADS_SOME);
}

bool put_elsewhere(struct buf *b, const struct index *x, uint32_t process)
{
	const struct process *p = &x->s->processes.items[process];
	struct sames sames = { .by_sureness = true };
	uint32_t told = 0;

	if (!are_read(p))
		return false;
	if (sames_count(x, process, &sames))
		b->failed = 1;
	for (uint32_t i = 0; i < sames.all.n && told < NAMED_MAX; i++) {
		const struct same *same = &sames.all.items[i];

		if (same->elsewhere < ELSEWHERE_PERHAPS ||
		    (told && same->elsewhere != sames.all.items[0].elsewhere))
			break;
		if (told++)
			buf_printf(b, ", %u ", same->count);
		else if (p->n_thread_rows == 1)
			buf_puts(b, "its only thread ");
		else
			buf_printf(b, "%u of its %u threads ", same->count, p->n_thread_rows);
		put_same(b, x, same);
	}
	sames_finish(&sames);
	return told > 0;
}

/* Is the connection in an epoll set, and nobody waits there? */
static bool is_set_alone(const struct account *a)
{
	switch (a->evidence.fact[EV_WATCHED]) {
	case WATCHED_LEVEL_ALONE:
	case WATCHED_EDGE_ALONE:
	case WATCHED_EDGE_GONE:
		return true;
	default:
		return false;
	}
}

bool put_aside(struct buf *b, const struct account *a)
{
	const struct process *p = a->owner;
	uint32_t n = 0;

	if (!p || !are_read(p) || !is_set_alone(a))
		return false;
	for (uint32_t i = p->thread_rows; i < p->thread_rows + p->n_thread_rows; i++)
		n += a->x->tasks[i].doing == DOING_POLL && is_aside(&a->s->threads.items[i]);
	if (n && p->n_thread_rows == 1)
		buf_puts(b, "its only thread waits on another set");
	else if (n)
		buf_printf(b, "%u of its %u threads %s on another set", n, p->n_thread_rows,
			   n == 1 ? "waits" : "wait");
	else if (a->evidence.fact[EV_WORKERS] == WORKERS_NONE)
		buf_puts(b, "its threads are idle or wait for other events");
	else
		return false;
	return true;
}

static void put_sum(struct buf *b, const struct sames *sames, bool *ret_blocked)
{
	uint32_t count[DOING_MAX] = { 0 };
	bool first = true;

	*ret_blocked = false;
	for (uint32_t i = 0; i < sames->all.n; i++) {
		count[sames->all.items[i].doing] += sames->all.items[i].count;
		*ret_blocked |= sames->all.items[i].blocked;
	}
	for (;;) {
		unsigned int most = 0;

		for (unsigned int i = 1; i < DOING_MAX; i++)
			most = count[i] > count[most] ? i : most;
		if (count[most] == 0)
			return;
		buf_puts(b, first ? "" : ", ");
		text_put_count(b, count[most]);
		buf_printf(b, " %s", words[most].brief);
		count[most] = 0;
		first = false;
	}
}

/* May one of them have come to wait on the set in question meanwhile? */
static bool is_poll_untold(const struct sames *sames)
{
	for (uint32_t i = 0; i < sames->all.n; i++)
		if (sames->all.items[i].doing == DOING_POLL && !sames->all.items[i].aside)
			return true;
	return false;
}

/* What waits in a runtime with a scheduler of its own is in no thread. */
static const char *nothing_blocked(const struct process *p)
{
	switch (p->runtime) {
	case RUNTIME_GO:
		return ". No thread is blocked; goroutines that wait are in none.";
	case RUNTIME_ERLANG:
		return ". No thread is blocked; processes of Erlang that wait are in none.";
	default:
		return ". Nothing is blocked.";
	}
}

static void put_summary(struct buf *b, const struct index *x, const struct process *p,
			const struct sames *sames)
{
	bool all = p->threads_seen == THREADS_ALL;
	bool blocked;

	if (all && p->n_thread_rows == 1) {
		buf_puts(b, "Its only thread ");
		put_same(b, x, &sames->all.items[0]);
		buf_putc(b, '.');
		return;
	}
	if (!all) {
		buf_puts(b, "Of ");
		if (p->threads != VALUE_UNKNOWN)
			put_counted(b, p->threads, "thread", "threads");
		else
			buf_puts(b, "its threads");
		buf_puts(b, " the first ");
		text_put_count(b, p->n_thread_rows);
		buf_puts(b, " were looked at: ");
	} else {
		put_counted(b, p->n_thread_rows, "thread: ", "threads: ");
	}
	put_sum(b, sames, &blocked);
	if (blocked || !all || (sames->set_alone && is_poll_untold(sames)))
		buf_putc(b, '.');
	else
		buf_puts(b, sames->set_alone ? ". None waits on the epoll set in question."
					     : nothing_blocked(p));
}

static int add_group(struct account *a, const struct same *same)
{
	struct buf text = { 0 };
	struct thread_group *group;

	put_counted(&text, same->count, "thread ", "threads ");
	put_same(&text, a->x, same);
	if (buf_error(&text) || array_grow(&a->f->thread_groups, 1)) {
		buf_finish(&text);
		return -ENOMEM;
	}
	group = &a->f->thread_groups.items[a->f->thread_groups.n++];
	*group = (struct thread_group){ .kind = words[same->doing].kind,
					.text = text.data,
					.count = same->count,
					.cpu_permille = same->cpu_permille,
					.call = same->first->call,
					.object = same->first->object,
					.n_tids = same->count < FINDING_TIDS ? same->count
									     : FINDING_TIDS };
	memcpy(group->tids, same->tids, sizeof(group->tids));
	return 0;
}

/* Who does not do what is waited for: a master that listens has workers to accept. */
static uint32_t who_should(const struct account *a)
{
	uint32_t process = ROW_NONE;

	if (cause_at(a->f->cause) == &cause_never_accepted)
		accepting_of(a, &process);
	return process == ROW_NONE ? a->process : process;
}

static void tell_read(struct account *a, uint32_t process, struct buf *text)
{
	struct sames sames = { .set_alone = is_set_alone(a) };
	int err = sames_count(a->x, process, &sames);

	if (!err)
		put_summary(text, a->x, &a->s->processes.items[process], &sames);
	for (uint32_t i = 0; !err && i < sames.all.n && i < GROUPS_MAX; i++)
		err = add_group(a, &sames.all.items[i]);
	sames_finish(&sames);
	if (err)
		a->err = err;
}

void doing_tell(struct account *a)
{
	uint32_t process = who_should(a);
	struct buf text = { 0 };
	const struct process *p;

	if (process == ROW_NONE)
		return;
	p = &a->s->processes.items[process];
	if (p->threads_seen == THREADS_NOT_LOOKED || p->threads_seen == THREADS_GONE)
		return;
	if (process != a->process) {
		put_process(&text, p);
		buf_puts(&text, ": ");
	}
	if (are_read(p))
		tell_read(a, process, &text);
	else
		buf_puts(&text, "What its threads do may not be read (it takes root, or "
				"CAP_SYS_PTRACE).");
	a->f->doing = account_take_text(a, &text);
	a->f->doing_of = process;
}

void fact_threads(struct account *a)
{
	static const char *const values[WORKERS_MAX] = {
		[WORKERS_UNKNOWN] = "unknown",	     [WORKERS_NONE] = "none_elsewhere",
		[WORKERS_UNSURE] = "unsure",	     [WORKERS_FEW] = "few_elsewhere",
		[WORKERS_MAYBE] = "maybe_elsewhere", [WORKERS_ENOUGH] = "elsewhere",
	};
	unsigned int workers = a->evidence.fact[EV_WORKERS];
	const char *value = values[workers];
	struct buf b = { 0 };

	if (!a->owner)
		return;
	if (workers == WORKERS_UNSURE && !are_read(a->owner)) {
		buf_puts(&b, "It has fewer threads than such connections.");
	} else if (!are_read(a->owner)) {
		buf_puts(&b, "What its threads do could not be read.");
	} else if (workers == WORKERS_NONE) {
		put_owner(&b, a);
		buf_puts(&b, ": ");
		if (put_aside(&b, a))
			value = "on_another_set";
		else
			buf_puts(&b, "no thread is busy or waits elsewhere");
		buf_putc(&b, '.');
	} else {
		put_owner(&b, a);
		buf_puts(&b, ": ");
		if (!put_elsewhere(&b, a->x, a->process))
			buf_puts(&b, "no thread surely waits elsewhere");
		buf_putc(&b, '.');
	}
	account_fact_word(a, "threads", value, &b);
}
