// SPDX-License-Identifier: Apache-2.0
/* Does text grow as it should, does lack of memory surface once, and does nothing harmful get out?
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void an_empty_buffer_is_empty_text(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(buf_error(&b), 0);
}

static void everything_added_stands_in_order(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_add(&b, "def", 2);
	buf_printf(&b, "%d%s", 42, "");
	buf_puts(&b, "");
	assert_string_equal(buf_text(&b), "abcde42");
	assert_int_equal(b.len, 7);
}

static void bytes_may_contain_nul(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
}

static void it_grows_at_every_size_and_stays_terminated(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		assert_int_equal(b.len, i);
		buf_putc(&b, (char)('a' + i % 26));
		assert_true(b.len < b.cap);
		assert_int_equal(b.data[b.len], '\0');
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
}

static void a_piece_of_any_size_fits_at_once(void **state)
{
	static char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++) {
		_buf_ struct buf b = { 0 };

		buf_add(&b, text, len);
		assert_int_equal(b.len, len);
		assert_int_equal(strlen(buf_text(&b)), len);
	}
}

static void printf_longer_than_the_room_is_whole(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	buf_printf(&b, "%0*d|%*s", 300, 7, 999, "z");
	assert_int_equal(b.len, 300 + 1 + 999);
	assert_int_equal(b.data[299], '7');
	assert_int_equal(b.data[b.len - 1], 'z');
}

static void what_does_not_fit_into_memory_is_said_and_ends_writing(void **state)
{
	_buf_ struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "kept");
	buf_add(&b, "never read", SIZE_MAX / 2);
	assert_int_equal(buf_error(&b), -ENOMEM);
	buf_puts(&b, "dropped");
	buf_printf(&b, "%d", 1);
	assert_string_equal(buf_text(&b), "kept");
	assert_int_equal(buf_error(&b), -ENOMEM);
}

static void a_finished_buffer_is_a_new_one(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "x");
	buf_finish(&b);
	assert_string_equal(buf_text(&b), "");
	buf_finish(&b);
}

static void outside_text_is_shown_harmlessly(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "nginx: worker", "nginx: worker" },
		{ "h\xc3\xa9llo \xe4\xb8\xad \xf0\x9f\x98\x80",
		  "h\xc3\xa9llo \xe4\xb8\xad \xf0\x9f\x98\x80" },
		{ "a\nb\r\tc", "a\\x0ab\\x0d\\x09c" },
		{ "\x1b[2J\x07", "\\x1b[2J\\x07" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" },
		{ "user\xe2\x80\xaetxt", "user\\xe2\\x80\\xaetxt" },
		{ "\xe2\x81\xa6x", "\\xe2\\x81\\xa6x" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_buf_ struct buf b = { 0 };

		buf_put_safe(&b, cases[i].in);
		assert_string_equal(buf_text(&b), cases[i].out);
	}
}

static void no_byte_makes_a_control_character(void **state)
{
	(void)state;
	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			_buf_ struct buf b = { 0 };
			const char in[] = { (char)first, (char)second, '\0' };

			buf_put_safe(&b, in);
			for (size_t i = 0; i < b.len; i++) {
				unsigned char c = (unsigned char)b.data[i];

				assert_false(c < 0x20 || c == 0x7f);
				assert_false(c == 0xc2 && (unsigned char)b.data[i + 1] < 0xa0);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_empty_text),
		cmocka_unit_test(everything_added_stands_in_order),
		cmocka_unit_test(bytes_may_contain_nul),
		cmocka_unit_test(it_grows_at_every_size_and_stays_terminated),
		cmocka_unit_test(a_piece_of_any_size_fits_at_once),
		cmocka_unit_test(printf_longer_than_the_room_is_whole),
		cmocka_unit_test(what_does_not_fit_into_memory_is_said_and_ends_writing),
		cmocka_unit_test(a_finished_buffer_is_a_new_one),
		cmocka_unit_test(outside_text_is_shown_harmlessly),
		cmocka_unit_test(no_byte_makes_a_control_character),
	};

	return unit_run("buf", tests);
}
