// SPDX-License-Identifier: Apache-2.0
/* Go's marks in an ELF file, found with few and bounded reads. */
#include "see/procs/go.h"

#include <elf.h>
#include <string.h>

#define HEADERS_MAX 64		/* program headers looked at */
#define NOTES_MAX   4096	/* bytes of one note segment */
#define NAMES_MAX   (32 * 1024) /* bytes of section names */

#define GO_NOTE_TYPE 4

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_DATA ELFDATA2LSB
#else
#define OUR_DATA ELFDATA2MSB
#endif

struct elf {
	procs_read_at *read_at;
	void *data;
	Elf64_Ehdr head;
};

static bool read_all(const struct elf *e, uint64_t offset, void *buf, size_t len)
{
	return e->read_at(e->data, offset, buf, len) == (ssize_t)len;
}

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

static bool find_note(const struct elf *e)
{
	unsigned int n = e->head.e_phnum < HEADERS_MAX ? e->head.e_phnum : HEADERS_MAX;

	if (e->head.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		unsigned char notes[NOTES_MAX];
		Elf64_Phdr segment;
		size_t len;

		if (!read_all(e, e->head.e_phoff + i * sizeof(segment), &segment, sizeof(segment)))
			return false;
		if (segment.p_type != PT_NOTE)
			continue;
		len = segment.p_filesz < sizeof(notes) ? segment.p_filesz : sizeof(notes);
		if (read_all(e, segment.p_offset, notes, len) && has_go_note(notes, len))
			return true;
	}
	return false;
}

/* Reads the names of the sections. Returns how many bytes, 0 when there are none. */
static size_t read_names(const struct elf *e, char names[static NAMES_MAX])
{
	uint64_t at = e->head.e_shoff + (uint64_t)e->head.e_shstrndx * sizeof(Elf64_Shdr);
	Elf64_Shdr section;
	ssize_t len;

	if (e->head.e_shentsize != sizeof(section) || e->head.e_shoff == 0 ||
	    !read_all(e, at, &section, sizeof(section)) || section.sh_type != SHT_STRTAB)
		return 0;
	len = e->read_at(e->data, section.sh_offset, names,
			 section.sh_size < NAMES_MAX ? section.sh_size : NAMES_MAX);
	return len > 0 ? (size_t)len : 0;
}

static bool find_section(const struct elf *e)
{
	static const char wanted[] = ".go.buildinfo";
	char names[NAMES_MAX];
	size_t len = read_names(e, names);

	/* A name in the table is the name of a section: nothing else is in there. */
	return len > 0 && memmem(names, len, wanted, sizeof(wanted)) != NULL;
}

bool procs_elf_is_go(procs_read_at *read_at, void *data)
{
	struct elf e = { .read_at = read_at, .data = data };

	if (!read_all(&e, 0, &e.head, sizeof(e.head)) ||
	    memcmp(e.head.e_ident, ELFMAG, SELFMAG) != 0 || e.head.e_ident[EI_DATA] != OUR_DATA)
		return false;
	/* Go on 32-bit machines is left out: its headers have another shape. */
	if (e.head.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	return find_note(&e) || find_section(&e);
}
