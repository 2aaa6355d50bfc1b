// SPDX-License-Identifier: Apache-2.0
/* Addresses looked up in symbols, lines and debugging information. */
#include "see/stacks/places.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "see/stacks/demangle.h"
#include "see/stacks/files.h"
#include "see/stacks/wire.h"

/* Inlined functions told of one address. */
#define INLINED_MAX 8

/* A symbol without a size is believed so far. */
#define SIZELESS_MAX 1024

void places_finish(struct places *p)
{
	perf_map_finish(&p->perf);
	free(p->items.items);
	map_finish(&p->by_address);
	buf_finish(&p->frames);
	*p = (struct places){ 0 };
}

/* Does the instruction that ends at the address call something? What the frame pointer leads to
 * must be behind one. */
static bool is_after_call(const struct places *p, uint64_t address)
{
#ifdef __aarch64__
	uint32_t code;

	if (copied_read_memory(p->process->tid, address - 4, &code, 4) != 4)
		return false;
	return (code & 0xfc000000) == 0x94000000 || (code & 0xfffffc1f) == 0xd63f0000;
#else
	/* call rel32 is e8 and 4 bytes; call r/m is ff /2, with 2 to 7 bytes in all. */
	static const uint8_t lengths[] = { 2, 3, 4, 6, 7 };
	uint8_t code[7];

	if (copied_read_memory(p->process->tid, address - 7, code, 7) != 7)
		return false;
	for (size_t i = 0; i < sizeof(lengths); i++) {
		const uint8_t *at = code + 7 - lengths[i];

		if (at[0] == 0xff && (at[1] >> 3 & 7) == 2)
			return true;
	}
	return code[2] == 0xe8;
#endif
}

static bool frame_tells(Dwarf_CFI *cfi, Dwarf_Addr address, bool *ret_signal)
{
	Dwarf_Frame *frame = NULL;
	Dwarf_Addr start, end;
	bool tells;

	if (!cfi)
		return false;
	tells = dwarf_cfi_addrframe(cfi, address, &frame) == 0;
	if (tells)
		dwarf_frame_info(frame, &start, &end, ret_signal);
	free(frame);
	return tells;
}

static bool module_tells(Dwfl_Module *module, Dwarf_Addr address, bool *ret_signal)
{
	Dwarf_Addr bias = 0;
	Dwarf_CFI *cfi = dwfl_module_eh_cfi(module, &bias);

	if (frame_tells(cfi, address - bias, ret_signal))
		return true;
	cfi = dwfl_module_dwarf_cfi(module, &bias);
	return frame_tells(cfi, address - bias, ret_signal);
}

/* Adds one frame with its symbol in readable form. */
static void put_frame(struct places *p, struct place *place, struct stack_frame *frame)
{
	_free_ char *readable = frame->function ? demangle(frame->function) : NULL;

	frame->function = readable;
	wire_put_frame(&p->frames, frame);
	frame->function = NULL;
	place->n_frames++;
}

/* A function's linkage name, else its name, from its own entry or the one it is an instance of. */
static const char *die_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name;

	name = dwarf_formstring(
		dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute)
			?: dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
	return name ? name : dwarf_diename(die);
}

static void set_call_site(Dwarf_Die *die, Dwarf_Die *unit, struct stack_frame *frame)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;
	Dwarf_Files *files;
	size_t n;

	frame->file = NULL;
	frame->line = 0;
	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &number) == 0 &&
	    dwarf_getsrcfiles(unit, &files, &n) == 0 && number < n)
		frame->file = dwarf_filesrc(files, number, NULL, NULL);
	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &number) == 0)
		frame->line = (uint32_t)number;
}

/* The entries that enclose the innermost function at the address, as it was inlined. */
static int find_scopes(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **ret_scopes)
{
	Dwarf_Die *scopes = NULL, innermost;
	int n = dwarf_getscopes(unit, address, &scopes);

	if (n <= 0)
		return 0;
	innermost = scopes[0];
	free(scopes);
	scopes = NULL;
	n = dwarf_getscopes_die(&innermost, &scopes);
	*ret_scopes = scopes;
	return n < 0 ? 0 : n;
}

/* Adds what was inlined at the address; *frame keeps where the function that is left was. */
static void put_inlined(struct places *p, struct place *place, Dwarf_Die *unit, Dwarf_Addr address,
			struct stack_frame *frame)
{
	_free_ Dwarf_Die *scopes = NULL;
	int n = find_scopes(unit, address, &scopes);

