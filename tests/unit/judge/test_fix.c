// SPDX-License-Identifier: Apache-2.0
/* Is the owner's kind of program recognised, and told in its own terms? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "build.h"
#include "judge/fix/fix.h"

#define OLD 10000

/* The line "change" of a screen of 120 columns. */
#define LINE_MAX_BYTES 100

static void check_row(const struct fix_kind *kind, const struct fix *row)
{
	size_t len = strlen(row->line), more = strlen(row->more);

	if (len > LINE_MAX_BYTES)
		fail_msg("%s: %zu bytes: %s", kind->name, len, row->line);
	assert_true(len > 10 && row->line[len - 1] != '.');
	assert_non_null(row->causes[0]);
	if (more < 40 || row->more[more - 1] != '.')
		fail_msg("%s: no sentence: %s", kind->name, row->more);
	assert_null(strstr(row->more, "  "));
	assert_null(strstr(row->line, "  "));
}

/* A row is never reached when one above it takes all that it is for. */
static bool hides(const struct fix *above, const struct fix *row)
{
	if (above->when || (above->states && above->states != row->states) ||
	    (above->role != ROLE_UNKNOWN && above->role != row->role))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(row->causes) && row->causes[i]; i++) {
		bool found = false;

		for (size_t k = 0; k < ARRAY_LEN(above->causes); k++)
			found |= above->causes[k] == row->causes[i];
		if (!found)
			return false;
	}
	return true;
}

static void every_row_can_be_shown_and_reached(void **state)
{
	const struct fix_kind *kind;

	(void)state;
	for (unsigned int i = 0; (kind = fix_kind_at(i)) != NULL; i++) {
		assert_true(kind->runtime || kind->libraries || kind->exes[0] || kind->words[0]);
		if (kind->apply)
			assert_int_equal(kind->apply[strlen(kind->apply) - 1], '.');
		for (const struct fix *row = kind->rows; row->line; row++) {
			check_row(kind, row);
			for (const struct fix *above = kind->rows; above < row; above++)
				if (hides(above, row))
					fail_msg("%s: hidden: %s", kind->name, row->line);
		}
	}
}

static const char *first_kind(const struct process *p)
{
	const struct fix_kind *kind;

	for (unsigned int i = 0; (kind = fix_kind_at(i)) != NULL; i++)
		if (fix_kind_is(kind, p))
			return kind->name;
	return "";
}

