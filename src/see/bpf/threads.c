// SPDX-License-Identifier: Apache-2.0
/* Runs the task iterator and takes home what it tells of threads. */
#include "see/bpf/threads.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/pid_ns.h"
#include "registers.skel.h"
#include "see/bpf/load.h"
#include "see/bpf/registers.h"

/* The kernel hands out at most 32 KiB a read (kernel/bpf/bpf_iter.c: 8 pages). */
#define READ_RECORDS 128

/* A reader may be told "again" only after a million threads without a record. */
#define EAGAIN_MAX 1000

struct bpf_threads {
	struct registers_bpf *skel;
	struct bpf_link *link;
};

/* Every structure that registers.bpf.c reads a field of by relocation. */
static const char *const structures[] = {
	"pid", "pid_namespace", "pt_regs", "task_struct", "upid", NULL,
};

static int load_with(const char *btf, void *data)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = btf);
	struct bpf_threads *threads = data;
	struct registers_bpf *skel = NULL;
	uint32_t pid_ns;
	int err = pid_ns_find_own(&pid_ns);

	if (!err)
		skel = registers_bpf__open_opts(&options);
	if (!skel)
		return err ? err : -errno;
	skel->rodata->our_pid_ns = pid_ns;
	err = registers_bpf__load(skel);
	if (err)
		registers_bpf__destroy(skel);
	else
		threads->skel = skel;
	return err;
}

static int want(struct bpf_threads *threads, const uint32_t *pids, size_t n)
{
	int map = bpf_map__fd(threads->skel->maps.wanted);

	for (size_t i = 0; i < n; i++) {
		uint32_t one = 1;

		if (bpf_map_update_elem(map, &pids[i], &one, BPF_ANY) < 0)
			return -errno;
	}
	return 0;
}

int bpf_threads_open(const uint32_t *pids, size_t n, bool verbose, struct bpf_threads **ret_threads)
{
	struct bpf_threads *threads = calloc(1, sizeof(*threads));
	int err = threads ? load_begin(verbose) : -ENOMEM;

	if (!err && n > BPF_THREADS_PROCESSES_MAX)
		err = -E2BIG;
	if (!err)
		err = load_by_trimmed_btf(structures, load_with, threads);
	if (!err)
		err = want(threads, pids, n);
	if (!err) {
		threads->link = bpf_program__attach_iter(threads->skel->progs.tell_registers, NULL);
		err = threads->link ? 0 : -errno;
	}
	if (err)
		bpf_threads_close(threads);
	else
		*ret_threads = threads;
	return err;
}

void bpf_threads_close(struct bpf_threads *threads)
{
	if (!threads)
		return;
	bpf_link__destroy(threads->link);
	registers_bpf__destroy(threads->skel);
	free(threads);
}

static int take_record(struct registers_table *t, const struct registers_record *from)
{
	struct thread_registers *to;

	_Static_assert(sizeof(to->user.general) == sizeof(from->general), "same numbers");
	if (array_grow(&t->threads, 1))
		return -ENOMEM;
	to = &t->threads.items[t->threads.n++];
	memcpy(to->user.general, from->general, sizeof(to->user.general));
	to->user.pc = from->pc;
	to->start_ns = from->start_ns;
	to->ran_ns = from->ran_ns;
	to->switches = from->switches;
	to->pid = from->pid;
	to->tid = from->tid;
	to->on_cpu = from->flags & REGISTERS_ON_CPU;
	to->without_memory = from->flags & REGISTERS_WITHOUT_MEMORY;
	memcpy(to->comm, from->comm, sizeof(to->comm));
	to->comm[sizeof(to->comm) - 1] = '\0';
	return 0;
}

/* Reads to the end of the pass; what is cut at the end of a read is kept for the next one. */
static int read_pass(int fd, struct registers_record *records, struct registers_table *t)
{
	char *buf = (char *)records;
	size_t kept = 0;
	int again = 0;

	for (;;) {
		ssize_t n = read(fd, buf + kept, READ_RECORDS * sizeof(*records) - kept);
		size_t whole;

		if (n < 0 && (errno == EINTR || (errno == EAGAIN && again++ < EAGAIN_MAX)))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return kept ? -ERR_MALFORMED : 0;
		kept += (size_t)n;
		whole = kept / sizeof(*records);
		for (size_t i = 0; i < whole; i++)
			if (take_record(t, &records[i]))
				return -ENOMEM;
		kept -= whole * sizeof(*records);
		memmove(buf, &records[whole], kept);
	}
}

int bpf_threads_read(void *data, struct registers_table *t)
{
	const struct bpf_threads *threads = data;
	_free_ struct registers_record *records = calloc(READ_RECORDS, sizeof(*records));
	_close_ int fd = -1;

	t->threads.n = 0;
	if (!records)
		return -ENOMEM;
	fd = bpf_iter_create(bpf_link__fd(threads->link));
	return fd < 0 ? -errno : read_pass(fd, records, t);
}
