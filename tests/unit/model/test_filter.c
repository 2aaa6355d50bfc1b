// SPDX-License-Identifier: Apache-2.0
/* Does each filter mean what ss means by it, and is each wrong one refused where it is wrong? */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "model/filter.h"
#include "model/snapshot.h"

/* The connections that filters are tried on; bit i of an expectation is row i. */
static const struct {
	enum tcp_state state;
	const char *local, *remote;
	uint16_t local_port, remote_port;
} rows[] = {
	{ TCP_STATE_CLOSE_WAIT, "10.0.0.1", "10.1.2.3", 8080, 51000 },
	{ TCP_STATE_CLOSE_WAIT, "10.0.0.1", "192.0.2.7", 40001, 443 },
	{ TCP_STATE_FIN_WAIT_2, "2001:db8::1", "2001:db8:1::2", 8080, 52000 },
	{ TCP_STATE_LISTEN, "0.0.0.0", "0.0.0.0", 8080, 0 },
	{ TCP_STATE_LAST_ACK, "127.0.0.1", "127.0.0.1", 22, 40022 },
	{ TCP_STATE_TIME_WAIT, "::ffff:10.0.0.1", "::ffff:10.9.9.9", 80, 1024 },
	{ TCP_STATE_ESTABLISHED, "::1", "::1", 443, 65535 },
};

#define ALL 0x7fu

static struct endpoint make(const char *addr, uint16_t port)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, addr, bytes) == 1)
		return endpoint_make(AF_INET, bytes, port);
	assert_int_equal(inet_pton(AF_INET6, addr, bytes), 1);
	return endpoint_make(AF_INET6, bytes, port);
}

static void fill(struct snapshot *s)
{
	snapshot_init(s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t row = snapshot_add_conn(s);
		struct conn *c = snapshot_conn(s, row);

		c->state = (uint8_t)rows[i].state;
		c->local = make(rows[i].local, rows[i].local_port);
		c->remote = make(rows[i].remote, rows[i].remote_port);
	}
}

static int find_service(const char *name, uint64_t *ret_port)
{
	if (strcmp(name, "https") != 0 && strcmp(name, "ssh") != 0)
		return -ENOENT;
	*ret_port = strcmp(name, "ssh") == 0 ? 22 : 443;
	return 0;
}

static const struct filter_names names = { .service = find_service };

/* Without a NUL behind it, so that reading too far is seen by the sanitizers. */
static int parse(const char *text, struct filter *ret_filter, struct filter_error *ret_error)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, text, len);
	r = filter_parse(copy, len, &names, ret_filter, ret_error);
	free(copy);
	return r;
}

