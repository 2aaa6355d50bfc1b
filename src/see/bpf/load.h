/* SPDX-License-Identifier: Apache-2.0 */
/* What loading any of our BPF objects begins with. */
#ifndef SEE_BPF_LOAD_H
#define SEE_BPF_LOAD_H

#include <stdbool.h>

/* What libbpf says goes to stderr, or nowhere; for the whole process. 0, or -ERR_NO_BTF where the
 * kernel does not describe its structures: then nothing can be loaded. */
int load_begin(bool verbose);

/* Calls load(btf, data) with the path of the kernel's BTF trimmed to the structures `names` (ends
 * with NULL), which takes a third of the time; where that does not do, with NULL for the kernel's
 * own. A structure missing from `names` costs the time of the second try, nothing else. Returns
 * what load() returned last. */
int load_by_trimmed_btf(const char *const *names, int (*load)(const char *btf, void *data),
			void *data);

#endif
