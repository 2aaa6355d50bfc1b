// SPDX-License-Identifier: Apache-2.0
/* Is only that taken for text which RFC 3629 calls so, and only that for printable which is
 * harmless? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static size_t decode(const char *bytes, uint32_t *ret_point)
{
	return utf8_decode((const unsigned char *)bytes, strlen(bytes), ret_point);
}

static void each_length_decodes_at_both_ends(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t point;
	} cases[] = {
		{ "\x01", 0x1 },
		{ "\x7f", 0x7f },
		{ "\xc2\x80", 0x80 },
		{ "\xdf\xbf", 0x7ff },
		{ "\xe0\xa0\x80", 0x800 },
		{ "\xed\x9f\xbf", 0xd7ff },
		{ "\xee\x80\x80", 0xe000 },
		{ "\xef\xbf\xbf", 0xffff },
		{ "\xf0\x90\x80\x80", 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t point = 0;

		assert_int_equal(decode(cases[i].bytes, &point), strlen(cases[i].bytes));
		assert_int_equal(point, cases[i].point);
	}
}

static void what_follows_a_code_point_is_not_looked_at(void **state)
{
	uint32_t point = 0;

	(void)state;
	assert_int_equal(decode("\xc3\xa9\xff", &point), 2);
	assert_int_equal(point, 0xe9);
}

static void what_is_not_utf8_decodes_to_nothing(void **state)
{
	static const char *const cases[] = {
		"\x80",
		"\xbf", /* a continuation alone */
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf", /* overlong */
		"\xe0\x80\x80",
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf7\xbf\xbf\xbf", /* beyond U+10FFFF */
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff", /* no such first byte */
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98", /* ends too early */
		"\xc3(",
		"\xe2(\xa1",
		"\xe2\x82(",
		"\xf0\x9f\x98(", /* no continuation */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t point = 42;

		assert_int_equal(decode(cases[i], &point), 0);
		assert_int_equal(point, 42);
	}
}

static void nothing_decodes_to_nothing(void **state)
{
	uint32_t point = 42;

	(void)state;
	assert_int_equal(utf8_decode((const unsigned char *)"a", 0, &point), 0);
	assert_int_equal(point, 42);
}

static void letters_are_printable(void **state)
{
	static const uint32_t cases[] = { ' ', 'a', '~', 0xa0, 0xe9, 0x4e2d, 0x1f600 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(utf8_is_printable(cases[i]));
}

static void controls_and_separators_are_not_printable(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x20; point++)
		assert_false(utf8_is_printable(point));
	for (uint32_t point = 0x7f; point <= 0x9f; point++)
		assert_false(utf8_is_printable(point));
	assert_false(utf8_is_printable(0x2028));
	assert_false(utf8_is_printable(0x2029));
	assert_false(utf8_is_printable(0xfeff));
}

static void bidirectional_controls_are_not_printable(void **state)
{
	static const uint32_t cases[] = { 0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c,
					  0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_false(utf8_is_printable(cases[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_length_decodes_at_both_ends),
		cmocka_unit_test(what_follows_a_code_point_is_not_looked_at),
		cmocka_unit_test(what_is_not_utf8_decodes_to_nothing),
		cmocka_unit_test(nothing_decodes_to_nothing),
		cmocka_unit_test(letters_are_printable),
		cmocka_unit_test(controls_and_separators_are_not_printable),
		cmocka_unit_test(bidirectional_controls_are_not_printable),
	};

	return unit_run("utf8", tests);
}