static const struct {
	const char *text;
	uint32_t matches;
} meanings[] = {
	{ "", ALL },
	{ "  \t ", ALL },
	{ "state close-wait", 0x03 },
	{ "state CLOSE_WAIT", 0x03 },
	{ "state closewait", 0x03 },
	{ "STATE FIN-WAIT-2", 0x04 },
	{ "state FIN_WAIT2", 0x04 },
	{ "state estab", 0x40 },
	{ "state established", 0x40 },
	{ "state listening", 0x08 },
	{ "state all", ALL },
	{ "state connected", ALL & ~0x08u },
	{ "state synchronized", ALL & ~0x08u },
	{ "state bucket", 0x20 },
	{ "state big", ALL & ~0x20u },
	{ "state closing", 0 },
	{ "state close-wait state last-ack", 0x13 },
	{ "state connected exclude time-wait excl estab", 0x17 },
	{ "exclude listening", ALL & ~0x08u },
	{ "exclude listen exclude close-wait", 0x74 },
	{ "exclude all state last-ack", 0x10 },
	{ "state close-wait or state listen", 0x0b },
	{ "state close-wait and state listen", 0 },
	{ "not state close-wait", ALL & ~0x03u },
	{ "! state close-wait", ALL & ~0x03u },
	{ "!state close-wait", ALL & ~0x03u },
	{ "not not state close-wait", 0x03 },
	{ "not state close-wait state listen", ALL & ~0x0bu },
	{ "sport = :8080", 0x0d },
	{ "sport 8080", 0x0d },
	{ "sport=8080", 0x0d },
	{ "sport==:8080", 0x0d },
	{ "sport eq :8080", 0x0d },
	{ "sport :https", 0x40 },
	{ "dport = https", 0x02 },
	{ "sport != :8080", 0x72 },
	{ "sport!=8080", 0x72 },
	{ "sport ne 8080", 0x72 },
	{ "sport neq 8080", 0x72 },
	{ "dport >= 51000", 0x45 },
	{ "dport ge 51000", 0x45 },
	{ "dport geq 51000", 0x45 },
	{ "dport > 51000", 0x44 },
	{ "dport gt 51000", 0x44 },
	{ "dport>51000", 0x44 },
	{ "dport <= 443", 0x0a },
	{ "dport le 443", 0x0a },
	{ "dport leq 443", 0x0a },
	{ "dport < 443", 0x08 },
	{ "dport lt :443", 0x08 },
	{ ":8080", 0x0d },
	{ "':8080'", 0x0d },
	{ "sport = \"8080\"", 0x0d },
	{ "state 'close-wait'", 0x03 },
	{ ":ssh", 0x10 },
	{ "not :8080", 0x72 },
	{ ":8080 state close-wait", 0x01 },
	{ "state close-wait :8080", 0x01 },
	{ "src 10.0.0.1", 0x23 },
	{ "src = 10.0.0.1", 0x23 },
	{ "src=10.0.0.1", 0x23 },
	{ "src != 10.0.0.1", 0x5c },
	{ "src 10.0.0.1:80", 0x20 },
	{ "src 10.0.0.1:https", 0 },
	{ "src 10.0.0.0/8", 0x23 },
	{ "src 10/8", 0x23 },
	{ "dst 10.1/16", 0x01 },
	{ "dst 10.1.2.3/32", 0x01 },
	{ "dst 10.1.2.2/31", 0x01 },
	{ "dst 0.0.0.0/0", 0x3b },
	{ "dst 10.0.0.0/8:1024", 0x20 },
	{ "dst :443", 0x02 },
	{ "dst *:443", 0x02 },
	{ "dst != *:443", 0x7d },
	{ "dst *", ALL },
	{ "dst *:*", ALL },
	{ "dst 192.0.2.7:*", 0x02 },
	{ "dst 2001:db8:1::2", 0x04 },
	{ "dst 2001:db8::/32", 0x04 },
	{ "dst [2001:db8::]/32", 0x04 },
	{ "dst [2001:db8::/32]", 0x04 },
	{ "dst [2001:db8::]/32:52000", 0x04 },
	{ "dst [2001:db8::/32]:52000", 0x04 },
	{ "dst [2001:db8:1::2]:52001", 0 },
	{ "dst [2001:db8:1::2]", 0x04 },
	{ "src ::1", 0x40 },
	{ "src [::1]:443", 0x40 },
	{ "src ::/0", 0x44 },
	{ "dst ::ffff:10.9.9.9", 0x20 },
	{ "dst ::ffff:10.0.0.0/104", 0x21 },
	{ "dst ::ffff:0.0.0.0/96", 0x3b },
	{ "dst ::ffff:0.0.0.0/95", 0 },
	/* not binds closer than and, and closer than or */
	{ "state listen or state close-wait and sport = :8080", 0x09 },
	{ "state listen or state close-wait sport = :8080", 0x09 },
	{ "( state listen or state close-wait ) and sport = :8080", 0x09 },
	{ "(state listen|state last-ack)&dport<=443", 0x08 },
	{ "state listen || state last-ack && dport = 40022", 0x18 },
	{ "not state listen and sport = 8080", 0x05 },
	{ "not ( state listen and sport = 8080 )", ALL & ~0x08u },
	{ "not (not (not :8080))", 0x72 },
	{ "state close-wait and ( sport = :8080 or dst 192.0.2.0/24 )", 0x03 },
	{ "sport eq 8080 and not dport eq 0", 0x05 },
};

static bool is_meant(const struct filter *f, const struct snapshot *s, uint32_t row)
{
	return filter_match(f, &(struct filter_subject){ .snapshot = s, .row = row });
}

static void each_filter_means_what_ss_means(void **state)
{
	struct snapshot s;

	(void)state;
	fill(&s);
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		struct filter f = { 0 };
		struct filter_error error = { 0 };
		uint32_t matches = 0;

		if (parse(meanings[i].text, &f, &error) < 0)
			fail_msg("'%s' is refused: %s", meanings[i].text, error.message);
		for (uint32_t row = 0; row < ARRAY_LEN(rows); row++)
			matches |= (uint32_t)is_meant(&f, &s, row) << row;
		if (matches != meanings[i].matches)
			fail_msg("'%s' matches %#x, not %#x", meanings[i].text, matches,
				 meanings[i].matches);
		/* What the kernel is asked for must hold every match. */
		for (uint32_t row = 0; row < ARRAY_LEN(rows); row++)
			if (matches & 1u << row)
				assert_true(filter_states(&f) & TCP_BIT(rows[row].state));
	}
	snapshot_finish(&s);
}

