// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/task, with as few and small reads a thread as there are. */
#include "see/procs/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "see/procs/borrow.h"
#include "see/procs/object.h"
#include "see/procs/procs_private.h"

/* Epoll sets of a program with more open files may have so many that reading one costs tens of
 * milliseconds: the kernel lists a set whole or not at all. */
#define EPOLL_FILES_MAX 16384

#define NS_PER_S 1000000000ull

void procs_marks_finish(struct procs_marks *m)
{
	free(m->items.items);
	map_finish(&m->by_tid);
	*m = (struct procs_marks){ 0 };
}

/* Reads a small file of a thread in one go: those of /proc come whole in the first read. */
static ssize_t read_once(int task_fd, uint32_t tid, const char *name, char *ret_text, size_t size)
{
	char path[PROCS_PATH_ROOM];
	_close_ int fd = -1;
	ssize_t len;

	procs_put_path(path, tid, name);
	fd = openat(task_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, ret_text, size - 1);
	if (len < 0)
		return -errno;
	ret_text[len] = '\0';
	return len;
}

/* What a kernel without schedstat tells: context switches, and clock ticks. */
static bool read_coarse_run(int task_fd, uint32_t tid, struct procs_run *ret)
{
	char text[4096];
	struct procs_stat stat;
	uint64_t switches;
	ssize_t len = read_once(task_fd, tid, "status", text, sizeof(text));

	if (len < 0 || !procs_parse_switches(text, (size_t)len, &switches))
		return false;
	len = read_once(task_fd, tid, "stat", text, sizeof(text));
	if (len < 0 || procs_parse_stat(text, (size_t)len, &stat))
		return false;
	*ret = (struct procs_run){ .ran_ns = stat.cpu_ticks *
					     (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)),
				   .runs = switches };
	return true;
}

static bool read_run(int task_fd, uint32_t tid, bool coarse, struct procs_run *ret)
{
	char text[128];
	ssize_t len;

	if (coarse)
		return read_coarse_run(task_fd, tid, ret);
	len = read_once(task_fd, tid, "schedstat", text, sizeof(text));
	return len > 0 && procs_parse_schedstat(text, (size_t)len, ret);
}

/* Opens /proc/PID/task. An fd the caller owns, or -errno. */
static int open_tasks(uint32_t pid)
{
	char path[PROCS_PATH_ROOM * 2] = "/proc/";

	procs_put_path(path + strlen(path), pid, "task");
	return procs_open_dir(AT_FDCWD, path);
}

struct marking {
	struct procs_marks *marks;
	int task_fd;
	uint32_t n;
};

static int mark_thread(void *data, const char *name, uint32_t tid)
{
	struct marking *w = data;
	struct procs_marks *m = w->marks;
	struct procs_mark mark;

	(void)name;
	if (w->n++ >= PROCS_THREADS_MAX)
		return 1;
	if (map_get(&m->by_tid, tid) != MAP_NONE)
		return 0;
	/* The first thread of all tells whether this kernel counts. */
	if (!read_run(w->task_fd, tid, m->coarse, &mark.run)) {
		if (m->items.n || m->coarse || !read_run(w->task_fd, tid, true, &mark.run))
			return 0;
		m->coarse = true;
	}
	mark.at_ns = clock_mono_ns();
	if (array_grow(&m->items, 1) || map_put(&m->by_tid, tid, (uint32_t)m->items.n, NULL))
		return -ENOMEM;
	m->items.items[m->items.n++] = mark;
	return 0;
}

int procs_mark_threads(uint32_t pid, struct procs_marks *m)
{
	_close_ int task_fd = open_tasks(pid);
	struct marking w = { .marks = m, .task_fd = task_fd };

	if (task_fd < 0)
		return 0;
	return procs_each_number(task_fd, mark_thread, &w) == -ENOMEM ? -ENOMEM : 0;
}

/* One process being read. */
struct reading {
	struct snapshot *s;
	const struct procs_marks *marks;
	struct objects objects;
	const char *wchan; /* the last one met, in the pool: most threads sleep in the same */
	uint32_t process;
	uint32_t n;
	int task_fd;
	bool foreign; /* its system calls have other numbers */
	bool denied;
	bool some;
};

static int take_wchan(struct reading *r, struct thread *t)
{
	char text[128];
	ssize_t len = read_once(r->task_fd, t->tid, "wchan", text, sizeof(text));

	/* "0": it does not sleep, or we may not know. */
	if (len <= 0 || strcmp(text, "0") == 0)
		return 0;
	if (!r->wchan || strcmp(r->wchan, text) != 0)
		r->wchan = snapshot_string(r->s, text);
	t->wchan = r->wchan;
	return t->wchan ? 0 : -ENOMEM;
}

/* 0; -ENOMEM; or -errno when the call may not be read. */
static int take_call(struct reading *r, struct thread *t)
{
	char text[256];
	struct procs_call call;
	struct procs_wait wait;
	ssize_t len = read_once(r->task_fd, t->tid, "syscall", text, sizeof(text));
	int err;

	if (len < 0)
		return (int)len;
	if (procs_parse_call(text, (size_t)len, &call))
		return -EBADMSG;
	t->nr = call.nr <= INT16_MAX ? (int16_t)call.nr : -2;
	if (call.running) {
		t->call = CALL_NONE;
		t->object = OBJECT_NONE;
		t->state = 'R';
		return 0;
	}
	err = take_wchan(r, t);
	if (err || r->foreign)
		return err;
	wait = procs_decode_call(&call, t->wchan);
	t->call = wait.call;
	if (wait.call == CALL_UNKNOWN)
		return 0;
	return objects_take(&r->objects, &wait, t);
}

