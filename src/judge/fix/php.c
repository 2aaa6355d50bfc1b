// SPDX-License-Identifier: Apache-2.0
/* PHP, in whatever runs it; its process manager is in php_fpm.c.
 * Checked against php.net/manual: function.curl-close, pdo.connections, function.pfsockopen,
 * filesystem.configuration (default_socket_timeout). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "no PDO::ATTR_PERSISTENT (mysqli: no \"p:\" host), or pm.max_requests = "
			"500",
		.more = "A persistent connection stays with its PHP process when the request is "
			"over, and is looked at when the next one wants it. pm.max_requests (0, "
			"never, by default) ends a process, and what it holds, after so many "
			"requests.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.line = "unset() curl handles and fclose() streams after use, fsockopen() instead "
			"of pfsockopen()",
		.more = "A curl handle keeps its connections for as long as the variable lives, "
			"since PHP 8.0 also after curl_close(); pfsockopen() keeps its one with "
			"the process.",
	},
	{
		.causes = { &cause_reader_stuck, &cause_eof_unwatched },
		.line = "php.ini: default_socket_timeout = 10; CURLOPT_TIMEOUT and "
			"PDO::ATTR_TIMEOUT for the rest",
		.more = "The script waits for somebody else. max_execution_time does not count "
			"that time on Linux; php-fpm's request_terminate_timeout does.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_php = {
	.name = "PHP",
	.runtime = RUNTIME_PHP,
	.rows = rows,
};