#define CW TCP_BIT(TCP_STATE_CLOSE_WAIT)
#define LI TCP_BIT(TCP_STATE_LISTEN)

static const struct {
	const char *text;
	uint32_t states;
} masks[] = {
	{ "", TCP_BITS_ALL },
	{ ":80", TCP_BITS_ALL },
	{ "state close-wait", CW },
	{ "state close-wait and :80", CW },
	{ ":80 or state close-wait", TCP_BITS_ALL },
	{ "(:80 or :81) state close-wait", CW },
	{ "state close-wait or state listen", CW | LI },
	{ "not state close-wait", TCP_BITS_ALL & ~CW },
	{ "not (state close-wait and :80)", TCP_BITS_ALL },
	{ "not (state close-wait or :80)", TCP_BITS_ALL & ~CW },
	{ "not (state connected or state closed)", LI },
	{ "state close-wait :80 or state listen :81", CW | LI },
	{ "state close-wait state listen exclude close-wait", LI },
};

static void the_kernel_is_asked_for_no_more_states_than_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		struct filter f;
		struct filter_error error;

		assert_int_equal(parse(masks[i].text, &f, &error), 0);
		assert_int_equal(filter_names_states(&f), strstr(masks[i].text, "state") ||
								  strstr(masks[i].text, "exclude"));
		if (filter_states(&f) != masks[i].states)
			fail_msg("'%s' asks for %#x, not %#x", masks[i].text, filter_states(&f),
				 masks[i].states);
	}
}

static const struct {
	const char *text;
	size_t offset, length;
	const char *message, *hint; /* a part of each */
} wrongs[] = {
	{ "state", 5, 1, "a state is missing", "" },
	{ "state and :80", 6, 3, "a state is missing", "" },
	{ "state clse-wait", 6, 9, "no state", "CLOSE_WAIT" },
	{ "state bukket", 6, 6, "no state", "bucket" },
	{ "state xyzzy :80", 6, 5, "no state", "established, syn-sent" },
	{ "state close-wait or state 5", 26, 1, "no state", "" },
	{ "close-wait", 0, 10, "no filter begins", "state close-wait" },
	{ "closewiat", 0, 9, "no filter begins", "state CLOSE_WAIT" },
	{ "spotr = 80", 0, 5, "no filter begins", "sport" },
	{ "8080", 0, 4, "no filter begins", ":8080" },
	{ "10.0.0.1", 0, 8, "no filter begins", "dst 10.0.0.1" },
	{ "xyzzy", 0, 5, "no filter begins", "linger help filter" },
	{ ":80 fwmark 1", 4, 6, "ss can filter by fwmark", "" },
	{ "sport", 5, 1, "a port is missing", "" },
	{ "sport =", 7, 1, "a port is missing", "" },
	{ "sport = :", 9, 1, "a port is missing", "" },
	{ ":", 1, 1, "a port is missing", "" },
	{ "sport = 65536", 8, 5, "0 to 65535", "" },
	{ "sport = :99999999999999999999", 9, 20, "0 to 65535", "" },
	{ "sport = :http2", 9, 5, "no TCP service", "number" },
	{ "sport = 10.0.0.1:80", 8, 11, "a port alone", "dst 10.0.0.1:443" },
	{ ":80 :x", 5, 1, "no TCP service", "" },
	{ "dst", 3, 1, "an address is missing", "" },
	{ "dst > 10.0.0.1", 4, 1, "no order", "" },
	{ "dst example.org", 4, 11, "not looked up", "getent" },
	{ "dst example.org:443", 4, 11, "not looked up", "getent" },
	{ "dst 10.0.0.256", 4, 10, "no address", "10.0.0.0/8" },
	{ "dst 10.0", 4, 4, "no address", "" },
	{ "dst 10.0.0.0/33", 13, 2, "0 to 32", "" },
	{ "dst 10.0.0.0/", 13, 1, "0 to 32", "" },
	{ "dst 10.0.0.0/8x", 13, 2, "0 to 32", "" },
	{ "dst 2001:db8::/129", 15, 3, "0 to 128", "" },
	{ "dst [2001:db8::", 4, 11, "closing ]", "" },
	{ "dst [::1]x", 9, 1, "can follow the ]", "" },
	{ "dst [10.0.0.1]", 5, 8, "no address", "" },
	{ "dst []", 5, 1, "no address", "" },
	{ "dst 1:2:3", 4, 5, "no address", "" },
	{ "dst /8", 4, 1, "no address", "" },
	{ "dst 10.0.0.1:", 13, 1, "a port is missing", "" },
	{ "dst fe80::1%eth0", 4, 12, "not looked up", "" },
	{ "(:80", 0, 1, "never closed", "" },
	{ ":80 and (:81 or (:82)", 8, 1, "never closed", "" },
	{ ":80)", 3, 1, "closes nothing", "" },
	{ "()", 1, 1, "a condition is missing", "" },
	{ ":80 and", 7, 1, "a condition is missing", "" },
	{ ":80 or or :81", 7, 2, "a condition is missing", "" },
	{ "and :80", 0, 3, "a condition is missing", "" },
	{ "not", 3, 1, "a condition is missing", "" },
	{ "\"close-wait", 0, 1, "quote is never closed", "" },
	{ ":80 and 'x", 8, 1, "quote is never closed", "" },
	{ ":80 'x", 4, 1, "quote is never closed", "" },
	{ ":80 = 5", 4, 1, "nothing can be compared", "" },
	{ "\x1b[31m", 0, 5, "no filter begins", "" },
};

