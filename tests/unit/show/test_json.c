// SPDX-License-Identifier: Apache-2.0
/* Is what scripts read valid, whole and true? tests/validate.py holds the same output against the
 * schemas: `test_show_json --write FOLDER` writes it there. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "fixture.h"
#include "model/addr.h"
#include "show/json/report.h"
#include "show/json/socket.h"
#include "show/json/writer.h"

static void many(struct fixture *f)
{
	fixture_many(f, 500);
}

static const struct {
	const char *name;
	void (*fill)(struct fixture *f);
} hosts[] = {
	{ "root", fixture_root },
	{ "filtered", fixture_filtered },
	{ "stacks", fixture_stacks },
	{ "user", fixture_user },
	{ "many", many },
	{ "hostile", fixture_hostile },
	{ "nothing", fixture_nothing },
	{ "states", fixture_states },
};

/* The report (or the sockets, a line each) as text the caller frees. */
static char *render(const struct fixture *f, bool is_report)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	assert_non_null(out);
	if (is_report)
		r = json_write_report(out, &f->judgement);
	else
		r = json_write_sockets(out, &f->judgement, NULL, f->snapshot.conns.n);
	assert_int_equal(r, 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static json_t *load(const char *text, size_t len)
{
	json_error_t error;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("%s at %d: %.*s", error.text, error.position, (int)len, text);
	return root;
}

/* The value at a path like "findings.0.id". */
static json_t *at(json_t *root, const char *path)
{
	while (root && *path) {
		size_t len = strcspn(path, ".");
		char key[32];

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		root = json_is_array(root) ? json_array_get(root, (size_t)atoi(key))
					   : json_object_get(root, key);
		path += len + (path[len] == '.');
	}
	return root;
}

static const char *text_at(json_t *root, const char *path)
{
	const char *text = json_string_value(at(root, path));

	if (!text)
		fail_msg("there is no text at %s", path);
	return text;
}

static long long number_at(json_t *root, const char *path)
{
	if (!json_is_integer(at(root, path)))
		fail_msg("there is no number at %s", path);
	return json_integer_value(at(root, path));
}

static void the_report_says_what_was_concluded(void **state)
{
	_free_ char *text = NULL;
	struct fixture f;
	json_t *root;

	(void)state;
	fixture_root(&f);
	text = render(&f, true);
	root = load(text, strlen(text));
	assert_string_equal(text_at(root, "schema"), "linger.report/1");
	assert_string_equal(text_at(root, "time"), "2026-11-20T10:42:00.123Z");
	assert_string_equal(text_at(root, "host.name"), "web-1");
	assert_int_equal(json_array_size(at(root, "scope.netns")), 2);
	assert_true(json_is_true(at(root, "scope.can.bpf")));
	assert_int_equal(number_at(root, "took_ms"), 123);
	assert_true(json_is_null(at(root, "totals.UNKNOWN")) || !at(root, "totals.UNKNOWN"));
	assert_int_equal(number_at(root, "totals.TIME_WAIT"), 1204);
	assert_int_equal(number_at(root, "young"), 7);
	assert_int_equal(json_array_size(at(root, "findings")), 2);
	assert_string_equal(text_at(root, "findings.0.id"), "7f3a91d20c55e801");
	assert_string_equal(text_at(root, "findings.0.cause"), "eof-unwatched");
	assert_string_equal(text_at(root, "findings.0.pattern"), "pool");
	assert_string_equal(text_at(root, "findings.0.role"), "connected");
	assert_string_equal(text_at(root, "findings.0.closed_first"), "remote");
	assert_string_equal(text_at(root, "findings.0.endpoint"), "10.2.0.9:443");
	assert_int_equal(number_at(root, "findings.0.oldest_ms.at_least"), 7440000);
	assert_true(json_is_null(at(root, "findings.1.oldest_ms.at_most")));
	assert_int_equal(number_at(root, "findings.0.evidence.0.value"), 1);
	assert_string_equal(text_at(root, "findings.0.evidence.2.value"), "jvm");
	assert_true(json_real_value(at(root, "findings.0.growth_per_min")) == 31.25);
	assert_true(json_is_null(at(root, "findings.1.growth_per_min")));
	assert_true(json_is_null(at(root, "findings.0.ends.in_ms")));
	assert_int_equal(number_at(root, "findings.1.ends.in_ms"), 5000);
	assert_string_equal(text_at(root, "findings.1.paired_with"), "7f3a91d20c55e801");
	assert_true(json_is_null(at(root, "findings.0.paired_with")));
	assert_int_equal(number_at(root, "findings.0.owners.0.fds_open"), 8511);
	assert_string_equal(text_at(root, "findings.0.threads.seen"), "all");
	assert_int_equal(number_at(root, "findings.0.threads.total"), 412);
	assert_int_equal(json_array_size(at(root, "findings.0.threads.groups")), 3);
	assert_string_equal(text_at(root, "findings.0.threads.groups.0.kind"), "compute");
	assert_true(json_is_null(at(root, "findings.0.threads.groups.0.call")));
	assert_int_equal(number_at(root, "findings.0.threads.groups.0.cpu_permille"), 1000);
	assert_string_equal(text_at(root, "findings.0.threads.groups.1.call"), "epoll");
	assert_string_equal(text_at(root, "findings.0.threads.groups.1.object"), "epoll");
	assert_true(json_is_null(at(root, "findings.0.threads.groups.1.cpu_permille")));
	assert_int_equal(json_array_size(at(root, "findings.0.threads.groups.1.tids")), 10);
	assert_true(json_is_null(at(root, "findings.1.threads")));
	assert_true(json_is_null(at(root, "findings.0.owners.0.exe")));
	json_decref(root);
	fixture_finish(&f);
}

static void some_findings_are_a_report_of_these(void **state)
{
	const uint32_t rows[] = { 1, 0 };
	struct fixture f;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_t *root;

	(void)state;
	fixture_root(&f);
	assert_non_null(out);
	assert_int_equal(json_write_report_of(out, &f.judgement, rows, 2), 0);
	assert_int_equal(fclose(out), 0);
	root = load(text, len);
	assert_int_equal(json_array_size(json_object_get(root, "findings")), 2);
	assert_string_equal(json_string_value(at(root, "findings.0.id")),
			    f.judgement.findings.items[1].id);
	assert_string_equal(json_string_value(at(root, "findings.1.id")),
			    f.judgement.findings.items[0].id);
	json_decref(root);
	free(text);
	fixture_finish(&f);
}

static void the_unknown_is_null(void **state)
{
	_free_ char *text = NULL;
	struct fixture f;
	json_t *root;

	(void)state;
	fixture_user(&f);
	text = render(&f, true);
	root = load(text, strlen(text));
	assert_true(json_is_null(at(root, "totals.ESTABLISHED")));
	assert_true(json_is_null(at(root, "scope.can.other_netns")));
	assert_true(json_is_false(at(root, "scope.can.bpf")));
	assert_int_equal(json_array_size(at(root, "scope.netns")), 1);
	assert_int_equal(json_array_size(at(root, "scope.blind_spots")), 2);
	assert_string_equal(text_at(root, "findings.0.endpoint"),
			    "[2001:db8:1:2:a00:27ff:fe4e:66a2]:51234");
	json_decref(root);
	free(text);
	text = render(&f, false);
	root = load(text, strlen(text));
	assert_true(json_is_null(at(root, "rx_queue")));
	assert_true(json_is_null(at(root, "eof")));
	assert_true(json_is_null(at(root, "timer.kind")));
	assert_true(json_is_null(at(root, "shutdown")));
	assert_true(json_is_null(at(root, "keepalive.on")));
	assert_true(json_is_null(at(root, "keepalive.idle_s")));
	assert_true(json_is_null(at(root, "cookie")));
	assert_true(json_is_null(at(root, "watch")));
	assert_true(json_is_null(at(root, "last_rx_ms")));
	assert_int_equal(json_array_size(at(root, "owners")), 0);
	json_decref(root);
	fixture_finish(&f);
}

static void a_socket_says_its_own_facts(void **state)
{
	_free_ char *text = NULL;
	struct fixture f;
	json_t *root;

	(void)state;
	fixture_root(&f);
	text = render(&f, false);
	root = load(text, strcspn(text, "\n"));
	assert_string_equal(text_at(root, "schema"), "linger.socket/1");
	assert_string_equal(text_at(root, "state"), "CLOSE_WAIT");
	assert_string_equal(text_at(root, "cookie"), "18446744069414584321");
	assert_int_equal(number_at(root, "rx_queue"), 1);
	assert_int_equal(number_at(root, "unread_bytes"), 0);
	assert_string_equal(text_at(root, "eof"), "unread");
	assert_true(json_is_true(at(root, "shutdown.0")));
	assert_true(json_is_false(at(root, "shutdown.1")));
	assert_true(json_is_false(at(root, "keepalive.on")));
	assert_int_equal(number_at(root, "keepalive.idle_s"), 7200);
	assert_int_equal(number_at(root, "user_timeout_ms"), 0);
	assert_int_equal(number_at(root, "owners.0.pid"), 4711);
	assert_int_equal(number_at(root, "owners.0.fd"), 17);
	assert_int_equal(json_array_size(at(root, "watch.epoll")), 2);
	assert_string_equal(text_at(root, "watch.epoll.0.events.0"), "IN");
	assert_string_equal(text_at(root, "watch.epoll.0.events.2"), "ET");
	assert_true(json_is_null(at(root, "watch.epoll.1.sleepers")));
	assert_true(json_is_null(at(root, "watch.epoll.1.ready")));
	assert_int_equal(number_at(root, "watch.sleepers"), 0);
	assert_string_equal(text_at(root, "finding"), "7f3a91d20c55e801");
	json_decref(root);
	fixture_finish(&f);
}

/* By state: what became of the FIN when one byte or FIN waits, and how many bytes that are; -1 is
 * null. */
static const struct {
	enum tcp_state state;
	const char *eof;
	int unread_bytes;
} fins[] = {
	{ TCP_STATE_SYN_SENT, "none", 1 },   { TCP_STATE_FIN_WAIT_1, "none", 1 },
	{ TCP_STATE_TIME_WAIT, "none", -1 }, { TCP_STATE_CLOSE_WAIT, "unread", 0 },
	{ TCP_STATE_LISTEN, "none", -1 },
};

static void the_fin_counts_only_where_one_was_received(void **state)
{
	_free_ char *text = NULL;
	struct fixture f;
	char *line;

	(void)state;
	fixture_states(&f);
	for (size_t i = 0; i < ARRAY_LEN(fins); i++)
		assert_true(fins[i].state % 2 == 0);
	/* LAST_ACK and CLOSING are odd: read by nobody until here. */
	f.snapshot.conns.items[TCP_STATE_LAST_ACK - 1].has = CONN_HAS_DIAG;
	f.snapshot.conns.items[TCP_STATE_CLOSING - 1].has = CONN_HAS_DIAG;
	f.snapshot.conns.items[TCP_STATE_CLOSING - 1].rqueue = 6;
	text = render(&f, false);
	line = text;
	for (int s = TCP_STATE_UNKNOWN + 1; s < TCP_STATE_MAX; s++) {
		size_t len = strcspn(line, "\n");
		json_t *root = load(line, len);

		for (size_t i = 0; i < ARRAY_LEN(fins); i++) {
			if ((int)fins[i].state != s)
				continue;
			assert_string_equal(text_at(root, "eof"), fins[i].eof);
			if (fins[i].unread_bytes < 0)
				assert_true(json_is_null(at(root, "unread_bytes")));
			else
				assert_int_equal(number_at(root, "unread_bytes"),
						 fins[i].unread_bytes);
			assert_int_equal(number_at(root, "keepalive.idle_s"), 30);
			assert_int_equal(number_at(root, "keepalive.interval_s"), 75);
			assert_string_equal(text_at(root, "timer.kind"), "probe");
		}
		if (s == TCP_STATE_LAST_ACK) {
			assert_string_equal(text_at(root, "eof"), "consumed");
			assert_int_equal(number_at(root, "unread_bytes"), 0);
		}
		if (s == TCP_STATE_CLOSING)
			assert_int_equal(number_at(root, "unread_bytes"), 5);
		assert_true(json_is_null(at(root, "cause")));
		json_decref(root);
		line += len + 1;
	}
	fixture_finish(&f);
}

static void every_host_is_valid_json_without_control_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts) * 2; i++) {
		_free_ char *text = NULL;
		struct fixture f;

		hosts[i / 2].fill(&f);
		text = render(&f, i % 2);
		for (const char *line = text; *line;) {
			size_t len = strcspn(line, "\n");

			json_decref(load(line, len));
			for (size_t k = 0; k < len; k++)
				assert_true((unsigned char)line[k] >= 0x20 && line[k] != 0x7f);
			line += len + 1;
		}
		fixture_finish(&f);
	}
}

