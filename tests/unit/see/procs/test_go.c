// SPDX-License-Identifier: Apache-2.0
/* Are a Go program and Rust in a program told by their file, and no broken file believed? */
#include "unit.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "see/procs/go.h"
#include "see/procs/rust.h"

struct file {
	size_t len;
	unsigned char bytes[1024];
};

static ssize_t read_file(void *data, uint64_t offset, void *buf, size_t len)
{
	const struct file *f = data;

	if (offset >= f->len)
		return 0;
	if (len > f->len - offset)
		len = f->len - offset;
	memcpy(buf, f->bytes + offset, len);
	return (ssize_t)len;
}

enum { AT_SEGMENT = 64, AT_SECTION = 192, AT_CONTENT = 320 };

/* A program whose one segment, of `type`, and one table of section names hold what is given. */
static struct file a_program(uint32_t type, const void *content, size_t len)
{
	const uint16_t one = 1;
	Elf64_Ehdr head = { .e_phoff = AT_SEGMENT,
			    .e_shoff = AT_SECTION,
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_shentsize = sizeof(Elf64_Shdr),
			    .e_phnum = 1,
			    .e_shnum = 1 };
	Elf64_Phdr segment = { .p_type = type, .p_offset = AT_CONTENT, .p_filesz = len };
	Elf64_Shdr section = { .sh_type = SHT_STRTAB, .sh_offset = AT_CONTENT, .sh_size = len };
	struct file f = { .len = AT_CONTENT + len };

	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = *(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB;
	memcpy(f.bytes, &head, sizeof(head));
	memcpy(f.bytes + AT_SEGMENT, &segment, sizeof(segment));
	memcpy(f.bytes + AT_SECTION, &section, sizeof(section));
	memcpy(f.bytes + AT_CONTENT, content, len);
	return f;
}

/* Two notes: one of GNU, then one by this name and of this type. */
static struct file a_program_with_note(const char name[static 4], uint32_t type)
{
	struct {
		Elf64_Nhdr first;
		char first_name[4], first_text[8];
		Elf64_Nhdr second;
		char second_name[4], second_text[4];
	} notes = { .first = { 4, 5, 3 },
		    .first_name = "GNU",
		    .second = { 4, 4, type },
		    .second_text = "abc" };

	memcpy(notes.second_name, name, 4);
	return a_program(PT_NOTE, &notes, sizeof(notes));
}

static void the_build_id_of_go_is_found_behind_others(void **state)
{
	struct file f = a_program_with_note("Go\0", 4);

	(void)state;
	assert_true(procs_elf_is_go(read_file, &f));
}

static void other_notes_are_not_go(void **state)
{
	struct file gnu = a_program_with_note("GNU", 4), type = a_program_with_note("Go\0", 3);

	(void)state;
	assert_false(procs_elf_is_go(read_file, &gnu));
	assert_false(procs_elf_is_go(read_file, &type));
}

static void without_a_note_the_section_tells(void **state)
{
	static const char with[] = "\0.text\0.go.buildinfo\0.data";
	static const char without[] = "\0.text\0.go.buildinformation\0";
	struct file f = a_program(PT_LOAD, with, sizeof(with));
	struct file g = a_program(PT_LOAD, without, sizeof(without));

	(void)state;
	assert_true(procs_elf_is_go(read_file, &f));
	assert_false(procs_elf_is_go(read_file, &g));
}

static void other_files_are_not_go(void **state)
{
	static const char script[] = "#!/bin/sh\n.go.buildinfo";
	struct file f = { .len = sizeof(script) }, other = a_program_with_note("Go\0", 4);

	(void)state;
	memcpy(f.bytes, script, sizeof(script));
	assert_false(procs_elf_is_go(read_file, &f));
	f.len = 0;
	assert_false(procs_elf_is_go(read_file, &f));
	other.bytes[EI_CLASS] = ELFCLASS32;
	assert_false(procs_elf_is_go(read_file, &other));
	other = a_program_with_note("Go\0", 4);
	other.bytes[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
	assert_false(procs_elf_is_go(read_file, &other));
}

/* A program with the section .comment, in which the compilers name themselves. */
static struct file a_program_by(const char *compiler)
{
	static const char names[] = "\0.shstrtab\0.comment";
	const uint16_t two = 2;
	char content[128] = "";
	Elf64_Shdr comment = { .sh_type = SHT_PROGBITS,
			       .sh_name = 11,
			       .sh_offset = AT_CONTENT + sizeof(names),
			       .sh_size = strlen(compiler) + 1 };
	struct file f;

	memcpy(content, names, sizeof(names));
	memcpy(content + sizeof(names), compiler, comment.sh_size);
	f = a_program(PT_LOAD, content, sizeof(names) + comment.sh_size);
	memcpy(f.bytes + offsetof(Elf64_Ehdr, e_shnum), &two, sizeof(two));
	memcpy(f.bytes + AT_SECTION + sizeof(Elf64_Shdr), &comment, sizeof(comment));
	return f;
}

static void rust_is_told_by_its_compiler(void **state)
{
	struct file rust = a_program_by("rustc version 1.95.0 (59807616e 2026-04-14)");
	struct file c = a_program_by("GCC: (Debian 12.2.0-14) 12.2.0");
	struct file go = a_program_with_note("Go\0", 4);

	(void)state;
	assert_true(procs_elf_has_rust(read_file, &rust));
	assert_false(procs_elf_has_rust(read_file, &c));
	assert_false(procs_elf_has_rust(read_file, &go));
	assert_false(procs_elf_is_go(read_file, &rust));
}

static void no_broken_rust_is_trusted(void **state)
{
	const struct file whole = a_program_by("rustc version 1");

	(void)state;
	for (size_t i = 0; i < whole.len; i++) {
		struct file f = whole;

		f.bytes[i] ^= 0xff;
		procs_elf_has_rust(read_file, &f);
		f = whole;
		f.len = i;
		assert_false(procs_elf_has_rust(read_file, &f) && i < AT_CONTENT);
	}
}

/* Every byte in turn made huge, and every length cut: it must end and read nothing outside. */
static void no_broken_file_is_trusted(void **state)
{
	const struct file whole = a_program_with_note("Go\0", 4);

	(void)state;
	for (size_t i = 0; i < whole.len; i++) {
		struct file f = whole;

		f.bytes[i] ^= 0xff;
		procs_elf_is_go(read_file, &f);
		f = whole;
		f.len = i;
		procs_elf_is_go(read_file, &f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_build_id_of_go_is_found_behind_others),
		cmocka_unit_test(other_notes_are_not_go),
		cmocka_unit_test(without_a_note_the_section_tells),
		cmocka_unit_test(other_files_are_not_go),
		cmocka_unit_test(no_broken_file_is_trusted),
		cmocka_unit_test(rust_is_told_by_its_compiler),
		cmocka_unit_test(no_broken_rust_is_trusted),
	};

	return unit_run("procs go", tests);
}
