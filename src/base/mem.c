// SPDX-License-Identifier: Apache-2.0
/* How arrays grow. */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* So large a block is a mapping of its own, which realloc() moves without copying: then small steps
 * cost little, and what they leave unused, which zeroing makes resident, is less. */
#define MAPPED_BYTES ((size_t)4 << 20)

int array_reserve(void *items, size_t *cap, size_t need, size_t size)
{
	void *old, *grown;
	size_t want;

	if (need <= *cap)
		return 0;
	want = *cap + (*cap < MAPPED_BYTES / size ? *cap / 2 : *cap / 8);
	if (want < 16)
		want = 16;
	if (want < need)
		want = need;
	if (want > SIZE_MAX / 2 / size)
		return -ENOMEM;
	memcpy(&old, items, sizeof(old));
	grown = realloc(old, want * size);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + *cap * size, 0, (want - *cap) * size);
	memcpy(items, &grown, sizeof(grown));
	*cap = want;
	return 0;
}
