// SPDX-License-Identifier: Apache-2.0
/* Does the kernel describe its structures? */
#include <errno.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "base/error.h"
#include "model/check.h"

static void run(struct check_answer *a)
{
	struct btf *btf;
	int err;

	if (access("/sys/kernel/btf/vmlinux", R_OK) < 0) {
		a->result = CHECK_NO;
		buf_printf(&a->found, "/sys/kernel/btf/vmlinux: %s", error_text(-errno));
		buf_puts(&a->get,
			 "a kernel with CONFIG_DEBUG_INFO_BTF (Debian since 11, Ubuntu since "
			 "20.10, RHEL since 8.2), and /sys mounted");
		return;
	}
	btf = btf__load_vmlinux_btf();
	err = btf ? 0 : -errno;
	a->result = err ? CHECK_NO : CHECK_YES;
	if (err)
		buf_printf(&a->found, "reading it: %s", error_text(err));
	else
		buf_printf(&a->found, "%u types", btf__type_cnt(btf));
	btf__free(btf);
}

const struct check check_btf = {
	.id = "btf",
	.what = "the kernel's description of its structures",
	.lost = "no evidence by BPF at all",
	.run = run,
};