/* What a writing function makes of a value. */
static const struct {
	const char *text, *json;
} escapes[] = {
	{ "plain", "\"plain\"" },
	{ "", "\"\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "\n\t\r\x01\x1b\x7f", "\"\\n\\t\\u000d\\u0001\\u001b\\u007f\"" },
	{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xff", "\"\xef\xbf\xbd\"" },
	{ "\xc3(", "\"\xef\xbf\xbd(\"" },
	{ "\xe2\x80\xae", "\"\\u202e\"" },
	{ "\xc2\x9b", "\"\\u009b\"" },
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static const struct {
	const char *value, *json;
} values[] = {
	{ "0", "0" },	      { "-12.50e+3", "-12.50e+3" },
	{ "1E9", "1E9" },     { "007", "\"007\"" },
	{ "1.", "\"1.\"" },   { ".5", "\".5\"" },
	{ "-", "\"-\"" },     { "1e", "\"1e\"" },
	{ "0x1", "\"0x1\"" }, { "true", "true" },
	{ "null", "null" },   { "nul", "\"nul\"" },
	{ "jvm", "\"jvm\"" }, { "", "\"\"" },
	{ "1 2", "\"1 2\"" },
};

static const struct {
	double value;
	const char *json;
} doubles[] = {
	{ 0, "0" },
	{ -0.0, "0" },
	{ 1, "1" },
	{ 31.25, "31.25" },
	{ -0.5, "-0.5" },
	{ 0.001, "0.001" },
	{ 0.0004, "0" },
	{ -0.0004, "0" },
	{ 1999.9996, "2000" },
	{ 0.06, "0.06" },
	{ 1e12, "1000000000000" },
	{ 1e300, "null" },
	{ INFINITY, "null" },
	{ NAN, "null" },
};

static void each_value_has_one_spelling(void **state)
{
	_free_ char *text = NULL;
	_buf_ struct buf expected = { 0 };
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct json j;

	(void)state;
	json_begin(&j, out);
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
		json_put_text(&j, NULL, escapes[i].text);
		json_end_line(&j);
		buf_printf(&expected, "%s\n", escapes[i].json);
	}
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		json_put_value(&j, NULL, values[i].value);
		json_end_line(&j);
		buf_printf(&expected, "%s\n", values[i].json);
	}
	for (size_t i = 0; i < ARRAY_LEN(doubles); i++) {
		json_put_double(&j, NULL, doubles[i].value);
		json_end_line(&j);
		buf_printf(&expected, "%s\n", doubles[i].json);
	}
	json_put_uint(&j, NULL, UINT64_MAX);
	json_put_id(&j, NULL, UINT64_MAX);
	json_put_id(&j, NULL, 0);
	json_put_value(&j, NULL, NULL);
	buf_puts(&expected, "18446744073709551615,\"18446744073709551615\",null,null");
	assert_int_equal(json_end(&j), 0);
	fclose(out);
	assert_string_equal(text, buf_text(&expected));
}

