/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's BTF cut down to the few structures our programs read.
 *
 * libbpf looks for each of them by walking all 150,000 types of the kernel, which takes longer than
 * the whole look at a host: with this it walks some hundred. */
#ifndef SEE_BPF_TRIM_H
#define SEE_BPF_TRIM_H

#include <stddef.h>
#include <stdint.h>

struct btf;

/* *shape*: `structures` ends with NULL; those the kernel lacks are left out. `functions` has
 * n_functions entries; ids[i] becomes the id that functions[i] has in the kernel's BTF, 0 where
 * there is none. Borrows all three. */
struct trim_wanted {
	const char *const *structures;
	const char *const *functions;
	uint32_t *ids;
	size_t n_functions;
};

/* Makes a new BTF of the structures wanted with all that they hold by value, from `len` raw bytes
 * of another, and finds the functions wanted. Pointers become void *, which is all that relocating
 * needs. 0 and *ret, which the caller frees with btf__free(); -ERR_MALFORMED, -ENOMEM. */
int trim_btf(const void *raw, size_t len, const struct trim_wanted *wanted, struct btf **ret);

/* The same from the running kernel, written to a file in memory that libbpf can open by
 * /proc/self/fd/N. An fd that the caller owns, or -errno. */
int trim_kernel_btf(const struct trim_wanted *wanted);

#endif
