// SPDX-License-Identifier: Apache-2.0
/* Are /proc's texts read right, also when somebody chose them to be misread? */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "see/procs/parse.h"

#define STAT_REST " S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 123456 9 9"

static void stat_is_read_whatever_the_name(void **state)
{
	static const struct {
		const char *text, *comm;
	} cases[] = {
		{ "42 (java)" STAT_REST, "java" },
		{ "42 ()" STAT_REST, "" },
		{ "42 (a b)" STAT_REST, "a b" },
		{ "42 (evil) R 1)" STAT_REST, "evil) R 1" },
		{ "42 (((" STAT_REST, NULL },
		{ "42 ())))" STAT_REST, ")))" },
		{ "42 (new\nline)" STAT_REST "\n", "new\nline" },
		{ "42 (a name much longer than the sixty-four bytes of a worker in here)" STAT_REST,
		  "a name much longer than the sixty-four bytes of a worker in her" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct procs_stat stat = { .state = '?' };
		int err = procs_parse_stat(cases[i].text, strlen(cases[i].text), &stat);

		if (!cases[i].comm) {
			assert_int_equal(err, -EBADMSG);
			continue;
		}
		assert_int_equal(err, 0);
		assert_string_equal(stat.comm, cases[i].comm);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.ppid, 17);
		assert_int_equal(stat.session, 1);
		assert_int_equal(stat.flags, 4194560);
		assert_int_equal(stat.threads, 33);
		assert_int_equal(stat.start_ticks, 123456);
	}
}

static void a_stat_read_while_it_is_reaped_has_no_session(void **state)
{
	static const char text[] =
		"1 (a) X 0 -1 -1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 0 0 123456 0 0";
	struct procs_stat stat;

	(void)state;
	assert_int_equal(procs_parse_stat(text, strlen(text), &stat), 0);
	assert_int_equal(stat.state, 'X');
	assert_int_equal(stat.session, 0);
}

static void half_a_stat_is_no_stat(void **state)
{
	static const char whole[] = "42 (java) S 17 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 1";

	(void)state;
	for (size_t len = 0; len < strlen(whole); len++) {
		_free_ char *cut = malloc(len + 1);
		struct procs_stat stat = { .state = '?' };

		assert_non_null(cut);
		memcpy(cut, whole, len);
		assert_int_equal(procs_parse_stat(cut, len, &stat), -EBADMSG);
		assert_int_equal(stat.state, '?');
	}
}

static void a_number_that_is_none_spoils_the_stat(void **state)
{
	static const char *const texts[] = {
		"1 (a) S x 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 1",
		"1 (a) S -1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 1",
		"1 (a) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 99999999999 0 1",
		"1 (a) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 99999999999999999999999",
		"1 (a) SS 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 1",
		"1 (a) \x1b 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 33 0 1",
		") 1 (a",
	};
	struct procs_stat stat;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(procs_parse_stat(texts[i], strlen(texts[i]), &stat), -EBADMSG);
}

