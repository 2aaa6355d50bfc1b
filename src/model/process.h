/* SPDX-License-Identifier: Apache-2.0 */
/* What a process runs, beyond the name of its program. */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include <stddef.h>

struct process;

/* The script or module that an interpreter (Python, Node, Ruby, PHP) was started with, or the jar
 * or main class that Java runs: a file name without folders, a class without its package; *ret_len
 * bytes within p->cmdline. NULL when p is none of these, was given no file (-c, -e), or is called
 * like its script already (a script with #! and its own name). */
const char *process_script(const struct process *p, size_t *ret_len);

#endif
