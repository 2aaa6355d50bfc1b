/* SPDX-License-Identifier: Apache-2.0 */
/* The files a process has mapped, opened as the process itself sees them: in its mount namespace,
 * and also when their names are gone. */
#ifndef SEE_STACKS_FILES_H
#define SEE_STACKS_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "see/stacks/copy.h"

/* Opens the file of this mapping of the process, and only if it is that file: by the mapping itself
 * (/proc/PID/map_files, needs CAP_CHECKPOINT_RESTORE), else by its name below the process' root or
 * as its program, compared with what is in memory. An fd the caller owns; -ENOENT, -EACCES … */
int files_open_mapped(const struct copied_process *p, const struct mapping *m);

/* Opens the separate debug file of a build id (`len` bytes) below the process' root. An fd the
 * caller owns, or -errno. */
int files_open_debug(const struct copied_process *p, const uint8_t *id, size_t len);

/* Opens /tmp/perf-PID.map of the process, in which a runtime says what it compiled, if it is the
 * process' own or root's. An fd the caller owns, or -errno. */
int files_open_perf_map(const struct copied_process *p);

#endif