static void the_soft_limit_of_files_is_found(void **state)
{
	static const struct {
		const char *text;
		uint32_t limit;
	} cases[] = {
		{ "Limit                     Soft Limit           Hard Limit\n"
		  "Max processes             95848                95848                \n"
		  "Max open files            1024                 524288               \n",
		  1024 },
		{ "Max open files            unlimited            unlimited            files\n",
		  VALUE_UNKNOWN - 1 },
		{ "Max open files            99999999999          1  files\n", VALUE_UNKNOWN - 1 },
		{ "Max open files            \n", VALUE_UNKNOWN },
		{ "Max open files            many\n", VALUE_UNKNOWN },
		{ "Max open filesystems      3\n", VALUE_UNKNOWN },
		{ "", VALUE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(procs_parse_fds_limit(cases[i].text, strlen(cases[i].text)),
				 cases[i].limit);
}

static void frozen_is_told_by_both_versions(void **state)
{
	static const struct {
		const char *text;
		enum fact events, freezer;
	} cases[] = {
		{ "populated 1\nfrozen 1\n", FACT_YES, FACT_UNKNOWN },
		{ "populated 1\nfrozen 0\n", FACT_NO, FACT_UNKNOWN },
		{ "populated 1\n", FACT_UNKNOWN, FACT_UNKNOWN },
		{ "frozen\n1\n", FACT_UNKNOWN, FACT_UNKNOWN },
		{ "frozen 2", FACT_UNKNOWN, FACT_UNKNOWN },
		{ "unfrozen 1", FACT_UNKNOWN, FACT_UNKNOWN },
		{ "FROZEN\n", FACT_UNKNOWN, FACT_YES },
		{ "FREEZING\n", FACT_UNKNOWN, FACT_NO },
		{ "THAWED\n", FACT_UNKNOWN, FACT_NO },
		{ "", FACT_UNKNOWN, FACT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].text);

		assert_int_equal(procs_parse_cgroup_events(cases[i].text, len), cases[i].events);
		assert_int_equal(procs_parse_freezer_state(cases[i].text, len), cases[i].freezer);
	}
}

static void a_member_is_found_among_pids(void **state)
{
	static const char members[] = "17\n4711\n0\n";

	(void)state;
	assert_true(procs_parse_has_pid(members, strlen(members), 4711));
	assert_true(procs_parse_has_pid(members, strlen(members), 17));
	assert_false(procs_parse_has_pid(members, strlen(members), 471));
	assert_false(procs_parse_has_pid("", 0, 0));
}

static void a_registration_is_read_from_its_line(void **state)
{
	static const char line[] =
		"tfd:        7 events: 8000201d data: ffff8881aa000007  pos:0 ino:2a3f sdev:8";
	struct procs_epoll_target t;

	(void)state;
	assert_true(procs_parse_epoll_line(line, strlen(line), &t));
	assert_int_equal(t.fd, 7);
	assert_int_equal(t.events, 0x8000201d);
	assert_int_equal(t.data, 0xffff8881aa000007);
	assert_int_equal(t.inode, 0x2a3f);
}

static void what_is_no_registration_is_left_out(void **state)
{
	static const char *const lines[] = {
		"",
		"pos:\t0",
		"flags:\t02",
		"tfd:",
		"tfd: 7 events: 19 data: 7",
		"tfd: 7 events: 19 data: 7  pos:0 ino:",
		"tfd: -7 events: 19 data: 7  pos:0 ino:2a",
		"tfd: 99999999999 events: 19 data: 7  pos:0 ino:2a",
		"tfd: 7 events: 119999999 data: 7  pos:0 ino:2a",
		"tfd: 7 events: zz data: 7  pos:0 ino:2a",
		"tfd: 7 events: 19 data: 11112222333344445  pos:0 ino:2a",
		"eventfd-count: 7",
	};
	struct procs_epoll_target t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_false(procs_parse_epoll_line(lines[i], strlen(lines[i]), &t));
}

static void only_a_whole_link_has_a_number(void **state)
{
	static const struct {
		const char *link;
		bool ok;
		uint64_t number;
	} cases[] = {
		{ "socket:[123]", true, 123 },
		{ "socket:[4294967295]", true, 4294967295 },
		{ "socket:[]", false, 0 },
		{ "socket:[12", false, 0 },
		{ "socket:[12a]", false, 0 },
		{ "socket:[-1]", false, 0 },
		{ "socket:[99999999999999999999]", false, 0 },
		{ "pipe:[123]", false, 0 },
		{ "socket", false, 0 },
		{ "", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t number = 0;

		assert_int_equal(
			procs_parse_link(cases[i].link, strlen(cases[i].link), "socket:[", &number),
			cases[i].ok);
		assert_int_equal(number, cases[i].number);
	}
}

static void programs_tell_their_runtime_and_namesakes_do_not(void **state)
{
	static const struct {
		const char *path;
		enum runtime runtime;
	} cases[] = {
		{ "/usr/lib/jvm/java-17/bin/java", RUNTIME_JVM },
		{ "/usr/bin/javac", RUNTIME_UNKNOWN },
		{ "/usr/bin/python3.11", RUNTIME_PYTHON },
		{ "/usr/bin/pythonista", RUNTIME_UNKNOWN },
		{ "/usr/bin/node", RUNTIME_NODE },
		{ "/usr/bin/node18", RUNTIME_NODE },
		{ "/usr/bin/node-18", RUNTIME_NODE },
		{ "/usr/bin/node_exporter", RUNTIME_UNKNOWN },
		{ "/usr/bin/node-problem-detector", RUNTIME_UNKNOWN },
		{ "/usr/bin/python-", RUNTIME_UNKNOWN },
		{ "/usr/bin/php-fpm", RUNTIME_PHP },
		{ "/usr/sbin/nginx", RUNTIME_NGINX },
		{ "/usr/sbin/nginx-debug", RUNTIME_UNKNOWN },
		{ "/usr/sbin/haproxy", RUNTIME_HAPROXY },
		{ "/usr/lib/postgresql/15/bin/postgres", RUNTIME_POSTGRES },
		{ "/usr/bin/redis-server", RUNTIME_REDIS },
		{ "/usr/bin/redis-cli", RUNTIME_UNKNOWN },
		{ "/usr/bin/ruby3.1", RUNTIME_RUBY },
		{ "/usr/sbin/php-fpm8.2", RUNTIME_PHP },
		{ "/usr/lib/erlang/erts-13.1/bin/beam.smp", RUNTIME_ERLANG },
		{ "/usr/share/dotnet/dotnet", RUNTIME_DOTNET },
		{ "java", RUNTIME_JVM },
		{ "/java/", RUNTIME_UNKNOWN },
		{ "", RUNTIME_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(procs_runtime_of_exe(cases[i].path), cases[i].runtime);
}

static void libraries_tell_the_runtime_inside_a_program(void **state)
{
	static const struct {
		const char *path;
		enum runtime runtime;
	} cases[] = {
		{ "/usr/lib/jvm/lib/server/libjvm.so", RUNTIME_JVM },
		{ "/usr/lib/libpython3.11.so.1.0", RUNTIME_PYTHON },
		{ "/usr/lib/libpythonista.so", RUNTIME_UNKNOWN },
		{ "/usr/lib/libnode.so.108", RUNTIME_NODE },
		{ "/usr/share/dotnet/shared/libcoreclr.so", RUNTIME_DOTNET },
		{ "/usr/lib/libruby-3.1.so.3.1", RUNTIME_RUBY },
		{ "/usr/lib/libphp8.2.so", RUNTIME_PHP },
		{ "/usr/lib/x86_64-linux-gnu/libc.so.6", RUNTIME_UNKNOWN },
		{ "", RUNTIME_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(procs_runtime_of_library(cases[i].path, strlen(cases[i].path)),
				 cases[i].runtime);
}

static void libraries_tell_what_a_program_talks_with(void **state)
{
	static const struct {
		const char *path;
		uint32_t libraries;
	} cases[] = {
		{ "/usr/lib/x86_64-linux-gnu/libpq.so.5.15", LIBRARY_PQ },
		{ "/srv/psycopg2_binary.libs/libpq-e8a033dd.so.5.16", LIBRARY_PQ },
		{ "/usr/lib/x86_64-linux-gnu/libpqxx-6.4.so", 0 },
		{ "/usr/lib/libcurl-gnutls.so.4.8.0", LIBRARY_CURL },
		{ "/usr/lib/libuv.so.1.0.0", LIBRARY_UV },
		{ "/usr/lib/libevent-2.1.so.7.0.1", LIBRARY_EVENT },
		{ "/usr/lib/libev.so.4.0.0", LIBRARY_EV },
		{ "/usr/lib/python3.11/lib-dynload/_asyncio.cpython-311-x86_64-linux-gnu.so",
		  LIBRARY_ASYNCIO },
		{ "/tmp/libnetty_transport_native_epoll_x86_6412.so", LIBRARY_NETTY },
		{ "/usr/lib/x86_64-linux-gnu/libc.so.6", 0 },
		{ "/", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(procs_library_of(cases[i].path, strlen(cases[i].path)),
				 cases[i].libraries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_is_read_whatever_the_name),
		cmocka_unit_test(a_stat_read_while_it_is_reaped_has_no_session),
		cmocka_unit_test(half_a_stat_is_no_stat),
		cmocka_unit_test(a_number_that_is_none_spoils_the_stat),
		cmocka_unit_test(the_soft_limit_of_files_is_found),
		cmocka_unit_test(frozen_is_told_by_both_versions),
		cmocka_unit_test(a_member_is_found_among_pids),
		cmocka_unit_test(a_registration_is_read_from_its_line),
		cmocka_unit_test(what_is_no_registration_is_left_out),
		cmocka_unit_test(only_a_whole_link_has_a_number),
		cmocka_unit_test(programs_tell_their_runtime_and_namesakes_do_not),
		cmocka_unit_test(libraries_tell_the_runtime_inside_a_program),
		cmocka_unit_test(libraries_tell_what_a_program_talks_with),
	};

	return unit_run("procs parse", tests);
}
