// SPDX-License-Identifier: Apache-2.0
/* Is the script of an interpreter found in its command line? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "model/process.h"
#include "model/snapshot.h"

static void the_script_is_the_first_word_that_is_no_option(void **state)
{
	static const struct {
		enum runtime runtime;
		const char *comm, *cmdline, *script;
	} cases[] = {
		{ RUNTIME_PYTHON, "python3", "/usr/bin/python3 /srv/crawl/pool.py --fast",
		  "pool.py" },
		{ RUNTIME_PYTHON, "python3", "python3 -W ignore pool.py", "pool.py" },
		{ RUNTIME_PYTHON, "python3", "python3 -m http.server 8000", "http.server" },
		{ RUNTIME_PYTHON, "python3", "python3 -u  app.py", "app.py" },
		{ RUNTIME_PYTHON, "python3", "python3 -c import time", NULL },
		{ RUNTIME_PYTHON, "python3", "python3", NULL },
		{ RUNTIME_PYTHON, "python3", "python3 -", NULL },
		{ RUNTIME_PYTHON, "python3", "python3 /srv/", NULL },
		{ RUNTIME_PYTHON, "gunicorn", "/usr/bin/python3 /usr/bin/gunicorn app:app", NULL },
		{ RUNTIME_PYTHON, "a-long-name-cut", "python3 /bin/a-long-name-cut-off", NULL },
		{ RUNTIME_PYTHON, "python3", NULL, NULL },
		{ RUNTIME_NODE, "node", "node server.js", "server.js" },
		{ RUNTIME_NODE, "node", "node -e setTimeout()", NULL },
		{ RUNTIME_JVM, "java", "java -jar /srv/orders.jar --port 80", "orders.jar" },
		{ RUNTIME_JVM, "java", "/usr/bin/java -Xmx2g -cp /a:/b.jar com.example.Orders x",
		  "Orders" },
		{ RUNTIME_JVM, "java", "java --module-path mods -m orders/com.example.Main",
		  "Main" },
		{ RUNTIME_JVM, "java", "java -XX:+UseG1GC /tmp/a.b/Leak.java 10.0.0.1",
		  "Leak.java" },
		{ RUNTIME_JVM, "java", "java @options kafka.Kafka server.properties", "Kafka" },
		{ RUNTIME_JVM, "java", "java -cp", NULL },
		{ RUNTIME_JVM, "java", "java -version", NULL },
		{ RUNTIME_JVM, "java", "java /srv/", NULL },
		{ RUNTIME_JVM, "java", NULL, NULL },
		{ RUNTIME_NATIVE, "socat", "socat TCP-LISTEN:80 -", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct process p = { .runtime = (uint8_t)cases[i].runtime,
					   .comm = cases[i].comm,
					   .cmdline = cases[i].cmdline };
		size_t len = 0;
		const char *script = process_script(&p, &len);

		if (!cases[i].script) {
			assert_null(script);
			continue;
		}
		assert_non_null(script);
		assert_int_equal(len, strlen(cases[i].script));
		assert_memory_equal(script, cases[i].script, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_script_is_the_first_word_that_is_no_option),
	};

	return unit_run("model process", tests);
}
