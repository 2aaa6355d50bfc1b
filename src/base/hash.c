// SPDX-License-Identifier: Apache-2.0
/* Hashing without surprises. */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t hash_bytes(uint64_t state, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++) {
		state ^= p[i];
		state *= 1099511628211ull;
	}
	return state;
}

uint64_t hash_text(uint64_t state, const char *text)
{
	/* The NUL is hashed too, so that ("ab", "c") and ("a", "bc") differ. */
	return hash_bytes(state, text, strlen(text) + 1);
}

void map_finish(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}

static struct map_slot *map_find(const struct map *m, uint64_t key)
{
	size_t at = hash_mix(key) & m->mask;

	while (m->slots[at].used && m->slots[at].key != key)
		at = (at + 1) & m->mask;
	return &m->slots[at];
}

int map_reserve(struct map *m, size_t n)
{
	struct map bigger = { 0 };
	size_t slots = 16;

	while (slots / 3 * 2 <= n) {
		if (slots > SIZE_MAX / 4 / sizeof(*bigger.slots))
			return -ENOMEM;
		slots *= 2;
	}
	if (m->slots && slots <= m->mask + 1)
		return 0;
	bigger.slots = calloc(slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	bigger.mask = slots - 1;
	bigger.n = m->n;
	for (size_t i = 0; m->slots && i <= m->mask; i++)
		if (m->slots[i].used)
			*map_find(&bigger, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = bigger;
	return 0;
}

uint32_t map_get(const struct map *m, uint64_t key)
{
	const struct map_slot *slot;

	if (!m->slots)
		return MAP_NONE;
	slot = map_find(m, key);
	return slot->used ? slot->value : MAP_NONE;
}

int map_put(struct map *m, uint64_t key, uint32_t value, uint32_t *ret_old)
{
	struct map_slot *slot;
	int err = map_reserve(m, m->n + 1);

	if (err)
		return err;
	slot = map_find(m, key);
	if (ret_old)
		*ret_old = slot->used ? slot->value : MAP_NONE;
	m->n += !slot->used;
	*slot = (struct map_slot){ .key = key, .value = value, .used = 1 };
	return 0;
}
