/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks that load a program have in common. */
#ifndef SEE_BPF_CHECK_LOAD_H
#define SEE_BPF_CHECK_LOAD_H

#include <stdint.h>

#include <bpf/bpf.h>

struct check_answer;

/* Loads a program that does nothing and returns `result`; options may be NULL. An fd the caller
 * owns, or -errno. */
int check_load(enum bpf_prog_type type, int result, const struct bpf_prog_load_opts *options);

/* Fills an answer by what loading or attaching ended with: `what` is what was tried, `needed` the
 * capabilities it takes. */
void check_tell_load(struct check_answer *a, const char *what, int err, uint64_t needed);

#endif
