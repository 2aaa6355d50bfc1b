// SPDX-License-Identifier: Apache-2.0
/* Capabilities by capget(2), without libcap. */
#include "base/capability.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

/* By number (include/uapi/linux/capability.h, 6.18). */
static const char *const names[] = {
	"cap_chown",
	"cap_dac_override",
	"cap_dac_read_search",
	"cap_fowner",
	"cap_fsetid",
	"cap_kill",
	"cap_setgid",
	"cap_setuid",
	"cap_setpcap",
	"cap_linux_immutable",
	"cap_net_bind_service",
	"cap_net_broadcast",
	"cap_net_admin",
	"cap_net_raw",
	"cap_ipc_lock",
	"cap_ipc_owner",
	"cap_sys_module",
	"cap_sys_rawio",
	"cap_sys_chroot",
	"cap_sys_ptrace",
	"cap_sys_pacct",
	"cap_sys_admin",
	"cap_sys_boot",
	"cap_sys_nice",
	"cap_sys_resource",
	"cap_sys_time",
	"cap_sys_tty_config",
	"cap_mknod",
	"cap_lease",
	"cap_audit_write",
	"cap_audit_control",
	"cap_setfcap",
	"cap_mac_override",
	"cap_mac_admin",
	"cap_syslog",
	"cap_wake_alarm",
	"cap_block_suspend",
	"cap_audit_read",
	"cap_perfmon",
	"cap_bpf",
	"cap_checkpoint_restore",
};

uint64_t capability_effective(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

bool capability_has(int capability)
{
	return capability_effective() >> capability & 1;
}

const char *capability_name(int capability)
{
	return capability >= 0 && (size_t)capability < ARRAY_LEN(names) ? names[capability] : NULL;
}

/* "cap_bpf,cap_perfmon", or "--cap-add BPF --cap-add PERFMON". */
static void put_names(struct buf *b, uint64_t set, bool is_container)
{
	const char *between = "";

	for (int i = 0; capability_name(i); i++) {
		if (!(set >> i & 1))
			continue;
		buf_puts(b, between);
		if (!is_container) {
			buf_puts(b, capability_name(i));
			between = ",";
			continue;
		}
		buf_puts(b, "--cap-add ");
		for (const char *c = capability_name(i) + 4; *c; c++)
			buf_putc(b, (char)toupper((unsigned char)*c));
		between = " ";
	}
}

bool capability_is_of_host(void)
{
	unsigned int inside, outside, count;
	char text[64];

	/* Without /proc nothing speaks against it. */
	if (file_read_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) < 0)
		return true;
	return sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

void capability_put_advice(struct buf *b, uint64_t set)
{
	uint64_t missing = set & ~capability_effective();

	if (!missing && capability_is_of_host())
		return;
	if (!missing) {
		buf_puts(b, "run it as root of the host: this is the root of a user namespace");
	} else if (geteuid() == 0) {
		buf_puts(b, "this root lacks ");
		put_names(b, missing, false);
		buf_puts(b, "; a container has it with: ");
		put_names(b, missing, true);
	} else {
		buf_puts(b, "run it with sudo (");
		put_names(b, missing, false);
		buf_putc(b, ')');
	}
}

void capability_put_setcap(struct buf *b, uint64_t set)
{
	char path[4096];
	ssize_t len;

	if (geteuid() == 0 || !(set & ~capability_effective()))
		return;
	len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	buf_puts(b, "sudo setcap ");
	put_names(b, set, false);
	buf_printf(b, "+ep %s", len > 0 ? path : "$(command -v linger)");
}
