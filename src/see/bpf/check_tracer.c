// SPDX-License-Identifier: Apache-2.0
/* Can the state changes of sockets be followed? */
#include <errno.h>
#include <linux/capability.h>

#include <bpf/libbpf.h>

#include "base/capability.h"
#include "base/fd.h"
#include "model/check.h"
#include "see/bpf/check_load.h"

/* Attached for an instant, and it does nothing. */
static int try_attach(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);
	_close_ int program = -1, link = -1;
	int type = libbpf_find_vmlinux_btf_id("inet_sock_set_state", BPF_TRACE_RAW_TP);

	if (type < 0)
		return type;
	options.attach_btf_id = (__u32)type;
	program = check_load(BPF_PROG_TYPE_TRACING, 0, &options);
	if (program < 0)
		return program;
	link = bpf_raw_tracepoint_open(NULL, program);
	return link < 0 ? -errno : 0;
}

static void run(struct check_answer *a)
{
	int err = try_attach();

	check_tell_load(a, "attaching to the tracepoint of state changes", err,
			CAPABILITY_BIT(CAP_BPF) | CAPABILITY_BIT(CAP_PERFMON));
	if ((err == -ENOENT || err == -ESRCH) && !a->get.len)
		buf_puts(&a->get, "as for btf");
}

const struct check check_tracer = {
	.id = "tracer",
	.what = "following state changes as they happen (tp_btf, Linux 5.5)",
	.lost = "when and by whom a connection was closed is only inferred",
	.run = run,
};