static void a_wrong_filter_is_refused_at_the_offending_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct filter f = { .n = 77 };
		struct filter_error error = { 0 };

		if (parse(wrongs[i].text, &f, &error) != -EINVAL)
			fail_msg("'%s' is not refused", wrongs[i].text);
		assert_int_equal(f.n, 77);
		if (error.offset != wrongs[i].offset || error.length != wrongs[i].length)
			fail_msg("'%s' is marked at %zu+%zu, not %zu+%zu", wrongs[i].text,
				 error.offset, error.length, wrongs[i].offset, wrongs[i].length);
		if (!strstr(error.message, wrongs[i].message) ||
		    !strstr(error.hint, wrongs[i].hint))
			fail_msg("'%s' says '%s' and advises '%s'", wrongs[i].text, error.message,
				 error.hint);
	}
}

static void names_of_services_need_someone_who_knows_them(void **state)
{
	struct filter f;
	struct filter_error error;

	(void)state;
	assert_int_equal(filter_parse(":https", 6, NULL, &f, &error), -EINVAL);
	assert_int_equal(filter_parse(":443", 4, NULL, &f, &error), 0);
}

static void too_much_is_refused_and_harms_nothing(void **state)
{
	char text[FILTER_TEXT_MAX + 2];
	struct filter f;
	struct filter_error error;

	(void)state;
	memset(text, '(', sizeof(text));
	assert_int_equal(filter_parse(text, sizeof(text), NULL, &f, &error), -EINVAL);
	assert_non_null(strstr(error.message, "longer than"));
	assert_int_equal(filter_parse(text, FILTER_TEXT_MAX, NULL, &f, &error), -EINVAL);
	assert_int_equal(error.offset, FILTER_DEPTH_MAX);
	for (size_t i = 0; i + 4 <= FILTER_TEXT_MAX; i += 4)
		memcpy(text + i, ":80 ", 4);
	assert_int_equal(filter_parse(text, FILTER_TEXT_MAX, NULL, &f, &error), -EINVAL);
	assert_non_null(strstr(error.message, "too long"));
	memset(text, '!', FILTER_TEXT_MAX);
	assert_int_equal(filter_parse(text, FILTER_TEXT_MAX, NULL, &f, &error), -EINVAL);
	assert_int_equal(error.offset, FILTER_TEXT_MAX);
	assert_int_equal(filter_parse(":80\0:81", 7, NULL, &f, &error), -EINVAL);
	assert_int_equal(error.offset, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_filter_means_what_ss_means),
		cmocka_unit_test(the_kernel_is_asked_for_no_more_states_than_needed),
		cmocka_unit_test(a_wrong_filter_is_refused_at_the_offending_word),
		cmocka_unit_test(names_of_services_need_someone_who_knows_them),
		cmocka_unit_test(too_much_is_refused_and_harms_nothing),
	};

	return unit_run("filter", tests);
}
