// SPDX-License-Identifier: Apache-2.0
/* Is each address written as everybody else writes it, and read as one address? */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "model/addr.h"

static struct endpoint parse(const char *addr, uint16_t port)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, addr, bytes) == 1)
		return endpoint_make(AF_INET, bytes, port);
	assert_int_equal(inet_pton(AF_INET6, addr, bytes), 1);
	return endpoint_make(AF_INET6, bytes, port);
}

static const struct {
	const char *addr;
	uint16_t port;
	const char *text;
} spellings[] = {
	{ "0.0.0.0", 0, "0.0.0.0:0" },
	{ "255.255.255.255", 65535, "255.255.255.255:65535" },
	{ "10.0.0.1", 80, "10.0.0.1:80" },
	{ "::ffff:10.0.0.1", 80, "10.0.0.1:80" },
	{ "::", 0, "[::]:0" },
	{ "::1", 443, "[::1]:443" },
	{ "1::", 1, "[1::]:1" },
	{ "2001:db8::1", 80, "[2001:db8::1]:80" },
	{ "2001:0DB8:0:0:1:0:0:1", 80, "[2001:db8::1:0:0:1]:80" },
	{ "2001:db8:0:1:1:1:1:1", 80, "[2001:db8:0:1:1:1:1:1]:80" },
	{ "2001:db8:0:0:0:1:0:0", 80, "[2001:db8::1:0:0]:80" },
	{ "1:2:3:4:5:6:0:0", 9, "[1:2:3:4:5:6::]:9" },
	{ "0:0:3:4:5:6:7:8", 9, "[::3:4:5:6:7:8]:9" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
	  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
};

static void each_endpoint_has_one_spelling(void **state)
{
	char text[ENDPOINT_TEXT_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		struct endpoint e = parse(spellings[i].addr, spellings[i].port);

		endpoint_format(&e, text);
		assert_string_equal(text, spellings[i].text);
	}
	endpoint_format(&(struct endpoint){ 0 }, text);
	assert_string_equal(text, "?:0");
}

static void addresses_are_written_as_the_library_writes_them(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t words[2] = { hash_mix(2 * i + 1), hash_mix(2 * i + 2) };
		char text[ENDPOINT_TEXT_LEN], expected[ENDPOINT_TEXT_LEN];
		char addr[INET6_ADDRSTRLEN];
		uint8_t bytes[16];
		struct endpoint e;

		memcpy(bytes, words, sizeof(bytes));
		/* Zeros in every pattern of groups; never first, as there the library mixes in
		 * dotted IPv4. */
		for (int group = 1; group < 8; group++)
			if (i >> group & 1)
				bytes[2 * group] = bytes[2 * group + 1] = 0;
		bytes[0] |= 0x20;
		e = endpoint_make(AF_INET6, bytes, 0);
		endpoint_format(&e, text);
		snprintf(expected, sizeof(expected), "[%s]:0",
			 inet_ntop(AF_INET6, bytes, addr, sizeof(addr)));
		assert_string_equal(text, expected);
		e = endpoint_make(AF_INET, bytes, 0);
		endpoint_format(&e, text);
		snprintf(expected, sizeof(expected), "%s:0",
			 inet_ntop(AF_INET, bytes, addr, sizeof(addr)));
		assert_string_equal(text, expected);
	}
}

static const struct {
	const char *addr, *net;
	unsigned int bits;
	bool is_in;
} nets[] = {
	{ "10.1.2.3", "10.0.0.0", 8, true },
	{ "11.1.2.3", "10.0.0.0", 8, false },
	{ "10.1.2.3", "10.1.2.2", 31, true },
	{ "10.1.2.3", "10.1.2.2", 32, false },
	{ "10.1.2.3", "0.0.0.0", 0, true },
	{ "10.1.2.3", "10.1.2.3", 33, false },
	{ "2001:db8::1", "2001:db8::", 32, true },
	{ "2001:db9::1", "2001:db8::", 32, false },
	{ "2001:db8::1", "2001:db8::", 127, true },
	{ "2001:db8::1", "2001:db8::", 128, false },
	{ "10.1.2.3", "::", 0, false },
	{ "::1", "0.0.0.0", 0, false },
};

static void a_net_holds_its_addresses_and_no_other_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		struct endpoint e = parse(nets[i].addr, 1), net = parse(nets[i].net, 2);

		if (endpoint_in_net(&e, &net, nets[i].bits) != nets[i].is_in)
			fail_msg("%s in %s/%u", nets[i].addr, nets[i].net, nets[i].bits);
	}
}

static void mapped_addresses_are_ipv4(void **state)
{
	struct endpoint mapped = parse("::ffff:127.0.0.1", 5), plain = parse("127.0.0.1", 5);

	(void)state;
	assert_true(endpoint_equal(&mapped, &plain));
	assert_int_equal(endpoint_hash(&mapped, 1), endpoint_hash(&plain, 1));
	assert_true(endpoint_is_loopback(&mapped));
	plain.port = 6;
	assert_false(endpoint_equal(&mapped, &plain));
	assert_true(endpoint_same_addr(&mapped, &plain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_endpoint_has_one_spelling),
		cmocka_unit_test(addresses_are_written_as_the_library_writes_them),
		cmocka_unit_test(a_net_holds_its_addresses_and_no_other_kind),
		cmocka_unit_test(mapped_addresses_are_ipv4),
	};

	return unit_run("addr", tests);
}
