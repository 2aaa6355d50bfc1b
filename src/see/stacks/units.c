// SPDX-License-Identifier: Apache-2.0
/* Address ranges of compilation units. */
#include "see/stacks/units.h"

#include <stdlib.h>

#include "base/mem.h"

/* The units of the largest programs have so many together. */
#define RANGES_MAX (4u << 20)

void units_finish(struct units *u)
{
	free(u->ranges.items);
	*u = (struct units){ 0 };
}

static int compare(const void *left, const void *right)
{
	const struct unit_range *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* Adds the ranges of one unit; what cannot be read ends it. */
static void add_unit(struct units *u, Dwarf_Die *unit)
{
	Dwarf_Addr base = 0, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &start, &end)) > 0) {
		if (start >= end)
			continue;
		if (u->ranges.n >= RANGES_MAX || array_grow(&u->ranges, 1))
			return;
		u->ranges.items[u->ranges.n++] = (struct unit_range){
			.start = start, .end = end, .unit = dwarf_dieoffset(unit)
		};
	}
}

static void make(struct units *u, Dwfl_Module *module)
{
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias;

	u->made = true;
	while ((unit = dwfl_module_nextcu(module, unit, &bias)) != NULL)
		add_unit(u, unit);
	if (u->ranges.n)
		qsort(u->ranges.items, u->ranges.n, sizeof(*u->ranges.items), compare);
}

static const struct unit_range *find(const struct units *u, Dwarf_Addr address)
{
	size_t low = 0, high = u->ranges.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (u->ranges.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address >= u->ranges.items[low - 1].end)
		return NULL;
	return &u->ranges.items[low - 1];
}

bool units_find(struct units *u, Dwfl_Module *module, Dwarf_Addr address, Dwarf_Die *ret_unit,
		Dwarf_Addr *ret_bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, ret_bias);
	const struct unit_range *range;
	Dwarf *dwarf;

	if (unit) {
		*ret_unit = *unit;
		return true;
	}
	dwarf = dwfl_module_getdwarf(module, ret_bias);
	if (!dwarf)
		return false;
	if (!u->made)
		make(u, module);
	range = find(u, address - *ret_bias);
	return range && dwarf_offdie(dwarf, range->unit, ret_unit) != NULL;
}
