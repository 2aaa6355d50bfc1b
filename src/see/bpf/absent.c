// SPDX-License-Identifier: Apache-2.0
/* What stands in for the iterators in a build without clang, bpftool or libbpf. */
#include "base/error.h"
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
