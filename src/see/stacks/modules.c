// SPDX-License-Identifier: Apache-2.0
/* What is mapped, made into modules; files are found by our own callbacks, as libdwfl's would
 * attach to the process for some of them (libdwfl/linux-proc-maps.c:dwfl_linux_proc_find_elf()). */
#include "see/stacks/modules.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"
#include "see/stacks/files.h"

#define VDSO	 "[vdso]"
#define VDSO_MAX (64u << 10)

/* What alignment and .bss can put between segments. */
#define GAP_MAX (64u << 20)

#ifdef __aarch64__
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_X86_64
#endif

static bool is_module(const struct mapping *m)
{
	return strcmp(m->path, VDSO) == 0 || (m->inode && m->path[0] == '/');
}

static bool is_same_file(const struct mapping *a, const struct mapping *b)
{
	return a->inode == b->inode && a->device_major == b->device_major &&
	       a->device_minor == b->device_minor && strcmp(a->path, b->path) == 0;
}

/* Is the mapping a further segment of the file as it was mapped first, or is that file mapped a
 * second time (V8 does so with its built-in functions)? Segments stand about as far apart as they
 * do in the file. */
static bool continues(const struct module *last, const struct mapping *mapping)
{
	const struct mapping *first = last->first;

	return is_same_file(first, mapping) && mapping->offset >= first->offset &&
	       !(last->is_executable && mapping->offset == first->offset) &&
	       mapping->start - first->start <= mapping->offset - first->offset + GAP_MAX;
}

/* Mappings of one file that follow each other are one module, whatever lies between. What is mapped
 * without the file's beginning is none: libdwfl could not tell where it belongs. */
static int find_modules(struct modules *m, const struct copied_process *p)
{
	for (size_t i = 0; i < p->maps.items.n; i++) {
		const struct mapping *mapping = &p->maps.items.items[i];
		struct module *last = m->items.n ? &m->items.items[m->items.n - 1] : NULL;

		if (!is_module(mapping))
			continue;
		if (!last || !continues(last, mapping)) {
			if (mapping->offset)
				continue;
			if (array_grow(&m->items, 1))
				return -ENOMEM;
			last = &m->items.items[m->items.n++];
			*last = (struct module){ .process = p, .first = mapping };
		}
		last->end = mapping->end;
		last->is_executable |= mapping->is_executable;
	}
	return 0;
}

/* The vDSO has no file: its image is read out of the process. */
static Elf *open_vdso(struct module *m)
{
	size_t len = m->end - m->first->start;
	long n;

	if (len > VDSO_MAX || m->image)
		return NULL;
	m->image = malloc(len);
	n = m->image ? copied_read_memory(m->process->tid, m->first->start, m->image, len) : -1;
	return n > 0 ? elf_memory(m->image, (size_t)n) : NULL;
}

/* The file is read, not mapped: a mapped one that its owner makes shorter would be our end. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **ret_elf)
{
	struct module *m = *userdata;
	int fd;

	(void)module;
	(void)name;
	(void)base;
	(void)file_name;
	if (strcmp(m->first->path, VDSO) == 0) {
		*ret_elf = open_vdso(m);
		return -1;
	}
	fd = files_open_mapped(m->process, m->first);
	if (fd < 0)
		return -1;
	*ret_elf = elf_begin(fd, ELF_C_READ, NULL);
	if (*ret_elf && elf_kind(*ret_elf) == ELF_K_ELF)
		return fd;
	elf_end(*ret_elf);
	*ret_elf = NULL;
	fd_close(fd);
	return -1;
}

/* By the build id, in the process' own /usr/lib/debug, then in ours, and from a debuginfod server
 * if DEBUGINFOD_URLS names one. */
static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			  const char *file, const char *debuglink, GElf_Word crc, char **ret_name)
{
	const struct module *m = *userdata;
	const unsigned char *id;
	GElf_Addr address;
	int len = dwfl_module_build_id(module, &id, &address), fd = -1;

	if (len > 0)
		fd = files_open_debug(m->process, id, (size_t)len);
	if (fd >= 0)
		return fd;
	return dwfl_build_id_find_debuginfo(module, userdata, name, base, file, debuglink, crc,
					    ret_name);
}

static int report(struct modules *m)
{
	for (size_t i = 0; i < m->items.n; i++) {
		struct module *item = &m->items.items[i];
		Dwfl_Module *module;
		void **userdata;

		if (!item->is_executable)
			continue;
		module = dwfl_report_module(m->dwfl, item->first->path, item->first->start,
					    item->end);
		if (!module)
			return -ENOMEM;
		dwfl_module_info(module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
		*userdata = item;
	}
	return dwfl_report_end(m->dwfl, NULL, NULL) ? -ENOMEM : 0;
}

static int take_machine(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			void *data)
{
	int *err = data;
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	GElf_Ehdr header;

	(void)userdata;
	(void)name;
	(void)base;
	if (!elf || !gelf_getehdr(elf, &header))
		return DWARF_CB_OK;
	*err = header.e_machine == MACHINE && header.e_ident[EI_CLASS] == ELFCLASS64 ? 0 : -ENOEXEC;
	return DWARF_CB_ABORT;
}

int modules_begin(struct modules *m, const struct copied_process *p)
{
	static char *no_path = "/usr/lib/debug";
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
		.debuginfo_path = &no_path,
	};
	int err;

	*m = (struct modules){ .dwfl = dwfl_begin(&callbacks) };
	if (!m->dwfl)
		return -ENOMEM;
	err = find_modules(m, p);
	if (!err)
		err = report(m);
	if (err)
		return err;
	/* The first that can be read says for which processor the program is. */
	err = -ERR_MALFORMED;
	dwfl_getmodules(m->dwfl, take_machine, &err, 0);
	return err;
}

static void module_finish(struct module *m)
{
	free(m->image);
	units_finish(&m->units);
}

void modules_finish(struct modules *m)
{
	dwfl_end(m->dwfl);
	for (size_t i = 0; i < m->items.n; i++)
		module_finish(&m->items.items[i]);
	free(m->items.items);
	*m = (struct modules){ 0 };
}

struct module *modules_find(const struct modules *m, uint64_t address, Dwfl_Module **ret_module)
{
	Dwfl_Module *module = dwfl_addrmodule(m->dwfl, address);
	struct module *item;
	void **userdata;

	if (!module)
		return NULL;
	dwfl_module_info(module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	item = *userdata;
	/* libdwfl takes what lies near the end for a part of it. */
	if (address < item->first->start || address >= item->end)
		return NULL;
	*ret_module = module;
	return item;
}
