// SPDX-License-Identifier: Apache-2.0
/* Reading the frame of an ELF file. */
#include "see/procs/elf_file.h"

#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_DATA ELFDATA2LSB
#else
#define OUR_DATA ELFDATA2MSB
#endif

bool procs_elf_read(const struct procs_elf *e, uint64_t offset, void *buf, size_t len)
{
	return e->read_at(e->data, offset, buf, len) == (ssize_t)len;
}

/* 32-bit machines are left out: their headers have another shape. */
bool procs_elf_open(struct procs_elf *e, procs_read_at *read_at, void *data)
{
	*e = (struct procs_elf){ .read_at = read_at, .data = data };
	return procs_elf_read(e, 0, &e->head, sizeof(e->head)) &&
	       memcmp(e->head.e_ident, ELFMAG, SELFMAG) == 0 &&
	       e->head.e_ident[EI_DATA] == OUR_DATA && e->head.e_ident[EI_CLASS] == ELFCLASS64;
}

size_t procs_elf_names(const struct procs_elf *e, char names[static PROCS_ELF_NAMES_MAX])
{
	uint64_t at = e->head.e_shoff + (uint64_t)e->head.e_shstrndx * sizeof(Elf64_Shdr);
	Elf64_Shdr section;
	ssize_t len;

	if (e->head.e_shentsize != sizeof(section) || e->head.e_shoff == 0 ||
	    !procs_elf_read(e, at, &section, sizeof(section)) || section.sh_type != SHT_STRTAB)
		return 0;
	len = e->read_at(e->data, section.sh_offset, names,
			 section.sh_size < PROCS_ELF_NAMES_MAX ? section.sh_size
							       : PROCS_ELF_NAMES_MAX);
	return len > 0 ? (size_t)len : 0;
}