/* Has it run since it was marked? Asked after its call was read: what has not run by then was in
 * that call all the time. */
static void take_run(const struct reading *r, struct thread *t)
{
	uint32_t row = r->marks ? map_get(&r->marks->by_tid, t->tid) : MAP_NONE;
	const struct procs_mark *mark;
	struct procs_run now;
	uint64_t passed_ns, ran_ns, permille;

	if (row == MAP_NONE || !read_run(r->task_fd, t->tid, r->marks->coarse, &now))
		return;
	mark = &r->marks->items.items[row];
	passed_ns = clock_mono_ns() - mark->at_ns;
	/* Another thread has got the number. */
	if (now.ran_ns < mark->run.ran_ns || now.runs < mark->run.runs || passed_ns == 0)
		return;
	ran_ns = now.ran_ns - mark->run.ran_ns;
	permille = ran_ns * 1000 / passed_ns;
	t->cpu_permille = permille < 1000 ? (uint32_t)permille : 1000;
	t->steady =
		ran_ns == 0 && now.runs == mark->run.runs && t->state != 'R' ? FACT_YES : FACT_NO;
}

static struct thread *add_thread(struct reading *r, uint32_t tid)
{
	struct snapshot *s = r->s;
	struct thread *t;

	if (array_grow(&s->threads, 1))
		return NULL;
	t = &s->threads.items[s->threads.n++];
	*t = (struct thread){ .process = r->process,
			      .tid = tid,
			      .conn = ROW_NONE,
			      .quiet_ms = VALUE_UNKNOWN,
			      .timeout_ms = VALUE_UNKNOWN,
			      .cpu_permille = VALUE_UNKNOWN,
			      .fd = -1,
			      .nr = -2 };
	return t;
}

static int read_thread(void *data, const char *name, uint32_t tid)
{
	struct reading *r = data;
	char text[1024];
	struct procs_stat stat;
	struct thread *t;
	ssize_t len;
	int err;

	(void)name;
	len = read_once(r->task_fd, tid, "stat", text, sizeof(text));
	if (len < 0 || procs_parse_stat(text, (size_t)len, &stat) || stat.state == 'Z' ||
	    stat.state == 'X')
		return 0;
	if (r->n >= PROCS_THREADS_MAX) {
		r->some = true;
		return 1;
	}
	t = add_thread(r, tid);
	if (!t)
		return -ENOMEM;
	r->n++;
	t->state = stat.state;
	memcpy(t->comm, stat.comm, sizeof(t->comm) - 1);
	err = r->denied ? 0 : take_call(r, t);
	if (err == -ENOMEM)
		return err;
	if (err == -EPERM || err == -EACCES)
		r->denied = true;
	take_run(r, t);
	return 0;
}

/* Whether the program's calls have the numbers of the table. One whose file cannot be read (a
 * thread's first has ended) is taken for one of ours, as nearly all are. */
static bool is_foreign(int task_fd)
{
	char head[64];
	_close_ int fd = openat(task_fd, "../exe", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, head, sizeof(head));

	return len > 0 && !procs_elf_has_our_calls(head, (size_t)len);
}

/* The same process as was described? A pid may have been taken over. */
static bool is_same(int task_fd, const struct process *p)
{
	struct procs_stat stat;

	if (procs_read_stat(task_fd, "../stat", &stat))
		return false;
	return p->start_ns == 0 || p->start_ns == procs_start_ns(&stat);
}

/* Why there is no directory of threads: hidden from us, or gone. */
static enum threads_seen why_unseen(uint32_t pid)
{
	_close_ int pidfd = procs_open_pidfd(pid, 0);

	/* EINVAL: the number is a thread's of another process by now. */
	return pidfd == -ESRCH || pidfd == -EINVAL ? THREADS_GONE : THREADS_DENIED;
}

static int read_all(struct reading *r)
{
	_close_ int proc_fd = procs_open_dir(AT_FDCWD, "/proc");
	int err;

	if (proc_fd < 0)
		return 0;
	r->objects.proc_fd = proc_fd;
	r->foreign = is_foreign(r->task_fd);
	err = procs_each_number(r->task_fd, read_thread, r);
	objects_finish(&r->objects);
	return err == -ENOMEM ? err : 0;
}

int procs_read_threads(struct snapshot *s, uint32_t process, const struct procs_marks *marks,
		       procs_find_conn *find, void *find_data)
{
	struct process *p = snapshot_process(s, process);
	_close_ int task_fd = -1;
	struct reading r = { .s = s, .marks = marks, .process = process };
	int err;

	if (p->pid == 0 || p->threads_seen != THREADS_NOT_LOOKED)
		return 0;
	task_fd = open_tasks(p->pid);
	if (task_fd < 0) {
		p->threads_seen = (uint8_t)why_unseen(p->pid);
		return 0;
	}
	if (!is_same(task_fd, p)) {
		p->threads_seen = THREADS_GONE;
		return 0;
	}
	r.task_fd = task_fd;
	r.objects = (struct objects){
		.s = s,
		.find = find,
		.find_data = find_data,
		.pid = p->pid,
		.task_fd = task_fd,
		.pidfd = -1,
		.skip_epolls = p->fds_open == VALUE_UNKNOWN || p->fds_open > EPOLL_FILES_MAX,
	};
	p->thread_rows = (uint32_t)s->threads.n;
	err = read_all(&r);
	p->n_thread_rows = r.n;
	p->threads_seen = (uint8_t)(r.n == 0   ? THREADS_GONE
				    : r.denied ? THREADS_DENIED
				    : r.some   ? THREADS_SOME
					       : THREADS_ALL);
	return err;
}
