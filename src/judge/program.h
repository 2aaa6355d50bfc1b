/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same program: the identity of an owner that outlives its process. */
#ifndef JUDGE_PROGRAM_H
#define JUDGE_PROGRAM_H

#include <stdint.h>

struct process;

/* A stable hash over the unit (only of a service: scopes are numbered anew each time), the exe, or
 * what the process calls itself where its exe is not known, and the script if it runs one. */
uint64_t program_hash(const struct process *p);

/* That unit, or NULL. */
const char *program_service(const struct process *p);

/* Where it runs, for ids: pod, else container, else NULL. */
const char *program_place(const struct process *p);

#endif
