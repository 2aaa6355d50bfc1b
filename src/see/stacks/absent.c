// SPDX-License-Identifier: Apache-2.0
/* What stands in for unwinding in a build without elfutils. */
#include "base/error.h"
#include "see/stacks/stacks.h"

int stacks_take(const struct stacks_options *options, struct snapshot *s, const uint32_t *processes,
		size_t n)
{
	(void)options;
	(void)s;
	(void)processes;
	(void)n;
	return -ERR_NOT_BUILT;
}
