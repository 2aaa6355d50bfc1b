/* SPDX-License-Identifier: Apache-2.0 */
/* Is there Rust in a program? Its file may say so. Pure but for the reader it is given; fuzzed. */
#ifndef SEE_PROCS_RUST_H
#define SEE_PROCS_RUST_H

#include <stdbool.h>

#include "see/procs/elf_file.h"

/* Looks for the compiler's name in the section .comment, where rustc leaves it (LLVM's ident; read
 * in programs of 1.95, stripped ones too; Debian's packages have the section taken out). A program
 * in another language that has a library in Rust linked into it says so too: this decides nothing
 * but words. Reads at most 52 KiB of the file. */
bool procs_elf_has_rust(procs_read_at *read_at, void *data);

#endif
