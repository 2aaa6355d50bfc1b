/* SPDX-License-Identifier: Apache-2.0 */
/* An ELF file, read by few and bounded reads: what the files of this room share that tell which
 * compiler made a program. Nothing in the file is believed. */
#ifndef SEE_PROCS_ELF_FILE_H
#define SEE_PROCS_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads up to len bytes at `offset` of a file into buf; returns how many, or -errno. */
typedef ssize_t procs_read_at(void *data, uint64_t offset, void *buf, size_t len);

#define PROCS_ELF_NAMES_MAX (32 * 1024) /* bytes of section names */

struct procs_elf {
	procs_read_at *read_at;
	void *data;
	Elf64_Ehdr head;
};

/* False for what is no 64-bit ELF file of this machine's byte order. */
bool procs_elf_open(struct procs_elf *e, procs_read_at *read_at, void *data);

/* All of len bytes, or false. */
bool procs_elf_read(const struct procs_elf *e, uint64_t offset, void *buf, size_t len);

/* Reads the names of the sections. Returns how many bytes, 0 when there are none. */
size_t procs_elf_names(const struct procs_elf *e, char names[static PROCS_ELF_NAMES_MAX]);

#endif
