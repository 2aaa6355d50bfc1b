/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target has: one function that takes any bytes. With -Dfuzz=true libFuzzer calls
 * it; else over_corpus.c, once for each file of its corpus. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What must hold whatever came in. */
#define fuzz_check(truth) ((truth) ? (void)0 : __builtin_trap())

#endif
