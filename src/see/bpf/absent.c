// SPDX-License-Identifier: Apache-2.0
/* What stands in for the iterator in a build without clang, bpftool or libbpf. */
#include "see/bpf/collect.h"

#include "base/error.h"

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
