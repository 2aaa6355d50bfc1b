/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds and who watches every TCP socket of this host, in one pass over all open files. */
#ifndef SEE_BPF_COLLECT_H
#define SEE_BPF_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/files.h"

struct bpf_collect_options {
	/* TCP_BIT()s to tell; ESTABLISHED ones that fail their peer come always. */
	uint32_t states;
	/* Socket options also of the states that sock_diag dumps (slower); those of a socket with a
	 * timer that runs come always. */
	bool detailed;
	/* With `detailed`: their addresses and queues too, for namespaces that no dump reaches. */
	bool addresses;
	/* TCP_BIT()s of which to tell the clocks too, for dumps without tcp_info. */
	uint32_t clock_states;
	/* Of ESTABLISHED ones in `states` only those with this port; 0: any. */
	uint16_t local_port, remote_port;
	/* Inode number of the only network namespace to tell of; 0: all. */
	uint32_t netns;
	/* Let libbpf print what it does. */
	bool verbose;
	/* Called between the pass and the further looks, which are then not waited for in vain;
	 * NULL: nobody. */
	void (*between)(void *data, const struct file_table *t);
	void *between_data;
};

/* Loads the iterator, runs it, and adds what it tells to *t (empty at first). What lasts only an
 * instant (threads asleep, ready lists) is looked at three times over 30 ms for sockets with unread
 * input, if there are any. Nothing stays loaded. Needs CAP_BPF and CAP_PERFMON, kernel 5.11 with
 * BTF. 0; -ERR_NOT_BUILT, -ERR_NO_BTF, -EPERM, another -errno of bpf(2). Thread-safe per table. */
int bpf_collect_files(const struct bpf_collect_options *options, struct file_table *t);

/* Whether it is worth trying: false where this build has no iterator, or this process lacks what
 * the kernel asks for (CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, kernel/bpf/syscall.c:
 * bpf_prog_load()). What is worth trying may still fail. */
bool bpf_is_promising(void);

#endif
