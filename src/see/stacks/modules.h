/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one process as libdwfl's modules: one Dwfl serves all of its threads. */
#ifndef SEE_STACKS_MODULES_H
#define SEE_STACKS_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "see/stacks/copy.h"
#include "see/stacks/units.h"

/* One file, or the vDSO, over all of its mappings. */
struct module {
	const struct copied_process *process;
	const struct mapping *first;
	uint64_t end;
	bool is_executable; /* a part of it is */
	void *image;	    /* the vDSO's bytes; owned */
	struct units units;
};

/* *shape*: the modules must not move while dwfl is there. Owns all. */
struct modules {
	Dwfl *dwfl;
	SNAPSHOT_ARRAY(struct module) items;
};

/* Reports all that the process has mapped of files with code. Nothing is opened before it is
 * needed. 0; -ENOMEM, -ERR_MALFORMED (no file of it can be read as ELF), -ENOEXEC (a program for
 * another kind of processor, as 32-bit). Finish *m in both cases. */
int modules_begin(struct modules *m, const struct copied_process *p);

void modules_finish(struct modules *m);

/* What the module at the address is, NULL where there is none. Borrows until modules_finish(). */
struct module *modules_find(const struct modules *m, uint64_t address, Dwfl_Module **ret_module);

#endif
