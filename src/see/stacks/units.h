/* SPDX-License-Identifier: Apache-2.0 */
/* Which compilation unit an address belongs to. */
#ifndef SEE_STACKS_UNITS_H
#define SEE_STACKS_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "model/snapshot.h"

struct unit_range {
	Dwarf_Addr start, end; /* as the debugging information counts */
	Dwarf_Off unit;	       /* where its entry stands */
};

/* *shape*: all zero has not been made yet; belongs to one module. */
struct units {
	SNAPSHOT_ARRAY(struct unit_range) ranges; /* sorted by start */
	bool made;
};

void units_finish(struct units *u);

/* The unit of an address of the module, by .debug_aranges, else by what the units say of
 * themselves: clang, rustc and Go write no .debug_aranges, and libdwfl (0.188) asks nothing else.
 * The address is `address` less *ret_bias there. False when there is none. */
bool units_find(struct units *u, Dwfl_Module *module, Dwarf_Addr address, Dwarf_Die *ret_unit,
		Dwarf_Addr *ret_bias);

#endif
