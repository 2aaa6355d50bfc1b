/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes, and a map from 64-bit keys to 32-bit values. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a over bytes, continued from `state` (start with HASH_START): stable for ever, so ids made
 * of it may be stored and compared over versions and hosts. */
#define HASH_START 14695981039346656037ull
uint64_t hash_bytes(uint64_t state, const void *bytes, size_t len);
uint64_t hash_text(uint64_t state, const char *text);

/* Mixes a number so that near keys land far apart (splitmix64's finaliser). Not stable by promise.
 */
static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ull;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

#define MAP_NONE UINT32_MAX

/* *shape*: open addressing, a power of two of slots, at most 2/3 full. All zero is an empty map.
 * Values are anything but MAP_NONE. */
struct map_slot {
	uint64_t key;
	uint32_t value;
	uint32_t used;
};

struct map {
	struct map_slot *slots;
	size_t mask;
	size_t n;
};

void map_finish(struct map *m);
#define _map_ __attribute__((cleanup(map_finish)))

/* Makes room for n keys in all, so that as many map_put() cannot fail. 0 or -ENOMEM. */
int map_reserve(struct map *m, size_t n);

/* The value of key, or MAP_NONE. */
uint32_t map_get(const struct map *m, uint64_t key);

/* Sets key to value and returns what it was before through ret_old (may be NULL; MAP_NONE if new).
 * 0 or -ENOMEM. */
int map_put(struct map *m, uint64_t key, uint32_t value, uint32_t *ret_old);

#endif