static void kinds_are_told_apart(void **state)
{
	static const struct {
		const char *exe, *cmdline, *kind;
		enum runtime runtime;
		uint32_t libraries;
	} cases[] = {
		{ "/usr/sbin/nginx", "nginx: worker process", "nginx", RUNTIME_NGINX, 0 },
		{ "/usr/bin/python3.11", "python3 app.py", "Python", RUNTIME_PYTHON, 0 },
		{ "/usr/bin/python3.11", "python3 app.py", "Python asyncio", RUNTIME_PYTHON,
		  LIBRARY_ASYNCIO | LIBRARY_SSL },
		{ "/usr/sbin/php-fpm8.2", "php-fpm: pool www", "PHP-FPM", RUNTIME_PHP, 0 },
		{ "/usr/bin/php8.2", "php worker.php", "PHP", RUNTIME_PHP, 0 },
		{ "/usr/bin/python3.11", "/usr/bin/python3 /usr/bin/gunicorn -w 4 app:app",
		  "gunicorn", RUNTIME_PYTHON, LIBRARY_SSL },
		{ "/usr/bin/python3.11", "gunicorn: worker [app:app]", "gunicorn", RUNTIME_PYTHON,
		  0 },
		{ "/usr/bin/python3.11", "python3 -m uvicorn app:app", "uvicorn", RUNTIME_PYTHON,
		  LIBRARY_ASYNCIO },
		{ "/usr/bin/python3.11", "python3 gunicorn.py", "Python", RUNTIME_PYTHON, 0 },
		{ "/usr/bin/ruby3.1", "puma: cluster worker 0: 12 [shop]", "Puma", RUNTIME_RUBY,
		  0 },
		{ "/usr/bin/ruby3.1", "puma 6.4.2 (tcp://0.0.0.0:3000) [shop]", "Puma",
		  RUNTIME_RUBY, 0 },
		{ "/usr/bin/ruby3.1", "ruby worker.rb", "Ruby", RUNTIME_RUBY, 0 },
		{ "/usr/lib/jvm/17/bin/java", "java -jar x.jar", "Java", RUNTIME_JVM, 0 },
		{ "/usr/lib/jvm/17/bin/java", "java -jar x.jar", "Netty", RUNTIME_JVM,
		  LIBRARY_NETTY },
		{ "/usr/lib/erlang/bin/beam.smp", "beam.smp -W w -- -s rabbit boot", "RabbitMQ",
		  RUNTIME_ERLANG, 0 },
		{ "/usr/lib/erlang/bin/beam.smp", "beam.smp -- -sname shop", "Erlang",
		  RUNTIME_ERLANG, 0 },
		{ "/usr/sbin/apache2", "/usr/sbin/apache2 -k start", "Apache httpd", RUNTIME_NATIVE,
		  LIBRARY_SSL },
		{ "/usr/sbin/mariadbd", "mariadbd", "MySQL", RUNTIME_NATIVE, LIBRARY_URING },
		{ "/usr/sbin/sshd", "sshd: root@pts/0", "OpenSSH", RUNTIME_NATIVE, 0 },
		{ "/usr/bin/ssh", "ssh sshd", "", RUNTIME_NATIVE, 0 },
		{ "/usr/bin/socat1", "socat TCP-LISTEN:1 -", "socat", RUNTIME_NATIVE, LIBRARY_SSL },
		{ "/usr/bin/curl", "curl -sN http://a/", "curl", RUNTIME_NATIVE, LIBRARY_CURL },
		{ "/usr/bin/docker-proxy", "docker-proxy -proto tcp", "docker-proxy", RUNTIME_GO,
		  0 },
		{ "/srv/orders", "/srv/orders", "Go", RUNTIME_GO, 0 },
		{ "/srv/sync", "sync", "libcurl", RUNTIME_NATIVE, LIBRARY_CURL | LIBRARY_SSL },
		{ "/srv/sync", "sync", "libevent", RUNTIME_NATIVE, LIBRARY_EVENT },
		{ "/srv/sync", "sync", "Rust", RUNTIME_NATIVE, LIBRARY_RUST },
		{ "/srv/app", "app", "", RUNTIME_NATIVE, 0 },
		{ "/srv/app", "app", "", RUNTIME_NATIVE, LIBRARY_SSL },
		{ NULL, NULL, "", RUNTIME_UNKNOWN, 0 },
		{ "", "", "", RUNTIME_UNKNOWN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct process p = { .exe = cases[i].exe,
					   .cmdline = cases[i].cmdline,
					   .runtime = (uint8_t)cases[i].runtime,
					   .libraries = cases[i].libraries };

		assert_string_equal(first_kind(&p), cases[i].kind);
	}
}

static const struct finding *only(const struct judgement *j)
{
	assert_int_equal(j->findings.n, 1);
	return &j->findings.items[0];
}

static void end(struct snapshot *s, struct judgement *j)
{
	judgement_finish(j);
	snapshot_finish(s);
}

/* The same connection left to its own, of a program of each kind. */
static void the_same_cause_is_put_in_the_terms_of_each(void **state)
{
	static const struct {
		enum runtime runtime;
		const char *names, *more;
	} cases[] = {
		{ RUNTIME_NATIVE, "evict idle connections", NULL },
		{ RUNTIME_JVM, "evictIdleConnections", "setTimeToLive" },
		{ RUNTIME_GO, "resp.Body.Close()", "SetReadDeadline" },
		{ RUNTIME_PYTHON, "with requests.Session()", "stream=True" },
		{ RUNTIME_NODE, "response.resume()", "http.Agent" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct judgement j;
		struct snapshot s;

		build_init(&s);
		build_process(&s, "app", 100);
		s.processes.items[0].runtime = (uint8_t)cases[i].runtime;
		build_unread(&s, 0, 40000, OLD);
		build_judge(&s, &j);
		assert_non_null(strstr(only(&j)->fix, cases[i].names));
		if (cases[i].more)
			assert_non_null(strstr(only(&j)->fix_more, cases[i].more));
		end(&s, &j);
	}
}

static void a_database_is_told_by_its_port(void **state)
{
	struct judgement j;
	struct snapshot s;

	(void)state;
	build_init(&s);
	build_process(&s, "java", 100);
	s.processes.items[0].runtime = RUNTIME_JVM;
	snapshot_conn(&s, build_unread(&s, 0, 40000, OLD))->remote.port = 5432;
	build_judge(&s, &j);
	assert_non_null(strstr(only(&j)->fix, "maxLifetime"));
	judgement_finish(&j);
	snapshot_conn(&s, 0)->remote.port = 6379; /* no SQL there */
	build_judge(&s, &j);
	assert_null(strstr(only(&j)->fix, "maxLifetime"));
	end(&s, &j);
}

/* It has closed, so nobody holds it; who it was is told by the listener it came in by. */
static void what_is_left_behind_belongs_to_the_listeners_program(void **state)
{
	struct judgement j;
	struct snapshot s;
	struct conn *c;
	uint32_t listener;

	(void)state;
	build_init(&s);
	build_process(&s, "nginx", 100);
	s.processes.items[0].runtime = RUNTIME_NGINX;
	listener = build_listener(&s, "*:8000", 0, 128);
	build_hold(&s, listener, 0);
	c = snapshot_conn(
		&s, build_conn(&s, TCP_STATE_FIN_WAIT_1, "10.0.0.1:8000", "10.7.0.1:50000", OLD));
	c->inode = 0;
	c->wqueue = 5000;
	c->timer = TCP_TIMER_PROBE;
	build_judge(&s, &j);
	assert_int_equal(only(&j)->n_owners, 0);
	assert_non_null(strstr(only(&j)->fix, "reset_timedout_connection"));
	assert_non_null(strstr(only(&j)->fix_more, "nginx -s reload"));
	end(&s, &j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_can_be_shown_and_reached),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(the_same_cause_is_put_in_the_terms_of_each),
		cmocka_unit_test(a_database_is_told_by_its_port),
		cmocka_unit_test(what_is_left_behind_belongs_to_the_listeners_program),
	};

	return unit_run("judge fix", tests);
}
