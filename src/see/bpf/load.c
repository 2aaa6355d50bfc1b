// SPDX-License-Identifier: Apache-2.0
/* How our BPF objects are loaded. */
#include "see/bpf/load.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"
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

/* The iterators that our programs are, and the kernel's functions that stand for them in its BTF
 * (kernel/bpf/bpf_iter.c:bpf_iter_prog_supported()). */
static const char *const sections[] = { "iter/task", "iter/task_file", "iter/bpf_map_elem" };
static const char *const functions[] = { "bpf_iter_task", "bpf_iter_task_file",
					 "bpf_iter_bpf_map_elem" };

#define SECTIONS ARRAY_LEN(sections)

/* libbpf has one table of section handlers for the whole process. Before 1.2.2 it goes on using the
 * table's memory after its last handler was removed, so one of nothing stays for ever. */
static pthread_mutex_t handlers_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;

static void keep_one_handler(void)
{
	libbpf_register_prog_handler("linger/nothing", BPF_PROG_TYPE_UNSPEC, 0, NULL);
}

/* Makes an iterator of what libbpf took for another program, attached to the function whose id it
 * brings along. */
static int become_iterator(struct bpf_program *prog, struct bpf_prog_load_opts *options,
			   long function_id)
{
	options->attach_btf_id = (uint32_t)function_id;
	return bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
}

/* For an iterator libbpf reads the kernel's whole BTF once more (1.1 to 1.7:
 * obj_needs_vmlinux_btf()), only to look up one id: half of the time that loading takes. For
 * another program type it does not, and what a section's handler changes is left to that. Sections
 * without an id keep libbpf's own handler. */
static int load_as_known(const uint32_t ids[static SECTIONS], const char *btf,
			 int (*load)(const char *btf, void *data), void *data)
{
	int handlers[SECTIONS], err;

	pthread_once(&handlers_once, keep_one_handler);
	pthread_mutex_lock(&handlers_lock);
	for (size_t i = 0; i < SECTIONS; i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .cookie = ids[i],
			    .prog_prepare_load_fn = become_iterator);

		handlers[i] = ids[i] ? libbpf_register_prog_handler(sections[i],
								    BPF_PROG_TYPE_RAW_TRACEPOINT,
								    BPF_TRACE_ITER, &handler)
				     : -ENOENT;
	}
	err = load(btf, data);
	for (size_t i = 0; i < SECTIONS; i++)
		if (handlers[i] >= 0)
			libbpf_unregister_prog_handler(handlers[i]);
	pthread_mutex_unlock(&handlers_lock);
	return err;
}

int load_by_trimmed_btf(const char *const *names, int (*load)(const char *btf, void *data),
			void *data)
{
	uint32_t ids[SECTIONS];
	const struct trim_wanted wanted = {
		.structures = names, .functions = functions, .ids = ids, .n_functions = SECTIONS
	};
	_close_ int btf = trim_kernel_btf(&wanted);
	char path[32];

	if (btf >= 0) {
		int err;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", btf);
		err = load_as_known(ids, path, load, data);
		if (!err || err == -EPERM)
			return err;
	}
	return load(NULL, data);
}
