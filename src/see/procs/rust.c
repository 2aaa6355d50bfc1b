// SPDX-License-Identifier: Apache-2.0
/* The compilers' names in an ELF file. */
#include "see/procs/rust.h"

#include <string.h>

#define SECTIONS_MAX 64	  /* section headers looked at, from the last: .comment comes late */
#define COMMENT_MAX  4096 /* bytes of the section */

static bool is_comment(const Elf64_Shdr *section, const char *names, size_t len)
{
	static const char wanted[] = ".comment";

	return section->sh_name < len && len - section->sh_name >= sizeof(wanted) &&
	       memcmp(names + section->sh_name, wanted, sizeof(wanted)) == 0;
}

static bool names_rustc(const struct procs_elf *e, const Elf64_Shdr *section)
{
	static const char wanted[] = "rustc version ";
	char text[COMMENT_MAX];
	size_t len = section->sh_size < sizeof(text) ? section->sh_size : sizeof(text);

	return procs_elf_read(e, section->sh_offset, text, len) &&
	       memmem(text, len, wanted, sizeof(wanted) - 1) != NULL;
}

bool procs_elf_has_rust(procs_read_at *read_at, void *data)
{
	char names[PROCS_ELF_NAMES_MAX];
	struct procs_elf e;
	Elf64_Shdr section;
	unsigned int first;
	size_t len;

	if (!procs_elf_open(&e, read_at, data))
		return false;
	len = procs_elf_names(&e, names);
	first = e.head.e_shnum;
	first = first > SECTIONS_MAX ? first - SECTIONS_MAX : 0;
	for (unsigned int i = first; len > 0 && i < e.head.e_shnum; i++) {
		if (!procs_elf_read(&e, e.head.e_shoff + i * sizeof(section), &section,
				    sizeof(section)))
			return false;
		if (is_comment(&section, names, len))
			return names_rustc(&e, &section);
	}
	return false;
}
