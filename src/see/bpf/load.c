// SPDX-License-Identifier: Apache-2.0
/* How our BPF objects are loaded. */
#include "see/bpf/load.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/error.h"
#include "base/fd.h"
#include "see/bpf/trim.h"

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

__attribute__((format(printf, 2, 0))) static int print_all(enum libbpf_print_level level,
							   const char *format, va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

int load_begin(bool verbose)
{
	libbpf_set_print(verbose ? print_all : print_nothing);
	if (access("/sys/kernel/btf/vmlinux", R_OK) < 0 && errno == ENOENT)
		return -ERR_NO_BTF;
	return 0;
}

int load_find_pid_ns(uint32_t *ret_inode)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0)
		return -errno;
	*ret_inode = (uint32_t)st.st_ino;
	return 0;
}

int load_by_trimmed_btf(const char *const *names, int (*load)(const char *btf, void *data),
			void *data)
{
	_close_ int btf = trim_kernel_btf(names);
	char path[32];

	if (btf >= 0) {
		int err;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", btf);
		err = load(path, data);
		if (!err || err == -EPERM)
			return err;
	}
	return load(NULL, data);
}
