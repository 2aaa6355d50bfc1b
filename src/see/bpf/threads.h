/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of all threads of some processes, as often as they are asked for. */
#ifndef SEE_BPF_THREADS_H
#define SEE_BPF_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/registers.h"

struct bpf_threads;

/* More processes than these are not told of. */
#define BPF_THREADS_PROCESSES_MAX 1024

/* Loads the task iterator for the n processes with these numbers in our pid namespace. Needs
 * CAP_BPF and CAP_PERFMON, kernel 5.15 (bpf_task_pt_regs) with BTF. *ret_threads is closed by the
 * caller. 0; -ERR_NOT_BUILT, -ERR_NO_BTF, -EPERM, -E2BIG, another -errno of bpf(2). */
int bpf_threads_open(const uint32_t *pids, size_t n, bool verbose,
		     struct bpf_threads **ret_threads);

/* One pass over the threads of this host: *t is emptied and gets those that are wanted. `data` is
 * the struct bpf_threads, so that it serves as registers_source.read. 0 or -errno. */
int bpf_threads_read(void *data, struct registers_table *t);

/* Unloads it; takes NULL. */
void bpf_threads_close(struct bpf_threads *threads);

#endif
