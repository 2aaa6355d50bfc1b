// SPDX-License-Identifier: Apache-2.0
/* May programs be loaded into the kernel? */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "base/capability.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/check.h"
#include "see/bpf/check_load.h"

int check_load(enum bpf_prog_type type, int result, const struct bpf_prog_load_opts *options)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = result },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd;

	libbpf_set_print(NULL);
	fd = bpf_prog_load(type, "linger_doctor", "Dual BSD/GPL", program, ARRAY_LEN(program),
			   options);
	return fd < 0 ? -errno : fd;
}

/* In confidentiality mode no program may read the kernel, whoever loads it
 * (security/lockdown/lockdown.c). */
static bool is_locked_down(void)
{
	char text[128];

	return file_read_at(AT_FDCWD, "/sys/kernel/security/lockdown", text, sizeof(text)) > 0 &&
	       strstr(text, "[confidentiality]");
}

void check_tell_load(struct check_answer *a, const char *what, int err, uint64_t needed)
{
	a->result = err ? CHECK_NO : CHECK_YES;
	buf_printf(&a->found, "%s: %s", what, err ? error_text(err) : "done");
	if (err == -EPERM || err == -EACCES) {
		capability_put_advice(&a->get, needed);
		if (!a->get.len && is_locked_down())
			buf_puts(&a->get, "a kernel that is not in lockdown=confidentiality");
		else if (!a->get.len)
			buf_puts(&a->get, "a sandbox (seccomp, LSM) refuses it: allow bpf(2)");
	} else if (err == -ENOSYS || err == -EINVAL) {
		buf_puts(&a->get, "a newer kernel, with CONFIG_BPF_SYSCALL");
	}
}

static void run(struct check_answer *a)
{
	_close_ int fd = check_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, NULL);

	check_tell_load(a, "loading a program that does nothing", fd < 0 ? fd : 0,
			CAPABILITY_BIT(CAP_BPF) | CAPABILITY_BIT(CAP_PERFMON));
}

const struct check check_bpf = {
	.id = "bpf",
	.what = "programs in the kernel (BPF)",
	.lost = "owners come from /proc, and what sleeps on a socket, is ready in an epoll set, "
		"waits in an accept queue, is dead but still open or has lost its peer is not seen",
	.run = run,
};