static void long_texts_pass_the_chunk_whole(void **state)
{
	_free_ char *long_text = malloc(3 * JSON_CHUNK + 1), *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct json j;
	json_t *root;

	(void)state;
	for (size_t i = 0; i < 3 * JSON_CHUNK; i++)
		long_text[i] = i % 7 ? (char)('a' + i % 26) : '"';
	long_text[3 * JSON_CHUNK] = '\0';
	json_begin(&j, out);
	json_open_array(&j, NULL);
	json_put_text(&j, NULL, long_text);
	json_close_array(&j);
	assert_int_equal(json_end(&j), 0);
	fclose(out);
	root = load(text, len);
	assert_string_equal(text_at(root, "0"), long_text);
	json_decref(root);
}

static void a_write_that_fails_is_told_and_ends_it(void **state)
{
	struct fixture f;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	fixture_load(&f, 1000, AF_INET);
	assert_int_equal(json_write_sockets(full, &f.judgement, NULL, 1000), -ENOSPC);
	assert_int_equal(json_write_report(full, &f.judgement), -ENOSPC);
	fclose(full);
	fixture_finish(&f);
}

/* For tests/validate.py. */
static int write_all(const char *folder)
{
	for (size_t i = 0; i < ARRAY_LEN(hosts) * 2; i++) {
		struct fixture f;
		char path[512];
		FILE *out;
		int r;

		snprintf(path, sizeof(path), "%s/%s-%s.json", folder, hosts[i / 2].name,
			 i % 2 ? "report" : "sockets");
		out = fopen(path, "w");
		if (!out)
			return 1;
		hosts[i / 2].fill(&f);
		r = i % 2 ? json_write_report(out, &f.judgement)
			  : json_write_sockets(out, &f.judgement, NULL, f.snapshot.conns.n);
		fixture_finish(&f);
		if (fclose(out) != 0 || r < 0)
			return 1;
	}
	return 0;
}

/* `--measure ROWS`: the processor time that many sockets take. */
static int measure(unsigned int rows)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		FILE *out = fopen("/dev/null", "w");
		struct fixture f;
		clock_t start;

		fixture_load(&f, rows, families[i]);
		start = clock();
		if (json_write_sockets(out, &f.judgement, NULL, rows) < 0)
			return 1;
		printf("IPv%c: %u sockets in %.1f ms\n", i ? '6' : '4', rows,
		       (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC);
		fclose(out);
		fixture_finish(&f);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_says_what_was_concluded),
		cmocka_unit_test(some_findings_are_a_report_of_these),
		cmocka_unit_test(the_unknown_is_null),
		cmocka_unit_test(a_socket_says_its_own_facts),
		cmocka_unit_test(the_fin_counts_only_where_one_was_received),
		cmocka_unit_test(every_host_is_valid_json_without_control_characters),
		cmocka_unit_test(each_value_has_one_spelling),
		cmocka_unit_test(long_texts_pass_the_chunk_whole),
		cmocka_unit_test(a_write_that_fails_is_told_and_ends_it),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_all(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--measure") == 0)
		return measure((unsigned int)atoi(argv[2]));
	return unit_run("json", tests);
}
