// SPDX-License-Identifier: Apache-2.0
/* What stands in for BPF in a build without clang, bpftool or libbpf. */
#include "base/error.h"
#include "model/check.h"
#include "see/bpf/collect.h"
#include "see/bpf/threads.h"

bool bpf_is_promising(void)
{
	return false;
}

int bpf_collect_files(const struct bpf_collect_options *options, struct file_table *t)
{
	(void)options;
	(void)t;
	return -ERR_NOT_BUILT;
}

int bpf_threads_open(const uint32_t *pids, size_t n, bool verbose, struct bpf_threads **ret_threads)
{
	(void)pids;
	(void)n;
	(void)verbose;
	(void)ret_threads;
	return -ERR_NOT_BUILT;
}

int bpf_threads_read(void *data, struct registers_table *t)
{
	(void)data;
	(void)t;
	return -ERR_NOT_BUILT;
}

void bpf_threads_close(struct bpf_threads *threads)
{
	(void)threads;
}

static void run(struct check_answer *a)
{
	a->result = CHECK_NO;
	buf_puts(&a->found, error_text(-ERR_NOT_BUILT));
	buf_puts(&a->get, "a build with clang, bpftool and libbpf");
}

#define ABSENT(name, says)                                                                         \
	const struct check check_##name = { .id = #name, .what = says, .lost = lost, .run = run }

static const char lost[] =
	"there is no evidence by BPF: owners come from /proc, and how sockets are "
	"watched is hardly known";

ABSENT(btf, "the kernel's description of its structures");
ABSENT(bpf, "programs in the kernel (BPF)");
ABSENT(iterators, "a pass over all open files in the kernel (Linux 5.11)");
ABSENT(tracer, "following state changes as they happen (tp_btf, Linux 5.5)");
ABSENT(sockops, "options for connections as they are made (cgroup sockops)");
