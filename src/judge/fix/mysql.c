// SPDX-License-Identifier: Apache-2.0
/* MySQL and MariaDB.
 * Checked against dev.mysql.com: server-system-variables, server side select statement timeouts;
 * mariadb.com/kb: aborting-statements, max_statement_time. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_reader_stuck, &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "max_execution_time = 60000 (MySQL, ms) or max_statement_time = 60 "
			"(MariaDB, s)",
		.more = "A thread in the middle of a query does not look whether its client is "
			"still there. The limit ends the query (in MySQL: of SELECT only, since "
			"5.7.8); KILL ends the one that hangs now.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent },
		.role = ROLE_ACCEPTED,
		.line = "wait_timeout = 600, interactive_timeout = 600 (28800 by default), "
			"net_read_timeout = 30",
		.more = "They end sessions that say nothing for so long. The server turns "
			"keepalive on, at the kernel's pace: net.ipv4.tcp_keepalive_time, two "
			"hours.",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_not_reading },
		.role = ROLE_ACCEPTED,
		.line = "net_write_timeout = 60: how long a client may take nothing",
		.more = "It bounds each wait for a block to be written; a client that fetches row "
			"by row and stops holds its query until then.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "open_files_limit and ulimit -u high enough; SHOW STATUS LIKE 'Threads%'",
		.more = "One thread accepts and starts the others. It stops when no thread can be "
			"made (ulimit -u, memory) or no descriptor is left (open_files_limit, "
			"which is only read at the start).",
	},
	{ .line = NULL },
};

const struct fix_kind fix_mysql = {
	.name = "MySQL",
	.exes = { "mysqld", "mariadbd" },
	.rows = rows,
	.apply = "SET GLOBAL brings it in for new sessions and ends none; [mysqld] in my.cnf (SET "
		 "PERSIST in MySQL 8.0) keeps it.",
};
