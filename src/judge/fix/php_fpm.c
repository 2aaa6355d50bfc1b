// SPDX-License-Identifier: Apache-2.0
/* PHP-FPM, PHP's process manager.
 * Checked against php.net/manual/en/install.fpm.configuration.php. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_never_accepted, &cause_reader_stuck },
		.line = "pool.d/*.conf: a higher pm.max_children, and request_terminate_timeout = "
			"60s",
		.more = "Each child serves one request at a time; when all wait, nobody accepts. "
			"request_terminate_timeout (0, never, by default) ends a child that takes "
			"too long, request_slowlog_timeout with slowlog writes where it waits.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "pool.d/*.conf: request_terminate_timeout = 60s, for children whose "
			"client has gone",
		.more = "A script that waits does not look at its client; request_slowlog_timeout "
			"with slowlog writes where it waits.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_php_fpm = {
	.name = "PHP-FPM",
	.runtime = RUNTIME_PHP,
	.exes = { "php-fpm*" },
	.rows = rows,
	.apply = "SIGUSR2 to the master (systemctl reload) brings it in; process_control_timeout "
		 "is how long children may finish what they do.",
};