	for (int i = 0; i < n && place->n_frames < INLINED_MAX; i++) {
		int tag = dwarf_tag(&scopes[i]);
		struct stack_frame inlined = *frame;

		if (tag == DW_TAG_subprogram) {
			if (!frame->function)
				frame->function = die_name(&scopes[i]);
			break;
		}
		if (tag != DW_TAG_inlined_subroutine)
			continue;
		inlined.function = die_name(&scopes[i]);
		inlined.flags |= FRAME_INLINED;
		put_frame(p, place, &inlined);
		set_call_site(&scopes[i], unit, frame);
	}
}

/* Sets file and line, and adds what was inlined there. */
static void put_source(struct places *p, struct place *place, struct units *units,
		       Dwfl_Module *module, uint64_t address, struct stack_frame *frame)
{
	Dwarf_Addr bias = 0;
	Dwarf_Line *line;
	Dwarf_Die unit;
	int number = 0;

	if (!units_find(units, module, address, &unit, &bias))
		return;
	line = dwarf_getsrc_die(&unit, address - bias);
	if (!line)
		return;
	frame->file = dwarf_linesrc(line, NULL, NULL);
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		frame->line = (uint32_t)number;
	put_inlined(p, place, &unit, address - bias, frame);
}

static const char *find_symbol(Dwfl_Module *module, uint64_t address)
{
	GElf_Sym symbol = { 0 };
	GElf_Off into = 0;
	const char *name = dwfl_module_addrinfo(module, address, &into, &symbol, NULL, NULL, NULL);

	return symbol.st_size == 0 && into > SIZELESS_MAX ? NULL : name;
}

static void put_module_frames(struct places *p, struct place *place, struct module *m,
			      Dwfl_Module *module, uint64_t address)
{
	struct stack_frame frame = { .module = m->first->path };
	Dwarf_Addr bias = m->first->start;
	bool is_signal = false;

	/* The file may not be there to be read: then it is the offset in what is mapped. */
	dwfl_module_getelf(module, &bias);
	frame.offset = address - bias;
	place->tells = module_tells(module, address, &is_signal);
	if (is_signal)
		frame.flags |= FRAME_SIGNAL;
	frame.function = find_symbol(module, address);
	put_source(p, place, &m->units, module, address, &frame);
	put_frame(p, place, &frame);
}

static void put_generated_frame(struct places *p, struct place *place, uint64_t address)
{
	struct stack_frame frame = { .flags = FRAME_GENERATED };

	if (!p->asked_perf) {
		_close_ int fd = files_open_perf_map(p->process);

		p->asked_perf = true;
		if (fd >= 0)
			perf_map_read(fd, &p->perf);
	}
	frame.function = perf_map_find(&p->perf, address);
	if (frame.function)
		frame.offset = address;
	place->is_unnamed = !frame.function;
	wire_put_frame(&p->frames, &frame);
	place->n_frames = 1;
}

/* Of a file that is no module: only where in it. */
static void put_file_frame(struct places *p, struct place *place, const struct mapping *m,
			   uint64_t address)
{
	struct stack_frame frame = { .module = m->path, .offset = address - m->start + m->offset };

	wire_put_frame(&p->frames, &frame);
	place->n_frames = 1;
}

static void look_up(struct places *p, struct place *place, uint64_t pc, bool exact)
{
	/* A call may be the last instruction of its function and of its line. */
	uint64_t address = exact ? pc : pc - 1;
	const struct mapping *m = mappings_find(&p->process->maps, address);
	Dwfl_Module *module;
	struct module *found = m ? modules_find(p->modules, address, &module) : NULL;

	place->at = p->frames.len;
	place->is_code = m && m->is_executable;
	place->after_call = place->is_code && !exact && is_after_call(p, pc);
	if (found)
		put_module_frames(p, place, found, module, address);
	else if (m && m->path[0] == '/')
		put_file_frame(p, place, m, address);
	else
		put_generated_frame(p, place, address);
	place->len = p->frames.len - place->at;
}

const struct place *places_find(struct places *p, uint64_t pc, bool exact)
{
	uint64_t key = pc * 2 + exact;
	uint32_t row = map_get(&p->by_address, key);

	if (row != MAP_NONE)
		return &p->items.items[row];
	if (array_grow(&p->items, 1) || map_put(&p->by_address, key, (uint32_t)p->items.n, NULL))
		return NULL;
	p->items.items[p->items.n] = (struct place){ 0 };
	look_up(p, &p->items.items[p->items.n], pc, exact);
	return p->frames.failed ? NULL : &p->items.items[p->items.n++];
}
