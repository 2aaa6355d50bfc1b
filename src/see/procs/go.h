/* SPDX-License-Identifier: Apache-2.0 */
/* Was a program built by Go? Its file says so. Pure but for the reader it is given; fuzzed. */
#ifndef SEE_PROCS_GO_H
#define SEE_PROCS_GO_H

#include <stdbool.h>

#include "see/procs/elf_file.h"

/* Looks for Go's build id note (type 4 of "Go", cmd/link/internal/ld/elf.go) among the program
 * headers' notes, and where there is none (-buildid=) for the section .go.buildinfo. Reads at most
 * 80 KiB of the file however it is made. False also for what is no ELF file of this machine's byte
 * order. */
bool procs_elf_is_go(procs_read_at *read_at, void *data);

#endif
