// SPDX-License-Identifier: Apache-2.0
/* Go's marks in an ELF file, found with few and bounded reads. */
#include "see/procs/go.h"

#include <string.h>

#define HEADERS_MAX 64	 /* program headers looked at */
#define NOTES_MAX   4096 /* bytes of one note segment */

#define GO_NOTE_TYPE 4

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Walks notes: name length, contents length, type, name, contents, each padded to 4. */
static bool has_go_note(const unsigned char *notes, size_t len)
{
	while (len >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t whole;

		memcpy(&note, notes, sizeof(note));
		if (note.n_namesz > len || note.n_descsz > len)
			return false;
		whole = sizeof(note) + align4(note.n_namesz) + align4(note.n_descsz);
		if (note.n_type == GO_NOTE_TYPE && note.n_namesz == 4 && len >= sizeof(note) + 4 &&
		    memcmp(notes + sizeof(note), "Go\0", 4) == 0)
			return true;
		if (whole > len)
			return false;
		notes += whole;
		len -= whole;
	}
	return false;
}

static bool find_note(const struct procs_elf *e)
{
	unsigned int n = e->head.e_phnum < HEADERS_MAX ? e->head.e_phnum : HEADERS_MAX;

	if (e->head.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		unsigned char notes[NOTES_MAX];
		Elf64_Phdr segment;
		size_t len;

		if (!procs_elf_read(e, e->head.e_phoff + i * sizeof(segment), &segment,
				    sizeof(segment)))
			return false;
		if (segment.p_type != PT_NOTE)
			continue;
		len = segment.p_filesz < sizeof(notes) ? segment.p_filesz : sizeof(notes);
		if (procs_elf_read(e, segment.p_offset, notes, len) && has_go_note(notes, len))
			return true;
	}
	return false;
}

static bool find_section(const struct procs_elf *e)
{
	static const char wanted[] = ".go.buildinfo";
	char names[PROCS_ELF_NAMES_MAX];
	size_t len = procs_elf_names(e, names);

	/* A name in the table is the name of a section: nothing else is in there. */
	return len > 0 && memmem(names, len, wanted, sizeof(wanted)) != NULL;
}

bool procs_elf_is_go(procs_read_at *read_at, void *data)
{
	struct procs_elf e;

	return procs_elf_open(&e, read_at, data) && (find_note(&e) || find_section(&e));
}
