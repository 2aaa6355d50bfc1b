/* SPDX-License-Identifier: Apache-2.0 */
/* Copied stacks made into frames. */
#ifndef SEE_STACKS_UNWIND_H
#define SEE_STACKS_UNWIND_H

#include "see/stacks/copy.h"

/* Unwinds every thread of process `process` and gives each record (see/stacks/wire.h) to put(),
 * which returns 0 or an error that ends it. 0; -ENOMEM, -ENOEXEC, -ERR_MALFORMED; what put()
 * returned. Reads files of other people's: call it where a crash does no harm. */
int unwind_process(const struct copied *c, uint32_t process,
		   int (*put)(void *data, const void *record, size_t len), void *data);

#endif
