// SPDX-License-Identifier: Apache-2.0
/* How arrays grow. */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

int array_reserve(void *items, size_t *cap, size_t need, size_t size)
{
	void *old, *grown;
	size_t want;

	if (need <= *cap)
		return 0;
	want = *cap + *cap / 2;
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
