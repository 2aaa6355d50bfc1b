// SPDX-License-Identifier: Apache-2.0
/* Can the open files of all processes be walked in the kernel? */
#include <linux/capability.h>

#include "base/capability.h"
#include "base/clock.h"
#include "base/error.h"
#include "model/check.h"
#include "model/tcp.h"
#include "see/bpf/check_load.h"
#include "see/bpf/collect.h"

#define NS_PER_MS 1000000

/* The look itself, at listeners alone. */
static void run(struct check_answer *a)
{
	const struct bpf_collect_options options = { .states = TCP_BIT(TCP_STATE_LISTEN) };
	struct file_table files = { 0 };
	uint64_t start_ns = clock_mono_ns();
	int err = bpf_collect_files(&options, &files);

	if (err == -ERR_NO_BTF) {
		a->result = CHECK_NO;
		buf_printf(&a->found, "%s", error_text(err));
		buf_puts(&a->get, "as for btf");
	} else {
		check_tell_load(a, "one pass over all open files", err,
				CAPABILITY_BIT(CAP_BPF) | CAPABILITY_BIT(CAP_PERFMON));
	}
	if (!err) {
		buf_printf(&a->found, ", %zu process%s listen, in %u ms", files.processes.n,
			   files.processes.n == 1 ? "" : "es",
			   (unsigned int)((clock_mono_ns() - start_ns) / NS_PER_MS));
		if (files.all_files != FACT_YES) {
			a->result = CHECK_PARTLY;
			buf_puts(&a->found, "; only of this pid namespace");
			buf_puts(&a->get, "run it in the pid namespace of the host (docker run "
					  "--pid host)");
		}
	}
	file_table_finish(&files);
}

const struct check check_iterators = {
	.id = "iterators",
	.what = "a pass over all open files in the kernel (Linux 5.11)",
	.lost = "who holds a socket comes from /proc, and how it is watched is hardly known",
	.run = run,
};
