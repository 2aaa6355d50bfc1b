/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's BTF cut down to the few structures our programs read.
 *
 * libbpf looks for each of them by walking all 150,000 types of the kernel, which takes longer than
 * the whole look at a host: with this it walks some hundred. */
#ifndef SEE_BPF_TRIM_H
#define SEE_BPF_TRIM_H

#include <stddef.h>

struct btf;

/* Makes a new BTF of the structures in `names` (ends with NULL; those the kernel lacks are left
 * out) with all that they hold by value, from `len` raw bytes of another. Pointers become void *,
 * which is all that relocating needs. 0 and *ret, which the caller frees with btf__free();
 * -ERR_MALFORMED, -ENOMEM. */
int trim_btf(const void *raw, size_t len, const char *const *names, struct btf **ret);

/* The same from the running kernel, written to a file in memory that libbpf can open by
 * /proc/self/fd/N. An fd that the caller owns, or -errno. */
int trim_kernel_btf(const char *const *names);

#endif
