// SPDX-License-Identifier: Apache-2.0
/* Are hashes the same for ever, and does the map find what was put into it? */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

static void hashes_are_those_published_for_fnv_1a(void **state)
{
	/* draft-eastlake-fnv, test vectors for 64-bit FNV-1a */
	static const struct {
		const char *text;
		uint64_t hash;
	} cases[] = {
		{ "", 0xcbf29ce484222325 },
		{ "a", 0xaf63dc4c8601ec8c },
		{ "foobar", 0x85944171f73967e8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(hash_bytes(HASH_START, cases[i].text, strlen(cases[i].text)) ==
			    cases[i].hash);
}

static void a_hash_continues_where_the_last_one_ended(void **state)
{
	(void)state;
	assert_true(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) ==
		    hash_bytes(HASH_START, "foobar", 6));
}

static void the_border_between_texts_is_hashed(void **state)
{
	(void)state;
	assert_true(hash_text(hash_text(HASH_START, "ab"), "c") !=
		    hash_text(hash_text(HASH_START, "a"), "bc"));
	assert_true(hash_text(HASH_START, "foobar") == hash_bytes(HASH_START, "foobar", 7));
}

static void an_empty_map_has_nothing(void **state)
{
	_map_ struct map m = { 0 };

	(void)state;
	assert_int_equal(map_get(&m, 0), MAP_NONE);
	assert_int_equal(map_get(&m, UINT64_MAX), MAP_NONE);
}

static void every_key_is_found_also_zero_and_the_largest(void **state)
{
	_map_ struct map m = { 0 };
	uint32_t old = 1;

	(void)state;
	assert_int_equal(map_put(&m, 0, 0, &old), 0);
	assert_int_equal(old, MAP_NONE);
	assert_int_equal(map_put(&m, UINT64_MAX, 2, NULL), 0);
	assert_int_equal(map_get(&m, 0), 0);
	assert_int_equal(map_get(&m, UINT64_MAX), 2);
	assert_int_equal(map_get(&m, 1), MAP_NONE);
	assert_int_equal(m.n, 2);
}

static void a_second_value_replaces_the_first_and_gives_it_back(void **state)
{
	_map_ struct map m = { 0 };
	uint32_t old = 0;

	(void)state;
	assert_int_equal(map_put(&m, 5, 10, NULL), 0);
	assert_int_equal(map_put(&m, 5, 11, &old), 0);
	assert_int_equal(old, 10);
	assert_int_equal(map_get(&m, 5), 11);
	assert_int_equal(m.n, 1);
}

static void many_keys_survive_growing(void **state)
{
	_map_ struct map m = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(map_put(&m, (uint64_t)i << 12, i, NULL), 0);
	assert_int_equal(m.n, 100000);
	assert_true(m.n * 3 <= (m.mask + 1) * 2);
	for (uint32_t i = 0; i < 100000; i++) {
		assert_int_equal(map_get(&m, (uint64_t)i << 12), i);
		assert_int_equal(map_get(&m, ((uint64_t)i << 12) + 1), MAP_NONE);
	}
}

/* Keys that all begin their search at the last slot, so that it must go on at the first. */
static void keys_that_collide_are_all_found(void **state)
{
	_map_ struct map m = { 0 };
	uint64_t keys[6], key = 0;
	uint32_t n = 0;

	(void)state;
	assert_int_equal(map_reserve(&m, 6), 0);
	while (n < ARRAY_LEN(keys)) {
		if ((hash_mix(++key) & m.mask) == m.mask)
			keys[n++] = key;
	}
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(map_put(&m, keys[i], i, NULL), 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(map_get(&m, keys[i]), i);
}

static void reserved_room_needs_no_memory_later(void **state)
{
	_map_ struct map m = { 0 };
	const struct map_slot *slots;

	(void)state;
	assert_int_equal(map_reserve(&m, 1000), 0);
	slots = m.slots;
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(map_put(&m, i, i, NULL), 0);
	assert_ptr_equal(m.slots, slots);
	assert_int_equal(map_reserve(&m, 10), 0);
	assert_ptr_equal(m.slots, slots);
}

static void an_impossible_size_leaves_the_map_as_it_was(void **state)
{
	_map_ struct map m = { 0 };

	(void)state;
	assert_int_equal(map_put(&m, 1, 2, NULL), 0);
	assert_int_equal(map_reserve(&m, SIZE_MAX / 8), -ENOMEM);
	assert_int_equal(map_get(&m, 1), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_those_published_for_fnv_1a),
		cmocka_unit_test(a_hash_continues_where_the_last_one_ended),
		cmocka_unit_test(the_border_between_texts_is_hashed),
		cmocka_unit_test(an_empty_map_has_nothing),
		cmocka_unit_test(every_key_is_found_also_zero_and_the_largest),
		cmocka_unit_test(a_second_value_replaces_the_first_and_gives_it_back),
		cmocka_unit_test(many_keys_survive_growing),
		cmocka_unit_test(keys_that_collide_are_all_found),
		cmocka_unit_test(reserved_room_needs_no_memory_later),
		cmocka_unit_test(an_impossible_size_leaves_the_map_as_it_was),
	};

	return unit_run("hash", tests);
}
