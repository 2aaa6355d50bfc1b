/* SPDX-License-Identifier: Apache-2.0 */
/* What a program is written for: a runtime has habits of its own with sockets. */
#ifndef SEE_PROCS_RUNTIME_H
#define SEE_PROCS_RUNTIME_H

#include "model/snapshot.h"

/* Judges the process at the open directory /proc/PID by the name of its program `exe`, then by Go's
 * marks in that file, then by the libraries it has mapped. RUNTIME_NATIVE when all could be read
 * and none tells; RUNTIME_UNKNOWN when something could not be read. Rust leaves no sure mark, it
 * is told by a library bit only. Reads at most 132 KiB of the file and 1 MiB of the list of
 * mappings.
 * *ret_libraries gets the enum library bits of what is mapped; it stays as it is where the list was
 * not read: it could not be, or the program (nginx, Go …) is one whose libraries tell nothing. */
enum runtime procs_find_runtime(int dirfd, const char *exe, uint32_t *ret_libraries);

#endif
